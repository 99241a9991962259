"""The line of progress: on a terminal, and only there."""

import os
import re

from harness import mail, pages
from harness.case import BINARY, Case
from harness.relay import Relay


class Progress(Case):
    def setUp(self):
        super().setUp()
        self.standard()
        self.folder = "A-folder-with-a-name-that-is-longer-than-a-narrow-terminal-would-be-wide-for-certain"
        self.far.create(self.folder)
        for folder in ("INBOX", self.folder):
            self.server.deliver(folder, [mail.message(i) for i in range(40)])

    def show(self, *before):
        """What stands on the line, one drawing after the other."""
        status, shown = pages.on_terminal([*before, os.path.abspath(BINARY), "-c", self.config, "sync"],
                                          self.environment, self.directory)
        self.assertEqual(status, 0, shown)
        return shown

    def test_on_a_terminal(self):
        shown = self.show()
        lines = [line.split("\r")[0].split("\n")[0] for line in shown.split("\r\033[K")[1:]]
        self.assertEqual(lines[0], "test: connecting")
        self.assertTrue(any(re.match(r"\d+ of 80 messages, .*B, .*/s", line) for line in lines), lines)
        self.assertEqual([line for line in lines if len(line) > 79 and "downloaded" not in line], [])
        self.assertIn(f"test/{self.folder}: created here, 40 downloaded", shown)

    def slowly(self, *steps, verbose=False):
        """A run over two connections that takes a while, drawn all the time."""
        relay = Relay(self.server.port)
        self.addCleanup(relay.stop)
        relay.rate = 200_000
        for folder in ("INBOX", self.folder):
            self.server.deliver(folder, [mail.message(i, size=1000) for i in range(40, 240)])
        self.write_config(port=relay.port, connections=2)
        command = [os.path.abspath(BINARY), "-c", self.config, "sync"] + ["-v"] * verbose
        status, shown = pages.on_terminal(command, self.environment, self.directory, steps)
        self.assertEqual(status, 0, shown)
        return shown

    def test_busy_connections(self):
        shown = self.slowly(verbose=True)
        rows = set(re.findall(r"\n  (\d): downloading \d+ of 200  test/(.)", shown))
        self.assertIn(rows, ({("1", "A"), ("2", "I")}, {("1", "I"), ("2", "A")}), shown)
        self.assertIn("\r\033[2A\033[J", shown)

    def test_it_survives_another_size(self):
        """What was drawn for the wide terminal stays there, for nobody knows over how many lines; nothing above it is
        taken away; and what is drawn then fits."""
        shown = self.slowly((lambda shown: " of 400" in shown, lambda terminal: pages.resize(terminal, 30)))
        self.assertNotIn("downloading 1 of", shown, "rows are for -v")
        drawn = [re.split("[\r\n]", line)[0] for line in re.split(r"\r\033\[K|\r\r?\n", shown)]
        drawn = [line for line in drawn if re.match(r"\d+ of 400", line)]
        wide = [line for line in drawn if len(line) > 29]
        self.assertTrue(wide and drawn[len(wide):], shown)
        self.assertEqual(wide, drawn[:len(wide)])
        self.assertRegex(shown, re.escape(wide[-1]) + "\r\r?\n")

    def test_where_it_cannot_be_drawn(self):
        self.assertNotIn("\033", self.show("env", "TERM=dumb"))
