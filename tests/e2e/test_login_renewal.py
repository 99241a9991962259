"""Runs renew the tokens of navette login: whatever the provider says, and whatever happens meanwhile."""

import base64
import json
import os
import signal
import stat
import subprocess
import threading
import time
import unittest

from harness import certificates, faults, mail, oauth, proxies
from harness.case import BINARY, TIMEOUT
from harness.login import Login, LoginCase
from harness.scripted import Drop, ScriptedServer
from test_secrets import count_in_memory


class Renewing(LoginCase):
    """A server that takes what the provider calls valid."""

    def setUp(self):
        super().setUp()
        self.server = ScriptedServer("IMAP4rev1 SASL-IR AUTH=XOAUTH2")
        self.addCleanup(self.server.stop)
        self.server.hooks["AUTHENTICATE"] = self.authenticate
        self.sent = []

    def authenticate(self, session, _tag, rest):
        token = base64.b64decode(rest.split(" ")[1]).decode().split("auth=Bearer ")[1].rstrip("\x01")
        self.sent.append(token)
        if self.provider.is_valid(token):
            return "TAG OK in"
        session.send("+ " + base64.b64encode(b'{"status":"401"}').decode())
        session.reader.readline()
        return "TAG NO no"

    def begin(self, **keys):
        """Logged in, synchronised, and the token has to be renewed."""
        self.login(**keys)
        self.sync()
        self.age()
        self.provider.log.clear()
        self.sent.clear()

    def refreshes(self):
        return self.provider.count("/token", grant_type="refresh_token")


class Answers(Renewing):
    def test_a_refresh_token_that_stays(self):
        self.begin()
        self.provider.rotate = False
        before = self.kept()
        self.sync()
        self.assertEqual(self.kept()["refresh_token"], before["refresh_token"])
        self.assertNotEqual(self.kept()["access_token"], before["access_token"])
        self.sync()
        self.assertEqual(self.refreshes(), 1)

    def test_what_is_no_answer(self):
        """It may pass by itself; what is kept stays."""
        self.begin()
        with open(self.token_file, "rb") as f:
            before = f.read()
        for status, body, words in ((500, b"", "has trouble of its own .HTTP status 500.; try again later"),
                                    (429, b"slow down", "HTTP status 429"),
                                    (200, b"<html>Welcome to the hotel</html>", "the network may want a login of its own"),
                                    (200, b"[1, 2]", "is no answer about tokens"),
                                    (200, b'{"access_token": "a b"}', "gave no bearer token"),
                                    (200, b'{"access_token": 5}', "gave no bearer token"),
                                    (302, b"", "HTTP status 302"),
                                    (200, b'{"access_token": "' + b"a" * 300_000, "answered with more than 256 kB"),
                                    (200, b"{" * 100_000, "is no answer about tokens"),
                                    (503, b'{"error": "temporarily_unavailable"}', "it is busy; try again later")):
            with self.subTest(words=words):
                self.provider.status, self.provider.body = status, body
                run = self.sync(status=3)
                self.assertRegex(run.err, words)
                self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertEqual(self.sent, [])
        with open(self.token_file, "rb") as f:
            self.assertEqual(f.read(), before)
        self.provider.status = None
        self.sync()

    def test_nobody_is_there_or_says_anything(self):
        self.begin(timeout="1s")
        self.provider.delay = 3
        self.assertRegex(self.sync(status=3).err, "could not be asked: .*; check the network, and try again")
        self.provider.delay = 0
        self.keep(expires=1, token_url="http://127.0.0.1:1/token")
        self.assertRegex(self.sync(status=3).err, "could not be asked: ")

    def test_what_a_new_login_alone_helps(self):
        self.begin()
        self.provider.error = "invalid_grant"
        for description, words in ((None, "the login is not valid any more: it was revoked"),
                                   ("AADSTS700082: expired", "(AADSTS700082): the login was not used for too long")):
            self.provider.description = description
            run = self.navette("--json", "sync")
            self.assertEqual(run.status, 1, run)
            error, = [o for o in run.objects() if o["type"] == "error"]
            self.assertEqual(error["kind"], "login")
            self.assertIn(words, error["message"])
            self.assertIn('; run "navette login test"', error["message"])
        status = self.navette("--json", "status").objects()
        self.assertIn("login", json.dumps(status))
        self.provider.error = None
        self.keep(expires=1, refresh_token="")
        self.assertIn("and the provider gave none to renew it with: run \"navette login test\"", self.sync(status=1).err)
        self.keep(expires=1, client_id="else")
        self.assertIn("is logged in for another client-id", self.sync(status=1).err)

    def test_a_token_that_is_refused_though_it_is_new(self):
        """It is renewed once, and no more."""
        self.begin()
        self.provider.lifetime = -1
        run = self.sync(status=1)
        self.assertRegex(run.err, "the token has expired, was revoked, or is none for reader; run \"navette login test\"")
        self.assertEqual(self.refreshes(), 2)

    def test_a_client_with_a_secret(self):
        self.begin(client_secret_command="echo hush")
        self.sync()
        self.assertEqual(self.provider.count("/token", client_secret="hush"), 1)
        self.age()
        self.configure(client_secret_command="exit 3")
        self.assertIn("the client-secret-command of account test failed with exit status 3", self.sync(status=1).err)


