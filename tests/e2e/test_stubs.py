"""body = headers: only the headers of messages are here, as stubs, until the whole is wanted."""

import email
import os

from harness import mail, relay
from harness.case import Case

MARK = b"X-Navette-Stub: only the header\n"


class Stubs(Case):
    capability = None

    def setUp(self):
        super().setUp()
        self.standard(capability=self.capability)
        self.rule("headers")

    def rule(self, body, **keys):
        self.write_config(max_delete="none", body=body, **keys)

    def begin(self, count=4, size=20_000):
        self.bodies = [mail.message(i, size=size, attachment=i % 2 == 1) for i in range(count)]
        for body in self.bodies:
            self.far.append("INBOX", body, "\\Seen")
        return self.sync("-vv")

    def find(self, number, folder="INBOX"):
        return self.near.find(folder, b".%d@example.org>" % number)

    def content(self, number):
        return self.near.read("INBOX", self.find(number))

    def assert_stub(self, number):
        content = self.content(number)
        self.assertTrue(content.startswith(MARK), content[:200])
        self.assertLess(len(content), 3000)

    def assert_whole(self, *numbers):
        for number in numbers:
            self.assertEqual(self.content(number), mail.to_near(self.bodies[number]))

    def far_letters(self):
        return [m[1] for m in sorted(self.far.messages("INBOX").values())]

    def test_only_headers_come(self):
        run = self.begin()
        self.assertNotIn("BODY.PEEK[]", run.err)
        for number, body in enumerate(self.bodies):
            self.assert_stub(number)
            here, there = email.message_from_bytes(self.content(number)), email.message_from_bytes(body)
            for field in ("From", "To", "Subject", "Date", "Message-ID"):
                self.assertEqual(here[field], there[field])
            self.assertEqual(here.get_content_type(), "text/plain")
            self.assertIn(f"{len(body)} bytes", here.get_payload())
            self.assertEqual(int(os.stat(os.path.join(self.near.path("INBOX"), *self.find(number)))
                                 .st_mtime), 1_600_000_000)
        self.assert_quiet()

    def test_flags_and_removals_go_both_ways(self):
        self.begin()
        self.near.set_letters("INBOX", self.find(0), "RS")
        self.near.remove("INBOX", self.find(1))
        uids = self.far.uids("INBOX")
        self.far.store("INBOX", uids[2], "-FLAGS", "\\Seen")
        self.far.remove("INBOX", uids[3])
        self.sync()
        self.assertEqual(sorted(m[1] for m in self.far.messages("INBOX").values()), ["", "RS"])
        self.assertEqual(sorted(m[1] for m in self.near.messages("INBOX").values()), ["", "RS"])
        self.assert_stub(0)
        self.assert_stub(2)
        self.assert_quiet()

    def test_flagging_it_brings_the_whole(self):
        self.begin()
        self.near.set_letters("INBOX", self.find(0), "FS")
        self.far.store("INBOX", self.far.uids("INBOX")[1], "+FLAGS", "\\Flagged")
        plan = self.sync("-n", "-v")
        self.assertIn("fetch UID 1:2", plan.out)
        run = self.sync("-v")
        self.assertIn("2 made whole", run.out)
        self.assert_whole(0, 1)
        self.assert_stub(2)
        self.assertEqual(self.find(0)[1].rpartition(":2,")[2], "FS")
        self.assert_quiet()
        # Whole it stays.
        self.near.set_letters("INBOX", self.find(0), "S")
        self.sync()
        self.assert_whole(0, 1)
        self.assert_quiet()

    def test_what_was_made_whole_is_not_sent_anew(self):
        self.begin()
        uids = self.far.uids("INBOX")
        for number in (0, 1):
            self.near.set_letters("INBOX", self.find(number), "FS")
        self.sync()
        self.near.remove("INBOX", self.find(3))
        self.assertIn("1 removed on the server", self.sync().out)
        self.assertEqual(self.far.uids("INBOX"), uids[:3])
        # Unless it is edited: also then it is the whole that is edited.
        path = os.path.join(self.near.path("INBOX"), *self.find(1))
        with open(path, "ab") as f:
            f.write(b"more\n")
        os.utime(path, (1_600_000_060, 1_600_000_060))
        self.near.set_letters("INBOX", self.find(0), "S")
        self.assertIn("1 uploaded", self.sync("-v").out)
        self.assertEqual(self.far.uids("INBOX")[:2], [uids[0], uids[2]])
        self.assertIn(self.bodies[1] + b"more\r\n", [m[0] for m in self.far.messages("INBOX").values()])
        self.assert_quiet()

    def test_whole_already_when_it_is_wanted(self):
        """A run that was killed had put it into place, or somebody wrote another one since."""
        self.begin()
        uids = self.far.uids("INBOX")
        for number in (0, 1):
            body = mail.to_near(self.bodies[number]) + (b"more\n" if number == 1 else b"")
            path = os.path.join(self.near.path("INBOX"), *self.find(number))
            with open(path, "wb") as f:
                f.write(body)
            os.utime(path, (1_600_000_060, 1_600_000_060))
            self.near.set_letters("INBOX", self.find(number), "FS")
        self.sync()
        self.near.set_letters("INBOX", self.find(2), "RS")
        self.sync()
        self.assertEqual(self.far.uids("INBOX")[:3], [uids[0], *uids[2:]])
        self.assertEqual(sorted(m[0] for m in self.far.messages("INBOX").values()),
                         sorted([self.bodies[0], self.bodies[1] + b"more\r\n", *self.bodies[2:]]))
        self.assert_quiet()

    def test_flagged_ones_come_whole(self):
        self.bodies = [mail.message(0, size=9000), mail.message(1, size=9000)]
        self.far.append("INBOX", self.bodies[0], "\\Flagged")
        self.far.append("INBOX", self.bodies[1])
        self.sync()
        self.assert_whole(0)
        self.assert_stub(1)
        self.assert_quiet()

    def test_the_rule_changes(self):
        self.begin()
        self.rule("full")
        run = self.sync()
        self.assertIn("4 made whole", run.out)
        self.assert_whole(0, 1, 2, 3)
        self.assert_same(count=4)
        self.assert_quiet()
        self.rule("headers")
        self.assert_quiet()
        self.bodies.append(mail.message(4, size=9000))
        self.far.append("INBOX", self.bodies[4])
        self.sync()
        self.assert_whole(0, 1, 2, 3)
        self.assert_stub(4)
        self.assert_quiet()

    def test_a_stub_is_never_sent_as_the_message(self):
        """A moved one moves as its message; what only looks like one is told of, and stays here."""
        self.begin()
        self.far.create("Other")
        self.sync()
        stub = self.content(0)
        os.rename(os.path.join(self.near.path("INBOX"), *self.find(0)),
                  os.path.join(self.near.path("Other"), "cur", "moved:2,S"))
        self.near.add("Other", self.content(1).replace(b"<0.1@", b"<0.1x@"), "S")
        run = self.sync(status=1)
        self.assertIn("only the header of the message is here", run.err)
        moved = [m[0] for m in self.far.messages("Other").values()]
        self.assertEqual(len(moved), 1)
        self.assertEqual(sorted(moved + [m[0] for m in self.far.messages("INBOX").values()]),
                         sorted(self.bodies))
        self.assertTrue(stub.startswith(MARK))
        self.assertIn(stub, [self.near.read("Other", file) for file in self.near.files("Other")])

    def assert_there(self, count):
        self.assertEqual(sorted(m[0] for m in self.far.messages("INBOX").values()),
                         sorted(self.bodies), f"{count} messages")

    def test_a_lost_state_recognises_them(self):
        self.begin()
        self.forget_state()
        run = self.sync()
        self.assertIn("4 recognised on both sides", run.out)
        self.assert_there(4)
        self.assertEqual(len(self.near.files("INBOX")), 4)
        for number in range(4):
            self.assert_stub(number)
        self.assert_quiet()
        self.near.set_letters("INBOX", self.find(2), "FS")
        self.sync()
        self.assert_whole(2)

    def forget_state(self):
        for directory, _names, files in os.walk(os.path.join(self.directory, "state")):
            for file in files:
                os.unlink(os.path.join(directory, file))

    def test_a_message_that_only_looks_like_one(self):
        """The mark counts as the first line only, where no delivered mail has it; and what was downloaded whole
        is whole."""
        self.rule("full")
        body = b"Subject: x\r\n" + MARK.replace(b"\n", b"\r\n") + b"\r\ntext\r\n"
        self.far.append("INBOX", body)
        self.sync()
        self.far.create("Other")
        self.sync()
        file = self.near.files("INBOX")[0]
        os.rename(os.path.join(self.near.path("INBOX"), *file),
                  os.path.join(self.near.path("Other"), "cur", "moved:2,S"))
        self.sync()
        self.assertEqual([m[0] for m in self.far.messages("Other").values()], [body])

    def test_fetch_brings_the_whole(self):
        self.begin()
        self.far.create("Other")
        self.far.append("Other", self.bodies[2])
        self.sync()
        ids = [email.message_from_bytes(b)["Message-ID"] for b in self.bodies]
        run = self.navette("fetch", "INBOX", ids[0], ids[2].strip("<>"))
        self.assertEqual(run.status, 0, run)
        self.assertIn("2 made whole", run.out)
        self.assert_whole(0)
        self.assert_stub(1)
        self.assertEqual(self.near.read("INBOX", self.find(2)), mail.to_near(self.bodies[2]))
        self.assertTrue(self.near.read("Other", self.find(2, "Other")).startswith(MARK))
        self.assert_quiet()
        run = self.navette("fetch", ids[2])
        self.assertEqual(run.status, 0, run)
        self.assertEqual(self.near.read("Other", self.find(2, "Other")), mail.to_near(self.bodies[2]))

    def test_fetch_touches_nothing_else(self):
        self.begin()
        self.far.append("INBOX", mail.message(8))
        self.far.create("Other")
        run = self.navette("fetch", "nobody@example.org")
        self.assertEqual(run.status, 1, run)
        self.assertIn("nobody@example.org", run.err)
        self.assertEqual(len(self.near.files("INBOX")), 4)
        self.assertNotIn("Other", self.near.folders())
        run = self.navette("fetch", "INBOX")
        self.assertEqual(run.status, 2, run)

    def test_fetch_goes_on_after_a_failure(self):
        """What is wanted is noted."""
        self.begin()
        self.near.set_letters("INBOX", self.find(0), "FS")
        self.near.set_letters("INBOX", self.find(1), "RS")
        self.relay = relay.Relay(self.server.port)
        self.addCleanup(self.relay.stop)
        self.rule("headers", port=self.relay.port, timeout="2s", compress="no")
        # Each connection ends when a whole message is asked for.
        self.relay.on_sent = self.break_at(b"BODY.PEEK[]")
        run = self.navette("sync")
        self.assertNotEqual(run.status, 0, run)
        self.assert_stub(0)
        self.relay.on_sent = None
        self.sync()
        self.assert_whole(0)
        self.assert_quiet()

    @staticmethod
    def break_at(word):
        def look(data):
            if word in data:
                raise OSError("broken off")
        return look

    def test_removed_on_one_side_while_wanted(self):
        self.begin()
        self.near.set_letters("INBOX", self.find(0), "FS")
        self.far.remove("INBOX", self.far.uids("INBOX")[0])
        run = self.sync(status=1)
        # The flag would keep it, but there is nothing to keep it from: it is told, and not sent.
        self.assertIn("only the header", run.err)
        self.assertEqual(len(self.far.messages("INBOX")), 3)


