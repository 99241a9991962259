"""What an interrupted download left, and what somebody did to it since."""

import os
import subprocess
import time

from harness import mail
from harness.case import BINARY, Case


class Recover(Case):
    def interrupted(self):
        """A first sync that was killed between the record of a batch and its renames: tmp/ has files."""
        self.standard()
        for i in range(200):
            self.far.append("INBOX", mail.message(i, size=3000))
        temporary = os.path.join(self.near.path("INBOX"), "tmp")
        data = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        for attempt in range(60):
            process = subprocess.Popen([BINARY, "-c", self.config, "sync", "-q"],
                                       env=self.environment, stderr=subprocess.DEVNULL)
            time.sleep(0.01 + attempt * 0.002)
            process.kill()
            process.wait()
            files = [n for n in os.listdir(temporary)] if os.path.isdir(temporary) else []
            if files and os.path.exists(data):
                return temporary, files
        self.skipTest("no kill fell between the record and the renames")

    def test_cleaned_tmp_is_no_removal(self):
        temporary, files = self.interrupted()
        for name in files:
            os.unlink(os.path.join(temporary, name))
        self.sync()
        self.sync()
        self.assert_same(count=200)
        self.assert_quiet()
