"""navette and its peers: how each is configured and run. All write durably and use their defaults, except
where a class says otherwise."""

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
    executable = None
    header_size = 0  # bytes of a header that it adds to each message it stores near

    def __init__(self, place):
        self.place = place
        self.user = self.name.replace("-", "")
        self.directory = None
        self.is_ready = False  # has done its first sync

    @classmethod
    def is_installed(cls):
        return shutil.which(cls.executable) is not None

    @classmethod
    def version(cls):
        output = subprocess.run([cls.executable, "--version"], capture_output=True, text=True,
                                check=False)
        line = (output.stdout + output.stderr).splitlines()[0]
        return f"{cls.executable} {line.split()[-1]}"

    def begin(self, directory):
        """A fresh client."""
        self.directory = directory
        self.is_ready = False
        os.makedirs(self.mail)

    @property
    def mail(self):
        return os.path.join(self.directory, "mail")

    def folder(self, name):
        return os.path.join(self.mail, name)

    def command(self, port, certificate):
        """Writes the configuration; returns the words to run. Without CERTIFICATE plain text."""
        raise NotImplementedError

    def environment(self):
        return dict(os.environ, HOME=self.directory,
                    XDG_STATE_HOME=os.path.join(self.directory, "state"),
                    XDG_DATA_HOME=os.path.join(self.directory, "data"))


class Navette(Program):
    name = "navette"
    binary = None

    @classmethod
    def is_installed(cls):
        return True

    @classmethod
    def version(cls):
        output = subprocess.run([cls.binary, "--version"], capture_output=True, text=True,
                                check=False)
        return output.stdout.splitlines()[0]

    def command(self, port, certificate):
        config = os.path.join(self.directory, "config")
        tls = f"tls = implicit\ntls-ca = {certificate}\n" if certificate else "tls = none\n"
        write(config, f"[account bench]\nhost = localhost\nport = {port}\n{tls}auth = plain\n"
                      f"user = {self.user}\npassword = {self.place.password}\n"
                      f"maildir = {self.mail}\nmax-delete = none\n")
        return [self.binary, "-c", config, "sync", "-q"]


class Mbsync(Program):
    name = "mbsync"
    executable = "mbsync"
    header_size = len("X-TUID: 123456789012\n")

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
    executable = "offlineimap"
    options = ""

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
                      f"remotepass = {self.place.password}\n{self.options}"
                      f"auth_mechanisms = PLAIN\n{tls}\n")
        return ["offlineimap", "-o", "-c", config]


class OfflineimapWithFour(Offlineimap):
    """As many connections as navette."""

    name = "offlineimap-4"
    options = "maxconnections = 4\n"


class Interimap(Program):
    """Keeps two IMAP servers the same: the near one is Dovecot's imap in a pipe, and its Maildir is
    this program's. CPU and memory are of both."""

    name = "interimap"
    executable = "interimap"
    near_server = "/usr/lib/dovecot/imap"
    near_users = 0

    @classmethod
    def is_installed(cls):
        return super().is_installed() and os.path.exists(cls.near_server)

    def begin(self, directory):
        super().begin(directory)
        Interimap.near_users += 1
        self.near_user = f"interimapnear{self.near_users}"
        home = self.place.home(self.near_user)
        os.mkdir(home)
        self.place.give_to_server(home)
        os.makedirs(os.path.join(directory, "data", "interimap"), mode=0o700)

    def folder(self, name):
        return self.place.root(self.near_user, name)

    def near_command(self):
        """Not as root: it would take the socket of the pipe for one of inetd's."""
        change = "setpriv --reuid=mail --regid=mail --clear-groups " if os.geteuid() == 0 else ""
        return (f"{change}env HOME={self.place.home(self.near_user)} USER={self.near_user} "
                f"{self.near_server} -c {self.place.server.config_path} "
                "-o mail_fsync=optimized -o log_path=/dev/stderr")

    def command(self, port, certificate):
        config = os.path.join(self.directory, "interimaprc")
        tls = f"type = imaps\nSSL_CAfile = {certificate}\n" if certificate else (
            "type = imap\nSTARTTLS = NO\n")
        write(config, f"database = bench.db\n\n[local]\ntype = tunnel\n"
                      f"command = {self.near_command()}\n\n"
                      f"[remote]\n{tls}host = localhost\nport = {port}\n"
                      f"username = {self.user}\npassword = {self.place.password}\n")
        return ["interimap", "--quiet", f"--config={config}"]


ALL = [Navette, Mbsync, Offlineimap, OfflineimapWithFour, Interimap]
