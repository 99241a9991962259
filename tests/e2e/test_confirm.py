"""What a run notes of both sides when it is done: the next one looks only at what is not as noted, so nothing may be
noted that the run does not know for certain."""

import os
import time

from harness import faults, mail
from harness.case import Case
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase


class FarMarks(QuirkCase):
    """Another client changes something while the run stores a flag. The run asks what is new, and the answer is of no
    use: the next run must see that change."""

    def begin(self, change):
        self.serve(CAPABILITIES, kind=ModseqServer)
        self.sync()
        self.assert_quiet()
        self.asked = 0

        def meanwhile(_session, _tag, _rest):
            self.server.hooks.pop("UID STORE")
            self.server.hooks["SELECT"] = self.count_answers
            change()

        self.server.hooks["UID STORE"] = meanwhile
        self.add_letters(3, "FS")

    def count_answers(self, _session, _tag, _rest):
        self.asked += 1

    def end(self, damage, count=4):
        self.server.rewrite = damage
        self.sync()
        self.server.rewrite = None
        self.assertEqual(self.asked, 1, "nothing was confirmed")
        self.server.hooks.clear()
        self.sync()
        self.assert_together(count)
        self.assert_quiet()

    def test_a_change_that_cannot_be_read(self):
        self.begin(lambda: self.far_store(0, "\\Answered"))
        self.end(lambda data: data.replace(b"\\Answered", b"(") if self.asked else data)

    def test_a_change_without_its_uid(self):
        self.begin(lambda: self.far_store(0, "\\Answered"))
        uid = b"(UID %d " % self.message(0).uid
        self.end(lambda data: data.replace(uid, b"(") if self.asked else data)

    def test_a_removal_that_cannot_be_read(self):
        self.begin(lambda: self.far_remove(1))
        self.end(lambda data: data.replace(b"(EARLIER) ", b"(EARLIER) x") if self.asked else data, 3)

    def test_a_message_that_is_counted_and_not_told(self):
        """EXISTS and UIDNEXT have it already, the list of changes not yet."""
        self.begin(lambda: self.inbox.add(mail.message(50)))
        news = b"(UID %d " % self.inbox.uidnext
        self.end(lambda data: b"" if self.asked and news in data else data, 5)

    def test_a_refused_answer(self):
        self.begin(lambda: self.far_store(0, "\\Answered"))

        def refuse(_session, _tag, _rest):
            self.asked += 1
            return "TAG NO [INUSE] not now"

        self.count_answers = refuse
        self.end(None)


class NearMarks(Case):
    """A file system that stamps whole seconds: what changes in the second of the run's own changes leaves no other
    stamp. (The library that lets calls fail keeps that second for as long as the test takes.)"""

    def begin(self):
        self.standard()
        for number in range(3):
            self.far.append("INBOX", mail.message(number))
        self.sync()
        self.second = int(time.time())
        self.far.append("INBOX", mail.message(3), "\\Seen")
        self.far.store("INBOX", self.far.uids("INBOX")[:1], "+FLAGS", "\\Seen")

    def run_at(self, milliseconds):
        run = faults.run(self, second=(self.second, milliseconds))
        self.assertEqual((run.status, run.err), (0, ""), run)

    def file(self, number):
        return self.near.find("INBOX", b"<0.%d@" % number)

    def change_and_run(self):
        self.run_at(900)
        self.near.set_letters("INBOX", self.file(2), "FS")
        self.near.remove("INBOX", self.file(1))
        self.near.add("INBOX", mail.to_near(mail.message(4)), "S")
        self.run_at(9000)
        self.assertEqual(len(self.far.uids("INBOX", "FLAGGED")), 1)

    def test_the_second_of_changes_by_the_run(self):
        self.begin()
        self.change_and_run()
        self.assert_same(count=4)

    def test_the_second_of_changes_by_the_user(self):
        """Which the run only looked at and sent."""
        self.begin()
        self.sync()
        self.near.set_letters("INBOX", self.file(0), "RS")
        self.change_and_run()
        self.assert_same(count=4)

    def test_the_clock_goes_on(self):
        """When the second is over, its stamps are believed, and there is nothing to look at."""
        self.begin()
        self.run_at(900)
        self.run_at(9000)
        state = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        with open(state, "rb") as f:
            before = f.read()
        self.run_at(9000)
        with open(state, "rb") as f:
            self.assertEqual(f.read(), before)
