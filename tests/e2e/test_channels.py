"""Channels: which folders are synchronised, by which rules, and what they are called here."""

import os
import re
import shutil
import subprocess

from harness import mail, sides
from harness.case import Case

USES = r"""
namespace inbox {
  mailbox Gesendet {
    special_use = \Sent
    auto = create
  }
  mailbox Spam {
    special_use = \Junk
    auto = create
  }
}
"""


class Channels(Case):
    def fill(self, *folders):
        """One message each, of its own."""
        for folder in folders:
            if folder not in self.far.folders():
                self.far.create(folder)
            self.far.append(folder, mail.message(1, seed=folder), "\\Seen")

    def assert_no_bodies(self, run):
        self.assertNotIn("BODY.PEEK[]", run.err, run)
        self.assertNotIn("APPEND", run.err, run)

    def list(self):
        """Folder -> (sides, channel, local name, what is done)."""
        run = self.navette("list", "--json")
        self.assertEqual(run.status, 0, run)
        return {o["folder"]: (o["sides"], o["channel"], o["local"], o["action"])
                for o in run.objects()}

    # --- Which folders

    def test_list_tells_the_rules(self):
        self.standard()
        self.write_channels(("box", "folders", "INBOX", "direction", "pull", "body", "headers"),
                            ("rest", "folders", "**"))
        self.far.create("Lists/a")
        lines = sorted(line.split("\t") for line in self.sync_list())
        self.assertEqual([(line[0], line[3], line[5]) for line in lines],
                         [("test/INBOX", "test/box", "direction = pull, body = headers"),
                          ("test/Lists/a", "test/rest", "-")])
        rules = {o["folder"]: o["rules"] for o in self.navette("list", "--json").objects()}
        self.assertEqual(rules, {"INBOX": "direction = pull, body = headers", "Lists/a": ""})

    def sync_list(self):
        run = self.navette("list")
        self.assertEqual(run.status, 0, run)
        return run.out.splitlines()

    def test_only_inbox_and_sent(self):
        self.standard(extra=USES)
        self.write_channels(("few", "folders", r"inbox, \Sent"))
        self.fill("INBOX", "Gesendet", "Spam", "Lists/a")
        self.near.create("Notes")
        self.sync()
        self.assertEqual(self.near.folders(), ["Gesendet", "INBOX", "Notes"])
        self.assert_same("Gesendet", count=1)
        self.assertNotIn("Notes", self.far.folders())
        self.assert_quiet()
        listed = self.list()
        self.assertEqual(listed["INBOX"], ("both", "test/few", "INBOX", "sync"))
        self.assertEqual(listed["Spam"], ("far", None, None, "leave alone: no channel takes it"))
        self.assertEqual(listed["Notes"],
                         ("near", None, "Notes", "leave alone: no channel takes it"))

    def test_patterns_and_exclusions(self):
        self.standard(extra=USES)
        self.write_channels(("lists", "folders", "Lists/**, !**/noisy", "create", "far"),
                            ("rest", "folders", r"*, !\Junk, a\,b\*c"))
        self.fill("INBOX", "Spam", "Lists", "Lists/a", "Lists/b/c", "Lists/noisy", "Work/x",
                  "a,b*c")
        for folder in ("Lists/neu", "Lists/b/noisy", "top", "Work/y"):
            self.near.create(folder)
        self.sync()
        self.assertEqual(self.near.folders(),
                         ["Gesendet", "INBOX", "Lists", "Lists/b/noisy", "Lists/neu", "Work/y",
                          "a,b*c", "top"])
        far = self.far.folders()
        self.assertIn("Lists/neu", far)
        self.assertIn("top", far)
        self.assertNotIn("Work/y", far)
        self.assertNotIn("Lists/b/noisy", far)

    def test_subscribed(self):
        for disabled in (None, "LIST-EXTENDED"):
            with self.subTest(disabled=disabled):
                if disabled is None:
                    self.standard()
                    self.fill("INBOX", "yes", "no", "never")
                    self.far.connection.subscribe("yes")
                    self.far.connection.subscribe("never")
                else:
                    shutil.rmtree(self.near.root)
                    shutil.rmtree(os.path.join(self.directory, "state"))
                self.write_channels(("s", "folders", "INBOX, subscribed, !never"),
                              disable_extensions=disabled)
                self.sync()
                self.assertEqual(self.near.folders(), ["INBOX", "yes"])

    def test_what_no_channel_takes_any_more_keeps_its_base(self):
        self.standard()
        self.fill("INBOX", "Work", "Lists/a")
        self.sync()
        self.write_channels(("few", "folders", "INBOX"))
        self.far.remove("Work", self.far.uids("Work")[:1])
        self.far.append("Work", mail.message(2, seed="later"), "\\Seen")
        shutil.rmtree(self.near.path("Lists/a"))
        self.assert_quiet()
        self.assertEqual(len(self.near.files("Work")), 1)
        self.write_config()
        run = self.sync("-vv", "Work")
        self.assertEqual(run.err.count("BODY.PEEK[]"), 1, run)
        self.assert_same("Work", count=1)
        self.assertIn("gone", self.sync(status=4).err)  # Lists/a, as ever
        self.assertEqual(len(self.far.messages("Lists/a")), 1)

    # --- How they are treated

    def test_rules_of_each_channel(self):
        self.standard()
        self.write_channels(("a", "folders", "A/**", "remove", "far", "create", "near"),
                            ("b", "folders", "**", "remove", "near", "create", "far"))
        for folder in ("A/x", "B/x"):
            self.far.create(folder)
            self.near.create(folder)
            self.near.add(folder, mail.to_near(mail.message(1, seed=folder)), "S")
        self.near.create("A/here")
        self.near.create("B/here")
        self.far.create("A/there")
        self.far.create("B/there")
        self.sync()
        self.assertNotIn("A/here", self.far.folders())
        self.assertIn("B/here", self.far.folders())
        self.assertIn("A/there", self.near.folders())
        self.assertNotIn("B/there", self.near.folders())
        shutil.rmtree(self.near.path("A/x"))
        shutil.rmtree(self.near.path("B/x"))
        run = self.sync(status=4)
        self.assertIn("test/B/x: the whole folder is gone", run.err)
        self.assertNotIn("A/x", self.far.folders())
        self.assertEqual(len(self.far.messages("B/x")), 1)

    def test_guards_of_each_channel(self):
        self.standard()
        self.write_channels(("a", "folders", "A", "max-delete", "1 0%"), ("b", "folders", "*"))
        for folder in ("A", "B"):
            self.far.create(folder)
            for number in range(4):
                self.far.append(folder, mail.message(number, seed=folder), "\\Seen")
        self.sync()
        for folder in ("A", "B"):
            self.far.remove(folder, self.far.uids(folder)[:2])
        self.assertIn("test/A: 2 of 4 messages are gone", self.sync(status=4).err)
        self.assertEqual(len(self.near.files("A")), 4)
        self.assert_same("B", count=2)

    # --- What they are called

    def test_one_folder_by_another_name(self):
        self.standard(extra=USES)
        self.write_channels(("sent", "folders", r"\Sent", "as", "Sent"), ("rest", "folders", "**"))
        self.fill("INBOX", "Gesendet")
        self.sync()
        self.assertEqual(self.near.folders(), ["INBOX", "Sent", "Spam"])
        self.assert_same("Sent", "Gesendet", count=1)
        self.near.add("Sent", mail.to_near(mail.message(2)), "S")
        self.far.append("Gesendet", mail.message(3), "\\Seen")
        self.sync()
        self.assert_same("Sent", "Gesendet", count=3)
        self.assert_quiet()
        self.assertEqual(self.list()["Gesendet"], ("both", "test/sent", "Sent", "sync"))
        self.assertNotIn("Sent", self.far.folders())

    def test_names_below_and_around(self):
        self.standard()
        self.write_channels(("lists", "folders", "Lists/**", "as", "L-*"),
                            ("rest", "folders", "**", "as", "Server/"))
        self.fill("INBOX", "Lists/a", "Lists/b/c", "Work/x")
        for local in ("L-neu", "Server/Work/neu", "Lists/z", "other"):
            self.near.create(local)
        self.sync()
        self.assertEqual(self.near.folders(),
                         ["L-a", "L-b/c", "L-neu", "Lists/z", "Server/INBOX", "Server/Work/neu",
                          "Server/Work/x", "other"])
        far = self.far.folders()
        self.assertIn("Lists/neu", far)
        self.assertIn("Work/neu", far)
        self.assertNotIn("other", far)
        self.assertNotIn("Lists/z", far)
        self.assert_same("L-b/c", "Lists/b/c", count=1)
        self.assert_same("Server/INBOX", "INBOX", count=1)
        self.assert_quiet()

    def test_two_folders_for_one_maildir(self):
        self.standard()
        self.fill("A", "B")
        self.write_channels(("one", "folders", "A, B", "as", "Both"), ("rest", "folders", "**"))
        run = self.sync(status=2)
        self.assertIn("test/B: channel test/one (line 8) puts it into", run.err)
        self.assertIn("which is the place of the folder A by channel test/one", run.err)
        self.assert_same("Both", "A", count=1)
        self.assertEqual(len(self.far.messages("B")), 1)
        self.assertRegex(self.list()["B"][3], r"^refuse: channel test/one .* place of the folder A")

    def test_another_name_between_two_runs(self):
        self.standard()
        self.fill("INBOX", "Work")
        self.sync()
        self.write_channels(("work", "folders", "Work", "as", "Job"), ("rest", "folders", "**"))
        self.far.append("Work", mail.message(2), "\\Seen")
        run = self.sync(status=4)
        self.assertIn("test/Work: its Maildir is", run.err)
        self.assertIn("Move it there (mkdir -p ", run.err)
        self.assertEqual(self.near.folders(), ["INBOX", "Work"])
        self.assertEqual(len(self.far.messages("Work")), 2)
        os.rename(self.near.path("Work"), self.near.path("Job"))
        run = self.sync("-vv")
        self.assertEqual(run.err.count("BODY.PEEK[]"), 1, run)
        self.assert_same("Job", "Work", count=2)
        self.assert_quiet()
        self.assertNotIn("Job", self.far.folders())

    def test_a_copy_of_long_ago_tells_of_no_removals(self):
        """In the new place stands what is no move of the old: nobody removed what it lacks."""
        self.standard()
        self.far.create("Work")
        for number in range(4):
            self.far.append("Work", mail.message(number), "\\Seen")
        self.sync()
        shutil.copytree(self.near.path("Work"), self.near.path("Job"))
        for file in self.near.files("Job")[:2]:
            self.near.remove("Job", file)
        shutil.rmtree(self.near.path("Work"))
        self.write_channels(("work", "folders", "Work", "as", "Job"), ("rest", "folders", "**"))
        self.sync()
        self.assert_same("Job", "Work", count=4)
        self.assert_quiet()

    def test_a_name_that_was_anothers(self):
        """What stood for one folder is not taken for the other, nor sent to it."""
        self.standard()
        self.fill("A", "B")
        self.sync()
        self.write_channels(("b", "folders", "B", "as", "A"), ("rest", "folders", "*, !A"))
        run = self.sync(status=4)
        self.assertIn("test/B: channel test/b puts it into", run.err)
        self.assertIn("where the last run kept the folder A", run.err)
        self.assertEqual([len(self.far.messages(f)) for f in "AB"], [1, 1])
        self.assertEqual([len(self.near.files(f)) for f in "AB"], [1, 1])
        self.write_config()
        self.assert_quiet()

    def test_both_delimiters_and_a_prefix(self):
        self.standard(separator=".", prefix="INBOX.")
        self.write_channels(("lists", "folders", "Lists/*", "as", "L/*"),
                            ("umlauts", "folders", "Entwürfe/**", "as", "Übung/"),
                            ("rest", "folders", "INBOX"))
        self.fill("INBOX", "INBOX.Lists.a", "INBOX.Entw&APw-rfe.x", "INBOX.other")
        self.near.create("L/neu")
        self.near.create("Übung/Entwürfe/日本語")
        self.sync()
        self.assertEqual(self.near.folders(),
                         ["INBOX", "L/a", "L/neu", "Übung/Entwürfe/x", "Übung/Entwürfe/日本語"])
        far = self.far.folders()
        self.assertIn("INBOX.Lists.neu", far)
        self.assertIn("INBOX.Entw&APw-rfe.&ZeVnLIqe-", far)
        self.assert_same("Übung/Entwürfe/x", "INBOX.Entw&APw-rfe.x", count=1)
        self.assert_quiet()

    # --- Where they stand

    def test_maildirplusplus(self):
        self.standard(storage="sdbox")
        self.write_config(layout="maildir++")
        self.fill("INBOX", "INBOX/sub", "Lists/a.b", "Entw&APw-rfe", ".dot")
        for directory in (".Neu.v1%2E2", "Nested"):
            self.near.create(directory)
        self.near.add(".Neu.v1%2E2", mail.to_near(mail.message(5)), "S")
        self.sync()
        self.assertEqual(self.near.folders(),
                         [".", ".%2Edot", ".Entwürfe", ".INBOX.sub", ".Lists.a%2Eb",
                          ".Neu.v1%2E2", "Nested"])
        self.assertTrue(os.path.exists(os.path.join(self.near.root, ".Entwürfe/maildirfolder")))
        for near, far in ((".", "INBOX"), (".Lists.a%2Eb", "Lists/a.b"), (".%2Edot", ".dot"),
                          (".Neu.v1%2E2", "Neu/v1.2"), (".Entwürfe", "Entw&APw-rfe")):
            self.assert_same(near, far, count=1)
        self.assertNotIn("Nested", self.far.folders())
        self.assert_quiet()
        self.near.remove(".", self.near.files(".")[0])
        self.far.append("INBOX/sub", mail.message(2), "\\Seen")
        self.sync()
        self.assert_same(".", "INBOX", count=0)
        self.assert_same(".INBOX.sub", "INBOX/sub", count=2)

    def test_maildirplusplus_dots_and_prefix(self):
        self.standard(separator=".", prefix="INBOX.")
        self.write_config(layout="maildir++", remove="both")
        self.fill("INBOX", "INBOX.Lists.a", "INBOX.Lists.b")
        self.near.create(".Lists.neu")
        self.near.create(".Arbeit.日本語")
        self.sync()
        self.assertEqual(self.near.folders(),
                         [".", ".Arbeit.日本語", ".Lists.a", ".Lists.b", ".Lists.neu"])
        self.assertIn("INBOX.Lists.neu", self.far.folders())
        self.assertIn("INBOX.Arbeit.&ZeVnLIqe-", self.far.folders())
        self.far.delete("INBOX.Lists.a")
        shutil.rmtree(self.near.path(".Lists.b"))
        self.sync()
        self.assertEqual(self.near.folders(), [".", ".Arbeit.日本語", ".Lists.neu"])
        self.assertNotIn("INBOX.Lists.b", self.far.folders())
        self.assert_quiet()

    def test_another_root(self):
        self.standard()
        other = os.path.join(self.directory, "other")
        self.write_channels(("archive", "folders", "Archive/**", "as", "*", "maildir", other,
                       "layout", "maildir++"),
                            ("rest", "folders", "**"))
        self.fill("INBOX", "Archive/2024", "Archive/2025/12")
        here = sides.Near(other)
        here.create(".neu.x")
        self.near.create("Archive/stranger")
        self.sync()
        self.assertEqual(self.near.folders(), ["Archive/stranger", "INBOX"])
        self.assertEqual(here.folders(), [".2024", ".2025.12", ".neu.x"])
        self.assertIn("Archive/neu/x", self.far.folders())
        self.assertNotIn("Archive/stranger", self.far.folders())
        self.assert_quiet()
        # A root that is not mounted is no reason to remove anything.
        shutil.move(other, other + ".away")
        run = self.sync(status=4)
        self.assertIn(f"there is no folder left in {other}", run.err)
        shutil.move(other + ".away", other)
        self.assert_quiet()

    def test_another_layout_between_two_runs(self):
        self.standard()
        self.fill("INBOX", "Lists", "Lists/a")
        self.sync()
        self.write_config(layout="maildir++")
        run = self.sync(status=4)
        self.assertEqual(run.err.count("Move it there"), 3, run)
        for command in re.findall(r"\((mkdir .*)\), or change", run.err):
            subprocess.run(command, shell=True, check=True)
        self.assertNotIn("BODY.PEEK[]", self.sync("-vv").err)
        self.assert_same(".Lists", "Lists", count=1)
        self.assert_same(".Lists.a", "Lists/a", count=1)
        self.assert_same(".", "INBOX", count=1)
        self.assert_quiet()

    # --- What is selected

    def test_selections(self):
        self.standard(extra=USES)
        self.write_channels(("lists", "folders", "Lists/**", "as", "L/*"),
                            ("rest", "folders", r"**, !\Junk"))
        self.fill("INBOX", "Lists/a", "Lists/b", "Work", "Spam")
        for selection, expected in ((("test/lists",), ["L/a", "L/b"]),
                                    (("Lists/a",), ["L/a"]), (("L/b",), ["L/b"]),
                                    (("test/*k", "inbox"), ["INBOX", "Work"]),
                                    ((r"\Sent", "rest"), ["Gesendet", "INBOX", "Work"]),
                                    (("test/Work", "test"),
                                     ["Gesendet", "INBOX", "L/a", "L/b", "Work"])):
            with self.subTest(selection=selection):
                run = self.navette("list", "--json", *selection)
                self.assertEqual(sorted(o["local"] for o in run.objects() if o["channel"]),
                                 expected)
                self.sync(*selection)
                self.assertEqual(self.near.folders(), expected)
                for directory in os.listdir(self.near.root):
                    shutil.rmtree(os.path.join(self.near.root, directory))
                shutil.rmtree(os.path.join(self.directory, "state"))

    def test_selections_that_are_nothing(self):
        self.standard(extra=USES)
        self.write_channels(("lists", "folders", "Lists/**"), ("rest", "folders", r"*, !\Junk"))
        self.fill("INBOX", "Lists/a", "Spam")
        for selection, expected in (("test/list", "named list; did you mean lists?"),
                                    ("test/Lists/aa", "did you mean Lists/a?"),
                                    ("tset", "did you mean test?"),
                                    ("test/X*", "named X*; `navette list test` shows all"),
                                    ("Spam", "no channel of account test takes Spam"),
                                    (r"\Junk", "no channel of account test takes")):
            with self.subTest(selection=selection):
                run = self.sync("INBOX", selection, status=2)
                self.assertIn(expected, run.err)
        self.assertEqual(self.near.folders(), [])
        self.assertIn("status takes accounts, and test/lists is none",
                      self.navette("status", "lists").err)

    # --- Accidents

    def test_the_server_loses_a_use(self):
        """A folder that no rule takes any more, for its use is gone: left alone on both sides."""
        self.standard(extra=USES)
        self.write_channels(("sent", "folders", r"\Sent, INBOX", "remove", "both"))
        self.fill("INBOX", "Gesendet")
        self.sync()
        self.write_channels(("sent", "folders", r"\Sent, INBOX", "remove", "both"),
                      disable_extensions="SPECIAL-USE")
        self.assertIsNone(self.list()["Gesendet"][1])
        self.sync()
        self.assertEqual(len(self.near.files("Gesendet")), 1)
        self.assertEqual(len(self.far.messages("Gesendet")), 1)
