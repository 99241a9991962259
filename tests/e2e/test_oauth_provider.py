"""Logins by tokens that a provider really gives, renews and takes back, with Dovecot asking it."""

import base64
import hashlib
import http.client
import urllib.parse

from harness import mail, oauth
from harness.case import Case
from harness.scripted import Drop, Mailbox, ScriptedServer
from test_oauth import Bearer


class Provided(Case):
    def setUp(self):
        super().setUp()
        self.provider = oauth.Provider()
        self.addCleanup(self.provider.stop)

    def configure(self, **keys):
        _access, refresh = self.provider.grant()
        self.kept = oauth.keep(self.directory, refresh)
        command = oauth.token_command(self.provider, self.kept)
        self.write_config(**{"password": None, "token_command": command, **keys})


class WithDovecot(Provided):
    def setUp(self):
        super().setUp()
        self.server = self.start_dovecot(extra=oauth.dovecot_settings(self.provider, self.directory))
        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(1), "\\Seen")

    def refused(self, words, status=1):
        run = self.sync(status=status)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertRegex(run.err, words)

    def test_good_and_expired(self):
        for auth in ("oauthbearer", "xoauth2"):
            with self.subTest(auth=auth):
                self.provider.lifetime = 3600
                self.configure(auth=auth)
                self.sync()
                self.assert_same(count=1)
                self.provider.lifetime = -1
                self.refused("; the token has expired, was revoked, or is none for reader; token-command has to")

    def test_wrong_scope_and_another_user(self):
        """Dovecot has one word for all that it does not take."""
        self.provider.scope = "openid"
        self.configure()
        self.refused("; the token .* or is none for reader")
        self.provider.scope, self.provider.user = None, "somebody"
        self.configure()
        self.refused("; the token .* or is none for reader")
        self.assertEqual(self.near.folders(), [])

    def test_each_run_renews_what_is_kept(self):
        self.configure()
        for rotate in (True, False):
            self.provider.rotate = rotate
            with open(self.kept, encoding="ascii") as f:
                before = f.read()
            self.sync()
            with open(self.kept, encoding="ascii") as f:
                self.assertEqual(f.read() != before, rotate)
        self.assertEqual(self.provider.count("/token", grant_type="refresh_token"), 2)
        self.provider.error = "invalid_grant"
        self.refused("token-command of account test failed.*the provider says invalid_grant")


class InTheMiddle(Provided):
    def test_a_first_sync_outlives_its_token(self):
        """As Exchange Online ends it: with BYE, and the token is refused from then on."""
        self.server = ScriptedServer("IMAP4rev1 UIDPLUS SASL-IR AUTH=XOAUTH2")
        self.addCleanup(self.server.stop)
        bearer = Bearer(None)
        box = self.server.mailboxes.setdefault("INBOX", Mailbox())
        for number in range(30):
            box.add(mail.message(number))
        ended = []

        def authenticate(session, tag, rest):
            token = base64.b64decode(rest.split(" ")[1]).decode().split("auth=Bearer ")[1].rstrip("\x01")
            bearer.valid = token if self.provider.is_valid(token) else None
            return bearer(session, tag, rest)

        def expire(session, _tag, rest):
            if "BODY" in rest and len(ended) < 2:
                ended.append(rest)
                self.provider.expire_all()
                session.send("* BYE Session invalidated - AccessTokenExpired")
                raise Drop
        self.server.hooks.update({"AUTHENTICATE": authenticate, "UID FETCH": expire})
        self.configure(timeout="10s", connections=1)
        self.sync()
        self.assertEqual(len(self.near.files("INBOX")), 30)
        self.assertEqual(len(ended), 2)
        self.assertEqual(bearer.ends, [], "no token that had expired was sent")
        self.assertEqual(self.provider.count("/token"), 3)


class TheProvider(Provided):
    """What the tests of logins rest on."""

    def ask(self, **parameters):
        return oauth.post(self.provider.url + "/token", client_id=oauth.CLIENT, **parameters)

    def authorize(self, verifier, **parameters):
        """The parameters that the browser brings back."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = urllib.parse.urlencode({
            "response_type": "code", "client_id": oauth.CLIENT, "redirect_uri": "http://127.0.0.1:1/",
            "state": "xyz", "code_challenge": challenge, "code_challenge_method": "S256", **parameters})
        connection = http.client.HTTPConnection(self.provider.url.removeprefix("http://"), timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/authorize?" + query)
        location = connection.getresponse().getheader("Location")
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))

    def test_a_code_is_good_once_and_with_its_verifier(self):
        grant = {"grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1:1/"}
        back = self.authorize("v" * 43)
        self.assertEqual((back["state"], back["iss"]), ("xyz", self.provider.url))
        self.assertEqual(self.ask(code=back["code"], code_verifier="w" * 43, **grant), {"error": "invalid_grant"})
        back = self.authorize("v" * 43)
        answer = self.ask(code=back["code"], code_verifier="v" * 43, **grant)
        self.assertTrue(self.provider.is_valid(answer["access_token"]))
        self.assertEqual(self.ask(code=back["code"], code_verifier="v" * 43, **grant), {"error": "invalid_grant"})
        self.assertEqual(self.authorize("v" * 43, code_challenge_method="plain")["error"], "invalid_request")

    def test_refresh_tokens_rotate(self):
        _access, refresh = self.provider.grant()
        first = self.ask(grant_type="refresh_token", refresh_token=refresh)
        self.assertNotEqual(first["refresh_token"], refresh)
        self.assertEqual(self.ask(grant_type="refresh_token", refresh_token=refresh), {"error": "invalid_grant"})
        self.provider.rotate = False
        second = self.ask(grant_type="refresh_token", refresh_token=first["refresh_token"])
        self.assertNotIn("refresh_token", second)
        self.provider.expire_all()
        self.assertFalse(self.provider.is_valid(second["access_token"]))

    def test_a_device_waits(self):
        self.provider.device_polls, self.provider.slow_down = 2, True
        device = oauth.post(self.provider.url + "/device", client_id=oauth.CLIENT)
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": device["device_code"]}
        self.assertEqual([self.ask(**grant).get("error") for _ in range(3)],
                         ["slow_down", "authorization_pending", None])
        self.assertEqual(self.ask(**grant), {"error": "expired_token"})

    def test_errors_on_demand(self):
        self.provider.error = "temporarily_unavailable"
        self.assertEqual(self.ask(grant_type="refresh_token"), {"error": "temporarily_unavailable"})
        self.provider.status, self.provider.body = 500, b'{"nonsense": 1}'
        self.assertEqual(self.ask(grant_type="refresh_token"), {"nonsense": 1})
