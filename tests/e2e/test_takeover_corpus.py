"""Setups of mbsync and OfflineIMAP that others made: each directory of NAVETTE_TAKEOVER has home/ (with @HOME@ and
@PORT@ to be filled in), far.tsv and far/MAILBOX.mbox (the server's side), and expected.tsv (what both sides are to be
after the first run)."""

import os
import re
import shutil
import subprocess

from harness import dovecot, sides
from harness.case import TIMEOUT, Case

SETUPS = os.environ.get("NAVETTE_TAKEOVER")
# What navette does otherwise, and why: (setup, side, folder, message) -> flags, or None: it is not there.
OTHERWISE = {
    # A message that was removed here and is outside of the window at that moment stays on the server.
    ("mbsync-1.5-window", "far", "INBOX", "BIG2"): "\\Seen",
    # The window refills: these come.
    ("mbsync-1.5-window", "near", "INBOX", "E4"): "FS",
    ("mbsync-1.5-window", "near", "INBOX", "E5"): "S",
    ("mbsync-1.5-window", "near", "INBOX", "E6"): "S",
    ("mbsync-1.3-legacy", "near", "INBOX", "E5"): "S",
    ("mbsync-1.3-legacy", "near", "INBOX", "E6"): "S",
}
SYSTEM = {"\\Seen", "\\Flagged", "\\Answered", "\\Deleted", "\\Draft", "$Forwarded"}


class Corpus(Case):
    def setUp(self):
        if not SETUPS:
            self.skipTest("NAVETTE_TAKEOVER is not set")
        super().setUp()

    def rows(self, path):
        with open(path, encoding="utf-8") as f:
            return [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]

    def update(self, mailbox, *options):
        name = re.sub(r"&([^-]*)-", lambda m: (b"+" + m[1].replace(",", "/").encode() + b"-").decode("utf-7"), mailbox)
        subprocess.run(["doveadm", "-c", self.server.config_path, "mailbox", "update", "-u", "u1", *options, name],
                       check=True, timeout=TIMEOUT)

    def fill_server(self, setup):
        boxes = {}
        for row in self.rows(os.path.join(setup, "far.tsv")):
            boxes.setdefault(row[0], []).append(row)
        for name, rows in boxes.items():
            self.far.connection.create(sides.quote(name))  # INBOX may be there
            self.update(name, "--uid-validity", rows[0][1])
            with open(os.path.join(setup, "far", name.replace("/", "!") + ".mbox"), "rb") as f:
                mails = re.split(rb"(?:^|\n)From fixture@example\.org [^\n]*\n", f.read())[1:]
            for row, body in zip((r for r in rows if r[3] != "-"), mails):
                self.update(name, "--min-next-uid", row[3])
                self.far.connection.literal = (body.rstrip(b"\n") + b"\n").replace(b"\n", b"\r\n")
                self.far.check(self.far.connection._simple_command("APPEND", sides.quote(name), f"({row[4]})",
                                                                   f'"{row[5]}"'))
            self.update(name, "--min-next-uid", rows[0][2])

    def fill_home(self, setup):
        shutil.copytree(os.path.join(setup, "home"), self.home)
        for place, directories, files in os.walk(self.home):
            if {"cur", "new"} & set(directories):  # git keeps no empty directories
                for name in ("cur", "new", "tmp"):
                    os.makedirs(os.path.join(place, name), exist_ok=True)
            for name in files:
                if name in (".mbsyncrc", "isyncrc", ".offlineimaprc"):
                    path = os.path.join(place, name)
                    with open(path, encoding="utf-8") as f:
                        text = f.read().replace("@HOME@", self.home).replace("@PORT@", str(self.server.port))
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(text)

    def name_of(self, body):
        return re.search(rb"(?i)^Message-ID: <([^@>]*)@", body, re.M)[1].decode()

    def near_root(self):
        for name in ("Mail", "Maildir"):
            if os.path.isdir(os.path.join(self.home, name)):
                return os.path.join(self.home, name)
        raise AssertionError("no Maildirs")

    def seen(self, side, folder):
        if side == "far":
            self.far.select(folder)
            return {self.name_of(body): (letters, keywords)
                    for body, letters, keywords, _date in self.far.messages(folder).values()}
        near = sides.Near(self.near_root())
        return {self.name_of(body): ("".join(c for c in letters if c.isupper()), [])
                for body, letters, _mtime, _place in near.messages("" if "(root)" in folder else folder).values()}

    def expected(self, setup):
        """{(side, folder): {message: letters}}"""
        name, result = os.path.basename(setup), {}
        rows = self.rows(os.path.join(setup, "expected.tsv"))
        rows = [row + [""] * (4 - len(row)) for row in rows if row[0] in ("far", "near")]
        for (where, side, folder, message), flags in OTHERWISE.items():
            if where == name:
                rows = [row for row in rows if row[:3] != [side, folder, message]]
                rows += [[side, folder, message, flags]] if flags is not None else []
        for side, folder, message, flags in rows:
            if side == "far":
                flags = "".join(sorted(sides.LETTERS[f] for f in flags.split() if f in SYSTEM))
            result.setdefault((side, folder), {})[message] = "".join(c for c in flags if c.isupper())
        return result

    def run_navette(self, *arguments):
        run = subprocess.run([os.environ.get("NAVETTE", "./navette"), *arguments], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=TIMEOUT, check=False, env={
                                 **os.environ, "HOME": self.home, "XDG_CONFIG_HOME": self.home + "/.config",
                                 "XDG_STATE_HOME": self.home + "/.local/state"})
        self.assertEqual(run.returncode, 0, (arguments, run.stdout, run.stderr))
        return run

    def play(self, setup):
        self.server = self.start_dovecot(os.path.basename(setup))
        self.home = os.path.join(self.directory, os.path.basename(setup) + "-home")
        self.far = self.connect(self.server, "u1")
        self.fill_server(setup)
        self.fill_home(setup)
        program = "offlineimap" if os.path.exists(os.path.join(self.home, ".offlineimaprc")) else "mbsync"
        said = self.run_navette("init", "--from", program, "--non-interactive").stdout
        self.assertNotIn("by content", said)
        run = self.run_navette("sync", "-v")
        for (side, folder), messages in self.expected(setup).items():
            found = {name: letters for name, (letters, _k) in self.seen(side, folder).items()}
            self.assertEqual(found, messages, (side, folder, run.stdout, run.stderr))
        self.assertEqual(self.run_navette("sync").stdout, "")

    def test_all(self):
        before, dovecot.PASSWORD = dovecot.PASSWORD, "secret"
        self.addCleanup(setattr, dovecot, "PASSWORD", before)
        setups = [e.path for e in os.scandir(SETUPS) if os.path.exists(os.path.join(e.path, "far.tsv"))]
        self.assertTrue(setups)
        for setup in sorted(setups):
            with self.subTest(setup):
                self.play(setup)
