"""navette login: tokens by a browser, a pasted address, or a device, from a real provider for a real server."""

import json
import os
import re
import signal
import socket
import stat
import unittest

from harness import mail, oauth
from harness.login import Login, LoginCase, parameters, visit


class ByBrowser(LoginCase):
    def test_a_login_and_what_runs_do_with_it(self):
        self.server = self.start_dovecot(extra=oauth.dovecot_settings(self.provider, self.directory))
        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(1), "\\Seen")
        self.provider.identity = "reader@example.org"
        run = self.login(scope=oauth.SCOPE + " openid")
        done = run.objects()[-1]
        self.assertEqual((done["type"], done["account"], done["user"], done["lasting"]),
                         ("login", "test", "reader@example.org", True))
        self.assertEqual(stat.S_IMODE(os.stat(self.token_file).st_mode), 0o600)
        self.sync()
        self.assert_same(count=1)
        self.assertEqual(self.provider.count("/token"), 1, "a token that is good is not renewed")
        before = self.kept()
        self.age()
        self.sync()
        self.assertEqual(self.provider.count("/token", grant_type="refresh_token"), 1)
        self.assertNotEqual(self.kept()["refresh_token"], before["refresh_token"])
        self.assertEqual(self.kept()["user"], "reader@example.org")
        check = self.navette("check", "-v")
        self.assertRegex(check.out, r"good\ttoken\tthe token of reader@example.org is good for \d+ minutes more and can "
                                    "be renewed")
        # What the server does not take is renewed, whatever its time.
        self.provider.expire_all()
        self.sync()
        self.assertEqual(self.provider.count("/token", grant_type="refresh_token"), 2)
        self.provider.expire_all()
        self.assertEqual(self.navette("check").status, 0)
        self.assertEqual(self.provider.count("/token", grant_type="refresh_token"), 3)
        # And what the provider takes back needs a new login.
        self.provider.refresh.clear()
        self.provider.expire_all()
        run = self.sync(status=1)
        self.assertIn("run \"navette login test\"", run.err)
        self.assertEqual(len(run.err.splitlines()), 1, run)

    def test_tokens_that_the_server_checks_by_itself(self):
        """A JWT that is good, expired, or for something else."""
        self.provider.jwt_key = b"0123456789abcdef" * 2
        self.server = self.start_dovecot(extra=oauth.dovecot_settings(self.provider, self.directory))
        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(1), "\\Seen")
        for auth in ("oauthbearer", "xoauth2"):
            self.login(auth=auth)
            self.sync()
            self.assert_same(count=1)
        self.provider.lifetime = -10
        self.login()
        self.provider.lifetime = 3600
        before = self.provider.count("/token", grant_type="refresh_token")
        self.sync()  # what had expired was renewed
        self.assertEqual(self.provider.count("/token", grant_type="refresh_token"), before + 1)
        self.provider.scope = "else"
        self.age()
        self.assertIn('run "navette login test"', self.sync(status=1).err)

    def test_what_is_asked_for(self):
        self.configure(user="reader@example.org")
        login = Login(self)
        asked = parameters(login.step["url"])
        self.assertEqual(asked["code_challenge_method"], "S256")
        self.assertEqual(asked["login_hint"], "reader@example.org")
        self.assertEqual(asked["scope"], oauth.SCOPE)
        self.assertEqual(asked["redirect_uri"], f"http://127.0.0.1:{login.step['port']}")
        self.assertRegex(asked["state"], "^[A-Za-z0-9_-]{43}$")
        self.assertRegex(asked["code_challenge"], "^[A-Za-z0-9_-]{43}$")
        login.process.send_signal(signal.SIGINT)
        run = login.end()
        self.assertEqual((run.status, run.err), (3, "navette: test: stopped by a signal; nothing was changed\n"))
        self.assertFalse(os.path.exists(self.token_file))

    def test_strangers_at_the_port(self):
        """What is no answer, or one to something else, is turned away; who says nothing keeps nobody out."""
        self.configure()
        login = Login(self)
        base = f"http://127.0.0.1:{login.step['port']}"
        silent = [socket.create_connection(("127.0.0.1", login.step["port"])) for _ in range(20)]
        _status, back, _page = visit(login.step["url"])
        given = parameters(back)
        for target, status in (("/favicon.ico", 404), ("/", 404), ("/?code=x&state=y", 400), ("/?code=x", 400),
                               (f"/other?code=x&state={given['state']}", 404),
                               (f"/?code=x&state={given['state']}&state={given['state']}", 400),
                               (f"/?code=x&state={given['state']}&iss=https://else.example", 400),
                               (f"/?code=x&state={given['state']}", 400),  # the provider says that it names itself
                               (f"/?code=%00&state={given['state']}", 400)):
            with self.subTest(target=target):
                self.assertEqual(visit(base + target)[0], status)
        with socket.create_connection(("127.0.0.1", login.step["port"])) as nonsense:
            nonsense.sendall(b"\x16\x03\x01\x02\x00 TLS")
            self.assertIn(b"400", nonsense.recv(100))
        self.assertIn("navette is logged in", visit(back)[2])
        for visitor in silent:
            visitor.close()
        self.assertEqual(login.end().status, 0)
        self.assertEqual(self.provider.count("/token"), 1)

    def test_a_fixed_port_and_an_address_of_ones_own(self):
        self.configure(redirect_url="http://localhost/seznam")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            run = Login(self, "--redirect-port", str(port)).end()
            self.assertEqual(run.status, 1, run)
            self.assertRegex(run.err, f"cannot listen on port {port} .*; use another --redirect-port, or --paste")
        login = Login(self, "--redirect-port", str(port))
        self.assertEqual(parameters(login.step["url"])["redirect_uri"], f"http://localhost:{port}/seznam")
        _status, back, _page = visit(login.step["url"])
        visit(back)
        self.assertEqual(login.end().status, 0)

    def test_another_account_than_the_user(self):
        self.provider.identity = "boss@example.org"
        for user, identity, status in (("reader", "boss@example.org", 1), ("me@example.org", "me@example.com", 1),
                                       ("Me@example.org", "me@EXAMPLE.org", 0), ("boss", "boss@example.org", 0)):
            with self.subTest(user=user):
                self.provider.identity = identity
                if os.path.exists(self.token_file):
                    os.remove(self.token_file)
                run = self.login(status=status, user=user, scope=oauth.SCOPE + " openid")
                self.assertEqual(os.path.exists(self.token_file), status == 0)
                if status:
                    self.assertIn(f"it was {identity} who signed in, and account test is for {user}: log in again", run.err)
        self.provider.identity = "boss@example.org"
        self.login(user="shared@example.org", oauth_user="boss@example.org", scope=oauth.SCOPE + " openid")

    def test_refusals_of_a_login(self):
        cases = {"access_denied": "access was denied; run \"navette login test\" again",
                 "server_error": "it has trouble of its own; try again later",
                 "invalid_client": "does not know the client-id",
                 "something_new": "no token: something_new; check the keys about oauth"}
        for error, words in cases.items():
            with self.subTest(error=error):
                self.provider.error = error
                self.configure()
                login = Login(self)
                _status, back, _page = visit(login.step["url"])
                self.assertIn("the terminal says why", visit(back)[2])
                run = login.end()
                self.assertIn(words, run.err)
                self.assertEqual(len(run.err.splitlines()), 1, run)
                self.assertNotEqual(run.status, 0)
        self.provider.error, self.provider.scope = None, "openid"
        run = self.login(status=1)
        self.assertIn(f"the provider did not grant {oauth.SCOPE}, without which there is no mail", run.err)
        self.assertFalse(os.path.exists(self.token_file))


