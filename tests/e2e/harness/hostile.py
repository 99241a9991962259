"""What tests of hostile servers share: a run that is measured, and a sane server that repairs all afterwards."""

import os
import signal
import subprocess
import threading

from . import mail
from .case import BINARY, TIMEOUT, Case, Run
from .modseq import ModseqServer
from .scripted import Mailbox, ScriptedServer

PEAK_MAX = 80 * 1024  # KiB that a run may ever hold
SANITIZED_PEAK_MAX = 1024 * 1024  # a sanitizer keeps what was freed
CHUNK = 65536


def is_sanitized():
    with open(BINARY, "rb") as f:
        data = f.read()
    return b"__asan_init" in data or b"__tsan_init" in data


class HostileCase(Case):
    def serve(self, *arguments, **keys):
        """Also anew in one test: everything before is forgotten."""
        self.tearDown()
        self.doCleanups()
        self.setUp()
        modseqs = "QRESYNC" in keys.get("capabilities", "")
        self.server = (ModseqServer if modseqs else ScriptedServer)(*arguments, **keys)
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]

    def settle(self):
        """A run with a sane server, then changes on both sides that need every command."""
        for i in range(4):
            self.inbox.add(mail.message(i), ["\\Seen"])
        self.server.mailboxes["Other"] = Mailbox()
        self.server.mailboxes["Other"].add(mail.message(90))
        self.sync()
        self.inbox.add(mail.message(50))
        self.near.add("INBOX", mail.to_near(mail.message(51)), "S")
        self.near.set_letters("INBOX", self.near.find("INBOX", b"<0.1@"), "FS")
        self.before = self.view()
        self.state = self.read_state()

    def view(self):
        """All that lies beside and below the Maildir root, but for the state: names and contents."""
        found = {}
        for directory, names, files in os.walk(self.directory):
            names[:] = [n for n in names if directory != self.directory or n != "state"]
            for name in names:
                found[os.path.join(directory, name)] = None
            for name in files:
                path = os.path.join(directory, name)
                with open(path, "rb") as f:
                    found[path] = f.read()
        return found

    def read_state(self):
        path = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        with open(path, "rb") as f:
            return f.read()

    def assert_untouched(self, state=True):
        after = self.view()
        self.assertEqual(sorted(after), sorted(self.before))
        self.assertTrue(after == self.before, "a file has other content")
        if state:
            self.assertTrue(self.read_state() == self.state, "the state was written")

    def measured(self, *arguments):
        """A run, and the most memory that it ever held, in KiB."""
        with open(os.path.join(self.directory, "..", os.path.basename(self.directory) + ".out"),
                  "w+b") as out, \
                open(out.name + ".err", "w+b") as err:
            self.addCleanup(lambda: [os.path.exists(n) and os.unlink(n)
                                     for n in (out.name, err.name)])
            process = subprocess.Popen([BINARY, "-c", self.config, *arguments],
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       env=self.environment)
            timer = threading.Timer(TIMEOUT, process.send_signal, (signal.SIGKILL,))
            timer.start()
            _pid, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            process.stdout = out.read().decode(errors="replace")
            process.stderr = err.read().decode(errors="replace")
        return Run(process), usage.ru_maxrss

    def attack(self, *arguments, status=(1, 3), says=(), lines=4):
        """A run against the server as it is now: a clear end, little said, little memory."""
        run, peak = self.measured("sync", *arguments)
        self.assertIn(run.status, status, run)
        self.assertNotIn("Sanitizer", run.err)
        self.assertNotIn("runtime error", run.err)
        for text in says:
            self.assertIn(text, run.err)
        said = run.err.splitlines()
        if run.status != 0:
            self.assertTrue(said, run)
        self.assertLessEqual(len(said), lines, run)
        for line in said:
            self.assertLess(len(line), 1000, run)
            self.assertTrue(line.isprintable(), run)
        self.assertLess(peak, SANITIZED_PEAK_MAX if is_sanitized() else PEAK_MAX)
        return run

    def assert_heals(self):
        """A run with a sane server: nothing lost, nothing doubled, and then nothing left to do."""
        self.server.hooks.clear()
        self.server.extra_list.clear()
        self.sync()
        for name, box in self.server.mailboxes.items():
            far = sorted(mail.to_near(m.body) for m in box.messages)
            near = sorted(m[0] for m in self.near.messages(name).values())
            self.assertEqual(far, near, name)
        bodies = sorted(mail.to_near(m.body) for m in self.inbox.messages)
        self.assertEqual(bodies, sorted(mail.to_near(mail.message(i))
                                        for i in (0, 1, 2, 3, 50, 51)))
        self.assertEqual(len(self.server.mailboxes["Other"].messages), 1)
        self.assert_quiet()


def flood(session, piece, bytes_max=64 << 20):
    """Sends PIECE again and again until the client has enough of it."""
    chunk = piece * (CHUNK // len(piece) + 1)
    sent = 0
    while sent < bytes_max:
        session.send(chunk)
        sent += len(chunk)
