"""navette login as its user does it: the browser is an HTTP client."""

import http.client
import json
import os
import subprocess
import urllib.parse

from . import oauth, schema
from .case import BINARY, TIMEOUT, Case, Run



def visit(url):
    """(status, Location, page)"""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    try:
        connection.request("GET", (parts.path or "/") + ("?" + parts.query if parts.query else ""))
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read().decode()
    finally:
        connection.close()


def parameters(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


class Login:
    """A running `navette login`."""

    def __init__(self, case, *arguments, keep_input=True):
        self.process = subprocess.Popen(
            [BINARY, "-c", case.config, "--json", "login", *arguments, "test"], env=case.environment,
            stdin=subprocess.PIPE if keep_input else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.case = case
        case.addCleanup(self.stop)
        self.first = self.process.stdout.readline()
        self.step = json.loads(self.first) if self.first else {}

    def paste(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end(self):
        out, err = self.process.communicate(timeout=TIMEOUT)
        run = Run(self.process)
        run.status, run.out, run.err = self.process.returncode, out, err
        schema.check(self.case, [self.step, *run.objects()] if self.step else run.objects())
        return run

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class LoginCase(Case):
    """An account whose provider is on loopback."""

    def setUp(self):
        super().setUp()
        if "navette login: not built in" in self.navette("--version").out:
            self.skipTest("this navette was built without libcurl or jansson")
        self.provider = oauth.Provider()
        self.addCleanup(self.provider.stop)
        self.token_file = os.path.join(self.directory, "state", "navette", ".tokens", "test")

    def configure(self, **keys):
        self.write_config(**{"password": None, "oauth": "custom", "client_id": oauth.CLIENT,
                             "issuer": self.provider.url, "scope": oauth.SCOPE, **keys})

    def login(self, status=0, **keys):
        """By a browser on this computer."""
        self.configure(**keys)
        login = Login(self)
        _status, back, _page = visit(login.step["url"])
        page = visit(back)
        run = login.end()
        self.assertEqual(run.status, status, run)
        self.assertEqual(page[0], 200, page)
        return run

    def kept(self):
        with open(self.token_file, encoding="utf-8") as f:
            return json.load(f)

    def keep(self, **changes):
        """Changes what is kept."""
        with open(self.token_file, "w", encoding="utf-8") as f:
            json.dump({**self.kept_before, **changes}, f)

    def age(self):
        """What is kept has to be renewed."""
        self.kept_before = self.kept()
        self.keep(expires=1)
