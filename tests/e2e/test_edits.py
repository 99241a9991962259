"""Files that are edited in place, replaced under their name, or renamed within their folder: the server gets what
changed, once, and nothing of what did not."""

import os
import shutil
import threading
import time

from harness import faults, mail
from harness.case import Case


class EditsCase(Case):
    capability = None

    def setUp(self):
        super().setUp()
        self.standard(capability=self.capability)

    def begin(self, count=3, flags="\\Seen", folder="INBOX"):
        for i in range(count):
            self.far.append(folder, mail.message(i), flags)
        self.sync()

    def file(self, number, folder="INBOX"):
        return self.near.find(folder, b".%d@example.org>" % number)

    def path(self, file, folder="INBOX"):
        return os.path.join(self.near.path(folder), *file)

    def edit(self, number, text=b"more\n", folder="INBOX"):
        """In place: the inode stays."""
        path = self.path(self.file(number, folder), folder)
        with open(path, "ab") as f:
            f.write(text)
        self.grow_old(path)

    def retitle(self, number, folder="INBOX"):
        """Other header fields: nothing of it is as it was."""
        path = self.path(self.file(number, folder), folder)
        with open(path, "r+b") as f:
            body = f.read().replace(b"Subject: ", b"Subject: more ", 1)
            f.seek(0)
            f.write(body)
        self.grow_old(path)

    def replace(self, number, text=b"more\n", folder="INBOX"):
        """A new file under the same name, as editors write it."""
        file = self.file(number, folder)
        path = self.path(file, folder)
        with open(path + ".new", "wb") as f:
            f.write(self.near.read(folder, file) + text)
        os.rename(path + ".new", path)
        self.grow_old(path)

    @staticmethod
    def grow_old(path):
        """As if it had been written a minute ago."""
        stamp = time.time_ns() - 60_000_000_007
        os.utime(path, ns=(stamp, stamp))

    def settle(self, count, folder="INBOX"):
        self.sync()
        self.assert_same(folder, count=count)
        self.assert_quiet()


