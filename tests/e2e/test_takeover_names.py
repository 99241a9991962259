"""Maildirs of other programs whose directories are not called as navette would call them: the same folder, or said
how to set it; never a folder more on either side."""

import os
import re

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Mailbox


class TakeoverCase(QuirkCase):
    def serve_tree(self, far, near):
        """FAR: mailboxes, in the server's spelling; NEAR: where each one's messages are here, unless None."""
        self.serve("IMAP4rev1 UIDPLUS")
        for i, name in enumerate(far):
            box = self.server.mailboxes.setdefault(name, Mailbox())
            if not box.messages:
                box.add(mail.message(200 + i), ["\\Seen"])
        for name, path in zip(far, near):
            self.fill(self.server.mailboxes[name], path)

    def fill(self, box, path):
        if path is None:
            return
        self.near.create(path)
        for message in box.messages:
            self.near.add(path, mail.to_near(message.body), self.letters(message.flags))

    def transfers(self):
        return [self.server.count(word) for word in (r"BODY\.PEEK\[\]", " APPEND ", " CREATE ", " DELETE ")]

    def assert_taken_over(self, *folders):
        """Without a byte of mail."""
        self.sync()
        self.assertEqual(self.transfers(), [0, 0, 0, 0])
        self.assertEqual(self.near.folders(), sorted(folders))
        self.server.log.clear()
        self.assert_quiet()


class Spellings(TakeoverCase):
    """Modified UTF-7 on disk, and INBOX as mbsync has it."""

    def test_modified_utf7_on_disk(self):
        self.serve_tree(["INBOX", "Other", "Entw&APw-rfe", "Entw&APw-rfe/&AMQ-"],
                        ["INBOX", "Other", "Entw&APw-rfe", "Entw&APw-rfe/&AMQ-"])
        checked = self.navette("check", "-v")
        self.assertEqual(checked.status, 0, checked)
        self.assertRegex(checked.out, "folder Entwürfe is the Maildir .*/Entw&APw-rfe\n")
        self.assertIn("test/Entwürfe\tboth\tsync\ttest\tEntw&APw-rfe", self.navette("list").out)
        self.assert_taken_over("INBOX", "Other", "Entw&APw-rfe", "Entw&APw-rfe/&AMQ-")
        self.near.add("Entw&APw-rfe", mail.to_near(mail.message(300)), "S")
        self.server.mailboxes["Entw&APw-rfe"].add(mail.message(301))
        self.sync()
        self.assertEqual(len(self.near.files("Entw&APw-rfe")), 3)
        self.assertEqual(len(self.server.mailboxes["Entw&APw-rfe"].messages), 3)
        self.assert_quiet()

    def test_both_spellings_on_disk(self):
        """As mbsync 1.5 leaves a tree of 1.4: the second is named, nothing is made of it."""
        self.serve_tree(["INBOX", "Other", "Entw&APw-rfe"], ["INBOX", "Other", "Entwürfe"])
        self.fill(self.server.mailboxes["Entw&APw-rfe"], "Entw&APw-rfe")
        run = self.run_any(1)
        self.assertRegex(run.err, "test/Entw&APw-rfe: the Maildir .* is by its name the folder Entwürfe")
        self.assertEqual(self.transfers(), [0, 0, 0, 0])
        self.assertIn("Entw&APw-rfe\tnear\trefuse: the Maildir", self.navette("list").out)
        self.write_channels(("all", "folders", "**, !Entw&APw-rfe"), timeout="5s")
        self.assertEqual(self.sync().err, "")
        self.assertEqual(self.transfers(), [0, 0, 0, 0])

    def test_a_name_that_is_the_servers_own(self):
        """What looks like modified UTF-7 here may be the server's name for another folder."""
        self.serve_tree(["INBOX", "Other", "Entw&-APw-rfe"], ["INBOX", "Other", "Entw&APw-rfe"])
        self.assert_taken_over("INBOX", "Other", "Entw&APw-rfe")

    def test_inbox_in_any_case(self):
        for name in ("Inbox", "inbox"):
            with self.subTest(name=name):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve_tree(["INBOX", "Other", "INBOX/Sub"], [name, "Other", f"{name}/Sub"])
                self.assertIn(f"test/INBOX\tboth\tsync\ttest\t{name}\t", self.navette("list").out)
                self.assert_taken_over(name, "Other", f"{name}/Sub")
                self.near.create(f"{name}/New")
                self.sync()
                self.assertIn("INBOX/New", self.server.mailboxes)
                self.assert_quiet()

    def test_inbox_twice(self):
        self.serve_tree(["INBOX", "Other"], ["INBOX", "Other"])
        self.near.create("Inbox")
        self.near.create("Inbox/Sub")
        self.near.add("Inbox", mail.to_near(mail.message(9)))
        run = self.run_any(1)
        self.assertRegex(run.err, "test/Inbox: the Maildir .* is by its name the folder INBOX in another spelling")
        self.assertRegex(self.navette("list").out, "test/Inbox\tnear\trefuse: the Maildir ")
        self.assertEqual(len(self.inbox.messages), 4)

    def test_as_inbox(self):
        self.serve_tree(["INBOX", "Other"], ["Inbox", "Other"])
        self.write_channels(("inbox", "folders", "INBOX", "as", "Inbox"), ("rest", "folders", "**"), timeout="5s")
        self.assert_taken_over("Inbox", "Other")
        self.tearDown()
        self.doCleanups()
        self.setUp()
        self.serve()
        self.write_channels(("inbox", "folders", "INBOX", "as", "Inbox"), ("rest", "folders", "**"), timeout="5s")
        self.sync()
        self.assertEqual(self.near.folders(), ["Inbox", "Other"])
        self.assert_quiet()


