"""The same mail several times: in several folders, twice and threefold in one, copied and linked by the user.
Each copy is a message of its own: none is lost, and removing one removes one."""

import os
import shutil

from harness import mail
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase


class Copies(QuirkCase):
    def settle(self, times=3):
        """INBOX has message 7 several times, Other once more, and each has a message beside it."""
        self.serve(CAPABILITIES, kind=ModseqServer, count=2)
        self.other = self.server.mailboxes["Other"]
        for _time in range(times):
            self.inbox.add(mail.message(7))
        self.other.add(mail.message(7))
        self.sync()
        self.assert_counts(2 + times, 2)
        self.server.log.clear()

    def assert_counts(self, inbox, other):
        for name, count in (("INBOX", inbox), ("Other", other)):
            self.assertEqual((len(self.server.mailboxes[name].messages),
                              len(self.near.files(name))), (count, count), name)
            self.assertEqual(self.far_view(name), self.near_view(name))

    def assert_carried(self, fetched=0, appended=0, copied=0):
        """Messages that went over the wire since the last look, or that the server copied."""
        self.assertEqual((self.server.count(r"BODY\.PEEK\[\]"), self.server.count(" APPEND "),
                          self.server.count(" UID COPY ")),
                         (fetched, appended, copied), self.server.log)
        self.server.log.clear()

    def files(self, number=7, name="INBOX"):
        return [f for f in self.near.files(name) if b"<0.%d@" % number in self.near.read(name, f)]

    def end(self, inbox, other, **carried):
        self.sync()
        self.assert_counts(inbox, other)
        self.assert_carried(**carried)
        self.assert_quiet()

    def test_one_of_three_is_removed(self):
        self.settle()
        self.near.remove("INBOX", self.files()[1])
        self.end(4, 2)
        self.inbox.messages.remove([m for m in self.inbox.messages if b"<0.7@" in m.body][0])
        self.end(3, 2)

    def test_flags_of_each_are_its_own(self):
        self.settle()
        self.near.set_letters("INBOX", self.files()[0], "F")
        [m for m in self.inbox.messages if b"<0.7@" in m.body][-1].flags.add("\\Answered")
        self.end(5, 2)
        self.assertEqual(sorted(f[1].partition(":2,")[2] for f in self.files()), ["", "F", "R"])

    def test_without_a_state(self):
        self.settle()
        shutil.rmtree(os.path.join(self.directory, "state"))
        self.end(5, 2)

    def test_without_a_state_and_one_more_on_each_side(self):
        """As many as both sides have are paired; what is over on one side comes to the other."""
        self.settle()
        shutil.rmtree(os.path.join(self.directory, "state"))
        self.near.add("INBOX", self.near.read("INBOX", self.files()[0]), name="fourth")
        self.near.remove("Other", self.files(name="Other")[0])
        self.end(6, 2, fetched=1, appended=1)

    def test_with_a_new_uidvalidity(self):
        self.settle()
        self.inbox.uidvalidity += 1
        for i, message in enumerate(reversed(self.inbox.messages)):
            message.uid = 70 + i
        self.inbox.messages.reverse()
        self.inbox.uidnext = 100
        self.end(5, 2)

    def test_copied_by_the_user(self):
        """Inside the folder and into another, under names of every kind."""
        self.settle(times=1)
        place, name = self.files()[0]
        path = self.near.path("INBOX")
        shutil.copy2(os.path.join(path, place, name), os.path.join(path, "cur", "copy:2,S"))
        shutil.copy2(os.path.join(path, place, name), os.path.join(self.near.path("Other"), "cur",
                                                                   name.partition(":")[0] + ":2,"))
        self.end(4, 3, copied=2)
        os.unlink(os.path.join(path, place, name))
        self.end(3, 3)
        self.assertEqual(self.files(), [("cur", "copy:2,S")])

    def test_hard_links(self):
        """Two names of one file are two messages: also their flags, though not their date."""
        self.settle(times=1)
        place, name = self.files()[0]
        file = os.path.join(self.near.path("INBOX"), place, name)
        os.link(file, os.path.join(self.near.path("INBOX"), "cur", "link:2,F"))
        os.link(file, os.path.join(self.near.path("Other"), "new", name))
        os.link(file, os.path.join(self.near.path("INBOX"), "cur" if place == "new" else "new",
                                   name.partition(":")[0] + (":2,S" if place == "new" else "")))
        self.end(5, 3, copied=3)
        self.near.remove("INBOX", ("cur", "link:2,F"))
        self.end(4, 3)
        for m in [m for m in self.inbox.messages if b"<0.7@" in m.body]:
            m.flags.add("\\Answered")
        self.end(4, 3)
        self.assertEqual({"R" in f[1].partition(":2,")[2] for f in self.files()}, {True})

    def test_linked_as_deliveries_do(self):
        """link(2) into cur and unlink(2) of the name in new: both are there at the moment of the look."""
        self.settle(times=1)
        place, name = self.files()[0]
        path = self.near.path("INBOX")
        base = name.partition(":")[0]
        os.link(os.path.join(path, place, name), os.path.join(path, "cur", base + ":2,S"))
        self.sync()
        self.near.remove("INBOX", self.files()[0])
        self.sync()
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (3, 3))
        self.assert_quiet()

    def test_copied_on_the_server(self):
        self.settle(times=1)
        source = [m for m in self.inbox.messages if b"<0.7@" in m.body][0]
        self.inbox.add(source.body, source.flags)
        self.other.add(source.body, source.flags)
        self.end(4, 3, fetched=2)

    def test_copied_on_both_sides(self):
        """The same copy made here and there meanwhile is one."""
        self.settle(times=1)
        source = [m for m in self.inbox.messages if b"<0.7@" in m.body][0]
        self.other.add(source.body, source.flags)
        self.near.add("Other", mail.to_near(source.body), place="new", name="copy")
        self.end(3, 3)

    def test_copied_and_the_first_removed(self):
        """Which is a move: at no time is the message missing on the server."""
        self.settle(times=1)
        file = self.files()[0]
        self.near.add("Other", self.near.read("INBOX", file), name="moved")
        self.near.remove("INBOX", file)
        self.end(2, 3, copied=1)