class InTheMiddle(Renewing):
    def test_a_run_outlives_its_token(self):
        """As Exchange Online ends it: with BYE, and the token is refused from then on, whatever time it was to live."""
        for number in range(30):
            self.server.mailboxes["INBOX"].add(mail.message(number))
        ended = []

        def expire(session, _tag, rest):
            if "BODY" in rest and len(ended) < 2:
                ended.append(rest)
                self.provider.expire_all()
                session.send("* BYE Session invalidated - AccessTokenExpired")
                raise Drop
        self.server.hooks["UID FETCH"] = expire
        self.login(timeout="10s", connections=1)
        self.sync()
        self.assertEqual(len(self.near.files("INBOX")), 30)
        self.assertEqual((len(ended), self.refreshes()), (2, 2))


class Keeping(Renewing):
    def test_a_file_that_others_can_read(self):
        self.begin()
        for mode in (0o640, 0o604):
            os.chmod(self.token_file, mode)
            self.assertRegex(self.sync(status=1).err, "others can read the tokens in .*: remove the file and log in anew")
        self.assertEqual(self.sent, [])
        os.chmod(self.token_file, 0o600)
        os.rename(self.token_file, self.token_file + ".else")
        os.symlink(self.token_file + ".else", self.token_file)
        self.assertRegex(self.sync(status=1).err, "cannot read the tokens in")
        os.remove(self.token_file)
        with open(self.token_file, "w", encoding="ascii") as f:
            f.write('{"version":1,"access_tok')
        os.chmod(self.token_file, 0o600)
        self.assertIn('makes no sense: run "navette login test"', self.sync(status=1).err)

    def test_two_at_once_ask_once(self):
        self.begin()
        self.provider.delay = 1
        runs = [subprocess.Popen([BINARY, "-c", self.config, "check", "-q"], env=self.environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                for _ in range(4)]
        for process in runs:
            out, _err = process.communicate(timeout=TIMEOUT)
            self.assertEqual(process.returncode, 0, out)
        self.assertEqual(self.refreshes(), 1)
        self.assertEqual(set(self.sent), {self.kept()["access_token"]})

    def test_no_room_for_new_tokens(self):
        """Then the provider is not asked for what would replace the only ones."""
        self.begin()
        refused = 0
        for number in range(1, 20):
            self.age()
            self.provider.log.clear()
            run = faults.run(self, fail=("create", number, "ENOSPC"))
            if not run.fired:
                break
            if ".tokens/" in run.err:
                self.assertEqual(run.status, 1)
                self.assertEqual((self.refreshes(), self.kept()), (0, {**self.kept_before, "expires": 1}), run)
                refused += 1
        self.assertEqual(refused, 2, "the lock and the new file")

    def test_new_tokens_that_cannot_be_kept(self):
        """They are used, and that is said."""
        self.begin()
        for kind in ("write", "rename"):
            self.age()
            run = faults.run(self, fail=(kind, 1, "EIO"))
            self.assertEqual(run.status, 0, run)
            self.assertIn("the new tokens of account test could not be kept, so the next run may need a new login", run.err)
            self.login()

    def test_a_signal_while_the_provider_is_asked(self):
        """The answer may hold the only token that is good from then on."""
        self.begin()
        before = self.kept()
        self.provider.delay = 1
        process = subprocess.Popen([BINARY, "-c", self.config, "sync"], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not self.refreshes() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 3, err)
        self.assertNotEqual(self.kept()["refresh_token"], before["refresh_token"])
        self.provider.delay = 0
        self.sync()
        self.assertEqual(self.refreshes(), 1)


class Kills(Renewing):
    """At each change that a run makes, before and after it. With a provider that lets old refresh tokens be good there is
    nothing to lose; with one that does not, only what was asked for and not yet kept."""

    def die(self, number, mode):
        """Whether the run was killed."""
        self.age()
        run = faults.run(self, kill=(number, mode))
        self.assertIn(run.status, (-signal.SIGKILL, 0), run)
        self.kept()  # whole
        self.assertEqual(stat.S_IMODE(os.stat(self.token_file).st_mode), 0o600)
        return run.status != 0

    def go_on(self):
        """Whether what the provider gave was lost, so that a new login is needed."""
        run = self.navette("sync")
        if run.status == 0:
            return False
        self.assertIn('run "navette login test"', run.err)
        self.login()
        return True

    def play(self, rotate):
        self.provider.rotate = rotate
        self.begin()
        killed, lost, number = True, [], 0
        while killed and number < 60:
            number += 1
            for mode in ("before", "after"):
                killed = self.die(number, mode)
                if self.go_on():
                    lost.append((number, mode))
        self.assertGreater(number, 10)
        return lost

    def test_with_refresh_tokens_that_stay(self):
        self.assertEqual(self.play(False), [])

    def test_with_refresh_tokens_that_are_good_once(self):
        lost = self.play(True)
        # From the question sent to the name replaced there is nothing but writing the answer and making it durable.
        self.assertGreater(len(lost), 0)
        self.assertLessEqual(len({number for number, _mode in lost}), 4, lost)


class Tls(LoginCase):
    def test_a_certificate_that_is_not_right(self):
        """The provider hears nothing of a token before its certificate is found right."""
        authority = certificates.make_authority(self.directory)
        certificate, key = certificates.make_certificate(self.directory, authority, "provider", "IP:127.0.0.1")
        self.provider = oauth.Provider(certificate, key)
        self.addCleanup(self.provider.stop)
        self.configure()
        run = Login(self).end()
        self.assertEqual(run.status, 1, run)
        self.assertRegex(run.err, "no trustworthy connection .* so nothing was sent to it: ")
        self.assertEqual(self.provider.log, [])
        self.environment["SSL_CERT_FILE"] = authority[1]
        login = Login(self, "--device")
        self.assertEqual(login.end().status, 0)

    def test_through_a_proxy(self):
        """Of the account's server; what the provider is asked goes through it as well."""
        if not proxies.find(proxies.Http.program):
            self.skipTest("tinyproxy is not installed")
        authority = certificates.make_authority(self.directory)
        certificate, key = certificates.make_certificate(self.directory, authority, "provider", "IP:127.0.0.1")
        self.provider = oauth.Provider(certificate, key)
        self.addCleanup(self.provider.stop)
        self.environment["SSL_CERT_FILE"] = authority[1]
        proxy = proxies.Http(self)
        self.configure(proxy=f"http://reader:secret-4711@127.0.0.1:{proxy.port}")
        self.assertEqual(Login(self, "--device").end().status, 0)
        place = self.provider.url.removeprefix("https://")
        self.assertGreaterEqual(proxy.said().count("CONNECT " + place), 3)  # metadata, device, token


class Secrets(Renewing):
    def test_no_log_shows_them(self):
        self.begin()
        before = self.kept()
        run = self.sync("-vv")
        for kept in (before, self.kept()):
            for name in ("access_token", "refresh_token"):
                for text in (run.out, run.err):
                    self.assertNotIn(kept[name][5:40], text)
        self.age()
        # A provider that repeats what it was asked.
        self.provider.error, self.provider.description = "odd", "no " + self.kept()["refresh_token"]
        run = self.sync("-vv", status=1)
        self.assertIn("odd (no ***)", run.err)

    @unittest.skipUnless(os.geteuid() == 0, "only root may look into the memory of a navette")
    def test_what_is_in_memory(self):
        """Of the access token one copy, of the refresh token and the client's secret none, when they have done their work."""
        secret = os.path.join(self.directory, "secret")
        with open(secret, "w", encoding="ascii") as f:
            f.write("hush-4711-hush\n")
        self.begin(client_secret_command="cat " + secret)
        reached, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def stall(_session, _tag, _rest):
            reached.set()
            go_on.wait(TIMEOUT)
            raise Drop
        self.server.hooks["LIST"] = self.server.hooks["SELECT"] = stall
        process = subprocess.Popen([BINARY, "-c", self.config, "sync"], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        self.assertTrue(reached.wait(TIMEOUT), self.server.log)
        kept = self.kept()
        copies = {name: count_in_memory(process.pid, needle.encode()) for name, needle in (
            ("access", kept["access_token"]), ("refresh", kept["refresh_token"]),
            ("before", self.kept_before["refresh_token"]), ("secret", "hush-4711-hush"))}
        process.kill()
        process.wait()
        self.assertEqual(copies, {"access": 1, "refresh": 0, "before": 0, "secret": 0})
