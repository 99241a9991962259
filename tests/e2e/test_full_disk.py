"""Disks without room, and files that may not grow: said once, in words, and nothing is fetched in vain."""

import os
import re
import resource
import subprocess

from harness import case, mail
from harness.quirks import QuirkCase

MEBIBYTE = 1024 * 1024


class FullDisk(QuirkCase):
    def small_disk(self, name, size):
        """A file system of that size, mounted at NAME in the test's directory."""
        path = os.path.join(self.directory, name)
        os.makedirs(path)
        if os.geteuid() != 0:
            self.skipTest("only root may mount a file system")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode:
            self.skipTest("no file system can be mounted here: " + mounted.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=True)
        return path

    def fill(self, path, left):
        status = os.statvfs(path)
        with open(os.path.join(path, "filler"), "wb") as f:
            f.write(bytes(status.f_bavail * status.f_frsize - left))

    def test_no_room_for_mail(self):
        path = self.small_disk("small", 6 * MEBIBYTE)
        self.serve("IMAP4rev1 UIDPLUS", count=0)
        for number in range(20):
            self.inbox.add(mail.message(number, size=MEBIBYTE // 2))
        self.write_config(maildir=os.path.join(path, "mail"), timeout="5s")
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertRegex(run.err, r"the disk is full: the next 20 messages of INBOX need \d+ kB .* "
                                  r"\d+ kB are free in " + re.escape(path))
        self.assertEqual(self.server.count(r"BODY\.PEEK\[\]"), 0)
        subprocess.run(["mount", "-o", f"remount,size={64 * MEBIBYTE}", path], check=True)
        self.sync()
        self.assertEqual(len(os.listdir(os.path.join(path, "mail", "INBOX", "new"))), 20)
        self.assertEqual(len(os.listdir(os.path.join(path, "mail", "Other", "new"))), 1)

    def test_check_looks_for_room(self):
        self.serve("IMAP4rev1 UIDPLUS", count=1)
        for name, part, what in (("mail", "maildir", "the Maildirs"),
                                 ("state", "state", r"the state \(\$XDG_STATE_HOME\)")):
            path = self.small_disk(name, 20 * MEBIBYTE)
            if name == "mail":
                self.write_config(maildir=path)
            with self.subTest(part=part):
                found = {(o["part"], o["verdict"]): o["text"] for o in self.navette("check", "--json").objects()}
                self.assertRegex(found[part, "warning"], r"^only (19|20) MB are free on the file system of "
                                 + re.escape(path) + ": a run stops at what does not fit$")
                self.fill(path, 64 * 1024)
                run = self.navette("check", "--json")
                self.assertEqual(run.status, 1)
                found = {(o["part"], o["verdict"]): o["text"] for o in run.objects()}
                self.assertRegex(found[part, "bad"], "^the file system of " + re.escape(path) +
                                 f" is full: free some space, or put {what} elsewhere$")
                os.remove(os.path.join(path, "filler"))

    def test_no_room_for_the_state(self):
        path = self.small_disk("state", 2 * MEBIBYTE)
        self.serve("IMAP4rev1 UIDPLUS", count=0)
        self.sync()
        self.fill(path, 24 * 1024)
        for number in range(400):
            self.inbox.add(mail.message(number))
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn("No space left on device; make room", run.err)
        self.assertIn(os.path.join(path, "navette", "test"), run.err)
        os.remove(os.path.join(path, "filler"))
        self.sync()
        self.assert_together(400)

    def test_a_file_that_may_not_be_so_long(self):
        """RLIMIT_FSIZE: the signal would kill the run without a word."""
        self.serve("IMAP4rev1 UIDPLUS", count=4)
        self.inbox.add(mail.message(50, size=3 * MEBIBYTE))
        limit = 2 * MEBIBYTE
        process = subprocess.run(
            [case.BINARY, "-c", self.config, "sync"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=case.TIMEOUT, env=self.environment, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertIn("File too large", process.stderr)
        self.assertEqual(len(self.near.messages("INBOX")), 4)
        self.assertEqual(len(self.near.messages("Other")), 1)
        self.sync()
        self.assert_together(5)
