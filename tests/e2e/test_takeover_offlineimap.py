"""navette init --from offlineimap: what OfflineIMAP knew becomes the base."""

import fcntl
import os
import shutil
import sqlite3

from harness import pages
from harness.takeover import GONE_HERE, LEFT, MOVED_HERE, UNREAD_HERE, Takeover

FLAT = {"INBOX": "INBOX", "Archive": "Archive", "G&AOQ-ste": "G&AOQ-ste"}


class OfflineImap(Takeover):
    def setUp(self):
        super().setUp()
        self.need("offlineimap", "offlineimap3")
        self.start()

    def write_rc(self, local="", remote="", account="", general="", root=None):
        with open(os.path.join(self.home, ".offlineimaprc"), "w", encoding="utf-8") as f:
            f.write(f"[general]\naccounts = acc\nui = basic\n{general}\n"
                    f"[Account acc]\nlocalrepository = here\nremoterepository = there\n{account}\n"
                    f"[Repository here]\ntype = Maildir\nlocalfolders = {root or self.near.root}\n{local}\n"
                    f"[Repository there]\ntype = IMAP\nremotehost = 127.0.0.1\nremoteport = {self.server.port}\n"
                    f"remoteuser = reader\nremotepass = {self.server.password}\nssl = no\nstarttls = no\n{remote}\n")

    def offlineimap(self):
        self.run_program("offlineimap", "-o", "-c", os.path.join(self.home, ".offlineimaprc"))

    def play(self, folders, *, noted=False, **rc):
        self.write_rc(**rc)
        self.offlineimap()
        self.change(folders["INBOX"], folders["Archive"])
        said = self.init_from("offlineimap")
        self.assertNotIn("by content", said)
        self.assertEqual("Not taken over" in said, noted, said)
        self.check(folders)

    def test_plain_names(self):
        self.play(FLAT)

    def test_other_names_here(self):
        self.play({"INBOX": "INBOX", "Archive": "Old/Mail", "G&AOQ-ste": "G&AOQ-ste"},
                  local="sep = /\nnametrans = lambda f: {'Old/Mail': 'Archive'}.get(f, f)\n",
                  remote="nametrans = lambda f: {'Archive': 'Old/Mail'}.get(f, f)\n")

    def test_filters_and_keywords(self):
        self.far.create("Spam")
        self.far.append("Spam", b"Subject: offer\r\n\r\nBuy.\r\n")
        self.far.store("Archive", self.uid_there(30, "Archive"), "+FLAGS", "todo")
        self.write_rc(local="customflag_k = todo\n", remote="folderfilter = lambda f: f not in ['Spam']\n")
        self.offlineimap()
        name = self.file_here(30, "Archive")
        self.assertTrue(name[1].endswith(":2,Sk"), name)
        self.near.set_letters("Archive", name, "FSk")
        self.init_from("offlineimap")
        self.sync()
        self.assertEqual(self.near.folders(), ["Archive", "G&AOQ-ste", "INBOX"])
        ((_body, letters, keywords, _date),) = self.far.messages("Archive").values()
        self.assertEqual((letters, keywords), ("FS", ["todo"]))

    def test_plain_status_files(self):
        """OfflineIMAP since 7.1 writes sqlite alone; older ones left such files."""
        self.write_rc()
        self.offlineimap()
        states = os.path.join(self.home, ".offlineimap", "Account-acc")
        os.makedirs(os.path.join(states, "LocalStatus"), exist_ok=True)
        for name in os.listdir(os.path.join(states, "LocalStatus-sqlite")):
            database = sqlite3.connect(os.path.join(states, "LocalStatus-sqlite", name))
            with open(os.path.join(states, "LocalStatus", name), "w", encoding="ascii") as f:
                f.write("OFFLINEIMAP LocalStatus CACHE DATA - DO NOT MODIFY - FORMAT 2\n")
                for uid, flags in database.execute("SELECT id, flags FROM status"):
                    f.write(f"{uid}|{flags}|0|\n")
            database.close()
        shutil.rmtree(os.path.join(states, "LocalStatus-sqlite"))
        self.change("INBOX", "Archive")
        self.assertNotIn("by content", self.init_from("offlineimap"))
        self.check(FLAT)

    def test_removals_that_are_not_carried(self):
        self.write_rc(local="sync_deletes = no\n")
        self.offlineimap()
        self.near.remove("INBOX", self.file_here(GONE_HERE, "INBOX"))
        self.offlineimap()
        self.init_from("offlineimap")
        self.sync()
        self.assertIn(GONE_HERE, self.letters_there("INBOX"))
        self.assertNotIn(GONE_HERE, self.letters_here("INBOX"))
        self.assertEqual(self.sync().out, "")

    def test_what_is_not_taken_over(self):
        self.write_rc(general="pythonfile = ~/x.py\n", account="presynchook = true ; false\nproxy = socks5:x:1\n",
                      remote="folderfilter = lambda f: choose(f)\nnametrans = lambda f: f.upper()\n"
                             "remotepasseval = get_pass()\nkeepalive = 60\nmaxconnections = 2\n  tls = none\n")
        text = self.init_from("offlineimap", "--no-login").replace("\n", " ")
        for key in ("folderfilter", "nametrans", "proxy"):
            self.assertRegex(text, rf"offlineimaprc:[0-9]+: {key}")
        self.assertNotIn("keepalive", text)
        with open(self.config, encoding="utf-8") as f:
            config = f.read()
        self.assertRegex(config, r"\npre-sync = sh '.*/acc-pre-sync'\n")
        self.assertIn("the value for connections cannot stand in a line of this configuration", text)
        self.assertNotIn("connections =", config)
        self.assertNotIn(self.server.password, text)

    def test_nothing_is_taken_from_a_run_that_goes_on(self):
        self.write_rc()
        self.offlineimap()
        with open(os.path.join(self.home, ".offlineimap", "acc.lock"), "w", encoding="ascii") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            self.assertIn("OfflineIMAP is running on it", self.init_from("offlineimap", status=3).replace("\n", " "))
        self.init_from("offlineimap")

    def test_a_state_that_cannot_be_used(self):
        self.write_rc()
        self.offlineimap()
        self.near.remove("INBOX", self.file_here(GONE_HERE, "INBOX"))
        with open(os.path.join(self.home, ".offlineimap/Account-acc/LocalStatus-sqlite/INBOX"), "wb") as f:
            f.write(b"no database")
        self.assertIn("INBOX: matched by content in the first run", self.init_from("offlineimap").replace("\n", " "))
        self.sync()
        self.assertEqual(self.letters_here("INBOX"), self.letters_there("INBOX"))
        self.assertEqual(len(self.letters_here("INBOX")), LEFT)

    def test_a_file_moved_with_its_whole_name(self):
        """Its UID is that of the folder it came from, as FMD5 tells."""
        self.write_rc()
        self.offlineimap()
        moved = self.file_here(MOVED_HERE, "INBOX")
        os.rename(os.path.join(self.near.root, "INBOX", *moved), os.path.join(self.near.root, "Archive", *moved))
        self.init_from("offlineimap")
        self.sync()
        for folder, has in (("INBOX", False), ("Archive", True)):
            self.assertEqual(MOVED_HERE in self.letters_there(folder), has)
            self.assertEqual(self.letters_there(folder), self.letters_here(folder))

    def test_page(self):
        """docs/from-offlineimap.md, there and back."""
        there, back = pages.blocks("from-offlineimap.md", "sh")
        self.near.root = os.path.join(self.home, "Mail")
        os.makedirs(os.path.join(self.home, "bin"))
        os.symlink(os.path.abspath(self.binary()), os.path.join(self.home, "bin", "navette"))
        self.environment["PATH"] = os.path.join(self.home, "bin") + ":" + self.environment["PATH"]
        self.write_rc(root="~/Mail")
        self.offlineimap()
        self.change("INBOX", "Archive")
        self.run_program("sh", "-e", "-c", there)
        for folder, expected in self.EXPECTED.items():
            self.assertEqual(self.letters_there(folder), expected)
            self.assertEqual(self.letters_here(folder), expected)
        self.run_program("sh", "-e", "-c", back)
        for folder, expected in self.EXPECTED.items():
            self.assertEqual(self.letters_there(folder), expected)
            self.assertEqual(len(self.near.files(folder)), len(expected))
        self.assertEqual(self.letters_there("INBOX")[UNREAD_HERE], "")
