"""How init finds the server of an address: by a DNS and HTTPS servers of ours, through the system's resolver and libcurl."""

import json
import os
import re
import shutil
import subprocess

from harness import certificates, island
from harness.case import BINARY, TIMEOUT, Case

SETTINGS = """<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="x"><incomingServer type="imap"><hostname>{0}</hostname><port>{1}</port>
<socketType>SSL</socketType><username>%EMAILLOCALPART%</username></incomingServer></emailProvider></clientConfig>
"""
RECORDS = {
    "_imaps._tcp.secure.test SRV": [0, 1, 1993, "imap.secure.test"],
    "_imap._tcp.both.test SRV": [0, 1, 1143, "plain.both.test"],
    "_imaps._tcp.both.test SRV": [10, 1, 1993, "secure.both.test"],
    # "." says that there is no such service (RFC 6186 section 3.4).
    "_imaps._tcp.none.test SRV": [0, 0, 0, "."],
    "_imap._tcp.none.test SRV": [0, 5, 1143, "plain.none.test"],
    "google.test MX": [10, "aspmx.l.google.com"],
    "autoconfig.published.test A": "127.0.0.1",
    "known.test A": "127.0.0.1",
    "autoconfig.spoofed.test A": "127.0.0.1",
}
PAGES = {
    "autoconfig.published.test/mail/config-v1.1.xml?emailaddress=me%40published.test":
        SETTINGS.format("imap.published.test", 1993),
    "known.test/.well-known/autoconfig/mail/config-v1.1.xml": SETTINGS.format("mail.%EMAILDOMAIN%", 993),
    "autoconfig.spoofed.test/mail/config-v1.1.xml?emailaddress=me%40spoofed.test": SETTINGS.format("evil.test", 993),
}
EXPECTED = {
    "secure.test": ["host = imap.secure.test", "port = 1993", "user = me@secure.test"],
    "both.test": ["host = plain.both.test", "tls = starttls", "port = 1143", "user = me@both.test"],
    "none.test": ["host = plain.none.test", "tls = starttls", "port = 1143", "user = me@none.test"],
    "google.test": ["host = imap.gmail.com", "user = me@google.test"],
    "published.test": ["host = imap.published.test", "port = 1993", "user = me"],
    "known.test": ["host = mail.known.test", "user = me"],
}


class Discovery(Case):
    def setUp(self):
        super().setUp()
        if not island.available():
            self.skipTest("unshare -Urmn is not allowed here: no network of its own can be made")
        authority = certificates.make_authority(self.directory)
        # For all names but one.
        certificate, key = certificates.make_certificate(self.directory, authority, "https",
                                                         "DNS:autoconfig.published.test,DNS:known.test")
        for found, name in ((key, "key.pem"), (certificate, "cert.pem")):
            shutil.copy(found, os.path.join(self.directory, name))
        self.environment["SSL_CERT_FILE"] = authority[1]
        self.put("records.json", json.dumps(RECORDS))
        self.put("pages.json", json.dumps(PAGES))
        self.put("resolv.conf", "nameserver 127.0.0.1\n")

    def put(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as f:
            f.write(text)

    def ask(self, *domains):
        """The status of init for an address in the last one, which ran after the others."""
        script = "\n".join(f"{os.path.abspath(BINARY)} init --non-interactive --no-login --address me@{domain} "
                           f"--password-command 'echo x' -c {self.directory}/{domain}; echo {domain} $?"
                           for domain in domains)
        return subprocess.run(island.command(self.directory, "sh", "-c", script), capture_output=True, text=True,
                              env=self.environment, timeout=TIMEOUT, check=False)

    def test_what_is_found(self):
        run = self.ask(*EXPECTED, "spoofed.test")
        for domain, expected in EXPECTED.items():
            self.assertIn(f"{domain} 0\n", run.stdout, run.stderr)
            with open(os.path.join(self.directory, domain), encoding="utf-8") as f:
                lines = f.read().splitlines()
            keys = [line for line in lines if re.match("(host|port|tls|user) = ", line)]
            self.assertEqual(keys, expected)
        # A page of another name's server is not believed, and nothing answers where it could be.
        self.assertNotIn("spoofed.test 0\n", run.stdout)
        self.assertNotIn("evil.test", run.stdout + run.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.directory, "spoofed.test")))
