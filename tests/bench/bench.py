"""Measures navette and its peers at the same work on the same mail, in turn, and prints tables.

Every program has a user of its own on one Dovecot, with the same mail, and a Maildir of its own here. After
each run both sides are compared; a run that did not do its work is void and says so."""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import programs
from place import Place, letters, names
from works import Work, works

HERE = os.path.dirname(os.path.abspath(__file__))


class Relay:
    def __init__(self, target, round_trip, rate):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "relay.py"), str(target), "--round-trip",
             str(round_trip), "--rate", str(rate)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def counts(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Figures:
    """Of one run."""

    def __init__(self, text, counts, void):
        wall, cpu, memory, status = text.split()
        self.wall, self.cpu, self.memory = float(wall), float(cpu), int(memory) / 1024
        self.void = f"exit {status}: {void.strip()[-300:]}" if int(status) != 0 else ""
        self.__dict__.update(counts)


def measure(program, relay, certificate, launcher):
    command = program.command(relay.port, certificate)
    report = os.path.join(program.directory, "figures")
    os.sync()
    relay.counts()
    process = subprocess.run([launcher, report, *command], env=program.environment(),
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, check=True)
    with open(report, encoding="ascii") as f:
        return Figures(f.read(), relay.counts(), process.stderr.decode(errors="replace"))


def compare(place, program):
    """Why both sides are not the same, or ""."""
    far = place.far_files(program.user)
    for folder in names(place.folders):
        near = letters(program.folder(folder))
        if near != far[folder]:
            return (f"{folder}: {len(near)} near and {len(far[folder])} far, "
                    f"{sum('F' in l for l in near)} and {sum('F' in l for l in far[folder])} flagged")
    return ""


def run_once(place, program, work, relay, certificate):
    work.change(place, program)
    figures = measure(program, relay, certificate, place.launcher)
    figures.void = figures.void or compare(place, program)
    print(f"  {work.name:22} {program.name:12} {figures.wall:8.2f} s  cpu {figures.cpu:6.2f}  "
          f"{figures.memory:5.1f} MB  {figures.connections} conn  {figures.turns:6} turns  "
          f"{figures.up:9} up {figures.down:10} down" +
          (f"  VOID: {figures.void}" if figures.void else ""), flush=True)
    return figures


def floor(place, relay_port, user, directory):
    """What nobody can be faster than: all bodies fetched to nowhere, as many files written durably."""
    os.makedirs(directory)
    output = subprocess.run([place.floor, str(relay_port), user, place.password, directory,
                             str(place.messages), str(place.text.size), *names(place.folders)],
                            capture_output=True, text=True, check=False)
    if output.returncode != 0:
        print("  the floor could not be measured:", output.stderr.strip())
        return None
    return [float(word) for word in output.stdout.split()]


def first_syncs(place, chosen, relay, certificate, rounds, directory, table):
    """Each round a new client, so that nothing that was deleted slows the file system down."""
    work = Work("first sync")
    for number in range(rounds):
        for program in chosen:
            program.begin(os.path.join(directory, f"{program.name}-{number}"))
            table.add(work, program, run_once(place, program, work, relay, certificate))


class Table:
    """Medians of what was measured at one round trip."""

    def __init__(self, title, chosen):
        self.title = title
        self.chosen = chosen
        self.works = []
        self.figures = {}

    def add(self, work, program, figures):
        if work.name not in self.works:
            self.works.append(work.name)
        self.figures.setdefault((work.name, program.name), []).append(figures)

    def median(self, work, program, member):
        good = [getattr(f, member) for f in self.figures.get((work, program), []) if not f.void]
        return statistics.median(good) if good else None

    def row(self, work, program):
        wall = self.median(work, program.name, "wall")
        if wall is None:
            return f"| {work} | {program.name} | void | | | | | | |"
        peer = self.median(work, "mbsync", "wall")
        ratio = f"{wall / peer:.3f}" if peer and program.name != "mbsync" else ""
        values = [self.median(work, program.name, m)
                  for m in ("cpu", "memory", "connections", "turns", "up", "down")]
        return (f"| {work} | {program.name} | {wall:.2f} | {ratio} | {values[0]:.2f} | "
                f"{values[1]:.1f} | {values[2]:.0f} / {values[3]:.0f} | {values[4] / 1000:.1f} | "
                f"{values[5] / 1000:.1f} |")

    def markdown(self):
        lines = [f"### {self.title}", "",
                 "| work | program | wall s | of mbsync's | CPU s | peak MB | connections / turns | "
                 "kB up | kB down |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
        lines += [self.row(work, program) for work in self.works for program in self.chosen]
        return "\n".join(lines) + "\n"


def describe_machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        model = next((line.partition(":")[2].strip() for line in f if "model name" in line), "?")
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(f.readline().split()[1]) // 1024 // 1024
    kind = subprocess.run(["stat", "-f", "-c", "%T", "."], capture_output=True, text=True,
                          check=False).stdout.strip()
    return (f"{os.cpu_count()} cores of {model}, {memory} GB, {kind}, "
            f"Linux {platform.release()}, {time.strftime('%Y-%m-%d')}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="navette's")
    parser.add_argument("--programs-of-bench", required=True, dest="built",
                        help="the directory where floor and launch were built")
    parser.add_argument("--messages", type=int, default=54000)
    parser.add_argument("--folders", type=int, default=42)
    parser.add_argument("--size", type=int, default=3000, help="bytes of a body, about")
    parser.add_argument("--round-trips", default="0,50,200", help="milliseconds")
    parser.add_argument("--rate", type=float, default=0, help="kB/s in each direction")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tls", action="store_true", help="implicit TLS instead of plain text")
    parser.add_argument("--programs", default="navette,mbsync,offlineimap")
    parser.add_argument("--quick", action="store_true", help="6,000 messages, one round, no 200 ms")
    parser.add_argument("--million", action="store_true",
                        help="one folder of a million small messages against one of 1,000")
    parser.add_argument("--directory", help="where to work; default: a temporary one")
    parser.add_argument("--output", help="write the tables there as well")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.messages, arguments.rounds = 6000, 1
        arguments.round_trips = "0,50"
    return arguments


def make_place(arguments, directory, messages, folders, size, chosen_kinds):
    place = Place(os.path.join(directory, f"place-{messages}"), messages, folders, size)
    place.launcher = os.path.join(os.path.abspath(arguments.built), "launch")
    place.floor = os.path.join(os.path.abspath(arguments.built), "floor")
    chosen = [kind(place) for kind in chosen_kinds]
    print(f"making {messages:,} messages in {folders} folders for {len(chosen)} programs",
          flush=True)
    for program in chosen:
        place.fill(program.user)
    place.server.start()
    for program in chosen:
        place.index(program.user)
    return place, chosen


def bench(arguments, directory, kinds):
    place, chosen = make_place(arguments, directory, arguments.messages, arguments.folders,
                               arguments.size, kinds)
    tables = []
    try:
        for round_trip in [float(r) for r in arguments.round_trips.split(",")]:
            title = f"{round_trip:g} ms round trip, {'TLS' if arguments.tls else 'plain text'}"
            print(title, flush=True)
            table = Table(title, chosen)
            tables.append(table)
            port = place.server.tls_port if arguments.tls else place.server.port
            relay = Relay(port, round_trip, arguments.rate)
            certificate = place.authority if arguments.tls else None
            clients = os.path.join(directory, f"clients-{round_trip:g}")
            try:
                if not arguments.tls:
                    floors = floor(place, relay.port, chosen[0].user,
                                   os.path.join(clients, "floor"))
                    if floors:
                        table.floor = (f"Floor of the first sync: all bodies to nowhere over 4 "
                                       f"connections {floors[0]:.2f} s; as many durable files "
                                       f"{floors[1]:.2f} s.")
                        print("  " + table.floor, flush=True)
                first_syncs(place, chosen, relay, certificate, arguments.rounds, clients, table)
                for number in range(arguments.rounds):
                    for work in works(place):
                        for program in chosen:
                            table.add(work, program,
                                      run_once(place, program, work, relay, certificate))
            finally:
                relay.stop()
    finally:
        place.stop()
    return tables


def million(arguments, directory, kinds):
    """Does anything grow with the folder?"""
    tables = []
    for messages in (1000, 1_000_000):
        place, chosen = make_place(arguments, directory, messages, 1, 200, kinds)
        table = Table(f"one folder of {messages:,} messages, 0 ms", chosen)
        tables.append(table)
        relay = Relay(place.server.port, 0, 0)
        try:
            first_syncs(place, chosen, relay, None, 1, os.path.join(directory, f"c{messages}"),
                        table)
            for _ in range(arguments.rounds):
                for work in works(place)[:1] + [w for w in works(place) if "flags" in w.name or
                                                "new far" in w.name]:
                    for program in chosen:
                        table.add(work, program, run_once(place, program, work, relay, None))
        finally:
            relay.stop()
            place.stop()
    return tables


def main():
    arguments = parse()
    programs.Navette.binary = os.path.abspath(arguments.binary)
    wanted = arguments.programs.split(",")
    kinds = [kind for kind in programs.ALL if kind.name in wanted and kind.is_installed()]
    for name in set(wanted) - {kind.name for kind in kinds}:
        print(f"{name} is not installed and left out")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    with tempfile.TemporaryDirectory(prefix="navette-bench-", dir=arguments.directory) as directory:
        os.chmod(directory, 0o755)
        tables = (million if arguments.million else bench)(arguments, directory, kinds)
        machine = describe_machine()
        versions = ", ".join(kind(None).version() for kind in kinds)
    report = "\n".join([machine + ". " + versions + ".", ""] +
                       ["\n".join([table.markdown(), getattr(table, "floor", ""), ""])
                        for table in tables])
    print("\n" + report)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as f:
            f.write(report)


if __name__ == "__main__":
    main()
