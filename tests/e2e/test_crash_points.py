"""A kill at every numbered change that a run makes, before it, after it and in the middle: the next run
finishes, nothing is lost and nothing doubled.

NAVETTE_KILLS=N kills about N times all tests together, =all at every point in each way."""

import os
import random

from harness import faults
from harness.scenes import Scene

MODES = ("before", "half", "after")
SHARES = 14  # tests
KILLS = os.environ.get("NAVETTE_KILLS", "70" if os.environ.get("NAVETTE_SANITIZED") else "350")


class CrashPoints(Scene):
    def play(self, name, **options):
        self.set_scene(name, **options)
        changes = self.play_unharmed()
        points = [(n, mode) for n in range(1, changes + 1) for mode in MODES]
        if KILLS != "all":
            share = max(1, int(KILLS) // SHARES)
            rng = random.Random(f"{name}/{options}")
            points = sorted(rng.choices(points, k=share) if share > len(points)
                            else rng.sample(points, share))
        killed = sum(self.die_and_finish(point) for point in points)
        print(f"{name}: {changes} points, {killed} kills")
        # Threads take turns: a run may have fewer changes than the one that was counted.
        self.assertGreaterEqual(killed, len(points) * 3 // 4)

    def play_unharmed(self):
        """What comes out without a kill is what has to come out with one."""
        run = faults.run(self)
        self.assertEqual(run.status, 0, run)
        far, near = self.views()
        self.assertEqual(far, near)
        self.assertGreater(sum(map(len, far.values())), 1)
        self.expected = far
        self.assert_quiet()
        return run.changes

    def die_and_finish(self, point):
        """Whether the run was killed."""
        with self.subTest(point=point):
            self.put_back()
            run = faults.run(self, kill=point)
            self.assertIn(run.status, (-9, 0), run)
            self.let_time_pass()
            self.sync()
            far, near = self.views()
            self.assertEqual(far, self.expected)
            self.assertEqual(near, self.expected)
            for folder in near:
                self.assertEqual(os.listdir(os.path.join(self.near.path(folder), "tmp")), [])
            self.assert_quiet()
            return run.status == -9
        return False  # what failed is told

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


class CrashPointsWithoutUidplus(CrashPoints):
    """The UIDs of uploads must be found by asking the server."""

    keys = {"disable_extensions": "UIDPLUS MULTIAPPEND"}
    test_download = test_flags = None


class CrashPointsOnPlainServers(CrashPointsWithoutUidplus):
    keys = {"disable_extensions": "UIDPLUS MULTIAPPEND LITERAL+ CONDSTORE QRESYNC"}
    test_folders = test_removal = test_first = None
