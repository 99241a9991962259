"""Quirks of UIDs, UIDVALIDITY and modseqs that servers were seen with."""

import re

from harness import mail
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.scripted import Mailbox


class Uids(QuirkCase):
    def test_C01_uidvalidity_0(self):
        """Nothing can be told apart from one run to the next: the folder is left alone, others go on."""
        self.serve()
        self.inbox.uidvalidity = 0
        run = self.run_any(1)
        self.assertIn("no UIDVALIDITY", run.err)
        self.assertEqual(len(self.near.files("Other")), 1)
        self.inbox.uidvalidity = 7
        self.assert_recovers()
        self.inbox.uidvalidity = 0
        self.near.remove("INBOX", self.find(0))
        self.run_any(1)
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 3))
        self.inbox.uidvalidity = 7
        self.assert_recovers(3)

    def test_C01_appenduid_0(self):
        self.serve("IMAP4rev1 UIDPLUS").rewrite = lambda d: re.sub(
            rb"^(A\d+ OK) done", rb"\1 [APPENDUID 0 35] done", d)
        self.assert_works()

    def test_C02_uid_0(self):
        """A FETCH about no message is told and skipped; the others come."""
        self.serve()
        self.sync()
        self.near.set_letters("INBOX", self.find(1), "FS")

        def answer(session, _tag, _rest):
            session.send("* 1 FETCH (UID 0)")
            session.send("* 1 FETCH (UID 0 RFC822.SIZE 1)")

        self.server.hooks["UID FETCH"] = answer
        self.assert_works()

    def test_C03_no_uidnext_after_select(self):
        self.serve().rewrite = lambda d: b"" if b"[UIDNEXT" in d else d
        self.assert_works()

    def test_C03_no_uidnext_at_all(self):
        self.serve("IMAP4rev1 LIST-EXTENDED LIST-STATUS")
        self.server.rewrite = lambda d: re.sub(
            rb"STATUS (.*) \(.*\)", rb"STATUS \1 ()", b"" if b"[UIDNEXT" in d else d) \
            if b"[UIDNEXT" in d or d.startswith(b"* STATUS") else d
        self.assert_works()

    def test_C04_uids_not_in_the_order_of_the_numbers(self):
        self.serve()

        def shuffle():
            self.inbox.messages.sort(key=lambda m: (m.uid * 7) % 5)

        shuffle()
        self.sync()
        self.assert_together()
        self.assert_quiet()
        self.change()
        shuffle()
        self.sync()
        self.assert_together()
        self.assert_quiet()

    def lie_about_appends(self, code):
        """APPEND stores, and says CODE, a text with {validity} and {uid}."""
        self.serve("IMAP4rev1 UIDPLUS LITERAL+")
        self.inbox.uidvalidity = 7064

        def fake(data):
            match = re.match(rb"(A\d+) OK done\r\n", data)
            if not match or not re.match(match.group(1).decode() + " APPEND", self.server.log[-1]):
                return data
            return b"%s OK %s stored\r\n" % (match.group(1), code.format(
                validity=7064, uid=self.inbox.uidnext - 1).encode())

        self.server.rewrite = fake

    def assert_uploads_once(self):
        self.assert_works()
        self.assertEqual(self.server.count("APPEND"), 1)
        self.assertLessEqual(self.server.count(r"BODY\.PEEK\[\]"), 4)

    def test_C05_swapped_appenduid(self):
        self.lie_about_appends("[APPENDUID {uid} {validity}]")
        self.assert_uploads_once()

    def test_C06_uidplus_without_appenduid(self):
        self.lie_about_appends("")
        self.assert_uploads_once()

    def test_C06_all_uids_anew(self):
        """Another UIDVALIDITY, and the UIDs mean other messages: nothing is removed or doubled."""
        self.serve("IMAP4rev1 UIDPLUS")
        self.sync()
        self.inbox.uidvalidity += 1
        for i, message in enumerate(reversed(self.inbox.messages)):
            message.uid = i + 1
        self.inbox.messages.reverse()
        self.server.log.clear()
        self.sync()
        self.assert_together()
        self.assertEqual(self.server.count(r"BODY\.PEEK\[\]|APPEND|EXPUNGE|STORE"), 0)
        self.assert_works()

    def test_C07_appenduid_in_descending_order(self):
        """UIDs in an order that cannot be the messages': found out by looking."""
        self.serve("IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND")

        self.sync()
        for i in range(60, 63):
            self.near.add("INBOX", mail.to_near(mail.message(i)), "S")
        self.server.rewrite = lambda d: re.sub(
            rb"^(A\d+ OK) done", rb"\1 [APPENDUID 1 7,6,5] done", d)
        self.sync()
        self.assert_together(7)
        self.assert_quiet()
        self.near.remove("INBOX", self.find(60))
        self.sync()
        self.assert_together(6)
        self.assertFalse([m for m in self.inbox.messages if b"<0.60@" in m.body])

    def test_C07_answers_in_descending_order(self):
        self.serve()
        plain = self.server.session_class.wanted

        class Backwards(self.server.session_class):
            def wanted(self, text):
                return list(reversed(plain(self, text)))

        self.server.session_class = Backwards
        self.assert_works()

    def test_C08_appenduid_of_another_mailbox(self):
        self.lie_about_appends("[APPENDUID 424242 {uid}]")
        self.assert_uploads_once()

    def test_C08_codes_with_too_few_fields(self):
        self.lie_about_appends("[APPENDUID {validity}] [COPYUID 1 2]")
        self.assert_uploads_once()

    def test_C16_expunge_and_foreign_fetch_in_the_middle(self):
        self.serve()
        self.sync()
        self.change()
        done = []

        def answer(session, _tag, rest):
            if "BODY.PEEK[]" in rest and not done:
                done.append(True)
                session.send("* 16 FETCH (UID 17 FLAGS (\\Seen))")
                self.inbox.messages.remove(self.message(2))
                session.send("* 2 EXPUNGE")
                session.send("* 2 FETCH (UID 5 FLAGS (\\Flagged))")

        self.server.hooks["UID FETCH"] = answer
        self.run_any(0, 1, 3)
        self.assertTrue(done)
        self.assert_recovers(3)

    def test_C17_fetch_before_exists(self):
        self.serve()
        self.sync()
        self.change()

        def answer(session, _tag, rest):
            if len(self.inbox.messages) == 4 and "BODY" not in rest:
                self.inbox.add(mail.message(70))
                session.send("* 5 FETCH (FLAGS (\\Recent) UID %d)" % (self.inbox.uidnext - 1))
                session.send("* 5 EXISTS")

        self.server.hooks["UID FETCH"] = answer
        self.run_any(0, 1, 3)
        self.assert_recovers(5)

    def test_C18_fetch_without_uid(self):
        """Whose body it is cannot be known: none is stored, nothing is removed."""
        self.serve().rewrite = lambda d: re.sub(rb"\(UID \d+ ", b"(", d)
        self.run_any(1, 3)
        self.assertEqual(self.near.files("INBOX"), [])
        self.server.rewrite = None
        self.sync()
        self.change()
        self.server.rewrite = lambda d: re.sub(rb"\(UID \d+ ", b"(", d)
        self.run_any(1, 3)
        self.assertEqual(len([m for m in self.inbox.messages if m.uid < 5]), 3)
        self.assert_recovers()

    def test_C18_uid_last(self):
        self.serve().rewrite = lambda d: re.sub(
            rb"\((UID \d+) (.*)\)\r\n$", rb"(\2 \1)\r\n", d, flags=re.S) if b" FETCH (" in d else d
        self.assert_works()

    def test_C19_search_tells_uids_that_are_not_there(self):
        self.serve().rewrite = lambda d: re.sub(rb"^\* SEARCH(.*)\r\n", rb"* SEARCH\1 900 901\r\n", d) \
            if d.startswith(b"* SEARCH") and self.server.log[-1].endswith("SEARCH ALL") else d
        self.run_any(0, 1)
        self.assert_together()
        self.server.log.clear()
        self.run_any(0, 1)
        self.assert_together()
        self.assertEqual(self.server.count(r"BODY\.PEEK\[\]"), 0)
        self.change()
        self.run_any(0, 1)
        self.assert_together()
        self.assert_quiet()

    def test_C20_sets_ascend(self):
        self.serve(count=30)
        self.sync()
        for i in (3, 28, 9, 17):
            self.near.remove("INBOX", self.find(i))
        for i in (25, 7, 12):
            self.near.set_letters("INBOX", self.find(i), "FS")
        self.sync()
        self.assert_together(26)
        sets = 0
        for line in self.server.log:
            match = re.match(r"\S+ UID (?:FETCH|STORE|EXPUNGE) ([\d:,*]+)", line)
            if match:
                numbers = [int(n) for n in re.findall(r"\d+", match.group(1))]
                self.assertEqual(numbers, sorted(numbers), line)
                sets += len(numbers) > 1
        self.assertGreaterEqual(sets, 3)

    def test_C21_numbers_that_stay_after_an_expunge(self):
        """Sequence numbers with holes: nothing that still is there counts as removed."""
        self.serve("IMAP4rev1 UIDPLUS")
        self.sync()
        plain = self.server.session_class.wanted

        class Holes(self.server.session_class):
            def wanted(self, text):
                return [(m.uid, m) for _s, m in plain(self, text)]

        self.server.session_class = Holes
        self.assert_works()


