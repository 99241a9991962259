"""navette init: the questions, what they come to, and what it never does."""

import os
import pty
import select
import stat
import subprocess
import time

from harness import mail
from harness.case import BINARY, TIMEOUT, Case, Run


class Init(Case):
    def setUp(self):
        super().setUp()
        self.config = os.path.join(self.directory, "xdg", "navette", "config")
        self.environment.update(LC_ALL="C", PATH=os.path.join(self.directory, "bin") + ":" + os.environ["PATH"])
        os.makedirs(os.path.join(self.directory, "bin"))
        self.add_program("systemctl", "exit 1\n")

    def add_program(self, name, script):
        path = os.path.join(self.directory, "bin", name)
        with open(path, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

    def init(self, *arguments, answers="", status=0):
        process = subprocess.run([BINARY, "init", *arguments], input=answers, capture_output=True, text=True,
                                 timeout=TIMEOUT, env=self.environment, check=False)
        run = Run(process)
        self.assertEqual(run.status, status, run)
        self.assertNotIn("Sanitizer", run.err)
        return run

    def options(self, **more):
        values = {"address": "reader@example.org", "host": "127.0.0.1", "port": self.server.port, "tls": "none",
                  "user": "reader", "password_command": f"echo {self.server.password}", "maildir": self.near.root}
        values.update(more)
        return ["--non-interactive"] + [word for key, value in values.items() if value is not None
                                        for word in (f"--{key.replace('_', '-')}", str(value))]

    def text(self):
        with open(self.config, encoding="utf-8") as f:
            return f.read()

    def start(self, **options):
        self.server = self.start_dovecot(**options)
        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(1))

    def leftovers(self):
        directory = os.path.dirname(self.config)
        return [name for name in os.listdir(directory) if name != "config"] if os.path.isdir(directory) else []

    def test_by_options(self):
        self.start()
        self.far.create("Work")
        run = self.init(*self.options())
        self.assertIn("Logging in at 127.0.0.1", run.out)
        self.assertRegex(run.out, r"(?m)^ +1 +\d+ B  INBOX$")
        self.assertIn("2 folders, 1 message, ", run.out)
        self.assertEqual(stat.S_IMODE(os.stat(self.config).st_mode), 0o600)
        self.assertEqual(self.leftovers(), [])
        self.assertIn("[account example]", self.text())
        self.assertEqual(self.sync().err, "")
        self.assert_same(count=1)
        before = self.text()
        run = self.init(*self.options(), status=2)
        self.assertIn(f"there is a configuration already, and it stays as it is: {self.config}", run.err)
        self.assertEqual(self.text(), before)

    def test_by_answers(self):
        self.start()
        self.far.create("Lists")
        self.far.create("Lists/sub")
        run = self.init("--tls", "none", "--port", str(self.server.port), "--host", "127.0.0.1", status=2,
                        answers="reader@example.org\n")
        self.assertIn("there is no answer; nothing was written", run.err)
        answers = ["nobody", "reader@example.org", "my mail", "reader", "6", "wrong", self.near.root, "", "6",
                   self.server.password, "3"]
        run = self.init("--tls", "none", "--port", str(self.server.port), "--host", "127.0.0.1",
                        answers="\n".join(answers) + "\n")
        self.assertIn("That is no mail address", run.out)
        self.assertIn("it is called mymail", run.out)
        self.assertIn("That does not work: ", run.out)
        self.assertIn("refused the login of reader", run.out.replace("\n", " "))
        self.assertNotIn("Proton", run.out)
        text = self.text()
        self.assertIn(f"password = {self.server.password}\n", text)
        self.assertIn("[channel mymail/lists]\nfolders = Lists,\n    Lists/**\nbody = headers\n", text)
        self.assertIn("[channel mymail/rest]\nfolders = **\n", text)
        self.assertNotIn(self.server.password, run.out + run.err)
        self.sync()
        self.assertEqual(self.navette("check", "-q").status, 0)

    def test_what_is_kept(self):
        self.start()
        for word, lines in (("year", "max-age = 1y\nkeep = unseen flagged\n"),
                            ("backup", "push = none\npull = new flags\n")):
            self.init(*self.options(keep=word))
            self.assertIn(lines, self.text())
            self.assertEqual(self.navette("list").status, 0)
            os.unlink(self.config)
        run = self.init(*self.options(keep="most"), status=2)
        self.assertIn("--keep is all, year, lists or backup, not most", run.err)
        self.assertEqual(self.leftovers(), [])

    def test_a_folder_of_all_mail_is_left_out(self):
        self.start(extra="namespace inbox {\n  mailbox Everything {\n    auto = create\n    special_use = \\All\n  }\n}\n")
        self.init(*self.options())
        self.assertIn("[channel example/rest]\nfolders = **, !\\All\n", self.text())
        self.sync()
        self.assertEqual(self.near.folders(), ["INBOX"])

    def test_what_fails_writes_nothing(self):
        self.start()
        for status, expected, options in (
                (1, "refused", {"password_command": "echo wrong"}),
                (1, "oh dear", {"password_command": "echo oh dear >&2; exit 1"}),
                (3, "127.0.0.1", {"port": 1}),
                (2, "--tls is implicit, starttls or none", {"tls": "yes"}),
                (2, "--port is a number", {"port": "imap"}),
                (2, "is no mail address", {"address": "reader"}),
                (2, "give --password-command", {"password_command": None}),
                (1, "it has no IMAP", {"address": "me@tutanota.com", "host": None})):
            run = self.init(*self.options(**options), status=status)
            self.assertIn(expected, run.err)
            self.assertFalse(os.path.exists(self.config))
            self.assertEqual(self.leftovers(), [])
        self.init(*self.options(port=1), "--no-login")
        self.assertIn("port = 1\n", self.text())

    def test_a_known_provider(self):
        run = self.init("--non-interactive", "--no-login", "--address", "me@gmail.com", "--password-command", "pass x")
        self.assertIn("Provider: Gmail", run.out)
        self.assertIn("app password", run.out.replace("\n", " "))
        self.assertIn("host = imap.gmail.com\nuser = me@gmail.com\npassword-command = pass x\nmaildir = ~/Mail/gmail\n",
                      self.text())
        os.unlink(self.config)
        self.init("--non-interactive", "--no-login", "--address", "me@icloud.com", "--name", "apple",
                  "--token-command", "token me")
        self.assertIn("[account apple]\nhost = imap.mail.me.com\nuser = me\ntoken-command = token me\n", self.text())

    def test_a_guess_that_answers(self):
        """The names imap.localhost and mail.localhost may or may not lead here as well."""
        self.start()
        run = self.init(*self.options(address="reader@localhost", host=None))
        self.assertIn("a guess, and a server answers there", run.out.replace("\n", " "))
        self.assertRegex(self.text(), r"host = (imap\.|mail\.|)localhost\n")

    def test_without_a_configuration(self):
        self.config = os.path.join(self.directory, "none")
        run = self.navette("status")
        self.assertEqual(run.status, 2)
        self.assertIn(f"there is no configuration {self.config} yet; navette -c {self.config} init asks", run.err)

    def test_options_of_another_command(self):
        run = self.navette("sync", "--host", "x")
        self.assertEqual(run.status, 2)
        self.assertIn("--host is an option of navette init alone; see navette help init", run.err)
        run = self.navette("help", "init")
        self.assertEqual(run.status, 0)
        self.assertIn("--non-interactive", run.out)
        self.assertNotIn("--non-interactive", self.navette("--help").out)
        self.assertIn("did you mean sync?", self.navette("help", "snyc").err)

    def test_a_login_by_browser(self):
        answers = ["me@gmail.com", "", "", "", "8", "123.apps.googleusercontent.com", "", "", ""]
        run = self.init(answers="\n".join(answers) + "\n")
        self.assertIn('First log in: "navette login gmail"', run.out.replace("\n", " "))
        self.assertIn("oauth = google\nclient-id = 123.apps.googleusercontent.com\n"
                      "client-secret-command = cat ~/.config/navette/google-secret\n", self.text())
        self.assertNotEqual(self.navette("status").status, 2)

    def test_other_places_of_a_password(self):
        for number, line in (("2", "password-keyring = navette example\n"), ("4", "password-credential = example\n"),
                             ("7", "password = ask\n")):
            self.init("--no-login", "--host", "127.0.0.1", "--user", "me", "--name", "example", "--maildir", "~/M",
                      "--keep", "all", "--address", "me@example.org",
                      answers=number + "\n" + ("\n" if number == "4" else ""))
            self.assertIn(line, self.text())
            self.assertNotEqual(self.navette("status").status, 2)
            os.unlink(self.config)

    def test_timer(self):
        self.start()
        self.add_program("systemctl", f'echo "$@" >>{self.directory}/said\n')
        self.init(*self.options(), "--timer")
        with open(f"{self.directory}/said", encoding="ascii") as f:
            self.assertEqual(f.read(), "--user enable --now navette.timer\n")
        os.unlink(self.config)
        answers = [self.server.password, "1", "no", "yes"]
        self.init(*self.options(password_command=None)[1:], answers="\n".join(["example", "6", *answers]) + "\n")
        with open(f"{self.directory}/said", encoding="ascii") as f:
            self.assertEqual(f.read().splitlines()[1:],
                             ["--user cat --no-pager navette.timer", "--user enable --now navette.timer"])
        os.unlink(self.config)
        self.init(*self.options(), "--watch")
        with open(f"{self.directory}/said", encoding="ascii") as f:
            self.assertEqual(f.read().splitlines()[3:], ["--user enable --now navette-watch.service"])

    def test_on_a_narrow_terminal(self):
        """Nothing of the conversation is wider than the terminal, the password is not shown, and there are neither
        colours nor other bytes than ASCII."""
        self.start()
        said, status = self.talk(
            [*self.options(password_command=None, name="example")[1:]],
            [(b"Number [", b"6\n"), (b"Password:", self.server.password.encode() + b"\n"),
             (b"here?", b""), (b"Number [1]:", b"1\n")])
        self.assertEqual(status, 0, said)
        self.assertNotIn(self.server.password.encode(), said)
        self.assertTrue(said.isascii(), said)
        self.assertNotIn(b"\x1b", said)
        for line in said.decode().splitlines():
            self.assertLessEqual(len(line), 40 if " " in line.strip() else 400, line)

    def talk(self, arguments, steps):
        """Runs it on a terminal of 40 columns; STEPS are what to wait for and what to type then."""
        pid, terminal = pty.fork()
        if pid == 0:
            import fcntl
            import struct
            import termios
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
            os.execve(os.path.abspath(BINARY), ["navette", "init", *arguments], self.environment)
        said, steps, deadline = b"", list(steps), time.monotonic() + TIMEOUT
        mark = 0
        while time.monotonic() < deadline:
            if steps and steps[0][0] in said[mark:]:
                mark = said.index(steps[0][0], mark) + len(steps[0][0])
                os.write(terminal, steps.pop(0)[1])
                continue
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if not data:
                break
            said += data
        os.close(terminal)
        return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
