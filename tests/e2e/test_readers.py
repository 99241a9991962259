"""Readers rename files while navette looks: a file that a scan missed is not one that was removed."""

import contextlib
import os
import threading

from harness import mail, pages
from harness.case import Case
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.readers import Programs, Renamer

COUNT = int(os.environ.get("NAVETTE_READER_MESSAGES", "60"))
RUNS = int(os.environ.get("NAVETTE_READER_RUNS", "2"))


class ReaderCase(Case):
    in_memory = False

    def fill(self, count=COUNT, word=None, **options):
        """Messages; with WORD as their subject and their number behind it."""
        self.standard(**options)
        for i in range(count):
            self.far.append("INBOX", mail.message(i, subject=word and f"{word}{i}"), "\\Seen" if i % 2 else "")
        self.sync()
        self.assert_same(count=count)

    def uid(self, number):
        found = self.far.uids("INBOX", f'HEADER MESSAGE-ID "<0.{number}@example.org>"')
        self.assertEqual(len(found), 1, number)
        return found[0]

    def numbers(self, bodies):
        return sorted(int(body.partition(b"<0.")[2].partition(b"@")[0]) for body in bodies)

    def far_numbers(self):
        return self.numbers(m[0] for m in self.far.messages("INBOX").values())

    def near_numbers(self):
        return self.numbers(m[0] for m in self.near.messages("INBOX").values())

    def remove_near(self, number, tries=1000):
        """As a user would, whatever the file is called by then."""
        for _try in range(tries):
            with contextlib.suppress(AssertionError, FileNotFoundError):
                self.near.remove("INBOX", self.near.find("INBOX", b"<0.%d@" % number))
                return
        self.fail(f"message {number} could not be caught")


class FullSpeed(ReaderCase):
    """Every file gets another name again and again, in each run."""

    def read(self, letters):
        """Runs with changes of both sides, while a reader is at it. Everything that is not the reader's
        must come out as the user did it."""
        expected = set(range(COUNT))
        self.together = set(expected)
        with Renamer(self.near.path("INBOX"), letters) as reader:
            for turn in range(RUNS):
                self.far.append("INBOX", mail.message(1000 + turn))
                self.near.add("INBOX", mail.to_near(mail.message(2000 + turn)), "S")
                self.far.store("INBOX", self.uid(10 + turn), "+FLAGS", "\\Answered")
                expected |= {1000 + turn, 2000 + turn}
                self.sync("-q")
                with reader.paused():
                    self.assert_nothing_lost(expected)
            self.far.remove_only("INBOX", self.uid(3).decode())
            with reader.paused():
                self.near.remove("INBOX", self.near.find("INBOX", b"<0.7@"))
            self.sync("-q")
            with reader.paused():
                self.together -= {3, 7}
                self.assert_nothing_lost(expected - {3, 7})
        self.assertGreater(reader.renames.value, 0)
        for _run in range(2):  # the second for what a file's new name put off
            self.sync()
        self.assert_same(count=COUNT + 2 * RUNS - 2)
        self.assertEqual(set(self.far_numbers()), expected - {3, 7})
        for turn in range(RUNS):
            self.assertRegex(self.near.find("INBOX", b"<0.%d@" % (10 + turn))[1], ":2,.*R")
        self.assert_quiet()

    def assert_nothing_lost(self, expected):
        """What is expected is on one side at least: a file that got another name between the scan and its turn is put
        off to the next run, and on a busy machine that is one file or the other. What was on both sides stays there."""
        far, near = set(self.far_numbers()), set(self.near_numbers())
        self.assertLessEqual(expected, far | near)
        self.assertLessEqual(self.together, far & near)
        self.together |= far & near

    def test_marks_that_do_not_count_against_a_removal(self):
        self.fill()
        self.read("ST")

    def test_from_new_to_cur_and_back_to_unseen(self):
        self.fill()
        self.read("S")

    def test_everything_new(self):
        """The first sync of all, while a reader takes the mail out of new/ at once."""
        self.standard()
        self.near.create("INBOX")
        for i in range(COUNT):
            self.far.append("INBOX", mail.message(i))
        with Renamer(self.near.path("INBOX"), "SFR"):
            self.sync("-q")
            self.assertEqual(self.far_numbers(), list(range(COUNT)))
            self.sync("-q")
        for _run in range(2):
            self.sync()
        self.assert_same(count=COUNT)
        self.assertEqual(self.far_numbers(), list(range(COUNT)))
        self.assert_quiet()

    def test_uploads_that_are_renamed_meanwhile(self):
        """New local mail is sent once, whatever it is called when its turn comes."""
        self.standard()
        self.near.create("INBOX")
        for i in range(COUNT):
            self.near.add("INBOX", mail.to_near(mail.message(i)), place="new")
        with Renamer(self.near.path("INBOX"), "SFR"):
            for _run in range(2):
                run = self.navette("sync", "-q")
                self.assertEqual(run.status, 0, run)
                self.assertEqual(len(self.far_numbers()), len(set(self.far_numbers())))
        for _run in range(2):
            self.sync()
        self.assert_same(count=COUNT)
        self.assertEqual(self.far_numbers(), list(range(COUNT)))
        self.assert_quiet()


