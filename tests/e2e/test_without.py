"""A navette that was built without the libraries that a build may lack: it says so, and does everything else."""

from harness import oauth
from harness.case import Case


class Without(Case):
    def setUp(self):
        super().setUp()
        self.version = self.navette("--version").out

    def lacks(self, part):
        if part + ": not built in" not in self.version:
            self.skipTest(f"this navette was built with what {part} needs")

    def test_tokens(self):
        self.lacks("navette login")
        self.write_config(password=None, oauth="google", client_id=oauth.CLIENT)
        for command in ("sync", "login"):
            run = self.navette(command)
            self.assertEqual(run.status, 2, run)
            self.assertIn("this navette was built without libcurl or jansson, so it cannot get tokens for account test by "
                          "itself: build it with the Debian packages libcurl4-openssl-dev and libjansson-dev, or use "
                          "token-command in place of oauth", run.err)
        self.assertEqual(self.navette("login", "--forget").status, 2)

    def test_tags(self):
        if "tags of notmuch: left out" not in self.version:
            self.skipTest("this navette was built with libnotmuch")
        self.write_config(keywords="notmuch")
        for command in ("sync", "check"):
            run = self.navette(command)
            self.assertEqual(run.status, 2, run)
            self.assertIn("this navette was built without libnotmuch, so keywords = notmuch cannot be: build it with the "
                          "Debian package libnotmuch-dev, or set keywords = both", run.out + run.err)

    def test_a_proxy(self):
        self.lacks("navette login")
        self.write_config(proxy="socks5h://127.0.0.1:1")
        run = self.sync(status=2)
        self.assertRegex(run.err, "built without libcurl, so it cannot use a proxy .* \"tunnel = nc -X 5 -x PROXY:1080 127.0.0.1 1\"")
