"""Messages that the server lists and fails to give: all others come in the same run, each failing one is named, and
later runs do not pay for it."""

import glob
import os
import time

from harness import mail, schema
from harness.case import Case
from harness.scripted import Drop, Mailbox, ScriptedServer


class Damaged(Case):
    """A Dovecot that ends the connection whenever it is asked for one message, whose file lost its end."""

    def setUp(self):
        super().setUp()
        self.standard(storage="sdbox")
        self.far.create("Other")
        for number in range(30):
            self.far.append("INBOX", mail.message(number))
        for number in range(2):
            self.far.append("Other", mail.message(100 + number))
        self.far.close()
        self.damage(13)
        self.write_config(timeout="20s")  # the pauses before a new try are parts of it

    def damage(self, uid):
        path, = glob.glob(os.path.join(self.server.directory, "home", "**", "INBOX", "**", f"u.{uid}"),
                          recursive=True)
        os.truncate(path, os.path.getsize(path) // 2)

    def assert_others(self, *damaged):
        self.assertEqual(len(self.near.files("INBOX")), 30 - len(damaged))
        self.assertEqual(len(self.near.files("Other")), 2)

    def logins(self, run):
        return run.err.count(" LOGIN ") + run.err.count(" AUTHENTICATE ")

    def test_one(self):
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn("test/INBOX: message with UID 13 was not downloaded, because it ends the connection", run.err)
        self.assert_others(13)
        run = self.sync("-vv")
        self.assertEqual((self.logins(run), run.out), (1, ""), run)
        self.assert_quiet()
        status = self.navette("status")
        self.assertRegex(status.out, r"test/INBOX: the message with UID 13 is not here: .*FETCH failed")
        objects = self.navette("status", "--json").objects()
        schema.check(self, objects)
        objects = [o for o in objects if o["type"] == "deferred"]
        self.assertEqual([(o["folder"], o["uid"]) for o in objects], [("INBOX", 13)])

        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(50))
        run = self.sync("-vv")
        self.assertEqual(self.logins(run), 1, "what is new comes without another try")
        self.assertEqual(len(self.near.files("INBOX")), 30)
        self.assertIn("UID 13 ", self.sync("--restore", status=1).err)
        self.sync()

        self.far.remove("INBOX", b"13")
        self.sync()
        self.assert_same(count=30)
        self.assertNotIn("UID 13", self.navette("status").out)
        self.assert_quiet()

    def test_several_side_by_side(self):
        for uid in (14, 15, 30):
            self.damage(uid)
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 4, run)
        self.assert_others(13, 14, 15, 30)
        self.assertEqual(self.logins(self.sync("-vv")), 1)
        self.assert_quiet()