class BetweenScanAndRename(QuirkCase):
    """A reader is faster than navette: the file that is to get other flags, or to be removed, has
    another name by then. The next run must do it, though the server does not tell the change again."""

    in_memory = False

    def settle(self):
        self.serve(CAPABILITIES, kind=ModseqServer)
        self.sync()
        self.assert_quiet()

    def rename_at_store(self, number):
        """At a moment after the scan and before the renames: when navette stores a flag."""
        def answer(_session, _tag, _rest):
            self.add_letters(number, "S")
            self.server.hooks.clear()

        self.server.hooks["UID STORE"] = answer
        self.add_letters(3, "R")

    def test_flags(self):
        self.settle()
        self.far_store(0, "\\Flagged")
        self.rename_at_store(0)
        self.sync()
        self.assertEqual(self.server.hooks, {})
        self.assertEqual(self.message(0).flags, {"\\Flagged"})
        self.sync()
        self.assertEqual(self.message(0).flags, {"\\Flagged", "\\Seen"})
        self.assert_together()
        self.assert_quiet()

    def test_removal(self):
        self.settle()
        self.far_remove(2)
        self.rename_at_store(2)
        self.sync()
        self.assertEqual(self.server.hooks, {})
        self.sync()
        self.assert_together(3)
        self.assert_quiet()


