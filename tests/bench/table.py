"""Medians of what was measured at one round trip, as Markdown."""

import statistics

HEAD = ("| work | program | wall s | of mbsync's | CPU s | peak MB | connections / round trips | kB up | "
        "kB down |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |")


class Table:
    def __init__(self, title):
        self.title = title
        self.works = []
        self.programs = []
        self.figures = {}
        self.notes = []

    def add(self, work, program, figures):
        for name, known in ((work.name, self.works), (program.name, self.programs)):
            if name not in known:
                known.append(name)
        self.figures.setdefault((work.name, program.name), []).append(figures)

    def values(self, work, program, member):
        return [getattr(f, member) for f in self.figures.get((work, program), []) if not f.void]

    def median(self, work, program, member):
        values = self.values(work, program, member)
        return statistics.median(values) if values else None

    def wall(self, work, program):
        """The median, and between which values where they differ."""
        values = self.values(work, program, "wall")
        low, high = f"{min(values):.2f}", f"{max(values):.2f}"
        spread = f" ({low} to {high})" if low != high else ""
        return f"{statistics.median(values):.2f}{spread}"

    def row(self, work, program):
        runs = self.figures.get((work, program))
        if not runs:
            return None
        wall = self.median(work, program, "wall")
        if wall is None:
            return f"| {work} | {program} | void: {runs[0].void} | | | | | | |"
        peer = self.median(work, "mbsync", "wall")
        ratio = f"{wall / peer:.3f}" if peer and program != "mbsync" else ""
        cpu, memory, connections, turns, up, down = (
            self.median(work, program, member)
            for member in ("cpu", "memory", "connections", "turns", "up", "down"))
        void = sum(1 for figures in runs if figures.void)
        note = f", {void} of {len(runs)} void" if void else ""
        return (f"| {work} | {program} | {self.wall(work, program)}{note} | {ratio} | {cpu:.3f} | "
                f"{memory:.1f} | {connections:.0f} / {turns:.0f} | {up / 1000:.1f} | "
                f"{down / 1000:.1f} |")

    def markdown(self):
        rows = [self.row(work, program) for work in self.works for program in self.programs]
        lines = [f"### {self.title}", "", HEAD] + [row for row in rows if row]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"
