"""A whole life of two folders against a scripted server that has a quirk."""

import os
import time

from . import mail, sides
from .case import Case
from .scripted import Mailbox, ScriptedServer


class QuirkCase(Case):
    def serve(self, capabilities="IMAP4rev1", count=4, kind=ScriptedServer, **keys):
        """An INBOX of COUNT messages and a folder Other of one, which no quirk may stop."""
        self.server = kind(capabilities, **keys)
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        other = self.server.mailboxes.setdefault("Other", Mailbox())
        for i in range(count):
            self.inbox.add(mail.message(i), ["\\Seen"] if i % 2 else [])
        other.add(mail.message(90))
        return self.server

    # --- Both sides ---

    def letters(self, flags):
        return "".join(sorted(sides.LETTERS[f] for f in flags if f in sides.LETTERS))

    def far_view(self, name):
        return sorted((mail.to_near(m.body), self.letters(m.flags))
                      for m in self.server.mailboxes[name].messages)

    def near_view(self, name):
        return sorted((body, "".join(c for c in letters if c.isupper()))
                      for body, letters, *_rest in self.near.messages(name).values())

    def assert_together(self, count=4):
        """Both sides are the same in every folder; INBOX has COUNT messages, no two the same."""
        for name in self.server.mailboxes:
            self.assertEqual(self.far_view(name), self.near_view(name), name)
        bodies = [body for body, _letters in self.near_view("INBOX")]
        self.assertEqual((len(bodies), len(set(bodies))), (count, count))

    def message(self, number, name="INBOX"):
        """The far message with that number."""
        found = [m for m in self.server.mailboxes[name].messages if b"<0.%d@" % number in m.body]
        self.assertEqual(len(found), 1, number)
        return found[0]

    def find(self, number, name="INBOX"):
        """The near file with that number."""
        return self.near.find(name, b"<0.%d@" % number)

    def change(self):
        """One change of every kind; the count stays the same."""
        self.inbox.add(mail.message(50))
        self.near.add("INBOX", mail.to_near(mail.message(51)), "S")
        self.add_letters(1, "FS")
        self.far_store(2, "\\Answered")
        self.near.remove("INBOX", self.find(0))
        self.far_remove(3)

    def add_letters(self, number, letters):
        """A mail reader's change; letters of keywords stay."""
        file = self.find(number)
        old = file[1].rpartition(":2,")[2] if ":2," in file[1] else ""
        self.near.set_letters("INBOX", file, "".join(sorted(set(old + letters))))

    def far_store(self, number, flag):
        self.message(number).flags.add(flag)

    def far_remove(self, number):
        self.inbox.messages.remove(self.message(number))

    # --- Runs ---

    def run_any(self, *statuses):
        """A run that may fail, but in order."""
        run = self.navette("sync")
        self.assertIn(run.status, statuses, run)
        self.assertNotIn("Sanitizer", run.err)
        if run.status:
            self.assertTrue(run.err.strip(), "a failure without a sentence")
        return run

    def rest(self):
        """No message is still on its way: the next run need not wait for it."""
        state = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        os.utime(state, (time.time() - 600,) * 2)

    def assert_works(self, count=4):
        """First sync, changes both ways, quiet: all as with a sane server."""
        self.sync()
        self.assert_together(count)
        self.assert_quiet()
        self.change()
        self.sync()
        self.assert_together(count)
        self.assert_quiet()

    def assert_recovers(self, count=4):
        """The server is sane again."""
        self.server.hooks.clear()
        self.server.rewrite = None
        self.sync()
        self.assert_together(count)
        self.assert_quiet()
