"""How long it takes until a change is on the other side while navette watches, over a line with latency.

Two figures, median and worst of so many trials, on a Dovecot, by NOTIFY and by IDLE:
- from the moment in which the server's word of new mail reaches this end of the line until the file is in new/;
- from the moment in which a flag is set here until the server has answered the STORE, at its own end of the line.
Dovecot itself tells of a change half a second after it, which is not counted."""

import argparse
import os
import queue
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from harness import dovecot, mail, sides  # noqa: E402  pylint: disable=wrong-import-position

PATIENCE = 60


class Line:
    """A relay on loopback: each byte arrives half a round trip later. Notes when what passed either end."""

    def __init__(self, port, round_trip):
        self.target, self.delay = port, round_trip / 2
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.seen = []  # (when, at which end, bytes): "here", what came from the server; "there", all that it sees
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.pump(client, server, None, "up")
            self.pump(server, client, "down", "here")

    def note(self, where, data):
        if where:
            with self.lock:
                self.seen.append((time.monotonic(), where, data))

    def pump(self, source, sink, at_source, at_sink):
        waiting = queue.Queue()

        def read():
            try:
                while data := source.recv(65536):
                    self.note(at_source, data)
                    waiting.put((time.monotonic() + self.delay, data))
            except OSError:
                pass
            waiting.put((0, None))

        def write():
            try:
                while (item := waiting.get())[1] is not None:
                    time.sleep(max(0, item[0] - time.monotonic()))
                    sink.sendall(item[1])
                    self.note(at_sink, item[1])
                sink.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for work in (read, write):
            threading.Thread(target=work, daemon=True).start()

    def when(self, where, since, *words):
        """When bytes with one of WORDS were first seen there since then; None: not yet."""
        with self.lock:
            return next((t for t, w, data in self.seen
                         if w == where and t >= since and any(word in data for word in words)), None)

    def forget(self):
        with self.lock:
            self.seen.clear()


def until(condition):
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"nothing came within {PATIENCE} seconds")
        time.sleep(0.0005)
    return value


class Bench:
    def __init__(self, arguments, extensions):
        self.directory = tempfile.mkdtemp(prefix="navette-live-", dir=arguments.directory)
        os.chmod(self.directory, 0o755)
        self.arguments, self.extensions = arguments, extensions
        self.server = dovecot.Dovecot(self.directory)
        self.process = None

    def start(self):
        self.server.start()
        self.far = sides.Far(self.server.port, password=self.server.password)
        for number in range(self.arguments.folders - 1):
            self.far.create(f"Folder/{number:03}")
        self.far.append("INBOX", mail.message(0))
        self.line = Line(self.server.port, self.arguments.round_trip / 1000)
        self.near = sides.Near(os.path.join(self.directory, "mail"))
        config = os.path.join(self.directory, "config")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"[account bench]\nhost = 127.0.0.1\nport = {self.line.port}\ntls = none\nuser = reader\n"
                    f"password = {self.server.password}\nmaildir = {self.near.root}\ndisable-extensions = {self.extensions}\n")
        os.chmod(config, 0o600)
        self.said = os.path.join(self.directory, "said")
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                [self.arguments.binary, "-c", config, "-v", "watch"], stdin=subprocess.DEVNULL, stdout=said,
                stderr=said, env=dict(os.environ, HOME=self.directory, XDG_STATE_HOME=self.directory))
        until(lambda: self.watching() >= 1)
        time.sleep(3)

    def watching(self):
        with open(self.said, "rb") as f:
            return f.read().count(b"bench: watching")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def rest(self):
        """Until it waits again, with nothing on the line."""
        time.sleep(0.3 + 4 * self.arguments.round_trip / 1000)

    def files(self):
        return set(os.listdir(self.near.path("INBOX") + "/new"))

    def arrival(self, number):
        self.line.forget()
        before, begun = self.files(), time.monotonic()
        self.far.append("INBOX", mail.message(number))
        until(lambda: self.files() - before)
        there = time.monotonic()
        told = self.line.when("here", begun, b" EXISTS", b"* STATUS")
        self.rest()
        return there - told

    def flag(self, number):
        self.line.forget()
        file = self.near.files("INBOX")[0]
        begun = time.monotonic()
        self.near.set_letters("INBOX", file, "F" if number % 2 == 0 else "FS")
        sent = until(lambda: self.line.when("up", begun, b" STORE "))
        done = until(lambda: self.line.when("down", sent, b" OK "))
        self.rest()
        return done - begun


def show(name, figures):
    print(f"{name:44} median {statistics.median(figures) * 1000:6.0f} ms, worst {max(figures) * 1000:6.0f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="./navette", type=os.path.abspath)
    parser.add_argument("--round-trip", type=float, default=50, help="milliseconds")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--folders", type=int, default=1)
    parser.add_argument("--directory", help="where the mail is; its disk counts")
    arguments = parser.parse_args()
    print(f"{arguments.trials} trials each, {arguments.folders} folders, a round trip of {arguments.round_trip:.0f} ms")
    for name, extensions in (("NOTIFY", ""), ("IDLE", "NOTIFY")):
        bench = Bench(arguments, extensions)
        try:
            bench.start()
            show(f"{name}: told of new mail -> file in new/", [bench.arrival(n + 1) for n in range(arguments.trials)])
            show(f"{name}: flag set here -> stored there", [bench.flag(n) for n in range(arguments.trials)])
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
