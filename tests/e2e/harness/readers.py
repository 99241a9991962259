"""Mail readers that touch the Maildir while navette works on it: one of ours that does nothing else, and
real ones."""

import contextlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import unittest


def rename_for_ever(path, letters, count):
    """Gives every file other letters, one after the other, and moves it from new/ to cur/."""
    turn = 0
    while True:
        turn += 1
        for place in ("new", "cur"):
            for name in os.listdir(os.path.join(path, place)):
                base, _, old = name.partition(":2,")
                kept = "".join(c for c in old if c not in letters)
                toggled = letters[(turn + hash(base)) % len(letters)]
                new = "".join(sorted(kept + (toggled if toggled not in old else "")))
                with contextlib.suppress(FileNotFoundError):  # navette renamed or removed it
                    os.rename(os.path.join(path, place, name),
                              os.path.join(path, "cur", f"{base}:2,{new}"))
                    count.value += 1


class Renamer:
    """A process that renames at full speed. As a context: stopped at its end."""

    def __init__(self, path, letters):
        self.renames = multiprocessing.Value("L", 0, lock=False)
        self.process = multiprocessing.Process(
            target=rename_for_ever, args=(path, letters, self.renames), daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    @contextlib.contextmanager
    def paused(self):
        """For a look at the Maildir."""
        os.kill(self.process.pid, signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def __exit__(self, *_failure):
        # Not in the middle of a rename: the kernel finishes those.
        self.process.kill()
        self.process.join()


class Programs:
    """Programs of a Debian package. Skips the test where they are not installed."""

    def __init__(self, package, *names):
        if not all(shutil.which(name) for name in names):
            raise unittest.SkipTest(f"the Debian package {package} is not installed")

    @staticmethod
    def run(name, *arguments, stdin=None, **variables):
        """Returns the standard output; a failure is an error."""
        result = subprocess.run(
            [name, *arguments], input=stdin, text=True,
            stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True, check=False,
            env={**os.environ, **variables}, timeout=60)
        if result.returncode != 0:
            raise AssertionError(f"{name} {arguments}: {result.returncode} {result.stderr}")
        return result.stdout
