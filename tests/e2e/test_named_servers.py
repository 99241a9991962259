"""Servers as their makers and users describe them: a whole life with each, nothing lost, nothing doubled."""

import shutil

from harness import exchange, mail, providers
from harness.gmail import ALL, TRASH, Gmail
from harness.quirks import QuirkCase


class OnGmail(QuirkCase):
    def setUp(self):
        super().setUp()
        self.server = Gmail()
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        for i in range(4):
            self.server.deliver(mail.message(i), "INBOX", *(["Work"] if i == 2 else []),
                                flags=["\\Seen"] if i % 2 else [])
        self.sync()
        self.assert_together()

    def count(self, name):
        return len(self.server.mailboxes[name].messages)

    def settle(self):
        """Labels make a change show in other folders as well: those come with the next run."""
        self.sync()
        self.sync()
        for name in self.server.mailboxes:
            self.assertEqual(self.far_view(name), self.near_view(name), name)
        self.assert_quiet()

    def test_one_message_in_many_folders(self):
        self.assertNotIn("[Gmail]", self.near.folders())
        self.assertEqual([self.count(n) for n in ("INBOX", "Work", ALL)], [4, 1, 4])
        self.assertEqual(len(self.near.files(ALL)), 4)
        self.assert_quiet()

    def test_a_flag_goes_everywhere(self):
        self.near.set_letters("Work", self.find(2, "Work"), "FS")
        self.settle()
        for name in ("INBOX", "Work", ALL):
            self.assertEqual(self.message(2, name).flags, {"\\Seen", "\\Flagged"})
            self.assertRegex(self.find(2, name)[1], "FS$")

    def test_a_label_is_taken_away(self):
        self.near.remove("INBOX", self.find(2))
        self.settle()
        self.assertEqual([self.count(n) for n in ("INBOX", "Work", ALL, TRASH)], [3, 1, 4, 0])

    def test_removed_from_all_mail(self):
        self.near.remove(ALL, self.find(2, ALL))
        self.settle()
        self.assertEqual([self.count(n) for n in ("INBOX", "Work", ALL, TRASH)], [3, 0, 3, 1])

    def test_new_mail_of_both_sides(self):
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S")
        self.server.deliver(mail.message(61), "INBOX", "Work")
        self.settle()
        self.assertEqual([self.count(n) for n in ("INBOX", "Work", ALL)], [6, 2, 6])

    def test_where_no_uid_is_told_the_last_message_is_not_taken_for_the_new_one(self):
        """Of "5:*" a server tells the last message, though its UID is 4."""
        self.server.capabilities = self.server.capabilities.replace(" UIDPLUS", "")
        last = self.find(3)
        self.near.add("INBOX", self.near.read("INBOX", last), "S", name="copy")
        self.assertIn("keeps it once", self.sync().err)
        for _turn in range(2):
            run = self.sync()
            self.assertEqual((run.out, run.err), ("", ""))
        self.assertEqual((self.count("INBOX"), len(self.near.files("INBOX"))), (4, 5))
        self.near.remove("INBOX", ("cur", "copy:2,S"))
        self.settle()
        self.assertEqual((self.find(3), self.count("INBOX")), (last, 4))

    def test_an_upload_of_what_is_there_is_dropped(self):
        """The server answers with the UID of the message it has: that is not taken for a new one."""
        body = self.near.read("INBOX", self.find(1))
        self.near.add("INBOX", body, "S", name="copy")
        self.server.log.clear()
        run = self.sync()
        self.assertIn("keeps it once", run.err)
        self.assertEqual(run.out, "")
        for _turn in range(3):
            run = self.sync()
            self.assertEqual((run.out, run.err), ("", ""))
        self.assertEqual(self.server.count(" APPEND "), 1)
        self.assertEqual((self.count("INBOX"), self.count(ALL)), (4, 4))
        self.assertEqual(len(self.near.files("INBOX")), 5)
        self.near.remove("INBOX", ("cur", "copy:2,S"))
        self.sync()
        self.assert_together()
        self.assert_quiet()

    def test_the_first_of_two_files_is_removed(self):
        """The second is then the only one, and its mail stays on the server or comes there again."""
        first = self.find(1)
        self.near.add("INBOX", self.near.read("INBOX", first), "S", name="copy")
        self.sync()
        self.near.remove("INBOX", first)
        for _turn in range(3):
            self.sync()
        self.assertEqual(self.count("INBOX"), 4)
        self.assertEqual(self.find(1), ("cur", "copy:2,S"))
        self.assert_quiet()

    def test_a_file_copied_to_another_folder_is_a_label(self):
        self.near.add("Work", self.near.read("INBOX", self.find(1)), "S", name="copy")
        self.settle()
        self.assertEqual([self.count(n) for n in ("INBOX", "Work", ALL)], [4, 2, 4])

    def test_the_folder_limit(self):
        """Set to 1,000 messages of a folder: older ones stay here."""
        self.server.horizon = 1000
        for i in range(100, 1096):
            self.server.deliver(mail.message(i), "INBOX")
        self.sync()
        self.assertEqual(len(self.near.files("INBOX")), 1000)
        for turn in range(2):
            for i in range(2000 + 20 * turn, 2020 + 20 * turn):
                self.server.deliver(mail.message(i), "INBOX")
            run = self.sync()
            self.assertNotIn("removed", run.out)
            self.assertEqual(run.err.count("without 20 older ones"), 2, run)
            self.assertEqual(len(self.near.files("INBOX")), 1020 + 20 * turn)
        self.server.log.clear()
        self.assert_quiet()
        self.assertEqual(self.server.count("SELECT|EXAMINE"), 0)

    def test_the_message_that_cannot_be_fetched(self):
        self.server.deliver(mail.message(60), "INBOX")
        self.server.deliver(mail.message(61), "INBOX")
        bad = self.message(60).uid

        def answer(session, tag, rest):
            if session.selected is self.inbox and "BODY.PEEK[]" in rest and any(
                    m.uid == bad for _s, m in session.wanted(rest.partition(" ")[0])):
                return f"{tag} NO Some messages could not be FETCHed (Failure)"
            return None

        self.server.hooks["UID FETCH"] = answer
        self.run_any(1)
        self.assertEqual(len(self.near.files("INBOX")), 5)
        self.server.hooks.clear()
        self.settle()


