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
PRISTINE = "pristine"  # the user whose mail nobody changes


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
    """One Dovecot. Its mail is made and indexed once; each user is a copy of that."""

    def __init__(self, directory, messages, folders, size):
        self.directory = directory
        self.messages, self.folders = messages, folders
        self.text = Text(size)
        self.launcher = self.floor = None  # programs of tests/bench
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
        self.number = messages
        self.left = 0

    @property
    def password(self):
        return self.server.password

    def home(self, user):
        return os.path.join(self.server.directory, "home", user)

    def root(self, user, folder):
        mail_root = os.path.join(self.home(user), "Maildir")
        return mail_root if folder == "INBOX" else os.path.join(mail_root, "." + folder)

    def start(self):
        self.fill()
        self.server.start()
        self.index(PRISTINE)

    def fill(self):
        """All of the mail, straight into the server's Maildir."""
        number = 0
        for folder, count in zip(names(self.folders), sizes(self.messages, self.folders)):
            root = self.root(PRISTINE, folder)
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
        self.give_to_server(os.path.join(self.server.directory, "home"))

    def give_to_server(self, path):
        """What root made, the server's own user reads and writes."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "mail:mail", path], check=True)

    def renew(self, user):
        """Gives USER the mail as it was made. What was there is put aside, for right after large
        deletions everything is slow. Messages, never written to again, are hard links; the server's
        own files are copies."""
        home, pristine = self.home(user), self.home(PRISTINE)
        if os.path.exists(home):
            self.left += 1
            os.rename(home, os.path.join(self.directory, f"left-{self.left}"))
        subprocess.run(["cp", "-al", pristine, home], check=True)
        for folder in names(self.folders):
            root = self.root(user, folder)
            for name in os.listdir(root):
                path = os.path.join(root, name)
                if name.startswith("dovecot") and os.path.isfile(path):
                    os.unlink(path)
                    subprocess.run(["cp", "-a", os.path.join(self.root(PRISTINE, folder), name),
                                    path], check=True)
        self.index(user)

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

    def stop(self):
        self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def files(root):
    for part in ("new", "cur"):
        directory = os.path.join(root, part)
        for name in os.listdir(directory):
            if name[0] != ".":
                yield os.path.join(directory, name)


def bytes_of(root):
    return sum(os.stat(path).st_size for path in files(root))


def letters(root):
    """The info letters of each message that both sides know, sorted."""
    return sorted("".join(sorted(set("DFRST") & set(path.rpartition(":2,")[2])))
                  if ":2," in path else "" for path in files(root))