class Modseqs(QuirkCase):
    def serve_modseqs(self, capabilities=CAPABILITIES):
        return self.serve(capabilities, kind=ModseqServer)

    def test_the_server_itself_works(self):
        self.serve_modseqs()
        self.assert_works()
        self.assertTrue(self.server.count(r"QRESYNC \(\d"))

    def test_the_server_itself_works_with_condstore(self):
        self.serve_modseqs(CAPABILITIES.replace(" QRESYNC", ""))
        self.assert_works()
        self.assertTrue(self.server.count("CHANGEDSINCE"))

    def test_C09_highestmodseq_0_of_an_empty_mailbox(self):
        self.serve_modseqs()
        empty = self.server.mailboxes["Empty"] = Mailbox()
        self.server.rewrite = lambda d: d.replace(b"[HIGHESTMODSEQ 1] ok", b"[HIGHESTMODSEQ 0] Highest") \
            .replace(b"HIGHESTMODSEQ 1)", b"HIGHESTMODSEQ 0)")
        self.assert_works()
        self.assertEqual(self.server.count(r"CHANGEDSINCE 0|QRESYNC \(\d+ 0"), 0)
        self.assertEqual(self.server.count("FETCH.*FLAGS") > 0, True)
        empty.add(mail.message(95))
        self.sync()
        self.assert_together()
        self.assert_quiet()

    def test_C10_negative_modseqs(self):
        for modseq in (b"-1", b"0"):
            with self.subTest(modseq=modseq):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve_modseqs().rewrite = lambda d, modseq=modseq: re.sub(
                    rb"MODSEQ \(\d+\)", b"MODSEQ (%s)" % modseq, d)
                self.assert_works()

    def test_C11_senseless_vanished_and_no_enabled(self):
        self.serve_modseqs().rewrite = lambda d: re.sub(
            rb"^\* VANISHED \(EARLIER\) .*\r\n", b"* VANISHED (EARLIER)\r\n",
            b"" if d.startswith(b"* ENABLED") else d)
        self.assert_works()

    def test_C11_senseless_vanished_and_wrong_numbers(self):
        def spoil(data):
            data = re.sub(rb"^\* VANISHED \(EARLIER\) .*\r\n", b"* VANISHED (EARLIER) ,x\r\n", data)
            return re.sub(rb"^\* \d+ FETCH", b"* 77 FETCH", data) if b"BODY" not in data else data

        self.serve_modseqs().rewrite = spoil
        self.sync()
        self.assert_together()
        self.change()
        self.run_any(0, 1)
        self.assert_recovers()

    def test_C12_vanished_from_0(self):
        self.serve_modseqs().rewrite = lambda d: re.sub(
            rb"^\* VANISHED \(EARLIER\) (\d+)\r\n", rb"* VANISHED (EARLIER) 0,\1\r\n", d)
        self.assert_works()
        self.server.rewrite = lambda d: re.sub(rb"^\* VANISHED \(EARLIER\) .*\r\n",
                                               b"* VANISHED (EARLIER) 0:1\r\n", d)
        self.inbox.messages.remove(self.message(51))
        self.sync()
        self.assert_together(3)
        self.assert_quiet()

    def test_C13_removed_messages_above_the_highest_are_not_told(self):
        self.serve_modseqs().rewrite = lambda d: b"" if b"VANISHED" in d else d
        self.sync()
        self.inbox.messages.pop()
        self.sync()
        self.assert_together(3)
        self.inbox.messages.pop()
        self.inbox.add(mail.message(60))
        self.sync()
        self.assert_together(3)
        self.assert_quiet()

    def test_C14_changes_are_not_told(self):
        """A server that takes QRESYNC and says nothing: removals and new mail show in the count."""
        self.serve_modseqs()
        self.sync()
        self.server.session_class = type("Silent", (self.server.session_class,), {
            "send_changed": lambda *_a: None, "send_vanished": lambda *_a: None})
        self.inbox.add(mail.message(60))
        self.sync()
        self.assert_together(5)
        self.inbox.messages.pop(0)
        self.inbox.messages.pop(0)
        self.sync()
        self.assert_together(3)
        self.assert_quiet()

    def test_C14_the_modseq_stands_still(self):
        """HIGHESTMODSEQ never moves: new and removed mail is still seen."""
        self.serve_modseqs().rewrite = lambda d: re.sub(rb"HIGHESTMODSEQ \d+", b"HIGHESTMODSEQ 9", d)
        self.sync()
        self.inbox.add(mail.message(60))
        self.sync()
        self.assert_together(5)
        self.inbox.messages.pop(0)
        self.sync()
        self.assert_together(4)
        self.near.remove("INBOX", self.find(60))
        self.sync()
        self.assert_together(3)
        self.assert_quiet()

    def test_C15_vanished_in_several_lines_and_any_command(self):
        self.serve_modseqs()
        self.inbox.add(mail.message(4))
        self.inbox.add(mail.message(5))
        self.sync()
        self.server.rewrite = lambda d: re.sub(
            rb"^\* VANISHED \(EARLIER\) (\d+),(\d+)\r\n",
            rb"* VANISHED (EARLIER) \1\r\n* VANISHED (EARLIER) \2\r\n", d)
        self.inbox.messages = self.inbox.messages[2:]
        self.sync()
        self.assert_together(4)
        self.assert_quiet()

    def test_C15_vanished_while_another_command_runs(self):
        self.serve_modseqs()
        self.inbox.add(mail.message(4))
        self.sync()
        self.inbox.add(mail.message(60))
        done = []

        def answer(session, _tag, rest):
            if "BODY.PEEK[]" in rest and not done:
                done.append(True)
                uid = self.message(2).uid
                self.far_remove(2)
                session.send(f"* VANISHED {uid}")

        self.server.hooks["UID FETCH"] = answer
        self.run_any(0, 3)
        self.assertTrue(done)
        self.sync()
        self.assert_together(5)
        self.assert_quiet()
