"""An OAuth 2.0 provider on loopback: authorization, token and device endpoints (RFC 6749, 7636, 8628), introspection
(RFC 7662) for a Dovecot that logs in by its tokens, and metadata (RFC 8414). What goes wrong are its switches.

As a program it is what `token-command` runs: it refreshes a token as mutt_oauth2.py and its like do."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import secrets
import ssl
import sys
import threading
import time
import urllib.parse
import urllib.request

CLIENT = "navette-test"
SCOPE = "https://mail.example.org/"


class Token:
    def __init__(self, user, scope, lifetime):
        self.user, self.scope = user, scope
        self.expires = time.monotonic() + lifetime
        self.revoked = False

    @property
    def valid(self):
        return not self.revoked and time.monotonic() < self.expires


class Refusal(Exception):
    """An error of RFC 6749 section 5.2 or RFC 8628 section 3.5."""

    def __init__(self, error, status=400):
        super().__init__(error)
        self.error, self.status = error, status


class Provider:
    """Switches, to be changed at any time: user (who is signed in at the browser), lifetime of access tokens in
    seconds, rotate (a refresh gives a new refresh token, the old one is void), scope (None: as it was asked for),
    error (what the token endpoint answers: an error word), status and body (an answer in its place, at all
    endpoints), delay (seconds before each answer), device_polls (how often the device is told to wait), device_error (what
    it is told then, such as access_denied), slow_down (the first poll is told so), jwt_key (access tokens are JWTs, signed by HS256 with
    it, that a server can check by itself), identity (whom an id_token names
    where the scope has "openid"; None: there is none), renewable (there are refresh tokens), description (with error),
    revokes (False: there is no endpoint for that; "refuses": it refuses)."""

    def __init__(self, certificate=None, key=None):
        self.user, self.lifetime, self.rotate, self.scope = "reader", 3600, True, None
        self.error = self.status = self.body = None
        self.delay, self.device_polls, self.device_error, self.slow_down = 0, 0, None, False
        self.jwt_key, self.identity, self.renewable, self.description = None, None, True, None
        self.revokes = True
        self.access, self.refresh, self.codes, self.devices = {}, {}, {}, {}
        self.log = []  # (path, parameters) of each request
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            # In the thread of each connection: one that breaks off must not end them all.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def count(self, path, **parameters):
        return sum(p == path and parameters.items() <= given.items() for p, given in self.log)

    # --- What a test does by hand ---

    def grant(self, user=None, scope=SCOPE):
        """(access token, refresh token), as after an authorization."""
        with self.lock:
            answer = self.issue(user or self.user, scope)
        return answer["access_token"], answer["refresh_token"]

    def is_valid(self, token):
        return token in self.access and self.access[token].valid

    def expire_all(self):
        for token in self.access.values():
            token.expires = 0

    # --- Tokens ---

    def issue(self, user, scope, refresh=None):
        access = self.jwt(user, scope) if self.jwt_key else "at." + secrets.token_urlsafe(300)
        self.access[access] = Token(user, self.scope or scope, self.lifetime)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime,
                  "scope": self.access[access].scope}
        if self.identity and "openid" in scope.split():
            answer["id_token"] = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
                                          for part in ({"alg": "none"}, {"email": self.identity}, "unsigned"))
        if self.renewable and (refresh is None or self.rotate):
            answer["refresh_token"] = "rt." + secrets.token_urlsafe(40)
            self.refresh[answer["refresh_token"]] = (user, scope)
            self.refresh.pop(refresh, None)
        return answer

    def jwt(self, user, scope):
        """RFC 7519"""
        now = int(time.time())
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (
            {"alg": "HS256", "typ": "JWT"},
            {"sub": user, "scope": self.scope or scope, "iat": now, "exp": now + self.lifetime, "jti": secrets.token_hex(8)})]
        signature = hmac.new(self.jwt_key, b".".join(parts), hashlib.sha256).digest()
        return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()

    def token(self, given):
        """The token endpoint (RFC 6749 section 4.1.3 and 6, RFC 8628 section 3.4)."""
        if self.error:
            raise Refusal(self.error, 401 if self.error == "invalid_client" else 400)
        if given.get("client_id") != CLIENT:
            raise Refusal("invalid_client", 401)
        grants = {"authorization_code": self.redeem, "refresh_token": self.renew,
                  "urn:ietf:params:oauth:grant-type:device_code": self.poll}
        grant = grants.get(given.get("grant_type"))
        if not grant:
            raise Refusal("unsupported_grant_type")
        return grant(given)

    def redeem(self, given):
        """A code is good once, for the address and the verifier that it was asked for with (RFC 7636 section 4.6)."""
        asked = self.codes.pop(given.get("code"), None)
        if not asked or asked["redirect_uri"] != given.get("redirect_uri"):
            raise Refusal("invalid_grant")
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            raise Refusal("invalid_grant")
        return self.issue(asked["user"], asked.get("scope", SCOPE))

    def renew(self, given):
        refresh = given.get("refresh_token")
        if refresh not in self.refresh:
            raise Refusal("invalid_grant")
        return self.issue(*self.refresh[refresh], refresh=refresh)

    def poll(self, given):
        device = self.devices.get(given.get("device_code"))
        if not device:
            raise Refusal("expired_token")
        device["polls"] += 1
        if self.slow_down and device["polls"] == 1:
            raise Refusal("slow_down")
        if device["polls"] <= self.device_polls:
            raise Refusal("authorization_pending")
        if self.device_error:
            raise Refusal(self.device_error)
        del self.devices[given["device_code"]]
        return self.issue(self.user, device["scope"])

    # --- The other endpoints ---

    def authorize(self, given):
        """The address that the browser is sent to, its user having said yes (RFC 6749 section 4.1.2)."""
        if given.get("client_id") != CLIENT or "redirect_uri" not in given:
            raise Refusal("invalid_request")
        back = {"state": given.get("state", ""), "iss": self.url}
        if given.get("response_type") != "code" or given.get("code_challenge_method") != "S256":
            back["error"] = "invalid_request"
        elif self.error:
            back["error"] = self.error
        else:
            back["code"] = secrets.token_urlsafe(20)
            self.codes[back["code"]] = {**given, "user": self.user}
        return given["redirect_uri"] + "?" + urllib.parse.urlencode(back)

    def device(self, given):
        """RFC 8628 section 3.2."""
        if given.get("client_id") != CLIENT:
            raise Refusal("invalid_client", 401)
        code = secrets.token_urlsafe(20)
        self.devices[code] = {"polls": 0, "scope": given.get("scope", SCOPE)}
        return {"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": self.url + "/activate",
                "expires_in": 900, "interval": 1}

    def introspect(self, given):
        token = self.access.get(given.get("token"))
        if not token or not token.valid:
            return {"active": False}
        return {"active": True, "username": token.user, "scope": token.scope, "client_id": CLIENT,
                "exp": int(time.time() + token.expires - time.monotonic())}

    def revoke(self, given):
        """RFC 7009 section 2: what is not known is void too."""
        if given.get("client_id") != CLIENT:
            raise Refusal("invalid_client", 401)
        if self.revokes == "refuses":
            raise Refusal("unsupported_token_type")
        self.refresh.pop(given.get("token"), None)
        return {}

    def metadata(self, _given):
        return {"issuer": self.url, "authorization_endpoint": self.url + "/authorize",
                "token_endpoint": self.url + "/token", "device_authorization_endpoint": self.url + "/device",
                **({"revocation_endpoint": self.url + "/revoke"} if self.revokes else {}),
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True}

    # --- HTTP ---

    def handler(self):
        provider = self
        endpoints = {("POST", "/token"): self.token, ("POST", "/device"): self.device,
                     ("POST", "/introspect"): self.introspect, ("GET", "/authorize"): self.authorize,
                     ("POST", "/revoke"): self.revoke,
                     ("GET", "/.well-known/oauth-authorization-server"): self.metadata}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_arguments):
                pass

            def answer(self, status, body, **headers):
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Cache-Control": "no-store",
                                    "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                try:
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # who asked has gone

            def serve(self, method):
                path, _, query = self.path.partition("?")
                size = int(self.headers.get("Content-Length") or 0)
                given = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode() if size else query))
                endpoint = endpoints.get((method, path))
                with provider.lock:
                    provider.log.append((path, given))
                time.sleep(provider.delay)
                if provider.status:
                    self.answer(provider.status, provider.body or b"")
                elif not endpoint:
                    self.answer(404, {"error": "not_found"})
                else:
                    self.serve_by(endpoint, given)

            def serve_by(self, endpoint, given):
                try:
                    with provider.lock:
                        found = endpoint(given)
                except Refusal as refusal:
                    self.answer(refusal.status, {"error": refusal.error, **(
                        {"error_description": provider.description} if provider.description else {})})
                    return
                if isinstance(found, str):
                    self.answer(302, b"", Location=found)
                else:
                    self.answer(200, found)

            def do_GET(self):
                self.serve("GET")

            def do_POST(self):
                self.serve("POST")

        return Handler


def local_settings(provider, directory):
    """Dovecot looks at the JWT alone."""
    keys = os.path.join(directory, "keys", "default", "HS256")
    os.makedirs(keys)
    with open(os.path.join(keys, "default"), "wb") as f:
        f.write(base64.b64encode(provider.jwt_key))
    return (f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={directory}/keys/\n"
            f"username_attribute = sub\nscope = {SCOPE}\n")


def dovecot_settings(provider, directory):
    """For harness.dovecot.Dovecot's EXTRA: logins by PROVIDER's tokens as well, if they are for SCOPE."""
    path = os.path.join(directory, "oauth2.conf.ext")
    with open(path, "w", encoding="ascii") as f:
        f.write(local_settings(provider, directory) if provider.jwt_key else
                f"introspection_mode = post\nintrospection_url = {provider.url}/introspect\n"
                f"force_introspection = yes\nusername_attribute = username\nscope = {SCOPE}\n"
                "active_attribute = active\nactive_value = true\n")
    os.chmod(path, 0o644)
    return f"""
