"""Limits on what an account may transfer or ask in a time, which Gmail tells with the code of a full mailbox: the
account stops at the first such answer, with the time to come back; and logins that need another kind of password."""

import re

from harness import mail
from harness.case import Case
from harness.scripted import Mailbox, ScriptedServer

LIMIT = "NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)"
WHEN = "run again in an hour"


def start(case):
    server = ScriptedServer("IMAP4rev1 UIDPLUS LITERAL+")
    case.addCleanup(server.stop)
    return server


class Limits(Case):
    def setUp(self):
        super().setUp()
        self.server = start(self)
        for name in ("INBOX", "Other", "Third"):
            self.server.mailboxes.setdefault(name, Mailbox())
            for number in range(3):
                self.server.mailboxes[name].add(mail.message(number))
        self.write_config()

    def limit(self, command, words, answer=LIMIT):
        """COMMANDs that hold WORDS are refused."""
        self.server.hooks = {command: lambda _s, tag, rest: f"{tag} {answer}" if words in rest else None}
        self.server.log.clear()

    def one_refusal(self, pattern, words=WHEN, count=1):
        """COUNT: commands that stood in one flight when the first was refused."""
        run = self.sync(status=3)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn(words, run.err)
        for wrong in ("make room", "check user", "wants to be left alone"):
            self.assertNotIn(wrong, run.err)
        self.assertEqual(self.server.count(pattern), count, self.server.log)
        return run

    def heals(self):
        self.server.hooks = {}
        self.sync()
        for name, box in self.server.mailboxes.items():
            self.assertEqual(len(self.near.files(name)), len(box.messages))

    def test_at_login(self):
        self.limit("LOGIN", "")
        self.one_refusal("LOGIN")
        run = self.navette("check")
        self.assertEqual(run.status, 3, run)
        self.assertIn(WHEN, run.out + run.err)
        self.heals()

    def test_at_select(self):
        self.limit("SELECT", "")
        self.one_refusal("SELECT INBOX")
        self.heals()

    def test_what_came_before_stays(self):
        """500 messages are one command: those of the first are not asked for again."""
        for number in range(10, 530):
            self.server.mailboxes["INBOX"].add(mail.message(number))
        self.write_config(connections=1, order="oldest")
        asked = []

        def second(_session, tag, rest):
            asked.append(rest)
            return f"{tag} {LIMIT}" if len(asked) == 2 else None
        self.limit("UID FETCH", "")
        self.server.hooks = {"UID FETCH": second}
        run = self.sync(status=3)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertEqual((len(asked), len(self.near.files("INBOX"))), (2, 500))
        self.server.log.clear()
        self.heals()
        self.assertEqual(self.server.count(r"UID FETCH (501|50\d):.*BODY\.PEEK\[\]"), 1, self.server.log)

    def test_other_words_on_a_fetch(self):
        self.limit("UID FETCH", "BODY.PEEK[]", "NO [OVERQUOTA] come back later")
        self.one_refusal(r"BODY\.PEEK\[\]", count=3)
        self.limit("UID FETCH", "BODY.PEEK[]", "NO [LIMIT] UID FETCH Rate limit hit.")
        self.one_refusal(r"BODY\.PEEK\[\]", count=3)
        self.heals()

    def test_at_append_and_store(self):
        self.heals()
        for number in range(10, 14):
            self.near.add("INBOX", mail.to_near(mail.message(number)), "S")
        self.limit("APPEND", "")
        run = self.sync(status=3)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertIn(WHEN, run.err)
        self.heals()
        self.near.set_letters("INBOX", self.near.find("INBOX", b"<0.1@"), "FS")
        self.limit("UID STORE", "")
        self.one_refusal("UID STORE")
        self.heals()

    def test_a_full_mailbox_is_one(self):
        self.heals()
        self.near.add("INBOX", mail.to_near(mail.message(10)), "S")
        self.limit("APPEND", "", "NO [OVERQUOTA] Quota exceeded (mailbox for user is full)")
        run = self.sync(status=1)
        self.assertIn("make room on the server", run.err)
        self.assertNotIn(WHEN, run.err)


class Passwords(Case):
    """The account's own password is not what the server takes."""

    def refused(self, capabilities, answer, words):
        self.server = start(self)
        self.server.capabilities = capabilities
        self.server.greeting = f"* OK [CAPABILITY {capabilities}] hello"
        self.server.hooks = dict.fromkeys(("LOGIN", "AUTHENTICATE"), f"TAG {answer}")
        self.write_config()
        run = self.sync(status=1)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertRegex(run.err, words)
        return run

    def test_oauth(self):
        exchange = "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+"
        for capabilities in (exchange, "IMAP4rev1 AUTH=OAUTHBEARER", "IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2"):
            with self.subTest(capabilities=capabilities):
                run = self.refused(capabilities, "NO LOGIN failed.", r"offers OAuth 2\.0.*app password")
                self.assertIn("use oauth = ... and navette login", run.err)
        run = self.refused("IMAP4rev1 AUTH=PLAIN", "NO [AUTHENTICATIONFAILED] no", "check user and password$")
        self.assertNotIn("OAuth", run.err)

    def test_app_password(self):
        gmail = "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 AUTH=XOAUTH2 AUTH=PLAIN SASL-IR"
        answer = ("NO [ALERT] Application-specific password required: "
                  "https://support.google.com/accounts/answer/185833 (Failure)")
        run = self.refused(gmail, answer, re.escape("https://myaccount.google.com/apppasswords"))
        self.assertNotIn("OAuth", run.err)
