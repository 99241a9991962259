"""What other clients move and copy on the server: it moves and is copied here, and no body is fetched."""

import hashlib
import os
import re

from harness import mail, relay
from harness.case import Case
from harness.gmail import ALL, Gmail
from harness.modseq import CAPABILITIES, ModseqSession
from harness.quirks import QuirkCase
from harness.scripted import Mailbox, ScriptedServer

COUNT = 100


class Carried:
    """What a run carries, seen by a relay."""

    def listen(self, port):
        self.relay = relay.Relay(port, record=True)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, compress="no")

    def carried(self, run=None):
        self.relay.reset()
        done = run() if run else self.sync()
        bodies = len(re.findall(rb"BODY\[\] \{", bytes(self.relay.received)))
        return done, len(self.relay.sent) + len(self.relay.received), bodies

    def inodes(self, name):
        return {os.stat(os.path.join(self.near.path(name), *file)).st_ino for file in self.near.files(name)}


class OnDovecot(Carried, Case):
    """It has no names for contents: size, date and header tell what moved."""

    def setUp(self):
        super().setUp()
        self.standard()
        self.far.create("Archive")
        for i in range(COUNT + 20):
            self.far.append("INBOX", mail.message(i, size=20_000), "\\Seen")
        self.listen(self.server.port)
        self.sync()

    def move(self, uids, to):
        self.far.select("INBOX")
        self.far.check(self.far.connection.uid("MOVE", uids, to))

    def test_100_messages_that_moved(self):
        before = self.inodes("INBOX")
        self.move(f"1:{COUNT}", "Archive")
        dry, _bytes, _bodies = self.carried(lambda: self.navette("sync", "-n"))
        self.assertIn(f"test/INBOX: move {COUNT} messages UID 1:{COUNT} to Archive\n", dry.out)
        _run, total, bodies = self.carried()
        self.assertEqual(bodies, 0)
        self.assertLess(total, 60_000)
        self.assertLessEqual(self.inodes("Archive"), before)
        self.assertEqual(len(self.near.files("Archive")), COUNT)
        for name in ("INBOX", "Archive"):
            self.assert_same(name)
        self.assert_quiet()

    def test_with_new_mail_and_removals_beside(self):
        self.move("1:10", "Archive")
        self.far.store("INBOX", "11:12", "+FLAGS", "\\Deleted")
        self.far.check(self.far.connection.uid("EXPUNGE", "11:12"))
        self.far.append("Archive", mail.message(500))
        _run, _total, bodies = self.carried()
        self.assertEqual(bodies, 1)
        for name in ("INBOX", "Archive"):
            self.assert_same(name)
        self.assert_quiet()

    def test_new_mail_costs_what_it_did(self):
        self.far.append("INBOX", mail.message(500))
        self.carried()
        self.assertNotIn(b"UID FETCH %d:*" % (COUNT + 21), bytes(self.relay.sent))


class ObjectSession(ModseqSession):
    """OBJECTID (RFC 8474): of messages, not of mailboxes."""

    def parts(self, message, items):
        parts = super().parts(message, items)
        if "EMAILID" in items:
            parts.append(b"EMAILID (M%s)" % hashlib.sha256(message.body).hexdigest()[:24].encode())
        return parts


class ObjectServer(ScriptedServer):
    session_class = ObjectSession


class WithObjects(Carried, QuirkCase):
    def setUp(self):
        super().setUp()
        self.serve(CAPABILITIES + " OBJECTID", count=COUNT + 20, kind=ObjectServer)
        self.server.mailboxes["Archive"] = Mailbox()
        self.listen(self.server.port)
        self.sync()

    def carry(self, count, moves):
        box = self.server.mailboxes["Archive"]
        for message in self.inbox.messages[:count]:
            box.add(message.body, message.flags, date=message.date)
        if moves:
            del self.inbox.messages[:count]

    def test_100_messages_that_moved(self):
        before = self.inodes("INBOX")
        self.carry(COUNT, moves=True)
        run, total, bodies = self.carried(lambda: self.navette("sync", "--json"))
        self.assertEqual((run.status, bodies), (0, 0), run)
        self.assertLess(total, 25_000)
        self.assertLessEqual(self.inodes("Archive"), before)
        self.assertIn(f'"moved": {COUNT}', run.out.replace('":', '": ').replace(":  ", ": "))
        self.assert_together(20)

    def test_copies(self):
        self.carry(COUNT, moves=False)
        dry, _bytes, _bodies = self.carried(lambda: self.navette("sync", "-n"))
        self.assertIn(f"test/Archive: copy {COUNT} messages UID 1:{COUNT} from INBOX\n", dry.out)
        _run, total, bodies = self.carried()
        self.assertEqual(bodies, 0)
        self.assertLess(total, 25_000)
        self.assertLessEqual(self.inodes("Archive"), self.inodes("INBOX"))
        self.assert_together(COUNT + 20)

    def test_copies_that_are_files_of_their_own(self):
        self.write_config(port=self.relay.port, duplicates="copy")
        self.carry(10, moves=False)
        _run, _total, bodies = self.carried()
        self.assertEqual(bodies, 0)
        self.assertFalse(self.inodes("Archive") & self.inodes("INBOX"))
        self.assert_together(COUNT + 20)


class OnGmail(Carried, QuirkCase):
    LABELS = ("INBOX", "Work", "One", "Two")
    COUNT = 1000

    def test_label_copies_come_once(self):
        """4,000 label copies of 1,000 messages."""
        self.server = Gmail()
        self.addCleanup(self.server.stop)
        for name in self.LABELS:
            self.server.mailboxes.setdefault(name, Mailbox(len(name)))
        for i in range(self.COUNT):
            for name in (*self.LABELS, ALL):
                self.server.mailboxes[name].add(mail.message(i), ["\\Seen"])
        self.listen(self.server.port)
        _run, _total, bodies = self.carried()
        self.assertEqual(bodies, self.COUNT)
        inodes = set()
        for name in (*self.LABELS, ALL):
            self.assertEqual(len(self.near.files(name)), self.COUNT)
            inodes |= self.inodes(name)
        self.assertEqual(len(inodes), self.COUNT)
        _run, total, _bodies = self.carried()
        self.assertLess(total, 5_000)
