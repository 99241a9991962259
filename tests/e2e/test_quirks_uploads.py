"""Quirks that uploads and the near side met with real servers and mail readers."""

import os
import re
import shutil

from harness import mail
from harness.quirks import QuirkCase


class Uploads(QuirkCase):
    def settle(self, capabilities="IMAP4rev1", **keys):
        self.serve(capabilities, **keys)
        self.sync()
        self.server.log.clear()

    def test_F01_no_instead_of_go_on(self):
        for refusal in ("TAG NO not this one", "TAG BAD what is that"):
            with self.subTest(refusal=refusal):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle()
                self.change()
                self.server.hooks["LITERAL"] = refusal
                self.assertIn(refusal[8:], self.run_any(1).err)
                for line in self.server.log:  # a literal that was sent all the same would show
                    self.assertRegex(line, r"^[AZ]\d+ [A-Z]+( |$)")
                self.assertEqual(self.message(1).flags, {"\\Seen", "\\Flagged"}, "the rest goes on")
                self.assert_recovers()

    def test_F02_a_list_of_flags_is_always_sent(self):
        """Without one, some servers take the size for something else."""
        self.settle()
        self.near.add("INBOX", mail.to_near(mail.message(60)), place="new")
        self.server.hooks["APPEND"] = lambda _s, _t, rest: None if re.search(
            r'\([^)]*\) "[^"]*" \{', rest) else "TAG BAD literal size too large"
        self.sync()
        self.assert_together(5)

    def test_F02_no_utf8_literal(self):
        """8-bit headers go as they are, also after UTF8=ACCEPT, for some servers refuse UTF8 (~{n}."""
        self.settle("IMAP4rev1 ENABLE UTF8=ACCEPT")
        self.near.add("INBOX", "Subject: Grüße\nMessage-ID: <8@x>\n\nKůň\n".encode(), "S")
        self.sync()
        self.assertEqual(self.server.count(r"~\{|UTF8 \("), 0)
        self.assert_together(5)
        self.assert_quiet()

    def test_F03_bare_line_ends_and_nul_are_told_once_a_message(self):
        self.settle()
        self.near.add("INBOX", b"Subject: 1\n\nbare\rreturn\n", "S", name="bare")
        self.near.add("INBOX", b"Subject: 2\n\nnul \0 octet\n", "S", name="nul")
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S", name="zgood")

        class Strict(self.server.session_class):
            def do_append(self, tag, rest, literals):
                body = literals[-1].replace(b"\r\n", b"")
                if b"\0" in body:
                    self.send(f"{tag} NO Message contains NUL")
                elif b"\r" in body or b"\n" in body:
                    self.send(f"{tag} NO Message contains bare newlines")
                else:
                    super().do_append(tag, rest, literals)

        self.server.session_class = Strict
        for _turn in range(2):
            err = self.run_any(1).err
            self.assertEqual([err.count("bare:"), err.count("nul:"), err.count("zgood")], [1, 1, 0])
            self.assertEqual(len(self.inbox.messages), 5)
        self.assertEqual(len(self.near.files("INBOX")), 7)
        self.near.remove("INBOX", self.near.find("INBOX", b"bare\rreturn"))
        self.near.remove("INBOX", self.near.find("INBOX", b"nul \0"))
        self.sync()
        self.assert_together(5)

    def test_F04_two_of_the_same(self):
        """Two files of the same bytes are two messages, once and for all."""
        self.settle()
        body = mail.to_near(mail.message(60))
        self.near.add("INBOX", body, "S", name="one")
        self.near.add("INBOX", body, "S", name="two")
        for _turn in range(3):
            self.sync()
            self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (6, 6))
        self.assertEqual(self.server.count(" APPEND "), 2)
        self.assert_quiet()

    def test_F05_what_others_marked_stays(self):
        """Without UIDPLUS the mail that another session marked \\Deleted is not expunged."""
        self.settle()
        self.far_store(2, "\\Deleted")
        self.near.remove("INBOX", self.find(0))
        run = self.sync()
        self.assertIn("without UIDPLUS", run.err)
        self.assertEqual(len(self.inbox.messages), 4)
        self.message(2).flags.discard("\\Deleted")
        self.sync()
        self.sync()
        self.assert_together(3)

    def test_F05_names_of_capabilities_in_any_case(self):
        self.settle("imap4rev1 uidplus literal+")
        self.far_store(2, "\\Deleted")
        self.near.remove("INBOX", self.find(0))
        self.sync()
        self.assertEqual(self.server.count("UID EXPUNGE"), 1)
        self.assertEqual(self.server.count(r"A\d+ EXPUNGE"), 0)
        self.assert_together(3)

    # --- The near side ---

    def test_G01_a_file_moved_with_its_name(self):
        """A reader moves a file with the UID that another programme wrote into its name."""
        self.settle()
        place, name = self.find(1)
        first = (place, name.replace(":2,", ",U=123:2,"))
        os.rename(os.path.join(self.near.path("INBOX"), place, name),
                  os.path.join(self.near.path("INBOX"), *first))
        self.near.add("Other", mail.to_near(mail.message(70)), "S", name="x,U=123")
        self.sync()
        os.rename(os.path.join(self.near.path("INBOX"), *first),
                  os.path.join(self.near.path("Other"), *first))
        self.sync()
        self.assert_together(3)
        self.assertEqual(len(self.near.files("Other")), 3)
        self.assert_quiet()

    def test_G02_a_foreign_uid_in_a_name(self):
        self.settle()
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S", name="1.2.host,U=4294967295")
        self.near.add("INBOX", mail.to_near(mail.message(61)), "S", name="1.3.host,U=99,FMD5=x")
        self.sync()
        self.assert_together(6)
        self.assert_quiet()

    def test_G03_the_maildir_is_missing(self):
        self.settle()
        shutil.rmtree(self.near.root)
        self.run_any(1, 4)
        os.makedirs(self.near.root)  # as an empty place where something should be mounted
        self.run_any(4)
        self.assertEqual(self.server.count(r"STORE|EXPUNGE|DELETE|APPEND"), 0)
        self.assertEqual(len(self.inbox.messages), 4)
