"""Secrets stay where they must be, and files are the user's own."""

import base64
import os
import re
import shutil
import subprocess
import threading
import time
import unittest

from harness import dovecot, mail
from harness.case import BINARY, Case
from harness.scripted import Drop, ScriptedServer

SECRET = "Sesam-öffne \"dich\" 4711"
PLAIN = "Sesam.oeffne.dich.4711"
QUOTED = 'Sesam"oeffne"dich\\4711'


def forms(user, secret):
    """How a password may show itself."""
    raw = secret.encode()
    return [raw, base64.b64encode(b"\0" + user.encode() + b"\0" + raw),
            base64.b64encode(raw), raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')]


def count_in_memory(pid, needle):
    """How often NEEDLE stands in what the process PID can write to."""
    count = 0
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, _offset, _device, _inode, *path = line.split(maxsplit=5)
            if "rw" not in rights or (path and path[0].startswith(("[vvar", "[vsyscall"))):
                continue
            start, end = (int(number, 16) for number in span.split("-"))
            if end - start > 1 << 32:
                continue  # a sanitizer's shadow, not memory of the program's
            try:
                memory.seek(start)
                count += memory.read(end - start).count(needle)
            except (OSError, ValueError):
                pass  # a guard page
    return count


class Stalled:
    """A running navette whose server does not answer its SELECT."""

    def __init__(self, case, capabilities, user=None, **keys):
        self.reached, self.go_on = threading.Event(), threading.Event()
        case.server = ScriptedServer(capabilities)
        case.addCleanup(case.server.stop)
        case.addCleanup(self.go_on.set)
        case.server.hooks["SELECT"] = self.stall
        case.server.hooks["AUTHENTICATE"] = self.authenticate
        case.write_config(**keys)
        self.program = os.path.join(case.directory, "navette") if user else BINARY
        for directory, _names, files in os.walk(case.directory) if user else ():
            for name in [".", *files]:
                os.chown(os.path.join(directory, name), user["user"], user["group"])
        self.process = subprocess.Popen(
            [self.program, "-c", case.config, "sync"], **(user or {}), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=case.environment)
        case.addCleanup(self.stop)
        if not self.reached.wait(60):
            raise AssertionError("it never came to a SELECT", case.server.log)
        self.pid = self.process.pid

    def stall(self, _session, _tag, _rest):
        self.reached.set()
        self.go_on.wait(60)
        raise Drop

    @staticmethod
    def authenticate(session, _tag, rest):
        if " " not in rest:  # no SASL-IR
            session.send("+ ")
            session.reader.readline()
        return "TAG OK in"

    def stop(self):
        self.process.kill()
        self.process.wait()

    def read(self, name):
        with open(f"/proc/{self.pid}/{name}", "rb") as f:
            return f.read()


class InAProcess(Case):
    """Of a run in the middle of its work."""

    def test_no_core_file_and_no_look_into_its_memory(self):
        user = self.become_a_user() if os.geteuid() == 0 else {}
        stalled = Stalled(self, "IMAP4rev1", user=user, password=PLAIN)
        self.assertRegex(stalled.read("limits").decode(), r"Max core file size +0 +0 ")
        # A process that cannot be dumped belongs to root here: no other of its user's looks into it.
        self.assertEqual(os.stat(f"/proc/{stalled.pid}/mem").st_uid, 0)
        self.assertNotEqual(os.stat(stalled.program).st_uid, 0)

    def become_a_user(self):
        """For Popen: a user without rights, to whom all of the test is given."""
        shutil.copy(BINARY, os.path.join(self.directory, "navette"))
        return {"user": 65534, "group": 65534, "extra_groups": []}

    def test_neither_arguments_nor_environment(self):
        for keys in ({"password": PLAIN},
                     {"password": None, "password_command": f"echo {PLAIN[:5]}{PLAIN[5:]}"}):
            stalled = Stalled(self, "IMAP4rev1", **keys)
            for name in ("cmdline", "environ"):
                self.assertNotIn(PLAIN.encode(), stalled.read(name))
            stalled.stop()

    @unittest.skipUnless(os.geteuid() == 0, "only root may look into the memory of a navette")
    def test_one_copy_in_memory(self):
        """The one that further connections need; whatever the login has made of it is wiped."""
        ways = {"auto": "IMAP4rev1", "plain": "IMAP4rev1 AUTH=PLAIN", "login": "IMAP4rev1 SASL-IR",
                "auto ir": "IMAP4rev1 AUTH=PLAIN SASL-IR"}
        if os.environ.get("NAVETTE_SANITIZED"):  # its memory is large: it takes a minute
            ways = {"auto ir": ways["auto ir"]}
        for auth, capabilities in ways.items():
            for keys in ({"password": PLAIN},
                         {"password": None, "password_command": "cat " + self.secret_file()}):
                with self.subTest(auth=auth, **keys):
                    stalled = Stalled(self, capabilities, auth=auth.split()[0], **keys)
                    copies = count_in_memory(stalled.pid, PLAIN.encode())
                    encoded = base64.b64encode(b"\0reader\0" + PLAIN.encode())
                    others = count_in_memory(stalled.pid, encoded)
                    stalled.stop()
                    self.assertEqual((copies, others), (1, 0))

    @unittest.skipUnless(os.geteuid() == 0, "only root may look into the memory of a navette")
    def test_one_copy_of_a_token_in_memory(self):
        for capabilities, head in (("IMAP4rev1 SASL-IR AUTH=XOAUTH2", "user=reader\x01"),
                                   ("IMAP4rev1 AUTH=OAUTHBEARER", "n,a=reader,\x01host=127.0.0.1\x01port={port}\x01")):
            with self.subTest(capabilities=capabilities):
                stalled = Stalled(self, capabilities, password=None, token_command="cat " + self.secret_file())
                text = head.format(port=self.server.port) + f"auth=Bearer {PLAIN}\x01\x01"
                copies = [count_in_memory(stalled.pid, form)
                          for form in (PLAIN.encode(), base64.b64encode(text.encode()))]
                for name in ("cmdline", "environ"):
                    self.assertNotIn(PLAIN.encode(), stalled.read(name))
                stalled.stop()
                self.assertEqual(copies, [1, 0])

    def secret_file(self):
        path = os.path.join(self.directory, "secret")
        with open(path, "w", encoding="utf-8") as f:
            f.write(PLAIN + "\n")
        return path


class OnPaper(Case):
    """In what a run writes and says."""

    def assert_nowhere(self, text, secret):
        for form in forms("reader", secret):
            self.assertNotIn(form.decode(), text)

    def test_no_log_shows_it(self):
        for capabilities in ("IMAP4rev1", "IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 AUTH=PLAIN SASL-IR",
                             "IMAP4rev1 LITERAL+"):
            for secret in (SECRET, PLAIN):
                with self.subTest(capabilities=capabilities, secret=secret):
                    self.server = ScriptedServer(capabilities)
                    self.addCleanup(self.server.stop)
                    self.server.hooks["AUTHENTICATE"] = Stalled.authenticate
                    self.write_config(password=secret)
                    run = self.sync("-vv")
                    self.assertRegex(run.err, r"(LOGIN|AUTHENTICATE|\*\*\*)")
                    self.assert_nowhere(run.err + run.out, secret)

    def test_a_refused_login_does_not_show_it(self):
        self.server = ScriptedServer("IMAP4rev1")
        self.addCleanup(self.server.stop)
        self.server.hooks["LOGIN"] = "TAG NO [AUTHENTICATIONFAILED] no"
        self.write_config(password=SECRET)
        run = self.sync("-vv", status=1)
        self.assert_nowhere(run.err + run.out, SECRET)

    def test_a_server_that_repeats_what_was_sent(self):
        """In the refusal, in a line without sense, as a tag, in an ALERT and in the BYE; as a
        quoted string, and as the base64 of AUTHENTICATE with and without SASL-IR."""
        for capabilities in ("IMAP4rev1", "IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 AUTH=PLAIN SASL-IR"):
            server = self.server = ScriptedServer(capabilities)
            self.addCleanup(server.stop)
            self.write_config(password=QUOTED, timeout="1s")
            for answer in ("TAG NO [AUTHENTICATIONFAILED] what is {}?", "TAG BAD {cut}",
                           "* {} (\r\nTAG NO no", "{last} BAD {}",
                           "* OK [ALERT] {}\r\n* BYE {}\r\nTAG NO {}"):
                with self.subTest(capabilities=capabilities, answer=answer):
                    self.repeat(answer)

    def repeat(self, answer):
        sent = []

        def give_back(session, _tag, rest):
            if rest == "PLAIN":
                session.send("+ ")
                rest = session.reader.readline().decode().strip()
            sent.append(rest)
            return answer.format(rest, rest, rest, last=rest.split()[-1], cut=rest[:-4])

        self.server.hooks["AUTHENTICATE"] = self.server.hooks["LOGIN"] = give_back
        runs = [self.navette("sync", "-vv"), self.navette("status"), self.navette("--json", "status"),
                self.navette("--json", "sync")]
        self.assertNotEqual(runs[0].status, 0)
        self.assertGreater(len(sent), 1)
        said = "".join(run.out + run.err for run in runs)
        self.assertRegex(runs[0].err, r" S: .*\*\*\*")
        for directory, _names, files in os.walk(os.path.join(self.directory, "state")):
            for name in files:
                with open(os.path.join(directory, name), "rb") as f:
                    said += f.read().decode(errors="replace")
        self.assert_nowhere(said, QUOTED)
        self.assertNotIn(base64.b64encode(b"\0reader\0" + QUOTED.encode()).decode()[12:-8], said)
        self.assertNotIn("dich", said)

    def test_no_file_holds_it_and_all_are_the_users_own(self):
        self.standard(mechanisms=dovecot.SCRAM)
        secret = self.server.password
        self.far.create("Lists/deep")
        self.near.create("INBOX")
        for i in range(3):
            self.far.append("INBOX", mail.message(i), "\\Seen" if i else "")
            self.near.add("INBOX", mail.to_near(mail.message(10 + i)), "S")
        for mask in (0, 0o777):
            old = os.umask(mask)
            try:
                self.far.append("INBOX", mail.message(100 + mask))
                self.sync()
            finally:
                os.umask(old)
        self.assert_same(count=8)
        own = [self.near.root, os.path.join(self.directory, "state")]
        seen = 0
        for root in own:
            for directory, _names, files in os.walk(root):
                if directory != root and not self.made_by_the_test(directory):
                    self.assertEqual(os.stat(directory).st_mode & 0o7777, 0o700, directory)
                for name in files:
                    path = os.path.join(directory, name)
                    with open(path, "rb") as f:
                        self.assertNotIn(secret.encode(), f.read(), path)
                    if not self.made_by_the_test(path):
                        self.assertEqual(os.stat(path).st_mode & 0o7777, 0o600, path)
                        seen += 1
        self.assertGreaterEqual(seen, 5)

    def made_by_the_test(self, path):
        """The harness's own mails, and the Maildir it made for them."""
        inbox = os.path.join(self.near.root, "INBOX")
        if path == inbox or os.path.dirname(path) == inbox:
            return True
        if not os.path.isfile(path) or not path.startswith(inbox):
            return False
        with open(path, "rb") as f:
            return re.search(rb"<0\.1[0-2]@", f.read()) is not None


class Configuration(Case):
    """Whose commands are run."""

    def setUp(self):
        super().setUp()
        self.write_config("[account a]\nhost = 127.0.0.1\nport = 1\nuser = u\ntls = none\n"
                          f"password-command = touch {self.directory}/run; echo x\n"
                          f"maildir = {self.near.root}\n")

    def refused(self, words):
        run = self.sync(status=2)
        self.assertIn(words, run.err)
        self.assertFalse(os.path.exists(os.path.join(self.directory, "run")))

    def test_writable_by_all(self):
        os.chmod(self.config, 0o646)
        self.refused("everybody may write")

    def test_in_a_directory_writable_by_all(self):
        os.chmod(self.directory, 0o777)
        self.refused("everybody may replace")

    def test_below_a_directory_writable_by_all(self):
        inner = os.path.join(self.directory, "open", "private")
        os.makedirs(inner, mode=0o755)
        os.chmod(os.path.dirname(inner), 0o777)
        os.rename(self.config, os.path.join(inner, "config"))
        self.config = os.path.join(inner, "config")
        self.refused("everybody may replace")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_of_another_user(self):
        os.chown(self.config, 12345, 12345)
        self.refused("belongs to another user")

    def test_a_sticky_directory_and_a_group_are_fine(self):
        os.chmod(self.directory, 0o1777)
        os.chmod(self.config, 0o664)
        run = self.sync(status=3)
        self.assertNotIn("everybody", run.err)
        self.assertTrue(os.path.exists(os.path.join(self.directory, "run")))


class PasswordCommand(Case):
    """/bin/sh -c, and no surprises."""

    def ask(self, command, status=0, **keys):
        self.server = ScriptedServer("IMAP4rev1")
        self.addCleanup(self.server.stop)
        self.write_config(password=None, password_command=command, **keys)
        return self.sync(status=status)

    def script(self, text):
        path = os.path.join(self.directory, "command")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return "exec sh " + path

    def told(self):
        with open(os.path.join(self.directory, "told"), encoding="utf-8") as f:
            return f.read().splitlines()

    def test_what_it_inherits(self):
        """Nothing to read, no descriptor but the three, a process group of its own, the
        environment, and signals as they come."""
        told = os.path.join(self.directory, "told")
        self.ask(self.script(
            # No pipeline, for whose time the shell would hold its pipes.
            f"ls /proc/$$/fd >{told}.fd; exec 9>{told}; readlink /proc/$$/fd/0 >&9\n"
            "cut -d' ' -f5 /proc/$$/stat >&9; echo $$ >&9; echo \"$XDG_STATE_HOME\" >&9\n"
            # By the shell itself: while it starts a command it blocks all signals.
            "while read -r key value; do case $key in SigBlk:|SigIgn:) echo $key $value >&9; esac; done"
            " </proc/$$/status; echo x\n"))
        stdin, group, pid, home, blocked, ignored = self.told()
        with open(told + ".fd", encoding="ascii") as f:
            descriptors = f.read()
        self.assertEqual(stdin, "/dev/null")
        # The shell keeps what it needs for itself from 10 on.
        self.assertLessEqual(set(descriptors.split()), {"0", "1", "2", "10", "11"})
        self.assertEqual(group, pid)
        self.assertEqual(home, os.path.join(self.directory, "state"))
        self.assertEqual(int(ignored.split()[1], 16) & 1 << 12, 0, "SIGPIPE is ignored")
        self.assertEqual(int(blocked.split()[1], 16), 0)

    def test_the_first_line_is_the_password(self):
        seen = []
        hook = {"LOGIN": lambda _session, _tag, rest: seen.append(rest)}
        self.server = ScriptedServer("IMAP4rev1")
        self.addCleanup(self.server.stop)
        self.server.hooks.update(hook)
        self.write_config(password=None,
                          password_command=r"printf 'a  b\r\nuser: me\nurl: x\n'; echo warn >&2")
        self.sync()
        self.assertEqual(seen, ['"reader" "a  b"'])

    def test_it_is_ended_with_all_it_started(self):
        started = time.monotonic()
        told = os.path.join(self.directory, "told")
        run = self.ask(f"sleep 3457 & echo $! >{told}; wait", status=1, timeout="1s")
        self.assertIn("did not end within 1 second ", run.err)
        pid = int(self.told()[0])
        while time.monotonic() < started + 60 and self.runs(pid):
            time.sleep(0.02)
        self.assertFalse(self.runs(pid), "the sleep still runs")

    @staticmethod
    def runs(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                return f.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def test_its_complaint_is_shown_and_its_output_is_not(self):
        run = self.ask(f"echo {PLAIN}; echo the agent is locked >&2; exit 7", status=1)
        self.assertIn("failed with exit status 7; it said: the agent is locked", run.err)
        self.assertEqual(run.err.replace(f"echo {PLAIN}", "").count(PLAIN), 0)
