"""Logins by mechanisms that are seldom seen, by tickets of Kerberos, and through proxies."""

import socket

from harness import kerberos, mail, proxies
from harness.case import Case


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


class Tickets(Case):
    def setUp(self):
        super().setUp()
        if not kerberos.is_installed():
            self.skipTest("there is no KDC (Debian packages krb5-kdc, krb5-admin-server, krb5-user, dovecot-gssapi)")
        self.realm = kerberos.Realm(self)
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
