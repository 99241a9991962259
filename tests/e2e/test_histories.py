"""Random histories: both sides change at random, runs are killed and connections cut, and after each round
both sides hold exactly what the rules say."""

import hashlib
import os
import random
import re
import subprocess
import time

from harness import mail, relay, sides
from harness.case import BINARY, Case
from harness.courier import Courier
from harness.cyrus import Cyrus

SEED = int(os.environ.get("NAVETTE_SEED", "1"))
ROUNDS = int(os.environ.get("NAVETTE_ROUNDS", "10"))
LETTERS = "DFRST"
FLAGS = {letter: flag for flag, letter in sides.LETTERS.items()}


def merged(base, near, far):
    """Flag by flag, a change wins over no change."""
    return {l for l in LETTERS if (l in (near if (l in near) != (l in base) else far))}


class Message:
    """What the model knows of one message; far, near: its flags there, or None where it was removed."""

    def __init__(self, number, body, when, flags):
        self.number, self.body, self.when = number, body, when
        self.base = set(flags)
        self.far = self.near = self.base

    def settle(self):
        """The rules of conflict. False: it is gone."""
        if self.far is None and self.near is None:
            return False
        if self.far is not None and self.near is not None:
            self.base = merged(self.base, self.near, self.far)
        else:
            left = self.far if self.near is None else self.near
            if not (left ^ self.base) - {"S", "T"}:
                return False
            self.base = left
        self.far = self.near = self.base
        return True

    def view(self):
        return (hashlib.sha256(mail.to_near(self.body)).hexdigest(), "".join(sorted(self.base)),
                self.when)


