"""The main job on servers that think otherwise than Dovecot: Cyrus IMAP and Courier."""

import os
import shutil

from harness import mail, sides
from harness.case import Case
from harness.courier import Courier
from harness.cyrus import Cyrus


class Common:
    """The tests; the classes below say on which server."""

    options = {}

    def setUp(self):
        super().setUp()
        self.server = self.start_server(self.kind, **self.options)
        self.far = self.connect(self.server)
        self.write_config()

    def mailbox(self, folder):
        if folder == "INBOX":
            return folder
        return self.server.prefix + folder.replace("/", self.server.separator)

    def fill(self, folder="INBOX", count=8):
        if folder != "INBOX":
            self.far.create(self.mailbox(folder))
        for i in range(count):
            self.far.append(self.mailbox(folder),
                            mail.message(i, seed=folder, attachment=i % 3 == 0, long_header=i == 4,
                                         eight_bit=i % 3 == 1),
                            "\\Seen" if i % 2 else "", 1_600_000_000 + i)

    def same(self, folder="INBOX", count=None):
        self.assert_same(folder, self.mailbox(folder), count)

    def near_file(self, number, folder="INBOX"):
        return self.near.find(folder, f"<{folder}.{number}@example.org>".encode())

    def far_uid(self, number, folder="INBOX"):
        found = self.far.uids(self.mailbox(folder),
                              f'HEADER MESSAGE-ID "<{folder}.{number}@example.org>"')
        self.assertEqual(len(found), 1)
        return found[0]

    def test_both_ways(self):
        self.fill()
        self.sync()
        self.same(count=8)
        self.assert_quiet()
        self.near.add("INBOX", mail.to_near(mail.message(50, seed="INBOX", eight_bit=True)), "FS",
                      when=1_500_000_000)
        self.near.add("INBOX", mail.to_near(mail.message(51, seed="INBOX")), place="new")
        self.far.append("INBOX", mail.message(52, seed="INBOX"), "\\Answered")
        self.near.set_letters("INBOX", self.near_file(0), "FRS")
        self.near.set_letters("INBOX", self.near_file(1), "")
        self.far.store("INBOX", self.far_uid(2), "+FLAGS", "\\Flagged \\Draft")
        self.far.store("INBOX", self.far_uid(3), "-FLAGS", "\\Seen")
        self.near.remove("INBOX", self.near_file(4))
        self.far.remove("INBOX", [self.far_uid(5)])
        self.sync()
        self.same(count=9)
        self.assert_quiet()

    def test_every_flag_both_ways(self):
        self.fill()
        self.sync()
        for number, letter in enumerate("SRFTD"):
            self.near.set_letters("INBOX", self.near_file(number), letter)
        self.sync()
        self.same(count=8)
        flags = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"]
        for number, flag in enumerate(flags):
            self.far.store("INBOX", self.far_uid(number), "FLAGS", flags[number - 1])
        self.sync()
        self.same(count=8)
        self.assert_quiet()

    def test_keywords_both_ways(self):
        self.fill()
        self.sync()
        self.far.store("INBOX", self.far_uid(0), "+FLAGS", "Important $Forwarded")
        self.sync()
        self.same(count=8)
        self.near.set_letters("INBOX", self.near_file(1), "PS")
        self.sync()
        self.same(count=8)
        self.assertIn(self.far_uid(1), self.far.uids("INBOX", "KEYWORD $Forwarded"))
        self.assertEqual(self.far.uids("INBOX", "KEYWORD Important"), [self.far_uid(0)])
        self.assert_quiet()

    def test_folders_both_ways(self):
        self.fill("Lists/navette")
        self.fill("Entw&APw-rfe", count=1)
        self.near.create("日本語/Ärger & more")
        self.near.add("日本語/Ärger & more", mail.to_near(mail.message(1, seed="new")), "S")
        self.sync()
        self.sync()  # the server may have made parents that the first run did not know of
        # Servers differ in whether a parent is a mailbox of its own.
        self.assertEqual([f for f in self.near.folders() if f not in ("Lists", "日本語")],
                         ["Entwürfe", "INBOX", "Lists/navette", "日本語/Ärger & more"])
        self.same("Lists/navette", count=8)
        self.assert_same("Entwürfe", self.mailbox("Entw&APw-rfe"), 1)
        self.assert_same("日本語/Ärger & more", self.mailbox("&ZeVnLIqe-/&AMQ-rger &- more"), 1)
        self.assert_quiet()

    def test_pairs_without_a_state(self):
        self.fill()
        self.sync()
        shutil.rmtree(os.path.join(self.directory, "state"))
        before = self.far.uids("INBOX")
        run = self.sync("-vv")
        self.assertNotIn(" APPEND ", run.err)
        self.assertNotIn("BODY.PEEK[]", run.err)
        self.assertEqual(self.far.uids("INBOX"), before)
        self.same(count=8)
        self.assert_quiet()

    def test_removed_near_and_the_marks_of_others(self):
        self.fill()
        self.sync()
        self.far.store("INBOX", self.far_uid(3), "+FLAGS", "\\Deleted")
        self.near.remove("INBOX", self.near_file(1))
        self.sync()
        self.same(count=7)
        self.assertEqual(self.far.uids("INBOX", "DELETED"), [self.far_uid(3)])
        self.assert_quiet()

    def test_bare_line_ends_and_odd_bytes(self):
        """What the server refuses is named, and the rest goes on."""
        self.near.create("INBOX")
        head = "From: a@b.c\nSubject: {0}\nMessage-ID: <{0}@x>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\n"
        bodies = {"plain": b"text\n", "nul": b"a\0b\n", "bare-cr": b"a\rb\n", "crcrlf": b"a\r\r\nb\n",
                  "no-end": b"text", "long": b"x" * 20_000 + b"\n", "empty": b"",
                  "8bit": b"\xff\xfe\xfd\n"}
        for name, body in bodies.items():
            self.near.add("INBOX", head.format(name).encode() + body, "S", name=f"1.{name}.test")
        run = self.navette("sync")
        self.assertIn(run.status, (0, 1), run)
        stored = self.far.messages("INBOX").values()
        refused = len(bodies) - len(stored)
        self.assertEqual(len(run.err.strip().splitlines()), refused, run)
        self.assertLessEqual(refused, 2, run)
        for name in ("plain", "no-end", "long", "empty", "8bit"):
            self.assertIn(f"<{name}@x>".encode(), b"".join(m[0] for m in stored))
        again = self.navette("sync")
        self.assertEqual(len(self.far.uids("INBOX")), len(stored), again)
        self.assertEqual(len(self.near.files("INBOX")), len(bodies))


class OnCyrus(Common, Case):
    kind = Cyrus


class OnCyrusWithPrefix(Common, Case):
    kind = Cyrus
    options = {"separator": ".", "prefix": "INBOX."}


class OnCourier(Common, Case):
    kind = Courier
