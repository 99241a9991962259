"""What goes over the wire, seen by a relay between the binary and the server: how much, and how often."""

import os
import re

from harness import mail, relay
from harness.case import Case
from harness.cyrus import Cyrus


class Wire:
    """The tests; the classes below say on which server."""

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.far = self.connect(self.server)
        self.relay = relay.Relay(self.server.port, record=True)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port)

    def fill(self, count=20):
        self.far.create("Lists")
        for folder in ("INBOX", "Lists"):
            for i in range(count):
                self.far.append(folder, mail.message(i, seed=folder), "\\Seen" if i % 2 else "")
        self.sync()

    def commands(self):
        return re.findall(rb"^[A-Z]\w* ((?:UID )?[A-Z]+)", bytes(self.relay.sent), re.MULTILINE)

    def test_a_second_run_carries_no_mail_and_writes_nothing(self):
        self.fill()
        state = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        before, stamps = os.stat(state), self.near.stamps()
        with open(state, "rb") as f:
            recorded = f.read()
        self.relay.reset()
        run = self.sync()
        self.assertEqual((run.out, run.err), ("", ""))
        sent = bytes(self.relay.sent)
        for word in (b"BODY", b"STORE", b"APPEND", b"EXPUNGE", b"RFC822"):
            self.assertNotIn(word, sent)
        self.assertNotIn(b"Subject:", bytes(self.relay.received))
        self.assertEqual(self.near.stamps(), stamps)
        with open(state, "rb") as f:
            self.assertEqual(f.read(), recorded)
        self.assertEqual(os.stat(state).st_mtime_ns, before.st_mtime_ns)
        self.assertEqual(self.relay.connections, 1)

    def test_each_new_message_is_fetched_once(self):
        self.fill()
        self.far.append("INBOX", mail.message(100), "\\Seen")
        self.far.append("INBOX", mail.message(101))
        self.relay.reset()
        self.sync()
        received = bytes(self.relay.received)
        self.assertEqual(len(re.findall(rb"BODY\[\] \{", received)), 2)
        self.assertEqual(received.count(mail.message(100).partition(b"\r\n\r\n")[2]), 1)

    def test_each_new_message_is_sent_once(self):
        self.fill()
        for i in range(5):
            self.near.add("INBOX", mail.to_near(mail.message(200 + i)), "S")
        self.relay.reset()
        self.sync()
        sent = bytes(self.relay.sent)
        for i in range(5):
            self.assertEqual(sent.count(b"Message-ID: <0.%d@" % (200 + i)), 1)
        self.assertEqual(len(self.far.uids("INBOX")), 25)

    def test_one_store_for_one_kind_of_change(self):
        self.fill(40)
        for file in self.near.files("INBOX"):
            if file[1].endswith(":2,S"):
                self.near.set_letters("INBOX", file, "RS")
        self.relay.reset()
        self.sync()
        self.assertEqual(self.commands().count(b"UID STORE"), 1, self.commands())
        self.assertEqual(len(self.far.uids("INBOX", "ANSWERED")), 20)

    def test_command_lines_stay_short(self):
        self.fill(2)
        for i in range(800):
            self.far.append("INBOX", mail.message(i, seed="many", size=None), "\\Seen")
        self.sync()
        files = [f for f in self.near.files("INBOX") if f[1].endswith(":2,S")]
        for file in files[::2]:
            self.near.set_letters("INBOX", file, "FS")
        self.relay.reset()
        self.sync()
        for line in bytes(self.relay.sent).split(b"\r\n"):
            self.assertLess(len(line), 8192)
        self.assertEqual(len(self.far.uids("INBOX", "FLAGGED")), len(files[::2]))

    def test_a_dry_run_sends_nothing_that_writes(self):
        self.fill()
        self.far.append("INBOX", mail.message(300))
        self.near.add("INBOX", mail.to_near(mail.message(301)), "S")
        self.near.remove("INBOX", self.near.files("INBOX")[0])
        self.near.create("New")
        stamps = self.near.stamps()
        self.relay.reset()
        self.sync("-n")
        for word in (b"CREATE", b"SUBSCRIBE", b"STORE", b"APPEND", b"EXPUNGE", b"BODY.PEEK[]"):
            self.assertNotIn(word, self.commands())
        self.assertNotIn(b"BODY.PEEK[]", bytes(self.relay.sent))
        self.assertEqual(self.near.stamps(), stamps)
        self.assertNotIn("New", self.far.folders())


class WireWithUidplus(Wire):
    def test_one_expunge_for_many_removals(self):
        self.fill(40)
        for file in self.near.files("INBOX")[:9]:
            self.near.remove("INBOX", file)
        self.relay.reset()
        self.sync()
        self.assertLessEqual(self.commands().count(b"UID STORE"), 1)
        self.assertEqual(self.commands().count(b"UID EXPUNGE"), 1)
        self.assertEqual(len(self.far.uids("INBOX")), 31)

    def test_turns_do_not_grow_with_the_messages(self):
        self.fill(2)
        turns = []
        for count in (3, 60):
            for i in range(count):
                self.far.append("INBOX", mail.message(i, seed=f"far {count}"))
                self.near.add("INBOX", mail.to_near(mail.message(i, seed=f"near {count}")), "S")
            self.relay.reset()
            self.sync()
            turns.append(self.relay.turns)
        # The same commands; a pipelined stream may be seen as a few turns more.
        self.assertLess(turns[1], turns[0] + 20, turns)


class OnDovecot(WireWithUidplus, Case):
    def serve(self):
        return self.start_dovecot()


class OnCyrus(WireWithUidplus, Case):
    def serve(self):
        return self.start_server(Cyrus)


class WithoutExtensions(Wire, Case):
    def serve(self):
        return self.start_dovecot(capability="IMAP4rev1")
