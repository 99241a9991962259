"""The power is cut at a numbered change of a run: what was not yet made durable is missing afterwards, all of it or a
part. The next run finishes, nothing is lost and nothing doubled.

Each scene is cut where it is most dangerous: when the state has just been made durable (is all that it speaks of?),
and before a sync (is there anything that only it makes true?). NAVETTE_CUTS=N cuts about N times more all tests
together, =all at every point in each way."""

import os
import random

from harness import counts, faults, power
from harness.scenes import Scene

WAYS = ("durable", "names", "some")
SANITIZED = bool(os.environ.get("NAVETTE_SANITIZED"))
SHARES = 12  # tests
CUTS = os.environ.get("NAVETTE_CUTS", "12" if SANITIZED else "60")
# Where to cut, and how.
EDGES = {("mdb-meta", "after"): "durable", ("sync", "before"): "names"}


class Cutting(Scene):
    keys = {"auth": "plain"}

    def cut_and_finish(self, run, recording, ways, rng):
        """RUN was the last one of RECORDING. What was missing, of each way."""
        lost = []
        self.wait_for_server()
        recording.end()
        far = self.keep_far()
        for way in ways:
            self.wait_for_server()
            self.put_far_back(far)
            lost.append(recording.cut(way, rng))
            self.let_time_pass()
            with self.subTest(way=way):
                self.finish()
                self.assert_repaired(run)
        return lost

    def record(self):
        self.put_back()
        self.journal = os.path.join(self.directory, "journal")
        return power.Recording(self.journal, [self.parts["mail"], self.parts["state"]])

    def note(self, lost, what):
        counts.note("power-cuts", len(lost))
        print(f"{self.scene}: {what}, {len(lost)} cuts, {sum(n > 0 for n in lost)} with losses")
        self.assertGreater(sum(lost), 0, "nothing was ever missing")


class PowerCuts(Cutting):
    def play(self, name):
        self.set_scene(name)
        run = self.play_once()
        rng = random.Random(name)
        lost = []
        for point, ways in self.points(run, rng).items():
            with self.subTest(point=point):
                recording = self.record()
                killed = faults.run(self, kill=point, journal=self.journal)
                self.assertIn(killed.status, (-9, 0), killed)
                lost += self.cut_and_finish(killed, recording, ways, rng)
        self.note(lost, f"{run.changes} points")

    def points(self, run, rng):
        """Where to cut, and in which ways."""
        points = {(n, "before"): WAYS for n in range(1, run.changes + 1)}
        if CUTS == "all":
            return points
        wanted = max(1, int(CUTS) // SHARES)
        points = {point: [rng.choice(WAYS)] for point in rng.sample(sorted(points), min(len(points), wanted))}
        for (kind, mode), way in EDGES.items():
            for number in range(1, run.calls[kind] + 1, 2 if SANITIZED else 1):
                points[kind, number, mode] = [way]
        return points

    def test_first(self):
        self.play("first")

    def test_download(self):
        self.play("download")

    def test_upload(self):
        self.play("upload")

    def test_flags(self):
        self.play("flags")

    def test_removal(self):
        self.play("removal")

    def test_folders(self):
        self.play("folders")

    def test_all(self):
        self.play("all")

    def test_whole(self):
        self.play("whole")

    def test_window(self):
        self.play("window")

    def test_trash(self):
        self.play("trash")

    def test_pull(self):
        self.play("pull")

    def test_push(self):
        self.play("push")


class PowerCutsAfterKills(Cutting):
    """A run is killed, and in the next one the power is cut: what the first left is not durable by that alone."""

    def play(self, name, *kinds):
        """Killed at each call of KINDS, and cut at each edge of what is then left to do: after each
        transaction, and in the first scene before each sync as well."""
        self.set_scene(name)
        run = self.play_once()
        rng = random.Random(name)
        lost = []
        for kind in kinds:
            for number in range(1, run.calls[kind] + 1, 3 if SANITIZED else 1):
                lost += self.kill_and_cut((kind, number, "after"), rng)
        self.note(lost, f"kills at {' '.join(kinds)}")

    def kill_and_cut(self, kill, rng):
        lost = []
        edges = EDGES if self.scene == "download" else {("mdb-meta", "after"): "durable"}
        for (kind, mode), way in edges.items():
            number, status = 0, -9
            while status == -9:
                number += 1
                with self.subTest(kill=kill, cut=(kind, number, mode)):
                    recording = self.record()
                    first = faults.run(self, kill=kill, journal=self.journal)
                    self.assertIn(first.status, (-9, 0), first)
                    self.let_time_pass()
                    run = faults.run(self, kill=(kind, number, mode), journal=self.journal)
                    self.assertIn(run.status, (-9, 0), run)
                    status = run.status
                    lost += self.cut_and_finish(run, recording, [way], rng)
        return lost

    def test_download(self):
        self.play("download", "mdb-meta", "rename")

    def test_upload(self):
        self.play("upload", "mdb-meta")

    def test_removal(self):
        self.play("removal", "mdb-meta")

    def test_whole(self):
        self.play("whole", "mdb-meta")

    def test_window(self):
        self.play("window", "mdb-meta")

    def test_trash(self):
        self.play("trash", "mdb-meta")


class FailedSyncs(Cutting):
    """What could not be made durable is lost in the next power cut, and no later sync brings it back. The run says so and
    takes nothing for done that rests on it."""

    kinds = {"sync": "EIO", "close-written": "ENOSPC", "mdb-sync": "EIO", "mdb-meta": "EIO"}

    def play(self, name):
        self.set_scene(name)
        run = self.play_once()
        rng = random.Random(name)
        lost = []
        for kind, code in self.kinds.items():
            for number in range(1, run.calls[kind] + 1, 3 if SANITIZED else 1):
                with self.subTest(kind=kind, number=number):
                    recording = self.record()
                    failed = faults.run(self, fail=(kind, number, code), journal=self.journal)
                    self.assertEqual((failed.status, failed.fired), (1, 1), failed)
                    self.assertTrue(failed.err, "not a word")
                    lost += self.cut_and_finish(failed, recording, ("names",), rng)
        self.note(lost, "failed syncs")

    def test_first(self):
        self.play("first")

    def test_all(self):
        self.play("all")

    def test_whole(self):
        self.play("whole")

    def test_window(self):
        self.play("window")
