"""What docs/ tells people to write and to type: done as it stands there, on a real server, with the real readers."""

import os
import re
import shutil
import subprocess
import time
import unittest

from harness import case, mail, pages, sides
from harness.readers import Programs


class PageCase(case.Case):
    """A home with an account "work" in ~/Mail/work, as the pages have it."""

    def setUp(self):
        super().setUp()
        self.server = self.start_dovecot()
        self.far = self.connect(self.server)
        self.near.root = os.path.join(self.directory, "Mail/work")
        self.environment["PATH"] = os.path.dirname(os.path.abspath(case.BINARY)) + ":" + os.environ["PATH"]
        self.environment.pop("NOTMUCH_CONFIG", None)
        os.makedirs(os.path.join(self.directory, "xdg/navette"))
        self.config = os.path.join(self.directory, "xdg/navette/config")
        self.write_config(f"[account work]\nhost = 127.0.0.1\nport = {self.server.port}\ntls = none\n"
                          f"user = reader\npassword = {self.server.password}\nmaildir = ~/Mail/work\n")
        for name in ("Archive", "Drafts", "Sent", "Trash"):
            self.far.create(name)

    def fill(self, *subjects):
        for number, subject in enumerate(subjects):
            self.far.append("INBOX", mail.message(number, subject=subject))

    def shell(self, text):
        result = subprocess.run(["/bin/sh", "-e", "-c", text], stdin=subprocess.DEVNULL, text=True,
                                capture_output=True, check=False, cwd=self.directory,
                                env=self.environment, timeout=case.TIMEOUT)
        self.assertEqual(result.returncode, 0, text + result.stdout + result.stderr)
        return result.stdout

    def subjects(self, folder, criterion="ALL"):
        """Of the messages on the server."""
        self.far.select(folder)
        uids = self.far.uids(folder, criterion)
        messages = self.far.messages(folder)
        return sorted(line[9:].decode() for uid in uids
                      for line in messages[int(uid)][0].split(b"\r\n") if line.startswith(b"Subject: "))


class Notmuch(PageCase):
    def test_page(self):
        Programs("notmuch", "notmuch")
        (config,) = pages.blocks("notmuch.md", "notmuch-config")
        with open(os.path.join(self.directory, ".notmuch-config"), "w", encoding="utf-8") as f:
            f.write(config)
        self.fill("minutes", "advertisement", "receipt", "hello")
        first, tag, remove, move = pages.blocks("notmuch.md", "sh")
        self.shell(first)
        self.assertEqual(self.shell("notmuch count '*'").strip(), "4")
        self.shell(tag)
        self.assertEqual(self.subjects("INBOX", "SEEN FLAGGED"), ["minutes"])
        self.shell(remove)
        self.assertEqual(self.subjects("INBOX"), ["hello", "minutes", "receipt"])
        self.assertEqual(self.shell("notmuch count '*'").strip(), "3")
        self.shell(move)
        self.assertEqual(self.subjects("INBOX"), ["hello", "minutes"])
        self.assertEqual(self.subjects("Archive"), ["receipt"])
        self.assertEqual(self.shell("notmuch search --output=files subject:receipt").count("/Archive/"), 1)
        hook, _tags = pages.blocks("notmuch.md", "ini")
        with open(self.config, "a", encoding="utf-8") as f:
            f.write(hook)
        self.fill("later")
        self.shell("navette sync -q")
        self.assertEqual(self.shell("notmuch count subject:later").strip(), "1")