auth_mechanisms = plain login oauthbearer xoauth2
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {path}
}}
"""


def keep(directory, refresh):
    """The file in which the program below keeps its refresh token."""
    path = os.path.join(directory, "refresh-token")
    with open(path, "w", encoding="ascii") as f:
        f.write(refresh)
    return path


def token_command(provider, path):
    """A script beside PATH: a line of the configuration is no longer than 196 bytes."""
    script = os.path.join(os.path.dirname(path), "token")
    with open(script, "w", encoding="utf-8") as f:
        f.write(f"#!/bin/sh\nexec {sys.executable} {os.path.abspath(__file__)} {provider.url}/token {path}\n")
    os.chmod(script, 0o700)
    return script


def post(url, **parameters):
    """The JSON of the answer, whatever its status."""
    data = urllib.parse.urlencode(parameters).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, data, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)


def main():
    url, path = sys.argv[1:]
    with open(path, encoding="ascii") as f:
        refresh = f.read()
    answer = post(url, grant_type="refresh_token", client_id=CLIENT, refresh_token=refresh)
    if "error" in answer:
        sys.exit("the provider says " + answer["error"])
    keep(os.path.dirname(path), answer.get("refresh_token", refresh))
    print(answer["access_token"])


if __name__ == "__main__":
    main()
