"""Many new messages on their way up: how often a run waits, what one bad message does to the others, and
what a broken connection or a kill leaves."""

import os
import re
import subprocess
import sys
import threading
import time

from harness import dovecot, mail, relay
from harness.case import BINARY, Case
from harness.scripted import ScriptedServer

# Prints the peak of resident memory of the command in its arguments, in kB.
MEASURE = ("import resource, subprocess, sys\n"
           "status = subprocess.run(sys.argv[1:], stderr=open('log', 'w')).returncode\n"
           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
           "sys.exit(status)\n")
MANY = 1000
# Login with SCRAM (3), the flight with LIST, SELECT, and the SELECT that confirms.
OTHER_TURNS = 6
FULL = ("IMAP4rev1 SASL-IR ID ENABLE NAMESPACE UNSELECT CONDSTORE QRESYNC ESEARCH LIST-EXTENDED "
        "LIST-STATUS UIDPLUS MULTIAPPEND")


class Uploads(Case):
    def serve(self, **options):
        """A Dovecot behind a relay, one message on both sides."""
        self.standard(**options)
        self.relay = relay.Relay(self.server.port, record=True)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port)
        self.far.append("INBOX", mail.message(0, seed="first"), "\\Seen")
        self.sync()

    def add(self, count, size=4096, seed="new"):
        for i in range(count):
            self.near.add("INBOX", mail.to_near(mail.message(i, seed=seed, size=size)), "S",
                          name=f"{seed}.{i:05d}.test")

    def sent(self):
        return bytes(self.relay.sent)

    def commands(self):
        """The names of the commands sent, without what is in messages."""
        return re.findall(rb"^[AZ]\d+ ((?:UID )?[A-Z]+)", self.sent(), re.MULTILINE)


class Turns(Uploads):
    def measured_sync(self):
        """(how often the run waited, its peak of memory in kB). It waited where its log has a line of
        the server behind one of its own: it reads only when it must."""
        process = subprocess.run(
            [sys.executable, "-c", MEASURE, BINARY, "-c", self.config, "sync", "-vv"],
            env=self.environment, stdout=subprocess.PIPE, text=True, check=False, timeout=300,
            cwd=self.directory)
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as f:
            log = f.read()
        self.assertEqual(process.returncode, 0, log[-2000:])
        speakers = "".join(re.findall(r"^navette: test \d+ ([CS]): ", log, re.MULTILINE))
        return speakers.count("CS"), int(process.stdout.split()[-1])

    def check_turns(self, uploading, disable=None, extensions=" LITERAL+"):
        self.serve(capability=FULL + extensions, mechanisms=dovecot.SCRAM)
        self.write_config(port=self.relay.port, disable_extensions=disable)
        self.add(MANY)
        self.relay.reset()
        turns, peak = self.measured_sync()
        seen, self.sent_commands = self.relay.turns, self.commands()
        print(f"{turns} turns, {peak} kB, seen by the relay: {seen}")
        self.assertLessEqual(turns, OTHER_TURNS + uploading)
        self.assertEqual(self.relay.connections, 1)
        if not os.environ.get("NAVETTE_SANITIZED"):
            self.assertLessEqual(peak, 24_000)
        self.assert_same(count=MANY + 1)
        self.assert_quiet()
        return seen

    def test_with_everything(self):
        seen = self.check_turns(1)
        # As others see it: LOGOUT counts, and the answer to the first command may come during the
        # second.
        self.assertLessEqual(seen, OTHER_TURNS + 3)
        self.assertEqual(self.sent_commands.count(b"APPEND"), 2)

    def test_with_literals_of_4096_bytes(self):
        self.assertLessEqual(self.check_turns(1, extensions=" LITERAL-"), OTHER_TURNS + 3)

    def test_without_multiappend(self):
        # Answers are read when 64 kB of command lines wait for them; the pipe stays filled.
        self.check_turns(2, disable="MULTIAPPEND")
        self.assertEqual(self.sent_commands.count(b"APPEND"), MANY)

    def test_without_uidplus(self):
        self.check_turns(2, disable="UIDPLUS")
        self.assertEqual(self.sent_commands.count(b"UID FETCH"), 1)

    def test_without_multiappend_and_uidplus(self):
        self.check_turns(3, disable="MULTIAPPEND UIDPLUS")

    # Without LITERAL+ the relay sees it right: both sides speak in turn. LOGOUT counts.

    def test_without_literal_plus(self):
        seen = self.check_turns(MANY + 1, disable="LITERAL+")
        self.assertLessEqual(seen, OTHER_TURNS + MANY + 2)
        self.assertEqual(self.sent_commands.count(b"APPEND"), 2)

    def test_without_literal_plus_and_multiappend(self):
        seen = self.check_turns(MANY + 1, disable="LITERAL+ MULTIAPPEND")
        self.assertLessEqual(seen, OTHER_TURNS + MANY + 2)

    def test_without_literal_plus_and_uidplus(self):
        seen = self.check_turns(MANY + 2, disable="LITERAL+ UIDPLUS")
        self.assertLessEqual(seen, OTHER_TURNS + MANY + 3)

    def test_without_any(self):
        seen = self.check_turns(MANY + 2, disable="LITERAL+ MULTIAPPEND UIDPLUS")
        self.assertLessEqual(seen, OTHER_TURNS + MANY + 3)