class Layouts(TakeoverCase):
    """Trees in another layout than the configuration says: nothing is doubled, and it is said what to set."""

    FAR = ["INBOX", "Other", "Lists/a", "Lists/b/c", "Entw&APw-rfe/x"]
    TREES = {
        "nested": ["INBOX", "Other", "Lists/a", "Lists/b/c", "Entw&APw-rfe/x"],
        "flat": ["INBOX", "Other", "Lists.a", "Lists.b.c", "Entw&APw-rfe.x"],
        "legacy": ["INBOX", "Other", "Lists/.a", "Lists/.b/.c", "Entw&APw-rfe/.x"],
        "maildir++": ["", ".Other", ".Lists.a", ".Lists.b.c", ".Entw&APw-rfe.x"],
    }

    def play(self, tree, layout):
        self.serve_tree(self.FAR, self.TREES[tree])
        self.write_config(layout=layout, timeout="5s")
        before = self.near.folders()
        run = self.run_any(4)
        self.assertIn(f"Set layout = {tree} for account test", run.err)
        self.assertIn("test/Lists/a: there is the Maildir", run.err)
        self.assertEqual(self.transfers(), [0, 0, 0, 0])
        self.assertEqual(self.near.folders(), before)
        self.assertRegex(self.navette("list").out,
                         f"test/Lists/b/c\tfar\trefuse: .*Set layout = {re.escape(tree)} ")
        checked = self.navette("check")
        self.assertIn("folder Lists/b/c: there is the Maildir", checked.out)
        self.assertEqual(checked.status, 4)
        self.write_config(layout=tree, timeout="5s")
        self.assert_taken_over(*before)

    def test_flat_under_nested(self):
        self.play("flat", "nested")

    def test_legacy_under_nested(self):
        self.play("legacy", "nested")

    def test_plusplus_under_nested(self):
        self.play("maildir++", "nested")

    def test_nested_under_plusplus(self):
        self.play("nested", "maildir++")

    def test_a_dot_that_is_the_servers_own(self):
        """Both are folders of their own there and here."""
        self.serve_tree(["INBOX", "Other", "Lists/a", "Lists.a"], ["INBOX", "Other", None, "Lists.a"])
        self.sync()
        self.assertEqual(self.near.folders(), ["INBOX", "Lists.a", "Lists/a", "Other"])
        self.assertEqual(self.transfers(), [1, 0, 0, 0])
        self.assert_quiet()

    def test_folders_come_and_go(self):
        """In the layouts that only other programs had."""
        for layout in ("flat", "legacy"):
            with self.subTest(layout=layout):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve()
                self.write_config(layout=layout, remove="both", timeout="5s")
                for name in ("Lists/a", "v1.2/x.y"):
                    self.server.mailboxes[name] = Mailbox()
                    self.server.mailboxes[name].add(mail.message(70, seed=name))
                self.sync()
                self.assertEqual(self.near.folders(), sorted(
                    ["INBOX", "Other"] + (["Lists.a", "v1%2E2.x%2Ey"] if layout == "flat"
                                          else ["Lists/.a", "v1.2/.x.y"])))
                self.assert_quiet()
                self.near.create({"flat": "Lists.mine", "legacy": "Lists/.mine"}[layout])
                self.sync()
                self.assertIn("Lists/mine", self.server.mailboxes)
                del self.server.mailboxes["Lists/a"]
                self.sync()
                self.assertEqual(len(self.near.folders()), 4)
                self.assert_quiet()

    def test_hidden_directories_are_named(self):
        self.serve_tree(["INBOX", "Other"], ["INBOX", "Other"])
        os.makedirs(os.path.join(self.near.root, ".mine", "cur"))
        os.makedirs(os.path.join(self.near.root, ".index"))
        listed = self.navette("list").out
        self.assertRegex(listed, r"test/\.mine\tnear\tleave alone: the directory .*/\.mine was left alone: there is no ")
        self.assertNotIn(".index", listed)
        self.assertEqual(self.sync().err, "")
