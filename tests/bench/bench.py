"""Measures navette and its peers at the same work on the same mail, in turn, and prints tables.

Every program has a user of its own on one Dovecot, with the same mail, and a Maildir of its own here. After
each run both sides are compared; a run that did not do its work is void and says so. docs/benchmarks.md
says what the figures mean."""

import argparse
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time

import programs
from measure import Relay, run_once
from place import Place, names
from table import Table
from works import FIRST_SYNC, works, works_of_one_folder

PATIENCE = 120  # seconds: what takes longer for a first sync is asked for one only


class Straight:
    """The way to the server without the relay, for runs that are not measured."""

    def __init__(self, port):
        self.port = port

    def counts(self):
        return {"connections": 0, "turns": 0, "up": 0, "down": 0}


class Bench:
    """One size of mail, and the programs that are measured with it."""

    def __init__(self, arguments, directory, messages, folders, size):
        self.arguments, self.directory = arguments, directory
        self.place = Place(os.path.join(directory, f"place-{messages}"), messages, folders, size)
        built = os.path.abspath(arguments.built)
        self.place.launcher = os.path.join(built, "launch")
        self.place.floor = os.path.join(built, "floor")
        self.programs = [kind(self.place) for kind in arguments.kinds]
        # Of this size of mail: another one may stand in the same directory.
        self.clients, self.client = 0, os.path.join(directory, f"client-{messages}-")
        self.relay = self.table = None
        self.certificate = self.place.authority if arguments.tls else None

    @property
    def port(self):
        return self.place.server.tls_port if self.arguments.tls else self.place.server.port

    def start(self):
        print(f"making {self.place.messages:,} messages in {self.place.folders} folders",
              flush=True)
        self.place.start()

    def fresh(self, program):
        """A new client. None of the older ones is removed: right after large deletions the file
        system is slow."""
        self.clients += 1
        program.begin(f"{self.client}{self.clients}-{program.name}")

    def run(self, program, work):
        figures = run_once(self.place, program, work, self.relay, self.certificate,
                           self.arguments.limit)
        self.table.add(work, program, figures)
        return figures

    def first_syncs(self):
        """Who is too slow at this round trip does it once more in secret, straight to the server,
        to be there for the other works. Returns who is."""
        ready, slow = list(self.programs), set()
        for _ in range(self.arguments.rounds):
            for program in [p for p in ready if p not in slow]:
                self.fresh(program)
                figures = self.run(program, FIRST_SYNC)
                if figures.void or figures.wall > PATIENCE:
                    slow.add(program)
                program.is_ready = not figures.void
        for program in [p for p in ready if not p.is_ready]:
            print(f"  {program.name} does it again, straight to the server", flush=True)
            self.place.renew(program.user)
            self.fresh(program)
            figures = run_once(self.place, program, FIRST_SYNC, Straight(self.port),
                               self.certificate, 10 * self.arguments.limit)
            if figures.void:
                ready.remove(program)
        return ready

    def floor(self):
        """What nobody can be faster than: all bodies to nowhere, as many durable files, both."""
        self.clients += 1
        directory = f"{self.client}{self.clients}-floor"
        os.makedirs(directory)
        os.sync()
        output = subprocess.run(
            [self.place.floor, str(self.relay.port), self.programs[0].user, self.place.password,
             directory, str(self.place.messages), str(self.place.text.size),
             *names(self.place.folders)], capture_output=True, text=True, check=False)
        if output.returncode != 0:
            return f"The floor could not be measured: {output.stderr.strip()}."
        fetching, writing, both = output.stdout.split()
        return (f"Floor of the first sync: all bodies to nowhere over 4 connections {fetching} s; "
                f"as many durable files {writing} s; both side by side {both} s.")

    def at(self, round_trip, title, chosen_works):
        """One table."""
        print(title, flush=True)
        self.table = Table(title)
        for program in self.programs:
            self.place.renew(program.user)
        self.relay = Relay(self.port, round_trip, self.arguments.rate)
        try:
            if not self.arguments.tls:
                self.table.notes.append(self.floor())
                print("  " + self.table.notes[-1], flush=True)
            ready = self.first_syncs()
            for _ in range(self.arguments.rounds):
                for work in chosen_works(self.place):
                    for program in ready:
                        self.run(program, work)
        finally:
            self.relay.stop()
        return self.table


