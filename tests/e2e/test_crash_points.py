"""A kill at every numbered change that a run makes, before it, after it and in the middle: the next run
finishes, nothing is lost and nothing doubled.

Some of the runs that go on are killed as well, up to three times, until one may finish; and some meet a call that fails
before they are killed.

Each scene is killed where something outlives the process that the next run cannot know of: after a command went out,
after a transaction, after a name changed. NAVETTE_KILLS=N kills about N times all tests together, more than these at
any other point; =all once at every point in each way."""

import os
import random

from harness import counts, faults
from harness.scenes import Scene

MODES = ("before", "half", "after")
EDGES = {"send": "answered", "mdb-meta": "after", "rename": "after", "unlink": "after"}
CHAINS = (1, 2, 4)  # kills until a run may finish, in turn
SHARES = 20  # tests
SANITIZED = bool(os.environ.get("NAVETTE_SANITIZED"))
KILLS = os.environ.get("NAVETTE_KILLS", "84" if SANITIZED else "500")
# What fails in a run that is killed after that.
FAILURES = {"rename": "EIO", "unlink": "EACCES", "sync": "EIO", "mdb-meta": "EIO", "mdb-put": "MDB_MAP_FULL",
            "create": "ENOSPC", "write": "ENOSPC", "close-written": "EIO", "send": "ECONNRESET",
            "recv": "ECONNRESET", "opendir": "EMFILE"}


class CrashPoints(Scene):
    keys = {"auth": "plain"}

    def play(self, name, **options):
        self.set_scene(name, **options)
        run = self.play_unharmed()
        rng = random.Random(f"{name}/{self.keys}")
        chains = self.all_points(run) if KILLS == "all" else self.some_chains(run, rng)
        done = [self.die_and_finish(chain) for chain in chains]
        counts.note("kills", sum(done))
        print(f"{name}: {run.changes} points, {sum(done)} kills, {len(done)} times finished")
        # Threads take turns: a run may have fewer changes than the one that was counted.
        self.assertGreaterEqual(sum(killed > 0 for killed in done), len(chains) * 3 // 4)

    def all_points(self, run):
        return [[(number, mode)] for number in range(1, run.changes + 1) for mode in MODES]

    def edges(self, run):
        return [[(kind, number, mode)] for kind, mode in EDGES.items() for number in range(1, run.calls[kind] + 1)]

    def some_chains(self, run, rng):
        """The first kill of each is at a point of its own, edges first, as long as there are any; the others are in
        what is then left to do."""
        points = self.all_points(run)
        edges = self.edges(run)
        rest = rng.sample(points, len(points)) + rng.sample(edges, len(edges))
        left = max(1, int(KILLS) // SHARES)
        chains = []
        while left > 0:
            chain = list(rest.pop()) if rest else rng.choice(points)
            length = min(left, CHAINS[len(chains) % len(CHAINS)])
            while len(chain) < length:
                chain.append((rng.randint(1, max(1, run.changes // (2 * len(chain)))), rng.choice(MODES)))
            chains.append(chain)
            left -= length
        return chains

    def play_unharmed(self):
        """What comes out without a kill is what has to come out with one."""
        run = self.play_once()
        self.assertGreater(sum(map(len, self.expected[0].values())), 1)
        self.assert_quiet()
        return run

    def die_and_finish(self, chain, fail=None):
        """How often a run was killed. FAIL: what fails in the first."""
        killed = 0
        with self.subTest(chain=chain, fail=fail):
            self.put_back()
            for point in chain:
                run = faults.run(self, kill=point, fail=fail)
                self.assertIn(run.status, (-9, 0, 1, 3) if fail else (-9, 0), run)
                killed += run.status == -9
                fail = None
                self.let_time_pass()
            self.finish()
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

    def test_edits(self):
        self.play("edits")

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


class CrashPointsOfRules(CrashPoints):
    """What only some configurations do: bodies that come later, files that leave, a trash, one way alone."""

    test_first = test_download = test_upload = test_flags = test_removal = test_folders = test_edits = test_all = None

    def test_whole(self):
        self.play("whole")

    def test_window(self):
        self.play("window")

    def test_trash(self):
        self.play("trash")

    def test_trashed(self):
        self.play("trashed")

    def test_pull(self):
        self.play("pull")

    def test_push(self):
        self.play("push")


class CrashPointsOfCopies(CrashPoints):
    """Each point, as there are few: a trash that is filled by COPY must not be filled twice."""

    keys = {"auth": "plain", "disable_extensions": "MOVE"}
    test_first = test_download = test_upload = test_flags = test_removal = test_folders = test_edits = test_all = None

    def some_chains(self, run, rng):
        return self.edges(run)

    def test_trash(self):
        self.play("trash")

    def test_trashed(self):
        self.play("trashed")


class CrashPointsOfCopiesOnPlainServers(CrashPointsOfCopies):
    keys = {"auth": "plain", "disable_extensions": "MOVE UIDPLUS CONDSTORE QRESYNC"}


class CrashPointsAfterFailures(CrashPointsOfRules):
    """A call fails, and the run that gets over it or gives up is killed somewhere after that."""

    def play(self, name, **options):
        self.set_scene(name, **options)
        run = self.play_unharmed()
        rng = random.Random(name)
        killed = 0
        for kind, code in FAILURES.items():
            if run.calls[kind] == 0:
                continue
            fail = (kind, rng.randint(1, run.calls[kind]), code)
            killed += self.die_and_finish(rng.choice(self.edges(run)), fail)
        counts.note("kills", killed)
        print(f"{name}: {killed} kills after failures")
        self.assertGreater(killed, 0)

    def test_all(self):
        self.play("all")
