"""A throwaway Dovecot on loopback, on a free port, as root or as an ordinary user."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

PASSWORD = "correct horse"
SCRAM = "plain login scram-sha-256"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def find_program(name):
    for directory in ("/usr/sbin", "/usr/local/sbin", "/usr/bin"):
        path = os.path.join(directory, name)
        if os.access(path, os.X_OK):
            return path
    return shutil.which(name)


def is_installed():
    return find_program("dovecot") is not None


class Dovecot:
    """Options: storage ("maildir" or "sdbox"), separator, prefix, capability (the whole list after
    login, to take extensions away), certificate and key (files), compress (offer COMPRESS=DEFLATE, when
    the capability list does), listen (addresses), home (of a user, below home/, in Dovecot's words), mechanisms (of
    logins: SCRAM costs both sides more than all else that a small test does)."""

    def __init__(self, directory, storage="maildir", separator="/", prefix="", capability=None,
                 certificate=None, key=None, extra="", compress=False, listen="127.0.0.1", home="%u",
                 mechanisms="plain login"):
        self.directory = directory
        self.storage = storage
        self.separator = separator
        self.prefix = prefix
        self.capability = capability
        self.certificate = certificate
        self.key = key
        self.extra = extra
        self.compress = compress
        self.listen = listen
        self.home = home
        self.mechanisms = mechanisms
        self.port = free_port()
        self.tls_port = free_port()
        self.process = None

    def user_settings(self):
        if os.geteuid() == 0:
            # Dovecot serves no mail as root.
            name = "mail"
            return {"internal": "dovecot", "login": "dovenull", "uid": name, "gid": name}
        name = pwd.getpwuid(os.geteuid()).pw_name
        group = grp.getgrgid(os.getegid()).gr_name
        return {"internal": name, "login": name, "uid": name, "gid": group}

    def config(self):
        users = self.user_settings()
        root = os.geteuid() == 0
        location = {"maildir": "maildir:~/Maildir", "sdbox": "sdbox:~/sdbox"}[self.storage]
        tls = "ssl = no\n"
        if self.certificate:
            tls = f"ssl = yes\nssl_cert = <{self.certificate}\nssl_key = <{self.key}\n"
        capability = f"imap_capability = {self.capability}\n" if self.capability else ""
        plugins = ""
        if self.compress:
            plugins = "mail_plugins = zlib\nprotocol imap {\n  mail_plugins = zlib imap_zlib\n}\n"
        chroot = "" if root else "  chroot =\n"
        return f"""
base_dir = {self.directory}/run
state_dir = {self.directory}/state
log_path = {self.directory}/dovecot.log
auth_verbose = yes
protocols = imap
listen = {self.listen}
{tls}
disable_plaintext_auth = no
auth_mechanisms = {self.mechanisms}
verbose_proctitle = yes
default_internal_user = {users['internal']}
default_internal_group = {users['internal'] if root else users['gid']}
default_login_user = {users['login']}
first_valid_uid = 1
first_valid_gid = 1
mail_location = {location}
mail_fsync = never
{capability}{plugins}
service imap-login {{
{chroot}  service_count = 0
  client_limit = 200
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port if self.certificate else 0}
    ssl = yes
  }}
}}
# A process that serves one client after the other: to start one takes longer than most sessions.
service imap {{
  service_count = 0
  process_limit = 100
}}
service anvil {{
{chroot}  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
{chroot}}}
passdb {{
  driver = static
  args = password={PASSWORD.replace(' ', '_')}
}}
userdb {{
  driver = static
  args = uid={users['uid']} gid={users['gid']} home={self.directory}/home/{self.home}
}}
namespace inbox {{
  inbox = yes
  separator = {self.separator}
  prefix = {self.prefix}
}}
{self.extra}
"""

    @property
    def password(self):
        return PASSWORD.replace(" ", "_")

    def start(self):
        os.makedirs(os.path.join(self.directory, "home"), exist_ok=True)
        os.chmod(self.directory, 0o755)
        if os.geteuid() == 0:
            shutil.chown(os.path.join(self.directory, "home"), "mail", "mail")
        self.config_path = os.path.join(self.directory, "dovecot.conf")
        with open(self.config_path, "w", encoding="utf-8") as f:
            f.write(self.config())
        self.process = subprocess.Popen(
            [find_program("dovecot"), "-F", "-c", self.config_path],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)
        self.wait_until_ready()
        return self

    def deliver(self, folder, messages, user="reader", letters="S", when=1_600_000_000):
        """Puts MESSAGES straight into a Maildir of the server, made if need be: quicker than to append
        them."""
        home = os.path.join(self.directory, "home", user)
        root = os.path.join(home, "Maildir", "" if folder == "INBOX" else "." + folder)
        for part in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(root, part), exist_ok=True)
        for i, body in enumerate(messages):
            path = os.path.join(root, "cur", f"{when + i}.{i}.{folder}:2,{letters}")
            with open(path, "wb") as f:
                f.write(body.replace(b"\r\n", b"\n"))
            os.utime(path, (when + i, when + i))
        if os.geteuid() == 0:
            for directory, _names, files in os.walk(home):
                for name in ["."] + files:
                    shutil.chown(os.path.join(directory, name), "mail", "mail")

    def wait_until_ready(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                    s.settimeout(10)
                    if s.recv(64).startswith(b"* OK"):
                        return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise RuntimeError(self.process.stderr.read().decode() + self.log())
            time.sleep(0.01)
        raise RuntimeError("dovecot did not start: " + self.log())

    def sessions(self):
        """How many clients it still serves: a process without one says so in its title."""
        count = 0
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            children = f.read().split()
        for child in children:
            try:
                with open(f"/proc/{child}/cmdline", "rb") as f:
                    title = f.read()
                count += title.startswith((b"dovecot/imap\0", b"dovecot/imap ")) and b"[idling]" not in title
            except OSError:
                pass  # it has ended
        return count

    def log(self):
        try:
            with open(os.path.join(self.directory, "dovecot.log"), encoding="utf-8",
                      errors="replace") as f:
                return f.read()[-3000:]
        except OSError:
            return ""

    def stop(self):
        if not self.process:
            return
        # An orderly end would take it a second, and its mail is thrown away anyway.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()
        self.process = None
