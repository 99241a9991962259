"""Completions of bash, zsh and fish: asked of the shells themselves, and compared with --help."""

import os
import re
import shutil
import subprocess

from harness.case import BINARY, Case
from harness.scripted import ScriptedServer

COMPLETIONS = os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "completions")

BASH = """source "$1"; read -r -a COMP_WORDS <<<"$2"; [[ $2 == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _navette; printf '%s\\n' "${COMPREPLY[@]}"
"""
# The function as the completion system loads and calls it, with a compadd that prints what it was given.
ZSH = """compadd() { shift; print -l -- ${(P)1} }; fpath=(${1:h} $fpath); autoload -Uz _navette
words=(${(z)2}); [[ $2 == *' ' ]] && words+=(""); CURRENT=$#words
_navette | while read -r line; do [[ $line == ${words[CURRENT]}* ]] && print -r -- $line; done
"""
FISH = "source $argv[1]; complete -C $argv[2] | string replace -r '\\t.*' ''"


class Completions(Case):
    def setUp(self):
        super().setUp()
        self.server = ScriptedServer()
        self.addCleanup(self.server.stop)
        for name in ("INBOX", "Work"):
            self.server.mailboxes.setdefault(name, type(self.server.mailboxes["INBOX"])())
            self.server.mailboxes[name].add(b"Subject: 1\r\n\r\n1\r\n")
        self.write_channels(("lists", "folders", "Lists"), ("rest", "folders", "*"))
        self.sync()
        self.server.log.clear()
        os.makedirs(os.path.join(self.directory, "bin"))
        os.symlink(os.path.abspath(BINARY), os.path.join(self.directory, "bin", "navette"))
        self.environment["PATH"] = os.path.join(self.directory, "bin") + ":" + os.environ["PATH"]

    def ask(self, shell, line):
        start = {"bash": ("navette.bash", "--norc", "-c", BASH, "bash"), "zsh": ("_navette", "-f", "-c", ZSH, "zsh"),
                 "fish": ("navette.fish", "--no-config", "-c", FISH)}
        file, *arguments = start[shell]
        run = subprocess.run([shell, *arguments, os.path.join(COMPLETIONS, file), line], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=120, env=self.environment, check=False)
        self.assertEqual(run.stderr, "", (shell, line))
        return sorted(run.stdout.split())

    def check(self, shell):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        usage = self.navette("--help").out
        commands = re.findall(r"(?m)^  ([a-z]+) ", usage.partition("Options:")[0])
        options = re.findall(r"--[a-z-]+", usage.partition("Options:")[2].partition("\n\n")[0])
        self.assertIn("sync", commands)
        self.assertIn("--force-delete", options)
        self.assertEqual(self.ask(shell, "navette "), sorted(commands))
        self.assertEqual(self.ask(shell, "navette --"), sorted(options))
        config = f"navette -c {self.config} "
        self.assertEqual(self.ask(shell, config + "sync -n "),
                         ["test", "test/INBOX", "test/Work", "test/lists", "test/rest"])
        self.assertEqual(self.ask(shell, config + "sync test/W"), ["test/Work"])
        self.assertEqual(self.ask(shell, config + "status "), ["test"])
        own = re.findall(r"--[a-z-]+", self.navette("help", "init").out.partition("Options:")[2].partition("\n\n")[0])
        self.assertIn("--non-interactive", own)
        self.assertEqual(self.ask(shell, "navette init --"), sorted(options + own))
        self.assertEqual(self.ask(shell, "navette help s"), ["status", "sync"])
        self.assertEqual(self.ask(shell, "navette init --from "), ["mbsync", "offlineimap"])
        # The run before may still be saying good-bye.
        asked = [line for line in self.server.log if not line.endswith("LOGOUT")]
        self.assertEqual(asked, [], "no server is asked")

    def test_bash(self):
        self.check("bash")

    def test_zsh(self):
        self.check("zsh")

    def test_fish(self):
        self.check("fish")
