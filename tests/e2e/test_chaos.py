"""Everything at once: while runs are killed and cut, a reader and another client change both sides. Each message
has one fate, so that afterwards its number of copies is known exactly."""

import os
import random
import re
import subprocess
import threading
import time

from harness import mail, relay
from harness.case import BINARY, Case

RUNS = int(os.environ.get("NAVETTE_CHAOS", "20"))
SEED = int(os.environ.get("NAVETTE_SEED", "1"))
FOLDERS = ["INBOX", "Lists/navette"]
MESSAGES = 90  # in each folder at the beginning
ADDED_FAR = 20  # a mailbox that never comes to rest makes the run after a kill wait long for stragglers
FATES = ["kept", "kept", "removed near", "removed far", "moved near", "moved far", "copied near"]


class Users:
    """A reader and another client, each in a thread of its own, and what they did."""

    def __init__(self, test, seed):
        self.test = test
        self.seed = seed
        self.stopping = threading.Event()
        self.problems = []
        self.fates = {}     # number -> fate
        self.homes = {}     # number -> the folder it began in
        self.done = set()   # numbers whose fate was carried out
        self.actions = {}   # what was done how often
        self.threads = []

    def start(self):
        for act, connection in ((self.act_near, None), (self.act_far, self.test.connect(self.test.server))):
            thread = threading.Thread(target=self.live, args=(act, connection), daemon=True)
            thread.start()
            self.threads.append(thread)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)

    def live(self, act, connection):
        rng = random.Random(f"{self.seed} {act.__name__}")
        try:
            while not self.stopping.is_set():
                act(rng, connection)
                time.sleep(rng.random() * 0.02)
        except Exception as problem:  # pylint: disable=broad-except
            self.problems.append(f"{act.__name__}: {problem!r}")

    def count(self, action):
        self.actions[action] = self.actions.get(action, 0) + 1

    def seal(self, number, action):
        self.done.add(number)
        self.count(action)

    # --- The reader ---

    def act_near(self, rng, _connection):
        near = self.test.near
        folder = rng.choice(FOLDERS)
        if rng.random() < 0.1:
            number = self.test.new_number("kept", folder)
            near.add(folder, mail.to_near(self.test.body(number)), rng.choice(["", "S"]),
                     name=f"{number}.chaos")
            self.count("added near")
            return
        files = near.files(folder)
        if not files:
            return
        file = rng.choice(files)
        try:
            number = number_of(near.read(folder, file))
            self.meet_near(rng, folder, file, number)
        except FileNotFoundError:
            pass  # navette was quicker

    def meet_near(self, rng, folder, file, number):
        near = self.test.near
        fate = self.fates[number]
        if fate == "kept":
            near.set_letters(folder, file, "".join(l for l in "FRS" if rng.random() < 0.4))
            self.count("flagged near")
        elif number in self.done or self.homes[number] != folder:
            return
        elif fate == "removed near":
            near.remove(folder, file)
            self.seal(number, fate)
        elif fate == "moved near":
            os.rename(os.path.join(near.path(folder), *file),
                      os.path.join(near.path(other(folder)), *file))
            self.seal(number, fate)
        elif fate == "copied near":
            near.add(folder, near.read(folder, file), "S", name=f"{number}.copy")
            self.seal(number, fate)

    # --- The other client ---

    def act_far(self, rng, far):
        folder = rng.choice(FOLDERS)
        if rng.random() < 0.1 and self.actions.get("added far", 0) < ADDED_FAR:
            number = self.test.new_number("kept", folder)
            far.append(folder, self.test.body(number), rng.choice(["", "\\Seen"]))
            self.count("added far")
            return
        uids = far.uids(folder)
        if not uids:
            return
        uid = rng.choice(uids).decode()
        data = far.check(far.connection.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"))
        heads = [part[1] for part in data if isinstance(part, tuple)]
        if heads:
            self.meet_far(rng, far, folder, uid, number_of(heads[0]))

    def meet_far(self, rng, far, folder, uid, number):
        fate = self.fates[number]
        if fate == "kept":
            far.store(folder, uid.encode(), rng.choice(["+FLAGS", "-FLAGS"]),
                      rng.choice(["\\Seen", "\\Flagged", "\\Answered", "sturdy"]))
            self.count("flagged far")
        elif number in self.done or self.homes[number] != folder:
            return
        elif fate == "removed far":
            far.remove_only(folder, uid)
            self.seal(number, fate)
        elif fate == "moved far":
            far.check(far.connection.uid("COPY", uid, f'"{other(folder)}"'))
            far.remove_only(folder, uid)
            self.seal(number, fate)


def other(folder):
    return FOLDERS[1 - FOLDERS.index(folder)]


def number_of(body):
    return int(re.search(rb"Message-ID: <chaos\.(\d+)@", body).group(1))


class Chaos(Case):
    capability = None

    def body(self, number):
        return mail.message(number, seed="chaos", eight_bit=number % 3 == 0,
                            size=25_000 if number % 11 == 0 else None)

    def new_number(self, fate, folder):
        with self.lock:
            number = self.next_number
            self.next_number += 1
        self.users.fates[number] = fate
        self.users.homes[number] = folder
        return number

    def begin(self):
        self.standard(capability=self.capability)
        self.relay = relay.Relay(self.server.port)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, timeout="20s", max_delete="none")
        self.rng = random.Random(f"{SEED} {self.id()}")
        self.lock = threading.Lock()
        self.next_number = 0
        self.users = Users(self, f"{SEED} {self.id()}")
        self.far.create(FOLDERS[1])
        for folder in FOLDERS:
            self.near.create(folder)
            for i in range(MESSAGES):
                number = self.new_number(FATES[i % len(FATES)], folder)
                self.near.add(folder, mail.to_near(self.body(number)), "S", name=f"{number}.chaos")
        self.sync()

    def kill_a_run(self):
        process = subprocess.Popen([BINARY, "-c", self.config, "sync", "-q"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.environment)
        time.sleep(self.rng.random() * 0.15)
        process.kill()
        process.wait()

    def run_through(self):
        run = self.navette("sync")
        self.assertIn(run.status, (0, 1, 3), run)
        self.assertNotIn("Sanitizer", run.err)

    def cut_a_run(self):
        self.relay.cut_after = self.relay.bytes_down + self.rng.randrange(1, 30_000)
        self.run_through()
        self.relay.cut_after = None

    def settle(self):
        """Runs until one has nothing to do; what was left over by raced scans needs a second."""
        for _ in range(6):
            run = self.sync("-v")
            if run.out == "":
                return
        self.fail(f"no run was the last one: {run}")

    def copies(self, messages):
        numbers = {}
        for body in messages:
            number = number_of(body)
            numbers[number] = numbers.get(number, 0) + 1
        return numbers

    def check(self, found, expected, text):
        """Names what differs: hundreds of messages do not."""
        wrong = {number: f"{found.get(number, 0)} of {expected.get(number, 0)}, "
                         f"{self.users.fates[number]}, begun in {self.users.homes[number]}"
                 for number in {**found, **expected} if found.get(number) != expected.get(number)}
        self.assertEqual(wrong, {}, f"{text}, NAVETTE_SEED={SEED}")

    def expected(self, folder):
        numbers = {}
        for number, fate in self.users.fates.items():
            home = self.users.homes[number]
            done = number in self.users.done
            there = other(home) if done and fate.startswith("moved") else home
            if there != folder or (done and fate.startswith("removed")):
                continue
            numbers[number] = 2 if done and fate.startswith("copied") else 1
        return numbers

    def test_everything_at_once(self):
        self.begin()
        self.users.start()
        for _ in range(RUNS):
            self.rng.choice([self.kill_a_run, self.kill_a_run, self.cut_a_run, self.run_through])()
        self.users.stop()
        self.assertEqual(self.users.problems, [])
        self.settle()
        for fate in set(FATES) - {"kept"}:
            self.assertGreater(self.users.actions.get(fate, 0), 0, self.users.actions)
        for folder in FOLDERS:
            expected = self.expected(folder)
            near = [m[0] for m in self.near.messages(folder).values()]
            far = [m[0] for m in self.far.messages(folder).values()]
            self.check(self.copies(far), expected, f"{folder} far")
            self.check(self.copies(near), expected, f"{folder} near")
            self.assert_same(folder)
        self.assert_quiet()


class ChaosWithoutUidplus(Chaos):
    capability = "IMAP4rev1 LITERAL+ UIDPLUS"  # the other client needs it, navette does without

    def write_config(self, text=None, **keys):
        super().write_config(text, disable_extensions="UIDPLUS", **keys)


class ChaosWithCondstore(Chaos):
    capability = ("IMAP4rev1 SASL-IR LITERAL+ UIDPLUS ENABLE CONDSTORE LIST-EXTENDED LIST-STATUS "
                  "ESEARCH MULTIAPPEND")
