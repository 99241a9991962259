"""navette watch in the background, and waiting until something holds: never for a time."""

import os
import signal
import subprocess
import time

from .case import BINARY

PATIENCE = 60  # seconds for what takes a second at most on an idle machine


class Watcher:
    """A watch of a test case's configuration, started by the command BEFORE. What it says goes into files, so that it never waits for a reader."""

    def __init__(self, case, *arguments, environment=None, before=(), verbose=True):
        self.case = case
        self.out = os.path.join(case.directory, "watch.out")
        self.err = os.path.join(case.directory, "watch.err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                [*before, BINARY, "-c", case.config, *(["-vv"] if verbose else []), "watch", *arguments], stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, env={**case.environment, **(environment or {})})
        case.addCleanup(self.kill)

    def said(self):
        with open(self.err, encoding="utf-8", errors="replace") as f:
            return f.read()

    def printed(self):
        with open(self.out, encoding="utf-8", errors="replace") as f:
            return f.read()

    def until(self, condition, what):
        """Waits until CONDITION() holds; fails when the watcher ends before."""
        end = time.monotonic() + PATIENCE
        while not self.holds(condition):
            self.case.assertIsNone(self.process.poll(), f"it ended while waiting: {what}\n{self.said()}")
            self.case.assertLess(time.monotonic(), end, f"not within {PATIENCE} s: {what}\n{self.said()}")
            time.sleep(0.02)

    @staticmethod
    def holds(condition):
        try:
            return condition()
        except FileNotFoundError:  # renamed between the listing and the look
            return False

    def until_said(self, text, count=1):
        self.until(lambda: self.said().count(text) >= count, f"it says {text!r} {count} times")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it as systemd does. Returns its exit status."""
        self.signal(signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE)
        self.case.assertFalse("Sanitizer" in self.said(), self.said())
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
