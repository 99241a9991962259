"""A server that refuses a command in the middle of a run, says nonsense, or is gone before or after it did what
was asked: each command of a run that has something of everything, one at a time. Nothing is lost or there twice,
no status is 0 unless all is done, and the next run ends as if nothing had been.

NAVETTE_REFUSALS=all tries each command in each way; else most are tried in one of them. NAVETTE_REFUSAL_PAIRS=N
tries N random pairs on each kind of server."""

import itertools
import os
import random
import shutil

from harness import mail
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.refusing import PLAIN, TEMPORARY, UIDPLUS, RefusingCase, numbers
from harness.scripted import Drop, Mailbox, ScriptedServer

ALL = os.environ.get("NAVETTE_REFUSALS") == "all"
SANITIZED = bool(os.environ.get("NAVETTE_SANITIZED"))  # one way for each command then; the other kinds take others
PAIRS = int(os.environ.get("NAVETTE_REFUSAL_PAIRS", "8"))
WAYS = ("NO not today", "BAD never heard of it", "drop", "done and dropped", "done and NO not today")
THOROUGH = ("UID COPY", "UID MOVE", "EXPUNGE", "UID EXPUNGE", "CREATE", "DELETE")
QUOTA = (1, TEMPORARY)  # it passes when the user makes room


def fault(ways):
    """Sessions of a server that answers the commands whose numbers WAYS has in the way that it says."""
    class Fault:
        def answer(self, tag, name, rest, literals):
            self.server.names.append(name)
            way = ways.get(len(self.server.names) - 1)
            if not way or name == "LOGOUT":
                super().answer(tag, name, rest, literals)
                return
            if way == "drop":
                raise Drop
            if not way.startswith("done"):
                self.send(f"{tag} {way}")
                return
            self.send = lambda _data: None
            super().answer(tag, name, rest, literals)
            del self.send
            if way == "done and dropped":
                raise Drop
            self.send(f"{tag} NO not today")
    return Fault