QUOTA = """
protocol imap {{
  mail_plugins = quota
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  {setting}
}}
"""


class Refused(Uploads):
    """Refusals of a real quota, and limits that the server tells before."""

    def test_one_bad_message_stays_behind_alone(self):
        for disable in (None, "MULTIAPPEND", "LITERAL+", "LITERAL+ MULTIAPPEND UIDPLUS"):
            with self.subTest(disable=disable):
                self.doCleanups()
                self.setUp()
                self.serve(extra=QUOTA.format(setting="quota_max_mail_size = 100k"))
                self.write_config(port=self.relay.port, disable_extensions=disable)
                self.add(60)
                self.add(1, size=200_000, seed="new.00030.large")
                self.relay.reset()
                run = self.sync(status=1)
                lines = run.err.strip().splitlines()
                self.assertEqual(len(lines), 1, run)
                self.assertIn("new.00030.large.00000.test", lines[0])
                self.assertIn("the server refused to store a message in “INBOX”", lines[0])
                self.assertEqual(len(self.far.uids("INBOX")), 61)
                # What stays is tried again, and alone.
                self.relay.reset()
                self.sync(status=1)
                self.assertEqual(self.commands().count(b"APPEND"), 1)
                self.near.remove("INBOX", self.near.find("INBOX", b"<new.00030.large.0@"))
                self.sync()
                self.assert_same(count=61)
                self.assert_quiet()

    def test_an_empty_message_and_one_with_nul_harm_no_other(self):
        self.serve()
        self.add(30)
        self.near.add("INBOX", b"", "S", name="new.00010.empty")
        self.near.add("INBOX", b"Subject: nul\n\n\0\n", "S", name="new.00020.nul")
        self.relay.reset()
        run = self.navette("sync")
        self.assertIn("new.00010.empty", run.err)
        self.assertEqual(run.status, 1, run)
        for i in range(30):
            self.assertEqual(self.sent().count(b"Message-ID: <new.%d@" % i), 1)
        self.assertGreaterEqual(len(self.far.uids("INBOX")), 31)

    def test_a_full_quota_is_told_once(self):
        for disable in (None, "MULTIAPPEND"):
            with self.subTest(disable=disable):
                self.doCleanups()
                self.setUp()
                self.serve(extra=QUOTA.format(setting="quota_rule = *:storage=100K"))
                self.write_config(port=self.relay.port, disable_extensions=disable)
                self.add(100)
                run = self.sync(status=1)
                lines = run.err.strip().splitlines()
                self.assertEqual(len(lines), 2, run)
                self.assertIn("the quota is used up, make room on the server", lines[0])
                stored = len(self.far.uids("INBOX")) - 1
                self.assertGreater(stored, 10)
                self.assertIn(f"for the same reason {100 - stored - 1} more new messages", lines[1])
                self.assertEqual(run.status, 1)
                # Removals go on all the same: they make room.
                for file in self.near.files("INBOX"):
                    if file[1] < f"new.{stored:05d}":
                        self.near.remove("INBOX", file)
                self.sync("--force-delete", status=1)
                self.assertEqual(len(self.far.uids("INBOX")), 0)
                self.sync("--force-delete", status=1)
                self.assertGreater(len(self.far.uids("INBOX")), 10)

    def test_a_message_over_the_limit_is_named_and_not_sent(self):
        self.serve(capability=FULL + " LITERAL+ APPENDLIMIT=100000")
        self.add(20)
        self.add(1, size=200_000, seed="new.00010.large")
        size = len(mail.message(0, seed="new.00010.large", size=200_000))
        self.relay.reset()
        run = self.sync(status=1)
        self.assertEqual(len(run.err.strip().splitlines()), 1, run)
        self.assertIn(f"new.00010.large.00000.test:2,S: it was not sent, because it has {size} bytes "
                      "and the server takes messages of up to 100000 bytes here", run.err)
        self.assertLess(len(self.sent()), 100_000)
        self.assertEqual(self.commands().count(b"APPEND"), 1)
        self.assertEqual(len(self.far.uids("INBOX")), 21)
        self.write_config(port=self.relay.port, disable_extensions="APPENDLIMIT")
        self.sync()
        self.assert_same(count=22)
        self.assert_quiet()


