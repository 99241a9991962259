"""An IMAP server of ours that misbehaves on command.

It keeps real mailboxes in memory and speaks plain IMAP4rev1 (and what CAPABILITIES adds), so that a whole
run works against it; HOOKS replace the reply to a command. It logs every command line."""

import re
import socket
import threading
import time

from .listening import close_listener


class Message:
    def __init__(self, uid, body, flags=(), date="01-Jan-2024 00:00:00 +0000"):
        self.uid, self.body, self.flags, self.date = uid, body, set(flags), date


class Mailbox:
    def __init__(self, uidvalidity=1):
        self.uidvalidity, self.uidnext, self.messages = uidvalidity, 1, []

    def add(self, body, flags=(), **more):
        self.messages.append(Message(self.uidnext, body, flags, **more))
        self.uidnext += 1


class Drop(Exception):
    """Raised by a hook: closes the connection."""


class Ear:
    """Reads from a connection and keeps all that it heard."""

    def __init__(self, connection, heard):
        self.file, self.heard = connection.makefile("rb"), heard

    def keep(self, data):
        self.heard.extend(data)
        return data

    def readline(self):
        return self.keep(self.file.readline())

    def read(self, size):
        return self.keep(self.file.read(size))

    def close(self):
        self.file.close()


class Session:
    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.reader = Ear(connection, server.heard)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.acknowledge_at_once()
        self.selected, self.read_only = None, False

    def acknowledge_at_once(self):
        """As a relay's kernel may; one that waits to send the ACK with an answer hides how near it is. It
        holds for a while only, so it is said again before each answer."""
        if self.server.quick_ack:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def send(self, data):
        self.acknowledge_at_once()
        data = data if isinstance(data, bytes) else data.encode() + b"\r\n"
        if self.server.rewrite:
            data = self.server.rewrite(data)
        self.connection.sendall(data)

    def literal(self, size):
        data = b""
        while len(data) < size:
            part = self.reader.read(size - len(data))
            if not part:
                raise Drop
            data += part
        return data

    def read_command(self):
        """(tag, NAME, the rest of the line, the literals in it)."""
        line, literals = b"", []
        while True:
            part = self.reader.readline()
            if not part:
                raise Drop
            line += part.rstrip(b"\r\n")
            match = re.search(rb"\{(\d+)(\+?)\}$", line)
            if not match:
                break
            if not match.group(2):
                refusal = self.server.hooks.get("LITERAL")
                tag = line.split()[0].decode()
                if callable(refusal):
                    refusal = refusal(self, tag, line.decode(errors="replace"))
                if refusal:
                    self.server.log.append(line.decode(errors="replace"))
                    self.send(refusal.replace("TAG", tag))
                    return self.read_command()
                self.send("+ go on")
            literals.append(self.literal(int(match.group(1))))
            line += b" "  # what follows is no part of the literal's head
        text = line.decode(errors="replace")
        self.server.log.append(text)
        tag, _, rest = text.partition(" ")
        words = rest.split(" ", 2)
        name = words[0].upper()
        if name == "UID" and len(words) > 1:
            name += " " + words[1].upper()
            rest = words[2] if len(words) > 2 else ""
        else:
            rest = rest.partition(" ")[2]
        return tag, name, rest, literals

    def run(self):
        self.send(self.server.greeting)
        while True:
            tag, name, rest, literals = self.read_command()
            self.answer(tag, name, rest, literals)
            if name == "LOGOUT":
                return

    def answer(self, tag, name, rest, literals):
        hook = self.server.hooks.get(name)
        if callable(hook):
            hook = hook(self, tag, rest)
        if isinstance(hook, str):
            self.send(hook.replace("TAG", tag))
            return
        if hook is True:  # the hook has answered
            return
        method = getattr(self, "do_" + name.lower().replace(" ", "_"), None)
        if not method:
            self.send(f"{tag} BAD what?")
            return
        if name.startswith("UID ") and not self.selected:
            self.send(f"{tag} BAD no mailbox is selected")
            return
        method(tag, rest, literals)

    # --- Commands ---

    def ok(self, tag, text="done"):
        self.send(f"{tag} OK {text}")

    def do_capability(self, tag, _rest, _literals):
        self.send("* CAPABILITY " + self.server.capabilities)
        self.ok(tag)

    def do_login(self, tag, _rest, _literals):
        self.ok(tag)

    def do_authenticate(self, tag, rest, _literals):
        """PLAIN, with the response in the command (RFC 4959) or after it."""
        if not rest.upper().startswith("PLAIN"):
            self.send(f"{tag} NO no such mechanism")
            return
        if " " not in rest:
            self.send("+ ")
            self.reader.readline()
        self.do_login(tag, rest, [])

    def do_noop(self, tag, _rest, _literals):
        self.ok(tag)

    def do_id(self, tag, _rest, _literals):
        self.send("* ID NIL")
        self.ok(tag)

    def do_enable(self, tag, rest, _literals):
        self.send("* ENABLED " + rest)
        self.ok(tag)

    def do_namespace(self, tag, _rest, _literals):
        self.send('* NAMESPACE (("" "/")) NIL NIL')
        self.ok(tag)

    def do_logout(self, tag, _rest, _literals):
        self.send("* BYE see you")
        self.ok(tag)

    def do_list(self, tag, rest, _literals):
        for line in self.server.extra_list:
            self.send(line)
        for name in self.server.mailboxes:
            self.send(f'* LIST () "/" "{name}"')
            if "STATUS (" in rest:
                self.send_status(name)
        self.ok(tag)

    def send_status(self, name):
        box = self.server.mailboxes[name]
        self.send(f'* STATUS "{name}" ({self.status_items(box)})')

    def shown(self, box):
        """Those of its messages that commands tell of."""
        return box.messages

    def status_items(self, box):
        return (f"MESSAGES {len(self.shown(box))} UIDNEXT {box.uidnext}"
                f" UIDVALIDITY {box.uidvalidity}")

    def do_create(self, tag, rest, _literals):
        self.server.mailboxes[rest.strip('"')] = Mailbox(int(time.time()))
        self.ok(tag)

    def do_subscribe(self, tag, _rest, _literals):
        self.ok(tag)

    def do_delete(self, tag, rest, _literals):
        self.server.mailboxes.pop(rest.strip('"'), None)
        self.ok(tag)

    def do_unsubscribe(self, tag, _rest, _literals):
        self.ok(tag)

    def find_mailbox(self, rest, literals):
        """(the mailbox that REST begins with or None, what follows the name)"""
        name = re.match(r'"([^"]*)"|(\S+)', rest)
        text = name.group(1) or name.group(2)
        if text.startswith("{"):
            text = literals[0].decode(errors="replace")
        return self.server.mailboxes.get(text), rest[name.end():]

    def do_select(self, tag, rest, literals):
        box, parameters = self.find_mailbox(rest, literals)
        if box is None:
            self.send(f"{tag} NO [NONEXISTENT] no such mailbox")
            return
        self.selected, self.read_only = box, False
        self.send_state(box, parameters)
        self.ok(tag, "[READ-WRITE] selected")

    def send_state(self, box, _parameters):
        """What SELECT tells of the mailbox."""
        self.send(f"* {len(self.shown(box))} EXISTS")
        self.send("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        self.send(f"* OK [PERMANENTFLAGS ({self.server.permanent_flags})] ok")
        self.send(f"* OK [UIDVALIDITY {box.uidvalidity}] ok")
        self.send(f"* OK [UIDNEXT {box.uidnext}] ok")

    def do_examine(self, tag, rest, literals):
        self.do_select(tag, rest, literals)
        self.read_only = True

    def wanted(self, text):
        chosen = []
        shown = self.shown(self.selected)
        last = max([m.uid for m in shown], default=0)
        for part in text.split(","):
            low, _, high = part.partition(":")
            low = last if low == "*" else int(low)
            high = low if not high else last if high == "*" else int(high)
            low, high = min(low, high), max(low, high)
            chosen += [(i + 1, m) for i, m in enumerate(shown) if low <= m.uid <= high]
        return chosen

    def do_uid_fetch(self, tag, rest, _literals):
        uids, _, items = rest.partition(" ")
        for sequence, message in self.wanted(uids):
            self.send_message(sequence, message, items)
        self.ok(tag)

    def send_message(self, sequence, message, items):
        self.send(b"* %d FETCH (%s)\r\n" % (sequence, b" ".join(self.parts(message, items))))

    def parts(self, message, items):
        """The items of a FETCH; UID and FLAGS come unasked."""
        parts = [f"UID {message.uid}".encode(),
                 f"FLAGS ({' '.join(sorted(message.flags))})".encode()]
        if "INTERNALDATE" in items:
            parts.append(f'INTERNALDATE "{message.date}"'.encode())
        if "RFC822.SIZE" in items:
            parts.append(f"RFC822.SIZE {len(message.body)}".encode())
        if "HEADER.FIELDS" in items:
            header = (b"\r\n" + message.body).partition(b"\r\n\r\n")[0]
            wanted = re.search(r"HEADER.FIELDS \(([^)]*)\)", items).group(1).split()
            lines = [field for field in
                     re.findall(rb"\r\n([^ \t\r][^\r]*(?:\r\n[ \t][^\r]*)*)", header)
                     if field.partition(b":")[0].decode(errors="replace").upper() in wanted]
            text = b"".join(line + b"\r\n" for line in lines) + b"\r\n"
            parts.append(b"BODY[HEADER.FIELDS (%s)] {%d}\r\n%s" % (
                " ".join(wanted).encode(), len(text), text))
        if "BODY.PEEK[HEADER]" in items:
            header = message.body.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            parts.append(b"BODY[HEADER] {%d}\r\n%s" % (len(header), header))
        if "BODY.PEEK[]" in items:
            parts.append(b"BODY[] {%d}\r\n%s" % (len(message.body), message.body))
        return parts

    def do_uid_search(self, tag, rest, _literals):
        self.send_found(tag, rest, self.find(rest))
        self.ok(tag)

    def find(self, rest):
        """The UIDs that a search finds. Knows the keys DELETED, SMALLER, UID, and FLAGGED or UNSEEN or both
        with OR; all others take every message."""
        by_flags = "FLAGGED" in rest or "UNSEEN" in rest

        def is_kept(message):
            return ("FLAGGED" in rest and "\\Flagged" in message.flags or
                    "UNSEEN" in rest and "\\Seen" not in message.flags)

        smaller = re.search(r"\bSMALLER (\d+)", rest)
        uids = re.search(r"\bUID ([\d:,*]+)", rest)
        return [m.uid for _s, m in self.wanted(uids.group(1) if uids else "1:*")
                if ("DELETED" not in rest or "\\Deleted" in m.flags)
                and (not by_flags or is_kept(m))
                and (not smaller or len(m.body) < int(smaller.group(1)))]

    def send_found(self, tag, rest, uids):
        """As ESEARCH (RFC 4731) where that was asked for."""
        if rest.startswith("RETURN"):
            found = " ALL " + ",".join(map(str, uids)) if uids else ""
            self.send(f'* ESEARCH (TAG "{tag}") UID{found}')
        else:
            self.send("* SEARCH " + " ".join(map(str, uids)))

    def do_uid_store(self, tag, rest, _literals):
        uids, what, flags = rest.split(" ", 2)
        names = set(flags.strip("()").split())
        for _sequence, message in self.wanted(uids):
            message.flags = message.flags | names if what[0] == "+" else message.flags - names
        self.ok(tag)

    def do_expunge(self, tag, _rest, _literals):
        self.selected.messages = [m for m in self.selected.messages
                                  if "\\Deleted" not in m.flags]
        self.ok(tag)

    def do_uid_expunge(self, tag, rest, _literals):
        gone = {m.uid for _s, m in self.wanted(rest) if "\\Deleted" in m.flags}
        self.selected.messages = [m for m in self.selected.messages if m.uid not in gone]
        self.ok(tag)

    # --- Copies (RFC 3501 section 6.4.7, RFC 6851) ---

    def copy(self, tag, rest, literals):
        """(the messages, COPYUID in brackets), or None when it is refused."""
        uids, _, name = rest.partition(" ")
        box, _rest = self.find_mailbox(name, literals)
        if box is None:
            self.send(f"{tag} NO [TRYCREATE] no such mailbox")
            return None
        messages = [m for _sequence, m in self.wanted(uids)]
        first = box.uidnext
        for message in messages:
            box.add(message.body, message.flags, date=message.date)
        if not messages or "UIDPLUS" not in self.server.capabilities:
            return messages, ""
        source = ",".join(str(m.uid) for m in messages)
        return messages, f"[COPYUID {box.uidvalidity} {source} {first}:{box.uidnext - 1}] "

    def do_uid_copy(self, tag, rest, literals):
        copied = self.copy(tag, rest, literals)
        if copied:
            self.ok(tag, copied[1] + "copied")

    def do_uid_move(self, tag, rest, literals):
        if "MOVE" not in self.server.capabilities.split():
            self.send(f"{tag} BAD what?")
            return
        copied = self.copy(tag, rest, literals)
        if not copied:
            return
        if copied[1]:
            self.send(f"* OK {copied[1]}moved")
        for number in range(len(self.selected.messages), 0, -1):
            if self.selected.messages[number - 1] in copied[0]:
                del self.selected.messages[number - 1]
                self.send(f"* {number} EXPUNGE")
        self.ok(tag)

    def do_append(self, tag, rest, literals):
        box, rest = self.find_mailbox(rest, literals)
        if box is None:
            self.send(f"{tag} NO [TRYCREATE] no such mailbox")
            return
        flags = re.findall(r"\(([^)]*)\)", rest)
        for i, body in enumerate(literals[-len(flags):] if flags else literals[-1:]):
            box.add(body, flags[i].split() if flags else ())
        self.ok(tag)

    def do_uid_replace(self, tag, rest, literals):
        """RFC 8508: where REPLACE is offered; both or neither."""
        uid, _, rest = rest.partition(" ")
        box, rest = self.find_mailbox(rest, literals)
        old = [number for number, message in enumerate(self.selected.messages, 1) if message.uid == int(uid)]
        if "REPLACE" not in self.server.capabilities.split():
            self.send(f"{tag} BAD what?")
        elif not box or not old:
            self.send(f"{tag} NO no such message or mailbox")
        else:
            box.add(literals[-1], re.search(r"\(([^)]*)\)", rest).group(1).split())
            if "UIDPLUS" in self.server.capabilities:
                self.send(f"* OK [APPENDUID {box.uidvalidity} {box.uidnext - 1}] ready")
            self.send(f"* {len(box.messages)} EXISTS")
            del self.selected.messages[old[0] - 1]
            self.send(f"* {old[0]} EXPUNGE")
            self.ok(tag)

    def do_close(self, tag, _rest, _literals):
        """What is marked goes, unless the mailbox was opened with EXAMINE."""
        if not self.read_only:
            self.selected.messages = [m for m in self.selected.messages
                                      if "\\Deleted" not in m.flags]
        self.selected = None
        self.ok(tag)

    def do_unselect(self, tag, _rest, _literals):
        self.selected = None
        self.ok(tag)


class ScriptedServer:
    """hooks: NAME of a command -> a reply line ("TAG" stands for its tag), or a function of (session, tag, rest)
    that answers and returns True, returns a reply line, raises Drop, or returns None for the usual reply.
    "LITERAL" is asked where "+" would be sent; a function may only refuse or do nothing. REWRITE is given every response as it would go out, literals
    and line end included, and returns what goes out in its place."""

    session_class = Session

    def __init__(self, capabilities="IMAP4rev1", greeting=None):
        self.capabilities = capabilities
        self.greeting = greeting or f"* OK [CAPABILITY {capabilities}] scripted server"
        self.permanent_flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*"
        self.mailboxes = {"INBOX": Mailbox()}
        self.extra_list = []
        self.hooks = {}
        self.rewrite = None
        self.quick_ack = False
        self.log = []
        self.heard = bytearray()  # from every client, before any STARTTLS
        self.password = "scripted-secret"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            session = self.session_class(self, connection)
            try:
                session.run()
            except (Drop, OSError, ValueError):
                pass  # all others are mistakes of the test, which fails by them (see Case)
            finally:
                session.reader.close()

    def count(self, pattern):
        return len([line for line in self.log if re.search(pattern, line)])

    def stop(self):
        close_listener(self.listener)
