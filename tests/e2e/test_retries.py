"""A connection that breaks and a server that is busy are no reason to end a run: it tries again after a pause, a few
times. The pauses are parts of `timeout` (1/60, 2/60, ...), which is short here."""

import signal
import subprocess

from harness import mail
from harness.case import BINARY, TIMEOUT, Case
from harness.scripted import Drop, ScriptedServer

THROTTLED = "TAG BAD Request is throttled. Suggested Backoff Time: %d milliseconds"
TRIES = 4  # in vain: the first and three more


class Retries(Case):
    def setUp(self):
        super().setUp()
        self.server = ScriptedServer()
        self.addCleanup(self.server.stop)
        self.inbox = self.server.mailboxes["INBOX"]
        for number in range(3):
            self.inbox.add(mail.message(number))
        self.write_config(timeout="6s")
        self.near.create("INBOX")
        self.near.add("INBOX", mail.to_near(mail.message(20)), "S")

    def show_logs(self):
        """The scripted server has none."""

    def answer(self, name, reply, times):
        """REPLY to the first TIMES commands of that NAME; "drop" closes the connection."""
        left = [times]

        def hook(_session, _tag, rest):
            # LIST "" "" asks for the delimiter only, and its refusal is borne.
            if left[0] == 0 or rest == '"" ""':
                return None
            left[0] -= 1
            if reply == "drop":
                raise Drop
            return reply

        self.server.hooks[name] = hook

    def logins(self):
        return self.server.count(r"^A\d+ LOGIN")

    def assert_together(self, count=4):
        far = sorted(mail.to_near(m.body) for m in self.inbox.messages)
        near = sorted(m[0] for m in self.near.messages("INBOX").values())
        self.assertEqual(far, near)
        self.assertEqual(len(far), count)

    def assert_recovers(self):
        self.server.hooks.clear()
        self.sync()
        self.assert_together()
        self.assert_quiet()

    def test_a_connection_that_breaks_is_made_anew(self):
        for name in ("LOGIN", "LIST", "SELECT", "UID FETCH"):
            with self.subTest(command=name):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.answer(name, "drop", 1)
                self.sync()
                self.assertEqual(self.logins(), 2)
                self.assert_together()
                self.assert_quiet()

    def test_a_broken_upload_is_looked_for_before_it_is_sent_again(self):
        def hook(session, _tag, _rest):
            self.server.hooks.clear()
            self.inbox.add(mail.message(20), ["\\Seen"])  # it arrived, and the answer did not
            raise Drop

        self.server.hooks["APPEND"] = hook
        self.sync()
        self.assertEqual(self.server.count("APPEND"), 1)
        self.assert_together()
        self.assert_quiet()

    def test_not_for_ever(self):
        self.answer("SELECT", "drop", -1)
        run = self.sync(status=3)
        self.assertEqual(self.logins(), TRIES)
        self.assertEqual(run.err.count("closed the connection"), 1, run)
        self.assert_recovers()

    def test_as_long_as_something_gets_done(self):
        """As of a service that drops the connection after so many messages."""
        for number in range(3, 20):
            self.inbox.add(mail.message(number))

        def hook(session, tag, rest):
            uids, _, items = rest.partition(" ")
            if "BODY.PEEK[]" not in items:
                return None
            first = session.wanted(uids)[0][1].uid
            session.do_uid_fetch(tag, f"{first}:{first + 1} {items}", [])
            raise Drop

        self.server.hooks["UID FETCH"] = hook
        run = self.sync()
        self.assertIn("20 downloaded", run.out)
        self.assertGreater(self.logins(), TRIES)
        self.assert_together(21)
        self.assert_quiet()

    def test_a_busy_server_is_asked_again(self):
        for name, reply in (
                ("LOGIN", "TAG NO [ALERT] Too many simultaneous connections. (Failure)"),
                ("LOGIN", "TAG NO [UNAVAILABLE] not now"), ("LIST", "TAG NO Server Unavailable. 15"),
                ("SELECT", "TAG NO [INUSE] somebody else has it"),
                ("SELECT", "TAG BAD User is authenticated but not connected."),
                ("SELECT", THROTTLED % 150), ("UID FETCH", THROTTLED % 150)):
            with self.subTest(command=name, reply=reply):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.answer(name, reply, 2)
                self.sync()
                self.assertEqual(self.logins(), 3, self.server.log)
                self.assert_together()
                self.assert_quiet()

    def test_a_server_that_stays_busy(self):
        self.server.greeting = "* BYE Too many connections."
        run = self.sync(status=3)
        self.assertEqual(run.err.count("Too many"), 1, run)
        self.server.greeting = "* OK [CAPABILITY IMAP4rev1] hello"
        self.assert_recovers()

    def test_a_mailbox_in_use_does_not_stop_the_others(self):
        self.server.mailboxes["Other"] = type(self.inbox)()
        self.server.mailboxes["Other"].add(mail.message(30))
        self.server.hooks["SELECT"] = lambda _session, _tag, rest: (
            "TAG NO [INUSE] locked" if "INBOX" in rest else None)
        run = self.sync(status=3)
        self.assertEqual(run.err.count("locked"), 1, run)
        self.assertEqual(len(self.near.files("Other")), 1)
        # What was done in the first round counts: only those after it were in vain.
        self.assertEqual(self.server.count(r"SELECT \"?INBOX"), TRIES + 1)
        self.assert_recovers()

    def test_a_list_is_asked_for_again(self):
        for name, reply in (("LOGIN", "drop"), ("LIST", "TAG NO Server Unavailable. 15"),
                            ("LIST", "drop")):
            with self.subTest(command=name, reply=reply):
                before = self.logins()
                self.answer(name, reply, 2)
                run = self.navette("list")
                self.assertEqual((run.status, run.err), (0, ""), run)
                self.assertIn("test/INBOX\tboth\t", run.out)
                self.assertEqual(self.logins(), before + 3)
                self.server.hooks.clear()

    def test_a_list_that_never_comes(self):
        self.server.greeting = "* BYE Too many connections."
        run = self.navette("list")
        self.assertEqual((run.status, run.out), (3, ""), run)
        self.assertEqual(run.err.count("Too many"), 1, run)

    def test_what_a_later_round_cured_is_no_problem_of_the_run(self):
        """Of the first try one message fails and then the connection; the second gets all."""
        def hook(session, tag, rest):
            uids, _, items = rest.partition(" ")
            if "BODY.PEEK[]" not in items:
                return None
            if ":" in uids:
                return "TAG NO some messages could not be fetched"
            if uids == "2":
                return "TAG NO not this one"
            if uids == "3":
                self.server.hooks.clear()
                raise Drop
            return None

        self.server.hooks["UID FETCH"] = hook
        run = self.sync()
        self.assertIn("UID 2: ", run.err)
        self.assert_together()
        status = self.navette("status")
        self.assertEqual(status.status, 0, status)
        self.assertIn("all in sync", status.out)
        self.assertNotIn("not this one", status.out)

    def test_a_long_pause_is_left_to_the_user(self):
        self.answer("UID FETCH", THROTTLED % 299961, -1)
        run = self.sync(status=3)
        self.assertIn("300 seconds", run.err)
        self.assertEqual((self.logins(), self.server.count("UID FETCH")), (1, 1))
        self.assert_recovers()

    def test_a_full_quota_does_not_pass(self):
        self.answer("APPEND", "TAG NO [OVERQUOTA] full", -1)
        self.server.hooks["LITERAL"] = "TAG NO [OVERQUOTA] full"
        run = self.sync(status=1)
        self.assertIn("full", run.err)
        self.assertEqual(self.server.count("APPEND"), 1)
        self.assert_recovers()

    def test_a_signal_ends_the_pause(self):
        self.write_config(timeout="3600s")  # the first pause is a minute
        self.answer("LOGIN", "TAG NO [UNAVAILABLE] not now", -1)
        process = subprocess.Popen([BINARY, "-c", self.config, "-v", "sync"],
                                   env=self.environment, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "trying again" in line:
                break
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIMEOUT), 3)
        self.assertIn("stopped by a signal", process.stderr.read())
        process.stderr.close()
        self.assertEqual(self.logins(), 1)
