"""New versions of messages on servers that put one in the place of another (REPLACE, RFC 8508): in one step, and only
where the old one may go for good."""

import os
import time

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Drop

OFFERED = "IMAP4rev1 UIDPLUS LITERAL+ REPLACE"


class ReplaceCase(QuirkCase):
    def settle(self, capabilities=OFFERED, **keys):
        self.serve(capabilities)
        if keys:
            self.write_config(timeout="5s", **keys)
        self.sync()
        self.sync()
        self.server.log.clear()

    def edit(self, number):
        path = os.path.join(self.near.path("INBOX"), *self.near.find("INBOX", b".%d@example.org>" % number))
        with open(path, "r+b") as f:
            body = f.read().replace(b"Subject: ", b"Subject: more ", 1)
            f.seek(0)
            f.write(body)
        stamp = time.time_ns() - 60_000_000_007
        os.utime(path, ns=(stamp, stamp))
        # The directory tells of nothing: another mark gives reason to look.
        self.near.set_letters("INBOX", self.near.find("INBOX", b".%d@example.org>" % number), "FS")

    def assert_settled(self, count=4):
        self.assert_together(count)
        self.assert_quiet()
        self.assertEqual(sum(b"more" in m.body for m in self.inbox.messages), 1)

    def bodies(self):
        return [m.body for m in self.inbox.messages]


class Replace(ReplaceCase):
    def test_in_one_step(self):
        self.settle()
        self.edit(1)
        run = self.sync()
        self.assertRegex(run.out, r"1 uploaded.*1 removed on the server")
        self.assertEqual(self.server.count("UID REPLACE 2 INBOX"), 1)
        self.assertEqual(self.server.count("APPEND|EXPUNGE|STORE"), 0)
        self.assert_settled()

    def test_several(self):
        self.settle()
        for number in (0, 1, 3):
            self.edit(number)
        self.near.add("INBOX", mail.to_near(mail.message(70)), "S")
        self.sync()
        self.assertEqual(self.server.count("UID REPLACE"), 3)
        self.assertEqual(self.server.count("APPEND"), 1)
        self.assert_together(5)
        self.assert_quiet()

    def test_without_appenduid(self):
        self.settle("IMAP4rev1 LITERAL+ REPLACE")
        self.edit(1)
        self.sync()
        self.assertEqual(self.server.count("UID REPLACE 2 INBOX"), 1)
        self.assertEqual(self.server.count("APPEND|EXPUNGE|STORE"), 0)
        self.assert_settled()

    def test_refused(self):
        for answer in ("TAG NO not today", "TAG NO [NOPERM] no right to expunge", "TAG BAD what?"):
            with self.subTest(answer=answer):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle()
                self.server.hooks["UID REPLACE"] = answer
                self.edit(1)
                self.sync()
                self.assertEqual(self.server.count("UID REPLACE"), 1)
                self.assertEqual(self.server.count("APPEND"), 1)
                self.assert_settled()

    def test_the_old_one_stayed(self):
        """OK is no proof."""
        self.settle()

        class Half(self.server.session_class):
            def do_uid_replace(self, tag, rest, literals):
                self.do_append(tag, rest.partition(" ")[2], literals)
        self.server.session_class = Half
        self.edit(1)
        self.sync()
        self.assertEqual(self.server.count("UID REPLACE"), 1)
        self.assert_settled()

    def test_the_new_one_did_not_come(self):
        self.settle()
        self.server.hooks["UID REPLACE"] = "TAG OK of course"
        self.edit(1)
        self.navette("sync")
        self.assertIn(mail.message(1), self.bodies(), "the only version that the server has")
        del self.server.hooks["UID REPLACE"]
        self.sync()
        self.assert_settled()

    def test_the_connection_ends(self):
        """Before it was done, or after it: the next round knows which."""
        for done in (False, True):
            with self.subTest(done=done):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle()

                class Broken(self.server.session_class):
                    def do_uid_replace(self, tag, rest, literals):
                        self.server.session_class = self.whole
                        if done:
                            self.whole.do_uid_replace(self, tag, rest, literals)
                        raise Drop
                Broken.whole = self.server.session_class
                self.server.session_class = Broken
                self.edit(1)
                self.navette("sync")
                self.sync()
                self.assert_settled()

    def test_not_where_a_trash_takes_it(self):
        self.settle(trash="Other")
        self.edit(1)
        self.navette("sync")
        self.assertEqual(self.server.count("UID REPLACE"), 0)
        self.assertEqual(self.server.count("APPEND"), 1)

    def test_not_where_rules_keep_it(self):
        for keys in ({"push": "new flags"}, {"expunge": "near"}):
            with self.subTest(**keys):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle(**keys)
                self.edit(1)
                self.navette("sync")
                self.assertEqual(self.server.count("UID REPLACE"), 0)
                self.assertIn(mail.message(1), self.bodies())

    def test_not_while_the_old_one_is_new_elsewhere(self):
        """A copy of it was put into another folder, which the server refuses: its own copy of the old one stays."""
        self.settle()
        self.near.add("Other", mail.to_near(mail.message(1)), "S", name="kept")
        self.server.hooks["APPEND"] = lambda _s, _t, rest: "TAG NO full" if rest.startswith("Other") else None
        self.edit(1)
        self.navette("sync")
        self.assertEqual(self.server.count("UID REPLACE"), 0)
        self.assertIn(mail.message(1), self.bodies())
        self.server.hooks.clear()
        self.sync()
        self.assertEqual(len(self.inbox.messages), 4)
        self.assert_quiet()


class Refused(ReplaceCase):
    def test_no_old_version_goes_when_nothing_may_be_sent(self):
        """The first refusal is about all of the mailbox."""
        self.settle("IMAP4rev1 UIDPLUS")
        self.server.hooks["APPEND"] = "TAG NO [NOPERM] you may not"
        for number in range(3):
            self.edit(number)
        self.sync(status=1)
        self.assertEqual(self.bodies(), [mail.message(number) for number in range(4)])

    def test_the_old_version_stays_as_long_as_the_new_one_is_refused(self):
        for capabilities in ("IMAP4rev1 UIDPLUS LITERAL+", OFFERED):
            with self.subTest(capabilities=capabilities):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle(capabilities)
                self.server.hooks.update({"APPEND": "TAG NO not this one",
                                          "UID REPLACE": "TAG NO not this one"})
                self.edit(1)
                for _run in range(2):
                    self.sync(status=1)
                    self.assertIn(mail.message(1), self.bodies())
                self.server.hooks.clear()
                self.sync()
                self.assert_settled()
