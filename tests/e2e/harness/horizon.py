"""Servers that show only the newest messages of a mailbox, until UIDONLY (RFC 9586) is enabled; and that tell
only so many UIDs of a search."""

from .modseq import ModseqSession
from .scripted import ScriptedServer, Session

NEEDS_UIDS = ("FETCH", "STORE", "SEARCH", "COPY", "MOVE")


class HorizonSession(Session):
    """server.horizon: how many messages of a mailbox are shown; 0: all. server.search_cap: how many UIDs a
    search tells; 0: all."""

    uidonly = False

    def shown(self, box):
        limit = 0 if self.uidonly else self.server.horizon
        return box.messages[-limit:] if limit else box.messages

    def do_enable(self, tag, rest, _literals):
        words = [w for w in rest.split() if w in self.server.capabilities.split()]
        self.uidonly = self.uidonly or "UIDONLY" in words
        self.send("* ENABLED " + " ".join(words))
        self.ok(tag)

    def read_command(self):
        tag, name, rest, literals = super().read_command()
        if self.uidonly and name in NEEDS_UIDS:
            self.send(f"{tag} BAD [UIDREQUIRED] message numbers are of no use")
            return self.read_command()
        return tag, name, rest, literals

    def send_message(self, sequence, message, items):
        if not self.uidonly:
            super().send_message(sequence, message, items)
            return
        parts = [p for p in self.parts(message, items) if not p.startswith(b"UID ")]
        self.send(b"* %d UIDFETCH (%s)\r\n" % (message.uid, b" ".join(parts)))

    def find(self, rest):
        found = super().find(rest)
        return found[-self.server.search_cap:] if self.server.search_cap else found


class HorizonServer(ScriptedServer):
    session_class = HorizonSession

    def __init__(self, capabilities="IMAP4rev1 UIDPLUS", horizon=0, search_cap=0):
        super().__init__(capabilities)
        self.horizon, self.search_cap = horizon, search_cap


class ModseqHorizonSession(HorizonSession, ModseqSession):
    pass


class ModseqHorizonServer(HorizonServer):
    session_class = ModseqHorizonSession
