"""Quirks of flags and keywords that servers were seen with."""

import os
import re

from harness.quirks import QuirkCase

USUAL = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"


class Flags(QuirkCase):
    def names(self):
        return [name for _place, name in self.near.files("INBOX")]

    def assert_plain_names(self):
        """Names that hold nothing but what navette itself puts there."""
        for name in self.names():
            self.assertRegex(os.fsencode(name).decode("ascii"), r"^[\w.,=@+-]+(:2,[A-Za-z]*)?$")

    def announce(self, flags):
        """FLAGS says what PERMANENTFLAGS says."""
        self.server.permanent_flags = flags
        self.server.rewrite = lambda d: re.sub(
            rb"^\* FLAGS \(.*\)\r\n", lambda _m: b"* FLAGS (%s)\r\n" % flags.encode(), d)

    def test_B01_brackets_and_spaces_in_keywords(self):
        self.serve()
        self.announce(USUAL + " foo]bar [x OIB-Seen-[Gmail]/All Mail Junk \\*")
        self.inbox.messages[0].flags |= {"foo]bar"}
        self.inbox.messages[1].flags |= {"OIB-Seen-[Gmail]/All Mail"}
        self.assert_works()
        self.assert_plain_names()

    def test_B01_a_keyword_with_brackets_is_not_lost(self):
        self.serve()
        self.announce(USUAL + " foo]bar \\*")
        self.inbox.messages[1].flags |= {"foo]bar"}
        self.assert_works()
        self.assertEqual(self.message(1).flags, {"\\Seen", "\\Flagged", "foo]bar"})
        self.assertRegex(self.find(1)[1], ":2,FSa$")

    def test_B02_quoted_flag(self):
        self.serve()
        self.announce('"\\\\Deleted" \\Answered \\Flagged "\\\\Seen" \\Draft \\*')
        self.assert_works()

    def test_B03_nil_among_flags(self):
        self.serve()
        self.announce("\\Answered \\Flagged NIL \\Deleted \\Seen \\Draft \\*")
        self.inbox.messages[0].flags.add("NIL")
        self.assert_works()
        self.assertEqual(self.server.count("STORE.*NIL"), 0)

    def test_B04_control_and_8_bit_octets_in_a_keyword(self):
        self.serve()
        self.announce(USUAL + " $Forwarded XXXX Junk")
        inner = self.server.rewrite
        self.server.rewrite = lambda d: inner(d).replace(b"XXXX", b"\x80\x80\x80\x85\x04")
        self.inbox.messages[0].flags.add("XXXX")
        self.inbox.messages[1].flags.add("XXXX")
        self.assert_works()
        self.assert_plain_names()
        self.assertEqual(self.server.count("[\x04\ufffd]"), 0)
        self.assertIn("XXXX", self.message(1).flags, "it stays on the server")

    def test_B05_keywords_in_utf8_and_with_slashes(self):
        self.serve()
        self.announce(USUAL + " Café Important! Perso/Travail \\*")
        self.inbox.messages[1].flags |= {"Café", "Important!", "Perso/Travail"}
        self.inbox.messages[2].flags |= {"Perso/Travail"}
        self.assert_works()
        self.assert_plain_names()
        self.assertEqual(self.message(1).flags, {"\\Seen", "\\Flagged", "Café", "Important!",
                                                 "Perso/Travail"})
        self.assertEqual(self.message(2).flags, {"\\Answered", "Perso/Travail"})

    def test_B06_response_code_named_flags(self):
        self.serve().rewrite = lambda d: d.replace(b"[PERMANENTFLAGS (", b"[Flags (")
        self.assert_works()

    def lose_keywords(self, session, tag, rest):
        """A STORE that says OK and stores only what the mailbox has a place for."""
        uids, what, flags = rest.split(" ", 2)
        names = set(flags.strip("()").split()) & self.kept
        for _sequence, message in session.wanted(uids):
            message.flags = message.flags | names if what[0] == "+" else message.flags - names
        return f"{tag} OK done"

    def assert_sends_once(self, status=0):
        """After the first attempts no run sends the same again."""
        self.near.set_letters("INBOX", self.find(1), "FSa")
        self.near.set_letters("INBOX", self.find(2), "Fb")
        self.run_any(0, status)
        self.run_any(0, status)
        self.server.log.clear()
        for _turn in range(2):
            self.run_any(0, status)
        self.assertEqual(self.server.count("STORE|APPEND"), 0)
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4))

    def settle_keywords(self, permanent):
        self.serve()
        self.server.permanent_flags = USUAL + " \\*"
        self.inbox.messages[0].flags |= {"one", "two"}
        self.sync()
        self.server.permanent_flags = permanent
        self.kept = {f for f in permanent.split()}

    def test_more_keywords_than_letters(self):
        """Those beyond stay on the server, which is said once a run, and only when such mail comes."""
        self.serve("IMAP4rev1", count=3)
        for number, message in enumerate(self.inbox.messages):
            message.flags = {f"word{number}-{i}" for i in range(15)}
        run = self.sync()
        self.assertEqual(len(run.err.splitlines()), 1, run)
        self.assertRegex(run.err, r"test/INBOX: the account has more keywords than there are letters for \(26\); word\S+ and others stay")
        self.assertEqual(self.sync().err, "")
        self.assertEqual([len(m.flags) for m in self.inbox.messages], [15, 15, 15])

    def test_B07_no_flag_is_permanent(self):
        self.settle_keywords("")
        self.server.hooks["UID STORE"] = self.lose_keywords
        self.assert_sends_once()
        self.assertIn("F", self.find(2)[1], "what the server cannot hold stays near")

    def test_B07_no_new_keywords(self):
        self.settle_keywords(USUAL)
        self.server.hooks["UID STORE"] = self.lose_keywords
        self.assert_sends_once()
        self.assertIn("\\Flagged", self.message(1).flags)

    def test_B07_flags_are_lost_silently(self):
        self.settle_keywords(USUAL + " \\*")
        self.kept = set()
        self.server.hooks["UID STORE"] = self.lose_keywords
        self.assert_sends_once()

    def test_B08_recent_is_nobodys_flag(self):
        self.serve()
        self.announce(USUAL + " \\Recent \\*")
        for message in self.inbox.messages[:3]:
            message.flags.add("\\Recent")
        self.assert_works()
        self.assertEqual(self.server.count("Recent"), 0)
        self.assert_plain_names()
