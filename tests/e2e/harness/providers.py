"""Further servers, as their documentation and users describe them: each is what sets it apart, no more."""

import re

from .horizon import HorizonServer, HorizonSession
from .scripted import Mailbox, ScriptedServer, Session

# --- Yahoo and iCloud ---


class YahooSession(HorizonSession):
    """An APPENDUID that cannot be believed: it is that of another mailbox. Only the newest messages are shown,
    until UIDONLY is enabled, and a search tells fewer still. INBOX is listed as Inbox."""

    def do_list(self, tag, rest, _literals):
        for name in self.server.mailboxes:
            shown = "Inbox" if name == "INBOX" else name
            self.send(f'* LIST (\\HasNoChildren) "/" "{shown}"')
            if "STATUS (" in rest:
                self.send(f'* STATUS "{shown}" ({self.status_items(self.server.mailboxes[name])})')
        self.ok(tag, "LIST completed")

    def find_mailbox(self, rest, literals):
        return super().find_mailbox(re.sub(r'^("?)inbox\b', r"\1INBOX", rest, flags=re.I), literals)

    def do_append(self, tag, rest, literals):
        before = self.ok
        self.ok = lambda tag, _text="": before(tag, "[APPENDUID 1657263256 1] APPEND completed")
        super().do_append(tag, rest, literals)
        self.ok = before


class Yahoo(HorizonServer):
    session_class = YahooSession

    def __init__(self, horizon=10000, search_cap=1000, without=()):
        words = ("IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER ID MOVE NAMESPACE XYMHIGHESTMODSEQ"
                 " UIDPLUS LITERAL+ CHILDREN UNSELECT X-MSG-EXT OBJECTID IDLE ENABLE UIDONLY X-ALL-MAIL X-UIDONLY"
                 " LIST-EXTENDED LIST-STATUS SPECIAL-USE PARTIAL APPENDLIMIT=41697280").split()
        super().__init__(" ".join(w for w in words if w not in without), horizon, search_cap)


class ICloudSession(Session):
    """RFC822 gives no body; a search without a constraint tells UIDs that are not there."""

    def parts(self, message, items):
        parts = super().parts(message, items)
        return [p for p in parts if b"RFC822 {" not in p]

    def do_uid_search(self, tag, rest, literals):
        found = [m.uid for m in self.selected.messages if "DELETED" not in rest or
                 "\\Deleted" in m.flags]
        if "DELETED" not in rest:
            found += [self.selected.uidnext + 7]
        self.send("* SEARCH " + " ".join(map(str, found)))
        self.ok(tag, "SEARCH completed (took 3 ms)")


class ICloud(ScriptedServer):
    session_class = ICloudSession

    def __init__(self):
        super().__init__("IMAP4rev1 SASL-IR XAPPLEPUSHSERVICE UIDPLUS LITERAL+ NAMESPACE ID")


# --- Courier and UW ---


class CourierSession(Session):
    """Every folder is below INBOX, after a dot."""

    def do_namespace(self, tag, _rest, _literals):
        self.send('* NAMESPACE (("INBOX." ".")) NIL (("#shared." "."))')
        self.ok(tag, "NAMESPACE completed.")

    def do_list(self, tag, _rest, _literals):
        for name in self.server.mailboxes:
            children = "\\HasChildren" if name == "INBOX" else "\\HasNoChildren"
            self.send(f'* LIST (\\Unmarked {children}) "." "{name}"')
        self.ok(tag, "LIST completed")

    def do_create(self, tag, rest, literals):
        if not rest.strip('"').startswith("INBOX."):
            self.send(f"{tag} NO Invalid mailbox name.")
            return
        super().do_create(tag, rest, literals)


class Courier(ScriptedServer):
    session_class = CourierSession

    def __init__(self):
        super().__init__("IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=REFERENCES SORT QUOTA IDLE")
        self.mailboxes["INBOX.Other"] = Mailbox()


class UwSession(Session):
    """Mailboxes are files: what holds mail holds no mailboxes (\\NoInferiors), and the other way round."""

    def do_list(self, tag, _rest, _literals):
        self.send('* LIST (\\NoInferiors) NIL INBOX')
        self.send('* LIST (\\NoSelect) "/" mail')
        for name in self.server.mailboxes:
            if name != "INBOX":
                self.send(f'* LIST (\\NoInferiors \\UnMarked) "/" {name}')
        self.ok(tag, "LIST completed")

    def send_state(self, box, parameters):
        self.send("* OK [ALERT] Mailbox is open by another process, access is shared")
        super().send_state(box, parameters)


