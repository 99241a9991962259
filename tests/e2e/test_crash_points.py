"""A kill at every numbered change that a run makes, before it, after it and in the middle: the next run
finishes, nothing is lost and nothing doubled.

Some of the runs that go on are killed as well, up to three times, until one may finish.

NAVETTE_KILLS=N kills about N times all tests together, =all once at every point in each way."""

import os
import random

from harness import counts, faults
from harness.scenes import Scene, wire

MODES = ("before", "half", "after")
CHAINS = (1, 2, 4)  # kills until a run may finish, in turn
SHARES = 15  # tests
KILLS = os.environ.get("NAVETTE_KILLS", "84" if os.environ.get("NAVETTE_SANITIZED") else "420")


class CrashPoints(Scene):
    keys = {"auth": "plain"}

    def play(self, name, **options):
        self.set_scene(name, **options)
        changes = self.play_unharmed()
        rng = random.Random(f"{name}/{self.keys}")
        chains = self.all_points(changes) if KILLS == "all" else self.some_chains(changes, rng)
        done = [self.die_and_finish(chain) for chain in chains]
        counts.note("kills", sum(done))
        print(f"{name}: {changes} points, {sum(done)} kills, {len(done)} times finished")
        # Threads take turns: a run may have fewer changes than the one that was counted.
        self.assertGreaterEqual(sum(killed > 0 for killed in done), len(chains) * 3 // 4)

    def all_points(self, changes):
        return [[(number, mode)] for number in range(1, changes + 1) for mode in MODES]

    def some_chains(self, changes, rng):
        """The first kill of each is at a point of its own, as long as there are any; the others are in what is
        then left to do."""
        points = self.all_points(changes)
        left = max(1, int(KILLS) // SHARES)
        chains = []
        while left > 0:
            if not chains or not rest:
                rest = rng.sample(points, len(points))
            chain = list(rest.pop())
            length = min(left, CHAINS[len(chains) % len(CHAINS)])
            while len(chain) < length:
                to_do = max(1, changes - chain[0][0])
                chain.append((rng.randint(1, max(1, to_do // len(chain))), rng.choice(MODES)))
            chains.append(chain)
            left -= length
        return chains

    def play_unharmed(self):
        """What comes out without a kill is what has to come out with one."""
        run = self.play_once()
        self.assertGreater(sum(map(len, self.expected.values())), 1)
        self.assert_quiet()
        return run.changes

    def die_and_finish(self, chain):
        """How often a run was killed."""
        killed = 0
        with self.subTest(chain=chain):
            self.put_back()
            for point in chain:
                run = faults.run(self, kill=point)
                self.assertIn(run.status, (-9, 0), run)
                killed += run.status == -9
                self.let_time_pass()
            self.sync()
            self.assert_repaired(run)
        return killed

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

    keys = {"auth": "plain", "disable_extensions": "UIDPLUS MULTIAPPEND"}
    test_download = test_flags = None


class CrashPointsOnPlainServers(CrashPointsWithoutUidplus):
    keys = {"auth": "plain",
            "disable_extensions": "UIDPLUS MULTIAPPEND LITERAL+ CONDSTORE QRESYNC"}
    test_folders = test_removal = test_first = None


class CrashPointsOfStubs(CrashPoints):
    """Headers come first, and then the whole of each message, because all are flagged."""

    keys = {"body": "headers"}
    test_first = test_download = test_upload = test_flags = test_removal = test_folders = test_all = None

    def prepare_whole(self):
        self.add_base()
        uids = self.far.uids("INBOX")
        self.far.store("INBOX", uids[:2], "+FLAGS", "\\Flagged")
        for number in (2, 3):
            self.near.set_letters("INBOX", self.near.find("INBOX", b"<base.%d@" % number), "F")
        self.far.append("INBOX", wire("far", 7), "\\Flagged")

    def test_whole(self):
        self.play("whole")
