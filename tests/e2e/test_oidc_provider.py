"""navette login at a provider that others wrote: oidc-provider of npm, where NAVETTE_OIDC_PROVIDER names a folder of
node_modules that has it."""

import html
import http.cookiejar
import os
import re
import shutil
import subprocess
import urllib.parse
import urllib.request

from harness import oauth
from harness.case import TIMEOUT, Case
from harness.login import Login

MODULES = os.environ.get("NAVETTE_OIDC_PROVIDER", "")
PROGRAM = os.path.join(os.path.dirname(__file__), "harness", "oidc.mjs")


class Browser:
    """Fills in each form that it is shown, as USER, until there is none."""

    def __init__(self, user, **fields):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
        self.fields = {"login": user, "password": "x", **fields}

    def visit(self, url):
        page, address = self.get(url)
        for _ in range(6):
            form = re.search(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', page, re.S)
            if not form:
                return page
            given = {}
            for field in re.findall(r"<input[^>]*>", form[2]):
                name, value = re.search(r'name="([^"]*)"', field), re.search(r'value="([^"]*)"', field)
                if name:
                    given[name[1]] = self.fields.get(name[1], html.unescape(value[1]) if value else "")
            page, address = self.get(urllib.parse.urljoin(address, html.unescape(form[1])),
                                     urllib.parse.urlencode(given).encode())
        raise AssertionError("forms without end: " + page)

    def get(self, url, data=None):
        with self.opener.open(url, data, timeout=TIMEOUT) as answer:
            return answer.read().decode(), answer.geturl()


class OidcProvider(Case):
    def setUp(self):
        super().setUp()
        if not shutil.which("node") or not os.path.exists(os.path.join(MODULES or "/-", "oidc-provider")):
            self.skipTest("there is no node, or NAVETTE_OIDC_PROVIDER does not name a folder with oidc-provider")
        if "navette login: not built in" in self.navette("--version").out:
            self.skipTest("this navette was built without libcurl or jansson")
        self.node = subprocess.Popen(["node", PROGRAM, os.path.abspath(MODULES)], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.stop)
        self.issuer = self.node.stdout.readline().strip()
        self.write_config(host="127.0.0.1", port=1, user="me@example.org", password=None, oauth="custom",
                          client_id=oauth.CLIENT, issuer=self.issuer, scope="openid email offline_access",
                          redirect_url="http://127.0.0.1/")

    def stop(self):
        self.node.kill()
        self.node.wait()
        self.node.stdout.close()

    def assert_logged_in(self, run):
        self.assertEqual(run.status, 0, run)
        done = run.objects()[-1]
        self.assertEqual((done["user"], done["lasting"]), ("me@example.org", True))
        self.assertRegex(self.navette("check", "-v").out, "the token of me@example.org is good for .* and can be renewed")

    def test_by_a_browser(self):
        login = Login(self)
        self.assertIn("navette is logged in", Browser("me@example.org").visit(login.step["url"]))
        self.assert_logged_in(login.end())
        self.assert_renewed()

    def assert_renewed(self):
        path = os.path.join(self.directory, "state", "navette", ".tokens", "test")
        with open(path, encoding="ascii") as f:
            before = f.read()
        with open(path, "w", encoding="ascii") as f:
            f.write(re.sub(r'"expires":\d+', '"expires":1', before))
        self.assertIn("is good for", self.navette("check", "-v").out)
        with open(path, encoding="ascii") as f:
            after = f.read()
        for name in ("access_token", "refresh_token"):
            self.assertNotEqual(*(re.search(f'"{name}":"([^"]*)"', text)[1] for text in (before, after)))

    def test_as_somebody_else(self):
        login = Login(self)
        Browser("boss@example.org").visit(login.step["url"])
        run = login.end()
        self.assertEqual(run.status, 1, run)
        self.assertIn("it was boss@example.org who signed in", run.err)

    def test_by_a_device(self):
        login = Login(self, "--device")
        Browser("me@example.org", user_code=login.step["code"]).visit(login.step["url"])
        self.assert_logged_in(login.end())
