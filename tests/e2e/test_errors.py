"""What goes wrong: each gives one clear sentence, the right exit status, and nothing is lost."""

import os
import socket
import time

from harness import certificates, mail, relay
from harness.case import TIMEOUT, Case


class Errors(Case):
    def one_sentence(self, run):
        self.assertEqual(len(run.err.strip().splitlines()), 1, run)
        return run.err

    def test_wrong_password(self):
        self.standard()
        self.write_config(password="wrong")
        text = self.one_sentence(self.sync(status=1))
        self.assertRegex(text, r"test: .*(login|password)")
        self.assertNotIn("wrong", text)

    def test_unknown_host(self):
        self.write_config(host="no-such-host.invalid")
        self.assertIn("no-such-host.invalid", self.one_sentence(self.sync(status=3)))

    def test_refused_connection(self):
        self.write_config()
        self.assertIn("cannot connect to 127.0.0.1", self.one_sentence(self.sync(status=3)))

    def test_a_server_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.write_config(port=listener.getsockname()[1], timeout="1s")
            self.assertIn("did not respond", self.one_sentence(self.sync(status=3)))

    def test_config_that_others_can_read(self):
        self.standard()
        os.chmod(self.config, 0o644)
        self.assertIn("others may read it", self.one_sentence(self.sync(status=2)))

    def test_config_slips_name_file_line_and_nearest_word(self):
        for line, words in (("hots = x", "did you mean host?"),
                            ("tls = startls", "did you mean starttls?"),
                            ("port = 99999", "number from 1 to 65535"),
                            ("timeout = soon", "time such as"),
                            ("maildir = mail", "whole path"),
                            ("maildir = ~/$NOPE/mail", "NOPE is not set"),
                            ("user = a\nuser = b", "given twice"),
                            ("password = a ; b", "begins a comment"),
                            ("tunnel = " + "x" * 300, "too long")):
            self.write_config(f"[account test]\n{line}\n")
            text = self.one_sentence(self.sync(status=2))
            self.assertIn(words, text)
            self.assertRegex(text, rf"{self.config}:\d: ")

    def test_missing_keys_are_named(self):
        self.write_config("[account test]\nhost = x\n")
        self.assertIn(":1: account test has no maildir", self.one_sentence(self.sync(status=2)))

    def test_no_config(self):
        self.assertIn(self.config, self.one_sentence(self.sync(status=2)))

    def test_unknown_account_and_command(self):
        self.write_config("[account one]\nhost=h\nuser=u\npassword=p\nmaildir=/m/one\n"
                          "[account two]\nhost=h\nuser=u\npassword=p\nmaildir=/m/two\n")
        self.assertIn("did you mean two?", self.one_sentence(self.sync("tow", status=2)))
        run = self.navette("snyc")
        self.assertEqual((run.status, "did you mean sync?" in run.err), (2, True))
        run = self.navette("sync", "--dryrun")
        self.assertEqual((run.status, "did you mean --dry-run?" in run.err), (2, True))

    def test_password_command(self):
        self.standard()
        secret = self.server.password
        self.write_config(password=None, password_command=f"printf '{secret}\\nsecond line\\n'")
        self.sync()
        self.write_config(password=None, password_command="echo locked >&2; exit 7")
        self.assertIn("exit status 7; it said: locked", self.one_sentence(self.sync(status=1)))
        self.write_config(password=None, password_command="true")
        self.assertIn("printed no password", self.one_sentence(self.sync(status=1)))
        self.write_config(password=None, password_command="sleep 60", timeout="1s")
        self.assertIn("did not end within 1 second ", self.one_sentence(self.sync(status=1)))
        self.write_config(password=None, password_command="kill -9 $$")
        self.assertIn("signal 9", self.one_sentence(self.sync(status=1)))

    def test_secrets_are_struck_out_of_the_wire_log(self):
        self.standard()
        for auth in ("auto", "plain", "login"):
            self.write_config(auth=auth)
            run = self.sync("-vv")
            self.assertNotIn(self.server.password, run.err + run.out)

    def test_unreadable_folder_does_not_stop_the_others(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        self.standard()
        self.far.create("Closed")
        self.far.append("Closed", mail.message(1))
        self.far.append("INBOX", mail.message(2))
        self.sync()
        os.chmod(self.near.path("Closed"), 0)
        self.addCleanup(os.chmod, self.near.path("Closed"), 0o700)
        self.far.append("INBOX", mail.message(3))
        run = self.sync(status=1)
        self.assertRegex(run.err, r"test/Closed: cannot .*Closed")
        self.assert_same("INBOX", count=2)

    def test_damaged_folder_does_not_stop_the_others(self):
        self.standard()
        self.far.create("Work")
        for i in range(3):
            self.far.append("Work", mail.message(i))
        self.far.append("INBOX", mail.message(20))
        self.sync()
        os.rename(f"{self.near.path('Work')}/cur", f"{self.near.path('Work')}/tmp/old-cur")
        self.far.append("INBOX", mail.message(21))
        run = self.sync(status=4)
        self.assertIn("test/Work", run.err)
        self.assertEqual(len(self.far.messages("Work")), 3)
        self.assert_same("INBOX", count=2)

    def test_one_run_at_a_time(self):
        self.standard()
        self.sync()
        lock = os.path.join(self.directory, "state", "navette", "test", "lock")
        import fcntl
        with open(lock, "r+b") as held:
            fcntl.lockf(held, fcntl.LOCK_EX)
            text = self.one_sentence(self.sync("--wait", "0", status=3))
        self.assertIn(f"process {os.getpid()}", text)
        self.sync("--wait", "0")

    def test_connection_cut_in_a_body_loses_nothing(self):
        self.standard()
        for i in range(30):
            self.far.append("INBOX", mail.message(i, size=20_000))
        cutter = relay.Relay(self.server.port, cut_after=300_000, for_good=True)
        self.addCleanup(cutter.stop)
        self.write_config(port=cutter.port, timeout="2s")
        run = self.sync(status=3)
        self.assertIn("closed the connection", run.err)
        self.write_config()
        self.sync()
        self.assert_same(count=30)
        self.assertEqual(os.listdir(f"{self.near.path('INBOX')}/tmp"), [])

    def test_connection_cut_does_not_stop_the_other_folders(self):
        self.standard()
        self.far.create("Another")
        self.far.append("Another", mail.message(1))
        self.far.append("INBOX", mail.message(2, size=200_000))
        cutter = relay.Relay(self.server.port, cut_after=100_000)
        self.addCleanup(cutter.stop)
        self.write_config(port=cutter.port, timeout="6s")
        self.sync()
        self.assertTrue(cutter.harmed)
        self.assert_same("Another", count=1)
        self.assert_same("INBOX", count=1)

    def test_a_signal_ends_the_run_in_order(self):
        import signal
        import subprocess
        from harness.case import BINARY
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.write_config(port=listener.getsockname()[1])
            process = subprocess.Popen([BINARY, "-c", self.config, "sync"],
                                       env=self.environment, stderr=subprocess.PIPE)
            connection, _ = listener.accept()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(TIMEOUT), 3)
            self.assertIn(b"stopped by a signal", process.stderr.read())
            process.stderr.close()
            connection.close()


