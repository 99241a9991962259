"""The systemd units, as make install puts them: whole, and as closed as they say."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import pages


def run(*command, **variables):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=120, env={**os.environ, **variables})


class Units(unittest.TestCase):
    def setUp(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed (Debian package systemd)")
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        build = os.path.dirname(os.environ["NAVETTE"])
        result = run("make", "-s", "-C", build, "install", f"DESTDIR={self.directory}")
        self.assertEqual(result.returncode, 0, result.stderr)
        prefix = re.search("^prefix = (.*)$", self.read(os.path.join(build, "Makefile")), re.M).group(1)
        self.root = self.directory + prefix

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as f:
            return f.read()

    def units(self, kind):
        """The installed ones in a folder of their own, for the program that really is there."""
        source = os.path.join(self.root, "lib/systemd", kind)
        target = tempfile.mkdtemp(dir=self.directory)
        for name in os.listdir(source):
            text = self.read(os.path.join(source, name))
            self.assertNotIn("@bindir@", text)
            text = re.sub(r"(?m)^ExecStart=(\S+)", lambda m: "ExecStart=" + os.environ["NAVETTE"]
                          if os.path.exists(self.directory + m.group(1)) else "ExecStart=/nowhere", text)
            with open(os.path.join(target, name), "w", encoding="utf-8") as f:
                f.write(text)
            if "@." in name:  # an instance
                shutil.copy(os.path.join(target, name), os.path.join(target, name.replace("@", "@work")))
        return target

    def verify(self, kind, *names):
        path = self.units(kind)
        result = run("systemd-analyze", f"--{kind}", "verify", "--man=no",
                     *(os.path.join(path, name) for name in names), XDG_RUNTIME_DIR=self.directory)
        problems = [line for line in result.stderr.splitlines() if "navette" in line]
        self.assertEqual(problems, [], result.stderr)
        return path

    def test_all(self):
        self.verify("user", "navette.service", "navette.timer", "navette@work.service", "navette@work.timer",
                    "navette-watch.service", "navette-watch@work.service")
        units = ("navette@work.service", "navette-watch@work.service")
        path = self.verify("system", "navette@work.timer", *units)
        for unit in units:
            result = run("systemd-analyze", "security", "--offline=true", "--no-pager", os.path.join(path, unit))
            level = re.search(r"exposure level for \S+: ([0-9.]+)", result.stdout)
            self.assertTrue(level, result.stdout + result.stderr)
            self.assertLess(float(level.group(1)), 2.5)
        for unit in ("user/navette.service", "user/navette@.service", "system/navette@.service"):
            # What may pass by itself is no failure of the unit.
            self.assertRegex(self.read(os.path.join(self.root, "lib/systemd", unit)),
                             "(?m)^SuccessExitStatus=3$")
        # The page names units that are there.
        for command in pages.blocks("timers.md", "sh"):
            kind = "user" if "--user" in command else "system"
            for unit in re.findall(r"navette\S*\.(?:timer|service)", command):
                name = unit.replace("@work", "@")
                self.assertTrue(os.path.exists(os.path.join(self.root, "lib/systemd", kind, name)), unit)


if __name__ == "__main__":
    unittest.main()
