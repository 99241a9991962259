"""Proxies on loopback: a SOCKS server (dante) and one of HTTP (tinyproxy)."""

import os
import shutil
import socket
import subprocess
import time

from .dovecot import free_port


def find(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


class Proxy:
    program = None

    def __init__(self, case):
        self.port, self.log = free_port(), os.path.join(case.directory, self.program + ".log")
        config = os.path.join(case.directory, self.program + ".conf")
        with open(config, "w", encoding="ascii") as f:
            f.write(self.config())
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([find(self.program), *self.arguments(config)], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        case.addCleanup(self.stop)
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.02)  # the runner ends a test that goes on for ever
        raise RuntimeError(self.program + " did not start: " + self.said())

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)
        self.process.wait()


class Socks(Proxy):
    program = "danted"

    def arguments(self, config):
        return "-f", config, "-p", self.log + ".pid"

    def config(self):
        return f"""logoutput: {self.log}
internal: 127.0.0.1 port = {self.port}
external: lo
socksmethod: none
clientmethod: none
user.privileged: root
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 log: connect error }}
"""


class Http(Proxy):
    program = "tinyproxy"

    def arguments(self, config):
        return "-d", "-c", config

    def config(self):
        return f"""Port {self.port}
Listen 127.0.0.1
Allow 127.0.0.1
BasicAuth reader secret-4711
LogLevel Connect
"""
