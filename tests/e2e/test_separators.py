"""File systems that refuse ":" in names, and trees whose names have another separator."""

import os

from harness import faults, mail
from harness.quirks import QuirkCase


class Separators(QuirkCase):
    def refuse(self, refused=":"):
        """From now on as on FAT."""
        self.environment.update(LD_PRELOAD=faults.LIBRARY, FAULTS_REFUSE=refused)

    def take_all(self):
        for name in ("LD_PRELOAD", "FAULTS_REFUSE"):
            self.environment.pop(name)

    def names(self):
        return [name for _place, name in self.near.files("INBOX")]

    def letters_here(self, number):
        name = self.find(number)[1]
        return name[-1 - name[::-1].index(","):].lstrip(",") if "2," in name else ""

    def letters_of_all(self):
        return [self.letters_here(i) for i in range(len(self.inbox.messages))]

    def bodies(self):
        return sorted(self.near.read("INBOX", file) for file in self.near.files("INBOX"))

    def assert_all_here(self):
        self.assertEqual(self.bodies(), sorted(mail.to_near(m.body) for m in self.inbox.messages))

    def set_separator(self, separator):
        self.write_config(timeout="5s", separator=separator)

    def findings(self, status):
        run = self.navette("check", "--json")
        self.assertEqual(run.status, status, run)
        return [o["text"] for o in run.objects() if o["part"] == "maildir" and o["verdict"] != "good"]

    def test_what_is_refused_is_said_and_costs_nothing_else(self):
        self.serve("IMAP4rev1 UIDPLUS")
        self.refuse()
        said = f'the file system of {self.directory} takes no \':\' in file names'
        found = self.findings(1)
        self.assertEqual(len(found), 1, found)
        self.assertIn(said, found[0])
        self.assertIn('say "separator = ;" in the configuration', found[0])
        self.assertEqual([n for n in os.listdir(self.directory) if "navette" in n], [])
        for _run in range(2):
            run = self.run_any(1)
            self.assertEqual(run.err.count("takes no ':' in file names"), 1, run)
            self.assertIn('say "separator = ;" in the configuration', run.err)
            self.assertEqual(len(self.near.files("INBOX")), 2, "those without flags are here")
            self.assertEqual(len(self.near.files("Other")), 1)
            self.assertEqual(len(self.inbox.messages), 4)
            self.assertEqual(os.listdir(os.path.join(self.near.path("INBOX"), "tmp")), [])
        self.assertEqual(self.server.count(r"BODY\.PEEK\[\]"), 2, "one of each folder, and none in vain")
        self.refuse(":;")
        self.assertIn('say "separator = !"', self.findings(1)[0])
        self.refuse(":;!")
        self.assertIn("put the Maildir on another file system", self.findings(1)[0])
        self.refuse()
        self.set_separator(";")
        self.assertEqual(self.findings(0), [])
        self.sync()
        self.assertEqual(self.letters_of_all(), ["", "S", "", "S"])
        self.assert_all_here()
        self.assert_quiet()

    def test_both_ways_with_another_separator(self):
        self.serve("IMAP4rev1 UIDPLUS")
        self.refuse()
        self.set_separator("!")
        self.sync()
        place, name = self.find(0)
        root = self.near.path("INBOX")
        os.rename(os.path.join(root, place, name), os.path.join(root, "cur", name + "!2,FS"))
        self.near.add("INBOX", mail.to_near(mail.message(4)), place="new", name="1600000000.a!b;2,c.test!2,R")
        self.far_store(2, "\\Flagged")
        self.far_store(3, "\\Answered")
        self.sync()
        self.assertEqual(self.message(0).flags - {"\\Recent"}, {"\\Seen", "\\Flagged"})
        self.assertEqual(self.message(4).flags - {"\\Recent"}, {"\\Answered"})
        self.assertEqual(self.letters_of_all(), ["FS", "S", "F", "RS", "R"])
        self.assert_all_here()
        self.assertEqual(self.server.count(" APPEND "), 1)
        self.assertFalse(any(":" in name for name in self.names()))
        self.assert_quiet()

    def test_another_separator_later_renames_and_doubles_nothing(self):
        self.serve("IMAP4rev1 UIDPLUS")
        self.sync()
        before = self.names()
        for separator in (";", "!", ":"):
            self.set_separator(separator)
            self.sync()
            self.assertEqual(self.names(), before)
            self.assert_quiet()
        # The tree was carried to FAT: all names have another separator, and then one has two of them.
        root = os.path.join(self.near.path("INBOX"), "cur")
        for name in os.listdir(root):
            os.rename(os.path.join(root, name), os.path.join(root, name.replace(":2,", ";2,")))
        place, name = self.find(1)
        os.rename(os.path.join(root, name), os.path.join(root, name + ":2,RS"))
        self.assertEqual(place, "cur")
        self.far_store(3, "\\Flagged")
        self.sync()
        self.assertEqual(self.message(1).flags - {"\\Recent"}, {"\\Seen", "\\Answered"})
        self.assertIn(":2,FS", self.find(3)[1])
        self.assertEqual(len(self.inbox.messages), 4)
        self.assertEqual((self.server.count(" APPEND "), self.server.count("EXPUNGE")), (0, 0))
        self.assert_all_here()
        self.assert_quiet()

    def test_one_name_that_cannot_be_made(self):
        """A change of flags, a download of which the flags came late, what a killed run had begun."""
        self.serve("IMAP4rev1 UIDPLUS")
        self.sync()
        self.refuse()
        self.far_store(0, "\\Flagged")
        self.far_store(2, "\\Flagged")
        self.inbox.add(mail.message(4))
        run = self.run_any(1)
        self.assertEqual(run.err.count("takes no ':' in file names"), 1, run)
        self.assertEqual(len(self.near.files("INBOX")), 5, "the new one came")
        self.set_separator(";")
        self.sync()
        self.assertEqual(self.letters_of_all(), ["F", "S", "F", "S", ""])
        self.assert_quiet()

    def test_what_a_killed_run_had_named_otherwise(self):
        self.serve("IMAP4rev1 UIDPLUS", count=6)
        killed = faults.run(self, kill=("rename", 1, "before"))
        self.assertEqual(killed.status, -9, killed)
        self.refuse()
        self.set_separator(";")
        self.sync()
        self.assertEqual(self.letters_of_all(), ["", "S", "", "S", "", "S"])
        self.assert_all_here()
        self.assertFalse(any(":" in name for name in self.names()))
        self.assert_quiet()

    def test_what_a_killed_run_had_named_so_that_it_cannot_be(self):
        self.serve("IMAP4rev1 UIDPLUS", count=6)
        killed = faults.run(self, kill=("rename", 1, "before"))
        self.assertEqual(killed.status, -9, killed)
        self.refuse()
        run = self.run_any(1)
        self.assertEqual(run.err.count("takes no ':' in file names"), 1, run)
        self.assertEqual(len(self.near.files("INBOX")), 3)
        self.assertEqual(len(self.inbox.messages), 6, "none counts as removed here")
        self.take_all()
        self.sync()
        self.assert_together(6)
        self.assert_quiet()

    def test_one_rename_that_fails_stops_only_its_message(self):
        self.serve("IMAP4rev1 UIDPLUS", count=6)
        failed = faults.run(self, fail=("rename", 3, "EIO"))
        self.assertEqual((failed.status, failed.fired), (1, 1), failed)
        self.assertEqual(len(self.near.files("INBOX")) + len(self.near.files("Other")), 6, failed)
        self.assertEqual(len(failed.err.splitlines()), 1, failed)
        self.sync()
        self.assert_together(6)
        self.assert_quiet()
