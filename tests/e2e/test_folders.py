"""Folders: new and removed ones on either side, every delimiter, prefixes, names in every alphabet."""

import shutil

from harness import mail
from harness.case import Case

# Far name in modified UTF-7 with "/", near name.
NAMES = [("Lists/navette-dev", "Lists/navette-dev"), ("Entw&APw-rfe", "Entwürfe"),
         ("&ZeVnLIqe-", "日本語"), ("A&-B", "A&B"), ("100% sure", "100% sure"),
         ("with space ", "with space "), ("q\"uote", "q\"uote"), ("&2DzfSw-", "🍋"),
         ("50%25off", "50%2525off")]


class Folders(Case):
    def test_far_folders_appear_near(self):
        self.standard()
        for far, near in NAMES:
            self.far.create(far)
            self.far.append(far, mail.message(1, seed=near), "\\Seen")
        self.sync()
        self.assertEqual(self.near.folders(), sorted(["INBOX"] + [n for _f, n in NAMES]))
        for far, near in NAMES:
            self.assert_same(near, far, count=1)
        self.assert_quiet()

    def test_near_folders_appear_far(self):
        self.standard()
        for _far, near in NAMES:
            self.near.create(near)
            self.near.add(near, mail.to_near(mail.message(1, seed=near)), "S")
        self.sync()
        for far, near in NAMES:
            self.assert_same(near, far, count=1)
        self.assert_quiet()

    def test_one_directory_has_one_spelling(self):
        """HOME of a login and of a timer may differ by a slash: that is no other place for the mail."""
        self.standard()
        self.write_config(maildir="~/mail")
        self.far.create("Work")
        self.far.append("Work", mail.message(1))
        self.sync()
        self.environment["HOME"] += "/"
        self.assertEqual(self.sync().err, "")
        self.assertNotIn("//", self.navette("list", "--json").out)
        self.assert_same("Work", count=1)

    def test_dots_as_delimiter(self):
        self.standard(separator=".")
        self.far.create("Lists.foo.bar")
        self.far.append("Lists.foo.bar", mail.message(1))
        self.near.create("Archive/2024")
        self.near.add("Archive/2024", mail.to_near(mail.message(2)), "S")
        self.sync()
        self.assert_same("Lists/foo/bar", "Lists.foo.bar", count=1)
        self.assert_same("Archive/2024", "Archive.2024", count=1)
        self.assert_quiet()

    def test_delimiter_in_a_near_name_is_told(self):
        self.standard(separator=".")
        self.near.create("v1.2")
        self.near.create("good")
        run = self.sync(status=1)
        self.assertRegex(run.err, r"test/v1\.2: .*separates mailboxes")
        self.assertIn("good", self.far.folders())

    def test_slash_in_a_far_name_is_escaped(self):
        self.standard(separator=".", storage="sdbox",
                      extra="mailbox_list_index = yes\n")
        try:
            self.far.create("a/b")
        except AssertionError:
            self.skipTest("this Dovecot takes no / in names")
        self.far.append("a/b", mail.message(1))
        self.sync()
        self.assert_same("a%2Fb", "a/b", count=1)

    def test_namespace_prefix(self):
        self.standard(separator=".", prefix="INBOX.")
        self.far.create("INBOX.Sent")
        self.far.append("INBOX.Sent", mail.message(1))
        self.far.append("INBOX", mail.message(2))
        self.near.create("Drafts")
        self.near.add("Drafts", mail.to_near(mail.message(3)), "D")
        self.sync()
        self.assertEqual(self.near.folders(), ["Drafts", "INBOX", "Sent"])
        self.assertIn("INBOX.Drafts", self.far.folders())
        self.assert_same("Sent", "INBOX.Sent", count=1)
        self.assert_same("Drafts", "INBOX.Drafts", count=1)
        self.assert_same("INBOX", "INBOX", count=1)
        self.assert_quiet()

    def with_folder(self, count=5, **keys):
        self.standard()
        self.write_config(**keys)
        self.far.create("Work")
        for i in range(count):
            self.far.append("Work", mail.message(i))
        self.sync()
        self.assert_same("Work", count=count)

    def test_removed_near_is_refused(self):
        self.with_folder()
        shutil.rmtree(self.near.path("Work"))
        run = self.sync(status=4)
        self.assertRegex(run.err, r"test/Work: .*gone from the Maildir.*5 messages.*--force-delete")
        self.assertEqual(len(self.far.messages("Work")), 5)
        self.sync("--restore")
        self.assert_same("Work", count=5)
        self.assert_quiet()

    def test_removed_far_is_refused(self):
        self.with_folder()
        self.far.delete("Work")
        run = self.sync(status=4)
        self.assertRegex(run.err, r"test/Work: .*gone from the server.*5 messages")
        self.assertEqual(len(self.near.files("Work")), 5)
        self.sync("--restore")
        self.assert_same("Work", count=5)
        self.assert_quiet()

    def test_removed_near_is_followed_by_rule(self):
        self.with_folder(remove="both")
        shutil.rmtree(self.near.path("Work"))
        self.sync()
        self.assertNotIn("Work", self.far.folders())
        self.assert_quiet()

    def test_removed_far_is_followed_by_rule(self):
        self.with_folder(remove="near")
        self.far.delete("Work")
        self.sync()
        self.assertNotIn("Work", self.near.folders())
        self.assert_quiet()

    def test_removed_far_but_new_mail_near(self):
        self.with_folder(remove="both")
        self.far.delete("Work")
        self.near.add("Work", mail.to_near(mail.message(77)), "S")
        self.sync()
        self.assert_same("Work", count=1)
        self.assert_quiet()

    def test_removed_near_but_new_mail_far(self):
        self.with_folder(remove="both")
        shutil.rmtree(self.near.path("Work"))
        self.far.append("Work", mail.message(77))
        self.sync()
        self.assert_same("Work", count=1)
        self.assert_quiet()

    def test_removed_while_empty(self):
        """Stays away where it was removed, and is where it was left, until there is mail for it."""
        self.standard()
        for name in ("Work", "Home"):
            self.far.create(name)
        self.sync()
        self.far.delete("Work")
        shutil.rmtree(self.near.path("Home"))
        for _run in range(2):
            self.assert_quiet()
            self.assertEqual(self.near.folders(), ["INBOX", "Work"])
            self.assertEqual(self.far.folders(), ["Home", "INBOX"])
        run = self.navette("list")
        self.assertRegex(run.out, "test/Work\tnear\tleave away on the server while it is empty")
        self.near.add("Work", mail.to_near(mail.message(77)), "S")
        self.far.append("Home", mail.message(78))
        self.sync()
        self.assert_same("Work", count=1)
        self.assert_same("Home", count=1)
        self.assert_quiet()

    def test_removed_while_empty_and_restored(self):
        self.standard()
        self.far.create("Work")
        self.sync()
        self.far.delete("Work")
        self.sync("--restore")
        self.assertIn("Work", self.far.folders())

    def test_removed_by_force(self):
        self.with_folder()
        shutil.rmtree(self.near.path("Work"))
        self.sync("--force-delete")
        self.assertNotIn("Work", self.far.folders())

    def test_a_folder_with_subfolders_goes_alone(self):
        self.with_folder(remove="both")
        self.far.create("Work/sub")
        self.far.append("Work/sub", mail.message(9))
        self.sync()
        for part in ("cur", "new", "tmp"):
            shutil.rmtree(f"{self.near.path('Work')}/{part}")
        self.sync()
        self.assert_same("Work/sub", count=1)
        # Dovecot goes on to list the parent as if it could be opened.
        with self.assertRaisesRegex(AssertionError, "doesn't exist"):
            self.far.select("Work")
        self.assert_quiet()

    def test_create_none_leaves_new_folders_alone(self):
        self.standard()
        self.write_config(create="none")
        self.far.create("Far")
        self.near.create("Near")
        self.near.create("INBOX")
        self.sync()
        self.assertEqual(self.near.folders(), ["INBOX", "Near"])
        self.assertNotIn("Near", self.far.folders())

    def test_list_shows_every_folder(self):
        self.standard()
        self.far.create("Far")
        self.near.create("Near")
        run = self.navette("list")
        self.assertEqual(run.status, 0, run)
        self.assertIn("test/Far\tfar\tcreate here and sync", run.out)
        self.assertIn("test/Near\tnear\tcreate on the server and sync", run.out)
        self.assertEqual(self.near.folders(), ["Near"])

    def test_one_folder_only(self):
        self.standard()
        self.far.create("One")
        self.far.create("Two")
        self.sync("test/One")
        self.assertEqual(self.near.folders(), ["One"])
        run = self.sync("test/Thre", status=2)
        self.assertIn("Thre", run.err)


