"""The program as such: signals, the standard descriptors, what it prints."""

import os
import shutil
import signal
import subprocess
import threading

from harness import schema
from harness.case import BINARY, Case
from harness.scripted import ScriptedServer

UNSEEN = "\u202e\u2028\u200b\U000e0041"


class Signals(Case):
    def stalled(self, *numbers):
        """A run whose parent ignores NUMBERS, in the middle of its SELECT; and what lets it go on."""
        reached, go_on = threading.Event(), threading.Event()

        def stall(_session, _tag, _rest):
            reached.set()
            go_on.wait(60)

        self.server = ScriptedServer()
        self.addCleanup(self.server.stop)
        self.addCleanup(go_on.set)
        self.server.hooks["SELECT"] = stall
        self.server.mailboxes["INBOX"].add(b"Subject: 1\r\n\r\n1\r\n")
        self.write_config()

        def ignore():
            for number in numbers:
                signal.signal(number, signal.SIG_IGN)

        process = subprocess.Popen([BINARY, "-c", self.config, "sync"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=self.environment, preexec_fn=ignore)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertTrue(reached.wait(60), self.server.log)
        return process, go_on

    def test_what_the_parent_ignores_stays_ignored(self):
        """As under nohup(1), and for what a shell without job control runs in the background."""
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process, go_on = self.stalled(number)
                process.send_signal(number)
                go_on.set()
                said = process.stdout.read()
                self.assertEqual(process.wait(60), 0, said)
                self.assertIn(b"1 downloaded", said)
                shutil.rmtree(os.path.join(self.directory, "state"))
                shutil.rmtree(self.near.root)

    def test_the_others_end_the_run(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process, _go_on = self.stalled(signal.SIGUSR1)
                process.send_signal(number)
                self.assertEqual(process.wait(60), 3, process.stdout.read())


class Output(Case):
    def setUp(self):
        super().setUp()
        self.server = ScriptedServer("IMAP4rev1 LIST-EXTENDED")
        self.addCleanup(self.server.stop)
        self.server.mailboxes["INBOX"].add(b"Subject: 1\r\n\r\n1\r\n")
        self.write_config()

    def run_into(self, output, *arguments):
        return subprocess.run([BINARY, "-c", self.config, *arguments], stdin=subprocess.DEVNULL,
                              stdout=output, stderr=subprocess.PIPE, text=True, timeout=120,
                              env=self.environment, check=False)

    def test_a_full_device(self):
        commands = [["--help"], ["--version"], ["sync"], ["--json", "sync"], ["list"],
                    ["--json", "list"], ["status"], ["--json", "status"], ["check"],
                    ["--json", "check"], ["sync", "-n"], ["--json", "sync", "-n"]]
        for arguments in commands:
            with self.subTest(arguments=arguments), open("/dev/full", "w", encoding="ascii") as full:
                self.server.mailboxes["INBOX"].add(b"Subject: 2\r\n\r\n2\r\n")
                run = self.run_into(full, *arguments)
                self.assertEqual(run.returncode, 1, run.stderr)
                self.assertIn("could not be written to the standard output", run.stderr)

    def test_a_graver_status_stays(self):
        self.write_config(port="1")
        with open("/dev/full", "w", encoding="ascii") as full:
            run = self.run_into(full, "--json", "sync")
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("could not be written to the standard output", run.stderr)

    def test_closed_descriptors_are_no_other_file(self):
        """What is printed must not go into the state that was opened in their place."""
        command = f"exec {BINARY} -c {self.config} sync"
        run = subprocess.run(["/bin/sh", "-c", command + " <&- >&-"], stderr=subprocess.PIPE,
                             text=True, timeout=120, env=self.environment, check=False)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn("could not be written to the standard output", run.stderr)
        run = subprocess.run(["/bin/sh", "-c", command + " -vv 2>&-"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, text=True, timeout=120,
                             env=self.environment, check=False)
        self.assertEqual((run.returncode, run.stdout), (0, ""))
        self.sync()
        self.assertEqual(self.navette("status").status, 0)


class Json(Case):
    def types_in_the_manual(self):
        path = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "man", "navette-json.5")
        with open(path, encoding="utf-8") as f:
            return f.read()

    def test_each_object_is_that_of_the_manual(self):
        manual = self.types_in_the_manual()
        self.server = ScriptedServer()
        self.addCleanup(self.server.stop)
        self.server.mailboxes["INBOX"].add(b"Subject: 1\r\n\r\n1\r\n", ["\\Seen"])
        self.write_config()
        lines, seen = [], {}
        for arguments in (["sync", "-n"], ["sync"], ["list"], ["status"], ["check"],
                          ["sync", "test/no such folder"], ["status", "test"]):
            lines += self.navette("--json", *arguments).objects()
        self.server.mailboxes["Refused"] = type(self.server.mailboxes["INBOX"])()
        self.server.hooks["SELECT"] = lambda _session, _tag, rest: (
            "TAG NO never" if "Refused" in rest else None)
        lines += self.navette("--json", "sync").objects() + self.navette("--json", "status").objects()
        for line in lines:
            self.assertEqual(list(line)[:2], ["type", "version"])
            self.assertEqual(line["version"], 1)
            seen.setdefault(line["type"], set()).update(line)
        self.assertEqual(sorted(seen), ["account", "change", "check", "error", "folder", "list-folder",
                                        "operation", "problem", "status", "status-folder"])
        for kind, members in seen.items():
            self.assertIn(f".It Ql {kind}\n", manual)
            for member in members:
                self.assertRegex(manual, rf"(?m)^\.(It )?Ql .*\b{member}\b", kind)
        schema.check(self, lines)

    def test_the_schema_has_what_the_manual_has(self):
        """Also the types that few runs print. Members of the manual stand two levels deep, or in a line of commas."""
        manual = self.types_in_the_manual().partition(".Sh SYNC AND FETCH")[2]
        for kind, rules in schema.load()["$defs"].items():
            for member in rules.get("properties", ()):
                if member not in ("type", "version"):
                    self.assertRegex(manual, rf"(?m)^\.(It )?Ql .*\b{member}\b", kind)
                    self.assertIn(f".It Ql {kind}\n", manual)

    def test_what_a_terminal_obeys_is_escaped(self):
        self.server = ScriptedServer("IMAP4rev1 ENABLE UTF8=ACCEPT")
        self.addCleanup(self.server.stop)
        self.server.mailboxes["x" + UNSEEN] = type(self.server.mailboxes["INBOX"])()
        self.write_config()
        for command in ("list", "sync", "status"):
            run = self.navette("--json", command)
            for character in UNSEEN:
                self.assertNotIn(character, run.out)
            names = [o.get("folder") for o in run.objects()]
            if command != "sync":
                self.assertIn("x" + UNSEEN, names)

    def test_a_full_quota_is_no_temporary_trouble(self):
        self.server = ScriptedServer()
        self.addCleanup(self.server.stop)
        self.server.hooks["APPEND"] = "TAG NO [OVERQUOTA] full"
        self.near.create("INBOX")
        self.near.add("INBOX", b"Subject: 1\n\n1\n", "S")
        self.write_config()
        run = self.navette("--json", "sync")
        self.assertEqual(run.status, 1, run)
        self.assertEqual([o["kind"] for o in run.objects() if o["type"] == "error"], ["failed"])
        self.assertEqual([o["worst"] for o in run.objects() if o["type"] == "account"], ["failed"])
