"""Keywords of the server are tags of notmuch: the real notmuch, a real Dovecot, and another client of it."""

import fcntl
import os
import re
import shutil
import signal
import struct
import subprocess
import time
import unittest

from harness import mail
from harness.case import BINARY, Case
from harness.readers import Programs
from harness.watching import Watcher

FLAG_TAGS = {"unread", "flagged", "replied", "draft", "passed", "inbox", "attachment", "signed", "encrypted"}


class TagCase(Case):
    def setUp(self):
        super().setUp()
        self.programs = Programs("notmuch", "notmuch")
        if "tags of notmuch: left out" in self.navette("--version").out:
            self.skipTest("this navette was built without libnotmuch")
        self.database = os.path.join(self.directory, "notmuch-config")
        self.index = os.path.join(self.directory, "index")
        with open(self.database, "w", encoding="utf-8") as f:
            f.write(f"[database]\npath={self.index}\nmail_root={self.near.root}\n[new]\ntags=unread;inbox\n"
                    "[search]\nexclude_tags=\n[maildir]\nsynchronize_flags=true\n")
        self.environment["NOTMUCH_CONFIG"] = self.database
        os.makedirs(self.near.root)
        os.makedirs(self.index)
        self.notmuch("new")
        self.standard()
        self.write_config(keywords="notmuch", post_sync="notmuch new --quiet")

    def notmuch(self, *arguments):
        return self.programs.run("notmuch", *arguments, NOTMUCH_CONFIG=self.database)

    def tag(self, number, *tags):
        self.notmuch("tag", *tags, "--", f"id:0.{number}@example.org")

    def tags(self, number):
        """Without those that are flags, or notmuch's own."""
        found = self.notmuch("search", "--output=tags", f"id:0.{number}@example.org").split("\n")
        return " ".join(sorted(set(found) - FLAG_TAGS - {""}))

    def keywords(self, number, folder="INBOX"):
        for body, _letters, keywords, _date in self.far.messages(folder).values():
            if f"<0.{number}@example.org>".encode() in body:
                return " ".join(sorted(keywords))
        return None

    def fill(self, count=3, folder="INBOX"):
        for number in range(1, count + 1):
            self.far.append(folder, mail.message(number))
        self.sync()

    def store(self, number, change, keywords, folder="INBOX"):
        (uid,) = self.far.uids(folder, f"HEADER Message-ID 0.{number}@example.org")
        self.far.store(folder, [uid], change, keywords)

    def settle(self):
        """The run after a change sees that all is as it was left, and the one after it has nothing to do."""
        self.sync()
        self.assert_quiet()


class BothWays(TagCase):
    def test_tags_are_keywords_and_keywords_are_tags(self):
        self.far.append("INBOX", mail.message(9), "waiting $Junk $MDNSent")
        self.fill()
        # New mail has its tags after one run, by the command after it.
        self.assertEqual(self.tags(9), "$MDNSent spam waiting")
        self.tag(1, "+todo", "+lists/mutt")
        self.tag(2, "+spam", "+two words")
        run = self.sync()
        self.assertEqual(self.keywords(1), "lists/mutt todo")
        self.assertEqual(self.keywords(2), "$Junk")
        self.assertIn("the tag two words stays here", run.err)
        self.assertEqual(self.tags(2), "spam two words")
        self.settle()
        # The other way, and both at a time.
        self.store(1, "-FLAGS", "todo")
        self.store(1, "+FLAGS", "Later")
        self.tag(1, "-lists/mutt", "+now")
        self.sync()
        self.assertEqual(self.keywords(1), "Later now")
        self.assertEqual(self.tags(1), "Later now")
        self.settle()
        # Flags are flags, by the names of files.
        self.tag(3, "+flagged", "-unread")
        self.sync()
        self.assertEqual(len(self.far.uids("INBOX", "FLAGGED SEEN")), 1)
        self.assertEqual(self.keywords(3), "")
        # No letters.
        self.assertFalse([name for _place, name in self.near.files("INBOX") if re.search(":2,[A-Z]*[a-z]", name)])

    def test_32_keywords(self):
        names = [f"key{i}" for i in range(32)]
        self.fill()
        self.tag(1, *(f"+{name}" for name in names[:16]))
        self.tag(2, *(f"+{name}" for name in names[8:]))
        self.sync()
        self.assertEqual(self.keywords(1), " ".join(sorted(names[:16])))
        self.assertEqual(self.keywords(2), " ".join(sorted(names[8:])))
        self.settle()
        self.store(1, "-FLAGS", " ".join(names[:8]))
        self.store(3, "+FLAGS", " ".join(names))
        self.sync()
        self.assertEqual(self.tags(1), " ".join(sorted(names[8:16])))
        self.assertEqual(self.tags(3), " ".join(sorted(names)))
        self.settle()

    def test_what_is_uploaded_and_what_moves(self):
        self.far.create("Archive")
        self.fill()
        self.tag(1, "+todo")
        self.near.add("INBOX", mail.message(50).replace(b"\r\n", b"\n"), "S")
        self.notmuch("new")
        self.tag(50, "+mine")
        self.sync()
        self.assertEqual((self.keywords(1), self.keywords(50)), ("todo", "mine"))
        place, name = self.near.find("INBOX", b"<0.1@example.org>")
        os.rename(os.path.join(self.near.path("INBOX"), place, name),
                  os.path.join(self.near.path("Archive"), "cur", name.partition(":")[0] + ":2,S"))
        self.sync()
        self.assertEqual((self.keywords(1, "Archive"), self.tags(1)), ("todo", "todo"))
        self.settle()
        # Another client moves it back.
        self.far.select("Archive")
        self.far.check(self.far.connection.uid("MOVE", "1", "INBOX"))
        self.sync()
        self.assertEqual((self.keywords(1), self.tags(1)), ("todo", "todo"))
        self.tag(1, "-todo")
        self.sync()
        self.assertEqual((self.keywords(1), self.tags(1)), ("", ""))
        self.settle()

    def test_copies_have_the_same_tags(self):
        self.far.create("Archive")
        self.fill()
        self.far.append("Archive", mail.message(1))
        self.sync()
        self.tag(1, "+todo")
        self.sync()
        self.assertEqual((self.keywords(1), self.keywords(1, "Archive")), ("todo", "todo"))
        self.store(1, "+FLAGS", "later", "Archive")
        self.store(1, "-FLAGS", "todo")
        self.sync()
        self.assertEqual((self.keywords(1), self.keywords(1, "Archive"), self.tags(1)), ("later",) * 3)
        self.settle()


