"""Which messages come first: over a slow line people want the mail of today."""

import re

from harness import mail, relay
from harness.case import Case

MESSAGES = 700
SIZE = 2000


class Order(Case):
    def begin(self, **keys):
        self.server = self.start_dovecot()
        self.far = self.connect(self.server)
        self.server.deliver("Archive", [mail.message(5000 + i, size=SIZE) for i in range(20)])
        self.server.deliver("INBOX", [mail.message(i, size=SIZE) for i in range(MESSAGES)])
        self.cutter = relay.Relay(self.server.port, cut_after=330_000, record=True, for_good=True)
        self.addCleanup(self.cutter.stop)
        self.write_config(port=self.cutter.port, timeout="2s", connections="1", **keys)
        self.sync(status=3)

    def numbers(self):
        """Of the messages of INBOX that are here."""
        return {int(re.search(rb"Message-ID: <0\.(\d+)@", self.near.read("INBOX", name)).group(1))
                for name in self.near.files("INBOX")}

    def first(self, count, newest):
        numbers = sorted(range(MESSAGES), reverse=newest)
        return set(numbers[:count])

    def go_on(self):
        """A run that was cut goes on where it was: nothing comes twice."""
        before = len(self.near.files("INBOX"))
        self.cutter.for_good = False
        self.cutter.reset()
        self.sync()
        self.assert_same("INBOX", count=MESSAGES)
        self.assert_same("Archive", count=20)
        self.assertLess(self.cutter.bytes_down, (MESSAGES + 20 - before) * (SIZE + 600) + 60_000)
        self.assert_quiet()

    def test_the_newest_of_inbox_come_first(self):
        self.begin()
        self.assertEqual(self.near.files("Archive"), [])
        self.assertGreaterEqual(self.numbers(), self.first(100, newest=True))
        self.assertEqual(self.numbers() & self.first(100, newest=False), set())
        self.go_on()

    def test_the_oldest_come_first_if_so_said(self):
        self.begin(order="oldest")
        self.assertEqual(self.numbers() & self.first(100, newest=True), set())
        self.go_on()
