"""Exchange and Outlook, as their documentation and users describe them."""

from .scripted import Drop, ScriptedServer, Session

BAD_COMMANDS_MAX = 10


class ExchangeSession(Session):
    """It keeps messages as something else and writes them anew: other bytes than were appended, and a
    RFC822.SIZE that is an estimate. After ten bad commands it hangs up."""

    bad = 0

    def send(self, data):
        if isinstance(data, str) and " BAD " in data:
            self.bad += 1
            if self.bad > BAD_COMMANDS_MAX:
                super().send("* BYE Connection is closed. 13")
                raise Drop
        super().send(data)

    def parts(self, message, items):
        return [b"RFC822.SIZE %d" % (len(message.body) * 9 // 10 + 21)
                if part.startswith(b"RFC822.SIZE") else part for part in super().parts(message, items)]

    def do_append(self, tag, rest, literals):
        box, _rest = self.find_mailbox(rest, literals)
        before = self.ok
        self.ok = lambda tag, _text="": before(
            tag, f"[APPENDUID {box.uidvalidity} {box.uidnext - 1}] APPEND completed.")
        super().do_append(tag, rest, literals)
        self.ok = before
        if box is not None:
            message = box.messages[-1]
            message.body = message.body.replace(
                b"MIME-Version: 1.0\r\n", b"X-MS-Exchange-Organization-SCL: -1\r\nMIME-Version: 1.0\r\n")


class Exchange(ScriptedServer):
    session_class = ExchangeSession

    def __init__(self):
        super().__init__("IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT"
                         " CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE CHILDREN IDLE"
                         " NAMESPACE LITERAL+", "* OK The Microsoft Exchange IMAP4 service is ready.")
        self.permanent_flags = "\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent"