class Costs(TagCase):
    def test_one_command_for_a_name(self):
        count = int(os.environ.get("NAVETTE_TAGS", "200"))
        self.fill(count)
        self.notmuch("tag", "+done", "+seen-by-me", "--", "*")
        run = self.sync("-vv")
        commands = re.findall(r"C: A\d+ (.*)", run.err)
        self.assertEqual([command for command in commands if "STORE" in command],
                         [f"UID STORE 1:{count} +FLAGS.SILENT (done)", f"UID STORE 1:{count} +FLAGS.SILENT (seen-by-me)"])
        self.assertEqual(sum(command.startswith("SELECT") for command in commands), 2, commands)
        self.settle()
        self.far.store("INBOX", self.far.uids("INBOX"), "-FLAGS", "done")
        self.sync()
        self.assertEqual(self.notmuch("count", "tag:done").strip(), "0")
        self.assertEqual(self.notmuch("count", "tag:seen-by-me").strip(), str(count))
        self.settle()


class Databases(TagCase):
    """What is wrong with the database takes nothing away, on either side."""

    def begin(self):
        self.fill()
        self.tag(1, "+todo")
        self.store(2, "+FLAGS", "work")
        self.sync()
        self.assertEqual((self.keywords(1), self.tags(2)), ("todo", "work"))

    def assert_all_there(self):
        self.assertEqual((self.keywords(1), self.keywords(2)), ("todo", "work"))

    def test_absent_and_made_anew(self):
        self.begin()
        self.write_config(keywords="notmuch")
        shutil.rmtree(os.path.join(self.index, "xapian"))
        self.store(3, "+FLAGS", "late")
        run = self.sync(status=3)
        self.assertIn("there is no database of notmuch", run.err)
        self.assert_all_there()
        self.assertIn("there is no database of notmuch", self.navette("check").out)
        self.assertIn("there is no database of notmuch", self.navette("status").out)
        # Rebuilt by the user: without any tags, they come back from the server.
        self.notmuch("new")
        self.tag(3, "+mine")
        self.sync()
        self.assert_all_there()
        self.assertEqual([self.tags(n) for n in (1, 2, 3)], ["todo", "work", "late mine"])
        self.assertEqual(self.keywords(3), "late mine")
        self.settle()

    def test_all_was_forgotten_and_indexed_anew(self):
        """The Maildir was elsewhere when notmuch looked: the same database, and no tags."""
        self.begin()
        os.rename(os.path.join(self.near.root, "INBOX"), os.path.join(self.directory, "away"))
        self.notmuch("new")
        os.rename(os.path.join(self.directory, "away"), os.path.join(self.near.root, "INBOX"))
        self.notmuch("new")
        self.assertEqual(self.tags(1), "")
        self.sync()
        self.assert_all_there()
        self.assertEqual([self.tags(n) for n in (1, 2)], ["todo", "work"])
        self.settle()

    def test_an_older_one(self):
        self.fill()
        index = os.path.join(self.index, "xapian")
        shutil.copytree(index, os.path.join(self.directory, "old"))
        self.tag(1, "+todo")
        self.store(2, "+FLAGS", "work")
        self.sync()
        shutil.rmtree(index)
        shutil.copytree(os.path.join(self.directory, "old"), index)
        self.sync()
        self.assert_all_there()
        self.assertEqual([self.tags(n) for n in (1, 2)], ["todo", "work"])
        self.settle()

    def test_half_indexed(self):
        """Without `notmuch new`: what it does not have yet waits, and what it has does not."""
        self.begin()
        self.write_config(keywords="notmuch")
        self.far.append("INBOX", mail.message(7), "fresh")
        self.store(1, "+FLAGS", "\\Seen")  # the file has another name than notmuch knows
        self.sync()
        self.store(1, "+FLAGS", "more")
        self.sync()
        self.assertEqual((self.keywords(7), self.keywords(1)), ("fresh", "more todo"))
        self.notmuch("new")
        self.assertEqual(self.tags(7), "")
        self.sync()
        self.assert_all_but(7)
        self.assertEqual((self.tags(7), self.tags(1)), ("fresh", "more todo"))
        self.settle()

    def assert_all_but(self, number):
        self.assertEqual(self.keywords(number), "fresh")
        self.assertEqual((self.keywords(1), self.keywords(2)), ("more todo", "work"))

    def test_locked(self):
        self.begin()
        self.write_config(keywords="notmuch")
        self.store(3, "+FLAGS", "late")
        self.tag(3, "+mine")
        holder = subprocess.Popen(["notmuch", "tag", "--batch"], stdin=subprocess.PIPE, text=True,
                                  env={**os.environ, "NOTMUCH_CONFIG": self.database})
        self.addCleanup(holder.kill)
        lock = os.path.join(self.index, "xapian", "flintlock")
        self.wait_for_lock(lock)
        run = self.sync(status=3)
        self.assertIn("another program is writing to notmuch's database", run.err)
        self.assert_all_there()
        self.assertEqual((self.keywords(3), self.tags(3)), ("late mine", "mine"))
        holder.communicate("")
        self.sync()
        self.assertEqual((self.keywords(3), self.tags(3)), ("late mine", "late mine"))
        self.settle()

    def wait_for_lock(self, path):
        """Until another process holds it."""
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0)
        with open(path, "r+b") as file:
            while struct.unpack("hhqqi4x", fcntl.fcntl(file, fcntl.F_OFD_GETLK, lock))[0] == fcntl.F_UNLCK:
                time.sleep(0.01)


