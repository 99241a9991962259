"""Many runs from one and the same beginning: both sides and the state as they were, copied back before each.

A lane has a near side, a state, a configuration and a relay of its own, and homes on the server by the
address it connects to, so that several lanes can go at a time. It takes a home after the other: what a server still
does for a connection that is gone must not meet the copy."""

import os
import shutil
import subprocess

from . import relay, sides
from .case import BINARY, TIMEOUT, Run

HOMES = 3  # of a lane


def address(number):
    return f"127.0.7.{number + 1}"


def addresses(lanes):
    return ", ".join(["127.0.0.1"] + [address(n) for n in range(lanes * HOMES)])


def copy(source, target):
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)  # owners and times as well


class Lane:
    def __init__(self, case, number):
        self.case = case
        self.number = number
        self.turn = 0
        self.directory = os.path.join(case.directory, f"lane{number}")
        os.makedirs(self.directory)
        self.near = sides.Near(os.path.join(self.directory, "mail"))
        self.state = os.path.join(self.directory, "state")
        self.config = os.path.join(self.directory, "config")
        self.environment = dict(case.environment, XDG_STATE_HOME=self.state)
        self.relay = None
        self.host = None

    def home(self, host=None):
        return os.path.join(self.case.server.directory, "home", host or self.host)

    def begin(self, snapshot, port, **relay_options):
        """Both sides and the state as in SNAPSHOT; a relay to PORT of the server."""
        self.host = address(self.number * HOMES + self.turn % HOMES)
        self.turn += 1
        copy(snapshot.home, self.home())
        copy(snapshot.near, self.near.root)
        copy(snapshot.state, self.state)
        self.end()
        self.relay = relay.Relay(port, host=self.host, **relay_options)

    def end(self):
        if self.relay:
            self.relay.stop()
        self.relay = None

    def run(self, *arguments, **keys):
        values = dict({"host": "127.0.0.1", "port": self.relay.port, "tls": "none", "user": "reader",
                       "password": self.case.server.password, "maildir": self.near.root,
                       "remove": "both"}, **keys)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("[account test]\n" + "".join(
                f"{k.replace('_', '-')} = {v}\n" for k, v in values.items()))
        os.chmod(self.config, 0o600)
        return Run(subprocess.run([BINARY, "-c", self.config, "sync", *arguments],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  errors="replace", timeout=TIMEOUT, env=self.environment,
                                  check=False))

    def far_view(self):
        """Every folder's messages, and the same of near_view()."""
        far = sides.Far(self.case.server.port, "reader", self.case.server.password, host=self.host)
        try:
            return {folder: sides.far_view(far, folder) for folder in far.folders()}
        finally:
            far.close()

    def near_view(self):
        return {folder: sides.near_view(self.near, folder) for folder in self.near.folders()}


class Snapshot:
    """What a lane has now."""

    def __init__(self, lane, name):
        root = os.path.join(lane.case.directory, "snapshot-" + name)
        os.makedirs(root)
        self.home, self.near, self.state = (os.path.join(root, n) for n in ("home", "near", "state"))
        for source, target in ((lane.home(), self.home), (lane.near.root, self.near),
                               (lane.state, self.state)):
            os.makedirs(source, exist_ok=True)
            copy(source, target)
