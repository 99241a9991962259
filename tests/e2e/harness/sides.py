"""An independent look at both sides: imaplib there, the file system here. Nothing of navette's own."""

import email.utils
import hashlib
import imaplib
import os
import re
import socket
import time

from . import mail

imaplib._MAXLINE = 100_000_000
PATIENCE = 45  # seconds without a byte: a server that hangs fails the test
LETTERS = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Deleted": "T", "\\Draft": "D",
           "$Forwarded": "P"}


def quote(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Far:
    """The server's side, through imaplib."""

    def __init__(self, port, user="reader", password="", host="127.0.0.1"):
        self.port, self.user, self.password, self.host = port, user, password, host
        self.connection = imaplib.IMAP4(host, port, timeout=PATIENCE)
        # imaplib sends the end of a literal by itself: without this it waits for an acknowledgement.
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.connection.state == "NONAUTH":  # else it greeted us with PREAUTH
            self.connection.login(user, password)

    def close(self):
        try:
            self.connection.logout()
        except (OSError, imaplib.IMAP4.error):
            pass

    def check(self, answer):
        status, data = answer
        assert status == "OK", (status, data)
        return data

    def create(self, folder):
        self.check(self.connection.create(quote(folder)))

    def delete(self, folder):
        self.select("INBOX")
        self.check(self.connection.delete(quote(folder)))

    def folders(self):
        names = []
        for line in self.check(self.connection.list()):
            match = re.match(rb'\((.*?)\) (?:"[^"]*"|NIL) (.*)$', line)
            if match and b"\\noselect" not in match.group(1).lower():
                names.append(match.group(2).decode().strip('"'))
        return sorted(names)

    def append(self, folder, body, flags="", when=1_600_000_000):
        """Stores BODY byte for byte; imaplib's own append would change bare CR and LF."""
        date = time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime(when))
        self.connection.literal = body
        self.check(self.connection._simple_command("APPEND", quote(folder), f"({flags})", date))

    def select(self, folder):
        self.check(self.connection.select(quote(folder)))

    def uids(self, folder, criterion="ALL"):
        self.select(folder)
        return self.check(self.connection.uid("SEARCH", criterion))[0].split()

    def store(self, folder, uids, what, flags):
        self.select(folder)
        if isinstance(uids, (list, tuple)):
            uids = b",".join(u if isinstance(u, bytes) else str(u).encode() for u in uids)
        self.check(self.connection.uid("STORE", uids, what, f"({flags})"))

    def remove(self, folder, uids):
        self.store(folder, uids, "+FLAGS", "\\Deleted")
        self.check(self.connection.expunge())

    def remove_only(self, folder, uid):
        """Removes one message and nothing else that is marked; the server must have UIDPLUS."""
        self.store(folder, str(uid).encode(), "+FLAGS", "\\Deleted")
        self.check(self.connection.uid("EXPUNGE", str(uid).encode()))

    def messages(self, folder):
        """Every message: (body, letters, keywords, date in seconds) by UID."""
        self.select(folder)
        result = {}
        if not self.check(self.connection.uid("SEARCH", "ALL"))[0]:
            return result
        data = self.check(self.connection.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])"))
        for i, part in enumerate(data):
            if not isinstance(part, tuple):
                continue
            tail = data[i + 1] if i + 1 < len(data) and isinstance(data[i + 1], bytes) else b""
            head = part[0] + b" " + tail
            uid = int(re.search(rb"UID (\d+)", head).group(1))
            flags = re.search(rb"FLAGS \(([^)]*)\)", head).group(1).decode().split()
            date = re.search(rb'INTERNALDATE "([^"]*)"', head).group(1).decode()
            result[uid] = (part[1],
                           "".join(sorted(LETTERS[f] for f in flags if f in LETTERS)),
                           sorted(f for f in flags if f not in LETTERS and f != "\\Recent"),
                           int(email.utils.mktime_tz(email.utils.parsedate_tz(
                               date.replace("-", " ")))))
        return result


class Near:
    """The Maildir's side, through the file system."""

    def __init__(self, root):
        self.root = root

    def path(self, folder):
        return os.path.join(self.root, folder)

    def folders(self):
        found = []
        for directory, names, _files in os.walk(self.root):
            if "cur" in names:
                found.append(os.path.relpath(directory, self.root))
            names[:] = [n for n in names if n not in ("cur", "new", "tmp")]
        return sorted(found)

    def create(self, folder):
        for part in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(self.path(folder), part), exist_ok=True)

    def files(self, folder):
        """(place, name) of every message."""
        found = []
        for place in ("new", "cur"):
            try:
                names = os.listdir(os.path.join(self.path(folder), place))
            except FileNotFoundError:
                names = []
            found += [(place, name) for name in names if not name.startswith(".")]
        return sorted(found)

    def read(self, folder, file):
        with open(os.path.join(self.path(folder), *file), "rb") as f:
            return f.read()

    def messages(self, folder):
        """Every message: (body, letters, mtime, place) by file name."""
        result = {}
        for file in self.files(folder):
            path = os.path.join(self.path(folder), *file)
            letters = file[1].rpartition(":2,")[2] if ":2," in file[1] else ""
            result[file[1]] = (self.read(folder, file), letters, int(os.stat(path).st_mtime),
                               file[0])
        return result

    def add(self, folder, body, letters="", place="cur", when=1_600_000_000, name=None):
        """Drops a message as a delivery would; BODY in near form."""
        name = name or f"{when}.{hashlib.sha1(body).hexdigest()[:12]}.test"
        info = f":2,{letters}" if place == "cur" else ""
        temporary = os.path.join(self.path(folder), "tmp", name)
        with open(temporary, "wb") as f:
            f.write(body)
        os.utime(temporary, (when, when))
        os.rename(temporary, os.path.join(self.path(folder), place, name + info))
        return place, name + info

    def set_letters(self, folder, file, letters):
        base = file[1].partition(":2,")[0]
        new = ("cur", f"{base}:2,{letters}")
        os.rename(os.path.join(self.path(folder), *file), os.path.join(self.path(folder), *new))
        return new

    def remove(self, folder, file):
        os.unlink(os.path.join(self.path(folder), *file))

    def find(self, folder, text):
        """The one file whose content has TEXT."""
        found = [f for f in self.files(folder) if text in self.read(folder, f)]
        assert len(found) == 1, (text, found)
        return found[0]

    def stamps(self):
        """Everything below the root with its times: to see that nothing was written."""
        found = {}
        for directory, names, files in os.walk(self.root):
            for name in names + files:
                path = os.path.join(directory, name)
                status = os.lstat(path)
                found[path] = (status.st_mtime_ns, status.st_ino, status.st_size)
        return found


def far_view(far, folder):
    return sorted((hashlib.sha256(mail.to_near(body)).hexdigest(), letters, date)
                  for body, letters, _keywords, date in far.messages(folder).values())


def near_view(near, folder):
    return sorted((hashlib.sha256(body).hexdigest(), "".join(c for c in letters if c.isupper()),
                   mtime) for body, letters, mtime, _place in near.messages(folder).values())
