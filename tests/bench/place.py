"""The server of the benchmark and its mail: made once, the same for every program."""

import imaplib
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

from harness import certificates, dovecot, mail  # noqa: E402  (the path is set above)

WORDS = mail.WORDS


def names(folders):
    return ["INBOX"] + [f"Folder{i:02d}" for i in range(1, folders)]


def sizes(messages, folders):
    """How many in each folder: as in life a few are large and many are small."""
    weights = [1 / (i + 3) for i in range(folders)]
    counts = [max(1, int(messages * w / sum(weights))) for w in weights]
    counts[0] += messages - sum(counts)
    return counts


def text(rng, length):
    words = []
    while length > 0:
        word = rng.choice(WORDS)
        words.append(word)
        length -= len(word) + 1
    return " ".join(words)


class Text:
    """Bodies cut from one long text: to make each anew would take longer than to sync it."""

    def __init__(self, size, seed=1):
        self.rng = random.Random(seed)
        self.size = size
        lines = text(self.rng, 1 << 20)
        self.all = "\n".join(lines[i:i + 72] for i in range(0, len(lines), 72))

    def message(self, number, kind="mail", size=None):
        size = size or self.rng.randrange(self.size // 2, self.size * 3 // 2)
        start = self.rng.randrange(len(self.all) - size)
        return (f"From: sender{number % 97} <sender{number % 97}@example.org>\n"
                f"To: reader@example.net\nSubject: {kind} {number}\n"
                f"Date: Mon, {1 + number % 28:02d} Jan 2024 {number % 24:02d}:00:00 +0000\n"
                f"Message-ID: <{kind}.{number}@bench.example.org>\nMIME-Version: 1.0\n"
                f"Content-Type: text/plain; charset=utf-8\n\n"
                f"{self.all[start:start + size]}\n").encode()


class Place:
    def __init__(self, directory, messages, folders, size):
        self.directory = directory
        self.messages, self.folders = messages, folders
        self.text = Text(size)
        server = os.path.join(directory, "server")
        os.makedirs(server)
        os.chmod(directory, 0o755)
        authority = certificates.make_authority(directory)
        certificate, key = certificates.make_certificate(
            directory, authority, "localhost", "DNS:localhost", ("-days", "30"))
        self.authority = authority[1]
        self.server = dovecot.Dovecot(server, certificate=certificate, key=key,
                                      extra="default_vsz_limit = 4G\n"
                                            "mail_max_userip_connections = 50\n")
        self.number = 0

    @property
    def password(self):
        return self.server.password

    def root(self, user, folder):
        home = os.path.join(self.server.directory, "home", user, "Maildir")
        return home if folder == "INBOX" else os.path.join(home, "." + folder)

    def fill(self, user):
        """All of the mail, straight into the server's Maildir."""
        self.text.rng = random.Random(1)
        number = 0
        for folder, count in zip(names(self.folders), sizes(self.messages, self.folders)):
            root = self.root(user, folder)
            for part in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(root, part))
            if folder != "INBOX":
                open(os.path.join(root, "maildirfolder"), "wb").close()
            for _ in range(count):
                number += 1
                body = self.text.message(number)
                wire = len(body) + body.count(b"\n")
                path = os.path.join(root, "cur", f"{1_500_000_000 + number}.M{number}.bench,"
                                    f"S={len(body)},W={wire}:2,{'S' if number % 3 else ''}")
                with open(path, "wb") as f:
                    f.write(body)
                os.utime(path, (1_500_000_000 + number,) * 2)
        self.number = number
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "mail:mail",
                            os.path.join(self.server.directory, "home")], check=True)

    def connect(self, user):
        far = imaplib.IMAP4("127.0.0.1", self.server.port)
        far.login(user, self.password)
        return far

    def index(self, user):
        """So that no program pays for the server's first look."""
        far = self.connect(user)
        for folder in names(self.folders):
            far.select(folder)
            far.fetch("1:*", "(FLAGS RFC822.SIZE INTERNALDATE)")
        far.logout()

    def far_files(self, user):
        """{folder: [info letters]} by the server's own files."""
        return {folder: letters(self.root(user, folder)) for folder in names(self.folders)}

    def stop(self):
        self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def letters(root):
    found = [name for name in os.listdir(os.path.join(root, "new")) if name[0] != "."]
    found += [name for name in os.listdir(os.path.join(root, "cur")) if name[0] != "."]
    return sorted("".join(sorted(set("DFRST") & set(name.rpartition(":2,")[2])))
                  if ":2," in name else "" for name in found)
