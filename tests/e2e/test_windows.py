"""Windows: which of the server's messages are kept here. What leaves goes here alone, what comes into the
window comes back, and what is left out costs nothing.

NAVETTE_WINDOW_PAIRS=all walks through each pair of rules on every kind of server, NAVETTE_WINDOW_KILLS=N kills at
about N points."""

import os
import re
import time

from harness import faults, mail, relay
from harness.case import Case
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.scenes import Scene

DAY = 86400
CONDSTORE = "SASL-IR LITERAL+ UIDPLUS ENABLE CONDSTORE LIST-EXTENDED LIST-STATUS ESEARCH"
RULES = [
    {},
    {"max-age": "30d"},
    {"max-age": "12w"},
    {"max-messages": "4"},
    {"max-size": "2K"},
    {"max-age": "30d", "keep": "unseen flagged"},
    {"max-age": "1y", "max-messages": "5", "max-size": "4K", "keep": "flagged"},
]
AGES = {"30d": 30, "12w": 84, "1y": 366}
SIZES = {"2K": 2048, "4K": 4096}
# number -> (age in days, bytes at least, flags)
MAIL = {
    0: (400, 0, "\\Seen"), 1: (390, 5000, "\\Seen \\Flagged"), 2: (200, 0, ""),
    3: (100, 3000, "\\Seen"), 4: (60, 0, "\\Seen"), 5: (50, 5000, "\\Seen \\Flagged"),
    6: (40, 3000, ""), 7: (20, 0, "\\Seen"), 8: (10, 5000, "\\Seen"), 9: (5, 0, "\\Seen"),
    10: (300, 0, "\\Seen"),
}


def wire(number, size=0):
    return mail.message(number, seed="w", size=size)


