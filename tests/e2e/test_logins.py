"""Logins by mechanisms that are seldom seen, by tickets of Kerberos, and through proxies."""

import os
import socket

from harness import kerberos, mail, proxies
from harness.case import Case
from harness.scripted import ScriptedServer


class Named(Case):
    def test_older_mechanisms_when_they_are_named(self):
        self.standard(extra="auth_mechanisms = plain cram-md5 digest-md5\n")
        self.far.append("INBOX", mail.message(1), "\\Seen")
        for auth in ("cram-md5", "digest-md5"):
            with self.subTest(auth=auth):
                self.write_config(auth=auth)
                run = self.sync("-vv")
                self.assertRegex(run.err, f"AUTHENTICATE {auth.upper()}\n")
                self.write_config(auth=auth, password="wrong")
                self.assertIn("check user and password", self.sync(status=1).err)
        self.write_config()
        self.assertNotIn("MD5\n", self.sync("-vv").err)
        self.assert_same(count=1)


class Refused(Case):
    """Five reasons, five ways on, each of which docs/troubleshooting.md has."""

    REASONS = (
        ("IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2", "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", 1,
         "check user and password; the server offers OAuth 2.0", "use oauth = ... and navette login"),
        ("IMAP4rev1", "NO [ALERT] Application-specific password required: https://support.google.com/x (Failure)", 1,
         "the server wants a password that was made for this program alone", "myaccount.google.com/apppasswords"),
        ("IMAP4rev1", "NO IMAP access is disabled for your account", 1, "IMAP is switched off for this account",
         "switch it on in the settings of its webmail"),
        ("IMAP4rev1", "NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", 3,
         "it is a limit on what one account may transfer or ask in a time", "run again in an hour"),
        ("IMAP4rev1", "NO [AUTHENTICATIONFAILED] Your account has been locked.", 1, "the account itself is locked",
         "sign in at its webmail"),
        ("IMAP4rev1", "NO [ALERT] Please log in via your web browser: https://support.google.com/mail/ (Failure)", 1,
         "the provider takes this sign-in for a stranger's", "confirm there that it was you"),
    )

    def test_each_has_a_sentence_of_its_own(self):
        page = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "troubleshooting.md")
        with open(page, encoding="utf-8") as f:
            told = " ".join(f.read().split())
        for capabilities, answer, status, meaning, remedy in self.REASONS:
            with self.subTest(answer=answer):
                self.server = ScriptedServer(capabilities)
                self.addCleanup(self.server.stop)
                self.server.hooks["LOGIN"] = self.server.hooks["AUTHENTICATE"] = "TAG " + answer
                self.write_config()
                run = self.sync(status=status)
                self.assertIn(meaning, run.err)
                self.assertIn(remedy, run.err)
                self.assertEqual(len(run.err.splitlines()), 1, run)
                self.assertEqual(sum(other in run.err for _c, _a, _s, other, _r in self.REASONS), 1, run)
                self.assertIn(meaning.split("; ")[-1], told)


class Tickets(Case):
    def setUp(self):
        super().setUp()
        if not kerberos.is_installed():
            self.skipTest("there is no KDC (Debian packages krb5-kdc, krb5-admin-server, krb5-user, dovecot-gssapi)")
        self.realm = kerberos.Realm(self)
        # What GNU SASL leaves behind when there is no ticket.
        suppressions = os.path.join(self.directory, "suppressions")
        with open(suppressions, "w", encoding="ascii") as f:
            f.write("leak:libgssapi_krb5.so\n")
        self.environment["LSAN_OPTIONS"] = f"suppressions={suppressions}:print_suppressions=0"
        self.server = self.start_dovecot(extra=self.realm.settings())
        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(1), "\\Seen")

    def test_a_ticket(self):
        self.write_config(host="localhost", password=None, auth="gssapi")
        run = self.sync(status=1)
        self.assertIn("there is no ticket of Kerberos for imap at localhost: get one with kinit", run.err)
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.realm.get_ticket("reader")
        self.sync()
        self.assert_same(count=1)
        self.realm.get_ticket("other")
        self.assertRegex(self.sync(status=1).err, "refused the login of reader: .*the principal that klist shows may log in")
        self.write_config(host="localhost", auth="gssapi")
        self.assertIn("has password, but auth = gssapi takes none", self.sync(status=2).err)


class Proxies(Case):
    def setUp(self):
        super().setUp()
        if "navette login: not built in (libcurl" in self.navette("--version").out:
            self.skipTest("this navette was built without libcurl")
        self.standard()
        self.far.append("INBOX", mail.message(1), "\\Seen")

    def start(self, kind, package):
        if not proxies.find(kind.program):
            self.skipTest(f"{kind.program} is not installed (Debian package {package})")
        return kind(self)

    def test_socks(self):
        proxy = self.start(proxies.Socks, "dante-server")
        self.write_config(host="localhost", proxy=f"socks5h://127.0.0.1:{proxy.port}")
        self.sync()
        self.assert_same(count=1)
        self.assertIn("tcp/connect", proxy.said())

    def test_http(self):
        proxy = self.start(proxies.Http, "tinyproxy")
        self.write_config(host="localhost", proxy=f"http://reader:secret-4711@127.0.0.1:{proxy.port}")
        run = self.sync("-vv")
        self.assert_same(count=1)
        self.assertNotIn("secret-4711", run.err)
        self.assertIn("CONNECT localhost", proxy.said())
        self.write_config(proxy=f"http://reader:wrong-4711@127.0.0.1:{proxy.port}")
        run = self.sync(status=3)
        self.assertRegex(run.err, f"the proxy 127.0.0.1:{proxy.port} did not connect to 127.0.0.1 port .*; check `proxy`")
        self.assertNotIn("4711", run.err)

    def test_no_proxy(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.write_config(proxy=f"socks5h://127.0.0.1:{s.getsockname()[1]}")
            self.assertRegex(self.sync(status=3).err, "the proxy 127.0.0.1:.* did not connect")
        for proxy in ("socks4://x:1", "127.0.0.1:1080", "https://x:1", "socks5h://"):
            self.write_config(proxy=proxy)
            self.assertIn("must be socks5h://HOST:PORT or http://HOST:PORT", self.sync(status=2).err)
