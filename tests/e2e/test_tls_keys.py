"""What the configuration says of TLS, and logins by a certificate, against a real Dovecot."""

import os
import shutil
import socket
import ssl
import subprocess
import threading

from harness import certificates, mail
from harness.case import Case
from harness.scripted import Drop, ScriptedServer


class WithDovecot(Case):
    name = "DNS:imap.example"
    extra = ""

    def setUp(self):
        super().setUp()
        self.authority = certificates.make_authority(self.directory)
        self.certificate, self.key = certificates.make_certificate(self.directory, self.authority, "imap", self.name)
        self.server = self.start_dovecot(certificate=self.certificate, key=self.key, extra=self.extra.format(
            authority=self.authority[1]))
        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(1), "\\Seen")

    def configure(self, **keys):
        self.write_config(**{"port": self.server.tls_port, "tls": None, "tls_ca": self.authority[1], **keys})

    def refused(self, words, status=1):
        run = self.sync(status=status)
        self.assertRegex(run.err, words)
        self.assertEqual(len(run.err.splitlines()), 1, run)


class Trust(WithDovecot):
    def test_a_server_under_another_name(self):
        self.configure()
        self.refused("is not trusted: IP address mismatch")
        self.configure(tls_name="imap.example")
        self.sync()
        self.assert_same(count=1)
        self.configure(tls_name="else.example")
        self.refused("is not trusted: hostname mismatch")

    def test_several_pins(self):
        good, other = certificates.fingerprint(self.certificate), "00" * 32
        key = certificates.key_fingerprint(self.certificate)
        for keys in ({"tls_fingerprint": f"{other} {good}"}, {"tls_fingerprint": f"{other}\n  {good}"},
                     {"tls_key_fingerprint": key}, {"tls_key_fingerprint": f"{other}, {key}"},
                     {"tls_fingerprint": other, "tls_key_fingerprint": key}):
            with self.subTest(keys=keys):
                self.configure(tls_ca=None, **keys)
                self.sync()
        for keys in ({"tls_fingerprint": f"{other} {key}"}, {"tls_key_fingerprint": f"{other} {good}"}):
            with self.subTest(keys=keys):
                self.configure(**keys, tls_name="imap.example")
                self.refused("is not trusted: it is none of tls-fingerprint or tls-key-fingerprint")

    def test_a_key_outlives_its_certificate(self):
        self.configure(tls_ca=None, tls_key_fingerprint=certificates.key_fingerprint(self.certificate))
        self.sync()
        certificates.renew(self.directory, self.authority, self.certificate, self.key, "DNS:new.example")
        self.server.stop()
        self.server.start()
        self.sync()