class Mutt(PageCase):
    program = "mutt"

    def write_muttrc(self):
        self.muttrc = os.path.join(self.directory, "muttrc")
        with open(self.muttrc, "w", encoding="utf-8") as f:
            f.write("".join(pages.blocks("mutt-and-neomutt.md", "muttrc")))
            # Not of the page: a user has these from elsewhere, or answers questions.
            f.write('set confirmappend = no\nset confirmcreate = no\nset quit = yes\nset wait_key = no\n'
                    'set sendmail = /bin/true\nset editor = /bin/true\nset timeout = 1\n')

    def type(self, keys):
        status, shown = pages.on_terminal(
            [self.program, "-F", self.muttrc, "-n", "-e", f"push '{keys}'"], self.environment, self.directory)
        self.assertEqual(status, 0, shown)
        return shown

    def test_page(self):
        Programs(self.program, self.program)
        self.fill("read", "file", "throw", "stay")
        self.shell("navette sync -q")
        self.write_muttrc()
        self.type("<limit>~s read<enter><display-message><exit>"
                  "<limit>~s file<enter><save-message>=Archive<enter>"
                  "<limit>~s throw<enter><delete-message><limit>all<enter><sync-mailbox><quit>")
        # It wrote both files anew, with header fields of its own: the server moves them all the same.
        wire = self.shell("navette sync -vv 2>&1")
        self.assertEqual((wire.count(" UID MOVE "), wire.count(" APPEND ")), (2, 0), wire)
        self.assertEqual(self.subjects("INBOX"), ["read", "stay"])
        self.assertEqual(self.subjects("INBOX", "SEEN"), ["read"])
        self.assertEqual(self.subjects("Archive"), ["file"])
        self.assertEqual(self.subjects("Trash"), ["throw"])
        # The key of the page brings what is new.
        self.far.append("INBOX", mail.message(9, subject="new"))
        self.type("O<quit>")
        self.assertEqual(len(self.near.files("INBOX")), 3)
        self.type("<limit>~s new<enter><flag-message><limit>all<enter><sync-mailbox><quit>")
        self.shell("navette sync -q")
        self.assertEqual(self.subjects("INBOX", "FLAGGED"), ["new"])


class Mailboxes(PageCase):
    def test_list_of_mailboxes(self):
        self.fill("one")
        self.shell("navette sync -q")
        (command,) = pages.blocks("mutt-and-neomutt.md", "sh")
        self.shell(command)
        with open(os.path.join(self.directory, ".mutt-mailboxes"), encoding="utf-8") as f:
            found = f.read().splitlines()
        self.assertEqual(found, [f'mailboxes "{self.near.path(name)}"'
                                 for name in ("Archive", "Drafts", "INBOX", "Sent", "Trash")])


# Not of the page: what a user does in its windows, by the marks that the keys stand for.
MARKS = """
(defvar answered nil)
(setq mu4e-update-func (lambda (&rest _) (setq answered t))
      mu4e-remove-func (lambda (&rest _) (setq answered t))
      mu4e-error-func (lambda (code text) (princ (format "%s %s\n" code text)) (kill-emacs 1)))
(defun mark-one (kind subject target)
  (setq answered nil)
  (funcall (plist-get (alist-get kind mu4e-marks) :action)
           (format "%s@example.org" subject) nil target)
  (while (not answered) (accept-process-output nil 0.1)))
(setq mu4e-pong-func (lambda (info) (setq mu4e--server-props (plist-get info :props) answered t)))
(mu4e--server-start)
(mu4e--server-ping)
(while (not answered) (accept-process-output nil 0.1))
(mark-one 'read "minutes" nil)
(mark-one 'refile "receipt" mu4e-refile-folder)
(mark-one 'trash "advertisement" mu4e-trash-folder)
(mu4e--server-kill)
(princ mu4e-get-mail-command)
"""