class OnOthers(QuirkCase):
    def live(self, kind):
        """First sync, changes both ways, a folder of each side, a quiet run."""
        self.server = kind()
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        self.inbox.uidvalidity = 7064
        for i in range(4):
            self.inbox.add(mail.message(i), ["\\Seen"] if i % 2 else [])
        self.sync()
        self.assert_together()
        self.assert_quiet()
        self.change()
        self.near.create("New")
        self.near.add("New", mail.to_near(mail.message(80)), "S")

    def end(self):
        self.sync()
        self.assert_together()
        self.assert_quiet()
        self.assertEqual(self.server.count(" APPEND "), 2)

    def near_view(self, name):
        return super().near_view(name[6:] if name.startswith("INBOX.") else name)

    def test_exchange(self):
        """What it rewrote on arrival differs from the file for good; still it is one message."""
        self.live(exchange.Exchange)
        for _turn in range(2):
            self.sync()
            self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4))
            for number in (1, 2, 50, 51):
                self.assertEqual(self.letters(self.message(number).flags),
                                 self.find(number)[1].rpartition(":2,")[2]
                                 if ":2," in self.find(number)[1] else "")
        self.assertEqual(self.server.count(" APPEND "), 2)
        self.assert_quiet()
        self.near.remove("INBOX", self.find(51))
        self.sync()
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (3, 3))

    def test_exchange_gives_all_uids_anew(self):
        self.live(exchange.Exchange)
        self.sync()
        self.inbox.uidvalidity += 1
        for message in self.inbox.messages:
            message.uid += 100
        self.inbox.uidnext += 100
        self.server.log.clear()
        self.sync()
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4))
        self.assertEqual(self.server.count(r"APPEND|BODY\.PEEK\[\]|EXPUNGE"), 0)
        self.assert_quiet()

    def test_exchange_hangs_up_after_ten_bad_commands(self):
        self.live(exchange.Exchange)
        self.server.hooks["UID STORE"] = "TAG BAD Command Error. 12"
        self.server.hooks["APPEND"] = "TAG BAD Command Argument Error. 11"
        for i in range(60, 80):
            self.near.add("INBOX", mail.to_near(mail.message(i)), "S")
        self.run_any(1, 3)
        self.assertGreaterEqual(len(self.near.files("INBOX")), 23)
        self.assertGreaterEqual(len(self.inbox.messages), 4)
        self.server.hooks.clear()
        self.sync()
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (24, 24))
        self.sync()  # learns the keywords of the folder that was made
        self.assert_quiet()

    def test_yahoo(self):
        self.live(providers.Yahoo)
        self.end()

    def live_with_much(self, server, count):
        self.server = server
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        for i in range(count):
            self.inbox.add(mail.message(i), ["\\Seen"] if i % 2 else [])
        return self.sync()

    def test_yahoo_has_more_than_it_shows(self):
        """With UIDONLY all of it comes, and removals are followed."""
        self.live_with_much(providers.Yahoo(200, 100), 300)
        self.assert_together(300)
        self.far_remove(0)
        self.far_store(1, "\\Flagged")
        self.near.remove("INBOX", self.find(2))
        self.add_letters(3, "FS")
        self.sync()
        self.assert_together(298)
        self.assert_quiet()

    def test_yahoo_without_uidonly(self):
        """What passes out of sight stays here."""
        self.live_with_much(providers.Yahoo(200, 100, ["UIDONLY"]), 200)
        for i in range(200, 220):
            self.inbox.add(mail.message(i))
        run = self.sync()
        self.assertIn("20 downloaded", run.out)
        self.assertNotIn("removed", run.out)
        self.assertIn("without 20 older ones", run.err)
        self.assertEqual(len(self.near.files("INBOX")), 220)
        self.assert_quiet()

    def test_yahoo_limits_the_rate(self):
        """What came before the limit stays, the next run gets the rest, each message once."""
        self.live(providers.Yahoo)
        self.sync()
        for i in range(600):
            self.inbox.add(b"Message-ID: <%d@many>\r\n\r\nx\r\n" % i)
        given = []

        def answer(_session, _tag, rest):
            if "BODY.PEEK[]" not in rest:
                return None
            given.append(rest)
            return None if len(given) == 1 else "TAG NO [LIMIT] UID FETCH Rate limit hit."

        self.server.hooks["UID FETCH"] = answer
        run = self.run_any(1, 3)
        self.assertEqual(run.err.count("Rate limit hit"), 1, run)
        got = len(self.near.files("INBOX"))
        self.assertGreater(got, 100)
        self.assertLess(got, 604)
        self.server.hooks.clear()
        self.sync()
        self.assert_together(604)
        self.assert_quiet()

    def test_icloud(self):
        self.live(providers.ICloud)
        self.end()

    def test_courier(self):
        self.live(providers.Courier)
        self.end()
        self.assertIn("INBOX.New", self.server.mailboxes)
        self.assertIn("Other", self.near.folders())

    def test_uw(self):
        self.live(providers.Uw)
        self.end()

    def test_cyrus(self):
        self.live(providers.Cyrus)
        self.end()

    def test_netease(self):
        self.live(providers.Netease)
        self.end()

    def test_domino(self):
        self.live(providers.Domino)
        self.end()

    def test_proton_bridge(self):
        self.live(providers.Bridge)
        self.end()

    def test_davmail(self):
        self.live(providers.DavMail)
        self.end()

    def test_qq(self):
        """The folder that was made here goes elsewhere, and the run says where; nothing is sent twice."""
        self.server = providers.Qq()
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        for i in range(4):
            self.inbox.add(mail.message(i))
        self.sync()
        self.near.remove("INBOX", self.find(0))
        run = self.sync()
        self.assertEqual(run.err, "")
        self.assert_together(3)
        self.near.create("New")
        self.near.add("New", mail.to_near(mail.message(80)), "S")
        for _turn in range(2):
            run = self.sync(status=1)
            self.assertIn("did not make this mailbox but “其他文件夹/New”", run.err)
            self.assertEqual(self.server.count(" APPEND "), 0)
        file = self.near.find("New", b"<0.80@")
        self.near.add("其他文件夹/New", self.near.read("New", file), "S")
        shutil.rmtree(self.near.path("New"))
        self.sync()
        self.assertEqual(len(self.server.mailboxes["&UXZO1mWHTvZZOQ-/New"].messages), 1)
        self.assertEqual(self.server.count(" APPEND "), 1)
        self.assert_quiet()

    def test_a_search_that_ignores_deleted(self):
        """Without UIDPLUS: what is marked is told by the flags, and what others marked stays."""
        self.serve(kind=providers.IgnoresDeleted)
        self.sync()
        self.near.remove("INBOX", self.find(0))
        run = self.sync()
        self.assertEqual(run.err, "")
        self.assert_together(3)
        self.far_store(1, "\\Deleted")
        self.sync()
        self.near.remove("INBOX", self.find(2))
        run = self.sync()
        self.assertIn("1 other is marked too", run.err)
        self.assertEqual(len(self.inbox.messages), 3)