def describe_machine(directory):
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        model = next((line.partition(":")[2].strip() for line in f if "model name" in line), "?")
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = round(int(f.readline().split()[1]) / 1024 / 1024)
    kind = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", directory], capture_output=True,
                          text=True, check=False).stdout.strip() or "unknown file system"
    return (f"{os.cpu_count()} cores of {model}, {memory} GB, {kind}, Linux {platform.release()}, "
            f"{time.strftime('%Y-%m-%d')}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="navette's")
    parser.add_argument("--programs-of-bench", required=True, dest="built",
                        help="the directory where floor and launch were built")
    parser.add_argument("--messages", type=int, default=54000)
    parser.add_argument("--folders", type=int, default=42)
    parser.add_argument("--size", type=int, default=3000, help="bytes of a body, about")
    parser.add_argument("--round-trips", help="milliseconds; default: 0,50,200")
    parser.add_argument("--rate", type=float, default=0, help="kB/s in each direction")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600, help="seconds for one run")
    parser.add_argument("--tls", action="store_true", help="implicit TLS instead of plain text")
    parser.add_argument("--programs", help="comma-separated, of: " +
                        ", ".join(kind.name for kind in programs.ALL))
    parser.add_argument("--quick", action="store_true",
                        help="1,000 messages in 8 folders, one round, no 200 ms")
    parser.add_argument("--million", action="store_true",
                        help="one folder of a million small messages against one of 1,000")
    parser.add_argument("--large", type=int, default=1_000_000,
                        help="another number than a million")
    parser.add_argument("--directory", help="where to work; default: a temporary one")
    parser.add_argument("--output", help="write the tables there as well")
    arguments = parser.parse_args()
    chosen = [kind.name for kind in programs.ALL]
    if arguments.quick:
        arguments.messages, arguments.folders, arguments.rounds = 1000, 8, 1
        chosen.remove("offlineimap")  # with one connection it alone takes minutes
    arguments.round_trips = arguments.round_trips or ("0,50" if arguments.quick else "0,50,200")
    if arguments.million:
        chosen = ["navette"]
    if arguments.programs:
        chosen = arguments.programs.split(",")
    programs.Navette.binary = os.path.abspath(arguments.binary)
    known = {kind.name: kind for kind in programs.ALL}
    for name in [name for name in chosen if name not in known]:
        parser.error(f"there is no program {name}")
    arguments.kinds = [known[name] for name in chosen if known[name].is_installed()]
    for name in [name for name in chosen if not known[name].is_installed()]:
        print(f"{name} is not installed and left out")
    return arguments


def all_works(arguments, directory):
    bench = Bench(arguments, directory, arguments.messages, arguments.folders, arguments.size)
    try:
        bench.start()
        for round_trip in [float(r) for r in arguments.round_trips.split(",")]:
            yield bench.at(round_trip, f"{round_trip:g} ms round trip, "
                           f"{'TLS' if arguments.tls else 'plain text'}", works)
    finally:
        bench.place.stop()


def million(arguments, directory):
    """Does anything grow with the folder?"""
    for messages in (min(1000, arguments.large // 2), arguments.large):
        bench = Bench(arguments, directory, messages, 1, 200)
        try:
            bench.start()
            yield bench.at(0, f"One folder of {messages:,} messages, 0 ms", works_of_one_folder)
        finally:
            bench.place.stop()


def report(arguments, tables, head):
    """After each table, so that what was measured is there even if the rest breaks off."""
    text = "\n".join([head, ""] + [table.markdown() for table in tables])
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as f:
            f.write(text)
    return text


def stop(number, _frame):
    sys.exit(128 + number)


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, stop)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    with tempfile.TemporaryDirectory(prefix="navette-bench-", dir=arguments.directory,
                                     ignore_cleanup_errors=True) as directory:
        os.chmod(directory, 0o755)
        versions = ", ".join(dict.fromkeys(kind.version() for kind in arguments.kinds))
        head = describe_machine(directory) + ". " + versions + "."
        tables = []
        for table in (million if arguments.million else all_works)(arguments, directory):
            tables.append(table)
            report(arguments, tables, head)
    print("\n" + report(arguments, tables, head))


if __name__ == "__main__":
    main()
