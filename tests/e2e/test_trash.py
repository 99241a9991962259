"""What is removed here goes to a folder on the server: by MOVE, or by COPY and then only when that was OK.
Each message is there once. (test_crash_points.py kills runs in between.)"""

import os
import shutil

from harness import mail
from harness.case import Case

COUNT = 5
SPECIAL = """
namespace inbox {
  mailbox Papierkorb {
    special_use = \\Trash
  }
}
"""


class Trash(Case):
    keys = {}

    def begin(self, folder="Trash", extra="", **keys):
        self.standard(extra=extra)
        self.keys = dict(self.keys, trash=folder, **keys)
        self.write_config(**self.keys)
        self.trash = "Papierkorb" if folder == "\\Trash" else folder
        self.far.create(self.trash)
        for i in range(COUNT):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.far.append(self.trash, mail.message(100), "\\Seen")
        self.sync()

    def near_file(self, number, folder="INBOX"):
        return self.near.find(folder, f"<0.{number}@example.org>".encode())

    def remove_near(self, *numbers, folder="INBOX"):
        for number in numbers:
            self.near.remove(folder, self.near_file(number, folder))

    def numbers(self, folder):
        """Which messages the server's folder holds."""
        found = []
        for body, _letters, _keywords, _date in self.far.messages(folder).values():
            found += [n for n in range(101) if f"<0.{n}@example.org>".encode() in body]
        return sorted(found)

    def assert_moved(self, *numbers):
        self.assertEqual(self.numbers("INBOX"), [n for n in range(COUNT) if n not in numbers])
        self.assertEqual(self.numbers(self.trash), sorted(numbers + (100,)))
        self.sync()
        self.assert_same("INBOX", count=COUNT - len(numbers))
        self.assert_same(self.trash, count=1 + len(numbers))
        self.assert_quiet()

    def test_removed_here(self):
        self.begin()
        self.remove_near(1, 3)
        run = self.sync("-n", "--json")
        self.assertEqual([o["operation"] for o in run.objects() if "operation" in o], ["trash", "trash"])
        self.assertEqual(len(self.numbers("INBOX")), COUNT)
        run = self.sync("-vv")
        self.assertEqual(" UID MOVE " in run.err, not self.keys.get("disable_extensions"), run.err)
        self.assert_moved(1, 3)

    def test_removed_in_the_trash(self):
        self.begin()
        self.remove_near(1)
        self.sync()
        self.sync()
        self.remove_near(1, folder="Trash")
        self.sync()
        self.assertEqual(self.numbers("Trash"), [100])
        self.assert_same("Trash", count=1)
        self.assert_quiet()


class TrashByCopy(Trash):
    keys = {"disable_extensions": "MOVE"}


class TrashOnPlainServers(TrashByCopy):
    keys = {"disable_extensions": "MOVE UIDPLUS CONDSTORE QRESYNC"}

    def test_others_are_marked_too(self):
        """Without UIDPLUS the removal has to wait; what was copied is not copied again meanwhile."""
        self.begin()
        self.far.store("INBOX", self.far.uids("INBOX")[4], "+FLAGS", "\\Deleted")
        self.sync()
        self.remove_near(1)
        for _run in range(2):
            self.sync()
            self.assertEqual(self.numbers("Trash"), [1, 100])
            self.assertEqual(len(self.numbers("INBOX")), COUNT)
        self.far.store("INBOX", self.far.uids("INBOX")[4], "-FLAGS", "\\Deleted")
        self.sync()
        self.assert_moved(1)


class TrashFolders(Trash):
    test_removed_here = test_removed_in_the_trash = None

    def test_by_special_use(self):
        self.begin("\\Trash", extra=SPECIAL)
        self.remove_near(2)
        self.sync()
        self.assert_moved(2)

    def test_a_trash_that_is_not_there(self):
        self.begin()
        self.write_config(trash="Bin")
        self.remove_near(2)
        run = self.sync(status=1)
        self.assertRegex(run.err, r"test/INBOX: .*no folder Bin \(trash\)")
        self.assertEqual(len(self.numbers("INBOX")), COUNT)
        self.write_config(trash="Trash")
        self.sync()
        self.assert_moved(2)

    def test_removed_there_is_no_matter_for_the_trash(self):
        self.begin()
        self.far.remove("INBOX", self.far.uids("INBOX")[0])
        self.sync()
        self.assertEqual(self.numbers("Trash"), [100])
        self.assert_same(count=COUNT - 1)
        self.assert_quiet()

    def test_another_client_moves_to_the_trash(self):
        self.begin()
        uid = self.far.uids("INBOX")[0]
        self.far.check(self.far.connection.uid("MOVE", uid, "Trash"))
        self.sync()
        self.assert_moved(0)

    def move_near(self, number, folder):
        place, file = self.near_file(number)
        os.rename(os.path.join(self.near.path("INBOX"), place, file),
                  os.path.join(self.near.path(folder), place, file))

    def test_what_moves_is_not_removed(self):
        """Neither to the trash, where it would be twice, nor to another folder."""
        self.begin()
        self.far.create("Archive")
        self.sync()
        self.move_near(0, "Trash")
        self.move_near(1, "Archive")
        self.remove_near(2)
        self.sync()
        self.assertEqual(self.numbers("Archive"), [1])
        self.assertEqual(self.numbers("INBOX"), [3, 4])
        self.assertEqual(self.numbers("Trash"), [0, 2, 100])
        self.sync()
        for folder, count in (("INBOX", 2), ("Archive", 1), ("Trash", 3)):
            self.assert_same(folder, count=count)
        self.assert_quiet()

    def test_a_whole_folder(self):
        self.begin(remove="far")
        self.far.create("Box")
        for i in range(10, 13):
            self.far.append("Box", mail.message(i))
        self.sync()
        shutil.rmtree(self.near.path("Box"))
        self.sync()
        self.assertNotIn("Box", self.far.folders())
        self.sync()
        self.assertEqual(self.numbers("Trash"), [10, 11, 12, 100])
        self.assert_same("Trash", count=4)
        self.assert_quiet()

    def test_the_rule_changes(self):
        self.begin()
        self.remove_near(0)
        self.sync()
        self.write_config()
        self.remove_near(1)
        self.sync()
        self.assertEqual(self.numbers("Trash"), [0, 100])
        self.write_config(trash="Trash")
        self.remove_near(2)
        self.sync()
        self.assertEqual(self.numbers("Trash"), [0, 2, 100])
        self.sync()
        self.assert_same("INBOX", count=COUNT - 3)
        self.assert_same("Trash", count=3)
        self.assert_quiet()
