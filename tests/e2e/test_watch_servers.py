"""navette watch on servers that misbehave while it waits: no mail is missed, no login is wasted, and nobody is told of what
passes by itself."""

import select
import signal
import time

from harness import mail
from harness.case import Case
from harness.scripted import Drop, ScriptedServer, Session
from harness.watching import Watcher

EXTENSIONS = "IMAP4rev1 UIDPLUS LITERAL+ LIST-EXTENDED LIST-STATUS UNSELECT"


class Waiting(Session):
    """Says what its server wants it to say while it waits."""

    def __init__(self, server, connection):
        super().__init__(server, connection)
        self.told = 0  # how many messages the open mailbox has, as it was said

    def run(self):
        try:
            super().run()
        finally:
            self.server.inside.discard(self)

    def do_login(self, tag, _rest, _literals):
        self.server.logins += 1
        if len(self.server.inside) >= self.server.places:
            self.server.refused += 1
            self.send(f"{tag} NO [LIMIT] too many connections of this user")
            return
        self.server.inside.add(self)
        self.ok(tag)

    def send_state(self, box, parameters):
        self.told = len(box.messages)
        super().send_state(box, parameters)

    def do_idle(self, tag, _rest, _literals):
        time.sleep(self.server.late)
        self.send("+ idling")
        self.server.idles += 1
        while not select.select([self.connection], [], [], 0.02)[0]:
            if self.server.ending:
                ending = self.server.ending.pop(0)
                if ending:
                    self.send(ending)
                raise Drop
            if self.server.nonsense:
                self.send(self.server.nonsense.pop(0))
            if self.server.tells and len(self.selected.messages) != self.told:
                self.told = len(self.selected.messages)
                self.send(f"* {self.told} EXISTS")
        if self.reader.readline().strip() != b"DONE":
            raise Drop
        time.sleep(self.server.late)
        self.ok(tag)


class Server(ScriptedServer):
    session_class = Waiting

    def __init__(self, capabilities):
        super().__init__(f"{EXTENSIONS} {capabilities}")
        self.inside, self.places = set(), 8
        self.logins = self.refused = self.idles = 0
        self.tells, self.late = True, 0  # seconds
        self.ending, self.nonsense = [], []  # to be said by the next that waits; the first ends its connection


class MisbehavingServers(Case):
    def begin(self, capabilities="IDLE", **keys):
        self.server = Server(capabilities)
        self.addCleanup(self.server.stop)
        self.write_config(poll="1h", **keys)
        self.numbers = iter(range(100))

    def start(self, idles=1):
        self.watcher = Watcher(self, verbose=False)
        self.watcher.until(lambda: self.server.idles >= idles, "it waits")

    def arrive(self, folder="INBOX"):
        box = self.server.mailboxes[folder]
        box.add(mail.message(next(self.numbers)))
        return len(box.messages)

    def until_here(self, count, folder="INBOX"):
        self.watcher.until(lambda: len(self.near.messages(folder)) == count, f"{count} messages are here")

    def end(self, logins):
        self.assertEqual(self.watcher.stop(), 0)
        self.assertEqual(self.watcher.said(), "", "nobody has to know")
        self.assertEqual(self.server.logins, logins)

    def test_connections_that_end(self):
        self.begin()
        self.start()
        self.server.tells = False  # so only the look behind a new login finds it
        for logins, ending in ((2, None), (3, "* BYE idle for too long")):
            count = self.arrive()
            self.server.ending.append(ending)
            self.until_here(count)  # also by a look that was still going on when it arrived
            self.watcher.until(lambda logins=logins: self.server.logins == logins, "it came back")
        self.end(logins=3)

    def test_nonsense_while_it_waits(self):
        self.begin()
        self.start()
        self.server.nonsense += ["* OK still here", "* 3 FROBNICATE (", "* STATUS", "+ what?", "nonsense"]
        self.watcher.until(lambda: not self.server.nonsense, "all of it is said")
        self.until_here(self.arrive())
        self.assertEqual(self.watcher.stop(), 0)
        self.assertEqual(self.server.logins, 1)
        self.assertLessEqual(len(self.watcher.said().splitlines()), 5, "of each once at most")

    def look_on(self):
        """It goes on by looks. That it may not idle is not tried again, once it has waited for the answer: there may be
        something to do first."""
        for _ in range(2):
            here = self.arrive()
            self.watcher.signal(signal.SIGUSR1)
            self.until_here(here)
        self.assertLessEqual(self.server.count(" IDLE$"), 3)
        self.end(logins=1)

    def refuse_idle(self, answer):
        self.begin()
        self.server.hooks["IDLE"] = answer
        self.start(idles=0)
        self.watcher.until(lambda: self.server.count(" IDLE$") > 0, "it asks")
        self.look_on()

    def test_idle_is_refused(self):
        self.refuse_idle("TAG NO not now")

    def test_idle_is_not_understood(self):
        self.refuse_idle("TAG BAD what?")

    def test_late_answers(self):
        """To IDLE, and to DONE."""
        self.begin()
        self.server.late = 0.3
        self.start()
        for _ in range(2):
            self.until_here(self.arrive())
        self.end(logins=1)

    def test_more_connections_than_it_lets_in(self):
        self.begin(connections=4, watch="*")
        self.server.places = 2
        for folder in ("A", "B", "C"):
            self.server.mailboxes[folder] = type(self.server.mailboxes["INBOX"])()
        self.start(idles=2)
        for _ in range(3):
            self.until_here(self.arrive())
        self.end(logins=3)
        self.assertEqual(self.server.refused, 1, "it was told, and does not ask again and again")

    def test_a_promise_that_is_not_kept(self):
        """NOTIFY is said OK to, and then nothing is told: what is found two times that was not told of ends the belief."""
        self.begin("IDLE NOTIFY")
        self.server.hooks["NOTIFY"] = "TAG OK surely"
        self.start(idles=0)
        self.watcher.until(lambda: self.server.count(" NOTIFY SET") == 1, "it asks")
        while not self.server.idles:
            count = self.arrive()
            self.watcher.signal(signal.SIGUSR1)
            self.until_here(count)
            self.assertLess(count, 10)
        self.until_here(self.arrive())
        self.end(logins=2)
