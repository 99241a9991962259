"""How long it takes until a change is on the other side while navette watches, over a line with latency, and what it costs to
wait.

Median and worst of so many trials:
- from the moment in which the server's word of new mail reaches this end of the line until the file is in new/;
- from the moment in which a flag is set here until the server has answered the STORE, at its own end of the line.
On Dovecot by NOTIFY, with one folder and with many, and by IDLE; on Cyrus by IDLE; beside it mbsync, started by a loop that
idles, as people do it. Dovecot itself tells of a change half a second after it, which is not counted.

And bytes on the line, both ways: of a sign of life, counted while `keep-alive` is 2 s, and of a look at all, each counted
alone; so many of them are in an hour in which nothing happens."""

import argparse
import os
import queue
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
from harness import cyrus, dovecot, mail, sides  # noqa: E402  pylint: disable=wrong-import-position

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


SIGNS_AN_HOUR, LOOKS_AN_HOUR = 5, 12  # by default: keep-alive = 12min, poll = 5min


class Bench:
    """A server, a line, and navette."""

    def __init__(self, arguments, kind, extensions="", folders=1, more=""):
        self.directory = tempfile.mkdtemp(prefix="navette-live-", dir=arguments.directory)
        os.chmod(self.directory, 0o755)
        self.arguments, self.extensions, self.folders, self.more = arguments, extensions, folders, more
        self.server = kind(self.directory + "/server" if kind is cyrus.Cyrus else self.directory)
        self.process = None

    def start(self):
        if isinstance(self.server, cyrus.Cyrus):
            os.mkdir(self.server.directory, 0o755)
        self.server.start()
        self.far = sides.Far(self.server.port, password=self.server.password)
        for number in range(self.folders - 1):
            self.far.create(f"Folder{number:03}")
        self.far.append("INBOX", mail.message(0))
        self.line = Line(self.server.port, self.arguments.round_trip / 1000)
        self.near = sides.Near(os.path.join(self.directory, "mail"))
        self.watch()

    def watch(self):
        config = os.path.join(self.directory, "config")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"[account bench]\nhost = 127.0.0.1\nport = {self.line.port}\ntls = none\nuser = reader\n"
                    f"password = {self.server.password}\nmaildir = {self.near.root}\n"
                    f"disable-extensions = {self.extensions}\n{self.more}")
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

    def folder(self):
        return f"Folder{self.folders // 2:03}" if self.folders > 1 else "INBOX"

    def files(self):
        return set(os.listdir(self.near.path(self.folder()) + "/new"))

    def arrival(self, number):
        self.line.forget()
        before, begun = self.files(), time.monotonic()
        self.far.append(self.folder(), mail.message(number))
        until(lambda: self.files() - before)
        there = time.monotonic()
        told = self.line.when("here", begun, b" EXISTS", b"* STATUS")
        self.rest()
        return there - told

    def flag(self, number):
        self.line.forget()
        file = self.near.files(self.folder())[0]
        begun = time.monotonic()
        self.near.set_letters(self.folder(), file, "F" if number % 2 == 0 else "FS")
        sent = until(lambda: self.line.when("up", begun, b" STORE "))
        done = until(lambda: self.line.when("down", sent, b" OK "))
        self.rest()
        return done - begun

    def bytes_in(self, seconds):
        self.line.forget()
        time.sleep(seconds)
        with self.line.lock:
            return sum(len(data) for _t, where, data in self.line.seen if where in ("up", "here"))

    def look(self):
        """What a look at all costs, when nothing changed."""
        self.process.send_signal(signal.SIGUSR1)
        return self.bytes_in(1 + 6 * self.arguments.round_trip / 1000)


