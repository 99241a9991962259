"""kill -9 at any moment: the next runs finish, nothing is lost and nothing doubled."""

import os
import random
import subprocess
import time

from harness import counts, mail
from harness.case import BINARY, Case

KILLS = int(os.environ.get("NAVETTE_RANDOM_KILLS", "25"))


class Kills(Case):
    capability = None

    def killed_sync(self, after):
        process = subprocess.Popen([BINARY, "-c", self.config, "sync", "-q"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.environment)
        time.sleep(after)
        process.kill()
        return process.wait()

    def bodies(self):
        return sorted(body for body, _l, _m, _p in self.near.messages("INBOX").values())

    def run_length(self):
        started = time.monotonic()
        self.sync()
        return time.monotonic() - started

    def test_kills_at_random_moments(self):
        rng = random.Random(7)
        self.standard(capability=self.capability)
        self.near.create("INBOX")
        expected = []
        number = 0
        length = 0.2
        killed = 0
        for _round in range(KILLS // 5):
            for _ in range(40):
                body = mail.message(number, size=rng.choice([None, None, 30_000]))
                number += 1
                expected.append(mail.to_near(body))
                if number % 2:
                    self.far.append("INBOX", body, "\\Seen")
                else:
                    self.near.add("INBOX", mail.to_near(body), "F", name=f"{number}.k.test")
            for _ in range(5):
                killed += self.killed_sync(rng.random() * length) != 0
            length = max(0.03, self.run_length())
            self.assertEqual(self.bodies(), sorted(expected))
            self.assert_same(count=len(expected))
            self.assert_quiet()
            self.assertEqual(os.listdir(f"{self.near.path('INBOX')}/tmp"), [])
        counts.note("kills", killed)
        self.assertGreater(killed, 0)


class KillsWithoutUidplus(Kills):
    capability = "IMAP4rev1 LITERAL+"
