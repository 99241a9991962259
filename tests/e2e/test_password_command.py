"""The program that prints the password: what ends it, and when it is asked again."""

import os
import signal
import subprocess
import time

from harness import mail
from harness.case import BINARY, Case


class Signals(Case):
    """A signal that comes while the command waits, for the user or an agent, ends both at once."""

    def setUp(self):
        super().setUp()
        self.started = os.path.join(self.directory, "started")
        script = os.path.join(self.directory, "script")
        with open(script, "w", encoding="ascii") as f:
            f.write(f"trap '' INT TERM HUP; sleep 600 & echo $$ $! > {self.started}.new\n"
                    f"mv {self.started}.new {self.started}; wait; sleep 600\n")
        self.write_config(password=None, timeout="600s", password_command=f"sh {script}")

    def begin(self, *arguments):
        """The running program, and the processes of its command."""
        process = subprocess.Popen([BINARY, "-c", self.config, *arguments], env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        while not os.path.exists(self.started) and process.poll() is None:
            time.sleep(0.01)
        with open(self.started, encoding="ascii") as f:
            started = [int(word) for word in f.read().split()]
        os.remove(self.started)
        return process, started

    def assert_gone(self, processes):
        for process in processes:
            while os.path.exists(f"/proc/{process}"):
                with open(f"/proc/{process}/stat", encoding="ascii") as f:
                    if f.read().rpartition(")")[2].split()[0] == "Z":
                        break
                time.sleep(0.01)  # the runner ends a test that goes on for ever

    def test_each_ends_the_command_too(self):
        for arguments, number in ((("sync",), signal.SIGINT), (("sync",), signal.SIGTERM),
                                  (("sync", "-n"), signal.SIGHUP), (("list",), signal.SIGINT),
                                  (("check",), signal.SIGTERM)):
            with self.subTest(arguments=arguments, signal=number):
                process, started = self.begin(*arguments)
                process.send_signal(number)
                out, err = process.communicate()
                self.assertEqual(process.returncode, 3, err)
                self.assertEqual((out + err).count("stopped by a signal"), 1, out + err)
                self.assertEqual(len(started), 2)
                self.assert_gone(started)
