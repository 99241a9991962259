"""The server's side of SCRAM (RFC 5802, RFC 7677), right or wrong at will."""

import base64
import hashlib
import hmac

from .scripted import Drop

SALT, ROUNDS, NONCE = b"any salt", 4096, b"of-the-server"


def encode(data):
    return base64.b64encode(data).decode()


class Scram:
    """A hook for AUTHENTICATE. FIRST, FINAL: functions that are given the right message and return what is sent
    instead; None: nothing, and the connection is closed. BINDING: of a session, the channel binding that the server sees,
    or None."""

    def __init__(self, password, mechanism="SCRAM-SHA-256", first=None, final=None,
                 rounds=ROUNDS, binding=None):
        self.password = password.encode()
        self.hash = "sha256" if "256" in mechanism else "sha1"
        self.mechanism = mechanism
        self.first = first or (lambda message: message)
        self.final = final or (lambda message: message)
        self.rounds = rounds
        self.binding = binding
        self.done = 0

    def hmac(self, key, data):
        return hmac.new(key, data, self.hash).digest()

    def read(self, session):
        line = session.reader.readline().strip()
        session.server.log.append(line.decode(errors="replace"))
        if not line:
            raise Drop
        return base64.b64decode(line)

    def fields(self, message):
        return dict(part.split(b"=", 1) for part in message.split(b",") if b"=" in part)

    def check_binding(self, session, header, message):
        wanted = header + (self.binding(session) if self.binding else b"")
        return base64.b64decode(self.fields(message)[b"c"]) == wanted

    def __call__(self, session, tag, rest):
        mechanism, _, initial = rest.partition(" ")
        if mechanism != self.mechanism:
            return "TAG NO another one"
        if initial:
            client_first = base64.b64decode(initial)
        else:
            session.send("+ ")
            client_first = self.read(session)
        header_end = client_first.index(b",", client_first.index(b",") + 1) + 1
        header, bare = client_first[:header_end], client_first[header_end:]
        nonce = self.fields(bare)[b"r"] + NONCE
        server_first = b"r=%s,s=%s,i=%d" % (nonce, base64.b64encode(SALT), self.rounds)
        sent = self.first(server_first)
        if sent is None:
            raise Drop
        session.send("+ " + encode(sent))
        client_final = self.read(session)
        if client_final == b"*":
            return "TAG BAD as you like"
        return self.end(session, tag, header, bare, server_first, client_final)

    def end(self, session, tag, header, bare, server_first, client_final):
        without_proof, _, proof = client_final.rpartition(b",p=")
        message = b",".join((bare, server_first, without_proof))
        salted = hashlib.pbkdf2_hmac(self.hash, self.password, SALT, self.rounds)
        client_key = self.hmac(salted, b"Client Key")
        signature = self.hmac(hashlib.new(self.hash, client_key).digest(), message)
        right = bytes(a ^ b for a, b in zip(client_key, signature))
        if base64.b64decode(proof) != right or not self.check_binding(
                session, header, without_proof):
            return "TAG NO [AUTHENTICATIONFAILED] who are you?"
        final = self.final(b"v=" + base64.b64encode(
            self.hmac(self.hmac(salted, b"Server Key"), message)))
        if final is None:
            raise Drop
        session.send("+ " + encode(final))
        if not session.reader.readline():
            raise Drop
        self.done += 1
        session.send(f"{tag} OK welcome")
        return True