class Refilers(ReaderCase):
    """Programs that file mail into another folder: the server moves it, and nothing is sent."""

    def begin(self, **options):
        self.fill(4, **options)
        self.far.create("Archive")
        self.far.append("Archive", mail.message(50))
        self.sync()

    def file_of(self, number):
        return os.path.join(self.near.path("INBOX"), *self.near.find("INBOX", b"<0.%d@" % number))

    def check(self, moves=1, copies=0, inbox=3):
        wire = self.sync("-vv").err
        self.assertEqual((wire.count(" UID MOVE "), wire.count(" UID COPY "), wire.count(" APPEND ")),
                         (moves, copies, 0), wire)
        self.assertEqual((len(self.far.uids("INBOX")), len(self.far.uids("Archive"))), (inbox, 2))
        for folder in ("INBOX", "Archive"):
            self.assert_same(folder)
        self.assert_quiet()

    def test_mblaze(self):
        programs = Programs("mblaze", "mrefile")
        self.begin()
        programs.run("mrefile", self.file_of(1), self.near.path("Archive"))
        self.check()

    def test_mblaze_keeps_the_first(self):
        programs = Programs("mblaze", "mrefile")
        self.begin()
        programs.run("mrefile", "-k", self.file_of(1), self.near.path("Archive"))
        self.check(moves=0, copies=1, inbox=4)

    def test_notmuch_with_a_script(self):
        """As afew does it: found by its tag, and moved under a new name that keeps the flags."""
        programs = Programs("notmuch", "notmuch")
        database = os.path.join(self.directory, "notmuch-config")
        with open(database, "w", encoding="utf-8") as f:
            f.write(f"[database]\npath={self.near.root}\n[new]\ntags=\n")
        self.begin()
        programs.run("notmuch", "new", NOTMUCH_CONFIG=database)
        programs.run("notmuch", "tag", "+archive", "--", "id:0.1@example.org", NOTMUCH_CONFIG=database)
        found = programs.run("notmuch", "search", "--output=files", "tag:archive", NOTMUCH_CONFIG=database)
        (path,) = found.splitlines()
        flags = path.partition(":2,")[2]
        os.rename(path, os.path.join(self.near.path("Archive"), "cur", f"a-new-name.1:2,{flags}"))
        self.check()

    def set_up_aerc(self):
        directory = os.path.join(self.directory, "xdg/aerc")
        os.makedirs(directory)
        for name, text in (
                ("accounts.conf", f"[test]\nsource = maildir://{self.near.root}\nfrom = Me <me@example.org>\n"
                                  "default = INBOX\n"),
                ("binds.conf", "[messages]\nr = :read<Enter>\nm = :move Archive<Enter>\n"
                               "d = :select -1<Enter>:delete<Enter>\nq = :quit<Enter>\n")):
            with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(f.name, 0o600)
        # For its socket, which would be the same for all that run at the time.
        self.environment["XDG_RUNTIME_DIR"] = self.directory

    def test_aerc(self):
        """Marks one as read and moves it, and removes another: each is waited for on the disk."""
        Programs("aerc", "aerc")
        self.begin(word="heron")
        self.far.store("INBOX", "1:*", "FLAGS", "\\Flagged $Work")
        self.sync()
        self.set_up_aerc()

        def left(count):
            return len(self.near.files("INBOX")) == count

        status, shown = pages.on_terminal(["aerc"], self.environment, self.directory, (
            (lambda shown: all(f"heron{i}" in shown for i in range(4)), "r"),
            (lambda _shown: any("S" in name.partition(":2,")[2] for _, name in self.near.files("INBOX")), "m"),
            # The last one in its list, whatever it selects after a move.
            (lambda _shown: left(3), "d"),
            (lambda _shown: left(2), "q")))
        self.assertEqual(status, 0, shown)
        self.check(inbox=2)
        self.assertEqual([m[1:3] for _uid, m in sorted(self.far.messages("Archive").items())],
                         [("", []), ("FS", ["$Work"])])
        for message in self.far.messages("INBOX").values():
            self.assertEqual(message[1:3], ("F", ["$Work"]))


