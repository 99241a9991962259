"""Where passwords come from: systemd, a netrc, the keyring, the user at the terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

from harness import keyring
from harness.case import BINARY, TIMEOUT, Case
from harness.scripted import ScriptedServer
from test_secrets import Stalled, count_in_memory

SECRET = "s3cret-of-theirs"


class Scripted(Case):
    def setUp(self):
        super().setUp()
        self.server = ScriptedServer("IMAP4rev1")
        self.addCleanup(self.server.stop)
        self.logins = []
        self.server.hooks["LOGIN"] = self.login

    def login(self, _session, _tag, rest):
        self.logins.append(rest)
        good = rest.replace('"', "") == f"reader {SECRET}"
        return "TAG OK in" if good else "TAG NO [AUTHENTICATIONFAILED] no"

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def refused(self, words, status=2):
        run = self.sync(status=status)
        self.assertRegex(run.err, words)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertNotIn(SECRET, run.err)


class Sources(Scripted):
    def test_credential_of_systemd(self):
        self.write_config(password=None, password_credential="work")
        self.refused("which gave this program none: run it as a unit that has .LoadCredential=work:FILE.")
        self.environment["CREDENTIALS_DIRECTORY"] = self.directory
        self.refused("cannot read .*/work, named by password-credential")
        self.write("work", SECRET + "\nmore\n", 0o400)
        self.sync()
        self.assertRegex(self.navette("check", "-v").out, "good\tpassword\tpassword-credential gave a password")
        self.write("work", "\n")
        self.refused("has no password in its first line")

    def test_netrc(self):
        path = self.write("netrc", f"machine 127.0.0.1 login else password no\nmachine 127.0.0.1 login reader password {SECRET}\n")
        self.write_config(password=None, password_netrc=path)
        self.sync()
        os.chmod(path, 0o640)
        self.refused("others can read the secrets in .*netrc, named by password-netrc: chmod 600 it")
        self.write("netrc", f"machine else login reader password {SECRET}\n")
        self.refused("netrc has no password for reader at 127.0.0.1: add .machine 127.0.0.1 login reader password")

    def test_keyring(self):
        if "keyring: not built in" in self.navette("--version").out or not keyring.is_installed():
            self.skipTest("there is no keyring, or no libsecret")
        ring = keyring.Keyring(self)
        self.write_config(password=None, password_keyring="service imap.example.org user me")
        self.refused("has no password with the attributes of account test: store it with .secret-tool store")
        ring.add({"service": "imap.example.org", "user": "me"}, SECRET)
        self.sync()
        ring.lock()
        self.refused("the desktop's keyring is locked", status=1)

    def test_user_command(self):
        self.write_config(user=None, user_command="echo reader", password=SECRET)
        self.sync()
        self.assertIn("reader", self.logins[0])
        self.write_config(user=None, user_command="exit 5", password=SECRET)
        self.refused("the user-command of account test failed with exit status 5", status=1)
        # It is no matter of another account, in whatever order, and the status is the worse one.
        self.write_config(password=SECRET)
        with open(self.config, encoding="utf-8") as f:
            good = f.read()
        bad = re.sub(r"(?m)^user = .*", "user-command = exit 5",
                     good.replace("account test", "account other").replace(self.near.root, self.near.root + "-other"))
        for text in (good + bad, bad + good):
            self.logins.clear()
            self.write_config(text)
            self.refused("^navette: other: the user-command of account other failed with exit status 5", status=1)
            self.assertEqual(len(self.logins), 1)
        for command in ("check", "list", "status", "login"):
            run = self.navette(command, "other")
            self.assertEqual((run.status, run.err.count("\n")), (1, 1), run)

    def test_keys_that_do_not_go_together(self):
        for keys, words in (({"password_netrc": "/x"}, "has both password and password-netrc; keep one"),
                            ({"user_command": "echo x"}, "has both user and user-command; keep one"),
                            ({"password": None, "password_keyring": "service"}, "takes up to 8 attributes with their values"),
                            ({"password": None, "password_credential": "../x"}, "must be the name of a credential"),
                            ({"password": None, "password_netrc": "/x", "auth": "oauth2"}, "in place of password-netrc")):
            self.write_config(**keys)
            self.refused(words)


@unittest.skipUnless(os.geteuid() == 0, "only root may look into the memory of a navette")
class InMemory(Scripted):
    def test_one_copy(self):
        """The one that further connections need, whatever file it stood in."""
        netrc = self.write("netrc", f"machine 127.0.0.1 login reader password {SECRET}\n")
        self.write("work", SECRET + "\n")
        self.environment["CREDENTIALS_DIRECTORY"] = self.directory
        for keys in ({"password_netrc": netrc}, {"password_credential": "work"}):
            with self.subTest(keys=keys):
                stalled = Stalled(self, "IMAP4rev1", password=None, **keys)
                copies = count_in_memory(stalled.pid, SECRET.encode())
                for name in ("cmdline", "environ"):
                    self.assertNotIn(SECRET.encode(), stalled.read(name))
                stalled.stop()
                self.assertEqual(copies, 1)


class AtATerminal(Scripted):
    """The program has a terminal, and somebody types on it."""

    def start(self, *arguments):
        process, terminal = pty.fork()
        if process == 0:
            os.execve(BINARY, [BINARY, "-c", self.config, *arguments], self.environment)
        self.addCleanup(os.close, terminal)
        self.addCleanup(self.kill, process)
        return process, terminal

    @staticmethod
    def kill(process):
        try:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        except (ChildProcessError, ProcessLookupError):
            pass

    def read_until(self, terminal, words):
        text, deadline = "", time.monotonic() + TIMEOUT
        while words not in text and time.monotonic() < deadline:
            if select.select([terminal], [], [], 1)[0]:
                try:
                    text += os.read(terminal, 4096).decode(errors="replace")
                except OSError:
                    break  # its other end is closed
        return text

    def finish(self, process, terminal):
        """(exit status, what was shown)"""
        text = self.read_until(terminal, "\0")
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), text

    def test_the_password_is_asked_for(self):
        self.write_config(password="ask")
        process, terminal = self.start("sync")
        self.assertIn("Password of account test (reader at 127.0.0.1): ",
                      self.read_until(terminal, "127.0.0.1): "))
        os.write(terminal, (SECRET + "\n").encode())
        status, text = self.finish(process, terminal)
        self.assertEqual(status, 0, text)
        self.assertNotIn(SECRET, text)
        self.assertEqual(len(self.logins), 1)

    def test_a_wrong_one_is_asked_for_again(self):
        self.write_config(password="ask")
        process, terminal = self.start("sync")
        for answer in ("wrong", SECRET):
            self.read_until(terminal, "127.0.0.1): ")
            os.write(terminal, (answer + "\n").encode())
        status, text = self.finish(process, terminal)
        self.assertEqual(status, 0, text)
        self.assertEqual(len(self.logins), 2)

    def test_interrupted(self):
        self.write_config(password="ask")
        process, terminal = self.start("sync")
        self.read_until(terminal, "127.0.0.1): ")
        os.write(terminal, b"\x03")
        status, text = self.finish(process, terminal)
        self.assertEqual(status, 3, text)
        self.assertIn("stopped by a signal", text)

    def test_never_without_a_terminal(self):
        self.write_config(password="ask")
        os.chmod(self.config, 0o644)  # there is no secret in it
        process = subprocess.run([BINARY, "-c", self.config, "sync"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 env=self.environment, timeout=TIMEOUT, start_new_session=True, check=False)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn("and there is no terminal to ask on", process.stderr)

    def test_a_command_asks_on_the_terminal(self):
        script = self.write("ask", "printf 'pin? ' >/dev/tty; read -r pin </dev/tty; echo \"s3cret-of-$pin\"\n")
        self.write_config(password=None, password_command="sh " + script)
        process, terminal = self.start("sync")
        self.read_until(terminal, "pin? ")
        os.write(terminal, b"theirs\n")
        status, text = self.finish(process, terminal)
        self.assertEqual(status, 0, text)
        process, terminal = self.start("sync")
        self.read_until(terminal, "pin? ")
        os.write(terminal, b"\x03")
        status, text = self.finish(process, terminal)
        self.assertEqual(status, 3, text)
        self.assertIn("stopped by a signal", text)
