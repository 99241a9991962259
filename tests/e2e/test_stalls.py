"""A server that says nothing any more, or next to nothing, ends the wait after `timeout`; the run tries again, or the
next one finishes."""

import concurrent.futures
import os
import subprocess
import time

from harness import mail, sides, stalling
from harness.case import BINARY, TIMEOUT, Case, Run
from harness.scripted import ScriptedServer

STEP = 0.15  # seconds between two signs of life; `timeout` is 1


def for_ever(session, piece):
    """PIECE, a little of it at a time, until the client has enough."""
    while True:
        for byte in piece:
            session.connection.sendall(bytes([byte]))
            time.sleep(STEP)


def lines_for_ever(session, line):
    while True:
        session.send(line)
        time.sleep(STEP)


class Greeting(ScriptedServer):
    """Its first bytes are FIRST and then endless."""

    first = b""

    def serve(self, connection):
        with connection:
            try:
                connection.sendall(self.first)
                while True:
                    connection.sendall(b"x")
                    time.sleep(STEP)
            except OSError:
                pass


class HelloByTls(Greeting):
    first = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"  # a ServerHello that is long in coming


class GreetingInText(Greeting):
    first = b"* OK "


class Trickles(Case):
    """Signs of life for ever, and nothing that gets anywhere."""

    def show_logs(self):
        """Scripted servers have none."""

    def start(self, kind=ScriptedServer, **hooks):
        server = kind()
        self.addCleanup(server.stop)
        server.hooks = {name.replace("_", " "): hook for name, hook in hooks.items()}
        server.mailboxes["INBOX"].add(mail.message(1))
        return server

    def run_against(self, name, server, **keys):
        """A run with a Maildir and a state of its own."""
        directory = os.path.join(self.directory, name)
        os.makedirs(directory)
        near = sides.Near(os.path.join(directory, "mail"))
        near.create("INBOX")
        near.add("INBOX", b"Message-ID: <near>\n\n" + b"x" * 76 * 1000 * 100, "S")
        values = dict({"host": "127.0.0.1", "port": server.port, "tls": "none", "user": "reader",
                       "password": server.password, "maildir": near.root, "timeout": "1s"}, **keys)
        config = os.path.join(directory, "config")
        with open(config, "w", encoding="utf-8") as f:
            f.write("[account test]\n" + "".join(f"{k} = {v}\n" for k, v in values.items()))
        os.chmod(config, 0o600)
        process = subprocess.run(
            [BINARY, "-c", config, "sync"], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", timeout=TIMEOUT, check=False,
            env=dict(self.environment, XDG_STATE_HOME=os.path.join(directory, "state")))
        return Run(process), near

    def test_each_ends(self):
        def hook(send, *arguments):
            return lambda session, _tag, _rest: send(session, *arguments)

        def body(session, _tag, rest):
            if "BODY" in rest:
                session.send(b"* 1 FETCH (UID 1 BODY[] {1000000}\r\n")
                for_ever(session, b"x")

        def take_nothing(session, _tag, _line):
            session.send("+ go on")
            lines_for_ever(session, "* OK Still here")

        login, slow = "did not complete the login in 5 seconds", "is too slow: less than 1024"
        still = "* OK Still here"
        cases = {
            "the greeting": (login, self.start(GreetingInText), {}),
            "the handshake": (login, self.start(HelloByTls), {"tls": "implicit"}),
            "bytes to LOGIN": (login, self.start(LOGIN=hook(for_ever, b"* OK x")), {}),
            "lines to LOGIN": (login, self.start(LOGIN=hook(lines_for_ever, still)), {}),
            "goes to LOGIN": (login, self.start(LOGIN=hook(lines_for_ever, "+ go")), {}),
            "bytes to LIST": (slow, self.start(LIST=hook(for_ever, b"* OK x")), {}),
            "lines to LIST": (slow, self.start(LIST=hook(lines_for_ever, still)), {}),
            "junk to SELECT": (slow, self.start(SELECT=hook(lines_for_ever, "* X")), {}),
            "a body": (slow, self.start(UID_FETCH=body), {}),
            "an upload": (slow, self.start(LITERAL=take_nothing), {}),
        }
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            runs = {name: pool.submit(self.run_against, name.replace(" ", "-"), server, **keys)
                    for name, (_words, server, keys) in cases.items()}
        for name, (words, server, _keys) in cases.items():
            with self.subTest(case=name):
                run, near = runs[name].result()
                self.assertEqual(run.status, 3, run)
                self.assertIn(words, run.err)
                self.assertEqual(len(run.err.splitlines()), 1, run)
                self.assertEqual(len(near.files("INBOX")), 1 if name != "an upload" else 2)
                self.assertEqual(os.listdir(os.path.join(near.path("INBOX"), "tmp")), [])
                self.assertEqual(len(server.mailboxes["INBOX"].messages), 1)



class BothWays(stalling.Stalls):
    counts = {"INBOX": 6, "New": 1}

    def prepare(self, far, near):
        for number in range(6):
            far.append("INBOX", mail.message(number))

    def change(self, far, near):
        far.append("INBOX", mail.message(10), "\\Seen")
        far.store("INBOX", b"1", "+FLAGS", "\\Flagged")
        far.remove("INBOX", b"2")
        near.add("INBOX", mail.to_near(mail.message(11)), "S")
        near.set_letters("INBOX", near.find("INBOX", b"<0.2@"), "R")
        near.remove("INBOX", near.find("INBOX", b"<0.3@"))
        near.create("New")
        near.add("New", mail.to_near(mail.message(12)), "S")


class BothWaysPlain(BothWays):
    capability = "IMAP4rev1"


class BothWaysByTls(BothWays):
    tls = True
    keys = dict(stalling.Stalls.keys, compress="yes")
