"""navette and its peers: how each is configured and run."""

import os
import shutil
import subprocess


def write(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="utf-8") as f:
        f.write(text)


class Program:
    """One program with a user of its own on the server and a directory of its own here."""

    name = None

    def __init__(self, place):
        self.place = place
        self.user = self.name.replace("-", "")
        self.directory = None

    @classmethod
    def is_installed(cls):
        return shutil.which(cls.name) is not None

    def begin(self, directory):
        """A fresh client."""
        self.directory = directory
        os.makedirs(self.mail)

    @property
    def mail(self):
        return os.path.join(self.directory, "mail")

    def folder(self, name):
        return os.path.join(self.mail, name)

    def environment(self):
        return dict(os.environ, HOME=self.directory,
                    XDG_STATE_HOME=os.path.join(self.directory, "state"))

    def version(self):
        output = subprocess.run([self.name, "--version"], capture_output=True, text=True,
                                check=False)
        return (output.stdout + output.stderr).splitlines()[0]


class Navette(Program):
    name = "navette"
    binary = None

    @classmethod
    def is_installed(cls):
        return cls.binary is not None

    def command(self, port, certificate):
        config = os.path.join(self.directory, "config")
        tls = f"tls = implicit\ntls-ca = {certificate}\n" if certificate else "tls = none\n"
        write(config, f"[account bench]\nhost = localhost\nport = {port}\n{tls}auth = plain\n"
                      f"user = {self.user}\npassword = {self.place.password}\n"
                      f"maildir = {self.mail}\nmax-delete = none\n")
        return [self.binary, "-c", config, "sync", "-q"]

    def version(self):
        output = subprocess.run([self.binary, "--version"], capture_output=True, text=True,
                                check=False)
        return output.stdout.splitlines()[0]


class Mbsync(Program):
    """With its defaults: FSync is on, commands are pipelined."""

    name = "mbsync"

    def command(self, port, certificate):
        config = os.path.join(self.directory, "mbsyncrc")
        tls = f"SSLType IMAPS\nCertificateFile {certificate}" if certificate else "SSLType None"
        write(config, f"IMAPAccount far\nHost localhost\nPort {port}\nUser {self.user}\n"
                      f"Pass {self.place.password}\nAuthMechs PLAIN\n{tls}\n\n"
                      "IMAPStore far\nAccount far\n\n"
                      f"MaildirStore near\nPath {self.mail}/\nInbox {self.mail}/INBOX\n"
                      "SubFolders Verbatim\n\n"
                      "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\n"
                      "Expunge Both\nSyncState *\n")
        return ["mbsync", "-q", "-c", config, "-a"]


class Offlineimap(Program):
    name = "offlineimap"

    def command(self, port, certificate):
        config = os.path.join(self.directory, "offlineimaprc")
        tls = f"ssl = yes\nsslcacertfile = {certificate}" if certificate else (
            "ssl = no\nstarttls = no")
        write(config, "[general]\naccounts = bench\nui = quiet\n"
                      f"metadata = {self.directory}/state\nfsync = True\n\n"
                      "[Account bench]\nlocalrepository = near\nremoterepository = far\n\n"
                      f"[Repository near]\ntype = Maildir\nlocalfolders = {self.mail}\n\n"
                      f"[Repository far]\ntype = IMAP\nremotehost = localhost\n"
                      f"remoteport = {port}\nremoteuser = {self.user}\n"
                      f"remotepass = {self.place.password}\nmaxconnections = 4\n"
                      f"auth_mechanisms = PLAIN\n{tls}\n")
        return ["offlineimap", "-o", "-c", config]


ALL = [Navette, Mbsync, Offlineimap]
