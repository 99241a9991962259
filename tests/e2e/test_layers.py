"""Where two layers guard against the same, these are scenes in which one of them has to do it alone."""

import queue
import signal
import subprocess

from harness import mail
from harness.case import BINARY, TIMEOUT
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox, ScriptedServer, Session

FOOTER = b"-- \r\nscanned and found to be good\r\n"


class AddingSession(Session):
    """A gateway that adds to the text of what it gets: neither size nor body are those of the file."""

    def do_append(self, tag, rest, literals):
        if self.server.instead:
            self.ok = lambda *_arguments: self.server.instead.pop()()
        super().do_append(tag, rest, [body + FOOTER for body in literals])


class Adding(ScriptedServer):
    session_class = AddingSession

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.instead = []  # what happens in place of the answer to an APPEND


class BegunUploads(QuirkCase):
    """An upload whose answer never came is known by its record alone: it is not sent again."""

    def begin(self, capabilities):
        self.tearDown()
        self.doCleanups()
        self.setUp()
        self.serve(capabilities, count=2, kind=Adding)
        self.sync()
        self.near.add("INBOX", mail.to_near(mail.message(51)), "S")

    def assert_sent_once(self):
        self.rest()
        self.sync()
        self.assertEqual(len(self.inbox.messages), 3)
        self.assertEqual(self.server.count(" APPEND "), 1)
        self.assertEqual(len(self.near.files("INBOX")), 3)
        self.assertEqual(self.near.read("INBOX", self.find(51)), mail.to_near(mail.message(51)))
        self.assert_quiet()
        self.near.remove("INBOX", self.find(51))
        self.sync()
        self.assertEqual(len(self.inbox.messages), 2)

    def test_the_answer_is_lost(self):
        for capabilities in ("IMAP4rev1", "IMAP4rev1 UIDPLUS LITERAL+"):
            with self.subTest(capabilities=capabilities):
                self.begin(capabilities)
                self.server.instead = [self.drop]
                self.run_any(0, 3)
                self.assert_sent_once()

    def drop(self):
        raise Drop

    def test_killed_when_it_was_stored(self):
        for capabilities in ("IMAP4rev1", "IMAP4rev1 UIDPLUS LITERAL+"):
            with self.subTest(capabilities=capabilities):
                self.begin(capabilities)
                started = queue.Queue()  # it may come to its APPEND before this process knows its number
                self.server.instead = [lambda: self.kill(started.get(timeout=TIMEOUT))]
                process = subprocess.Popen(
                    [BINARY, "-c", self.config, "sync"], env=self.environment, stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                started.put(process)
                self.assertEqual(process.wait(TIMEOUT), -signal.SIGKILL)
                self.assert_sent_once()

    def kill(self, process):
        process.kill()
        raise Drop


class Listings(QuirkCase):
    def test_one_that_lacks_what_another_has(self):
        """A message is left out and one is said to be expunged; the second listing has all: none is removed."""
        self.serve(count=4)
        self.sync()
        self.add_letters(1, "FS")

        def answer(session, tag, rest):
            if "1:*" not in rest or session.selected is not self.inbox:
                return None
            for sequence, message in session.wanted("1,2,4"):
                session.send_message(sequence, message, "")
            session.send("* 4 EXPUNGE")
            return "TAG OK done"

        self.server.hooks["UID FETCH"] = answer
        self.run_any(0, 1, 3)
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4))
        self.server.hooks.clear()
        self.sync()
        self.assert_together(4)
        self.assert_quiet()


class OtherMailbox(QuirkCase):
    def test_the_mailbox_is_another_when_uids_are_looked_up(self):
        """Without APPENDUID the mailbox is selected anew, and is another one for that moment: its UIDs are no
        news of what was sent."""
        self.serve(count=4)
        self.sync()
        other = Mailbox(9)
        other.uidnext = 40
        other.add(mail.message(51), ["\\Seen"])
        self.near.add("INBOX", mail.to_near(mail.message(51)), "S")
        name = self.find(51)
        looked = []

        def select(session, tag, rest):
            if self.server.count(" APPEND ") == 0 or "INBOX" not in rest or looked:
                return None
            session.selected = other
            session.send_state(other, "")
            return "TAG OK [READ-WRITE] selected"

        def fetch(session, tag, rest):
            if session.selected is other:
                looked.append(rest)  # first: the answer may find nobody who waits for it
                session.do_uid_fetch(tag, rest, [])
                return True
            return None

        self.server.hooks.update({"SELECT": select, "UID FETCH": fetch})
        run = self.run_any(0, 1, 3)
        self.assertEqual(len(looked), 1, run)
        self.server.hooks.clear()
        self.rest()
        self.server.log.clear()
        self.sync()
        self.assertEqual(self.server.count(r"BODY\.PEEK\[\]| APPEND "), 0, run)
        self.assertEqual(self.find(51), name)
        self.assert_together(5)
        self.assert_quiet()
