"""Logins by a token of OAuth 2.0: what is sent, what a refusal says, and when another token is got."""

import base64
import json
import os

from harness import mail
from harness.case import Case
from harness.scripted import Drop, Mailbox, ScriptedServer

TOKEN = "ya29.a0AfB_byCsecret-token-of-some-length."
GOOGLE = {"status": "401", "schemes": "bearer mac", "scope": "https://mail.google.com/"}


class Bearer:
    """A hook for AUTHENTICATE: takes the token VALID, and else says REFUSAL (JSON; None: nothing), waits for
    the answer and gives ANSWER."""

    def __init__(self, valid, refusal=GOOGLE, answer="NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"):
        self.valid, self.refusal, self.answer = valid, refusal, answer
        self.tokens, self.ends, self.mechanisms, self.users = [], [], [], []

    def __call__(self, session, tag, rest):
        mechanism, _, first = rest.partition(" ")
        if not first:
            session.send("+ ")
            first = session.reader.readline().strip().decode()
        self.mechanisms.append(mechanism)
        head, *fields = base64.b64decode(first).decode().split("\x01")
        self.users.append(head)
        token = next(f for f in fields if f.startswith("auth=Bearer "))[12:]
        self.tokens.append(token)
        if token == self.valid:
            session.send(f"{tag} OK welcome")
            return True
        if self.refusal is not None:
            session.send("+ " + base64.b64encode(json.dumps(self.refusal).encode()).decode())
            self.ends.append(session.reader.readline())
        session.send(f"{tag} {self.answer.format(token)}")
        return True


class Scripted(Case):
    """An account whose token-command gives another token each time: token-1, token-2 ..."""

    capabilities = "IMAP4rev1 UIDPLUS LITERAL+ SASL-IR AUTH=PLAIN AUTH=XOAUTH2"

    def setUp(self):
        super().setUp()
        self.bearer = Bearer("token-1")
        self.start(self.capabilities)
        self.count = os.path.join(self.directory, "count")
        script = os.path.join(self.directory, "script")
        with open(script, "w", encoding="ascii") as f:
            f.write(f"echo x >> {self.count}\necho token-$(($(wc -l < {self.count})))\n")
        self.command = f"sh {script}"
        self.configure()

    def start(self, capabilities):
        self.server = ScriptedServer(capabilities)
        self.addCleanup(self.server.stop)
        self.server.hooks["AUTHENTICATE"] = self.bearer
        for name in ("INBOX", "Other"):
            box = self.server.mailboxes.setdefault(name, Mailbox())
            for number in range(3):
                box.add(mail.message(number))

    def configure(self, **keys):
        values = {"password": None, "token_command": self.command, "timeout": "10s"}
        self.write_config(**{**values, **keys})

    def asked(self):
        with open(self.count, encoding="ascii") as f:
            return len(f.readlines())

    def assert_all_here(self):
        for name, box in self.server.mailboxes.items():
            self.assertEqual(len(self.near.files(name)), len(box.messages))


class Mechanisms(Scripted):
    def test_each_with_and_without_an_initial_response(self):
        offers = {"IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2": ("auto", "XOAUTH2"),
                  "IMAP4rev1 SASL-IR AUTH=XOAUTH2": ("oauth2", "XOAUTH2"),
                  "IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER": ("oauth2", "OAUTHBEARER"),
                  "IMAP4rev1 AUTH=OAUTHBEARER AUTH=XOAUTH2": ("xoauth2", "XOAUTH2"),
                  "IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER": ("oauthbearer", "OAUTHBEARER")}
        for capabilities, (auth, mechanism) in offers.items():
            with self.subTest(capabilities=capabilities, auth=auth):
                self.bearer = Bearer(TOKEN)
                self.start(capabilities)
                self.configure(token_command=f"echo {TOKEN}", auth=auth, user="me,you=us")
                self.sync()
                self.assert_all_here()
                self.assertEqual(set(self.bearer.mechanisms), {mechanism})
                self.assertEqual(self.bearer.users[0],
                                 "user=me,you=us" if mechanism == "XOAUTH2" else "n,a=me=2Cyou=3Dus,")

    def test_a_token_is_never_sent_as_a_password(self):
        for capabilities, auth in (("IMAP4rev1 AUTH=PLAIN SASL-IR", "auto"), ("IMAP4rev1", "oauth2"),
                                   ("IMAP4rev1 AUTH=XOAUTH2", "oauthbearer")):
            with self.subTest(capabilities=capabilities):
                self.start(capabilities)
                self.configure(token_command=f"echo {TOKEN}", auth=auth)
                run = self.sync("-vv", status=1)
                self.assertRegex(run.err, "offers no login by a token|does not offer the login mechanism OAUTHBEARER")
                heard = bytes(self.server.heard)
                self.assertNotIn(b"LOGIN", heard)
                self.assertNotIn(b"AUTHENTICATE", heard)

    def test_what_is_no_token_is_not_sent(self):
        self.configure(token_command="""echo '{"access_token": "secret"}'""")
        run = self.sync("-vv", status=2)
        self.assertIn("token-command printed is no access token", run.err)
        self.assertNotIn(b"AUTHENTICATE", bytes(self.server.heard))

    def test_keys_that_do_not_go_together(self):
        for keys, words in (({"password": "x"}, "has both password and token-command"),
                            ({"auth": "plain"}, "has token-command, but auth takes a password"),
                            ({"token_command": None, "auth": "oauth2"}, "has no token-command and no oauth: add"),
                            ({"token_command": None, "auth": "xoauth2", "password_command": "echo x"},
                             "write oauth or token-command in place of password-command"),
                            ({"token_command": "echo x ; echo y"}, "begins a comment")):
            with self.subTest(keys=keys):
                self.configure(**keys)
                self.assertIn(words, self.sync(status=2).err)