class Scripted(Case):
    """Answers that Dovecot does not give."""

    def serve(self, capabilities):
        self.server = ScriptedServer("IMAP4rev1 " + capabilities)
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        self.near.create("INBOX")

    def add(self, count):
        for i in range(count):
            self.near.add("INBOX", mail.to_near(mail.message(i)), "S", name=f"new.{i:05d}.test")

    def test_a_limit_of_each_mailbox(self):
        self.serve("LITERAL+ APPENDLIMIT")
        self.server.hooks["STATUS"] = lambda session, tag, rest: session.send(
            f"* STATUS INBOX (APPENDLIMIT 2000)\r\n{tag} OK done") or True
        self.add(3)
        self.near.add("INBOX", mail.to_near(mail.message(9, size=3000)), "S")
        run = self.sync(status=1)
        self.assertIn("up to 2000 bytes here", run.err)
        self.assertEqual(len(self.inbox.messages), 3)
        self.assertEqual(self.server.count("STATUS INBOX"), 1)

    def test_no_right_is_told_once_and_nothing_more_is_tried(self):
        self.serve("LITERAL+")
        self.server.hooks["APPEND"] = "TAG NO [NOPERM] not yours"
        self.add(20)
        run = self.sync(status=1)
        lines = run.err.strip().splitlines()
        self.assertEqual(len(lines), 2, run)
        self.assertIn("not yours; the account has no right to do that", lines[0])
        self.assertIn("19 more new messages", lines[1])
        self.server.hooks.clear()
        self.sync()
        self.assertEqual(len(self.inbox.messages), 20)

    def test_a_mailbox_that_went_away(self):
        self.serve("LITERAL+")
        self.server.hooks["APPEND"] = "TAG NO [TRYCREATE] gone"
        self.add(2)
        run = self.sync(status=1)
        self.assertIn("gone; the mailbox does not exist", run.err)

    def test_a_server_that_wants_a_pause_gets_it(self):
        self.serve("LITERAL+")
        self.server.hooks["APPEND"] = "TAG NO Request is throttled. Suggested Backoff Time: 9 s"
        self.add(20)
        run = self.sync(status=3)
        self.assertEqual(len(run.err.strip().splitlines()), 1, run)
        self.assertIn("throttled", run.err)
        self.server.hooks.clear()
        self.sync()
        self.assertEqual(len(self.inbox.messages), 20)


class StandingRelay(relay.Relay):
    """Takes so many bytes from the client, and then none before .go is set."""

    def __init__(self, target, stand_after):
        self.stand_after = stand_after
        self.stands = threading.Event()
        self.go = threading.Event()
        super().__init__(target)

    def count(self, data, down):
        passes = super().count(data, down)
        if not down and self.bytes_up > self.stand_after:
            self.stands.set()
            self.go.wait(60)
        return passes


