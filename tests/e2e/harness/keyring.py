"""A desktop's keyring of its own: a session bus, and GNOME's daemon on it."""

import os
import shutil
import subprocess
import time

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon", "gdbus", "secret-tool")
SECRETS = ("--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets")


def is_installed():
    return all(map(shutil.which, PROGRAMS))


class Keyring:
    """ENVIRONMENT is that of the programs that are to find it; it is changed."""

    def __init__(self, case):
        self.environment = case.environment
        runtime = os.path.join(case.directory, "runtime")
        os.makedirs(runtime, mode=0o700)
        self.environment.update(XDG_RUNTIME_DIR=runtime, XDG_DATA_HOME=os.path.join(case.directory, "data"))
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"], env=self.environment,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        case.addCleanup(self.stop)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.bus.stdout.readline().strip()
        self.daemon = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                                       env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.daemon.stdin.write(b"password")
        self.daemon.stdin.close()
        while not self.call("org.freedesktop.DBus.Peer.Ping").returncode == 0:
            time.sleep(0.05)  # the runner ends a test that goes on for ever

    def call(self, method, *arguments):
        return subprocess.run(["gdbus", "call", *SECRETS, "--method", method, *arguments], env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)

    def lock(self):
        run = self.call("org.freedesktop.Secret.Service.Lock", "['/org/freedesktop/secrets/collection/login']")
        assert run.returncode == 0, run

    def add(self, attributes, secret):
        words = [word for pair in attributes.items() for word in pair]
        subprocess.run(["secret-tool", "store", "--label=test", *words], env=self.environment, input=secret, text=True,
                       timeout=60, check=True)

    def stop(self):
        for process in (self.daemon, self.bus):
            process.kill()
            process.wait()
        self.bus.stdout.close()
