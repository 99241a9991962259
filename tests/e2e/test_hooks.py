"""pre-sync, post-new and post-sync."""

import os
import signal
import subprocess
import time

from harness import mail
from harness.case import BINARY, Case


class Hooks(Case):
    def setUp(self):
        super().setUp()
        self.standard()
        self.said = os.path.join(self.directory, "said")

    def note(self, what):
        """A hook that writes down what it was told."""
        return (f"echo {what} $NAVETTE_ACCOUNT $NAVETTE_NEW $NAVETTE_RESULT : $NAVETTE_NEW_FOLDERS :"
                f" $NAVETTE_CHANGED_FOLDERS >>{self.said}")

    def lines(self):
        try:
            with open(self.said, encoding="utf-8") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []
        finally:
            if os.path.exists(self.said):
                os.unlink(self.said)

    def test_what_they_are_told(self):
        self.write_config(pre_sync=self.note("before"), post_new=self.note("new"), post_sync=self.note("after"))
        self.far.append("INBOX", mail.message(1))
        self.far.create("Work")
        self.sync("-n")
        self.assertEqual(self.lines(), [])
        self.sync()
        self.assertEqual(self.lines(), ["before test 0 : :", "new test 1 none : INBOX :", "after test 1 none : INBOX :"])
        self.sync()
        self.assertEqual(self.lines(), ["before test 0 : :", "after test 0 none : :"])
        self.far.store("INBOX", self.far.uids("INBOX"), "+FLAGS", "\\Seen")
        self.far.append("Work", mail.message(2))
        self.sync()
        self.assertEqual(self.lines()[1:], ["new test 1 none : Work : INBOX", "after test 1 none : Work : INBOX"])
        self.write_config(password="wrong", post_new=self.note("new"), post_sync=self.note("after"))
        run = self.sync(status=1)
        self.assertRegex(self.lines()[0], r"after test 0 \w+ : :")
        self.assertNotIn("post-", run.err)

    def test_what_fails_harms_nothing(self):
        self.far.append("INBOX", mail.message(1))
        self.write_config(pre_sync="echo oh; exit 3", post_new="kill -9 $$", post_sync="/no/such/command")
        run = self.sync("--json")
        self.assertIn("test: pre-sync ended with status 3; ", run.err)
        self.assertIn("test: post-new was ended by signal 9; ", run.err)
        self.assertIn("test: post-sync ended with status 127; ", run.err)
        self.assertIn("oh\n", run.err)
        self.assertTrue(run.objects(), "what a hook prints is not among the results")
        self.assert_same(count=1)

    def test_what_hangs_is_ended(self):
        """With what it started, which would hold the run's stderr for longer than the test waits."""
        self.write_config(pre_sync="(trap '' TERM; sleep 3000) & sleep 3000", hook_timeout="1s")
        run = self.sync()
        self.assertIn("test: pre-sync took longer than hook-timeout and was ended; ", run.err)

    def test_a_signal_ends_it_with_the_run(self):
        self.write_config(pre_sync=f"touch {self.said}; sleep 100")
        process = subprocess.Popen([BINARY, "-c", self.config, "sync"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)
        while not os.path.exists(self.said):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
