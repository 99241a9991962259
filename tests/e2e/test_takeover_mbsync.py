"""navette init --from mbsync: what mbsync knew becomes the base."""

import fcntl
import os

from harness import mail, pages
from harness.takeover import GONE_HERE, GONE_THERE, NEW_HERE, Takeover

NESTED = {"INBOX": "INBOX", "Archive": "Archive", "G&AOQ-ste": "G&AOQ-ste"}


class Mbsync(Takeover):
    def setUp(self):
        super().setUp()
        self.need("mbsync", "isync")
        self.start()

    def write_rc(self, near, channels=None, store="", head=""):
        os.makedirs(self.near.root, exist_ok=True)
        channels = channels or "Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\n"
        with open(os.path.join(self.home, ".mbsyncrc"), "w", encoding="utf-8") as f:
            f.write(f"{head}\nIMAPStore far\nHost 127.0.0.1\nPort {self.server.port}\nUser reader\n"
                    f"Pass {self.server.password}\nSSLType None\nAuthMechs LOGIN\n{store}\n"
                    f"MaildirStore near\n{near}\n{channels}")

    def mbsync(self):
        self.run_program("mbsync", "-c", os.path.join(self.home, ".mbsyncrc"), "-a")

    def verbatim(self):
        return f"Path {self.near.root}/\nInbox {self.near.root}/INBOX\nSubFolders Verbatim\n"

    def play(self, near, folders, **more):
        self.write_rc(near, **more)
        self.mbsync()
        self.change(folders["INBOX"], folders["Archive"])
        said = self.init_from("mbsync")
        self.assertNotIn("by content", said)
        self.assertNotIn("Not taken over", said)
        self.check(folders)

    def test_state_in_the_maildirs(self):
        self.play(self.verbatim(), NESTED, head="SyncState *\n")

    def test_state_in_its_own_directory(self):
        os.makedirs(os.path.join(self.home, ".mbsync"))
        self.play(self.verbatim(), NESTED)

    def test_dotted(self):
        self.play(f"Inbox {self.near.root}\nSubFolders Maildir++\n",
                  {"INBOX": "", "Archive": ".Archive", "G&AOQ-ste": ".G&AOQ-ste"}, head="SyncState *\n")

    def test_flat_and_a_map_of_uids(self):
        self.play(self.verbatim() + "Flatten .\nAltMap yes\n", NESTED, head="SyncState *\n")

    def test_channels_with_prefixes(self):
        channels = (f"Channel in\nFar :far:INBOX\nNear :near:Post\nExpunge Both\nSyncState {self.home}/state-in-\n\n"
                    f"Channel rest\nFar :far:\nNear :near:Server/\nPatterns * !INBOX\nCreate Both\nExpunge Both\n"
                    f"SyncState {self.home}/state-rest-\n")
        os.makedirs(os.path.join(self.near.root, "Server"))
        self.near.create("Post")
        self.play(self.verbatim(), {"INBOX": "Post", "Archive": "Server/Archive", "G&AOQ-ste": "Server/G&AOQ-ste"},
                  channels=channels)

    def test_a_command_that_fits_in_no_line(self):
        self.write_rc(self.verbatim(), head="SyncState *\n")
        rc = os.path.join(self.home, ".mbsyncrc")
        with open(rc, encoding="utf-8") as f:
            text = f.read().replace(f"Pass {self.server.password}",
                                    f'PassCmd "true ; echo {self.server.password} # {"x" * 200}"')
        with open(rc, "w", encoding="utf-8") as f:
            f.write(text)
        self.mbsync()
        said = self.init_from("mbsync")
        script = os.path.join(os.path.dirname(self.config), "far-password-command")
        self.assertIn(script, said.replace("\n", ""))
        self.assertEqual(os.stat(script).st_mode & 0o777, 0o600)
        self.assertEqual(self.sync().out, "")

    def test_no_second_time(self):
        """Once navette has run, its own state is what counts."""
        self.play(self.verbatim(), NESTED, head="SyncState *\n")
        os.unlink(self.config)
        text = self.init_from("mbsync", status=4).replace("\n", " ")
        self.assertIn("navette has synchronised this account already", text)
        self.assertFalse(os.path.exists(self.config))

    def test_an_inbox_elsewhere(self):
        inbox = os.path.join(self.directory, "inbox")
        self.play(f"Path {self.near.root}/\nInbox {inbox}\nSubFolders Verbatim\n", {**NESTED, "INBOX": inbox},
                  head="SyncState *\n")

    def test_what_is_not_taken_over(self):
        self.write_rc(self.verbatim(), store="ClientKey key.pem\nCipherString HIGH\nPipelineDepth 3\n",
                      head="SyncState *\nFSync yes\n")
        text = self.init_from("mbsync", "--no-login")
        rc = os.path.join(self.home, ".mbsyncrc")
        self.assertIn(f"{rc}:11: ClientKey is not taken over", text.replace("\n", " "))
        self.assertIn(f"{rc}:12: CipherString is not taken over", text.replace("\n", " "))
        self.assertNotIn("PipelineDepth", text)
        self.assertNotIn("FSync", text)
        self.assertNotIn(self.server.password, text)

    def test_nothing_is_taken_from_a_run_that_goes_on(self):
        self.write_rc(self.verbatim(), head="SyncState *\n")
        self.mbsync()
        with open(os.path.join(self.near.root, "INBOX", ".mbsyncstate.lock"), "w", encoding="ascii") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            text = self.init_from("mbsync", status=3)
        self.assertIn("mbsync is running on it", text)
        self.assertFalse(os.path.exists(self.config))
        self.init_from("mbsync")

    def test_a_state_that_cannot_be_used(self):
        """A folder without a usable state is matched by content: nothing is lost or doubled, but removals that
        waited come back."""
        self.write_rc(self.verbatim(), head="SyncState *\n")
        self.mbsync()
        self.near.remove("INBOX", self.file_here(GONE_HERE, "INBOX"))
        state = os.path.join(self.near.root, "INBOX", ".mbsyncstate")
        with open(state, "a", encoding="ascii") as f:
            f.write("what is this\n")
        text = self.init_from("mbsync").replace("\n", " ")
        self.assertIn("INBOX: matched by content in the first run: the state", text)
        self.sync()
        self.assertEqual(self.letters_here("INBOX"), self.letters_there("INBOX"))
        self.assertEqual(len(self.letters_here("INBOX")), 9)

    def test_a_file_with_the_uid_of_another(self):
        """A reader moved it with its whole name: in its new folder that UID is another message's."""
        self.far.append("Archive", mail.message(32))
        self.write_rc(self.verbatim(), head="SyncState *\n")
        self.mbsync()
        second = self.file_here(2, "INBOX")
        self.assertIn(",U=2:", second[1] + ":")
        os.unlink(os.path.join(self.near.root, "Archive", *self.file_here(32, "Archive")))
        os.rename(os.path.join(self.near.root, "INBOX", *second), os.path.join(self.near.root, "Archive", *second))
        self.init_from("mbsync")
        self.sync()
        numbers = {folder: sorted(self.letters_there(folder)) for folder in ("INBOX", "Archive")}
        self.assertIn(2, numbers["Archive"])
        self.assertNotIn(2, numbers["INBOX"])
        self.assertEqual(numbers["Archive"], sorted(self.letters_here("Archive")))
        self.assertEqual(numbers["INBOX"], sorted(self.letters_here("INBOX")))

    def test_one_way_and_a_limit(self):
        """What the limit left on the server stays there, and so does what was removed here where removals are not
        pushed."""
        channels = "Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nMaxMessages 5\nExpireUnread yes\n"
        self.write_rc(self.verbatim(), head="SyncState *\n", channels=channels)
        self.mbsync()
        before = self.letters_there("INBOX")
        kept = sorted(self.letters_here("INBOX"))
        self.assertEqual(len(kept), 5)
        self.near.remove("INBOX", self.file_here(kept[0], "INBOX"))
        self.near.add("INBOX", mail.to_near(mail.message(NEW_HERE)))
        self.mbsync()
        self.init_from("mbsync")
        run = self.sync("-v")
        self.assertEqual(self.letters_there("INBOX"), before, run)
        self.assertEqual(sorted(self.letters_here("INBOX")), kept[1:] + [NEW_HERE], run)

    def test_removals_that_do_not_go_to_the_other_side(self):
        """Expunge None: each side keeps what the other removed, marked as deleted."""
        self.write_rc(self.verbatim(), head="SyncState *\n",
                      channels="Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Both\n")
        self.mbsync()
        self.near.remove("INBOX", self.file_here(GONE_HERE, "INBOX"))
        self.far.remove("INBOX", [self.uid_there(GONE_THERE)])
        self.mbsync()
        before = self.letters_there("INBOX"), self.letters_here("INBOX")
        self.assertEqual((before[0][GONE_HERE], before[1][GONE_THERE]), ("T", "T"))
        self.init_from("mbsync")
        run = self.sync("-v")
        self.assertEqual((self.letters_there("INBOX"), self.letters_here("INBOX")), before, run)
        self.assertNotIn("download", run.err)
        self.assertNotIn("upload", run.err)

    def test_a_maildir_that_lost_its_files(self):
        """All of them gone since mbsync ran: the guard stops the first run, as any."""
        self.write_rc(self.verbatim(), head="SyncState *\n")
        self.mbsync()
        for file in self.near.files("INBOX"):
            self.near.remove("INBOX", file)
        self.init_from("mbsync")
        self.sync(status=4)
        self.assertEqual(len(self.letters_there("INBOX")), 9)

    def test_page(self):
        """docs/from-mbsync.md, there and back."""
        there, back = pages.blocks("from-mbsync.md", "sh")
        self.near.root = os.path.join(self.home, "Mail")
        os.makedirs(os.path.join(self.home, ".mbsync"))
        os.makedirs(os.path.join(self.home, "bin"))
        os.symlink(os.path.abspath(self.binary()), os.path.join(self.home, "bin", "navette"))
        self.environment["PATH"] = os.path.join(self.home, "bin") + ":" + self.environment["PATH"]
        self.write_rc("Path ~/Mail/\nInbox ~/Mail/INBOX\nSubFolders Verbatim\n")
        self.mbsync()
        self.change("INBOX", "Archive")
        self.run_program("sh", "-e", "-c", there)
        for folder, expected in self.EXPECTED.items():
            self.assertEqual(self.letters_there(folder), expected)
            self.assertEqual(self.letters_here(folder), expected)
        self.far.append("INBOX", mail.message(40))
        self.run_program("sh", "-e", "-c", back)
        for folder, expected in self.EXPECTED.items():
            more = {40: ""} if folder == "INBOX" else {}
            self.assertEqual(self.letters_there(folder), {**expected, **more})
            self.assertEqual(len(self.near.files(folder)), len(expected) + len(more))
