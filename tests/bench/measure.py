"""One measured run: through the relay, under the launcher, and what it did held against both sides."""

import json
import os
import signal
import subprocess
import sys
import time

from place import bytes_of, letters, names

HERE = os.path.dirname(os.path.abspath(__file__))
GRAIN = 1.5  # seconds after a change in which programs wait for a Maildir's time stamp to be past


class Relay:
    """The way to the server that adds a round trip and counts."""

    def __init__(self, target, round_trip=0, rate=0):
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "relay.py"), str(target), "--round-trip",
             str(round_trip), "--rate", str(rate)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def counts(self):
        """Since the last call."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Figures:
    """Of one run. void says why it does not count, stopped that it took too long."""

    def __init__(self, counts):
        self.wall = self.cpu = self.memory = 0.0
        self.void = ""
        self.stopped = False
        self.__dict__.update(counts)

    def read(self, path, errors):
        with open(path, encoding="ascii") as f:
            wall, cpu, memory, status = f.read().split()
        self.wall, self.cpu, self.memory = float(wall), float(cpu), int(memory) / 1024
        if int(status) != 0:
            self.void = f"exit {status}: {' '.join(errors.split())[-300:]}"

    def stop(self, limit):
        self.wall, self.stopped = limit, True
        self.void = f"stopped after {limit:.0f} s"

    def __str__(self):
        return (f"{self.wall:8.2f} s  cpu {self.cpu:6.2f}  {self.memory:5.1f} MB  "
                f"{self.connections} conn  {self.turns:6} turns  {self.up:9} up "
                f"{self.down:10} down" + (f"  VOID: {self.void}" if self.void else ""))


def wait_for_rest(place, program):
    """Until the Maildirs were at rest for a moment: otherwise mbsync sleeps a second after each
    near change and navette looks twice, which tells of the benchmark and not of them."""
    newest = 0
    for folder in names(place.folders):
        for part in ("new", "cur"):
            try:
                newest = max(newest, os.stat(os.path.join(program.folder(folder), part)).st_mtime)
            except FileNotFoundError:
                pass  # before the first sync
    time.sleep(max(0, newest + GRAIN - time.time()))


def measure(place, program, relay, certificate, limit):
    command = program.command(relay.port, certificate)
    report = os.path.join(program.directory, "figures")
    os.sync()
    wait_for_rest(place, program)
    relay.counts()
    with open(os.path.join(program.directory, "errors"), "w+", encoding="utf-8",
              errors="replace") as errors:
        process = subprocess.Popen([place.launcher, report, *command], start_new_session=True,
                                   env=program.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=errors)
        stopped = False
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            stopped = True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        figures = Figures(relay.counts())
        if stopped:
            figures.stop(limit)
            return figures
        errors.seek(0)
        figures.read(report, errors.read())
    return figures


def state(place, program, side):
    """{folder: letters of its messages} on one side; a folder that is missing has None."""
    roots = {folder: program.folder(folder) if side == "near" else place.root(program.user, folder)
             for folder in names(place.folders)}
    return {folder: letters(root) if os.path.isdir(os.path.join(root, "cur")) else None
            for folder, root in roots.items()}


def describe(found):
    return f"{len(found)} messages, {sum('F' in l for l in found)} flagged" if found else str(found)


def compare(place, program, expected, bodies):
    """Why one of the sides is not what it must be, or ""."""
    for side in ("near", "far"):
        for folder, found in state(place, program, side).items():
            if found != expected[folder]:
                return (f"{folder} {side}: {describe(found)}, "
                        f"instead of {describe(expected[folder])}")
    for folder in names(place.folders) if bodies else ():
        near, far = bytes_of(program.folder(folder)), bytes_of(place.root(program.user, folder))
        own = program.header_size * len(expected[folder])
        if near != far + own:
            return f"{folder}: {near} bytes near and {far} far, {own} of them headers of its own"
    return ""


def run_once(place, program, work, relay, certificate, limit):
    """Changes what WORK changes, runs PROGRAM, and looks whether both sides became like the one
    that was changed."""
    work.change(place, program)
    expected = state(place, program, work.side)
    figures = measure(place, program, relay, certificate, limit)
    figures.void = figures.void or compare(place, program, expected, work.bodies)
    print(f"  {work.name:22} {program.name:13} {figures}", flush=True)
    return figures
