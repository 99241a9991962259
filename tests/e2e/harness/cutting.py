"""One session, cut at one place of its traffic after the other."""

import concurrent.futures
import os
import random
import re
import shutil

from . import certificates, lanes, sides
from .case import Case
from .relay import FIN, RESET

CUTS = os.environ.get("NAVETTE_CUTS", "10")  # of a session, or "all"
LANES = 4


class Cuts(Case):
    """Subclasses say what is there (prepare), what happens then (change), and how many messages each folder
    has at the end (counts). NAVETTE_CUTS=all goes through every byte; else so many places, most of them
    ends of lines, where commands and responses meet."""

    capability = None
    tls = False
    keys = {"timeout": "10s", "auth": "plain"}
    patient = {"timeout": "60s"}  # of the runs that nobody harms: they may have to wait for a busy machine
    counts = {}
    wanted = CUTS
    least = 4  # in each direction
    ways = (FIN, RESET)

    def prepare(self, far, near):
        """Before the first sync; without it the session is that first sync."""

    def change(self, far, near):
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        options = {}
        if self.tls:
            authority = certificates.make_authority(self.directory)
            certificate, key = certificates.make_certificate(
                self.directory, authority, "localhost", "IP:127.0.0.1")
            options = {"certificate": certificate, "key": key}
            self.keys = dict(self.keys, tls="implicit", tls_ca=authority[1])
        self.server = self.start_dovecot(
            capability=self.capability, listen=lanes.addresses(LANES), home="%l",
            compress=self.keys.get("compress") == "yes",
            extra="mail_max_userip_connections = 100\n", **options)
        self.port = self.server.tls_port if self.tls else self.server.port
        self.lanes = [lanes.Lane(self, n) for n in range(LANES)]
        for lane in self.lanes:
            self.addCleanup(lane.end)

    def take_snapshots(self):
        """The state of both sides from which the session begins, of each lane its own: the state knows the place of
        its Maildir, and means nothing at another."""
        lane = self.lanes[0]
        lane.host = lanes.address(0)
        os.makedirs(lane.home(), exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(lane.home(), "mail", "mail")
        lane.near.create("INBOX")
        far = self.connect_to(lane)
        prepared = type(self).prepare is not Cuts.prepare
        if prepared:
            self.prepare(far, lane.near)
        else:
            self.change(far, lane.near)
        far.close()
        first = lanes.Snapshot(lane, "first")
        return [self.synced_and_changed(lane, first) if prepared else first for lane in self.lanes]

    def run_unharmed(self, lane):
        return lane.run(**{**self.keys, **self.patient})

    def connect_to(self, lane):
        return sides.Far(self.server.port, "reader", self.server.password, host=lane.host)

    def synced_and_changed(self, lane, first):
        lane.begin(first, self.port)
        self.assertEqual(self.run_unharmed(lane).status, 0)
        far = self.connect_to(lane)
        self.change(far, lane.near)
        far.close()
        return lanes.Snapshot(lane, f"begun{lane.number}")

    def run_once(self, snapshot):
        """Undisturbed: what shall come out, and all the places to cut at, (down, bytes, how)."""
        lane = self.lanes[0]
        lane.begin(snapshot, self.port, record=True)
        run = self.run_unharmed(lane)
        self.assertEqual((run.status, run.err), (0, ""), run)
        expected = lane.near_view()
        self.assertEqual(lane.far_view(), expected)
        self.assertEqual({name: len(view) for name, view in expected.items()}, self.counts)
        lane.relay.reset()
        lane.begin(snapshot, self.port, record=True)
        self.run_unharmed(lane)
        traffic = {True: bytes(lane.relay.received), False: bytes(lane.relay.sent)}
        return expected, traffic

    def places(self, traffic):
        found = []
        rng = random.Random(len(traffic[True]))
        for down, data in traffic.items():
            every = range(1, len(data) + 1)
            if self.wanted == "all":
                chosen = every
            else:
                share = max(self.least, int(self.wanted) * len(data) // (len(traffic[True]) + len(traffic[False])))
                ends = [match.end() for match in re.finditer(rb"\r\n", data)]
                ends = rng.sample(ends, min(len(ends), share * 2 // 3))
                inside = rng.sample(every, min(len(every), share - len(ends)))
                chosen = sorted(set(ends + inside))
            found += [(down, place, self.ways[place % len(self.ways)]) for place in chosen]
        return found

    def harm(self, lane, snapshot, place):
        """The run that is cut, and what went wrong or None."""
        down, after, how = place
        lane.begin(snapshot, self.port, how=how,
                   **{"cut_after" if down else "cut_up_after": after})
        run = lane.run(**self.keys)
        if run.status not in (0, 3) or "Sanitizer" in run.err or (run.status == 3) != bool(run.err):
            return run, f"the run that was cut: {run}"
        return run, None

    def cut(self, lane, snapshot, expected, place):
        """What went wrong, or None."""
        run, failure = self.harm(lane, snapshot, place)
        if failure:
            return failure
        if run.status == 0 and (lane.near_view(), lane.far_view()) != (expected, expected):
            return f"the run that was cut says that all is done, and it is not: {run}"
        again = self.run_unharmed(lane)
        if again.status != 0 or again.err:
            return f"the next run: {run}\n\n{again}"
        near, far = lane.near_view(), lane.far_view()
        if (near, far) != (expected, expected):
            return f"not the same: near {near}\nfar {far}\nexpected {expected}\n{run}\n\n{again}"
        for folder in near:
            if os.listdir(os.path.join(lane.near.path(folder), "tmp")):
                return f"something stays in tmp/ of {folder}: {run}\n\n{again}"
        before = lane.near.stamps()
        quiet = self.run_unharmed(lane)
        if (quiet.status, quiet.out, quiet.err) != (0, "", "") or lane.near.stamps() != before:
            return f"the third run is not quiet: {run}\n\n{again}\n\n{quiet}"
        self.recovered += run.status == 0
        return None

    def test_cuts(self):
        snapshots = self.take_snapshots()
        expected, traffic = self.run_once(snapshots[0])
        places = self.places(traffic)
        self.recovered = 0
        failures = []

        def work(lane, mine):
            for place in mine:
                try:
                    failure = self.cut(lane, snapshots[lane.number], expected, place)
                except Exception as error:  # of a thread: told by the test
                    failure = repr(error)
                if failure:
                    failures.append((place, failure))
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            list(pool.map(lambda lane: work(lane, places[lane.number::LANES]), self.lanes))
        print(f"{len(places)} cuts in {len(traffic[True])} bytes down and {len(traffic[False])} up: "
              f"{self.recovered} runs recovered by themselves, {len(failures)} went wrong")
        for place, failure in failures[:5]:
            print("---", place, failure)
        self.assertEqual([place for place, _ in failures], [])
