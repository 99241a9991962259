"""Secrets in the keyring of the desktop, which GNOME's daemon keeps."""

import os

from harness import keyring
from test_login_renewal import Renewing


class InTheKeyring(Renewing):
    def setUp(self):
        super().setUp()
        if "not built in" in self.navette("--version").out.partition("keyring:")[2]:
            self.skipTest("this navette was built without libsecret")

    def start_keyring(self):
        if not keyring.is_installed():
            self.skipTest("there is no keyring (Debian packages dbus-daemon, gnome-keyring, libglib2.0-bin, libsecret-tools)")
        return keyring.Keyring(self)

    def expire(self):
        """What is kept has to be renewed: it is not in a file that could be changed."""
        self.provider.expire_all()

    def test_tokens(self):
        ring = self.start_keyring()
        self.login(token_store="keyring")
        self.assertFalse(os.path.exists(self.token_file))
        self.sync()
        for refreshes in (1, 2):
            self.expire()
            self.sync()
            self.assertEqual(self.refreshes(), refreshes)
        ring.lock()
        run = self.sync(status=1)
        self.assertRegex(run.err, "the desktop's keyring is locked, and a run asks nobody to open it")
        self.assertEqual(len(run.err.splitlines()), 1, run)

    def test_forget(self):
        self.start_keyring()
        self.login(token_store="keyring")
        self.assertIn("are removed here", self.navette("login", "--forget", "test").out)
        self.assertIn("there were no tokens", self.navette("login", "--forget", "test").out)
        self.assertIn("is not logged in", self.sync(status=1).err)

    def test_no_session_of_the_desktop(self):
        for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"):
            self.environment.pop(name, None)
        self.environment["XDG_RUNTIME_DIR"] = self.directory
        self.configure(token_store="keyring")
        run = self.sync(status=1)
        self.assertRegex(run.err, "the desktop's keyring cannot be reached: .*; it is there in a session of the desktop only")