class EveryCommand(QuirkCase):
    """INBOX has a trash, the other folders have none; folders that are gone here go there."""

    capabilities, kind, marked = PLAIN, ScriptedServer, False
    first_way = 0

    def settle(self):
        self.serve(self.capabilities, count=7, kind=self.kind)
        self.write_channels(("inbox", "folders", "INBOX", "trash", "Trash"), ("rest", "folders", "**"),
                            timeout="2s", connections=1, remove="both", max_delete="none")
        boxes = self.server.mailboxes
        boxes["Trash"], boxes["Gone"] = Mailbox(2), Mailbox(3)
        boxes["Trash"].add(mail.message(70), ["\\Seen"])
        for i in (91, 92):
            boxes["Other"].add(mail.message(i))
        for i in (80, 81):
            boxes["Gone"].add(mail.message(i))
        if self.marked:
            self.message(4).flags.add("\\Deleted")
        self.sync()

    def change_all(self):
        """What needs each command that navette has."""
        self.change()  # 50 and 51 come, 0 and 3 go, 1 and 2 get a flag
        self.near.remove("INBOX", self.find(5))
        self.near.remove("Other", self.find(91, "Other"))
        self.near.create("New")
        self.near.add("New", mail.to_near(mail.message(52)), "S")
        self.server.mailboxes["There"] = Mailbox(4)
        self.server.mailboxes["There"].add(mail.message(60), ["\\Flagged"])
        shutil.rmtree(self.near.path("Gone"))

    def contents(self):
        return {name: numbers(m.body for m in box.messages)
                for name, box in self.server.mailboxes.items()}

    EXPECTED = {"INBOX": [1, 2, 4, 6, 50, 51], "Other": [90, 92], "Trash": [0, 5, 70], "New": [52],
                "There": [60]}

    def assert_done(self, note):
        """As after a run without a fault: the same messages in the same folders, with the same flags."""
        self.assertEqual(self.contents(), self.EXPECTED, note)
        self.assertEqual(self.near.folders(), sorted(self.EXPECTED), note)
        for name in self.EXPECTED:
            self.assertEqual(self.far_view(name), self.near_view(name), (name, note))
        flags = {i: self.letters(self.message(i).flags) for i in (1, 2, 4)}
        self.assertEqual(flags, {1: "FS", 2: "R", 4: "T" if self.marked else ""}, note)

    def assert_nothing_lost(self, note):
        """Each message is somewhere, also if no further run ever came."""
        there = set(itertools.chain(*self.contents().values()))
        here = {i for name in self.near.folders()
                for i in numbers(self.near.read(name, file) for file in self.near.files(name))}
        self.assertLessEqual({0, 1, 2, 4, 5, 6, 50, 51, 52, 60, 70, 90, 92}, there | here, note)

    def run_with(self, ways):
        """A life with these faults."""
        self.tearDown()
        self.doCleanups()
        self.setUp()
        self.settle()
        self.change_all()
        self.server.names = []
        sane = self.server.session_class
        self.server.session_class = type("Faulty", (fault(ways), sane), {})
        run = self.navette("sync")
        self.server.session_class = sane
        note = (ways, [self.server.names[point:point + 1] for point in ways], run)
        self.assertIn(run.status, (0, 1, TEMPORARY), note)
        self.assertNotIn("Sanitizer", run.err)
        self.assert_nothing_lost(note)
        if run.status == 0:
            self.assertEqual({**self.contents(), "Trash": [0, 5, 70]}, self.EXPECTED, note)
        else:
            self.assertTrue(run.err.strip(), note)
        self.rest()
        for _run in range(2):  # the second brings what came to the trash
            self.sync()
        self.assert_done(note)
        self.assert_quiet()

    def ways(self, point, name, seen):
        """What changes most is tried in every way, once; all else in one way, which is not always the same."""
        if ALL or (name in THOROUGH and name not in seen and not SANITIZED):
            return WAYS
        return [WAYS[(point + self.first_way) % len(WAYS)]]

    def test_in_turn(self):
        self.run_with({})
        names = self.server.names
        self.assertGreaterEqual(set(names), {
            "LOGIN", "LIST", "SELECT", "UID FETCH", "UID STORE", "UID SEARCH", "APPEND", "CREATE", "DELETE",
            *self.needs})
        for point, name in enumerate(names[:-1]):  # but LOGOUT
            for way in self.ways(point, name, names[:point]):
                with self.subTest(point=point, name=name, way=way):
                    self.run_with({point: way})

    def test_pairs(self):
        """Two faults, the second in what the run does because of the first, or later."""
        rng = random.Random(f"{self.capabilities} {PAIRS}")
        for _pair in range(PAIRS):
            first = rng.randrange(3, 40)
            ways = {first: rng.choice(WAYS), first + rng.randrange(1, 18): rng.choice(WAYS)}
            with self.subTest(ways=ways):
                self.run_with(ways)

    needs = ("UID COPY", "EXPUNGE")


class EveryCommandByUid(EveryCommand):
    capabilities, marked, first_way = UIDPLUS, True, 1
    needs = ("UID COPY", "UID EXPUNGE")


class EveryCommandWithMove(EveryCommand):
    capabilities, marked, first_way = UIDPLUS + " MOVE", True, 2
    needs = ("UID MOVE", "UID EXPUNGE")


class EveryCommandOfChanges(EveryCommand):
    capabilities, kind, marked, first_way = CAPABILITIES + " MOVE", ModseqServer, True, 3
    needs = ("UID MOVE", "UID EXPUNGE", "ENABLE")


