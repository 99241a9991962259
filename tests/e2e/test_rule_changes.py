"""From any rules to any others: no message is lost, doubled, or sent to another folder."""

import os
import re
import subprocess

from harness import mail, sides
from harness.case import Case

# How many of the changes from one set of rules to another; all of them take a minute.
STEPS = int(os.environ.get("NAVETTE_RULE_CHANGES", "2" if os.environ.get("NAVETTE_SANITIZED") else "5"))
FOLDERS = ["INBOX", "Lists", "Lists/a", "Lists/b", "Work"]


def tour(count):
    """Numbers below COUNT so that each follows each other one once."""
    left = {(a, b) for a in range(count) for b in range(count) if a != b}
    place = 0
    while left:
        step = min((s for s in left if s[0] == place), default=None,
                   key=lambda s: ((s[1] - s[0]) % count * 7 % count, s))
        if step is None:  # a leap that was done before
            step = (place, min(left)[0])
        left.discard(step)
        place = step[1]
        yield place


class RuleChanges(Case):
    def rules(self):
        other = os.path.join(self.directory, "other")
        return [
            ([], {}),
            ([("few", "folders", "INBOX, Lists/a")], {}),
            ([("work", "folders", "Work", "as", "Job"), ("rest", "folders", "**")], {}),
            ([("all", "folders", "**", "as", "Server/")], {}),
            ([], {"layout": "maildir++"}),
            ([("lists", "folders", "Lists/**", "as", "*", "maildir", other),
              ("rest", "folders", "**")], {}),
            ([("b", "folders", "Lists/b", "as", "Work"), ("rest", "folders", "**, !Work")], {}),
        ]

    def change(self, number):
        """A new message on each side of a folder that takes part."""
        self.far.append(FOLDERS[number % len(FOLDERS)], mail.message(number, seed="far"), "\\Seen")
        taken = [o for o in self.listed() if o["channel"] and o["sides"] == "both"]
        folder = taken[number % len(taken)]
        self.near.add(folder["maildir"], mail.to_near(mail.message(number, seed="near")), "S")

    def listed(self):
        return self.navette("list", "--json").objects()

    def follow(self):
        """Runs, and does what the run says is to be done, until it is content."""
        for _attempt in range(4):
            run = self.navette("sync")
            commands = re.findall(r"\((mkdir .*)\), or change", run.err)
            for command in commands:
                subprocess.run(command, shell=True, check=True)
            if not commands:
                return run
        self.fail(run)

    def check(self, step):
        """Each folder that takes part is the same on both sides, and nothing is anywhere twice."""
        self.assertEqual(self.far.folders(), FOLDERS, step)
        for folder in self.listed():
            if folder["channel"] and folder["sides"] == "both" and folder["action"] == "sync":
                self.assertEqual(sides.far_view(self.far, folder["folder"]),
                                 sides.near_view(self.near, folder["maildir"]), (step, folder))
        bodies = [m for f in FOLDERS for m in sides.far_view(self.far, f)]
        self.assertEqual(len(bodies), len(set(map(str, bodies))), step)
        return len(bodies)

    def test_each_to_each(self):
        self.standard()
        rules = self.rules()
        for folder in FOLDERS[1:]:
            self.far.create(folder)
        for number, folder in enumerate(FOLDERS):
            self.far.append(folder, mail.message(number, seed="first"), "\\Seen")
        self.sync()
        known = self.check("first")
        for number, place in enumerate(tour(len(rules))):
            if number == STEPS:
                break
            sections, keys = rules[place]
            self.write_channels(*sections, **keys)
            run = self.follow()
            # Another folder's place cannot be had as long as that is there.
            self.assertIn(run.status, (0, 4) if place == 6 else (0,), (place, run))
            self.assertGreaterEqual(self.check((number, place)), known)
            self.change(number)
            self.sync(status=run.status)
            now = self.check((number, place, "changed"))
            self.assertGreater(now, known)
            known = now