class Mu4e(PageCase):
    def test_page(self):
        Programs("mu4e", "mu", "emacs")
        for subject in ("minutes", "advertisement", "receipt", "hello"):
            self.far.append("INBOX", f"From: a@example.org\r\nSubject: {subject}\r\n"
                            f"Message-ID: <{subject}@example.org>\r\n\r\nText.\r\n".encode())
        first, script = pages.blocks("mu4e.md", "sh")
        self.shell(first)
        self.assertEqual(sorted(self.shell("mu find maildir:/INBOX --fields s").split()),
                         ["advertisement", "hello", "minutes", "receipt"])
        (setup,) = pages.blocks("mu4e.md", "elisp")
        with open(os.path.join(self.directory, "marks.el"), "w", encoding="utf-8") as f:
            f.write(setup + MARKS)
        command = self.shell("emacs --batch --funcall package-initialize --load marks.el")
        self.shell(command.splitlines()[-1])
        self.assertEqual(self.subjects("INBOX"), ["hello", "minutes"])
        self.assertEqual(self.subjects("INBOX", "SEEN"), ["minutes"])
        self.assertEqual(self.subjects("Archive"), ["receipt"])
        self.assertEqual(self.subjects("Trash", "UNDELETED"), ["advertisement"])


    def test_only_what_changed(self):
        Programs("mu", "mu")
        first, script = pages.blocks("mu4e.md", "sh")
        (hook,) = pages.blocks("mu4e.md", "ini")
        path = os.path.join(self.directory, ".local/bin/navette-mu")
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as f:
            f.write(script)
        os.chmod(path, 0o755)
        self.fill("minutes", "advertisement")
        self.shell(first)
        with open(self.config, "a", encoding="utf-8") as f:
            f.write(hook)
        # One that navette did not bring is not looked at: no other file is.
        self.near.add("Archive", mail.message(7, subject="stray"))
        self.far.append("INBOX", mail.message(8, subject="hello"))
        self.far.store("INBOX", self.far.uids("INBOX")[0], "+FLAGS", "\\Flagged")
        self.far.remove_only("INBOX", int(self.far.uids("INBOX")[1]))
        self.assertEqual(self.shell("navette sync -q 2>&1"), "")
        self.assertEqual(sorted(self.shell("mu find m:/INBOX or m:/Archive --fields s").split()), ["hello", "minutes"])
        self.assertEqual(self.shell("mu find flag:flagged --fields s"), "minutes\n")
        self.assertEqual(self.shell("mu find s:minutes or s:hello --fields l | xargs ls").count("\n"), 2)


class Providers(case.Case):
    def test_each_configuration_is_one(self):
        """Nothing answers here, but what each key says is read."""
        with open(os.path.join(pages.DOCS, "providers.md"), encoding="utf-8") as f:
            blocks = re.findall(r"(?ms)^( *)```ini\n(.*?)^ *```$", f.read())
        self.assertGreaterEqual(len(blocks), 5)
        for indent, block in blocks:
            text = re.sub(f"(?m)^{indent}", "", block)
            if "[account" not in text:
                text = "[account x]\nhost = imap.example.org\nuser = me\nmaildir = ~/Mail/x\n" + text
            self.write_config(text)
            run = self.navette("status")
            self.assertEqual(run.status, 0, text + run.err)


class Aerc(PageCase):
    def test_page(self):
        Programs("aerc", "aerc")
        self.fill("throw")
        self.shell("navette sync -q")
        directory = os.path.join(self.directory, "xdg/aerc")
        os.makedirs(directory)
        (accounts,) = pages.blocks("aerc.md", "accounts.conf")
        with open(os.path.join(directory, "accounts.conf"), "w", encoding="utf-8") as f:
            # Without the run that it makes when it starts: a key for another one meanwhile does nothing.
            f.write(accounts.replace("check-mail = 5m\n", ""))
        os.chmod(f.name, 0o600)
        (keys,) = pages.blocks("aerc.md", "binds.conf")
        with open("/usr/share/aerc/binds.conf", encoding="utf-8") as f:
            usual = f.read()
        # Its own key for d stands there, and the last one that is read counts.
        usual = "\n".join(line for line in usual.split("\n") if not line.startswith("d = "))
        with open(os.path.join(directory, "binds.conf"), "w", encoding="utf-8") as f:
            f.write(usual.replace("[messages]\n", "[messages]\n" + keys, 1))

        def has_moved(folder):
            return self.near.files(folder) and not self.near.files("INBOX")

        def when_thrown(_shown):
            if not has_moved("Trash"):
                return False
            self.far.append("INBOX", mail.message(2, subject="receipt"))
            return True

        status, shown = pages.on_terminal(["aerc"], self.environment, self.directory, (
            (lambda shown: "throw" in shown, "d"),
            (when_thrown, "O"),
            (lambda shown: "receipt" in shown, "A"),
            (lambda _shown: has_moved("Archive"), ":quit\r")))
        self.assertEqual(status, 0, shown)
        self.shell("navette sync -q")
        self.assertEqual(self.subjects("INBOX"), [])
        self.assertEqual(self.subjects("Trash"), ["throw"])
        self.assertEqual(self.subjects("Archive"), ["receipt"])