class Scripted(Case):
    def setUp(self):
        super().setUp()
        self.server = ScriptedServer("IMAP4rev1 UIDPLUS LITERAL+")
        self.addCleanup(self.server.stop)
        self.inbox = self.server.mailboxes["INBOX"]
        self.server.mailboxes["Other"] = Mailbox()
        for number in range(8):
            self.inbox.add(mail.message(number))
            self.server.mailboxes["Other"].add(mail.message(100 + number))
        self.write_config(timeout="10s")

    def fail(self, uid, how):
        """Each FETCH of the body of UID in INBOX ends by HOW(session, tag)."""
        def fetch(session, tag, rest):
            asked = session.wanted(rest.split()[0]) if session.selected is self.inbox and "BODY" in rest else []
            if uid in [message.uid for _sequence, message in asked]:
                return how(session, tag)
            return None
        self.server.hooks = {"UID FETCH": fetch}

    def assert_here(self, inbox):
        self.assertEqual((len(self.near.files("INBOX")), len(self.near.files("Other"))), (inbox, 8))

    def heals(self):
        self.server.hooks = {}
        self.sync("--restore")
        self.assert_here(8)
        self.assertEqual(self.navette("status").out.count("is not here"), 0)
        self.sync()

    def test_refused(self):
        """It is asked for again soon, and then less and less often."""
        self.fail(4, lambda _s, tag: f"{tag} NO Some messages could not be FETCHed (Failure)")
        run = self.sync(status=1)
        self.assertIn("test/INBOX: message with UID 4: the server refused", run.err)
        self.assert_here(7)
        self.assertIn("the message with UID 4 is not here", self.navette("status").out)
        self.heals()

    def test_a_connection_that_breaks(self):
        def hang_up(_session, _tag):
            raise Drop
        self.fail(4, hang_up)
        for _run in range(3):  # it may be the network's fault, though all others came
            run = self.sync(status=3)
            self.assertNotIn("UID 4", run.err)
            self.assert_here(7)
            time.sleep(1.1)  # runs are told apart by their second
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn("message with UID 4 was not downloaded", run.err)
        self.assert_here(7)
        self.server.log.clear()
        self.sync()
        self.assertEqual(self.server.count("LOGIN"), 1)
        self.heals()

    def stubs(self):
        """Only the headers are here, and then the whole of all is wanted."""
        self.write_config(timeout="10s", body="headers")
        self.sync()
        self.assertEqual(self.count_stubs(), 8)
        self.write_config(timeout="10s")

    def count_stubs(self):
        return sum(self.near.read("INBOX", name).startswith(b"X-Navette-Stub") for name in self.near.files("INBOX"))

    def test_a_stub_that_is_refused(self):
        """The others become whole in the same run."""
        self.stubs()
        self.fail(4, lambda _s, tag: f"{tag} NO Some messages could not be FETCHed (Failure)")
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn("test/INBOX: message with UID 4: the server refused", run.err)
        self.assertEqual(self.count_stubs(), 1)
        self.assertIn("the message with UID 4 is not here", self.navette("status").out)
        self.server.log.clear()
        self.sync(status=1)
        self.assertEqual(self.server.count("BODY"), 1, "it alone is asked for again")
        self.heals()
        self.assertEqual(self.count_stubs(), 0)

    def test_a_stub_that_ends_the_connection(self):
        def leave(session, _tag):
            session.send("* BYE out of memory")
            raise Drop
        self.stubs()
        self.fail(4, leave)
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn("message with UID 4 was not downloaded, because it ends the connection", run.err)
        self.assertEqual(self.count_stubs(), 1)
        self.server.log.clear()
        self.sync()
        self.assertEqual((self.server.count("LOGIN"), self.server.count("BODY")), (1, 0))
        del self.inbox.messages[3]
        self.sync()
        self.assertNotIn("is not here", self.navette("status").out)
        self.assertEqual((self.count_stubs(), len(self.near.files("INBOX"))), (0, 7))

    def test_a_server_that_goes_is_no_message(self):
        """Nothing is put off for a BYE that says why."""
        def leave(session, _tag):
            session.send("* BYE Server shutting down.")
            raise Drop
        self.fail(1, leave)
        self.sync(status=3)
        self.assertNotIn("is not here", self.navette("status").out)
        self.heals()

    def test_a_note_in_place_of_it(self):
        note = ("From: Microsoft Exchange Server\r\nSubject: Retrieval using the IMAP4 protocol failed for the "
                "following\r\n message: 4\r\n\r\nThe server couldn't retrieve the following message:\r\n").encode()
        whole, self.inbox.messages[3].body = self.inbox.messages[3].body, note
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn("message with UID 4: the server gives a note in its place", run.err)
        self.assert_here(7)
        self.inbox.messages[3].body = whole
        self.heals()

    def test_mail_about_such_notes_is_mail(self):
        for number, subject in enumerate(("Re: Retrieval using the IMAP4 protocol failed for the following message: 4",
                                          "Retrieval using the IMAP4 protocol failed for the following message: why?",
                                          "Retrieval")):
            self.inbox.add(f"Message-ID: <n{number}>\r\nSubject: {subject}\r\n\r\nx\r\n".encode())
        self.sync()
        self.assert_here(11)