class Window(Case):
    """The far side holds mail of all ages and sizes; expect() says which of it a rule takes."""

    options = {}
    now = int(time.time())

    def begin(self, rule, mails=None, **keys):
        self.server = self.start_dovecot(**self.options)
        self.relay = relay.Relay(self.server.port, record=True)
        self.addCleanup(self.relay.stop)
        self.keys = keys
        self.far = self.connect(self.server)
        self.near.create("INBOX")
        self.removed = set()
        self.add_far(MAIL if mails is None else mails)
        self.follow(rule)

    def add_far(self, mails):
        for number, (age, size, flags) in mails.items():
            self.far.append("INBOX", wire(number, size), flags, when=self.now - age * DAY - 7200)

    def follow(self, rule):
        self.rule = rule
        self.write_config(port=self.relay.port, auth="plain", max_delete="none", **self.keys, **rule)

    def far_messages(self):
        """number -> (uid, body, letters, date)"""
        found = {}
        for uid, (body, letters, _keywords, date) in self.far.messages("INBOX").items():
            number = int(re.search(rb"<w\.(\d+)@", body).group(1))
            self.assertNotIn(number, found, "doubled on the server")
            found[number] = (uid, body, letters, date)
        return found

    def near_numbers(self):
        found = [int(re.search(rb"<w\.(\d+)@", self.near.read("INBOX", f)).group(1))
                 for f in self.near.files("INBOX")]
        self.assertEqual(len(found), len(set(found)), "doubled here")
        return set(found)

    def expect(self, far=None):
        """The numbers that the rule takes."""
        far = far or self.far_messages()
        first = self.now // DAY - AGES.get(self.rule.get("max-age"), 10**6)
        most = SIZES.get(self.rule.get("max-size"), 10**9)
        matching = [n for _uid, n in sorted((m[0], n) for n, m in far.items())
                    if far[n][3] // DAY >= first and len(far[n][1]) <= most]
        matching = matching[-int(self.rule.get("max-messages", 10**6)):]
        kept = [n for n, m in far.items()
                if ("unseen" in self.rule.get("keep", "") and "S" not in m[2])
                or ("flagged" in self.rule.get("keep", "") and "F" in m[2])]
        return set(matching) | set(kept)

    def assert_window(self, **options):
        """Near holds what the rule takes, the same as far, and a further run has nothing to do."""
        messages = self.far_messages()
        self.assertEqual(self.near_numbers(), self.expect(messages), self.rule)
        far = {mail.to_near(m[1]): m[2] for m in messages.values()}
        for body, letters, _mtime, _place in self.near.messages("INBOX").values():
            self.assertEqual("".join(sorted(letters)), far[body])
        if options.get("quiet", True):
            self.assert_quiet()
        return messages

    def file(self, number):
        return self.near.find("INBOX", b"<w.%d@" % number)

    def uid(self, number):
        return str(self.far_messages()[number][0]).encode()

    def sent(self):
        return bytes(self.relay.sent)


class Rules(Window):
    """Each rule after each other one. The server has QRESYNC."""

    def walk(self):
        """Every ordered pair of rules once: each number is followed by each other one."""
        steps = []
        for a in range(len(RULES)):
            for b in range(a + 1, len(RULES)):
                steps += [a, b]
        return steps + [0]

    def test_each_pair_of_rules(self):
        self.begin(RULES[0])
        everything = set(MAIL)
        for step in self.walk():
            self.follow(RULES[step])
            self.sync()
            messages = self.assert_window(quiet=step == len(RULES) - 1)
            self.assertEqual(set(messages), everything, "the server keeps all")

    def test_a_rule_that_did_not_change_asks_for_no_message(self):
        self.begin(RULES[1])
        self.sync()
        self.assert_window()
        self.relay.reset()
        self.sync()
        self.assertNotIn(b"BODY", self.sent())
        if b"CONDSTORE" in bytes(self.relay.received):
            self.assertNotIn(b"SELECT", self.sent())


class FewerPairs(Rules):
    def walk(self):
        return super().walk()[::1 if os.environ.get("NAVETTE_WINDOW_PAIRS") == "all" else 3]


class RulesWithCondstore(FewerPairs):
    options = {"capability": "IMAP4rev1 " + CONDSTORE}


class RulesOnPlainServers(FewerPairs):
    options = {"capability": "IMAP4rev1 SASL-IR"}


class Changes(Window):
    """Both sides change things while messages come into the window and leave it."""

    def test_first_run_brings_only_the_window(self):
        self.begin({"max-age": "30d"})
        run = self.sync("--json")
        self.assert_window()
        folder = [o for o in run.objects() if o.get("type") == "folder"][0]
        self.assertEqual(folder["downloaded"], 3)
        self.assertIn(b"UID SEARCH RETURN (ALL) SINCE ", self.sent())
        self.assertNotIn(b"BODY.PEEK[HEADER", self.sent())

    def test_leaving_is_told_and_is_no_removal(self):
        self.begin({})
        self.write_config(port=self.relay.port, auth="plain")  # with the guard
        self.sync()
        self.write_config(port=self.relay.port, auth="plain", max_messages="1")
        plan = self.sync("-n")
        self.assertEqual(plan.out.count("leave 10 messages UID "), 1, plan)
        self.assertIn("10 to leave the window", plan.out)
        self.assertEqual(len(self.near.files("INBOX")), 11, "-n changes nothing")
        run = self.sync()
        self.assertIn("10 left the window (they are on the server)", run.out)
        self.assertEqual(len(self.far_messages()), 11)
        self.assertEqual(self.near_numbers(), {10})

    def test_a_file_removed_as_its_message_leaves_stays_on_the_server(self):
        self.begin({})
        self.sync()
        for number in (4, 9):
            self.near.remove("INBOX", self.file(number))
        self.far.store("INBOX", self.uid(3), "+FLAGS", "\\Deleted")
        self.follow({"max-age": "30d"})
        self.sync()
        self.assertEqual(set(self.far_messages()), set(MAIL) - {9})
        self.assert_window()
        self.follow({})
        self.sync()
        self.assert_window()

    def test_flags_changed_here_are_pushed_before_a_message_leaves(self):
        self.begin({})
        self.sync()
        self.near.set_letters("INBOX", self.file(4), "FRS")
        self.far.store("INBOX", self.uid(3), "+FLAGS", "\\Answered")
        self.follow({"max-age": "30d"})
        self.sync()
        self.assertEqual(self.far_messages()[4][2], "FRS")
        self.assertEqual(self.far_messages()[3][2], "RS")
        self.assert_window()

    def test_a_kept_message_leaves_when_it_is_read(self):
        self.begin(RULES[5])
        self.sync()
        self.assert_window()
        self.assertIn(6, self.near_numbers())
        self.near.set_letters("INBOX", self.file(6), "S")
        self.far.store("INBOX", self.uid(5), "-FLAGS", "\\Flagged")
        self.sync()
        self.assert_window()
        self.assertEqual(self.far_messages()[6][2], "S")
        self.assertNotIn(6, self.near_numbers())
        self.assertNotIn(5, self.near_numbers())
        self.far.store("INBOX", self.uid(0), "+FLAGS", "\\Flagged")
        self.far.store("INBOX", self.uid(4), "-FLAGS", "\\Seen")
        self.sync()
        self.assertLessEqual({0, 4}, self.near_numbers())
        self.assert_window()

    def test_the_newest_move_on(self):
        self.begin({"max-messages": "4"})
        self.sync()
        self.add_far({20: (0, 0, ""), 21: (700, 0, "")})
        self.sync()
        self.assert_window()
        # What is removed makes room, on either side.
        self.near.remove("INBOX", self.file(21))
        self.sync()
        self.assert_window()
        self.far.remove_only("INBOX", self.uid(20).decode())
        self.sync()
        self.assert_window()
        self.near.add("INBOX", mail.to_near(wire(30)), "S")
        self.sync()
        self.assert_window()
        self.assertIn(30, self.near_numbers())

    def test_left_out_messages_that_go_or_change_are_no_news_here(self):
        self.begin({"max-age": "30d"})
        self.sync()
        self.far.remove_only("INBOX", self.uid(0).decode())
        self.far.store("INBOX", self.uid(2), "+FLAGS", "\\Seen \\Flagged Work")
        self.relay.reset()
        self.sync()
        self.assertNotIn(b"BODY.PEEK", self.sent())
        self.assert_window()

    def test_an_old_message_put_here_is_sent_and_not_lost(self):
        self.begin({"max-age": "30d"})
        self.sync()
        self.near.add("INBOX", mail.to_near(wire(50)), "S", when=self.now - 500 * DAY)
        self.sync()
        self.assertIn(50, self.far_messages())
        self.follow({"max-age": "12w"})
        self.sync()
        self.assert_window()
        self.assertNotIn(50, self.near_numbers())
        self.assertEqual(len(self.far_messages()), len(MAIL) + 1)

    def test_without_a_state_files_outside_are_recognised_and_leave(self):
        self.begin({})
        self.sync()
        state = os.path.join(self.directory, "state")
        os.rename(state, state + ".away")
        self.near.add("INBOX", mail.to_near(wire(60)), "S")
        self.follow({"max-age": "30d"})
        self.sync()
        self.assertEqual(set(self.far_messages()), set(MAIL) | {60}, "nothing is sent twice")
        self.assertEqual(self.near_numbers() - {60}, self.expect() - {60})
        self.assert_quiet()

    def test_a_new_uidvalidity(self):
        self.begin({"max-age": "30d", "keep": "flagged"})
        self.sync()
        self.far.select("INBOX")
        self.far.close()
        self.server.stop()
        lists = os.path.join(self.server.directory, "home", "reader", "Maildir", "dovecot-uidlist")
        with open(lists, encoding="utf-8") as f:
            text = f.read()
        os.unlink(os.path.join(os.path.dirname(lists), "dovecot.index.log"))
        for name in os.listdir(os.path.dirname(lists)):
            if name.startswith("dovecot.index"):
                os.unlink(os.path.join(os.path.dirname(lists), name))
        with open(lists, "w", encoding="utf-8") as f:
            f.write(re.sub(r" V(\d+) ", lambda m: f" V{int(m.group(1)) + 1} ", text, count=1))
        self.server.start()
        self.far = self.connect(self.server)
        self.relay.reset()
        self.sync()
        self.assert_window()
        self.assertEqual(set(self.far_messages()), set(MAIL))
        self.assertNotIn(b"BODY.PEEK[]", self.sent())

    def test_a_folder_removed_here_does_not_take_what_it_left_out(self):
        self.begin({"max-age": "30d"}, remove="far")
        self.far.create("Lists")
        self.far.append("Lists", wire(1), "\\Seen", when=self.now - 100 * DAY)
        self.far.append("Lists", wire(2), "\\Seen", when=self.now - DAY)
        self.sync()
        self.assertEqual(len(self.near.files("Lists")), 1)
        os.rename(self.near.path("Lists"), os.path.join(self.directory, "away"))
        self.sync()
        self.assertIn("Lists", self.far.folders())
        self.assertEqual(len(self.far.messages("Lists")), 1, "only the one that was removed here")
        self.sync()
        self.assertEqual(len(self.far.messages("Lists")), 1)


    def test_what_leaves_does_not_go_to_the_trash(self):
        self.begin({}, trash="Trash")
        self.far.create("Trash")
        self.sync()
        for number in (4, 9):
            self.near.remove("INBOX", self.file(number))
        self.follow({"max-age": "30d"})
        self.sync()
        self.assertEqual(set(self.far_messages()), set(MAIL) - {9})
        self.assertEqual(len(self.far.uids("Trash")), 1, "only what was removed inside of the window")
        self.assert_window(quiet=False)

    def test_what_was_removed_in_a_pulled_folder_stays_away_and_stays_there(self):
        self.begin({}, direction="pull")
        self.sync()
        self.near.remove("INBOX", self.file(9))
        self.near.remove("INBOX", self.file(4))
        self.sync()
        self.follow({"max-age": "30d"})
        self.sync()
        self.assertEqual(self.near_numbers(), {7, 8})
        self.assert_quiet()
        self.follow({})
        self.sync()
        self.assertEqual(self.near_numbers(), set(MAIL) - {4, 9})
        self.assertEqual(set(self.far_messages()), set(MAIL))
        self.assert_quiet()


class ChangesOnPlainServers(Changes):
    options = {"capability": "IMAP4rev1 SASL-IR UIDPLUS ESEARCH"}


class Costs(Window):
    """What is left out costs nothing: counted, not timed."""

    COUNT = 300

    def begin_large(self, rule):
        self.begin({})
        old = [wire(1000 + i) for i in range(self.COUNT)]
        self.server.deliver("INBOX", old)
        self.follow(rule)
        self.sync()

    def counts(self):
        """(turns, commands) of a run"""
        self.relay.reset()
        self.sync()
        commands = re.findall(rb"\r?\n?A\d+ ((?:UID )?[A-Z]+)", self.sent())
        return self.relay.turns, [c.decode() for c in commands]

    def test_a_run_with_nothing_to_do_selects_nothing(self):
        self.begin_large({"max-messages": "10"})
        turns, commands = self.counts()
        self.assertEqual(turns, 3)
        self.assertNotIn("SELECT", commands)

    def test_one_new_message_costs_one_message(self):
        self.begin_large({"max-age": "30d"})
        self.add_far({5000: (0, 0, "")})
        self.relay.reset()
        self.sync()
        self.assertIn(5000, self.near_numbers())
        self.assertRegex(self.sent(), rb"UID SEARCH RETURN \(ALL\) UID \d+:\* SINCE ")
        self.assertLess(self.relay.bytes_down, 4000)
        self.assertEqual(len(re.findall(rb"UID FETCH", self.sent())), 1)

    def test_a_rule_costs_no_turn_of_its_own(self):
        self.begin({})
        self.sync()
        turns = self.turns_of_new_mail(5001)
        self.follow({"max-age": "30d", "max-size": "4K", "keep": "unseen flagged"})
        self.sync()
        self.assertEqual(self.turns_of_new_mail(5011), turns)

    def turns_of_new_mail(self, first):
        """The least of three runs: an answer that a busy machine cuts in two looks like one turn more."""
        turns = []
        for number in range(first, first + 3):
            self.add_far({number: (0, 0, "")})
            turns.append(self.counts()[0])
        return min(turns)


class Kills(Scene):
    """A kill at each numbered change of a run in which messages leave and come."""

    KILLS = int(os.environ.get("NAVETTE_WINDOW_KILLS", "5" if os.environ.get("NAVETTE_SANITIZED") else "15"))

    def prepare_window(self):
        now = int(time.time())
        for number, (age, size, flags) in MAIL.items():
            self.far.append("INBOX", wire(number, size), flags, when=now - age * DAY - 7200)
        self.keys = {"max_size": "4K"}
        self.write_config(timeout="20s", connections="2", **self.keys)
        self.sync()
        self.near.set_letters("INBOX", self.near.find("INBOX", b"<w.4@"), "FRS")
        self.near.remove("INBOX", self.near.find("INBOX", b"<w.3@"))
        self.near.remove("INBOX", self.near.find("INBOX", b"<w.9@"))
        self.near.add("INBOX", mail.to_near(wire(70)), "S")
        self.far.append("INBOX", wire(71), "", when=now)
        self.far.append("INBOX", wire(72), "\\Seen", when=now - 99 * DAY)
        self.keys = {"max_age": "30d"}
        self.write_config(timeout="20s", connections="2", **self.keys)

    def test_each_change(self):
        self.set_scene("window")
        unharmed = faults.run(self)
        self.assertEqual(unharmed.status, 0, unharmed)
        self.assert_quiet()
        expected = self.views()
        self.assertEqual(len(expected[0]["INBOX"]), len(MAIL) + 2)
        points = [(n, mode) for n in range(1, unharmed.changes + 1) for mode in ("before", "half", "after")]
        for point in points[::max(1, len(points) // self.KILLS)]:
            with self.subTest(point=point):
                self.put_back()
                run = faults.run(self, kill=point)
                self.assertIn(run.status, (-9, 0), run)
                self.let_time_pass()
                self.sync()
                far, near = self.views()
                self.assertEqual(far, expected[0])
                # What was sent may leave in the next run: a run that was killed looks at all anew.
                missing = [m for m in expected[1]["INBOX"] if m not in near["INBOX"]]
                self.assertLessEqual(len(missing), 1)
                self.assertEqual([m for m in near["INBOX"] if m not in expected[1]["INBOX"]], [])
                self.assert_quiet()


class Edges(QuirkCase):
    """What is the first and the last that a rule takes."""

    def numbers(self):
        return sorted(int(re.search(rb"<0\.(\d+)@", self.near.read("INBOX", f)).group(1))
                      for f in self.near.files("INBOX"))

    def test_sizes_to_the_byte(self):
        self.serve(count=0)
        self.write_config(max_size="2K")
        for number, size in enumerate((2046, 2047, 2048, 2049, 2050)):
            body = mail.message(number)
            self.inbox.add(body + b"x" * (size - len(body)))
        self.sync()
        self.assertEqual(self.numbers(), [0, 1, 2])
        self.assert_quiet()

    def test_several_new_ones_at_a_time(self):
        """In a window that is settled only news are asked for: all of them, from the first on."""
        for keys in ({"max_age": "30d"}, {"max_size": "1M"}, {"max_age": "1y", "keep": "flagged"}):
            with self.subTest(**keys):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve(CAPABILITIES, count=4, kind=ModseqServer)
                self.write_config(**keys)
                self.sync()
                self.assertEqual(len(self.numbers()), 4)
                for first, count in ((10, 3), (20, 1), (30, 2)):
                    for number in range(first, first + count):
                        self.inbox.add(mail.message(number))
                    self.server.log.clear()
                    self.sync()
                    self.assert_together(len(self.inbox.messages))
                    self.assertEqual(self.server.count(f"UID SEARCH .*UID {self.inbox.uidnext - count}:"), 1)
                    self.assert_quiet()
