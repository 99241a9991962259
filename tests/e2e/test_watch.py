"""navette watch against Dovecot: what happens on either side comes to the other without a run."""

import os
import signal
import unittest

from harness import mail, sides
from harness.case import Case
from harness.watching import Watcher


def letter(number):
    return mail.to_near(mail.message(number))


class Watch(Case):
    def setUp(self):
        super().setUp()
        self.standard()

    def start(self, *arguments, **environment):
        watcher = Watcher(self, *arguments, environment=environment)
        watcher.until_said("test: watching")
        return watcher

    def same(self, folder="INBOX"):
        return sides.far_view(self.far, folder) == sides.near_view(self.near, folder)

    def test_what_happens_here_is_there(self):
        watcher = self.start()
        watcher.until(lambda: self.near.folders() == ["INBOX"], "INBOX is made here")
        self.near.add("INBOX", letter(1))
        watcher.until(lambda: len(self.far.messages("INBOX")) == 1, "new mail is uploaded")
        file = self.near.files("INBOX")[0]
        self.near.set_letters("INBOX", file, "FS")
        watcher.until(lambda: [m[1] for m in self.far.messages("INBOX").values()] == ["FS"], "flags are stored")
        self.near.create("Work/Done")
        watcher.until(lambda: "Work/Done" in self.far.folders(), "a new folder is made there")
        self.near.add("Work/Done", letter(2))
        watcher.until(lambda: len(self.far.messages("Work/Done")) == 1, "what comes into it is uploaded")
        self.near.remove("INBOX", self.near.files("INBOX")[0])
        watcher.until(lambda: not self.far.messages("INBOX"), "what is removed here goes there")
        self.assertEqual(watcher.stop(), 0)
        self.assert_same("Work/Done", count=1)
        self.assert_quiet()


if __name__ == "__main__":
    unittest.main()