class MovedAway(Case):
    """A stub is no message: where its file goes to a folder that a run does not look at, the message stays where
    it is on the server."""

    def begin(self):
        self.standard()
        for folder in ("A", "B"):
            self.far.create(folder)
        self.bodies = [mail.message(i, size=5000) for i in range(3)]
        for body in self.bodies:
            self.far.append("A", body, "\\Seen")
        self.stubs = ("a", "folders", "A", "body", "headers")
        self.write_channels(self.stubs, ("b", "folders", "B, C"), max_delete="none")
        self.sync()

    def move_to(self, folder, file=None):
        self.near.create(folder)
        file = file or self.near.files("A")[0]
        os.rename(os.path.join(self.near.path("A"), *file),
                  os.path.join(self.near.path(folder), "cur", file[1]))

    def assert_kept(self, *arguments):
        for _ in range(2):
            run = self.navette("sync", "-v", *arguments)
            self.assertIn("on the server for now", run.err, run)
        self.assertEqual({m[0] for m in self.far.messages("A").values()}, set(self.bodies))

    def test_to_a_folder_that_no_channel_takes_any_more(self):
        self.begin()
        self.write_channels(self.stubs, max_delete="none")
        self.move_to("B")
        self.assert_kept()

    def test_to_a_folder_that_is_not_made_on_the_server(self):
        self.begin()
        self.write_channels(self.stubs, ("b", "folders", "B, C", "create", "none"), max_delete="none")
        self.move_to("C")
        self.assert_kept()

    def test_to_a_folder_that_is_refused(self):
        self.begin()
        self.write_channels(self.stubs, ("b", "folders", "B, C", "as", "Else/"), max_delete="none")
        self.move_to("B")
        self.assert_kept()

    def test_to_a_maildir_that_no_folder_has(self):
        self.begin()
        self.move_to("Notes")
        self.assert_kept()

    def test_to_a_folder_that_was_not_asked_for(self):
        self.begin()
        self.move_to("B")
        self.assert_kept("test/A")

    def test_to_a_folder_that_fetch_leaves_alone(self):
        self.begin()
        self.move_to("B")
        left = self.near.read("A", self.near.files("A")[0])
        run = self.navette("fetch", email.message_from_bytes(left)["Message-ID"])
        self.assertIn("1 made whole", run.out, run)
        self.assertEqual({m[0] for m in self.far.messages("A").values()}, set(self.bodies))
        self.sync()
        self.assertEqual(len(self.far.messages("B")), 1)
        self.assertEqual({m[0] for f in "AB" for m in self.far.messages(f).values()}, set(self.bodies))

    def test_a_whole_one_to_a_folder_that_fetch_leaves_alone(self):
        self.begin()
        whole = mail.message(8)
        self.far.append("A", whole, "\\Flagged \\Seen")
        self.sync()
        self.move_to("B", self.near.find("A", b".8@example.org>"))
        left = self.near.read("A", self.near.files("A")[0])
        run = self.navette("fetch", email.message_from_bytes(left)["Message-ID"])
        self.assertIn("on the server for now", run.err, run)
        self.assertIn(whole, {m[0] for m in self.far.messages("A").values()})
        self.sync()
        self.assertNotIn(whole, {m[0] for m in self.far.messages("A").values()})
        self.assertEqual({m[0] for m in self.far.messages("B").values()}, {whole})

    def test_removed_altogether(self):
        self.begin()
        self.near.create("Notes")
        self.near.remove("A", self.near.files("A")[0])
        self.sync()
        self.assertEqual(len(self.far.messages("A")), 2)


class StubsOnPlainImap(Stubs):
    capability = "IMAP4rev1"