class Refusals(Scripted):
    def refused(self, refusal, words, mechanism="XOAUTH2", status=1, **more):
        self.bearer = Bearer(None, refusal, **more)
        self.start(f"IMAP4rev1 SASL-IR AUTH={mechanism}")
        self.configure(token_command=f"echo {TOKEN}", timeout="1s")
        run = self.sync(status=status)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertRegex(run.err, words)
        return run

    def test_each_is_one_sentence(self):
        for refusal, words in (
                (GOOGLE, r"Invalid credentials.*\(401\); the token has expired, was revoked, or is none for reader"),
                ({"status": "invalid_token", "error_description": "token expired"},
                 r"\(token expired\); the token has expired; token-command has to renew it"),
                ({"status": "insufficient_scope", "scope": "https://mail.google.com/"},
                 "the scope of the token lacks IMAP access.*anew with the scope https://mail.google.com/"),
                ({"status": "400"}, "may belong to another account than reader"),
                (None, "check that the token is still valid")):
            for mechanism, end in (("XOAUTH2", b"\r\n"), ("OAUTHBEARER", b"AQ==\r\n")):
                with self.subTest(refusal=refusal, mechanism=mechanism):
                    self.refused(refusal, words, mechanism)
                    self.assertEqual(self.bearer.ends, [end] if refusal else [])
                    self.assertEqual(self.bearer.tokens, [TOKEN], "the same token is not tried twice")

    def test_words_of_the_server(self):
        self.refused(None, "IMAP is switched off for this account",
                     answer="NO [ALERT] IMAP access is disabled for your domain. (Failure)")
        self.refused(None, "AccessTokenExpired; the token has expired", answer="NO AccessTokenExpired")
        self.refused({"status": "503"}, "cannot check tokens now", status=3)

    def test_a_server_that_repeats_the_token(self):
        for mechanism in ("XOAUTH2", "OAUTHBEARER"):
            run = self.refused({"status": TOKEN, "scope": TOKEN, "message": f"what is {TOKEN[3:-4]}?"},
                               r"what is \*\*\*\?", mechanism, answer="NO [ALERT] {}")
            again = self.navette("sync", "-vv")
            said = run.err + run.out + again.err + again.out + self.navette("--json", "status").out
            self.assertNotIn(TOKEN[5:20], said)
            self.assertIn(" S: + ***", again.err)
            for form in (f"user=reader\x01auth=Bearer {TOKEN}", f"n,a=reader,\x01host=127.0.0.1\x01port={self.server.port}"
                         f"\x01auth=Bearer {TOKEN}"):
                self.assertNotIn(base64.b64encode(form.encode()).decode()[30:-10], said)


class InARun(Scripted):
    """The command is run for each login that needs it."""

    def test_expires_and_the_run_goes_on(self):
        def expire(session, _tag, rest):
            if "BODY" in rest and self.bearer.valid == "token-1":
                self.bearer.valid = "token-2"
                session.send("* BYE Session invalidated - AccessTokenExpired")
                raise Drop
        self.server.hooks["UID FETCH"] = expire
        self.configure(connections=1)
        self.sync()
        self.assert_all_here()
        self.assertEqual((self.asked(), self.bearer.tokens), (2, ["token-1", "token-2"]))

    def test_a_refused_one_is_got_once_more(self):
        self.bearer.valid = "token-2"
        self.configure(connections=1)
        self.sync()
        self.assert_all_here()
        self.assertEqual(self.bearer.tokens, ["token-1", "token-2"])
        self.assertEqual(self.bearer.ends, [b"\r\n"])
        self.bearer.valid, self.bearer.tokens = None, []
        self.sync(status=1)
        self.assertEqual(self.bearer.tokens, ["token-3", "token-4"], "another one, and no third")

    def test_further_connections_use_the_same(self):
        for number in range(10, 700):
            self.server.mailboxes["Other"].add(mail.message(number))
        self.sync()
        self.assert_all_here()
        self.assertEqual(self.asked(), 1)
        self.assertGreater(len(self.bearer.tokens), 1)


class Checked(Scripted):
    def findings(self, status=0):
        run = self.navette("check", "--json")
        self.assertEqual(run.status, status, run)
        return {(o["verdict"], o["part"]): o["text"] for o in run.objects()}

    def test_what_works_and_what_does_not(self):
        self.configure(token_command="echo token-1")
        found = self.findings()
        self.assertIn("token-command gave a token", found["good", "token"])
        self.bearer.valid = None
        self.assertIn("the token has expired", self.findings(status=1)["bad", "login"])
        self.configure(token_command="echo cannot refresh >&2; exit 1")
        self.assertIn("cannot refresh", self.findings(status=1)["bad", "token"])
