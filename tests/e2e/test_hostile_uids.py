"""Servers that lie about UIDs, numbers of messages and what became of them."""

from harness import mail
from harness.hostile import HostileCase

HUGE = 4294967295


class HostileUids(HostileCase):
    def answer(self, name, *lines, when="", end="TAG OK done"):
        """The reply to a command NAME on INBOX; without END its usual reply follows."""
        def reply(session, tag, rest):
            if session.selected not in (None, self.inbox) or when not in rest:
                return None
            if name == "SELECT" and "INBOX" not in rest:
                return None
            if name == "SELECT":
                session.selected = self.inbox
            for line in lines:
                session.send(line if isinstance(line, bytes) else line.replace("TAG", tag))
            if end:
                session.send(end.replace("TAG", tag))
                return True
            return None

        self.server.hooks[name] = reply

    def body(self, uid, text, sequence=1):
        return b"* %d FETCH (UID %d FLAGS () BODY[] {%d}\r\n%s)\r\n" % (
            sequence, uid, len(text), text)

    def assert_keeps(self):
        """Every message that the near side had is still there."""
        after = {body for body in self.view().values() if body}
        for path, body in self.before.items():
            if "/mail/" in path and body:
                self.assertIn(body, after, path)

    def test_uids_that_are_none(self):
        for uid in ("0", "-1", "4294967296", "18446744073709551616", "NIL", "x", "()"):
            with self.subTest(uid=uid):
                self.serve()
                self.settle()
                self.answer("UID FETCH", f"* 1 FETCH (UID {uid} FLAGS (\\Seen))", end=None)
                self.attack(status=(0, 1, 3))
                self.assert_keeps()
                self.assert_heals()

    def test_bodies_that_nobody_asked_for(self):
        evil = b"Subject: evil\r\n\r\nevil\r\n"
        for uid in (1, 77, HUGE):
            with self.subTest(uid=uid):
                self.serve()
                self.settle()
                self.answer("UID FETCH", self.body(uid, evil), when="BODY.PEEK[]", end=None)
                self.attack(status=(0, 1))
                self.assert_keeps()
                self.assertNotIn(b"Subject: evil\n\nevil\n", self.view().values())
                self.assert_heals()

    def test_a_uid_twice_with_two_bodies(self):
        self.serve()
        self.settle()
        self.answer("UID FETCH", self.body(5, mail.message(50)),
                    self.body(5, b"Subject: evil\r\n\r\nevil\r\n"), when="BODY.PEEK[]")
        self.attack(status=(0, 1))
        self.assertNotIn(b"Subject: evil\n\nevil\n", self.view().values())
        self.assert_heals()

    def test_bodies_out_of_order(self):
        self.serve()
        self.settle()
        for number in (60, 61, 62):
            self.inbox.add(mail.message(number))

        def reply(session, tag, rest):
            if "BODY.PEEK[]" not in rest or session.selected is not self.inbox:
                return None
            for sequence, message in reversed(session.wanted(rest.partition(" ")[0])):
                session.send(self.body(message.uid, message.body, sequence))
                session.send("* 3 EXPUNGE\r\n* 1 EXISTS\r\n* 0 RECENT")
            session.send(f"{tag} OK done")
            return True

        self.server.hooks["UID FETCH"] = reply
        self.attack(status=(0, 1))
        self.inbox.messages = [m for m in self.inbox.messages if m.uid not in (6, 7, 8)]
        self.assert_heals()

    def test_numbers_of_messages(self):
        for lines in (["* 0 EXISTS"], ["* 4294967295 EXISTS"], ["* 4294967296 EXISTS"],
                      ["* -1 EXISTS"], ["* 3 EXISTS", "* 2 EXISTS"], ["* 1 EXPUNGE"] * 9,
                      ["* 0 EXPUNGE", "* 4294967295 EXPUNGE"]):
            for name in ("UID FETCH", "SELECT"):
                with self.subTest(lines=lines, command=name):
                    self.serve()
                    self.settle()
                    self.answer(name, *lines, end=None)
                    self.attack(status=(0, 1, 3))
                    self.assert_keeps()
                    self.assert_heals()

    def test_an_empty_mailbox_that_was_not(self):
        for flags in ("", "* FLAGS (\\Seen)"):
            with self.subTest(flags=flags):
                self.serve()
                self.settle()
                self.answer("SELECT", "* 0 EXISTS", flags or "* OK hm",
                            f"* OK [UIDVALIDITY {self.inbox.uidvalidity}] ok")
                self.answer("UID FETCH")
                self.answer("UID SEARCH", "* SEARCH")
                run, _peak = self.measured("sync", "-n")
                self.assertNotIn("Sanitizer", run.err)
                self.server.hooks.clear()
                self.assert_heals()

    def test_uidvalidity(self):
        for value in ("0", "4294967296", "-1", "x", ""):
            with self.subTest(value=value):
                self.serve()
                self.settle()
                self.answer("SELECT", "* 5 EXISTS", f"* OK [UIDVALIDITY {value}] ok")
                self.attack(status=(1,), says=["test/INBOX"])
                self.assert_untouched(state=False)
                self.assert_heals()

    def test_uidvalidity_that_changes_inside_a_session(self):
        for name in ("UID FETCH", "UID STORE", "APPEND", "UID SEARCH"):
            with self.subTest(command=name):
                self.serve()
                self.settle()
                self.answer(name, "* OK [UIDVALIDITY 99] surprise", end=None)
                self.attack(status=(0, 1, 3))
                self.assert_keeps()
                self.assert_heals()

    def test_search_results(self):
        """The first look at a mailbox is a search."""
        for lines in (["* SEARCH 0"], ["* SEARCH -1"], ["* SEARCH 4294967296"], ["* SEARCH a b"],
                      ["* SEARCH 1:*"], ["* ESEARCH (TAG \"Z9\") UID ALL 1:4294967295"],
                      ["* ESEARCH (TAG \"TAG\") UID ALL 1:4294967295"], ["* ESEARCH UID ALL 9:1,*"],
                      ["* ESEARCH (TAG \"TAG\") ALL 1:3"], ["* SEARCH 900 800 4294967295"],
                      ["* SEARCH"], []):
            with self.subTest(lines=lines):
                self.serve(capabilities="IMAP4rev1 ESEARCH")
                for i in (0, 1, 2, 3, 50, 51):
                    self.inbox.add(mail.message(i))
                self.server.mailboxes["Other"] = type(self.inbox)()
                self.server.mailboxes["Other"].add(mail.message(90))
                self.answer("UID SEARCH", *lines)
                self.attack(status=(0, 1, 3))
                self.assert_heals()

    def test_appenduid(self):
        validity = 1
        for code in (f"{validity} 0", f"{validity} 1", "77 6", f"{validity} 1:{HUGE}",
                     f"{validity} 6:{HUGE}", f"{validity} {HUGE}", f"{validity} 4294967296",
                     f"{validity} -1", f"{validity} 6,7", f"{validity} *", "0 0", "", "x y",
                     f"{HUGE} {HUGE}", f"6 {validity}"):
            with self.subTest(code=code):
                self.serve(capabilities="IMAP4rev1 UIDPLUS LITERAL+")
                self.settle()

                def reply(_session, _tag, rest, code=code):
                    return None if "INBOX" not in rest else self.stored(code)

                self.server.hooks["APPEND"] = reply
                self.attack(status=(0, 1))
                self.assert_keeps()
                self.assert_heals()

    def stored(self, code):
        self.inbox.add(mail.message(51), ["\\Seen"])
        return f"TAG OK [APPENDUID {code}] stored"

    def test_copyuid_junk(self):
        for code in ("COPYUID 1 1 1", f"COPYUID 1 1:{HUGE} 1:{HUGE}", "COPYUID x", "COPYUID 0 0 0"):
            with self.subTest(code=code):
                self.serve(capabilities="IMAP4rev1 UIDPLUS")
                self.settle()
                self.answer("UID STORE", f"* OK [{code}] junk", end=None)
                self.attack(status=(0, 1))
                self.assert_heals()

    def test_vanished(self):
        for line in ("* VANISHED 1:4294967295", "* VANISHED (EARLIER) 1:4294967295",
                     "* VANISHED 900:1000000", "* VANISHED (EARLIER) 4294967295",
                     "* VANISHED (EARLIER) 0", "* VANISHED (EARLIER) 1:*", "* VANISHED (LATER) 1",
                     "* VANISHED", "* VANISHED (EARLIER) " + "1:2," * 1000 + "1"):
            for name in ("SELECT", "UID FETCH"):
                with self.subTest(line=line, command=name):
                    self.serve(capabilities="IMAP4rev1 ENABLE CONDSTORE QRESYNC UIDPLUS")
                    self.settle()
                    self.answer(name, line, end=None)
                    self.attack(status=(0, 1, 3))
                    self.assert_keeps()
                    self.assert_heals()

    def test_all_vanished_is_too_much(self):
        """Numbers that add up do not help a server that removes more than max-delete."""
        self.serve(capabilities="IMAP4rev1 ENABLE CONDSTORE QRESYNC UIDPLUS")
        for i in range(120):
            self.inbox.add(mail.message(i), ["\\Seen"])
        self.sync()
        self.sync()
        self.before = self.view()
        self.answer("SELECT", "* 0 EXISTS", f"* OK [UIDVALIDITY {self.inbox.uidvalidity}] ok",
                    "* OK [UIDNEXT 121] ok", "* OK [HIGHESTMODSEQ 999999] ok",
                    "* VANISHED (EARLIER) 1:4294967295")
        self.attack(status=(4,), says=["test/INBOX", "120"])
        self.assert_untouched(state=False)
        self.server.hooks.clear()
        self.sync()
        self.assert_quiet()
        self.assertEqual(len(self.near.files("INBOX")), 120)

    def test_more_messages_than_exist(self):
        """News of messages that nobody asked for, the highest UID first, and EXISTS said 4."""
        for name, capabilities in (("UID FETCH", "IMAP4rev1"),
                                   ("UID FETCH", "IMAP4rev1 ENABLE CONDSTORE UIDPLUS")):
            with self.subTest(capabilities=capabilities):
                self.serve(capabilities=capabilities)
                self.settle()
                self.inbox.messages[0].flags.add("\\Flagged")
                news = b"".join(b"* 1 FETCH (UID %d FLAGS (\\Seen))\r\n" % uid
                                for uid in range(100000, 40000, -2))
                self.answer(name, news, end=None)
                self.attack(status=(1,), says=["keeps sending responses"])
                self.assert_untouched(state=False)
                self.assert_heals()

    def test_news_that_exists_allows(self):
        """The same message again and again, as another client stores flags: as it was last."""
        self.serve()
        self.settle()
        message = self.inbox.messages[0]
        message.flags.add("\\Flagged")
        news = b"* 1 FETCH (UID %d FLAGS ())\r\n" % message.uid * 9000
        self.answer("UID FETCH", news, end=None)
        self.attack(status=(0,))
        self.assert_heals()

    def test_modseqs(self):
        for value in ("0", "1", "18446744073709551615", "18446744073709551616", "-1", "x"):
            with self.subTest(value=value):
                self.serve(capabilities="IMAP4rev1 ENABLE CONDSTORE QRESYNC UIDPLUS")
                self.settle()
                self.answer("SELECT", f"* OK [HIGHESTMODSEQ {value}] ok",
                            f"* 1 FETCH (UID 1 MODSEQ ({value}))", end=None)
                self.attack(status=(0, 1))
                self.assert_keeps()
                self.assert_heals()
