"""The pages of docs/ as programs: their blocks of code, and a terminal for what needs one."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs")
PATIENCE = 60  # seconds for a program on a terminal


def blocks(page, language):
    """The code blocks of that language in docs/PAGE, in their order."""
    with open(os.path.join(DOCS, page), encoding="utf-8") as f:
        found = re.findall(rf"(?ms)^```{re.escape(language)}\n(.*?)^```$", f.read())
    assert found, f"{page} has no block of {language}"
    return found


def resize(terminal, columns, lines=24):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def on_terminal(command, environment, directory, steps=()):
    """Runs a program on a terminal of 80 by 24. STEPS are what is typed and when: (is_due, keys), where is_due(shown)
    says whether what was shown so far, or what stands on the disk by now, is what the keys wait for; or instead of keys
    a function that is called with the terminal. Returns its status and what it showed."""
    steps = list(steps)
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower,
                               cwd=directory, start_new_session=True,
                               # Some open /dev/tty: it is to be this one.
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                               env={**environment, "TERM": "xterm", "LINES": "24", "COLUMNS": "80"})
    os.close(follower)
    shown, end = b"", time.monotonic() + PATIENCE
    try:
        while time.monotonic() < end:
            if steps and steps[0][0](shown.decode(errors="replace")):
                act = steps.pop(0)[1]
                if callable(act):
                    act(leader)
                else:
                    os.write(leader, act.encode())
            ready, _, _ = select.select([leader], [], [], 0.2)
            if ready:
                try:
                    part = os.read(leader, 65536)
                except OSError:  # the program closed the terminal
                    break
                if not part:
                    break
                shown += part
            elif process.poll() is not None:
                break
        else:
            process.kill()
        assert not steps or process.poll() is None, f"{command} ended before {steps[0][1]!r}"
        return process.wait(), shown.decode(errors="replace")
    finally:
        os.close(leader)
