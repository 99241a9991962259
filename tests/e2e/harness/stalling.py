"""One session, stalled at one place of its traffic after the other."""

import os

from . import cutting
from .relay import STALL

STALLS = os.environ.get("NAVETTE_STALLS", "4")  # of a session, or "all"
PATIENCE = 1  # seconds


class Stalls(cutting.Cuts):
    """Nothing comes through any more after so many bytes, either way, for the rest of that connection, or at every
    other place also on those that follow: then the run ends by it."""

    wanted = STALLS
    least = 2
    ways = (STALL,)
    keys = dict(cutting.Cuts.keys, timeout=f"{PATIENCE}s")

    def harm(self, lane, snapshot, place):
        down, after, how = place
        for_good = after % 2 == 0
        lane.begin(snapshot, self.port, how=how, for_good=for_good,
                   **{"cut_after" if down else "cut_up_after": after})
        run = lane.run(**self.keys)
        lane.relay.for_good = False
        words = f"did not respond for {PATIENCE} second"
        if "Sanitizer" in run.err or run.status not in (0, 3):
            return run, f"the run that stalled: {run}"
        if run.status == 3 and words not in run.err:
            return run, f"the run that stalled does not say so: {run}"
        # The last answers may be missed without loss: LOGOUT's is never waited for.
        if for_good and run.status == 0 and (lane.near_view(), lane.far_view()) != self.expected:
            return run, f"the run that stalled says that all is done: {run}"
        return run, None

    def run_once(self, snapshot):
        expected, traffic = super().run_once(snapshot)
        self.expected = (expected, expected)
        return expected, traffic