class ByPasting(LoginCase):
    def test_the_address_is_pasted(self):
        self.configure()
        login = Login(self, "--paste")
        self.assertEqual(login.step["port"], 0)
        _status, back, _page = visit(login.step["url"])
        self.assertTrue(back.startswith("http://127.0.0.1?"), back)
        login.paste("")
        login.paste("  " + back + "#_=_")
        self.assertEqual(login.end().status, 0)
        self.assertIn("refresh_token", self.kept())

    def test_it_can_be_pasted_where_the_browser_runs_elsewhere(self):
        self.configure(redirect_url="https://login.example.org/nativeclient")
        login = Login(self)
        _status, back, _page = visit(login.step["url"])
        login.paste(back)
        self.assertEqual(login.end().status, 0)
        self.configure()
        login = Login(self)
        _status, back, _page = visit(login.step["url"])
        login.paste(back)
        self.assertEqual(login.end().status, 0)

    def test_what_makes_no_sense(self):
        self.configure()
        for text, words in (("xyz", "what was pasted is not the address that the browser ends on"),
                            ("http://127.0.0.1/?code=a&state=b", "is not the answer to this login")):
            login = Login(self, "--paste")
            login.paste(text)
            run = login.end()
            self.assertEqual(run.status, 1, run)
            self.assertIn(words, run.err)
        run = Login(self, "--paste", keep_input=False).end()
        self.assertIn("no address was pasted, so nothing was changed", run.err)
        self.assertEqual(self.provider.count("/token"), 0)


