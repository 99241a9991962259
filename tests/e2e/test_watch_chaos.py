"""navette watch while a reader and another client change both sides at random, and its connections are cut, its server is
away, it is stopped and goes on, killed and started anew: at the end both sides are the same by what it was told, without
a look of `poll`, and each message has the copies that its fate says. NAVETTE_LIVE: how many events."""

import os
import signal
import time

import test_chaos
from harness.watching import Watcher

EVENTS = int(os.environ.get("NAVETTE_LIVE", "150"))


class WatchChaos(test_chaos.Chaos):
    extensions = ""

    def write_config(self, text=None, **keys):
        super().write_config(text, poll="1h", watch="**", disable_extensions=self.extensions or None, **keys)

    def start(self):
        self.watcher = Watcher(self)
        self.watcher.until_said("test: watching")

    # --- What it has to bear ---

    def cut(self):
        self.relay.cut_after = self.relay.bytes_down + self.rng.randrange(1, 10_000)

    def cut_up(self):
        self.relay.cut_up_after = self.relay.bytes_up + self.rng.randrange(1, 2_000)

    def away(self):
        self.relay.for_good = True
        self.cut()
        time.sleep(self.rng.random() * 0.5)
        self.relay.for_good = False

    def pause(self):
        self.watcher.signal(signal.SIGSTOP)
        time.sleep(self.rng.random() * 0.5)
        self.watcher.signal(signal.SIGCONT)

    def reload(self):
        self.watcher.signal(signal.SIGHUP)

    def kill(self):
        self.watcher.kill()
        self.watcher = Watcher(self)  # with so much to do it may be long until it waits

    def run_beside(self):
        self.run_through()

    def nothing(self):
        pass

    # --- The test ---

    def check_all(self):
        for folder in test_chaos.FOLDERS:
            expected = self.expected(folder)
            near = [m[0] for m in self.near.messages(folder).values()]
            far = [m[0] for m in self.far.messages(folder).values()]
            self.check(self.copies(far), expected, f"{folder} far")
            self.check(self.copies(near), expected, f"{folder} near")
            self.assert_same(folder)

    def is_as_expected(self):
        try:
            self.check_all()
        except (AssertionError, FileNotFoundError):  # a file is renamed meanwhile
            return False
        return True

    def count_events(self):
        return sum(self.users.actions.values())

    def test_everything_at_once(self):
        self.begin()
        self.start()
        self.users.start()
        harms = [self.cut, self.cut_up, self.away, self.pause, self.reload, self.kill, self.run_beside, self.nothing,
                 self.nothing]
        while self.count_events() < EVENTS and not self.users.problems:
            self.rng.choice(harms)()
            time.sleep(self.rng.random() * 0.3)
        self.users.stop()
        self.relay.cut_after = self.relay.cut_up_after = None
        self.assertEqual(self.users.problems, [])
        try:
            self.watcher.until(self.is_as_expected, "both sides are the same")
        except AssertionError:
            self.check_all()  # which says what differs
            raise
        self.assertEqual(self.watcher.stop(), 0)
        self.check_all()
        self.settle()
        self.assert_quiet()


class WatchChaosByIdle(WatchChaos):
    extensions = "NOTIFY"
