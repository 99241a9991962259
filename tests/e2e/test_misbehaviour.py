"""Servers that refuse, lie, break off or talk nonsense: a clear sentence, the right status, nothing lost."""

import ssl

from harness import certificates, mail
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox, ScriptedServer


class Misbehaviour(QuirkCase):
    def serve(self, *arguments, **keys):
        self.server = ScriptedServer(*arguments, **keys)
        self.addCleanup(self.server.stop)
        self.write_config(timeout="2s")
        self.inbox = self.server.mailboxes["INBOX"]

    def settle(self, count=4):
        """A run with a sane server, then changes on both sides that need every command."""
        for i in range(count):
            self.inbox.add(mail.message(i), ["\\Seen"])
        self.server.mailboxes["Other"] = Mailbox()
        self.server.mailboxes["Other"].add(mail.message(90))
        self.sync()
        self.assert_together(count)
        self.inbox.add(mail.message(50))
        self.near.add("INBOX", mail.to_near(mail.message(51)), "S")
        self.near.set_letters("INBOX", self.near.find("INBOX", b"<0.1@"), "FS")
        self.near.remove("INBOX", self.near.find("INBOX", b"<0.0@"))
        self.near.create("New")
        self.near.add("New", mail.to_near(mail.message(52)), "S")

    def assert_recovers(self, count=5):
        """Both sides are the same, folder by folder, and as what was changed on either says."""
        super().assert_recovers(count)
        expected = {"INBOX": [mail.message(i) for i in (1, 2, 3, 50, 51)], "New": [mail.message(52)]}
        for name, bodies in expected.items():
            self.assertEqual(sorted(body for body, _letters in self.far_view(name)),
                             sorted(mail.to_near(body) for body in bodies), name)
        self.assertEqual(self.letters(self.message(1).flags), "FS")

    def test_it_works_at_all(self):
        self.serve()
        self.settle()
        self.assert_recovers()

    def refuse_all(self, name, reply):
        """All commands of that name; others go on, and what another client marked stays in any case."""
        marked = name != "EXPUNGE"  # which comes without UIDPLUS, and without others' marks
        self.tearDown()
        self.doCleanups()
        self.setUp()
        self.serve("IMAP4rev1 UIDPLUS" if marked else "IMAP4rev1",
                   greeting="* OK hello" if name == "CAPABILITY" else None)
        self.settle()
        if marked:
            self.message(3).flags.add("\\Deleted")

        def answer(session, tag, _rest):
            if reply == "drop":
                raise Drop
            session.send(reply.replace("TAG", tag))
            if "BYE" in reply:
                raise Drop
            return True

        self.server.hooks[name] = answer
        passes = reply == "drop" or "BYE" in reply
        if name == "UID SEARCH":  # asked when all is done: a further round finds nothing left to do
            run = self.sync(status=0 if passes else 1)
            self.assertEqual("1 message that was removed here is still on the server" in run.err, not passes)
        else:
            run = self.sync(status=3 if passes else 1)
            self.assertTrue(run.err.strip(), run)
            if "not today" in reply and name != "CAPABILITY":
                self.assertIn("not today", run.err)
        flags = {"\\Seen", "\\Deleted"} if marked else {"\\Seen"}
        self.assertEqual(self.message(3).flags, flags)
        self.rest()
        self.assert_recovers()
        self.assertEqual(self.message(3).flags, flags)

    def test_no_bad_bye_and_silence_to_every_command(self):
        for name in ("CAPABILITY", "LOGIN", "LIST", "SELECT", "UID FETCH",
                     "UID STORE", "APPEND", "CREATE", "EXPUNGE", "UID EXPUNGE"):
            for reply in ("TAG NO not today", "TAG BAD never heard of it",
                          "* BYE shutting down", "drop"):
                with self.subTest(command=name, reply=reply):
                    self.refuse_all(name, reply)

    def test_refused_literal_sends_nothing(self):
        self.serve()
        self.settle()
        self.server.hooks["LITERAL"] = "TAG NO [TOOBIG] too much"
        run = self.sync(status=1)
        self.assertIn("too much", run.err)
        self.assert_recovers()

    def test_another_folder_goes_on(self):
        self.serve()
        self.settle()
        self.server.mailboxes["Other"].add(mail.message(91))

        def answer(_session, _tag, rest):
            return "TAG NO locked" if "INBOX" in rest else None

        self.server.hooks["SELECT"] = answer
        run = self.sync(status=1)
        self.assertIn("test/INBOX", run.err)
        self.assertEqual(len(self.near.files("Other")), 2)
        self.assert_recovers()

    def test_an_expunge_that_leaves_messages_behind_and_says_ok(self):
        """As Dovecot does while another session expunges: what was removed must not come back."""
        for lies, status in ((1, 0), (9, 1)):
            with self.subTest(lies=lies):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve("IMAP4rev1 UIDPLUS")
                for i in range(4):
                    self.inbox.add(mail.message(i), ["\\Seen"])
                self.sync()
                for i in (1, 2):
                    self.near.remove("INBOX", self.near.find("INBOX", b"<0.%d@" % i))
                left = [lies]

                def expunge(session, tag, rest, left=left):
                    left[0] -= 1
                    if left[0] < 0:
                        return None
                    kept = max(m.uid for _s, m in session.wanted(rest))
                    session.selected.messages = [
                        m for m in session.selected.messages
                        if m.uid == kept or "\\Deleted" not in m.flags]
                    return "TAG OK all gone"

                self.server.hooks["UID EXPUNGE"] = expunge
                run = self.sync(status=status)
                if status:
                    self.assertIn("1 message that was removed here is still on the server", run.err)
                    self.server.hooks.clear()
                    self.sync()
                self.assert_together(2)
                self.assert_quiet()

    def test_busy_server_is_temporary(self):
        for greeting in ("* BYE [UNAVAILABLE] too many connections",
                         "* BYE Too many simultaneous connections"):
            with self.subTest(greeting=greeting):
                self.serve(greeting=greeting)
                run = self.sync(status=3)
                self.assertIn("oo many", run.err)

    def test_preauth_before_starttls_is_refused(self):
        self.serve(greeting="* PREAUTH welcome, whoever you are")
        self.write_config(tls="starttls")
        run = self.sync(status=1)
        self.assertEqual(self.server.log, [])
        self.assertIn("PREAUTH", run.err)

    def test_what_comes_before_the_handshake_is_not_believed(self):
        authority = certificates.make_authority(self.directory)
        pair = certificates.make_certificate(self.directory, authority, "server", "IP:127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)

        def starttls(session, tag, _rest):
            # An attacker in the middle adds replies in the clear behind the OK.
            session.send(f"{tag} OK go\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED EVIL\r\n"
                         "* BYE injected")
            session.connection = context.wrap_socket(session.connection, server_side=True)
            session.reader = session.connection.makefile("rb")
            return True

        self.serve(capabilities="IMAP4rev1 STARTTLS")
        self.write_config(tls="starttls", tls_ca=authority[1])
        self.server.hooks["STARTTLS"] = starttls
        self.inbox.add(mail.message(1))
        run = self.sync("-vv")
        self.assert_together(1)
        self.assertIn("it was discarded", run.err)
        names = [line.split()[1] for line in self.server.log]
        self.assertEqual(names[:3], ["STARTTLS", "CAPABILITY", "LOGIN"], "asked anew")

    def test_server_without_starttls_gets_no_password(self):
        self.serve()
        self.write_config(tls="starttls")
        run = self.sync(status=1)
        self.assertIn("STARTTLS", run.err)
        self.assertEqual(self.server.count("LOGIN|AUTHENTICATE"), 0)

    def test_logindisabled_gets_no_password(self):
        self.serve(capabilities="IMAP4rev1 LOGINDISABLED")
        run = self.sync(status=1)
        self.assertTrue(run.err)
        self.assertEqual(self.server.count("LOGIN"), 0)

    def test_a_message_that_cannot_be_fetched_does_not_stop_the_rest(self):
        self.serve()
        for i in range(6):
            self.inbox.add(mail.message(i))

        def answer(session, tag, rest):
            uids = rest.partition(" ")[0]
            if "BODY.PEEK[]" in rest and any(m.uid == 3 for _s, m in session.wanted(uids)):
                return "TAG NO Some messages could not be FETCHed (Failure)"
            return None

        self.server.hooks["UID FETCH"] = answer
        run = self.sync(status=1)
        self.assertIn("UID 3", run.err)
        self.assertEqual(len(self.near.files("INBOX")), 5)
        self.server.hooks.clear()
        self.sync()
        self.assert_together(6)

    def test_nil_body_is_no_message(self):
        self.serve()
        self.inbox.add(mail.message(1))
        self.inbox.add(mail.message(2))

        def answer(session, tag, rest):
            if "BODY.PEEK[]" not in rest:
                return None
            session.send('* 1 FETCH (UID 1 FLAGS () INTERNALDATE '
                         '"01-Jan-2024 00:00:00 +0000" BODY[] NIL)')
            session.send(f"{tag} OK done")
            return True

        self.server.hooks["UID FETCH"] = answer
        for _run in range(2):
            run = self.sync(status=1)
            self.assertEqual(run.err.count("gives nothing for them: UID 1:2;"), 1, run)
        self.assertEqual(self.near.files("INBOX"), [])
        self.server.hooks.clear()
        self.sync()
        self.assertEqual(len(self.near.files("INBOX")), 2)

    def test_nil_body_of_a_message_that_is_gone_says_nothing(self):
        self.serve()
        for i in range(2):
            self.inbox.add(mail.message(i))

        def answer(session, _tag, rest):
            if "BODY.PEEK[]" in rest and len(self.inbox.messages) == 2:
                del self.inbox.messages[0]
                session.send("* 1 FETCH (UID 1 FLAGS () BODY[] NIL)")

        self.server.hooks["UID FETCH"] = answer
        self.sync()
        self.assertEqual(len(self.near.files("INBOX")), 1)

    def test_empty_body_of_a_message_that_is_not_empty_is_no_message(self):
        self.serve()
        self.inbox.add(mail.message(1))

        def answer(session, tag, rest):
            if "BODY.PEEK[]" not in rest:
                return None
            session.send('* 1 FETCH (UID 1 FLAGS () INTERNALDATE '
                         '"01-Jan-2024 00:00:00 +0000" RFC822.SIZE 400 BODY[] {0}')
            session.send(")")
            session.send(f"{tag} OK done")
            return True

        self.server.hooks["UID FETCH"] = answer
        self.assertIn("gives nothing for it: UID 1;", self.sync(status=1).err)
        self.assertEqual(self.near.files("INBOX"), [])

    def test_a_message_of_no_bytes(self):
        self.serve()
        self.inbox.add(b"")
        self.sync()
        self.assert_together(1)
        self.assert_quiet()

    def test_a_short_listing_removes_nothing(self):
        self.serve()
        self.settle()
        self.near.set_letters("INBOX", self.near.find("INBOX", b"<0.2@"), "FS")

        def answer(session, tag, rest):
            if "BODY.PEEK" in rest or "HEADER" in rest:
                return None
            session.send("* 1 FETCH (UID 1 FLAGS (\\Seen))")
            session.send(f"{tag} OK done")
            return True

        self.server.hooks["UID FETCH"] = answer
        run = self.navette("sync", "test/INBOX")
        self.assertNotEqual(run.status, 0, run)
        self.assertEqual(len(self.near.files("INBOX")), 4)
        self.assert_recovers()

    def test_new_uidvalidity_pairs_what_is_there(self):
        self.serve()
        self.settle()
        self.sync()
        self.inbox.uidvalidity += 1
        for message in self.inbox.messages:
            message.uid += 1000
        self.inbox.uidnext += 1000
        self.server.log.clear()
        run = self.sync()
        self.assertIn("5 recognised on both sides", run.out)
        self.assertEqual(self.server.count(r"BODY\.PEEK\[\]|APPEND|EXPUNGE"), 0)
        self.assert_together(5)
        self.assert_quiet()

    def test_lying_appenduid_is_not_believed(self):
        self.serve(capabilities="IMAP4rev1 UIDPLUS LITERAL+")
        self.settle()

        def answer(session, tag, rest):
            if "INBOX" not in rest:
                return None
            self.inbox.add(mail.message(51), ["\\Seen"])
            session.send(f"{tag} OK [APPENDUID {self.inbox.uidvalidity} 2] stored")
            return True

        self.server.hooks["APPEND"] = answer
        self.sync()
        self.assert_recovers()

    def test_names_in_utf8(self):
        self.serve(capabilities="IMAP4rev1 ENABLE UTF8=ACCEPT")
        for name in ("Entwürfe", "A&B", "&ZeVnLIqe-"):
            self.server.mailboxes[name] = Mailbox()
            self.server.mailboxes[name].add(mail.message(1, seed=name))
        self.near.create("Ärger & Co")
        self.near.add("Ärger & Co", mail.to_near(mail.message(2)), "S")
        self.sync()
        self.assertEqual(self.near.folders(), ["&ZeVnLIqe-", "A&B", "Entwürfe", "INBOX",
                                               "Ärger & Co"])
        self.assertEqual(len(self.server.mailboxes["Ärger & Co"].messages), 1)
        self.assert_quiet()

    def test_a_mailbox_replaced_between_listing_and_fetch(self):
        """The plan's UIDs mean other messages now: nothing of them may be taken."""
        self.serve()
        self.settle()
        self.server.mailboxes["Other"].add(mail.message(92))
        seen = []

        def answer(_session, _tag, rest):
            seen.append(rest)
            if "INBOX" in rest and sum("INBOX" in r for r in seen) == 2:
                messages = list(self.inbox.messages)
                self.inbox.messages.clear()
                self.inbox.uidvalidity += 1
                self.inbox.uidnext = 1
                for message in messages:
                    self.inbox.add(message.body + b"another\r\n", message.flags)
            return None

        self.server.hooks["SELECT"] = answer
        run = self.sync(status=3)
        self.assertIn("UIDVALIDITY", run.err)
        for body, *_rest in self.near.messages("INBOX").values():
            self.assertNotIn(b"another", body)
        self.server.hooks.clear()
        self.sync()
        far = sorted(mail.to_near(m.body) for m in self.inbox.messages)
        self.assertEqual(sorted(m[0] for m in self.near.messages("INBOX").values()), far)
        self.assert_quiet()

    def test_evil_folder_names_stay_inside(self):
        self.serve()
        self.server.extra_list = ['* LIST () "/" "../escape"', '* LIST () "/" "/etc/passwd"',
                                  '* LIST () "/" "a/../../b"', '* LIST () "/" "cur"',
                                  '* LIST () "/" "."', '* LIST () "/" ""',
                                  '* LIST () "/" "' + "x/" * 5000 + 'y"']
        run = self.navette("sync")
        self.assertNotIn("Sanitizer", run.err)
        self.assertIn(run.status, (1, 3), run)
        import os
        self.assertEqual(sorted(n for n in os.listdir(self.directory) if "escape" in n), [])
        self.assertNotIn("cur", os.listdir(self.near.root))

    def test_flags_that_cannot_be_stored_are_not_sent_again_and_again(self):
        self.serve()
        self.server.permanent_flags = "\\Seen \\Deleted"
        self.settle()
        self.near.set_letters("INBOX", self.near.find("INBOX", b"<0.1@"), "FS")
        self.sync()
        self.server.log.clear()
        self.sync()
        self.assertEqual(self.server.count("STORE"), 0)
        self.assertIn("F", self.near.find("INBOX", b"<0.1@")[1].rpartition(":2,")[2])

    def test_unsolicited_news_in_the_middle(self):
        self.serve()
        self.settle()

        def answer(session, _tag, rest):
            if "BODY.PEEK[]" in rest:
                session.send("* 99 EXISTS")
                session.send("* 2 FETCH (FLAGS (\\Seen \\Flagged))")
                session.send("* OK still here")
            return None

        self.server.hooks["UID FETCH"] = answer
        self.navette("sync")
        self.assert_recovers()