class SeveralMachines(PageCase):
    def test_page(self):
        (every,) = [block for block in pages.blocks("several-machines.md", "sh") if "cp" not in block]
        (copy,) = [block for block in pages.blocks("several-machines.md", "sh") if "cp" in block]
        self.fill("read", "remove", "stay")
        self.shell(every)
        # The second machine has a home of its own, and the disk of the first beside it.
        first = dict(self.environment)
        home = os.path.join(self.directory, "second")
        disk = os.path.join(home, "disk")
        os.makedirs(disk)
        shutil.copytree(os.path.join(self.directory, "Mail"), os.path.join(disk, "Mail"))
        second = dict(first, HOME=home, XDG_STATE_HOME=os.path.join(home, "state"))
        self.environment = second
        said = self.shell(copy.replace("/media/disk", disk))
        self.assertNotIn("downloaded", said)
        self.assertNotIn("uploaded", said)
        there = sides.Near(os.path.join(home, "Mail/work"))
        self.assertEqual(len(there.files("INBOX")), 3)
        there.remove("INBOX", there.find("INBOX", b"Subject: remove"))
        self.shell(every)
        self.environment = first
        self.near.set_letters("INBOX", self.near.find("INBOX", b"Subject: read"), "S")
        self.shell(every)
        self.environment = second
        self.shell(every)
        self.assertEqual(self.subjects("INBOX"), ["read", "stay"])
        self.assertEqual(sides.near_view(there, "INBOX"), sides.near_view(self.near, "INBOX"))
        self.assertEqual(self.subjects("INBOX", "SEEN"), ["read"])

    def test_less_of_it(self):
        (keys,) = pages.blocks("several-machines.md", "ini")
        with open(self.config, encoding="utf-8") as f:
            account = f.read()
        window = [line for line in keys.splitlines() if line.startswith(("max-age", "keep"))]
        self.write_config(account + "\n".join(window) + "\n")
        for number, flags in enumerate(("", "\\Flagged", "")):
            self.far.append("INBOX", mail.message(number, subject=f"m{number}"), flags,
                            1_600_000_000 if number < 2 else time.time())
        self.shell("navette sync -q")
        self.assertEqual(len(self.near.files("INBOX")), 2)


class GettingStarted(PageCase):
    def test_page(self):
        os.unlink(self.config)
        self.fill("hello")
        init, first, status = pages.blocks("getting-started.md", "sh")
        answers = ["reader@example.org", "work", "", "5", f"echo {self.server.password}", "", "1"]
        options = f"--host 127.0.0.1 --port {self.server.port} --tls none --user reader"
        answers.remove("")  # the login name is said
        with open(os.path.join(self.directory, "answers"), "w", encoding="utf-8") as f:
            f.write("\n".join(answers) + "\n")
        self.shell(f"{init.strip()} {options} <answers")
        self.assertIn("work: works: logged in as reader", self.shell(first))
        self.assertEqual(len(self.near.files("INBOX")), 1)
        self.assertIn("work/INBOX: 1 message", self.shell(status))


class Backup(PageCase):
    def configure(self, text, server):
        """The page's account, with this server in place of its own."""
        lines = [line for line in text.splitlines() if not line.startswith(("host", "user", "password-command"))]
        lines[1:1] = ["host = 127.0.0.1", f"port = {server.port}", "tls = none", "user = reader",
                      f"password = {server.password}"]
        self.write_config("\n".join(lines) + "\n")

    def test_page(self):
        kept, new = pages.blocks("backup.md", "ini")
        run, back = pages.blocks("backup.md", "sh")
        self.configure(kept, self.server)
        self.fill("one", "two")
        self.shell(run)
        self.far.remove("INBOX", self.far.uids("INBOX")[:1])
        self.far.delete("Archive")
        self.shell(run)
        self.near.root = os.path.join(self.directory, "Backup/mail")
        self.assertEqual(len(self.near.files("INBOX")), 2)
        self.assertIn("Archive", self.near.folders())
        self.near.remove("INBOX", self.near.find("INBOX", b"Subject: two"))
        self.shell(run)
        self.assertEqual(self.subjects("INBOX"), ["two"])
        other = self.start_dovecot("other")
        self.configure(new, other)
        self.shell(back)
        self.far = self.connect(other)
        self.assertEqual(self.subjects("INBOX"), ["one"])


class NeoMutt(Mutt):
    program = "neomutt"


if __name__ == "__main__":
    unittest.main()
