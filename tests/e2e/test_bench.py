"""Each form of the benchmark that docs/benchmarks.md names runs, with little mail."""

import os
import re
import shutil
import subprocess

from harness import dovecot
from harness.case import BINARY, Case

BUILD = os.path.dirname(os.path.abspath(BINARY))
DOCUMENT = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "benchmarks.md")
LITTLE = "--messages 24 --large 24 --folders 2 --rounds 1 --round-trips 0 --programs navette"


class Documented(Case):
    def setUp(self):
        super().setUp()
        if not dovecot.is_installed():
            self.skipTest("dovecot is not installed (Debian package dovecot-imapd)")
        if not os.path.exists(os.path.join(BUILD, "Makefile")) or not shutil.which("make"):
            self.skipTest("the binary does not stand where it was built")

    def make(self, target, **variables):
        run = subprocess.run(
            ["make", "-s", "-C", BUILD, target, *(f"{k}={v}" for k, v in variables.items())],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600,
            env=dict(self.environment, FILES="40"))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_each_form_that_is_documented(self):
        with open(DOCUMENT, encoding="utf-8") as f:
            text = f.read()
        forms = re.findall(r'(?m)^make bench(?: BENCH="([^"]*)")?(?:\s|$)', text)
        self.assertGreaterEqual(len(forms), 4, forms)
        for form in forms:
            with self.subTest(form=form):
                options = f"{form} {LITTLE}"
                if "--quick" in form:
                    options = options.replace("--messages 24 ", "")
                out = self.make("bench", BENCH=options)
                table = out.rpartition("###")[2]
                self.assertIn("| navette", table, out)
                self.assertNotIn("void", table)
                self.assertNotIn("could not be measured", out)

    def test_the_durable_one(self):
        self.assertIn("DURABLE=", open(DOCUMENT, encoding="utf-8").read())
        self.assertTrue(self.make("bench-durable", DURABLE=self.directory))
