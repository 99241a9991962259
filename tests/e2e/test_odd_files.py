"""Files in a Maildir whose names no delivery gives: mail all the same, or none, but never a removal by mistake."""

import os

from harness import mail
from harness.quirks import QuirkCase


class OddFiles(QuirkCase):
    in_memory = False

    def rename(self, number, new):
        place, name = self.find(number)
        os.rename(os.path.join(self.near.path("INBOX"), place, name),
                  os.path.join(self.near.path("INBOX"), "cur", new(name)))

    def test_a_line_end_in_a_name(self):
        self.serve("IMAP4rev1 UIDPLUS")
        self.sync()
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S", name="1600000000.one\nline.test")
        self.rename(0, lambda name: name.replace(".", ".\n", 1))
        self.sync()
        self.assertEqual(len(self.near.files("INBOX")), 5)
        self.assert_together(5)
        self.assert_quiet()
        self.server.hooks["APPEND"] = "TAG NO not this one"
        self.near.add("INBOX", mail.to_near(mail.message(61)), "S", name="1600000000.two\nlines.test")
        run = self.run_any(1)
        self.assertEqual(len(run.err.splitlines()), 1, run)

    def test_copies_of_editors(self):
        """They are nobody's mail, beside their file and alone."""
        self.serve("IMAP4rev1 UIDPLUS")
        self.sync()
        _place, name = self.find(1)
        for copy in (f"{name}~", f"#{name}#", f"{name}.~1~", f"{name}.~12~", "draft~", "#draft#", f".#{name}"):
            with open(os.path.join(self.near.path("INBOX"), "cur", copy), "wb") as file:
                file.write(mail.to_near(mail.message(70)))
        self.assertEqual(self.sync().err, "")
        self.assertEqual((len(self.inbox.messages), self.server.count(" APPEND ")), (4, 0))
        self.assert_quiet()
        self.far_store(1, "\\Flagged")
        self.sync()
        self.assertIn("F", self.find_flagged())

    def find_flagged(self):
        names = [n for _p, n in self.near.files("INBOX") if not n.endswith(("~", "#"))]
        return "".join(n.rpartition(":2,")[2] for n in names)

    def test_a_message_that_is_only_there_as_a_copy(self):
        """Renamed by an editor that died, or removed while its backup stayed: said in each run, and kept there."""
        for new in (lambda n: f"{n}~", lambda n: f"#{n}#", lambda n: f"{n}.~1~",
                    lambda n: n.partition(":2,")[0] + "~"):
            self.tearDown()
            self.doCleanups()
            self.setUp()
            self.serve("IMAP4rev1 UIDPLUS")
            self.sync()
            self.rename(1, new)
            with self.subTest(name=new("x:2,S")):
                for _run in range(2):
                    run = self.run_any(1)
                    self.assertIn("1 message has only names of editors' copies", run.err)
                    self.assertEqual(len(self.inbox.messages), 4)
                self.near.remove("INBOX", self.find(1))
                self.sync()
                self.assertEqual(len(self.inbox.messages), 3)
                self.assert_quiet()
