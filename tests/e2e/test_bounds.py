"""How much is sent or asked for when each further piece is in vain: counted at the server, to the bound."""

from harness import mail
from harness.quirks import QuirkCase

MEBI = 1 << 20
UNANSWERED = 8 * MEBI  # bytes of messages that may be on their way without an answer
REFUSED_IN_A_ROW = 10


class Bounds(QuirkCase):
    def test_uploads_without_an_answer(self):
        """All are refused: no more is sent than may be unanswered when the first refusal comes."""
        for capabilities in ("IMAP4rev1 LITERAL+", "IMAP4rev1 LITERAL+ MULTIAPPEND"):
            with self.subTest(capabilities=capabilities):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve(capabilities, count=0)
                self.sync()
                for i in range(24):
                    self.near.add("INBOX", mail.to_near(mail.message(i, size=MEBI)), "S")
                self.server.hooks["APPEND"] = "TAG NO [NOPERM] not today"
                self.server.heard.clear()
                run = self.sync(status=1)
                self.assertEqual(run.err.count("not today"), 1, run)
                self.assertIn("23 more new messages", run.err)
                self.assertLess(len(self.server.heard), UNANSWERED + 2 * MEBI)  # the one that waited for room goes too
                self.assertEqual(self.inbox.messages, [])
                self.server.hooks.clear()
                self.sync()
                self.assert_together(24)

    def test_downloads_one_by_one(self):
        """A command for many is refused, and so is each of them: after some in a row it is not the messages."""
        self.serve(count=40)
        self.server.hooks["UID FETCH"] = lambda _s, _t, rest: \
            "TAG NO not today" if "BODY.PEEK[]" in rest else None
        self.sync("test/INBOX", status=1)
        singles = self.server.count(r"UID FETCH \d+ .*BODY\.PEEK\[\]")
        self.assertEqual(singles, REFUSED_IN_A_ROW + 1)
        self.server.hooks.clear()
        self.sync()
        self.assert_together(40)
        self.assert_quiet()

    def test_downloads_of_which_most_are_refused(self):
        """One in between that comes begins the count anew: all are tried."""
        self.serve(count=40)
        good = {f"{uid} " for uid in range(10, 41, 10)}
        self.server.hooks["UID FETCH"] = lambda _s, _t, rest: \
            "TAG NO not today" if "BODY.PEEK[]" in rest and rest[:rest.index(" ") + 1] not in good else None
        self.sync("test/INBOX", status=1)
        self.assertEqual(self.server.count(r"UID FETCH \d+ .*BODY\.PEEK\[\]"), 40)
        self.assertEqual(len(self.near.files("INBOX")), 4)
        self.server.hooks.clear()
        self.sync()
        self.assert_together(40)
