"""A throwaway Courier IMAP on loopback: each connection is an imapd of its own, logged in from its start."""

import getpass
import os
import socket
import subprocess
import threading

from . import unpacked
from .listening import close_listener


class FileMonitor:
    """Stands in for the daemon that Courier asks about changed files: takes questions, never answers."""

    def __init__(self, user, name):
        self.listener = socket.socket(socket.AF_UNIX)
        # An abstract name of full length, as libgamin makes it.
        self.listener.bind(f"\0/tmp/fam-{user}-{name}".encode().ljust(108, b"\0"))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.swallow, args=(connection,), daemon=True).start()

    @staticmethod
    def swallow(connection):
        with connection:
            while connection.recv(4096):
                pass

    def stop(self):
        close_listener(self.listener)


class Courier:
    """Its delimiter is ".", its prefix "INBOX."; it has UIDPLUS, and neither LITERAL+ nor ESEARCH."""

    password = "not asked for"
    separator, prefix = ".", "INBOX."

    def __init__(self, directory):
        self.root = unpacked.unpack("courier")
        self.directory = directory
        self.processes = []
        self.user = "mail" if os.geteuid() == 0 else getpass.getuser()
        self.monitor_name = f"navette-{os.getpid()}"

    def environment(self):
        return dict(unpacked.environment(self.root), HOME=self.directory, MAILDIR="Maildir",
                    AUTHENTICATED="reader", IMAP_KEYWORDS="1", IMAP_USELOCKS="1",
                    GAM_CLIENT_ID=self.monitor_name,
                    IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE SORT QUOTA IDLE")

    def start(self):
        os.chmod(self.directory, 0o777)
        self.monitor = FileMonitor(self.user, self.monitor_name)
        subprocess.run([os.path.join(self.root, "usr/bin/maildirmake.courier"),
                        os.path.join(self.directory, "Maildir")], check=True,
                       env=self.environment(), **unpacked.serving_user())
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                self.processes.append(subprocess.Popen(
                    [os.path.join(self.root, "usr/bin/imapd"), "Maildir"], stdin=connection,
                    stdout=connection, stderr=subprocess.DEVNULL, cwd=self.directory,
                    env=self.environment(), **unpacked.serving_user()))

    def log(self):
        return ""

    def stop(self):
        close_listener(self.listener)
        self.monitor.stop()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