class ByCertificate(WithDovecot):
    extra = """
ssl_ca = <{authority}
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
auth_mechanisms = plain external
passdb {{
  driver = static
  mechanisms = external
  args = nopassword
}}
"""

    def setUp(self):
        super().setUp()
        self.mine, self.mine_key = certificates.make_certificate(self.directory, self.authority, "reader", "DNS:reader")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL, capture_output=True)

    def external(self, **keys):
        self.configure(password=None, auth="external", tls_name="imap.example", **keys)

    def test_kinds_of_files(self):
        both, bundle, bare, secret = (os.path.join(self.directory, name) for name in ("both", "p12", "bare.p12", "secret"))
        with open(both, "wb") as f:
            for path in (self.mine_key, self.mine):
                with open(path, "rb") as part:
                    shutil.copyfileobj(part, f)
        for path, word in ((bundle, "hush"), (bare, "")):
            self.openssl("pkcs12", "-export", "-in", self.mine, "-inkey", self.mine_key, "-out", path, "-passout", "pass:" + word)
        self.openssl("pkey", "-in", self.mine_key, "-aes256", "-passout", "pass:hush", "-out", secret)
        for keys in ({"tls_cert": self.mine, "tls_key": self.mine_key}, {"tls_cert": both},
                     {"tls_cert": bundle, "tls_key_command": "echo hush"},
                     {"tls_cert": self.mine, "tls_key": secret, "tls_key_command": "echo hush"}):
            with self.subTest(keys=keys):
                self.external(**keys)
                self.sync()
                self.assert_same(count=1)
        self.external(tls_cert=self.mine, tls_key=secret)
        self.refused(r"secret \(tls-key\) cannot be read as a key; if it is encrypted, set tls-key-command", status=2)
        self.external(tls_cert=self.mine, tls_key=secret, tls_key_command="echo wrong")
        self.refused("cannot be read as a key", status=2)
        self.external(tls_cert=self.mine)
        self.refused("has no key: set tls-key", status=2)
        self.external(tls_cert=self.mine, tls_key=self.key)
        self.refused("has no certificate of the key", status=2)
        self.external(tls_cert=os.path.join(self.directory, "none"), tls_key=self.key)
        self.refused(r"none \(tls-cert\) cannot be read", status=2)

    def test_somebody_else(self):
        other = certificates.make_certificate(self.directory, self.authority, "other", "DNS:other")
        self.external(tls_cert=other[0], tls_key=other[1])
        run = self.navette("sync")
        self.assertNotEqual(run.status, 0, run)
        self.assertEqual(self.near.folders(), [])

    def test_keys_that_do_not_go_together(self):
        self.configure(password=None, auth="external")
        self.refused("has auth = external, which logs in by a certificate, and no tls-cert", status=2)
        self.configure(auth="external", tls_cert=self.mine)
        self.refused("has password, but auth = external takes none", status=2)
        self.configure(tls_key=self.mine)
        self.refused("has tls-key and no tls-cert", status=2)
        self.configure(tls="none", tls_ca=None, tls_name="x")
        self.refused("has tls = none, so tls-name would never be looked at", status=2)


class TlsFront:
    """Takes TLS off in front of a server; notes which connections resumed an earlier one."""

    def __init__(self, case, server, certificate, key, maximum=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        if maximum:
            self.context.maximum_version = maximum
        self.target, self.resumed = server.port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        case.addCleanup(self.listener.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as near, \
                    socket.create_connection(("127.0.0.1", self.target)) as far:
                self.resumed.append(near.session_reused)
                threading.Thread(target=self.copy, args=(far, near), daemon=True).start()
                self.copy(near, far)
        except OSError:
            pass

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Versions(Case):
    def setUp(self):
        super().setUp()
        self.server = ScriptedServer("IMAP4rev1")
        self.addCleanup(self.server.stop)
        authority = certificates.make_authority(self.directory)
        self.certificate, self.key = certificates.make_certificate(self.directory, authority, "imap", "IP:127.0.0.1")
        self.keys = {"tls": None, "tls_ca": authority[1], "timeout": "20s"}

    def front(self, **options):
        front = TlsFront(self, self.server, self.certificate, self.key, **options)
        self.keys["port"] = front.port
        return front

    def test_the_least_version(self):
        self.front(maximum=ssl.TLSVersion.TLSv1_2)
        self.write_config(**self.keys)
        self.sync()
        self.write_config(**self.keys, tls_min="1.3")
        run = self.sync(status=1)
        self.assertIn("or than tls-min", run.err)
        self.front()
        self.write_config(**self.keys, tls_min="1.3")
        self.sync()

    def drop_once(self):
        dropped = []

        def drop(_session, _tag, _rest):
            if not dropped:
                dropped.append(True)
                raise Drop
            return None
        self.server.hooks["SELECT"] = drop
        self.server.mailboxes["INBOX"].add(mail.message(1))

    def test_further_connections_resume(self):
        for maximum, resumed in ((None, [False, True]), (ssl.TLSVersion.TLSv1_2, [False, False])):
            with self.subTest(maximum=maximum):
                front = self.front(maximum=maximum)
                self.write_config(**self.keys)
                self.drop_once()
                self.sync()
                self.assertEqual(front.resumed, resumed)

    def test_a_resumed_connection_is_no_less_trusted(self):
        """What was refused is refused again, though the server would resume it."""
        front = self.front()
        self.write_config(**self.keys, tls_fingerprint="00" * 32)
        for _ in range(2):
            self.assertIn("is not trusted", self.sync(status=1).err)
        self.assertEqual(self.server.log, [], front.resumed)