class Edits(EditsCase):
    in_memory = False

    # --- New versions ---

    def test_replaced_under_its_name(self):
        self.begin()
        self.replace(1)
        self.settle(3)

    def test_edited_in_place_and_found_by_a_scan(self):
        self.begin()
        self.edit(1)
        self.near.set_letters("INBOX", self.file(2), "FS")
        self.settle(3)

    def test_edited_without_another_size(self):
        self.begin()
        file = self.file(1)
        body = bytearray(self.near.read("INBOX", file))
        body[-3:-1] = b"!!"
        with open(self.path(file), "r+b") as f:
            f.write(body)
        self.grow_old(self.path(file))
        self.near.set_letters("INBOX", self.file(2), "FS")
        self.settle(3)
        self.assertIn(b"!!", self.near.read("INBOX", self.file(1)))

    def test_touched_is_not_sent(self):
        self.begin()
        for i in range(3):
            self.grow_old(self.path(self.file(i)))
        self.near.set_letters("INBOX", self.file(2), "FS")
        uids = self.far.uids("INBOX")
        self.sync()
        self.assertEqual(self.far.uids("INBOX"), uids)
        self.assert_quiet()

    def test_copied_over_is_not_sent(self):
        """What a restored backup does: other inodes, other times, the same bytes."""
        self.begin()
        for i in range(3):
            path = self.path(self.file(i))
            shutil.copy(path, path + ".copy")
            os.rename(path + ".copy", path)
        uids = self.far.uids("INBOX")
        self.sync()
        self.sync()
        self.assertEqual(self.far.uids("INBOX"), uids)
        self.assert_quiet()

    def test_flags_of_both_sides_go_with_it(self):
        self.begin()
        self.far.store("INBOX", self.far.uids("INBOX")[1], "+FLAGS", "\\Answered")
        self.replace(1)
        self.near.set_letters("INBOX", self.file(1), "FS")
        self.sync()
        self.settle(3)
        self.assertEqual(self.file(1)[1].rpartition(",")[2], "FRS")

    def test_removed_on_the_server_meanwhile(self):
        self.begin()
        self.far.remove("INBOX", self.far.uids("INBOX")[1])
        self.replace(1)
        self.settle(3)

    def test_edited_in_place_and_removed_on_the_server_meanwhile(self):
        self.begin()
        self.settle(3)
        self.edit(1)
        self.far.remove("INBOX", self.far.uids("INBOX")[1])
        run = self.sync()
        self.assertNotIn("removed here", run.out)
        self.settle(3)
        self.assertEqual(len([m for m in self.far.messages("INBOX").values() if m[0].endswith(b"more\r\n")]), 1)

    def test_edited_in_place_and_the_mailbox_made_anew_meanwhile(self):
        self.far.create("Other")
        self.begin(folder="Other")
        self.settle(3, "Other")
        self.edit(1, folder="Other")
        self.far.delete("Other")
        self.far.create("Other")
        for i in range(3):
            self.far.append("Other", mail.message(i), "\\Seen")
        self.sync()
        self.settle(4, "Other")

    def test_touched_and_removed_on_the_server_meanwhile(self):
        self.begin()
        self.settle(3)
        self.grow_old(self.path(self.file(1)))
        self.far.remove("INBOX", self.far.uids("INBOX")[1])
        self.assertIn("1 removed here", self.sync().out)
        self.settle(2)

    def test_edited_in_place_and_out_of_the_window_meanwhile(self):
        self.write_config(max_messages=3)
        self.begin()
        self.settle(3)
        self.edit(1)
        for i in range(10, 13):
            self.far.append("INBOX", mail.message(i), "\\Seen")
        self.sync()
        self.sync()
        self.sync()
        self.assert_quiet()
        self.assertEqual(len([m for m in self.far.messages("INBOX").values() if m[0].endswith(b"more\r\n")]), 1)
        self.assertEqual(len(self.far.messages("INBOX")), 7)  # the old version left the window as well

    def test_edited_and_moved(self):
        self.begin()
        self.far.create("Other")
        self.sync()
        file = self.file(1)
        self.replace(1)
        os.rename(self.path(file), self.path(file, "Other"))
        self.sync()
        self.assert_same(count=2)
        self.assert_same("Other", count=1)

    def test_pulled_only_stays_as_it_is(self):
        self.begin()
        self.write_config(direction="pull")
        self.sync()
        uids = self.far.uids("INBOX")
        self.replace(1)
        self.edit(2)
        self.sync()
        self.sync()
        self.assertEqual(self.far.uids("INBOX"), uids)
        self.assertIn(b"more\n", self.near.read("INBOX", self.file(1)))

    def test_all_of_a_folder(self):
        self.begin()
        for i in range(3):
            self.replace(i)
        self.settle(3)

    # --- Seen without a change of the directory ---

    def test_a_draft_edited_in_place(self):
        self.begin(flags="\\Draft")
        self.edit(1)
        self.settle(3)

    def test_killed_while_a_draft_edited_in_place_goes_up(self):
        """No directory shows it, also not that the old version is still to be removed."""
        self.begin(flags="\\Draft")
        killed, number = True, 0
        while killed:
            number += 1
            with self.subTest(transaction=number):
                self.edit(1, b"more %d\n" % number)
                killed = faults.run(self, kill=("mdb-meta", number, "after")).status == -9
                self.settle(3)
        self.assertGreater(number, 2)

    def test_killed_before_the_old_version_is_removed(self):
        """The next run finds the directory written to in this moment."""
        self.begin()
        killed, number = True, 0
        while killed:
            number += 1
            with self.subTest(transaction=number):
                self.replace(1, b"more %d\n" % number)
                killed = faults.run(self, kill=("mdb-meta", number, "after")).status == -9
                soon = time.time() + 0.05
                os.utime(os.path.join(self.near.path("INBOX"), "cur"), (soon, soon))
                self.sync()
                self.assert_same("INBOX", count=3)
        self.assertGreater(number, 2)

    def test_a_message_marked_as_a_draft_since(self):
        self.begin()
        self.near.set_letters("INBOX", self.file(1), "DS")
        self.sync()
        self.edit(1)
        self.settle(3)
        uids = self.far.uids("INBOX")
        self.grow_old(self.path(self.file(1)))
        self.sync()
        self.assert_quiet()
        self.assertEqual(self.far.uids("INBOX"), uids)

    def test_half_written_when_the_run_came(self):
        self.begin()
        body = mail.to_near(mail.message(7, size=50_037))
        file = self.near.add("INBOX", body[:20_000], "S")
        self.sync()
        with open(self.path(file), "ab") as f:
            f.write(body[20_000:])
        self.grow_old(self.path(file))
        self.settle(4)
        self.assertEqual(self.near.read("INBOX", file), body)

    def test_written_to_all_the_time(self):
        """Whatever of it goes up at first, the server ends with what its writer left."""
        self.begin()
        file = self.near.add("INBOX", mail.to_near(mail.message(7)), "S")
        path = self.path(file)
        done = threading.Event()

        def write():
            while not done.wait(0.004):
                with open(path, "ab") as f:
                    f.write(b"x\n")
        writer = threading.Thread(target=write)
        writer.start()
        try:
            self.navette("sync")
        finally:
            done.set()
            writer.join()
        self.grow_old(path)
        self.settle(4)

    # --- Written to in this moment ---

    def write_now(self, file):
        """One run, while the file has the time that the file system's clock has then."""
        second = int(time.time()) - 100
        stamp = second * 1_000_000_000 + 900_000_000
        os.utime(self.path(file), ns=(stamp, stamp))
        uids = self.far.uids("INBOX")
        run = faults.run(self, second=(second, 900))
        self.assertEqual(run.status, 0, run)
        self.assertIn("is being written to; the next run takes it as it is then", run.err)
        self.assertEqual(self.far.uids("INBOX"), uids)

    def test_a_new_file_written_to_in_this_moment_waits(self):
        self.begin()
        file = self.near.add("INBOX", mail.to_near(mail.message(7)), "S")
        self.write_now(file)
        self.settle(4)

    def test_a_new_version_written_to_in_this_moment_waits_with_the_old_one(self):
        self.begin()
        self.retitle(1)
        self.near.set_letters("INBOX", self.file(2), "FS")
        self.write_now(self.file(1))
        self.settle(3)
        self.assertIn(b"Subject: more ", self.near.read("INBOX", self.file(1)))

    # --- Other names ---

    def test_another_base_name_is_not_sent(self):
        self.begin()
        uids = self.far.uids("INBOX")
        place, name = self.file(0)
        base, _, info = name.partition(":2,")
        os.rename(self.path((place, name)), self.path((place, f"{base},U=33:2,{info}")))
        place, name = self.file(1)
        os.rename(self.path((place, name)), self.path((place, "1700000000.other.host:2,FS")))
        self.sync()
        self.assertEqual(self.far.uids("INBOX"), uids)
        self.assert_same(count=3)
        self.assert_quiet()
        place, name = self.file(0)
        os.rename(self.path((place, name)), self.path((place, name.replace(",U=33", ""))))
        self.sync()
        self.assertEqual(self.far.uids("INBOX"), uids)
        self.assert_quiet()

    def test_copied_to_another_name_is_not_sent(self):
        self.begin()
        uids = self.far.uids("INBOX")
        place, name = self.file(1)
        shutil.copy(self.path((place, name)), self.path((place, "1700000001.other.host:2,S")))
        os.unlink(self.path((place, name)))
        self.sync()
        self.assertEqual(self.far.uids("INBOX"), uids)
        self.assert_quiet()

    def test_names_in_a_ring(self):
        self.begin()
        a, b, c = (self.file(i) for i in range(3))
        os.rename(self.path(a), self.path(("cur", "1700000002.free.host:2,S")))
        os.rename(self.path(b), self.path(a))
        os.rename(self.path(c), self.path(b))
        self.sync()
        self.settle(3)


class EditsOnPlainImap(Edits):
    capability = "IMAP4rev1"


class DraftsFolder(EditsCase):
    """By special use: none of its messages needs the flag."""

    def setUp(self):
        Case.setUp(self)
        self.standard(extra="""
namespace inbox {
  mailbox Entwurf {
    special_use = \\Drafts
    auto = create
  }
}
""")

    def test_a_message_of_the_folder_edited_in_place(self):
        self.begin(folder="Entwurf")
        self.edit(1, folder="Entwurf")
        self.settle(3, "Entwurf")
        self.edit(2, folder="Entwurf")
        self.replace(0, folder="Entwurf")
        self.settle(3, "Entwurf")
