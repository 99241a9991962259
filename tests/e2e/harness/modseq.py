"""The scripted server with CONDSTORE and QRESYNC (RFC 7162), for servers that get them wrong."""

import re

from .scripted import ScriptedServer, Session

CAPABILITIES = "IMAP4rev1 ENABLE UIDPLUS LIST-EXTENDED LIST-STATUS CONDSTORE QRESYNC"


class History:
    """What changed in a mailbox, and when; learnt by looking, as tests change mailboxes directly."""

    def __init__(self):
        self.modseq, self.known, self.gone = 1, {}, {}

    def look(self, box):
        now = {m.uid: frozenset(m.flags) for m in box.messages}
        changed = [uid for uid in now if uid not in self.known or self.known[uid][0] != now[uid]]
        lost = [uid for uid in self.known if uid not in now]
        if changed or lost:
            self.modseq += 1
        for uid in changed:
            self.known[uid] = (now[uid], self.modseq)
        for uid in lost:
            del self.known[uid]
            self.gone[uid] = self.modseq
        return self


def history(box):
    return box.__dict__.setdefault("history", History()).look(box)


class ModseqSession(Session):
    def status_items(self, box):
        return super().status_items(box) + f" HIGHESTMODSEQ {history(box).modseq}"

    def parts(self, message, items):
        past = self.selected.history  # looked at when the command began
        modseq = past.known[message.uid][1] if message.uid in past.known else 1
        return super().parts(message, items) + [b"MODSEQ (%d)" % modseq]

    def send_state(self, box, parameters):
        super().send_state(box, parameters)
        past = history(box)
        self.send(f"* OK [HIGHESTMODSEQ {past.modseq}] ok")
        asked = re.search(r"QRESYNC \((\d+) (\d+)", parameters)
        if asked and int(asked.group(1)) == box.uidvalidity:
            self.send_vanished(past, int(asked.group(2)))
            self.send_changed(past, int(asked.group(2)))

    def send_vanished(self, past, since):
        gone = sorted(uid for uid, modseq in past.gone.items() if modseq > since)
        if gone:
            self.send(f"* VANISHED (EARLIER) {','.join(map(str, gone))}")

    def send_changed(self, past, since):
        for sequence, message in self.wanted("1:*"):
            if past.known[message.uid][1] > since:
                self.send_message(sequence, message, "")

    def do_uid_fetch(self, tag, rest, literals):
        since = re.search(r"\(CHANGEDSINCE (\d+)\)", rest)
        past = history(self.selected)
        if not since:
            super().do_uid_fetch(tag, rest, literals)
            return
        self.send_changed(past, int(since.group(1)))
        self.ok(tag)


class ModseqServer(ScriptedServer):
    session_class = ModseqSession
