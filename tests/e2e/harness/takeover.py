"""Setups of mbsync and OfflineIMAP with changes that wait, made by the programs themselves."""

import os
import shutil
import subprocess

from . import mail
from .case import TIMEOUT, Case

# What waits, by the number of the message in INBOX: see change().
READ_HERE, READ_THERE, FLAGGED_THERE, GONE_HERE, GONE_THERE, MOVED_HERE, MOVED_THERE, UNREAD_HERE, LEFT = range(1, 10)
NEW_HERE, NEW_THERE = 20, 21


class Takeover(Case):
    """INBOX with nine messages and two further folders, one of which has a name that is not ASCII."""

    def setUp(self):
        super().setUp()
        self.config = os.path.join(self.directory, "xdg", "navette", "config")
        self.home = os.path.join(self.directory, "home")
        os.makedirs(self.home)
        self.environment["HOME"] = self.home

    def need(self, program, package):
        if not shutil.which(program):
            self.skipTest(f"{program} is not installed (Debian package {package})")

    def start(self, **options):
        self.server = self.start_dovecot(**options)
        self.far = self.connect(self.server)
        self.far.create("Archive")
        self.far.create("G&AOQ-ste")
        for number in range(READ_HERE, LEFT + 1):
            flags = "\\Seen" if number == UNREAD_HERE else ""
            self.far.append("INBOX", mail.message(number), flags=flags)
        self.far.append("Archive", mail.message(30), flags="\\Seen")
        self.far.append("G&AOQ-ste", mail.message(31), flags="\\Flagged")

    def run_program(self, *arguments):
        run = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT,
                             env=self.environment, check=False)
        self.assertEqual(run.returncode, 0, run)
        return run

    def uid_there(self, number, folder="INBOX"):
        found = self.far.uids(folder, f'HEADER Message-ID "<0.{number}@example.org>"')
        self.assertEqual(len(found), 1, number)
        return found[0]

    def file_here(self, number, folder):
        return self.near.find(folder, f"<0.{number}@example.org>".encode())

    def change(self, inbox, archive):
        """Changes both sides; INBOX and ARCHIVE are the Maildirs' paths below the root."""
        def path(folder, file):
            return os.path.join(self.near.root, folder, *file)
        self.near.set_letters(inbox, self.file_here(READ_HERE, inbox), "S")
        self.near.set_letters(inbox, self.file_here(UNREAD_HERE, inbox), "")
        self.near.remove(inbox, self.file_here(GONE_HERE, inbox))
        moved = self.file_here(MOVED_HERE, inbox)
        os.rename(path(inbox, moved), path(archive, ("cur", moved[1].split(",U=")[0].split(":2,")[0] + ":2,")))
        self.near.add(inbox, mail.to_near(mail.message(NEW_HERE)))
        self.far.store("INBOX", self.uid_there(READ_THERE), "+FLAGS", "\\Seen")
        self.far.store("INBOX", self.uid_there(FLAGGED_THERE), "+FLAGS", "\\Flagged \\Answered")
        self.far.remove("INBOX", [self.uid_there(GONE_THERE)])
        self.far.select("INBOX")
        self.far.check(self.far.connection.uid("COPY", self.uid_there(MOVED_THERE), "Archive"))
        self.far.remove("INBOX", [self.uid_there(MOVED_THERE)])
        self.far.append("INBOX", mail.message(NEW_THERE))

    def letters_there(self, folder):
        """The letters of each message, by its number."""
        return {self.number_of(body): letters for body, letters, _k, _d in self.far.messages(folder).values()}

    def letters_here(self, folder):
        return {self.number_of(body): "".join(c for c in letters if c.isupper())
                for body, letters, _mtime, _place in self.near.messages(folder).values()}

    def number_of(self, body):
        return int(body.split(b"Message-ID: <0.", 1)[1].split(b"@")[0])

    EXPECTED = {"INBOX": {READ_HERE: "S", READ_THERE: "S", FLAGGED_THERE: "FR", UNREAD_HERE: "", LEFT: "",
                          NEW_HERE: "", NEW_THERE: ""},
                "Archive": {30: "S", MOVED_HERE: "", MOVED_THERE: ""}, "G&AOQ-ste": {31: "F"}}

    def init_from(self, program, *arguments, status=0):
        self.config, config = "/dev/null", self.config  # the option -c names another file
        run = subprocess.run([os.path.abspath(self.binary()), "init", "--from", program, "--non-interactive",
                              *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT,
                             env=self.environment, check=False)
        self.config = config
        self.assertEqual(run.returncode, status, (run.stdout, run.stderr))
        return run.stdout + run.stderr

    def binary(self):
        return os.environ.get("NAVETTE", "./navette")

    def check(self, folders, may_download=(MOVED_THERE, NEW_THERE)):
        """The first run: all that waited goes the right way, nothing else is carried. FOLDERS: the path of each
        mailbox's Maildir."""
        run = self.sync("-vv")
        for folder, expected in self.EXPECTED.items():
            self.assertEqual(self.letters_there(folder), expected, (folder, run))
            self.assertEqual(self.letters_here(folders[folder]), expected, (folder, run))
        self.assertLessEqual(run.err.count("BODY[] "), len(may_download), run)
        self.assertLessEqual(run.err.count(" APPEND "), 2, run)
        self.assertEqual(self.sync().out, "")
