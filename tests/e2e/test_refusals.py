"""A server that refuses a command in the middle of a run, says nonsense, or is gone before or after it did what
was asked: each command of a run that has something of everything, one at a time. Nothing is lost or there twice,
no status is 0 unless all is done, and the next run ends as if nothing had been.

NAVETTE_REFUSALS=all tries each command in each way; else most are tried in one of them."""

import itertools
import os
import re
import shutil
import time

from harness import mail
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox, ScriptedServer

ALL = os.environ.get("NAVETTE_REFUSALS") == "all"
WAYS = ("NO not today", "BAD never heard of it", "drop", "done and dropped", "done and NO not today")
PLAIN, UIDPLUS = "IMAP4rev1", "IMAP4rev1 UIDPLUS"
THOROUGH = ("UID COPY", "UID MOVE", "EXPUNGE", "UID EXPUNGE", "CREATE", "DELETE")
TEMPORARY = 3


def numbers(bodies):
    return sorted(int(re.search(rb"<0\.(\d+)@", body).group(1)) for body in bodies)


def fault(point, way):
    """Sessions of a server that answers the command number POINT of all in WAY."""
    class Fault:
        def answer(self, tag, name, rest, literals):
            self.server.names.append(name)
            if len(self.server.names) != point + 1 or name == "LOGOUT":
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

    def rest(self):
        """No message is still on its way: the next run need not wait for it."""
        state = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        os.utime(state, (time.time() - 600,) * 2)

    def run_with(self, point, way):
        """A life with the fault."""
        self.tearDown()
        self.doCleanups()
        self.setUp()
        self.settle()
        self.change_all()
        self.server.names = []
        sane = self.server.session_class
        self.server.session_class = type("Faulty", (fault(point, way), sane), {})
        run = self.navette("sync")
        self.server.session_class = sane
        note = (point, way, self.server.names[point:point + 1], run)
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
        if ALL or (name in THOROUGH and name not in seen):
            return WAYS
        return [WAYS[(point + self.first_way) % len(WAYS)]]

    def test_in_turn(self):
        self.run_with(-1, WAYS[0])
        names = self.server.names
        self.assertGreaterEqual(set(names), {
            "LOGIN", "LIST", "SELECT", "UID FETCH", "UID STORE", "UID SEARCH", "APPEND", "CREATE", "DELETE",
            *self.needs})
        for point, name in enumerate(names[:-1]):  # but LOGOUT
            for way in self.ways(point, name, names[:point]):
                with self.subTest(point=point, name=name, way=way):
                    self.run_with(point, way)

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
