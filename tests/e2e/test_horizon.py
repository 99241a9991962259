"""Servers that show only the newest messages of a mailbox: what passes out of sight was removed by nobody."""

import shutil

from harness import mail
from harness.horizon import HorizonServer, ModseqHorizonServer
from harness.quirks import QuirkCase
from harness.scripted import Mailbox

TELLS_IT = "IMAP4rev1 UIDPLUS ENABLE X-UIDONLY"
CONDSTORE = "IMAP4rev1 UIDPLUS ENABLE LIST-EXTENDED LIST-STATUS CONDSTORE"


class HorizonCase(QuirkCase):
    def start(self, capabilities=TELLS_IT, horizon=200, count=200, kind=HorizonServer, **keys):
        """COUNT messages of which HORIZON are shown, synchronised."""
        self.server = kind(capabilities, horizon, **keys)
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        self.deliver(0, count)
        run = self.sync()
        self.assertEqual(run.err, "")
        self.assert_has(min(horizon or count, count))

    def deliver(self, first, count):
        for i in range(first, first + count):
            self.inbox.add(mail.message(i, size=200), ["\\Seen"])

    def assert_has(self, count):
        """So many files, no two the same."""
        bodies = [body for body, _letters in self.near_view("INBOX")]
        self.assertEqual((len(bodies), len(set(bodies))), (count, count))

    def assert_nothing_sent(self):
        self.assertEqual(self.server.count(r" APPEND | STORE |EXPUNGE"), 0)


class OutOfSight(HorizonCase):
    def test_the_oldest_stay_here(self):
        self.start()
        for turn in range(3):
            self.deliver(200 + 20 * turn, 20)
            run = self.sync()
            self.assertIn("20 downloaded", run.out)
            self.assertNotIn("removed", run.out)
            self.assertEqual(run.err.count("shows only the newest 200"), 1, run)
            self.assertIn("without 20 older ones", run.err)
            self.assert_has(220 + 20 * turn)
            self.assertEqual(self.sync().err, "")
            self.assert_quiet()
        self.assert_nothing_sent()
        run = self.navette("check")
        self.assertEqual(run.status, 0, run)
        self.assertIn("may show only the newest messages of a mailbox", run.out)
        self.assertIn("60 messages of folder INBOX are not shown", run.out)
        self.sync("--force-delete")
        self.assert_has(200)
        self.assert_quiet()

    def test_removals_among_those_shown(self):
        """The mailbox moves on by twenty: seventeen pass out of sight, three were removed."""
        self.start(count=230)
        for number in (100, 150, 229):
            self.far_remove(number)
        self.deliver(230, 20)
        run = self.sync()
        self.assertIn("3 removed here", run.out)
        self.assertIn("without 17 older ones", run.err)
        self.assert_has(217)
        for number in (30, 46, 47, 249):
            self.find(number)
        self.assert_quiet()

    def test_what_is_done_to_them_here_waits(self):
        self.start()
        self.deliver(200, 20)
        self.sync()
        self.add_letters(3, "FS")
        self.near.remove("INBOX", self.find(4))
        for _turn in range(2):
            run = self.sync()
            self.assertEqual(run.err, "")
        self.assert_quiet()
        self.assertEqual(len(self.inbox.messages), 220)
        self.assertEqual(self.server.count(r" APPEND "), 0)
        # Far more are removed there than came: the old ones are shown again.
        del self.inbox.messages[-20:]
        self.sync()
        self.assertEqual(self.message(3).flags, {"\\Seen", "\\Flagged"})
        self.assertRegex(self.find(3)[1], "FS$")
        self.assertNotIn(mail.message(4, size=200), [m.body for m in self.inbox.messages])
        self.assert_has(199)
        self.assert_together(199)
        self.assert_quiet()

    def test_what_is_sent_pushes_old_ones_out(self):
        self.start()
        for i in range(300, 320):
            self.near.add("INBOX", mail.to_near(mail.message(i, size=200)), "S")
        self.sync()
        for _turn in range(3):
            run = self.sync()
            self.assertNotIn("removed", run.out)
        self.assert_has(220)
        self.assertEqual(len(self.inbox.messages), 220)

    def test_all_uids_are_new(self):
        """Files of hidden messages are not sent as new mail, now or later; shown again, they are paired."""
        self.start()
        self.deliver(200, 20)
        self.sync()
        for turn in range(2):
            self.inbox.uidvalidity += 1
            for message in self.inbox.messages:
                message.uid += 1000
            self.inbox.uidnext += 1000
            self.near.add("INBOX", mail.to_near(mail.message(300 + turn, size=200)), "S")
            self.sync()
            self.assert_has(221 + turn)
            self.assertEqual(self.server.count(" APPEND "), 1 + turn)
        self.server.horizon = 0
        self.sync()
        self.assert_together(222)
        self.assertEqual(self.server.count(" APPEND "), 2)
        self.assert_quiet()

    def test_the_mailbox_is_not_removed(self):
        self.start()
        self.write_config(timeout="5s", remove="both", max_delete="none")
        box = self.server.mailboxes["Old"] = Mailbox(5)
        for i in range(300):
            box.add(mail.message(i, size=200), ["\\Seen"])
        self.sync()
        shutil.rmtree(self.near.path("Old"))
        run = self.sync(status=4)
        self.assertIn("may hold more than the newest 200 messages", run.err)
        self.assertEqual(len(self.server.mailboxes["Old"].messages), 300)

    def test_uidonly_shows_all(self):
        self.start("IMAP4rev1 UIDPLUS ENABLE UIDONLY", horizon=0, count=3)
        self.server.horizon = 200
        self.deliver(3, 297)
        self.sync()
        self.assert_together(300)
        self.far_remove(0)
        self.far_store(1, "\\Flagged")
        self.near.remove("INBOX", self.find(2))
        self.deliver(300, 20)
        run = self.sync()
        self.assertEqual(run.err, "")
        self.assertIn("1 removed here", run.out)
        self.assert_together(318)
        self.assert_quiet()
        run = self.navette("check", "-v")
        self.assertIn("shows all messages of a mailbox (UIDONLY)", run.out)