class Notmuch(ReaderCase):
    """Tags become letters, and letters tags: notmuch renames files for it."""

    def setUp(self):
        super().setUp()
        self.programs = Programs("notmuch", "notmuch")
        self.database = os.path.join(self.directory, "notmuch-config")
        with open(self.database, "w", encoding="utf-8") as f:
            f.write(f"[database]\npath={self.near.root}\n[new]\ntags=\n"
                    "[search]\nexclude_tags=\n[maildir]\nsynchronize_flags=true\n")

    def notmuch(self, *arguments):
        return self.programs.run("notmuch", *arguments, NOTMUCH_CONFIG=self.database)

    def test_tags_go_far_and_flags_become_tags(self):
        self.fill(12)
        self.notmuch("new")
        self.notmuch("tag", "-unread", "+flagged", "--", "id:0.4@example.org", "or",
                     "id:0.6@example.org")
        self.far.store("INBOX", self.uid(3), "+FLAGS", "\\Answered")
        self.sync()
        self.assert_same(count=12)
        self.assertEqual(sorted(self.far.uids("INBOX", "FLAGGED SEEN")),
                         sorted([self.uid(4), self.uid(6)]))
        self.notmuch("new")
        self.assertEqual(self.notmuch("count", "tag:replied").strip(), "1")
        self.sync()
        self.assert_same(count=12)
        self.assert_quiet()

    def test_a_stub_that_becomes_whole_is_found_by_its_body(self):
        self.standard()
        self.write_config(body="headers")
        self.far.append("INBOX", b"Message-ID: <stub@example.org>\r\nSubject: s\r\nFrom: a@example.org\r\n\r\n"
                        b"rhododendron\r\n", "\\Seen")
        self.sync()
        self.notmuch("new")
        self.assertEqual(self.notmuch("count", "rhododendron").strip(), "0")
        (stub,) = self.near.files("INBOX")
        (change,) = [o for o in self.navette("--json", "fetch", "stub@example.org").objects() if o["type"] == "change"]
        (whole,) = self.near.files("INBOX")
        self.assertEqual([(change["change"], os.path.basename(change["path"]), os.path.basename(change["from"]))],
                         [("changed", whole[1], stub[1])])
        self.notmuch("new")
        self.assertEqual(self.notmuch("count", "rhododendron").strip(), "1")
        self.assertEqual(self.notmuch("search", "--output=files", "*").count("\n"), 1)
        self.assert_quiet()

    def test_at_work_during_the_runs(self):
        self.fill(30)
        self.notmuch("new")
        stop = threading.Event()
        turns = []

        def tag():
            while not stop.is_set():
                for tags in (["+flagged", "-unread"], ["-flagged", "+unread"]):
                    self.notmuch("tag", *tags, "--", "id:/[02468]@example.org/")
                    self.notmuch("new")
                    turns.append(tags)

        worker = threading.Thread(target=tag)
        worker.start()
        try:
            for turn in range(RUNS + 1):
                self.far.append("INBOX", mail.message(100 + turn))
                self.sync("-q")
                self.assertLessEqual(set(range(30)), set(self.far_numbers()))
            self.far.remove_only("INBOX", self.uid(5).decode())
            self.remove_near(9)
            self.sync("-q")
        finally:
            stop.set()
            worker.join()
        self.assertTrue(turns)
        for _run in range(2):
            self.sync()
        expected = (set(range(30)) | {100 + t for t in range(RUNS + 1)}) - {5, 9}
        self.assertEqual(set(self.far_numbers()), expected)
        self.assert_same(count=len(expected))
        self.assert_quiet()


class Mblaze(ReaderCase):
    def setUp(self):
        super().setUp()
        self.programs = Programs("mblaze", "minc", "mflag", "mrefile", "mlist")

    def files(self, *numbers, folder="INBOX"):
        return [os.path.join(self.near.path(folder), *self.near.find(folder, b"<0.%d@" % n))
                for n in numbers]

    def test_flags_and_refiling(self):
        self.fill(12)
        self.far.create("Archive")
        self.sync()
        self.programs.run("minc", self.near.path("INBOX"))
        self.programs.run("mflag", "-S", "-F", *self.files(2, 4))
        self.programs.run("mflag", "-s", *self.files(3))
        self.sync()
        self.assert_same(count=12)
        self.assertEqual(len(self.far.uids("INBOX", "FLAGGED SEEN")), 2)
        self.programs.run("mrefile", *self.files(5, 6, 7), self.near.path("Archive"))
        self.sync()
        self.assert_same(count=9)
        self.assert_same("Archive", count=3)
        self.assert_quiet()

    def test_at_work_during_the_runs(self):
        self.fill(30)
        stop = threading.Event()
        turns = []

        def flag():
            while not stop.is_set():
                self.programs.run("minc", self.near.path("INBOX"))
                for letter in ("-S", "-s", "-T", "-t"):
                    names = self.programs.run("mlist", self.near.path("INBOX"))
                    with contextlib.suppress(AssertionError):  # navette renamed one of them
                        self.programs.run("mflag", letter, stdin=names)
                        turns.append(letter)

        worker = threading.Thread(target=flag)
        worker.start()
        try:
            for turn in range(RUNS):
                self.far.append("INBOX", mail.message(100 + turn))
                self.sync("-q")
                self.assertLessEqual(set(range(30)), set(self.far_numbers()))
            self.remove_near(9)
            self.sync("-q")
        finally:
            stop.set()
            worker.join()
        self.assertTrue(turns)
        for _run in range(2):
            self.sync()
        expected = (set(range(30)) | {100 + t for t in range(RUNS)}) - {9}
        self.assertEqual(set(self.far_numbers()), expected)
        self.assert_same(count=len(expected))
        self.assert_quiet()