class Uw(ScriptedServer):
    session_class = UwSession

    def __init__(self):
        super().__init__("IMAP4REV1 X-NETSCAPE NAMESPACE SCAN SORT")


# --- Cyrus ---


class CyrusSession(Session):
    """A FETCH may come before the EXISTS that announces the message."""

    def do_append(self, tag, rest, literals):
        super().do_append(tag, rest, literals)
        box, _rest = self.find_mailbox(rest, literals)
        if box is self.selected:
            number = len(box.messages)
            self.send(f"* {number} FETCH (FLAGS (\\Recent) UID {box.messages[-1].uid})")
            self.send(f"* {number} EXISTS")


class Cyrus(ScriptedServer):
    session_class = CyrusSession

    def __init__(self):
        super().__init__("IMAP4rev1 LITERAL+ ID UIDPLUS NAMESPACE CHILDREN")


# --- 163 and Domino ---


class NeteaseSession(Session):
    """Without an ID that tells name, version and vendor nothing is selected; no UIDNEXT anywhere; STATUS tells
    nothing."""

    known = False

    def do_id(self, tag, rest, literals):
        self.known = all(f'"{word}"' in rest for word in ("name", "version", "vendor"))
        super().do_id(tag, rest, literals)

    def do_select(self, tag, rest, literals):
        if not self.known:
            self.send(f"{tag} NO SELECT Unsafe Login. Please contact the support for help")
            return
        super().do_select(tag, rest, literals)

    def send(self, data):
        if not (isinstance(data, str) and "[UIDNEXT" in data):
            super().send(data)

    def status_items(self, box):
        return ""


class Netease(ScriptedServer):
    session_class = NeteaseSession

    def __init__(self):
        super().__init__("IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS XAPPLEPUSHSERVICE")


class DominoSession(Session):
    """Dates of year 0, and RFC822.SIZE 0."""

    def parts(self, message, items):
        return [re.sub(rb'^INTERNALDATE ".*"|^RFC822\.SIZE \d+', lambda m: m.group(0)[:13] + (
            b'"00-Jan-0000 00:00:00 +0000"') if m.group(0)[:1] == b"I" else b"RFC822.SIZE 0", part)
                for part in super().parts(message, items)]


class Domino(ScriptedServer):
    session_class = DominoSession

    def __init__(self):
        super().__init__("IMAP4rev1 AUTH=PLAIN-X LITERAL+ NAMESPACE QUOTA UIDPLUS")


# --- Gateways ---


class Bridge(ScriptedServer):
    """Proton Bridge: UIDPLUS, but no APPENDUID."""

    def __init__(self):
        super().__init__("IMAP4rev1 ID IDLE MOVE STARTTLS UIDPLUS UNSELECT")


class DavMailSession(Session):
    """UIDVALIDITY and UID of APPENDUID are swapped; FETCH puts the UID last in answers with a body."""

    def do_append(self, tag, rest, literals):
        box, _rest = self.find_mailbox(rest, literals)
        before = self.ok
        self.ok = lambda tag, _text="": before(
            tag, f"[APPENDUID {box.messages[-1].uid} {box.uidvalidity}] APPEND completed")
        super().do_append(tag, rest, literals)
        self.ok = before

    def parts(self, message, items):
        parts = super().parts(message, items)
        return parts[1:] + parts[:1]


class DavMail(ScriptedServer):
    session_class = DavMailSession

    def __init__(self):
        super().__init__("IMAP4REV1 UIDPLUS AUTH=LOGIN-X")


# --- QQ, and hoodiecrow ---


class QqSession(Session):
    """What is created stands below a folder of the server's own; a search that finds nothing is answered by OK
    alone, as hoodiecrow does too."""

    OTHERS = "&UXZO1mWHTvZZOQ-"

    def do_create(self, tag, rest, literals):
        name = f"{self.OTHERS}/" + rest.strip('"')
        if name in self.server.mailboxes:
            self.send(f"{tag} NO CREATE The folder already exists")
            return
        super().do_create(tag, f'"{name}"', literals)

    def send_found(self, tag, rest, uids):
        if uids:
            super().send_found(tag, rest, uids)


class Qq(ScriptedServer):
    session_class = QqSession

    def __init__(self):
        super().__init__("IMAP4 IMAP4rev1 XLIST MOVE IDLE XAPPLEPUSHSERVICE NAMESPACE CHILDREN ID UIDPLUS")


class IgnoresDeletedSession(Session):
    """A search takes every message, whatever it is asked for."""

    def find(self, rest):
        return super().find(rest.replace("DELETED", "ALL"))


class IgnoresDeleted(ScriptedServer):
    session_class = IgnoresDeletedSession
