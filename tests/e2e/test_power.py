"""The power is cut at a numbered change of a run: what was not yet made durable is missing afterwards, all of it or a
part. The next run finishes, nothing is lost and nothing doubled.

NAVETTE_CUTS=N cuts about N times all tests together, =all at every point in each way."""

import os
import random

from harness import counts, faults, power
from harness.scenes import Scene

WAYS = ("durable", "names", "some")
SHARES = 7  # tests
CUTS = os.environ.get("NAVETTE_CUTS", "14" if os.environ.get("NAVETTE_SANITIZED") else "70")


class PowerCuts(Scene):
    keys = {"auth": "plain"}

    def play(self, name):
        self.set_scene(name)
        changes = self.play_once().changes
        rng = random.Random(name)
        points = [(n, way) for n in range(1, changes + 1) for way in WAYS]
        if CUTS != "all":
            points = rng.sample(points, min(len(points), max(1, int(CUTS) // SHARES)))
        lost = [self.cut_and_finish(number, way, rng) for number, way in points]
        counts.note("power-cuts", len(lost))
        print(f"{name}: {changes} points, {len(lost)} cuts, {sum(n > 0 for n in lost)} with losses")
        self.assertGreater(sum(lost), 0, "nothing was ever missing")

    def cut_and_finish(self, number, way, rng):
        """How many changes were missing."""
        journal = os.path.join(self.directory, "journal")
        lost = 0
        with self.subTest(number=number, way=way):
            self.put_back()
            disk = power.Disk([self.parts["mail"], self.parts["state"]])
            run = faults.run(self, kill=(number, "before"), journal=journal)
            self.assertIn(run.status, (-9, 0), run)
            self.wait_for_server()
            lost = power.cut(journal, disk, way, rng)
            self.let_time_pass()
            self.sync()
            self.assert_repaired(run)
        return lost

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