class Shape(HorizonCase):
    """Servers that do not say it: 1,000 are shown before and after."""

    def slide(self, first):
        self.deliver(first, 20)
        run = self.sync()
        self.assertIn("20 downloaded", run.out)
        self.assertNotIn("removed", run.out)
        self.assertEqual(run.err.count("without 20 older ones"), 1, run)
        self.server.log.clear()
        self.assertEqual(self.sync().err, "")

    def test_plain(self):
        self.start("IMAP4rev1 UIDPLUS", 1000, 1000)
        for turn in range(2):
            self.slide(1000 + 20 * turn)
        self.assert_has(1040)
        self.assert_quiet()

    def test_with_modseqs(self):
        """And later runs ask for changes only."""
        self.start(CONDSTORE, 1000, 1000, ModseqHorizonServer)
        for turn in range(2):
            self.slide(1000 + 20 * turn)
            self.assertEqual(self.server.count("FETCH|SEARCH|SELECT"), 0)
        self.far_store(900, "\\Flagged")
        self.sync()
        self.assertEqual(self.server.count(r"1:\* \(UID FLAGS\)$"), 0)
        self.assert_has(1040)
        self.assert_quiet()

    def test_everyday(self):
        """One old message is removed, and a new one comes: with fewer messages, or other numbers."""
        for kind, capabilities, count in ((HorizonServer, "IMAP4rev1 UIDPLUS", 200),
                                          (HorizonServer, "IMAP4rev1 UIDPLUS", 999),
                                          (ModseqHorizonServer, CONDSTORE, 200),
                                          (ModseqHorizonServer, CONDSTORE, 1001)):
            with self.subTest(capabilities=capabilities, count=count):
                self.doCleanups()
                self.setUp()
                self.start(capabilities, 0, count, kind)
                self.far_remove(0)
                self.deliver(count, 1)
                run = self.sync()
                self.assertEqual(run.err, "")
                self.assertIn("1 removed here", run.out)
                self.assert_together(count)


class CappedSearch(HorizonCase):
    """A search tells at most 100 messages: that costs time, and no mail."""

    def test_windows(self):
        """At most 1,000 of the 1,010 that the window takes; and OK alone where there are none."""
        self.start("IMAP4rev1 UIDPLUS", 0, 0, search_cap=1000)
        self.write_config(timeout="5s", max_size="2K")
        self.deliver(0, 1010)
        self.inbox.add(mail.message(5000, size=4000), ["\\Seen"])
        self.sync()
        self.assert_has(1010)
        self.assert_quiet()
        self.server.hooks["UID SEARCH"] = "TAG OK nothing to say"
        self.inbox.add(mail.message(5001, size=4000), ["\\Seen"])
        self.deliver(1010, 1)
        run = self.sync()
        self.assertEqual(run.err, "")
        self.assert_has(1011)

    def test_first_run_and_removals(self):
        for kind, capabilities in ((HorizonServer, "IMAP4rev1 UIDPLUS"),
                                   (HorizonServer, "IMAP4rev1 UIDPLUS ESEARCH"),
                                   (ModseqHorizonServer, CONDSTORE)):
            with self.subTest(capabilities=capabilities):
                self.doCleanups()
                self.setUp()
                self.start(capabilities, 0, 250, kind, search_cap=100)
                self.assert_together(250)
                self.far_remove(0)
                self.far_remove(200)
                self.deliver(250, 2)
                run = self.sync()
                self.assertEqual(run.err, "")
                self.assert_together(250)
                self.assert_quiet()
