"""Refusals in the middle of what rules ask for: a trash for a whole folder, windows, stubs, one-way folders. What
could not be done is said, nothing goes that should not, and a later run makes up for it."""

import os
import shutil

from harness import mail
from harness.refusing import UIDPLUS, RefusingCase
from harness.scripted import Mailbox

WAYS = ("NO not today", "BAD never heard of it", "drop")


class WholeFolders(RefusingCase):
    def begin_box(self, capabilities):
        self.begin(capabilities, trash="Trash", remove="far")
        box = self.server.mailboxes["Box"] = Mailbox(6)
        for i in (20, 21, 22):
            box.add(mail.message(i), ["\\Seen"])
        self.sync()
        shutil.rmtree(self.near.path("Box"))
        self.server.log.clear()

    def assert_kept(self):
        self.assertEqual(self.far_numbers("Box"), [20, 21, 22])
        self.assertEqual(self.server.count("DELETE"), 0)
        self.assertNotIn("Box", self.near.folders())

    def assert_goes(self):
        self.server.hooks.clear()
        for _run in range(2):
            self.sync()
        self.assertNotIn("Box", self.server.mailboxes)
        self.assertEqual(self.far_numbers("Trash"), [20, 21, 22, 70])
        self.assert_together(4)
        self.assert_quiet()

    def test_a_folder_whose_messages_were_not_moved(self):
        for way in ("OK moved", *WAYS):
            with self.subTest(way=way):
                self.begin_box(UIDPLUS + " MOVE")
                self.refuse("UID MOVE", way)
                self.assert_kept()
                self.assert_goes()

    def test_a_folder_whose_messages_were_not_copied_or_not_removed(self):
        for name, way in (("UID COPY", "NO not today"), ("UID COPY", "BAD never heard of it"),
                          ("UID STORE", "NO not today"), ("UID EXPUNGE", "NO not today"),
                          ("UID EXPUNGE", "OK all gone")):
            with self.subTest(name=name, way=way):
                self.begin_box(UIDPLUS)
                self.refuse(name, way)
                self.assert_kept()
                self.assert_goes()

    def test_a_folder_of_which_a_message_moved_to_where_nothing_is_pushed(self):
        """The server would have it no more: the mailbox stays, as it is."""
        self.begin(remove="both")
        for name, number in (("Archive", 30), ("Box", 20)):
            self.server.mailboxes[name] = Mailbox(number)
            for i in range(number, number + 3):
                self.server.mailboxes[name].add(mail.message(i), ["\\Seen"])
        self.write_channels(("archive", "folders", "Archive", "direction", "pull"), ("rest", "folders", "**"),
                            timeout="2s", remove="both", max_delete="none")
        self.sync()
        place, file = self.find(21, "Box")
        os.rename(os.path.join(self.near.path("Box"), place, file),
                  os.path.join(self.near.path("Archive"), place, file))
        shutil.rmtree(self.near.path("Box"))
        self.server.log.clear()
        for options in ((), ("--force-delete",)):
            run = self.sync(*options, status=4)
            self.assertIn("1 of its messages moved to a folder from which nothing goes to the server", run.err)
            self.assert_kept()


class Windows(RefusingCase):
    def test_a_search_that_is_refused(self):
        """It is no window without messages: nothing leaves, nothing comes."""
        for keys in ({"max_size": "2K"}, {"max_age": "30d"}, {"max_messages": "2", "keep": "flagged"}):
            for way in WAYS:
                with self.subTest(way=way, **keys):
                    self.begin()
                    self.inbox.add(mail.message(30, size=5000), ["\\Seen"])
                    self.sync()
                    self.write_config(timeout="2s", **keys)
                    self.refuse("UID SEARCH", way)
                    self.assertEqual(self.near_numbers(), [0, 1, 2, 3, 30])
                    self.server.hooks.clear()
                    self.sync()
                    expected = {"max_size": [0, 1, 2, 3], "max_age": [0, 1, 2, 3, 30], "max_messages": [3, 30]}
                    self.assertEqual(self.near_numbers(), expected[next(iter(keys))])
                    self.assertEqual(self.far_numbers(), [0, 1, 2, 3, 30])
                    self.assert_quiet()

    def test_flags_are_stored_before_a_message_leaves(self):
        """Where that is refused it stays, and with it the user's flag."""
        for way in WAYS:
            with self.subTest(way=way):
                self.begin()
                self.add_letters(0, "FS")
                self.write_config(timeout="2s", max_messages="2")
                self.refuse("UID STORE", way)
                self.assertIn("F", self.find(0)[1].rpartition(":2,")[2])
                self.server.hooks.clear()
                self.sync()
                self.assertEqual(self.near_numbers(), [2, 3])
                self.assertEqual(self.letters(self.message(0).flags), "FS")
                self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                self.assert_quiet()


class Stubs(RefusingCase):
    def test_a_whole_that_is_refused(self):
        """The stub stays, and what was wanted once is brought by a later run."""
        for way in WAYS:
            with self.subTest(way=way):
                self.begin(body="headers")
                stub = self.near.read("INBOX", self.find(1))
                self.assertTrue(stub.startswith(b"X-Navette-Stub"))
                self.add_letters(1, "FS")
                self.refuse("UID FETCH", way, only="BODY.PEEK[]")
                self.assertEqual(self.near.read("INBOX", self.find(1)), stub)
                self.assertEqual(len(self.near.files("INBOX")), 4)
                self.server.hooks.clear()
                self.sync()
                self.assertEqual(self.near.read("INBOX", self.find(1)), mail.to_near(mail.message(1)))
                self.assertEqual(self.letters(self.message(1).flags), "FS")
                self.assertEqual(len(self.near.files("INBOX")), 4)
                self.assert_quiet()


class OneWay(RefusingCase):
    def test_a_mark_that_is_refused(self):
        """Removed here it is only marked there: a refusal leaves neither a mark nor a file behind."""
        for way in WAYS:
            with self.subTest(way=way):
                self.begin(expunge="near")
                self.remove(0)
                for _run in range(2):
                    self.refuse("UID STORE", way)
                    self.assertEqual(self.message(0).flags, set())
                    self.assertEqual(self.near_numbers(), [1, 2, 3])
                self.server.hooks.clear()
                self.sync()
                self.assertEqual(self.message(0).flags, {"\\Deleted"})
                self.assertEqual(self.near_numbers(), [1, 2, 3])
                self.assert_quiet()

    def test_a_push_that_is_refused(self):
        """Nothing of the server's comes here meanwhile, and nothing of ours is taken back."""
        for name in ("APPEND", "UID STORE", "UID EXPUNGE"):
            for way in WAYS:
                with self.subTest(name=name, way=way):
                    self.begin()
                    self.write_config(timeout="2s", direction="push")
                    self.change()
                    before = self.near_view("INBOX")
                    self.refuse(name, way)
                    self.assertEqual(self.near_view("INBOX"), before)
                    self.assertIn(50, self.far_numbers())
                    self.server.hooks.clear()
                    self.rest()
                    self.sync()
                    self.assertEqual(self.near_view("INBOX"), before)
                    self.assertEqual(self.far_numbers(), [1, 2, 50, 51])
                    self.assertEqual(self.letters(self.message(1).flags), "FS")
                    self.assert_quiet()
