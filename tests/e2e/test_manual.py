"""The manual pages: complete by what the sources and the program itself say, and well-formed."""

import glob
import os
import re
import shutil
import subprocess
import unittest

from harness import case

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def page(name):
    with open(os.path.join(ROOT, "docs/man", name), encoding="utf-8") as f:
        return f.read()


def section(name, heading):
    text = re.search(rf"(?ms)^\.Sh {heading}\n(.*?)(?=^\.Sh |\Z)", page(name))
    assert text, f"{name} has no section {heading}"
    return text[1]


def in_sources(pattern):
    found = set()
    for path in glob.glob(os.path.join(ROOT, "src/**/*.c"), recursive=True):
        with open(path, encoding="utf-8") as f:
            found.update(re.findall(pattern, f.read()))
    return sorted(found)


class Manual(case.Case):
    def test_sections(self):
        for heading in ("ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
            section("navette.1", heading)
        for name in ("navette.conf.5", "navette-json.5"):
            section(name, "EXAMPLES")
        section("navette.conf.5", "FILES")

    def test_environment(self):
        told = re.findall(r"[A-Z_]{4,}", "\n".join(
            line for line in section("navette.1", "ENVIRONMENT").split("\n") if line.startswith(".It Ev ")))
        # The second is for names that are handed to a function that asks for them.
        read = set(in_sources(r'getenv\("([A-Z_]+)"')) | set(in_sources(r'"(XDG_[A-Z]+_HOME)"'))
        self.assertIn("XDG_STATE_HOME", read)
        self.assertEqual(sorted(told), sorted(read))

    def test_environment_of_hooks(self):
        given = in_sources(r'"(NAVETTE_[A-Z_]+)')
        self.assertIn("NAVETTE_RESULT", given)
        told = re.findall(r"(?m)^\.(?:It )?Ev (NAVETTE_[A-Z_]+)", page("navette.conf.5"))
        self.assertEqual(sorted(set(told)), given)

    def test_commands_and_options(self):
        manual = page("navette.1").replace("\\", "")
        usage = self.navette("--help").out
        commands = re.findall(r"(?m)^  ([a-z]+) ", usage.partition("Options:")[0])
        self.assertIn("sync", commands)
        texts = [usage] + [self.navette("help", command).out for command in commands]
        options = {name for text in texts
                   for name in re.findall(r"(?m)^ .*?--([a-z-]+)", text.partition("Options:")[2].split("\n\n")[0])}
        self.assertLessEqual({"force-delete", "non-interactive", "max-age", "redirect-port"}, options)
        for command in commands:
            self.assertRegex(manual, rf"(?m)^\.It Cm {command}\b")
        for option in options:
            self.assertRegex(manual, rf"(?m)^\..*(Fl -|, -){option}( |$)")

    def test_exit_status(self):
        told = re.findall(r"(?m)^\.It (\d)$", section("navette.1", "EXIT STATUS"))
        usage = self.navette("--help").out.partition("Exit status:")[2]
        self.assertEqual(told, re.findall(r"\b\d\b", usage.partition("See ")[0]))

    def test_form(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed (Debian package mandoc)")
        pages = sorted(glob.glob(os.path.join(ROOT, "docs/man/*.[15]")))
        # Style is no part: it counts the bytes of a line, and takes literal colons for punctuation.
        run = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages], capture_output=True, text=True, check=False,
                             timeout=60)
        self.assertEqual((run.stdout, run.returncode), ("", 0))


class Packaging(unittest.TestCase):
    def recipes(self, *names):
        for name in names:
            with open(os.path.join(ROOT, "contrib/packaging", name), encoding="utf-8") as f:
                yield name, f.read()

    def test_version(self):
        with open(os.path.join(ROOT, "configure.ac"), encoding="utf-8") as f:
            version = re.search(r"AC_INIT\(\[navette\], \[(.*?)\]\)", f.read())[1]
        for name, text in self.recipes("debian/changelog", "arch/PKGBUILD", "alpine/APKBUILD", "nix/default.nix",
                                       "rpm/navette.spec"):
            self.assertRegex(text, rf"(?m)^(navette \(|pkgver=|Version: *|  version = \"){re.escape(version)}", name)

    def test_what_is_loaded_when_it_is_needed(self):
        """No tool finds it in the binary, so the recipes must name it."""
        libraries = in_sources(r'"lib([a-z]+)[a-z0-9-]*\.so\.\d+"')
        self.assertIn("curl", libraries)
        for name, text in self.recipes("debian/control", "arch/PKGBUILD", "alpine/APKBUILD", "nix/default.nix",
                                       "rpm/navette.spec"):
            named = "\n".join(match[0] for match in re.finditer(
                r"(?m)^(Recommends:.*|depends=.*|    patchelf.*)$", text))
            for library in libraries:
                self.assertIn(library, named, name)


if __name__ == "__main__":
    unittest.main()
