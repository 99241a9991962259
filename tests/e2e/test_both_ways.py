"""The main job: mail, flags and removals go both ways, on two storage formats of the server."""

import os
import shutil

from harness import mail, sides
from harness.case import Case


class BothWays(Case):
    in_memory = False
    storage = "maildir"

    def setUp(self):
        super().setUp()
        self.standard(storage=self.storage)

    def fill(self, count=6):
        for i in range(count):
            self.far.append("INBOX", mail.message(i, attachment=i % 3 == 0, eight_bit=i % 3 == 1),
                            "\\Seen" if i % 2 else "", 1_600_000_000 + i)
        self.sync()
        self.assert_same(count=count)

    def uid(self, number):
        found = self.far.uids("INBOX", f'HEADER MESSAGE-ID "<0.{number}@example.org>"')
        self.assertEqual(len(found), 1)
        return found[0]

    def file(self, number):
        return self.near.find("INBOX", f"<0.{number}@example.org>".encode())

    def test_new_far_mail_arrives(self):
        self.fill()
        for body, letters, _mtime, place in self.near.messages("INBOX").values():
            self.assertEqual(place, "cur" if "S" in letters else "new")
            self.assertNotIn(b"\r", body)
        self.assert_quiet()

    def test_new_near_mail_is_uploaded(self):
        self.fill()
        self.near.add("INBOX", mail.to_near(mail.message(50, eight_bit=True)), "FS",
                      when=1_500_000_000)
        self.near.add("INBOX", mail.to_near(mail.message(51, attachment=True)), place="new",
                      when=1_500_000_001)
        run = self.sync()
        self.assertIn("2 uploaded", run.out)
        self.assert_same(count=8)
        self.assert_quiet()

    def test_every_flag_goes_near(self):
        self.fill()
        flags = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Forwarded"]
        for number, flag in enumerate(flags):
            self.far.store("INBOX", self.uid(number), "FLAGS", flag)
        self.sync()
        self.assert_same(count=6)
        for number, letter in enumerate("SRFTDP"):
            self.assertEqual(self.file(number)[1].rpartition(":2,")[2], letter)
            self.assertEqual(self.file(number)[0], "cur")
        self.assert_quiet()

    def test_every_flag_goes_far(self):
        self.fill()
        for number, letter in enumerate("SRFTDP"):
            self.near.set_letters("INBOX", self.file(number), letter)
        self.sync()
        self.assert_same(count=6)
        self.assertEqual(self.far.uids("INBOX", "KEYWORD $Forwarded"), [self.uid(5)])
        self.assertEqual(len(self.far.uids("INBOX", "DELETED")), 1)
        self.assert_quiet()

    def test_flags_are_taken_away_both_ways(self):
        self.fill()
        self.far.store("INBOX", self.uid(1), "-FLAGS", "\\Seen")
        self.near.set_letters("INBOX", self.file(3), "")
        self.sync()
        self.assert_same(count=6)
        self.assertEqual(self.near.messages("INBOX")[self.file(1)[1]][1], "")
        self.assertEqual(self.file(1)[0], "cur", "a message never goes back to new/")
        self.assertNotIn(self.uid(3), self.far.uids("INBOX", "SEEN"))

    def test_far_removal_goes_near(self):
        self.fill()
        self.far.remove("INBOX", [self.uid(0), self.uid(3)])
        run = self.sync()
        self.assertIn("2 removed here", run.out)
        self.assert_same(count=4)
        self.assert_quiet()

    def test_near_removal_goes_far(self):
        self.fill()
        self.near.remove("INBOX", self.file(2))
        self.near.remove("INBOX", self.file(5))
        run = self.sync()
        self.assertIn("2 removed on the server", run.out)
        self.assert_same(count=4)
        self.assert_quiet()

    def test_removed_on_both_sides_is_forgotten(self):
        self.fill()
        self.near.remove("INBOX", self.file(2))
        self.far.remove("INBOX", self.uid(2))
        self.sync()
        self.assert_same(count=5)
        self.assert_quiet()

    def test_flags_merge_flag_by_flag(self):
        self.fill()
        self.far.store("INBOX", self.uid(1), "+FLAGS", "\\Flagged")
        self.far.store("INBOX", self.uid(1), "-FLAGS", "\\Seen")
        self.near.set_letters("INBOX", self.file(1), "RS")
        self.sync()
        self.assert_same(count=6)
        self.assertEqual(self.file(1)[1].rpartition(":2,")[2], "FR")

    def test_near_removal_against_far_flag_keeps_the_message(self):
        self.fill()
        self.near.remove("INBOX", self.file(1))
        self.far.store("INBOX", self.uid(1), "+FLAGS", "\\Flagged")
        self.sync()
        self.assert_same(count=6)
        self.assertEqual(self.file(1)[1].rpartition(":2,")[2], "FS")
        self.assert_quiet()

    def test_far_removal_against_near_flag_keeps_the_message(self):
        self.fill()
        self.near.set_letters("INBOX", self.file(2), "F")
        self.far.remove("INBOX", self.uid(2))
        self.sync()
        self.assert_same(count=6)
        self.assertEqual(self.file(2)[1].rpartition(":2,")[2], "F")
        self.assert_quiet()

    def test_removal_wins_against_seen(self):
        self.fill()
        self.near.remove("INBOX", self.file(0))
        self.far.store("INBOX", self.uid(0), "+FLAGS", "\\Seen")
        self.near.set_letters("INBOX", self.file(2), "S")
        self.far.remove("INBOX", self.uid(2))
        self.sync()
        self.assert_same(count=4)
        self.assert_quiet()

    def test_keywords_are_kept(self):
        self.fill()
        self.far.store("INBOX", self.uid(0), "+FLAGS", "Important $Label1")
        self.sync()
        self.near.set_letters("INBOX", self.file(0), self.file(0)[1].rpartition(":2,")[2] + "S")
        self.sync()
        keywords = [m[2] for m in self.far.messages("INBOX").values() if m[2]]
        self.assertEqual(keywords, [["$Label1", "Important"]])
        self.assert_quiet()

    def test_unknown_letters_stay(self):
        self.fill()
        file = self.file(1)
        self.near.set_letters("INBOX", file, "SXz")
        self.far.store("INBOX", self.uid(1), "+FLAGS", "\\Flagged")
        self.sync()
        self.assertEqual(self.file(1)[1].rpartition(":2,")[2], "FSXz")
        self.assert_quiet()

    def test_a_reader_moves_mail_from_new_to_cur(self):
        self.fill()
        file = self.file(0)
        self.assertEqual(file[0], "new")
        self.near.set_letters("INBOX", file, "")
        run = self.sync()
        self.assertEqual(run.out, "")
        self.assert_same(count=6)
        self.assert_quiet()

    def test_a_copy_under_the_same_base_name_is_a_message_of_its_own(self):
        self.fill()
        place, name = self.file(1)
        path = self.near.path("INBOX")
        shutil.copy2(os.path.join(path, place, name), os.path.join(path, "new",
                                                                   name.partition(":")[0]))
        self.sync()
        self.sync()
        self.assert_same(count=7)
        self.assert_quiet()

    def test_a_plan_has_a_line_for_each_kind_of_step(self):
        """Not one for each message, as a switch from another program has thousands of."""
        self.near.create("INBOX")
        for number in range(12):
            self.far.append("INBOX", mail.message(number), "\\Seen" if number < 4 else "")
            if number % 3 < 2:
                self.near.add("INBOX", mail.to_near(mail.message(number)), "")
        self.near.add("INBOX", mail.to_near(mail.message(70)), "S")
        self.near.add("INBOX", mail.to_near(mail.message(71)), "S")
        plan = [line for line in self.sync("-n").out.splitlines() if "messages" in line]
        self.assertEqual(sorted(plan), [
            "test/INBOX: adopt 8 messages UID 1:2,4:5,7:8,10:11",
            "test/INBOX: download 4 messages UID 3,6,9,12",
            "test/INBOX: flags-near 3 messages UID 1:2,4 +(\\Seen)",
            "test/INBOX: upload 2 messages"])
        each = self.sync("-n", "-v").out
        self.assertEqual((each.count(": adopt UID"), each.count(": upload ")), (8, 2), each)
        steps = [step["operation"] for step in self.sync("-n", "--json").objects() if "operation" in step]
        self.assertEqual((steps.count("adopt"), steps.count("upload")), (8, 2), steps)

    def test_dry_run_changes_nothing(self):
        self.fill()
        self.far.append("INBOX", mail.message(60))
        self.near.add("INBOX", mail.to_near(mail.message(61)))
        self.near.remove("INBOX", self.file(1))
        self.far.store("INBOX", self.uid(3), "+FLAGS", "\\Flagged")
        self.near.set_letters("INBOX", self.file(5), "R")
        near, far = self.near.stamps(), sides.far_view(self.far, "INBOX")
        run = self.sync("-n")
        for words in ("download UID", "upload", "remove-far UID", "flags-near UID",
                      "flags-far UID 6 +(\\Answered) -(\\Seen)"):
            self.assertIn(words, run.out)
        self.assertEqual(self.near.stamps(), near)
        self.assertEqual(sides.far_view(self.far, "INBOX"), far)
        self.sync()
        self.assert_same(count=7)

    def test_both_sides_full_and_no_state(self):
        self.fill()
        shutil.rmtree(os.path.join(self.directory, "state"))
        self.near.set_letters("INBOX", self.file(1), "FS")
        run = self.sync("-vv")
        self.assertIn("6 recognised on both sides", run.out)
        self.assertNotIn(" APPEND ", run.err)
        self.assertNotIn("BODY.PEEK[]", run.err)
        self.assert_same(count=6)
        self.assert_quiet()

    def test_many_rounds_of_everything(self):
        self.fill(12)
        for round_number in range(3):
            self.far.append("INBOX", mail.message(100 + round_number), "\\Flagged")
            self.near.add("INBOX", mail.to_near(mail.message(200 + round_number)), "R")
            self.far.remove("INBOX", self.uid(round_number))
            self.near.remove("INBOX", self.file(6 + round_number))
            self.far.store("INBOX", self.uid(3), "FLAGS", "\\Draft" if round_number % 2 else "")
            self.sync()
            self.assert_same(count=12)
            self.assert_quiet()


class BothWaysSdbox(BothWays):
    storage = "sdbox"
