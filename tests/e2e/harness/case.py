"""The frame of every test: a directory, servers, a configuration, the binary."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from . import dovecot, sides

BINARY = os.environ.get("NAVETTE", "./navette")
TIMEOUT = int(os.environ.get("NAVETTE_TEST_TIMEOUT", "120"))


class Run:
    """One execution of the binary."""

    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def objects(self):
        return [json.loads(line) for line in self.out.split("\n") if line]

    def __repr__(self):
        return f"exit {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Case(unittest.TestCase):
    """setUp makes a directory; servers that a test starts end with it."""

    maxDiff = 2000
    # Its files may be in a file system without a disk, which is a good deal cheaper. Not where what a disk makes of
    # names, inodes and times is the point, nor for what is large.
    in_memory = True

    def setUp(self):
        memory = os.environ.get("NAVETTE_TEST_MEMORY") if self.in_memory else None
        self.directory = tempfile.mkdtemp(prefix="navette-test-", dir=memory)
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.servers = []
        self.addCleanup(self.show_logs)
        os.chmod(self.directory, 0o755)
        self.near = sides.Near(os.path.join(self.directory, "mail"))
        self.config = os.path.join(self.directory, "config")
        self.environment = dict(os.environ,
                                HOME=self.directory,
                                XDG_STATE_HOME=os.path.join(self.directory, "state"),
                                XDG_CONFIG_HOME=os.path.join(self.directory, "xdg"))
        self.server = None
        self.wrong = []  # exceptions that ended threads of the test, such as a scripted server's
        threading.excepthook = self.note_exception

    def tearDown(self):
        """What comes later is of the end of the test itself: sockets and directories are gone then."""
        super().tearDown()
        wrong, self.wrong = self.wrong, []
        if wrong:
            raise AssertionError(f"{len(wrong)} threads of the test ended in an exception, first this") from wrong[0]

    def note_exception(self, unhandled):
        self.wrong.append(unhandled.exc_value)
        threading.__excepthook__(unhandled)

    def start_dovecot(self, name="server", **options):
        if not dovecot.is_installed():
            self.skipTest("dovecot is not installed (Debian package dovecot-imapd)")
        return self.start_server(dovecot.Dovecot, name, **options)

    def start_server(self, kind, name="server", **options):
        """KIND is a class such as harness.dovecot.Dovecot."""
        directory = os.path.join(self.directory, name)
        os.makedirs(directory)
        server = kind(directory, **options)
        self.servers.append(server)
        self.addCleanup(server.stop)
        server.start()
        return server

    def show_logs(self):
        """What the servers logged; the runner shows it when the test failed."""
        for server in self.servers:
            if server.log():
                print("--- the server's log", server.log(), sep="\n", file=sys.stderr)

    def connect(self, server, user="reader"):
        far = sides.Far(server.port, user, server.password)
        self.addCleanup(far.close)
        return far

    def write_config(self, text=None, **keys):
        """An [account test] for self.server; KEYS replace or add (None takes away)."""
        if text is None:
            values = {"host": "127.0.0.1", "port": self.server.port if self.server else 1,
                      "tls": "none", "user": "reader",
                      "password": self.server.password if self.server else "x",
                      "maildir": self.near.root}
            values.update({k.replace("_", "-"): v for k, v in keys.items()})
            text = "[account test]\n" + "".join(
                f"{k} = {v}\n" for k, v in values.items() if v is not None)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.config, 0o600)

    def write_channels(self, *sections, **keys):
        """The configuration, with channels: (name, key, value, key, value ...) each."""
        self.write_config(**keys)
        with open(self.config, "a", encoding="utf-8") as f:
            for name, *pairs in sections:
                f.write(f"[channel test/{name}]\n")
                for key, value in zip(pairs[::2], pairs[1::2]):
                    f.write(f"{key} = {value}\n")

    def public_binary(self):
        """The binary where other users can run it too, who may not see where it was built."""
        binary = os.path.join(self.directory, "navette")
        if not os.path.exists(binary):
            shutil.copy(BINARY, binary)
        return binary

    def navette(self, *arguments, timeout=TIMEOUT):
        process = subprocess.run(
            [BINARY, "-c", self.config, *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=timeout,
            env=self.environment, check=False)
        return Run(process)

    def sync(self, *arguments, status=0, **options):
        run = self.navette("sync", *arguments, **options)
        self.assertEqual(run.status, status, run)
        self.assertNotIn("Sanitizer", run.err)
        return run

    def standard(self, **options):
        """A Dovecot, a far side, a configuration."""
        self.server = self.start_dovecot(**options)
        self.far = self.connect(self.server)
        self.write_config()

    def assert_same(self, folder="INBOX", far_folder=None, count=None):
        far = sides.far_view(self.far, far_folder or folder)
        near = sides.near_view(self.near, folder)
        self.assertEqual(far, near)
        if count is not None:
            self.assertEqual(len(near), count)

    def assert_quiet(self):
        """A run that says nothing, changes nothing on disk and asks for no message."""
        before = self.near.stamps()
        state = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        with open(state, "rb") as f:
            recorded = f.read()
        run = self.sync("-vv")
        self.assertEqual(run.out, "", run)
        for word in ("BODY.PEEK[]", " STORE ", " APPEND ", " EXPUNGE"):
            self.assertNotIn(word, run.err)
        self.assertEqual(self.near.stamps(), before)
        with open(state, "rb") as f:
            self.assertEqual(f.read(), recorded, "the state was written")
