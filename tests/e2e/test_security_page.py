"""docs/security.md names only tests that exist."""

import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class SecurityPage(unittest.TestCase):
    def test_every_test_it_names_exists(self):
        with open(os.path.join(ROOT, "docs", "security.md"), encoding="utf-8") as f:
            rows = [line for line in f if line.startswith("|") and "`tests/" in line]
        self.assertGreater(len(rows), 15)
        for row in rows:
            path = text = None
            for word in re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1]):
                if "/" in word:
                    path = word
                    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                        text = f.read()
                else:
                    self.assertIsNotNone(text, row)
                    self.assertRegex(text, rf"(def |, ){re.escape(word)}\b", path)
