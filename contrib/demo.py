"""The demo's story: called by contrib/demo with the binary and a directory of its own."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e"))

from harness import dovecot, mail, sides  # noqa: E402  (the path is set above)

# Mailbox on the server (modified UTF-7), folder here, how many messages.
FOLDERS = [("INBOX", "INBOX", 120), ("Lists/navette-dev", "Lists/navette-dev", 90),
           ("Entw&APw-rfe", "Entwürfe", 12), ("&ZeVnLIqe-", "日本語", 20),
           ("Archive/2023", "Archive/2023", 60)]


def title(text):
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


class Demo:
    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = directory
        self.server = dovecot.Dovecot(os.path.join(directory, "server"))
        os.makedirs(self.server.directory)
        os.chmod(directory, 0o755)
        self.near = sides.Near(os.path.join(directory, "Mail"))
        self.config = os.path.join(directory, "config")

    def write_config(self):
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT, 0o600), "w",
                  encoding="utf-8") as f:
            f.write(f"[account demo]\nhost = 127.0.0.1\nport = {self.server.port}\ntls = none\n"
                    f"user = reader\npassword = {self.server.password}\n"
                    f"maildir = {self.near.root}\n")

    def navette(self, *arguments):
        print("$ navette " + " ".join(arguments), flush=True)
        started = time.monotonic()
        environment = dict(os.environ, XDG_STATE_HOME=os.path.join(self.directory, "state"))
        status = subprocess.run([self.binary, "-c", self.config, *arguments], env=environment,
                                check=False).returncode
        print(f"  (exit status {status}, {time.monotonic() - started:.2f} s)", flush=True)
        return status

    def fill(self):
        number = 0
        for mailbox, _folder, count in FOLDERS:
            if mailbox != "INBOX":
                self.far.create(mailbox)
            for i in range(count):
                body = mail.message(number, seed="demo", attachment=i % 7 == 0,
                                    eight_bit=i % 5 == 1, long_header=i % 11 == 0,
                                    references=number - 1 if i % 3 else None)
                self.far.append(mailbox, body, "\\Seen" if i % 4 else "", 1_700_000_000 + number)
                number += 1
        return number

    def change_far(self):
        self.far.append("INBOX", mail.message(9001, seed="demo", subject="Fresh on the server"))
        self.far.store("INBOX", self.far.uids("INBOX")[:3], "+FLAGS", "\\Flagged \\Seen")
        self.far.remove("Archive/2023", self.far.uids("Archive/2023")[:2])
        self.far.create("Receipts")
        self.far.append("Receipts", mail.message(9002, seed="demo", subject="Receipt"))
        print("On the server: a new message, three flagged, two removed, a new folder Receipts.")

    def change_near(self):
        self.near.create("Notes/från båten")
        self.near.add("Notes/från båten", mail.to_near(mail.message(9003, seed="demo")), "S")
        files = self.near.files("Lists/navette-dev")
        for file in files[:4]:
            self.near.set_letters("Lists/navette-dev", file, "RS")
        for file in files[4:6]:
            self.near.remove("Lists/navette-dev", file)
        print("Here: a new folder with a message, four marked as answered, two removed.")

    def compare(self):
        total = 0
        for mailbox, folder, _count in FOLDERS + [("Receipts", "Receipts", 1),
                                                  ("Notes/fr&AOU-n b&AOU-ten",
                                                   "Notes/från båten", 1)]:
            far = sides.far_view(self.far, mailbox)
            near = sides.near_view(self.near, folder)
            total += len(near)
            verdict = "the same" if far == near else "DIFFERENT"
            print(f"  {folder:20} {len(near):4} messages, {verdict} on both sides")
            if far != near:
                return 1
        print(f"{total} messages compared by body, flags and date, with Python's imaplib.")
        return 0

    def story(self):
        title("A Dovecot on loopback, with mail in five folders")
        self.server.start()
        self.far = sides.Far(self.server.port, "reader", self.server.password)
        print(f"{self.fill()} messages: threads, attachments, 8-bit text, long headers.")
        self.write_config()
        title("What would the first sync do?")
        self.navette("list")
        title("The first sync")
        self.navette("sync")
        title("Nothing changed: the second says nothing")
        self.navette("sync")
        title("Things change on both sides")
        self.change_far()
        self.change_near()
        title("The plan, without doing it (-n)")
        self.navette("sync", "-n")
        title("And done")
        self.navette("sync")
        title("Are both sides the same now?")
        return self.compare()


def main():
    demo = Demo(sys.argv[1], sys.argv[2])
    try:
        return demo.story()
    finally:
        demo.server.stop()


if __name__ == "__main__":
    sys.exit(main())
