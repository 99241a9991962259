"""Servers with less than Dovecot has by default: extensions taken away."""

from harness import mail
from harness.case import Case

PLAIN = "IMAP4rev1"
NO_UIDPLUS = "IMAP4rev1 LITERAL+ NAMESPACE SPECIAL-USE CHILDREN"


class PlainServer(Case):
    capability = PLAIN

    def setUp(self):
        super().setUp()
        self.standard(capability=self.capability)

    def test_everything_both_ways(self):
        for i in range(5):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.near.create("INBOX")
        for i in range(5, 10):
            self.near.add("INBOX", mail.to_near(mail.message(i, eight_bit=True)), "F")
        self.sync()
        self.assert_same(count=10)
        self.assert_quiet()
        self.near.remove("INBOX", self.near.find("INBOX", b"<0.2@example.org>"))
        self.far.remove("INBOX", self.far.uids("INBOX", 'HEADER MESSAGE-ID "<0.7@example.org>"'))
        self.sync()
        self.assert_same(count=8)
        self.assert_quiet()

    def test_identical_messages_are_all_uploaded_once(self):
        self.near.create("INBOX")
        for i in range(3):
            self.near.add("INBOX", mail.to_near(mail.message(1)), "S", name=f"160000000{i}.x.test")
        self.sync()
        self.assert_same(count=3)
        self.assert_quiet()

    def test_expunge_spares_what_others_marked(self):
        for i in range(5):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.sync()
        other = self.far.uids("INBOX", 'HEADER MESSAGE-ID "<0.4@example.org>"')
        self.far.store("INBOX", other, "+FLAGS", "\\Deleted")
        self.near.remove("INBOX", self.near.find("INBOX", b"<0.1@example.org>"))
        run = self.sync()
        self.assertRegex(run.err, r"INBOX: 1 removed message is .*1 other is marked")
        self.assertEqual(len(self.far.messages("INBOX")), 5)
        self.far.store("INBOX", other, "-FLAGS", "\\Deleted")
        self.sync()
        self.assert_same(count=4)
        self.assert_quiet()


class WithoutUidplus(PlainServer):
    capability = NO_UIDPLUS


class WithUidplusOnly(PlainServer):
    capability = "IMAP4rev1 UIDPLUS"

    def test_expunge_spares_what_others_marked(self):
        for i in range(5):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.sync()
        other = self.far.uids("INBOX", 'HEADER MESSAGE-ID "<0.4@example.org>"')
        self.far.store("INBOX", other, "+FLAGS", "\\Deleted")
        self.near.remove("INBOX", self.near.find("INBOX", b"<0.1@example.org>"))
        self.sync()
        self.assert_same(count=4)
        self.assertEqual(len(self.far.uids("INBOX", "DELETED")), 1)
        self.assert_quiet()