class Refused(RefusingCase):
    """One refusal, or a pair of them: what the run says, and what each side holds right after it."""

    def assert_trashed(self, *wanted):
        """A sane server: they are in the trash, once, and nowhere else."""
        self.server.hooks.clear()
        for _run in range(2):
            self.sync()
        self.assertEqual(self.far_numbers("Trash"), [*wanted, 70])
        self.assert_together(4 - len(wanted))
        self.assert_quiet()

    # --- The trash ---

    def test_nothing_is_removed_that_was_not_copied(self):
        for way in ("NO not today", "NO [OVERQUOTA] not today", "BAD never heard of it", "drop"):
            with self.subTest(way=way):
                self.begin(trash="Trash")
                self.remove(0, 2)
                for _run in range(2):
                    self.refuse("UID COPY", way, QUOTA if "QUOTA" in way else ())
                    self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                    self.assertEqual(self.far_numbers("Trash"), [70])
                    self.assertEqual(self.near_numbers(), [1, 3])
                self.assertEqual(self.server.count("STORE|EXPUNGE"), 0)
                self.assert_trashed(0, 2)

    def test_nothing_is_removed_when_a_part_was_not_copied(self):
        """So many UIDs that they need two commands; one of them is refused."""
        for part in (0, 1):
            with self.subTest(part=part):
                self.begin(trash="Trash", count=0)
                self.inbox.uidnext = 2_000_000_000
                for i in range(1000, 1750):
                    self.inbox.uidnext += 2_000_000
                    self.inbox.add(mail.message(i))
                self.sync()
                for file in self.near.files("INBOX"):
                    self.near.remove("INBOX", file)
                seen = itertools.count()
                self.server.hooks["UID COPY"] = lambda _s, _t, _r, seen=seen, part=part: \
                    "TAG NO not today" if next(seen) == part else None
                self.assertIn("not today", self.sync("--force-delete", status=1).err)
                self.rest()
                self.assertGreaterEqual(next(seen), 2, "one command took them all")
                self.assertEqual(len(self.far_numbers()), 750)
                self.server.hooks.clear()
                self.sync("--force-delete")
                self.assertEqual(self.far_numbers("Trash"), [70, *range(1000, 1750)])
                self.assertEqual(self.far_numbers(), [])

    def test_nothing_is_forgotten_that_was_not_moved(self):
        for way in ("NO not today", "NO [OVERQUOTA] not today", "BAD never heard of it", "drop"):
            with self.subTest(way=way):
                self.begin(UIDPLUS + " MOVE", trash="Trash")
                self.remove(0, 2)
                for _run in range(2):
                    self.refuse("UID MOVE", way, QUOTA if "QUOTA" in way else ())
                    self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                    self.assertEqual(self.far_numbers("Trash"), [70])
                    self.assertEqual(self.near_numbers(), [1, 3])
                self.assertEqual(self.server.count("STORE|EXPUNGE|COPY"), 0)
                self.assert_trashed(0, 2)

    def test_a_move_that_is_said_to_be_done(self):
        """OK, and nothing moved, or only the first; and the server does not say what it still has."""
        for moved, found in ((0, True), (1, True), (0, False), (1, False)):
            with self.subTest(moved=moved, found=found):
                self.begin(UIDPLUS + " MOVE", trash="Trash")
                self.remove(0, 2)

                def move(session, tag, rest, moved=moved):
                    uids = ",".join(rest.partition(" ")[0].replace(":", ",").split(",")[:moved])
                    if uids:
                        session.copy(tag, f'{uids} "Trash"', [])
                        self.inbox.messages = [m for m in self.inbox.messages if str(m.uid) not in uids]
                    return "TAG OK moved"

                self.server.hooks["UID MOVE"] = move
                if not found:
                    self.server.hooks["UID SEARCH"] = "TAG NO not today"
                run = self.sync(status=1)
                left = 2 if not found else 2 - moved
                what = "messages that were removed here are" if left > 1 else "message that was removed here is"
                self.assertIn(f"{left} {what} still on the server", run.err)
                self.assertEqual(self.near_numbers(), [1, 3])
                self.assert_trashed(0, 2)

    def test_copied_but_not_removed(self):
        """The copy is there; what follows it is refused: no second copy, and then it goes."""
        for name, only in (("UID STORE", ""), ("UID EXPUNGE", ""), ("UID SEARCH", "UID ")):
            for way in ("NO not today", "BAD never heard of it", "drop"):
                with self.subTest(name=name, way=way):
                    self.begin(trash="Trash")
                    self.remove(0, 2)
                    if name == "UID SEARCH":
                        self.server.hooks["UID EXPUNGE"] = "TAG OK all gone"
                    said = "still on the server" if name == "UID SEARCH" and way != "drop" else ""
                    self.refuse(name, way, only=only, says=said)
                    self.assertEqual(self.far_numbers("Trash"), [0, 2, 70])
                    self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                    self.assert_trashed(0, 2)

    # --- Removals ---

    def test_an_expunge_that_does_nothing_and_a_search_that_is_refused(self):
        """The server says OK, and then not what it still has: they may be there, and nothing is forgotten."""
        for capabilities, name in ((UIDPLUS, "UID EXPUNGE"), (PLAIN, "EXPUNGE")):
            for way in ("NO not today", "BAD never heard of it"):
                with self.subTest(name=name, way=way):
                    self.begin(capabilities)
                    self.remove(0, 2)
                    self.server.hooks[name] = "TAG OK all gone"
                    self.refuse("UID SEARCH", way, only="UID ",
                                says="2 messages that were removed here are still on the server")
                    self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                    self.assertEqual(self.near_numbers(), [1, 3])
                    self.server.hooks.clear()
                    self.sync()
                    self.assertEqual(self.far_numbers(), [1, 3])
                    self.assert_together(2)
                    self.assert_quiet()

    def test_removals_that_are_refused(self):
        """What is there stays, what another client marked stays in any case, and the next run removes ours."""
        for name in ("UID STORE", "UID EXPUNGE"):
            for way in ("NO not today", "BAD never heard of it", "drop"):
                with self.subTest(name=name, way=way):
                    self.begin()
                    self.message(3).flags.add("\\Deleted")
                    self.remove(0, 2)
                    self.refuse(name, way)
                    self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                    self.assertEqual(self.near_numbers(), [1, 3])
                    self.server.hooks.clear()
                    self.sync()
                    self.assertEqual(self.far_numbers(), [1, 3])
                    self.assertEqual(self.message(3).flags, {"\\Seen", "\\Deleted"})
                    self.assert_together(2)
                    self.assert_quiet()

    def test_nobody_knows_what_else_is_marked(self):
        """Without UIDPLUS, EXPUNGE would remove what another client marked: unless the server says that there is
        none, it is not given."""
        for way in ("NO not today", "BAD never heard of it", "drop"):
            with self.subTest(way=way):
                self.begin(PLAIN)
                self.remove(0)
                self.message(3).flags.add("\\Deleted")

                def answer(_session, _tag, _rest, way=way):
                    if self.server.count("STORE") == 0:
                        return None
                    if way == "drop":
                        raise Drop
                    return "TAG " + way

                self.server.hooks.update({"UID SEARCH": answer, "UID FETCH": answer})
                self.assertTrue(self.run_any(TEMPORARY if way == "drop" else 1).err)
                self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                self.assertEqual(self.server.count("EXPUNGE"), 0)
                self.server.hooks.clear()
                self.sync()
                self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
                self.assertEqual(self.message(3).flags, {"\\Seen", "\\Deleted"})
                self.message(3).flags.remove("\\Deleted")
                self.sync()
                self.assertEqual(self.far_numbers(), [1, 2, 3])
                self.assert_together(3)
                self.assert_quiet()

    def test_only_one_of_the_marks_is_refused(self):
        """A STORE is refused, and UID EXPUNGE removes what was marked before, by whoever it was: only of ours."""
        self.begin()
        self.message(0).flags.add("\\Deleted")
        self.message(1).flags.add("\\Deleted")
        self.sync()
        self.remove(0, 2)
        self.refuse("UID STORE", "NO not today", only="Deleted")
        self.assertEqual(self.far_numbers(), [1, 2, 3])
        self.server.hooks.clear()
        self.sync()
        self.assertEqual(self.far_numbers(), [1, 3])
        self.assert_together(2)
        self.assert_quiet()

    # --- Flags ---

    def test_flags_that_are_refused(self):
        """They stay as the user set them, however often it is refused; other changes go on."""
        for way in ("NO not today", "BAD never heard of it", "drop"):
            with self.subTest(way=way):
                self.begin()
                self.add_letters(1, "FS")
                self.far_store(1, "\\Answered")
                self.far_store(2, "\\Flagged")
                for _run in range(2):
                    self.refuse("UID STORE", way)
                    self.assertEqual(self.find(1)[1].rpartition(":2,")[2], "FS")
                    self.assertEqual(self.letters(self.message(1).flags), "RS")
                if way != "drop":
                    self.assertIn("F", self.find(2)[1].rpartition(":2,")[2])
                self.server.hooks.clear()
                self.sync()
                self.assertEqual(self.letters(self.message(1).flags), "FRS")
                self.assert_together(4)
                self.assert_quiet()

    def test_half_of_a_change_of_flags_is_refused(self):
        """One flag comes and one goes, by two commands: the next run does what is left of it."""
        for only in ("+FLAGS", "-FLAGS"):
            with self.subTest(only=only):
                self.begin()
                self.near.set_letters("INBOX", self.find(1), "F")
                self.refuse("UID STORE", "NO not today", only=only)
                self.assertEqual(self.find(1)[1].rpartition(":2,")[2], "F")
                self.server.hooks.clear()
                self.sync()
                self.assertEqual(self.letters(self.message(1).flags), "F")
                self.assert_together(4)
                self.assert_quiet()

    # --- Folders ---

    def test_a_mailbox_that_stays(self):
        for way in ("NO not today", "BAD never heard of it", "drop"):
            with self.subTest(way=way):
                self.begin(remove="both")
                shutil.rmtree(self.near.path("Other"))
                for _run in range(2):
                    self.refuse("DELETE", way)
                    self.assertEqual(self.far_numbers("Other"), [90])
                    self.assertNotIn("Other", self.near.folders())
                self.server.hooks.clear()
                self.sync()
                self.assertNotIn("Other", self.server.mailboxes)
                self.assert_together(4)
                self.assert_quiet()

    def test_a_mailbox_that_cannot_be_made(self):
        for way in ("NO not today", "BAD never heard of it", "drop"):
            with self.subTest(way=way):
                self.begin()
                self.near.create("New")
                self.near.add("New", mail.to_near(mail.message(52)), "S")
                self.near.add("INBOX", mail.to_near(mail.message(51)), "S")
                for _run in range(2):
                    self.refuse("CREATE", way)
                    self.assertNotIn("New", self.server.mailboxes)
                    self.assertEqual(self.near_numbers("New"), [52])
                if way != "drop":
                    self.assertEqual(self.far_numbers(), [0, 1, 2, 3, 51])
                self.server.hooks.clear()
                self.sync()
                self.assertEqual(self.far_numbers("New"), [52])
                self.assert_together(5)
                self.assert_quiet()

    def test_a_mailbox_that_holds_more_than_was_here(self):
        """Nothing comes here, so the server may have more: DELETE would take it, also when it was forced."""
        self.begin(direction="push", remove="both")
        for name in ("INBOX", "Box"):
            self.near.create(name)
        self.near.add("INBOX", mail.to_near(mail.message(50)), "S")
        for i in (20, 21, 22):
            self.near.add("Box", mail.to_near(mail.message(i)), "S")
        self.sync()
        for i in range(23, 28):
            self.server.mailboxes["Box"].add(mail.message(i))
        self.sync()
        shutil.rmtree(self.near.path("Box"))
        self.server.log.clear()
        for options in ((), ("--force-delete",)):
            run = self.sync(*options, status=4)
            self.assertIn("holds 5 messages that were never here", run.err)
            self.assertEqual(self.far_numbers("Box"), [*range(20, 28)])
        self.assertEqual(self.server.count("DELETE|STORE|EXPUNGE"), 0)
        # One of them is still too many; without any it goes.
        self.server.mailboxes["Box"].messages = self.server.mailboxes["Box"].messages[:4]
        self.assertIn("holds 1 message that was", self.sync("--force-delete", status=4).err)
        self.server.mailboxes["Box"].messages.pop()
        self.sync("--force-delete")
        self.assertNotIn("Box", self.server.mailboxes)

    def test_a_move_to_a_folder_that_cannot_be_looked_at(self):
        """From there nothing goes to the server, so the removal would take its only copy: it waits, and with it
        every other one, of which nobody knows whether it moved as well."""
        self.begin()
        self.server.mailboxes["Archive"] = Mailbox(5)
        self.write_channels(("archive", "folders", "Archive", "direction", "pull"), ("rest", "folders", "**"),
                            timeout="2s")
        self.sync()
        place, file = self.find(0)
        os.rename(os.path.join(self.near.path("INBOX"), place, file),
                  os.path.join(self.near.path("Archive"), place, file))
        self.remove(2)
        for way in ("NO not today", "BAD never heard of it", "drop"):
            self.refuse("SELECT", way, only="Archive")
            self.assertEqual(self.far_numbers(), [0, 1, 2, 3])
            self.assertEqual(self.near_numbers("Archive"), [0])
        self.server.hooks.clear()
        for _run in range(2):
            self.sync()
            self.assertEqual(self.far_numbers(), [0, 1, 3])
            self.assertEqual(self.far_numbers("Archive"), [])
            self.assertEqual(self.near_numbers("Archive"), [0])
        self.assert_quiet()
