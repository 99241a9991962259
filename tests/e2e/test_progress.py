"""The line of progress: on a terminal, and only there."""

import os
import re

from harness import mail, pages
from harness.case import BINARY, Case


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

    def test_where_it_cannot_be_drawn(self):
        self.assertNotIn("\033", self.show("env", "TERM=dumb"))