class Broken(Uploads):
    """0 lost, 0 doubled."""

    def wait_for_the_server(self):
        """Until it has ended all connections but ours: what it got is stored then, or never will be."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with open(os.path.join(self.server.directory, "dovecot.log"), encoding="utf-8",
                      errors="replace") as f:
                log = f.read()
            if log.count("Login: user=<reader>") - log.count("imap(reader)<") <= 1:
                return
            time.sleep(0.02)
        self.fail(log)

    def check_cuts(self, **cut):
        (name, offsets), = cut.items()
        for number, offset in enumerate(offsets):
            with self.subTest(**{name: offset}):
                self.add(200, seed=f"cut{number}")
                self.relay.reset()
                setattr(self.relay, name, offset)
                self.sync()  # it tries again by itself
                self.assertIsNone(getattr(self.relay, name), "nothing was cut")
                self.wait_for_the_server()
                self.sync()
                self.assert_same(count=1 + 200 * (number + 1))
                self.assert_quiet()

    # 200 messages are 824 kB; 700 bytes come before them.
    UP = (800, 5_000, 100_000, 400_000, 700_000, 815_000)

    def test_cut_on_the_way_up(self):
        self.serve()
        self.check_cuts(cut_up_after=self.UP)

    def test_cut_on_the_way_up_without_multiappend(self):
        self.serve()
        self.write_config(port=self.relay.port, disable_extensions="MULTIAPPEND")
        self.check_cuts(cut_up_after=self.UP)

    def test_cut_on_the_way_up_without_uidplus(self):
        self.serve()
        self.write_config(port=self.relay.port, disable_extensions="MULTIAPPEND UIDPLUS")
        self.check_cuts(cut_up_after=self.UP)

    def answers_begin(self):
        """At which byte from the server the answers to APPEND begin: found by a run with one."""
        self.add(1, seed="probe")
        self.relay.reset()
        self.sync()
        return bytes(self.relay.received).index(b"UIDNEXT", bytes(self.relay.received).index(
            b"PERMANENTFLAGS")) + 100

    def check_lost_answers(self, disable, offsets):
        self.serve()
        self.write_config(port=self.relay.port, disable_extensions=disable)
        start = self.answers_begin()
        for number, offset in enumerate(offsets):
            with self.subTest(offset=offset):
                self.add(200, seed=f"cut{number}")
                self.relay.reset()
                self.relay.cut_after = start + offset
                self.sync()  # it tries again by itself
                self.assertIsNone(self.relay.cut_after, "nothing was cut")
                self.wait_for_the_server()
                self.sync()
                self.assert_same(count=2 + 200 * (number + 1))
                self.assert_quiet()

    def test_the_answer_is_lost(self):
        self.check_lost_answers(None, (60, 100))

    def test_some_answers_are_lost(self):
        self.check_lost_answers("MULTIAPPEND", (100, 3_000, 10_000))

    def test_a_file_that_goes_while_others_are_sent(self):
        self.serve()
        self.add(100)
        for i in (0, 50, 99):
            # What the plan has seen, and the upload does not find any more.
            os.symlink("nowhere", os.path.join(self.near.path("INBOX"), "cur",
                                               f"new.{i:05d}.gone:2,S"))
        self.navette("sync")
        for i in (0, 50, 99):
            os.unlink(os.path.join(self.near.path("INBOX"), "cur", f"new.{i:05d}.gone:2,S"))
        self.sync()
        self.assert_same(count=101)
        self.assert_quiet()

    def check_kills(self, disable):
        """Killed when the server has got so many bytes."""
        self.serve()
        self.write_config(port=self.relay.port, disable_extensions=disable)
        for number, reached in enumerate((1_000, 200_000, 500_000, 800_000)):
            with self.subTest(reached=reached):
                self.add(200, seed=f"kill{number}")
                self.relay.reset()
                process = subprocess.Popen([BINARY, "-c", self.config, "sync", "-q"],
                                           stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           env=self.environment)
                while self.relay.bytes_up < reached and process.poll() is None:
                    time.sleep(0.0005)
                process.kill()
                process.wait()
                self.wait_for_the_server()
                self.sync()
                self.assert_same(count=1 + 200 * (number + 1))
                self.assert_quiet()

    def test_killed_while_the_link_stands_still(self):
        """What the kernel still holds must not arrive after the next run has looked for it."""
        self.serve()
        self.add(200)
        link = StandingRelay(self.server.port, stand_after=2_000)
        self.addCleanup(link.stop)
        self.addCleanup(link.go.set)
        self.write_config(port=link.port)
        process = subprocess.Popen([BINARY, "-c", self.config, "sync", "-q"],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=self.environment)
        self.assertTrue(link.stands.wait(30))
        self.wait_until_asleep(process.pid)
        process.kill()
        process.wait()
        self.write_config(port=self.relay.port)
        self.sync()
        link.go.set()
        self.wait_for_the_server()
        self.sync()
        self.assert_same(count=201)

    def wait_until_asleep(self, pid):
        """Until the process has sent what the kernel takes and waits. That it sleeps for something else
        makes the test weaker, not wrong."""
        asleep = 0
        while asleep < 10:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                asleep = asleep + 1 if f.read().rpartition(")")[2].split()[0] == "S" else 0
            time.sleep(0.01)

    def test_killed(self):
        self.check_kills(None)

    def test_killed_without_multiappend(self):
        self.check_kills("MULTIAPPEND")

    def test_killed_without_multiappend_and_uidplus(self):
        self.check_kills("MULTIAPPEND UIDPLUS")
