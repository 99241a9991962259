"""Two runs on one tree of Maildirs that do not know of each other: each has a state of its own, because
XDG_STATE_HOME differs or because the account has two names. The second waits for the first."""

import fcntl
import os
import re
import subprocess

from harness import case, mail
from harness.case import Case

COUNT = 60


class TwoStates(Case):
    def setUp(self):
        super().setUp()
        self.standard()
        for number in range(COUNT):
            self.far.append("INBOX", mail.message(number))

    def start(self, *arguments, state="state", config=None):
        environment = dict(self.environment, XDG_STATE_HOME=os.path.join(self.directory, state))
        return subprocess.Popen([case.BINARY, "-c", config or self.config, "sync", *arguments],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=environment)

    def finish(self, process, *statuses):
        out, err = process.communicate(timeout=case.TIMEOUT)
        self.assertIn(process.returncode, statuses, out + err)
        return err

    def other_config(self, text, name):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def config_text(self):
        with open(self.config, encoding="utf-8") as f:
            return f.read()

    def assert_once(self, count):
        self.assert_same(count=count)
        bodies = [body for body, *_rest in self.near.messages("INBOX").values()]
        self.assertEqual(len(bodies), len(set(bodies)))

    def test_first_runs(self):
        """Neither state, nor the Maildir, is there yet; new mail is on both sides afterwards."""
        runs = [self.start("--wait", "100", state=state) for state in ("one", "two")]
        for run in runs:
            self.finish(run, 0)
        self.assert_once(COUNT)
        for number in range(COUNT, COUNT + 20):
            self.near.add("INBOX", mail.to_near(mail.message(number)), "S")
            self.far.append("INBOX", mail.message(number + 100))
        runs = [self.start("--wait", "100", state=state) for state in ("one", "two", "three")]
        for run in runs:
            self.finish(run, 0)
        self.assert_once(COUNT + 40)

    def test_two_names_of_an_account_and_roots_within_each_other(self):
        self.sync()
        named = self.other_config(self.config_text().replace("account test", "account other"), "named")
        within = self.other_config(
            re.sub("(?m)^(maildir = .*)$", r"\1/within", self.config_text()), "within")
        beside = self.other_config(
            re.sub("(?m)^(maildir = .*)$", r"\1-beside", self.config_text()), "beside.conf")
        holder = os.open(self.near.root, os.O_RDONLY)
        self.addCleanup(os.close, holder)
        fcntl.flock(holder, fcntl.LOCK_EX)
        for number, config in enumerate((self.config, named, within)):
            with self.subTest(config=config):
                err = self.finish(self.start("--wait", "0", state=f"s{number}", config=config), 3)
                self.assertIn("working on the Maildirs in", err)
                self.assertIn("--wait", err)
        self.finish(self.start("--wait", "0", state="s", config=beside), 0)
        # Those that change nothing do not wait.
        self.finish(self.start("--dry-run"), 0)
        self.assertEqual(self.navette("list").status, 0)
        self.assertEqual(self.navette("status").status, 0)
