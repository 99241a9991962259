"""The program that prints the password: what ends it, and when it is asked again."""

import os
import signal
import subprocess
import time

from harness import mail
from harness.case import BINARY, Case
from harness.scripted import Drop, Mailbox, ScriptedServer


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


class Secrets(Case):
    """A command that gives another secret each time, as one does whose tokens are valid for an hour."""

    def setUp(self):
        super().setUp()
        self.server = ScriptedServer("IMAP4rev1 UIDPLUS LITERAL+")
        self.addCleanup(self.server.stop)
        self.valid = 1  # the secret that the server takes now
        self.server.hooks["LOGIN"] = self.login
        for name in ("INBOX", "Other"):
            self.server.mailboxes.setdefault(name, Mailbox())
            for number in range(3):
                self.server.mailboxes[name].add(mail.message(number))
        self.count = os.path.join(self.directory, "count")
        script = os.path.join(self.directory, "script")
        with open(script, "w", encoding="ascii") as f:
            f.write(f"echo x >> {self.count}\necho secret$(($(wc -l < {self.count})))\n")
        self.command = f"sh {script}"
        self.write_config(password=None, password_command=self.command, timeout="10s")

    def login(self, session, tag, rest):
        good = rest.split()[-1].strip('"') == f"secret{self.valid}"
        session.send(f"{tag} OK welcome" if good else f"{tag} NO [AUTHENTICATIONFAILED] no such user or password")
        return True

    def asked(self):
        with open(self.count, encoding="ascii") as f:
            return len(f.readlines())

    def assert_all_here(self):
        for name, box in self.server.mailboxes.items():
            self.assertEqual(len(self.near.files(name)), len(box.messages))

    def test_token_expires_in_a_run(self):
        """The second login is made with another secret, and no refused one in between."""
        def expire(session, _tag, rest):
            if "BODY" in rest and self.valid == 1:
                self.valid = 2
                session.send("* BYE Session invalidated - AccessTokenExpired")
                raise Drop
        self.server.hooks["UID FETCH"] = expire
        self.sync()
        self.assert_all_here()
        self.assertEqual((self.asked(), self.server.count("LOGIN")), (2, 2))

    def test_refused_secret_is_asked_for_once_more(self):
        self.valid = 2
        self.sync()
        self.assert_all_here()
        self.assertEqual((self.asked(), self.server.count("LOGIN")), (2, 2))

    def test_the_same_secret_is_not_tried_twice(self):
        self.valid = 0
        self.write_config(password=None, password_command="echo secret")
        run = self.sync(status=1)
        self.assertEqual((len(run.err.splitlines()), self.server.count("LOGIN")), (1, 1), run)
        self.server.log.clear()
        self.write_config(password=None, password_command=self.command)
        self.assertIn("check user and password", self.sync(status=1).err)
        self.assertEqual((self.asked(), self.server.count("LOGIN")), (2, 2), "another one, and no third")

    def test_a_run_without_a_loss_asks_once(self):
        for number in range(10, 700):
            self.server.mailboxes["Other"].add(mail.message(number))
        self.sync()
        self.assert_all_here()
        self.assertEqual(self.asked(), 1)
        self.assertGreater(self.server.count("LOGIN"), 1)
