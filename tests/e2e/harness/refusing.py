"""A scripted server that refuses one kind of command, and what each side holds then."""

import re

from . import mail
from .quirks import QuirkCase
from .scripted import Drop, Mailbox

PLAIN, UIDPLUS = "IMAP4rev1", "IMAP4rev1 UIDPLUS"
TEMPORARY = 3


def numbers(bodies):
    return sorted(int(re.search(rb"<0\.(\d+)@", body).group(1)) for body in bodies)


class RefusingCase(QuirkCase):
    def begin(self, capabilities=UIDPLUS, count=4, **keys):
        """In each part of a test anew."""
        self.tearDown()
        self.doCleanups()
        self.setUp()
        self.serve(capabilities, count=count)
        if "trash" in keys:
            self.server.mailboxes["Trash"] = Mailbox(2)
            self.server.mailboxes["Trash"].add(mail.message(70), ["\\Seen"])
        self.write_config(timeout="2s", max_delete="none", **keys)
        self.sync()
        self.server.log.clear()

    def refuse(self, name, way, statuses=(), only="", says=""):
        """A run in which commands NAME that have ONLY in their arguments end in WAY."""
        def answer(session, tag, rest):
            if only not in rest:
                return
            if way == "drop":
                raise Drop
            session.send(f"{tag} {way}")
            return True

        self.server.hooks[name] = answer
        self.rest()
        run = self.run_any(*statuses or ((TEMPORARY,) if way == "drop" else (1,)))
        self.rest()
        self.assertIn(says or ("not today" if "not today" in way else ""), run.err)

    def far_numbers(self, name="INBOX"):
        return numbers(m.body for m in self.server.mailboxes[name].messages)

    def near_numbers(self, name="INBOX"):
        return numbers(self.near.read(name, file) for file in self.near.files(name))

    def remove(self, *wanted):
        for number in wanted:
            self.near.remove("INBOX", self.find(number))
