"""Everything that both sides can do to one message between two runs, each against each: one message a
pair, all in one run."""

from harness import mail
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.scripted import Mailbox, ScriptedServer

ACTIONS = ("nothing", "weak", "strong", "keyword", "removed", "moved", "copied")
GONE = ("removed", "moved")
STRONG = ("strong", "keyword")
COPIES = ("moved", "copied")
# What each action of a side leaves as flags.
NEAR_FLAGS = {"weak": "\\Seen", "strong": "\\Flagged", "keyword": "Label"}
FAR_FLAGS = {"weak": "\\Deleted", "strong": "\\Answered", "keyword": "Urgent"}
LETTERS = {"\\Seen": "S", "\\Flagged": "F", "\\Deleted": "T", "\\Answered": "R"}


def stays(near, far):
    """Whether INBOX has the message afterwards. A removal wins over everything but a change of flags
    other than \\Seen and \\Deleted. What moved moves, with its flags."""
    if near in GONE and far in GONE or "moved" in (near, far):
        return False
    if near in GONE:
        return far in STRONG
    if far in GONE:
        return near in STRONG
    return True


def flags_of(near, far):
    return {f for f in (NEAR_FLAGS.get(near), FAR_FLAGS.get(far)) if f}


class Conflicts(QuirkCase):
    capabilities, kind = CAPABILITIES, ModseqServer

    def start(self):
        self.serve(self.capabilities, count=0, kind=self.kind)
        self.archive = self.server.mailboxes["Archive"] = Mailbox()
        # Two keywords that have letters from the start, in this order: a and b.
        self.inbox.add(mail.message(900), ["Label"])
        self.inbox.add(mail.message(901), ["Urgent"])
        self.archive.add(mail.message(902))
        self.pairs = {10 * i + k: (near, far) for i, near in enumerate(ACTIONS)
                      for k, far in enumerate(ACTIONS)}
        for number in self.pairs:
            self.inbox.add(mail.message(number))
        self.sync()

    def do_near(self, number, action):
        file = self.find(number)
        if action in ("weak", "strong"):
            self.add_letters(number, LETTERS[NEAR_FLAGS[action]])
        elif action == "keyword":
            self.add_letters(number, "a")
        if action in COPIES:
            self.near.add("Archive", self.near.read("INBOX", file), place="new",
                          name=f"near-{number}")
        if action in GONE:
            self.near.remove("INBOX", file)

    def do_far(self, number, action):
        if action in FAR_FLAGS:
            self.far_store(number, FAR_FLAGS[action])
        if action in COPIES:
            self.archive.add(self.message(number).body)
        if action in GONE:
            self.far_remove(number)

    def of(self, name, number):
        return [m for m in self.server.mailboxes[name].messages if b"<0.%d@" % number in m.body]

    def check(self):
        wrong = []
        for number, (near, far) in self.pairs.items():
            found = [m.flags for m in self.of("INBOX", number)]
            expected = [flags_of(near, far)] if stays(near, far) else []
            if found != expected:
                wrong.append(f"near {near}, far {far}: INBOX has {found}, not {expected}")
            copies = self.of("Archive", number)
            if len(copies) != (near in COPIES or far in COPIES):
                wrong.append(f"near {near}, far {far}: {len(copies)} in Archive")
            if "moved" in (near, far) and copies and copies[0].flags != flags_of(near, far):
                wrong.append(f"near {near}, far {far}: {copies[0].flags} in Archive")
        self.assertEqual(wrong, [])
        for name in ("INBOX", "Archive"):
            self.assertEqual(self.far_view(name), self.near_view(name))
        keywords = [file for file in self.near.files("INBOX")
                    if "b" in file[1].partition(":2,")[2]]
        self.assertEqual(len(keywords), 1 + sum(far == "keyword" and near != "moved"
                                            for near, far in self.pairs.values()))

    def test_each_against_each(self):
        self.start()
        for number, (near, far) in self.pairs.items():
            self.do_near(number, near)
            self.do_far(number, far)
        self.sync()
        self.sync()
        self.check()
        self.assert_quiet()


class ConflictsOfPlainServers(Conflicts):
    """Nothing tells what changed: all flags are listed."""
    capabilities, kind = "IMAP4rev1 UIDPLUS", ScriptedServer
