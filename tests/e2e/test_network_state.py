"""A state on a file system of the network: LMDB's pages are not safe there."""

import os

from harness import faults
from harness.quirks import QuirkCase


class NetworkState(QuirkCase):
    def test_it_is_refused_before_anything_is_made(self):
        self.serve(count=3)
        state = os.path.join(self.environment["XDG_STATE_HOME"], "navette")
        self.environment.update(LD_PRELOAD=faults.LIBRARY, FAULTS_NETWORK=self.directory)
        for command in ("sync", "check"):
            run = self.navette(command)
            self.assertEqual(run.status, 2, run)
            self.assertIn("is on a network file system, where the state is not safe: set XDG_STATE_HOME", run.out + run.err)
        self.assertFalse(os.path.exists(os.path.join(state, "test")))
        self.assertEqual(self.near.files("INBOX") if os.path.exists(self.near.root) else [], [])
        for name in ("LD_PRELOAD", "FAULTS_NETWORK"):
            self.environment.pop(name)
        self.sync()
        self.assert_together(3)