class Loop(Bench):
    """mbsync, started whenever an IDLE tells of something."""

    def watch(self):
        for part in ("cur", "new", "tmp"):
            os.makedirs(self.near.path("INBOX") + "/" + part)
        config = os.path.join(self.directory, "mbsyncrc")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"IMAPAccount far\nHost 127.0.0.1\nPort {self.line.port}\nUser reader\n"
                    f"Pass {self.server.password}\nAuthMechs PLAIN\nSSLType None\n\nIMAPStore far\nAccount far\n\n"
                    f"MaildirStore near\nPath {self.near.root}/\nInbox {self.near.root}/INBOX\n\n"
                    "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n")
        self.command = ["mbsync", "-q", "-c", config, "-a"]
        subprocess.run(self.command, check=True)
        threading.Thread(target=self.idle, daemon=True).start()
        time.sleep(3)

    def idle(self):
        connection = socket.create_connection(("127.0.0.1", self.line.port))
        connection.sendall(f"1 LOGIN reader {self.server.password}\r\n2 SELECT INBOX\r\n3 IDLE\r\n".encode())
        for line in connection.makefile("rb"):
            if line.startswith(b"+"):
                break
        for line in connection.makefile("rb"):
            if b" EXISTS" in line:
                subprocess.run(self.command, check=False)


def show(name, figures):
    print(f"{name:56} median {statistics.median(figures) * 1000:6.0f} ms, worst {max(figures) * 1000:6.0f} ms", flush=True)


def times(name, bench, trials, flags=True):
    try:
        bench.start()
        show(f"{name}: told of new mail -> file in new/", [bench.arrival(n + 1) for n in range(trials)])
        if flags:
            show(f"{name}: flag set here -> stored there", [bench.flag(n) for n in range(trials)])
    finally:
        bench.stop()


def cost(name, bench, looks):
    """Of waiting for an hour, LOOKS times of which all is looked at."""
    try:
        bench.start()
        sign = bench.bytes_in(20) / 10
        look = max(0, bench.look() - sign)
        print(f"{name:56} {sign:.0f} bytes a sign of life, {look:.0f} a look: "
              f"{SIGNS_AN_HOUR * sign + looks * look:.0f} bytes an idle hour", flush=True)
    finally:
        bench.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="./navette", type=os.path.abspath)
    parser.add_argument("--round-trip", type=float, default=50, help="milliseconds")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--folders", type=int, default=500, help="of the scene with many")
    parser.add_argument("--directory", help="where the mail is; its disk counts")
    arguments = parser.parse_args()
    os.environ.setdefault("NAVETTE_SERVERS",
                          os.path.join(tempfile.gettempdir(), f"navette-servers-{os.geteuid()}"))  # as tests/e2e/run
    trials, many = arguments.trials, arguments.folders
    print(f"{trials} trials each, a round trip of {arguments.round_trip:.0f} ms", flush=True)
    times("Dovecot, NOTIFY", Bench(arguments, dovecot.Dovecot), trials)
    # Fewer: of so many folders Dovecot itself looks at one in 30 seconds.
    times(f"Dovecot, NOTIFY, 1 of {many} folders", Bench(arguments, dovecot.Dovecot, folders=many), min(trials, 4))
    times("Dovecot, IDLE", Bench(arguments, dovecot.Dovecot, "NOTIFY"), trials)
    times("Cyrus, IDLE", Bench(arguments, cyrus.Cyrus, "NOTIFY"), trials)
    if shutil.which("mbsync"):
        times("Dovecot, a loop of IDLE and mbsync", Loop(arguments, dovecot.Dovecot), trials, flags=False)
    quick = "keep-alive = 2s\n"
    cost("Dovecot, NOTIFY", Bench(arguments, dovecot.Dovecot, more=quick), 1)
    cost("Dovecot, IDLE", Bench(arguments, dovecot.Dovecot, "NOTIFY", more=quick), LOOKS_AN_HOUR)
    cost("Cyrus, IDLE", Bench(arguments, cyrus.Cyrus, "NOTIFY", more=quick), LOOKS_AN_HOUR)


if __name__ == "__main__":
    main()