class Tls(Case):
    def setUp(self):
        super().setUp()
        self.authority = certificates.make_authority(self.directory)

    def serve(self, san="IP:127.0.0.1,DNS:localhost", days=("-days", "2"), **keys):
        pair = certificates.make_certificate(self.directory, self.authority, "server", san, days)
        self.certificate = pair[0]
        self.server = self.start_dovecot(certificate=pair[0], key=pair[1])
        self.far = self.connect(self.server)
        self.far.append("INBOX", mail.message(1))
        values = {"port": self.server.tls_port, "tls": "implicit", "tls_ca": self.authority[1]}
        values.update(keys)
        self.write_config(**values)

    def test_implicit(self):
        self.serve()
        self.sync()
        self.assert_same(count=1)

    def test_host_name(self):
        self.serve(host="localhost")
        self.sync()

    def test_starttls(self):
        self.serve()
        self.write_config(port=self.server.port, tls="starttls", tls_ca=self.authority[1])
        self.sync()
        self.assert_same(count=1)

    def refused(self, words):
        run = self.sync(status=1)
        self.assertRegex(run.err, words)
        self.assertIn(certificates.fingerprint(self.certificate), run.err)
        self.assertEqual(self.near.folders(), [])

    def test_wrong_name(self):
        self.serve(san="DNS:mail.example.org")
        self.refused(r"IP address mismatch \(it is for mail\.example\.org, .*nothing was done\. Set `host`, .*"
                     " set tls-fingerprint = ")

    def test_expired(self):
        self.serve(days=("-days", "0"))
        time.sleep(1.1)
        self.refused("has expired .*The server's administrator has to renew it; .* set tls-fingerprint = ")

    def test_unknown_authority(self):
        self.serve(tls_ca=None)
        self.refused("(self-signed|unable to get local issuer).* set tls-ca = .* set tls-fingerprint = ")

    def test_fingerprint_alone_decides(self):
        self.serve(san="DNS:mail.example.org", tls_ca=None)
        self.write_config(port=self.server.tls_port, tls="implicit",
                          tls_fingerprint=certificates.fingerprint(self.certificate).upper())
        self.sync()
        self.write_config(port=self.server.tls_port, tls="implicit", tls_fingerprint="0" * 64)
        run = self.sync(status=1)
        self.assertIn("none of tls-fingerprint", run.err)

    def test_plain_port_with_tls_is_told(self):
        self.serve(port=None)
        self.write_config(port=self.server.port, tls="implicit", tls_ca=self.authority[1])
        run = self.sync(status=1)
        self.assertIn("speaks IMAP without TLS from the first byte; use tls = starttls", run.err)

    def test_tls_port_without_tls_is_told(self):
        """Each waits for the other to speak first; it is told long before `timeout`, and by `check` too."""
        self.serve()
        for tls in ("none", "starttls"):
            self.write_config(port=self.server.tls_port, tls=tls, timeout="600s")
            for run in (self.sync(status=1), self.navette("check")):
                self.assertEqual(run.status, 1, run)
                self.assertIn(f"127.0.0.1:{self.server.tls_port} speaks TLS from the first byte, and "
                              f"the configuration says tls = {tls}; use tls = implicit",
                              run.err + run.out)
