"""What an interrupted run left, and what somebody did to it since."""

import os

from harness import faults, mail, sides
from harness.case import Case
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox, ScriptedServer

COUNT = 20


class Recover(Case):
    def test_cleaned_tmp_is_no_removal(self):
        """The first sync was killed between the record of a batch and its renames."""
        self.standard()
        for i in range(COUNT):
            self.far.append("INBOX", mail.message(i))
        run = faults.run(self, kill=("rename", 1, "before"))
        self.assertEqual(run.status, -9, run)
        temporary = os.path.join(self.near.path("INBOX"), "tmp")
        files = os.listdir(temporary)
        self.assertEqual((len(files), self.near.files("INBOX")), (COUNT + 1, []))  # and the witness
        for name in files:
            os.unlink(os.path.join(temporary, name))
        self.sync()
        self.sync()
        self.assert_same(count=COUNT)
        self.assert_quiet()


class NewUidvalidity(QuirkCase):
    """The UIDs are new, and the run in which that is found ends before it has done all. The files were not touched
    since they were last looked at, and have to be looked at all the same: nothing that is here may come again."""

    capabilities, kind = CAPABILITIES, ModseqServer

    def begin(self):
        self.serve(self.capabilities, kind=self.kind)
        self.sync()
        self.sync()
        self.assert_quiet()
        box = Mailbox(self.inbox.uidvalidity + 7)
        for message in self.inbox.messages:
            box.add(message.body, message.flags, date=message.date)
        box.add(mail.message(60), date="01-Feb-2024 00:00:00 +0000")
        self.server.mailboxes["INBOX"] = self.inbox = box
        self.server.log.clear()

    def end(self):
        self.server.hooks.clear()
        self.sync()
        self.assert_together(5)
        self.assertEqual(self.server.count(" APPEND |EXPUNGE"), 0)
        self.assert_quiet()

    def test_cut_in_the_download(self):
        """And the server is not to be had again in this run: else the message would be taken for the reason."""
        def drop(_session, _tag, _rest):
            raise Drop

        def cut(session, tag, rest):
            if "BODY.PEEK[]" in rest:
                self.server.hooks["LIST"] = drop
                drop(session, tag, rest)

        self.begin()
        self.server.hooks["UID FETCH"] = cut
        self.sync(status=3)
        self.end()

    def test_refused_in_the_download(self):
        def refuse(_session, _tag, rest):
            return "TAG NO [SERVERBUG] not now" if "BODY.PEEK[]" in rest else None

        self.begin()
        self.server.hooks["UID FETCH"] = refuse
        self.sync(status=1)
        self.end()

    def test_killed_at_each_commit(self):
        self.begin()
        number, status = 0, -9
        while status == -9:
            number += 1
            run = faults.run(self, kill=("mdb-meta", number, "after"))
            self.assertIn(run.status, (-9, 0), run)
            status = run.status
        self.assertGreater(number, 2)
        self.end()


class NewUidvalidityOnPlainServers(NewUidvalidity):
    capabilities, kind = "IMAP4rev1 UIDPLUS", ScriptedServer


class TakenAway(Case):
    """Runs are killed at each change they make to the world; then the user does something to the mail that was under
    way, and a run finishes. Nothing comes back, and nothing is there twice."""

    step = 3  # every so many changes
    here, there = "Here", "There"

    def setUp(self):
        super().setUp()
        self.standard()
        self.number = 0
        for folder in (self.here, self.there):
            self.far.create(folder)
            self.far.append(folder, mail.message(9000 + len(folder)), "\\Seen")
        self.sync()

    def bodies(self):
        self.number += 2
        return [mail.message(self.number + i, size=3000) for i in range(2)]

    def killed(self, number):
        """False: the run ended before."""
        return faults.run(self, "-q", kill=(number, "after")).status < 0

    def move_near(self, files):
        for file in files:
            os.rename(os.path.join(self.near.path(self.here), *file),
                      os.path.join(self.near.path(self.there), "cur", file[1]))

    def remove_near(self, files):
        for file in files:
            self.near.remove(self.here, file)

    def views(self):
        return [sides.near_view(self.near, part) for part in (self.here, self.there)]

    def each_kill(self, scene):
        number = 1
        while scene(number):
            number += self.step
        self.assertGreater(number, 10)

    def finish(self):
        self.sync()
        for folder in (self.here, self.there):
            self.assert_same(folder)

    def up_then_taken(self, number, take):
        before = set(self.near.files(self.here))
        for body in self.bodies():
            self.near.add(self.here, mail.to_near(body), "S")
        killed = self.killed(number)
        take(set(self.near.files(self.here)) - before)
        expected = self.views()
        self.finish()
        self.assertEqual(self.views(), expected, number)
        return killed

    def down_then_taken(self, number, take):
        before = set(self.near.files(self.here))
        for body in self.bodies():
            self.far.append(self.here, body, "\\Seen")
        killed = self.killed(number)
        came = set(self.near.files(self.here)) - before
        take(came)
        here = sum(map(len, self.views()))
        self.finish()
        # What had not come yet comes; what was taken away does not.
        self.assertEqual(sum(map(len, self.views())), here + 2 - len(came), number)
        return killed

    def test_up_then_moved_here(self):
        self.each_kill(lambda n: self.up_then_taken(n, self.move_near))

    def test_up_then_removed_here(self):
        self.each_kill(lambda n: self.up_then_taken(n, self.remove_near))

    def test_down_then_moved_here(self):
        self.each_kill(lambda n: self.down_then_taken(n, self.move_near))

    def test_down_then_removed_here(self):
        self.each_kill(lambda n: self.down_then_taken(n, self.remove_near))

    def test_down_then_removed_there(self):
        def remove(_files):
            for uid in self.far.uids(self.here)[-2:]:
                self.far.remove_only(self.here, int(uid))
        expected = self.views()

        def scene(number):
            for body in self.bodies():
                self.far.append(self.here, body, "\\Seen")
            killed = self.killed(number)
            remove(())
            self.finish()
            self.assertEqual(self.views(), expected, number)
            return killed
        self.each_kill(scene)
