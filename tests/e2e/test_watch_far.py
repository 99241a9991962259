"""What a server tells while navette watches: by NOTIFY, by IDLE, or not at all. Nothing is found here by looking,
but where a test says so: `poll` is longer than any of them."""

import re
import unittest

from harness import mail, sides
from harness.case import Case
from harness.cyrus import Cyrus
from harness.dovecot import Dovecot
from harness.watching import Watcher


class Common:
    """The scenes; the classes below say on which server and by what it tells."""

    kind = Dovecot
    extra = {}
    folders = ("INBOX", "Work")

    def setUp(self):
        super().setUp()
        self.server = self.start_server(self.kind)
        self.far = self.connect(self.server)
        self.far.create("Work")
        self.write_config(poll="1h", **self.extra)

    def start(self):
        watcher = Watcher(self)
        watcher.until_said("test: watching")
        return watcher

    def is_same(self, folder):
        return sides.far_view(self.far, folder) == sides.near_view(self.near, folder)

    def test_what_happens_there_is_here(self):
        watcher = self.start()
        for folder in self.folders:
            self.far.append(folder, mail.message(1, seed=folder))
            self.far.append(folder, mail.message(2, seed=folder))
            watcher.until(lambda: len(self.near.messages(folder)) == 2, f"new mail comes to {folder}")
            first = self.far.uids(folder)[0]
            self.far.store(folder, first, "+FLAGS", "\\Flagged")
            watcher.until(lambda: self.is_same(folder), f"flags come to {folder}")
            self.far.remove(folder, first)
            watcher.until(lambda: len(self.near.messages(folder)) == 1, f"a message goes from {folder}")
        self.assertEqual(watcher.stop(), 0)
        for folder in self.folders:
            self.assert_same(folder, count=1)
        # What it saw by names alone, the first who does not watch has to see for himself.
        self.assertEqual(self.sync().out, "")
        self.assert_quiet()


class TellsOfNames:
    def test_a_new_mailbox_is_made_here(self):
        watcher = self.start()
        self.far.create("Made")
        watcher.until(lambda: "Made" in self.near.folders(), "a mailbox is made here")
        self.far.append("Made", mail.message(3))
        watcher.until(lambda: len(self.near.messages("Made")) == 1, "its mail comes")
        self.assertEqual(watcher.stop(), 0)


class DovecotByNotify(Common, TellsOfNames, Case):
    def test_new_mail_costs_one_round_trip(self):
        self.far.append("Work", mail.message(1))
        watcher = self.start()
        before = len(watcher.said())
        self.far.append("Work", mail.message(2))
        watcher.until(lambda: len(self.near.messages("Work")) == 2, "new mail comes")
        self.assertEqual(watcher.stop(), 0)
        said = watcher.said()[before:]
        event = said[said.index(" S: * STATUS Work (MESSAGES 2"):said.index("download UID 2")]
        sides_in_turn = re.findall(r" ([CS]): ", event)
        self.assertEqual("".join(sides_in_turn).count("SC"), 1, said)


class DovecotByIdle(Common, Case):
    extra = {"disable_extensions": "NOTIFY", "watch": "Work"}


class DovecotByIdleCompressed(Common, Case):
    extra = {"disable_extensions": "NOTIFY", "compress": "yes"}
    folders = ("INBOX",)


class CyrusByIdle(Common, Case):
    kind = Cyrus
    extra = {"disable_extensions": "NOTIFY", "watch": "Work"}


if __name__ == "__main__":
    unittest.main()
