"""What goes which way: direction, pull, push and expunge, on both sides, with rules that change between runs.
What a rule leaves out stays as it is, costs nothing in later runs, and goes when the rule lets it."""

import os
import shutil

from harness import mail, sides
from harness.case import Case

COUNT = 6
WAYS = ("pull", "push")
KINDS = ("new", "flags", "deletions")


class Directions(Case):
    def begin(self, **rules):
        self.standard()
        for i in range(COUNT):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.sync()
        self.rule(**rules)

    def rule(self, **rules):
        self.write_config(**rules)

    # --- What people do ---

    def near_file(self, number):
        return self.near.find("INBOX", f"<0.{number}@example.org>".encode())

    def far_uid(self, number, folder="INBOX"):
        return self.far.uids(folder, f'HEADER MESSAGE-ID "<0.{number}@example.org>"')

    def add_near(self, number):
        self.near.add("INBOX", mail.to_near(mail.message(number)), "S")

    def change_both(self):
        """One change of each kind on each side: 0 and 1 get a flag, 2 and 3 go, 10 and 11 come."""
        self.near.set_letters("INBOX", self.near_file(0), "FS")
        self.far.store("INBOX", self.far_uid(1)[0], "+FLAGS", "\\Answered")
        self.near.remove("INBOX", self.near_file(2))
        self.far.remove("INBOX", self.far_uid(3))
        self.add_near(10)
        self.far.append("INBOX", mail.message(11), "\\Seen")

    # --- What came of it ---

    def near_has(self, number):
        text = f"<0.{number}@example.org>".encode()
        return any(text in self.near.read("INBOX", file) for file in self.near.files("INBOX"))

    def far_has(self, number):
        return len(self.far_uid(number)) == 1

    def near_letters(self, number):
        return self.near_file(number)[1].rsplit(",", 1)[1]

    def far_flagged(self, number, flag):
        return self.far_uid(number) == self.far.uids(
            "INBOX", f'HEADER MESSAGE-ID "<0.{number}@example.org>" {flag}')

    def assert_idle(self):
        """Nothing to do, nothing written, and not even a look into the mailbox."""
        self.assert_quiet()
        run = self.sync("-vv")
        self.assertNotIn(" SELECT ", run.err)
        self.assertEqual(run.out, "")

    def pulled(self):
        return (self.near_has(11), "R" in self.near_letters(1), not self.near_has(3))

    def pushed(self):
        return (self.far_has(10), self.far_flagged(0, "FLAGGED"), not self.far_has(2))

    def assert_went(self, pull, push):
        """Of new, flags and deletions, those that PULL and PUSH name went, and no others."""
        self.assertEqual(self.pulled(), tuple(kind in pull for kind in KINDS))
        self.assertEqual(self.pushed(), tuple(kind in push for kind in KINDS))
        self.assert_idle()

    def assert_same_at_last(self):
        self.rule()
        self.sync()
        self.assert_went(KINDS, KINDS)
        self.assert_same(count=COUNT)

    def test_what_is_left_here_survives_a_change_there(self):
        self.begin(push="new, deletions")
        self.near.set_letters("INBOX", self.near_file(0), "FS")
        self.sync()
        self.sync()
        self.far.store("INBOX", self.far_uid(0)[0], "+FLAGS", "\\Answered")
        self.sync()
        self.assertEqual(self.near_letters(0), "FRS")

    # --- Tests ---

    def check(self, pull, push):
        self.begin(pull=" ".join(pull) or "none", push=" ".join(push) or "none")
        self.change_both()
        self.sync()
        self.assert_went(pull, push)
        self.assert_same_at_last()

    def test_pull_all(self):
        self.check(KINDS, ())

    def test_push_all(self):
        self.check((), KINDS)

    def test_pull_new_push_flags(self):
        self.check(("new",), ("flags",))

    def test_pull_flags_push_deletions(self):
        self.check(("flags",), ("deletions",))

    def test_pull_deletions_push_new(self):
        self.check(("deletions",), ("new",))

    def test_from_one_rule_to_the_next(self):
        """All left-out changes of one rule, under each of some others, and at last under none."""
        self.begin(direction="pull")
        self.change_both()
        self.sync()
        self.assert_went(KINDS, ())
        self.rule(push="flags", pull="none")
        self.sync()
        self.assertEqual(self.pushed(), (False, True, False))
        self.assert_idle()
        self.rule(push="new", pull="flags")
        self.sync()
        self.assertEqual(self.pushed(), (True, True, False))
        self.assert_idle()
        self.rule(direction="push")
        self.sync()
        self.assertEqual(self.pushed(), (True, True, True))
        self.assert_idle()
        self.assert_same_at_last()

    def test_the_plan_shows_what_goes_now(self):
        self.begin(direction="pull")
        self.change_both()
        run = self.sync("-n", "--json")
        verbs = sorted(o["operation"] for o in run.objects() if "operation" in o)
        self.assertEqual(verbs, ["download", "flags-near", "remove-near"])
        self.rule(direction="push")
        run = self.sync("-n", "--json")
        verbs = sorted(o["operation"] for o in run.objects() if "operation" in o)
        self.assertEqual(verbs, ["flags-far", "remove-far", "upload"])

    def first_sync(self, way):
        self.standard()
        self.rule(direction=way)
        for i in range(3):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.near.create("INBOX")
        for i in (2, 3, 4):
            self.add_near(i)
        before = self.views()
        self.sync()
        after = self.views()
        source = WAYS.index(way)
        self.assertEqual(after[source], before[source], "the side that is followed was changed")
        self.assertEqual(len(after[1 - source]), 5)
        self.assert_idle()
        self.rule()
        self.sync()
        self.assert_same(count=5)

    def views(self):
        return sides.far_view(self.far, "INBOX"), sides.near_view(self.near, "INBOX")

    def test_a_first_pull(self):
        self.first_sync("pull")

    def test_a_first_push(self):
        self.first_sync("push")

    def test_more_comes_where_much_is_left_out(self):
        """What is left out is not listed again for each new message."""
        self.begin(direction="push")
        for i in range(20, 40):
            self.far.append("INBOX", mail.message(i))
        self.sync()
        self.assert_idle()
        self.far.append("INBOX", mail.message(40))
        self.add_near(41)
        run = self.sync("-vv")
        self.assertNotIn("FETCH 1:*", run.err)
        self.assertNotIn("SEARCH ALL", run.err)
        self.assertTrue(self.far_has(41))
        self.assert_idle()
        self.rule()
        self.sync()
        self.assert_same(count=COUNT + 22)

    def test_folders_one_way(self):
        self.standard()
        self.rule(direction="pull", remove="both")
        self.far.create("There")
        self.far.append("There", mail.message(1))
        self.near.create("Here")
        self.near.add("Here", mail.to_near(mail.message(2)))
        self.sync()
        self.assertIn("There", self.near.folders())
        self.assertNotIn("Here", self.far.folders())
        self.assert_same("There", count=1)
        shutil.rmtree(self.near.path("There"))
        for option in ((), ("--force-delete",)):
            run = self.sync(*option, status=4)
            self.assertRegex(run.err, "rules let no removal go to the server")
        self.assertIn("There", self.far.folders())
        self.sync("--restore")
        self.assert_same("There", count=1)
        self.rule(direction="push", remove="both")
        self.sync()
        self.assert_same("Here", count=1)

    def test_a_window_takes_nothing_away_where_nothing_comes(self):
        """What leaves a window comes back when that widens: not where nothing may come."""
        self.begin(direction="push", max_age="30d")
        self.add_near(10)
        self.sync()
        self.assert_same(count=COUNT + 1)
        self.assert_idle()
        self.rule(max_age="30d")
        self.sync()
        self.assertEqual(self.near.files("INBOX"), [])
        self.assertEqual(len(self.far.uids("INBOX")), COUNT + 1)
        self.rule()
        self.sync()
        self.assert_same(count=COUNT + 1)

    def test_restore_brings_back_what_was_left_out(self):
        self.begin(direction="pull")
        self.near.remove("INBOX", self.near_file(2))
        self.near.remove("INBOX", self.near_file(4))
        self.sync()
        self.assert_idle()
        self.sync("--restore")
        self.assert_same(count=COUNT)
        self.assert_idle()

    def test_many_left_out_removals_go_through_the_guard(self):
        self.begin(direction="pull")
        for i in range(COUNT):
            self.near.remove("INBOX", self.near_file(i))
        self.sync()
        self.assert_idle()
        self.rule()
        run = self.sync(status=4)
        self.assertIn("--force-delete", run.err)
        self.assertEqual(len(self.far.uids("INBOX")), COUNT)
        self.sync("--force-delete")
        self.assertEqual(self.far.uids("INBOX"), [])

    def test_a_new_uidvalidity_under_pull(self):
        """Nothing is sent to the server, whatever the numbers of its messages are."""
        self.standard()
        self.rule(direction="pull")
        self.far.create("Box")
        for i in range(COUNT):
            self.far.append("Box", mail.message(i), "\\Seen")
        self.sync()
        self.near.add("Box", mail.to_near(mail.message(10)), "S")
        self.far.delete("Box")
        self.far.create("Box")
        for i in range(COUNT):
            self.far.append("Box", mail.message(i), "\\Seen")
        self.sync()
        self.assertEqual(len(self.far.uids("Box")), COUNT)
        self.assertEqual(self.far_uid(10, "Box"), [])
        self.assertEqual(len(self.near.files("Box")), COUNT + 1)
        self.assert_idle()

    def test_a_move_to_a_folder_that_is_not_pushed(self):
        self.standard()
        self.far.create("Archive")
        for i in range(3):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.sync()
        text = open(self.config, encoding="utf-8").read()
        channels = ("\n[channel test/archive]\nfolders = Archive\ndirection = pull\n"
                    "\n[channel test/rest]\nfolders = **\n")
        self.write_config(text + channels)
        place, file = self.near_file(0)
        os.rename(os.path.join(self.near.path("INBOX"), place, file),
                  os.path.join(self.near.path("Archive"), place, file))
        for arguments in (("test/INBOX",), ()):
            self.sync(*arguments)
            self.assertTrue(self.far_has(0))
            self.assertEqual(self.far.uids("Archive"), [])
            self.assertEqual(len(self.near.files("Archive")), 1)
        self.assert_idle()
        # Another removal makes it look again: what moved still stays.
        self.near.remove("INBOX", self.near_file(1))
        self.sync()
        self.assertTrue(self.far_has(0))
        self.assertFalse(self.far_has(1))
        # Really removed now: the next look finds it.
        self.near.remove("Archive", self.near.files("Archive")[0])
        self.near.remove("INBOX", self.near_file(2))
        self.sync("--force-delete")
        self.assertFalse(self.far_has(0))
        self.assert_idle()

    # --- expunge ---

    def test_removed_here_is_only_marked_there(self):
        self.begin(expunge="near")
        self.near.remove("INBOX", self.near_file(0))
        self.far.remove("INBOX", self.far_uid(1))
        self.sync()
        self.assertTrue(self.far_flagged(0, "DELETED"))
        self.assertFalse(self.near_has(0))
        self.assertFalse(self.near_has(1))
        self.assert_idle()
        # The mark taken away, it comes back.
        self.far.store("INBOX", self.far_uid(0)[0], "-FLAGS", "\\Deleted")
        self.sync()
        self.assert_same(count=COUNT - 1)
        # Marked again, and then the rule makes it final.
        self.near.remove("INBOX", self.near_file(0))
        self.sync()
        self.assertTrue(self.far_flagged(0, "DELETED"))
        self.rule()
        self.sync()
        self.assertFalse(self.far_has(0))
        self.assert_same(count=COUNT - 2)
        self.assert_idle()

    def test_removed_there_is_only_marked_here(self):
        self.begin(expunge="far")
        self.near.remove("INBOX", self.near_file(0))
        self.far.remove("INBOX", self.far_uid(1))
        self.far.remove("INBOX", self.far_uid(2))
        self.sync()
        self.assertFalse(self.far_has(0))
        self.assertIn("T", self.near_letters(1))
        self.assertIn("T", self.near_letters(2))
        self.assert_idle()
        # One mark taken away: it goes up again. The other is removed here too.
        self.near.set_letters("INBOX", self.near_file(1), "S")
        self.near.remove("INBOX", self.near_file(2))
        self.sync()
        self.assert_same(count=COUNT - 2)
        self.assert_idle()