class Watched(TagCase):
    def test_both_ways_without_a_run(self):
        self.write_config(keywords="notmuch", post_sync="notmuch new --quiet", hook_interval="1s")
        watcher = Watcher(self)
        watcher.until_said("test: watching")
        self.far.append("INBOX", mail.message(1), "work")
        watcher.until(lambda: self.tags(1) == "work", "new mail has its tags, behind the command")
        self.tag(1, "+todo")
        watcher.signal(signal.SIGUSR1)
        watcher.until(lambda: self.keywords(1) == "todo work", "a look sees what has other tags")
        self.assertEqual(watcher.stop(), 0)
        self.settle()


class Kills(TagCase):
    def test_at_each_step(self):
        """Killed before the server is told, before notmuch is, and before the end: nothing is lost, nothing twice."""
        self.fill(6)
        state = os.path.join(self.directory, "state")
        for turn, word in enumerate(("SELECT", "STORE", "OK Store completed")):
            self.tag(1, f"+tag{turn}")
            self.store(2, "+FLAGS", f"key{turn}")
            process = subprocess.Popen([BINARY, "-c", self.config, "sync", "-vv"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                       errors="replace", env=self.environment)
            for line in process.stderr:
                if word in line:
                    process.send_signal(signal.SIGKILL)
                    break
            process.stderr.close()
            process.wait()
            self.assertTrue(os.path.isdir(state))
            self.sync()
            self.sync()
            self.assertEqual((self.tags(1), self.keywords(1)), (self.names("tag", turn),) * 2)
            self.assertEqual((self.tags(2), self.keywords(2)), (self.names("key", turn),) * 2)
        self.assert_quiet()

    @staticmethod
    def names(word, turn):
        return " ".join(f"{word}{i}" for i in range(turn + 1))


if __name__ == "__main__":
    unittest.main()
