"""A throwaway Cyrus IMAP on loopback: a server with another mind than Dovecot's."""

import getpass
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from . import unpacked
from .dovecot import free_port
from .listening import close_listener


class PasswordService:
    """What Cyrus asks about passwords: answers as saslauthd does."""

    def __init__(self, path, password):
        self.password = password.encode()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o777)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as reader:
                connection.settimeout(10)
                _user, password, _service, _realm = (
                    reader.read(struct.unpack(">H", reader.read(2))[0]) for _ in range(4))
                answer = b"OK" if password == self.password else b"NO"
                connection.sendall(struct.pack(">H", len(answer)) + answer)

    def stop(self):
        close_listener(self.listener)


class Cyrus:
    """Options: separator ("/" or "."), prefix ("" or "INBOX."), extra lines of imapd.conf."""

    password = "correct_horse"

    def __init__(self, directory, separator="/", prefix="", extra=""):
        self.root = unpacked.unpack("cyrus")
        self.directory = directory
        self.separator, self.prefix, self.extra = separator, prefix, extra
        self.port = free_port()
        self.process = None

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(text)

    def configure(self):
        user = "mail" if os.geteuid() == 0 else getpass.getuser()
        programs = os.path.join(self.root, "usr/lib/cyrus/bin")
        config = self.path("imapd.conf")
        yes_no = {True: "yes", False: "no"}
        self.write("imapd.conf", f"""configdirectory: {self.path('conf')}
proc_path: {self.path('proc')}
mboxname_lockpath: {self.path('lock')}
defaultpartition: default
partition-default: {self.path('spool')}
sievedir: {self.path('sieve')}
admins: cyrus
altnamespace: {yes_no[not self.prefix]}
unixhierarchysep: {yes_no[self.separator == '/']}
allowplaintext: yes
autocreate_quota: 0
sasl_mech_list: PLAIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {self.path('mux')}
cyrus_user: {user}
{self.extra}
""")
        self.write("cyrus.conf", f"""START {{
  recover cmd="{programs}/ctl_cyrusdb -r -C {config}"
}}
SERVICES {{
  imap cmd="{programs}/imapd -U 30 -C {config}" listen="127.0.0.1:{self.port}" prefork=0
}}
DAEMON {{
  idled cmd="{programs}/idled -C {config}"
}}
EVENTS {{
}}
""")
        return os.path.join(programs, "master")

    def start(self):
        for name in ("conf/socket", "proc", "lock", "spool", "sieve", "run"):
            os.makedirs(self.path(name))
        self.passwords = PasswordService(self.path("mux"), self.password)
        master = self.configure()
        if os.geteuid() == 0:
            for directory, _names, _files in os.walk(self.directory):
                shutil.chown(directory, "mail", "mail")
        self.process = subprocess.Popen(
            [master, "-C", self.path("imapd.conf"), "-M", self.path("cyrus.conf"),
             "-p", self.path("run", "pid")], env=unpacked.environment(self.root),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,  # at its end it kills its whole process group
            **unpacked.serving_user())
        self.wait_until_ready()
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                    s.settimeout(20)
                    if s.recv(64).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("cyrus did not start")

    def log(self):
        return ""

    def stop(self):
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.passwords.stop()
        self.process = None