class History:
    folders = {"INBOX": "INBOX", "Lists/navette": "Lists/navette"}  # near name -> far name
    letters = LETTERS

    def begin(self, kind=None, **options):
        self.server = self.start_server(kind, **options) if kind else self.start_dovecot(**options)
        self.far = self.connect(self.server)
        self.relay = relay.Relay(self.server.port)
        self.addCleanup(self.relay.stop)
        self.rng = random.Random(f"{SEED} {self.id()}")
        self.number = 0
        self.model = {folder: [] for folder in self.folders}
        self.write_config(port=self.relay.port, timeout="20s", max_delete="none")
        for near, far in self.folders.items():
            if far != "INBOX":
                self.far.create(far)
            self.near.create(near)
            # Never empty, so that no guard is asked.
            for _ in range(4):
                self.add_far(near)
        self.sync()

    def body(self):
        self.number += 1
        return mail.message(self.number, seed="history", eight_bit=self.number % 3 == 0,
                            attachment=self.number % 5 == 0,
                            size=self.rng.choice([None, None, None, 40_000]))

    def some_flags(self):
        return {l for l in self.letters if self.rng.random() < 0.25}

    # --- Changes ---

    def add_far(self, folder):
        body, flags, when = self.body(), self.some_flags(), 1_500_000_000 + self.number
        self.far.append(self.folders[folder], body, " ".join(FLAGS[l] for l in sorted(flags)), when)
        self.model[folder].append(Message(self.number, body, when, flags))

    def add_near(self, folder):
        body, flags, when = self.body(), self.some_flags(), 1_500_000_000 + self.number
        place = "cur" if flags else self.rng.choice(["new", "cur"])
        self.near.add(folder, mail.to_near(body), "".join(sorted(flags)), place, when,
                      f"{when}.{self.number}.history")
        self.model[folder].append(Message(self.number, body, when, flags))

    def add_both(self, folder):
        """One message that reached both sides by itself, unknown to the base."""
        body, when = self.body(), 1_500_000_000 + self.number
        far, near = self.some_flags(), self.some_flags()
        self.far.append(self.folders[folder], body, " ".join(FLAGS[l] for l in sorted(far)), when)
        self.near.add(folder, mail.to_near(body), "".join(sorted(near)), "cur", when,
                      f"{when}.{self.number}.history")
        self.model[folder].append(Message(self.number, body, when, far | near))

    def change_near(self, folder, message, file):
        choice = self.rng.random()
        if choice < 0.25:
            self.near.remove(folder, file)
            message.near = None
        elif choice < 0.5:
            # A reader that renames and changes nothing: new -> cur.
            self.near.set_letters(folder, file, "".join(sorted(message.near)))
        else:
            message.near = self.some_flags()
            self.near.set_letters(folder, file, "".join(sorted(message.near)))

    def change_far(self, folder, message, uid):
        if self.rng.random() < 0.3:
            self.far.remove_only(self.folders[folder], uid)
            message.far = None
        else:
            message.far = self.some_flags()
            self.far.store(self.folders[folder], str(uid).encode(), "FLAGS",
                           " ".join(FLAGS[l] for l in sorted(message.far)))

    def number_of(self, body):
        return int(re.search(rb"Message-ID: <history\.(\d+)@", body).group(1))

    def change(self, folder):
        files = {self.number_of(self.near.read(folder, f)): f for f in self.near.files(folder)}
        uids = {self.number_of(m[0]): uid
                for uid, m in self.far.messages(self.folders[folder]).items()}
        for message in self.model[folder]:
            if self.rng.random() < 0.3:
                self.change_near(folder, message, files[message.number])
            if self.rng.random() < 0.3:
                self.change_far(folder, message, uids[message.number])
        for add in (self.add_far, self.add_near, self.add_both):
            for _ in range(self.rng.randrange(1, 4)):
                add(folder)
        self.model[folder] = [m for m in self.model[folder] if m.settle()]

    # --- Runs ---

    def kill_a_run(self):
        process = subprocess.Popen([BINARY, "-c", self.config, "sync", "-q"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.environment)
        time.sleep(self.rng.random() * self.length)
        process.kill()
        process.wait()

    def cut_a_run(self):
        self.relay.cut_after = self.relay.bytes_down + self.rng.randrange(1, 60_000)
        run = self.navette("sync")
        self.relay.cut_after = None
        self.assertIn(run.status, (0, 1, 3), run)

    def check(self, text):
        for near, far in self.folders.items():
            expected = sorted(m.view() for m in self.model[near])
            self.assertEqual(sides.near_view(self.near, near), expected, f"near, {text}")
            self.assertEqual(sides.far_view(self.far, far), expected, f"far, {text}")
            self.assertEqual(os.listdir(os.path.join(self.near.path(near), "tmp")), [])

    def live(self):
        self.length = 0.1
        for round_number in range(ROUNDS):
            text = f"round {round_number}, NAVETTE_SEED={SEED}"
            for folder in self.folders:
                self.change(folder)
            for _ in range(self.rng.choice([0, 0, 1, 3])):
                self.rng.choice([self.kill_a_run, self.cut_a_run])()
            started = time.monotonic()
            run = self.sync()
            self.length = max(0.03, time.monotonic() - started)
            self.check(f"{text}\n{run}")
            self.assert_quiet()


class OnDovecot(History, Case):
    in_memory = False

    def test_history(self):
        self.begin()
        self.live()

    def test_history_in_sdbox(self):
        self.begin(storage="sdbox")
        self.live()

    def test_history_without_extensions(self):
        self.letters = "DFRS"  # removals wait while anything else is marked as deleted
        self.begin(capability="IMAP4rev1")
        self.live()

    def test_history_with_condstore(self):
        self.begin(capability="IMAP4rev1 SASL-IR LITERAL+ UIDPLUS ENABLE CONDSTORE LIST-EXTENDED "
                              "LIST-STATUS ESEARCH")
        self.live()

    def test_history_with_qresync_and_no_status(self):
        self.begin(capability="IMAP4rev1 SASL-IR LITERAL+ UIDPLUS ENABLE CONDSTORE QRESYNC")
        self.live()

    def test_history_with_uidplus_alone(self):
        self.begin(capability="IMAP4rev1 UIDPLUS")
        self.live()


class OnCyrus(History, Case):
    def test_history(self):
        self.begin(Cyrus)
        self.live()


class OnCourier(History, Case):
    folders = {"INBOX": "INBOX", "Lists/navette": "INBOX.Lists.navette"}

    def test_history(self):
        self.begin(Courier)
        self.live()