class Guard(Case):
    def fill(self, count):
        self.standard()
        for i in range(count):
            self.far.append("INBOX", mail.message(i))
        self.sync()

    def test_emptied_near_folder_is_refused(self):
        self.fill(40)
        for file in self.near.files("INBOX"):
            self.near.remove("INBOX", file)
        run = self.sync(status=4)
        self.assertRegex(run.err, r"test/INBOX: all 40 messages are gone from the Maildir")
        self.assertEqual(len(self.far.messages("INBOX")), 40)
        self.sync("--force-delete")
        self.assertEqual(len(self.far.messages("INBOX")), 0)

    def test_emptied_far_folder_is_refused_and_restored(self):
        self.fill(12)
        self.far.remove("INBOX", self.far.uids("INBOX"))
        self.sync(status=4)
        self.assertEqual(len(self.near.files("INBOX")), 12)
        self.sync("--restore")
        self.assert_same(count=12)
        self.assert_quiet()

    def test_more_than_max_delete_is_refused(self):
        self.fill(20)
        self.write_config(max_delete="5 30%")
        for file in self.near.files("INBOX")[:7]:
            self.near.remove("INBOX", file)
        run = self.sync(status=4)
        self.assertIn("7 of 20", run.err)
        self.write_config(max_delete="10 30%")
        self.sync()
        self.assert_same(count=13)

    def test_the_last_message_may_go(self):
        self.fill(1)
        self.near.remove("INBOX", self.near.files("INBOX")[0])
        self.sync()
        self.assertEqual(self.far.messages("INBOX"), {})

    def test_an_unmounted_maildir_is_refused(self):
        self.fill(3)
        shutil.rmtree(self.near.root)
        run = self.sync(status=4)
        self.assertIn("is it mounted?", run.err)
        self.assertEqual(len(self.far.messages("INBOX")), 3)
        self.sync("--restore")
        self.assert_same(count=3)
