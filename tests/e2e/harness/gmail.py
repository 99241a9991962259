"""Gmail, as its IMAP pages describe it: labels make one message appear in many mailboxes; CONDSTORE without
QRESYNC; and where the user wants it so, only the newest messages of a folder are shown."""

import hashlib

from .deflated import DeflatedSession
from .horizon import HorizonServer, ModseqHorizonSession
from .scripted import Mailbox

BEFORE_LOGIN = ("IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR"
                " AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER")
CAPABILITIES = ("IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS"
                " COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL-"
                " SPECIAL-USE APPENDLIMIT=35651584")
ALL = "[Gmail]/All Mail"
TRASH = "[Gmail]/Bin"
SPECIAL = {ALL: "\\All", TRASH: "\\Trash", "[Gmail]/Sent Mail": "\\Sent"}


class GmailSession(ModseqHorizonSession, DeflatedSession):
    """No UNSEEN in SELECT; \\Noselect for [Gmail]; an APPEND of mail that is there gives its UID."""

    logged_in = False

    def do_capability(self, tag, _rest, _literals):
        self.send("* CAPABILITY " + (self.server.capabilities if self.logged_in else BEFORE_LOGIN))
        self.ok(tag, "Thats all she wrote! 42")

    def do_login(self, tag, _rest, _literals):
        self.logged_in = True
        self.send("* CAPABILITY " + self.server.capabilities)
        self.ok(tag, "reader@example.org authenticated (Success)")

    def do_list(self, tag, rest, _literals):
        self.send('* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"')
        for name in self.server.mailboxes:
            self.send(f'* LIST (\\HasNoChildren {SPECIAL.get(name, "")}) "/" "{name}"')
            if "STATUS (" in rest:
                self.send_status(name)
        self.ok(tag, "Success")

    def parts(self, message, items):
        parts = super().parts(message, items)
        if "X-GM-MSGID" in items:
            parts.append(b"X-GM-MSGID %d" % self.server.identity(message.body))
        return parts

    def do_append(self, tag, rest, literals):
        box, _rest = self.find_mailbox(rest, literals)
        if box is None:
            self.send(f"{tag} NO [TRYCREATE] Folder doesn't exist. (Failure)")
            return
        same = [m for m in box.messages if m.body == literals[-1]]
        if not same:
            self.store(box, rest, literals[-1])
            same = box.messages[-1:]
        self.ok(tag, self.told(f"[APPENDUID {box.uidvalidity} {same[0].uid}] ") + "(Success)")

    def told(self, code):
        return code if "UIDPLUS" in self.server.capabilities else ""

    def store(self, box, rest, body):
        flags = [f for f in ("\\Seen", "\\Flagged", "\\Answered", "\\Draft") if f in rest]
        box.add(body, flags)
        self.server.label(body, ALL, flags)

    def expunged(self, gone):
        """Without its last label a message is archived: All Mail keeps it. From there it goes to the bin
        and loses every label."""
        server = self.server
        if self.selected is server.mailboxes[ALL]:
            for message in gone:
                for name, box in server.mailboxes.items():
                    if name != TRASH:
                        box.messages = [m for m in box.messages if m.body != message.body]
                server.label(message.body, TRASH, ())

    def copy(self, tag, rest, literals):
        """A copy is a label more: of what has it already it gives the UID."""
        uids, _, name = rest.partition(" ")
        box, _rest = self.find_mailbox(name, literals)
        if box is None:
            self.send(f"{tag} NO [TRYCREATE] No folder {name} (Failure)")
            return None
        messages = [m for _sequence, m in self.wanted(uids)]
        there = []
        for message in messages:
            same = [m for m in box.messages if m.body == message.body]
            if not same:
                box.add(message.body, message.flags, date=message.date)
                same = box.messages[-1:]
            there.append(str(same[0].uid))
        source = ",".join(str(m.uid) for m in messages)
        return messages, self.told(f"[COPYUID {box.uidvalidity} {source} {','.join(there)}] ") if messages else ""

    def do_uid_expunge(self, tag, rest, literals):
        gone = [m for _s, m in self.wanted(rest) if "\\Deleted" in m.flags]
        for message in gone:
            self.send(f"* {self.selected.messages.index(message) + 1} EXPUNGE")
            self.selected.messages.remove(message)
        self.expunged(gone)
        self.ok(tag, "Success")

    def do_uid_store(self, tag, rest, literals):
        """Flags other than \\Deleted belong to the message, wherever it is labelled."""
        changed = [m for _s, m in self.wanted(rest.partition(" ")[0])]
        super().do_uid_store(tag, rest, literals)
        for message in changed:
            self.server.spread(message)


class Gmail(HorizonServer):
    session_class = GmailSession

    def __init__(self, horizon=0):
        super().__init__(CAPABILITIES, horizon)
        self.greeting = "* OK Gimap ready for requests from 192.0.2.1 abc"
        for name in (ALL, TRASH, "[Gmail]/Sent Mail", "Work"):
            self.mailboxes[name] = Mailbox(len(name))

    def identity(self, body):
        return int.from_bytes(hashlib.sha256(body).digest()[:7], "big")

    def label(self, body, name, flags):
        box = self.mailboxes[name]
        if not any(m.body == body for m in box.messages):
            box.add(body, [f for f in flags if f != "\\Deleted"])

    def deliver(self, body, *labels, flags=()):
        for name in (*labels, ALL):
            self.label(body, name, flags)

    def spread(self, message):
        for box in self.mailboxes.values():
            for other in box.messages:
                if other.body == message.body and other is not message:
                    other.flags = (message.flags - {"\\Deleted"}) | (other.flags & {"\\Deleted"})