class ByDevice(LoginCase):
    def test_a_code_is_entered(self):
        self.provider.device_polls = 1
        self.configure()
        run = Login(self, "--device").end()
        self.assertEqual(run.status, 0, run)
        self.assertEqual(self.provider.count("/token"), 2)
        self.assertTrue(self.provider.is_valid(self.kept()["access_token"]))

    def test_what_is_shown(self):
        self.configure()
        run = self.navette("login", "--device", "test")
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, f"(?s)open this address in a browser:\n\n{self.provider.url}/activate\n\nand enter the "
                                  "code WDJB-MJHT\n.*account test is logged in; try it with \"navette check test\"")

    def test_refusals(self):
        for error, words in (("access_denied", "access was denied"), ("expired_token", "the code was not entered in time")):
            self.provider.device_error = error
            self.configure()
            run = Login(self, "--device").end()
            self.assertEqual(run.status, 1, run)
            self.assertIn(words, run.err)

    def test_a_provider_without_devices(self):
        for keys in ({"oauth": "google", "issuer": None},
                     {"issuer": None, "token_url": self.provider.url + "/token",
                      "authorize_url": self.provider.url + "/authorize"}):
            self.configure(**keys)
            run = Login(self, "--device").end()
            self.assertEqual(run.status, 2, run)
            self.assertIn("by codes for devices: run \"navette login --paste test\"", run.err)
        self.assertEqual(self.provider.log, [])


class Discovery(LoginCase):
    def test_an_issuer_that_is_none(self):
        self.provider.status, self.provider.body = 404, b"not found"
        self.configure()
        run = Login(self).end()
        self.assertEqual(run.status, 3, run)
        self.assertIn("does not describe itself (RFC 8414)", run.err)
        self.assertEqual(self.provider.count("/.well-known/openid-configuration"), 1)
        self.provider.status, self.provider.body = 200, json.dumps({"issuer": "https://else.example"}).encode()
        run = Login(self).end()
        self.assertEqual(run.status, 2, run)
        self.assertRegex(run.err, "the issuer of account test calls itself https://else.example, not http://127")
        for url in ("http://else.example/token", "file:///etc/passwd"):
            self.provider.body = json.dumps({"issuer": self.provider.url, "token_endpoint": url}).encode()
            run = Login(self).end()
            self.assertEqual(run.status, 1, run)
            self.assertRegex(run.err, "token_endpoint .*, which is no address that begins with https://")


class Forgetting(LoginCase):
    def test_forget(self):
        self.login()
        run = self.navette("login", "--forget", "test")
        self.assertEqual(run.status, 0, run)
        self.assertIn("are removed here, and revoked at the provider", run.out)
        self.assertEqual((self.provider.count("/revoke"), self.provider.refresh), (1, {}))
        self.assertFalse(os.path.exists(self.token_file))
        self.assertIn("there were no tokens", self.navette("login", "--forget").out)
        run = self.navette("--json", "sync")
        self.assertEqual(run.status, 1, run)
        problem = [o for o in run.objects() if o["type"] == "error"]
        self.assertEqual([p["kind"] for p in problem], ["login"], run)

    def test_a_provider_that_does_not_revoke(self):
        """By no address for it, a refusal, trouble, another client or provider: removed here all the same."""
        def of_another(key):
            kept = self.kept()
            kept[key] += "x"
            with open(self.token_file, "w", encoding="utf-8") as f:
                json.dump(kept, f)

        def trouble():
            self.provider.status, self.provider.body = 500, b""

        for fault, asked, told in ((lambda: setattr(self.provider, "revokes", False), 0, 0),
                                   (lambda: setattr(self.provider, "revokes", "refuses"), 1, 1),
                                   (lambda: of_another("client_id"), 0, 0), (lambda: of_another("token_url"), 0, 0),
                                   (trouble, 0, 1)):
            self.provider.revokes, self.provider.status = True, None
            self.login()
            self.provider.log.clear()
            fault()
            run = self.navette("login", "--forget", "test")
            self.assertEqual(run.status, 0, run)
            self.assertRegex(run.out, "are removed here; the provider still has the grant: revoke it in the settings")
            self.assertFalse(os.path.exists(self.token_file))
            self.assertEqual((self.provider.count("/revoke"), run.err.count("the provider was not told")), (asked, told), run)

    def test_an_account_without_oauth(self):
        self.write_config()
        for arguments in ((), ("--forget",)):
            run = self.navette("login", *arguments, "test")
            self.assertEqual(run.status, 2, run)
            self.assertIn("account test has no oauth", run.err)
