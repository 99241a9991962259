"""Servers that lie, stall or break the rules between the greeting and the end of the login, and somebody in the
middle who does: a clear sentence, an untouched Maildir, and no password for whom it is not meant."""

import base64
import re
import ssl

from harness import certificates, mail
from harness.hostile import HostileCase, flood
from harness.scram import Scram
from harness.scripted import Drop, ScriptedServer

SCRAMS = ("SCRAM-SHA-256", "SCRAM-SHA-1")
CHUNK = 65536
PLUS = "SCRAM-SHA-256-PLUS"
NO_PROOF = "could not prove that it knows the password"
NO_SENSE = "sent an invalid challenge"
TOO_MANY = "iteration count over 5000000,"


class TlsServer(ScriptedServer):
    """TLS from the first byte."""

    context = None

    def serve(self, connection):
        try:
            connection = self.context.wrap_socket(connection, server_side=True)
        except OSError:
            return
        super().serve(connection)


class HostileLogin(HostileCase):
    def setUp(self):
        super().setUp()
        self.before = {}

    def begin(self, capabilities="IMAP4rev1", **keys):
        """A settled Maildir; then the server offers CAPABILITIES, and the configuration says KEYS."""
        self.serve()
        self.settle()
        self.configure(capabilities, **keys)

    def configure(self, capabilities, greeting=None, **keys):
        self.server.hooks.clear()
        self.server.heard.clear()
        self.server.log.clear()
        self.server.capabilities = capabilities
        self.server.greeting = greeting or f"* OK [CAPABILITY {capabilities}] hello"
        self.write_config(**dict({"timeout": "1s"}, **keys))

    def write_config(self, text=None, **keys):
        super().write_config(text, **keys)
        with open(self.config, "rb") as f:
            self.before[self.config] = f.read()

    def assert_no_password(self):
        """Neither as it is nor in base64."""
        secret = self.server.password.encode()
        heard = bytes(self.server.heard)
        self.assertNotIn(secret, heard)
        for word in re.findall(rb"[A-Za-z0-9+/]{8,}=*", heard):
            for start in range(4):
                part = word[start:]
                plain = base64.b64decode(part[:len(part) // 4 * 4] + b"====", validate=False)
                self.assertNotIn(secret, plain)

    def fails(self, *words, status=(1,), secret=True, lines=1):
        """A run that ends with a sentence that has WORDS, and touches nothing."""
        run = self.attack(status=status, says=words, lines=lines)
        self.assert_untouched(state=False)
        if secret:
            self.assert_no_password()
        self.assertNotIn(self.server.password, run.err)
        return run

    def heals(self):
        self.configure("IMAP4rev1")
        self.assert_heals()

    # --- SCRAM ---

    def scram(self, mechanism, **faults):
        self.server.hooks["AUTHENTICATE"] = scram = Scram(self.server.password, mechanism, **faults)
        return scram

    def each_scram(self, cases, **config):
        """CASES: (what the server does wrong, words of the error). By each mechanism, with and without SASL-IR."""
        self.begin()
        for number, (faults, words) in enumerate(cases):
            mechanism = SCRAMS[number % 2]
            capabilities = f"IMAP4rev1 AUTH={mechanism}" + (" SASL-IR" if number % 3 else "")
            with self.subTest(words=words, number=number, mechanism=mechanism):
                self.configure(capabilities, **config)
                scram = self.scram(mechanism, **faults)
                self.fails(words)
                self.assertEqual(self.server.count("LOGIN|LIST|SELECT|APPEND"), 0, self.server.log)
                self.assertEqual(scram.done, 0)
        self.heals()

    def test_scram_works_at_all(self):
        self.begin()
        for mechanism in SCRAMS:
            for more in ("", " SASL-IR"):
                for auth in ("auto", mechanism.lower()):
                    self.configure(f"IMAP4rev1 AUTH=PLAIN AUTH={mechanism}{more}", auth=auth)
                    scram = self.scram(mechanism)
                    self.sync()
                    self.assertEqual(scram.done, 1)
                    self.assert_no_password()
        self.heals()

    def test_scram_by_a_server_that_does_not_know_the_password(self):
        def forge(message):
            return b"v=" + base64.b64encode(bytes(32 if len(message) > 40 else 20))

        def turn(message):
            return message[:2] + (b"B" if message[2:3] == b"A" else b"A") + message[3:]

        self.each_scram([({"final": forge}, NO_PROOF), ({"final": forge}, NO_PROOF),
                         ({"final": turn}, NO_PROOF), ({"final": turn}, NO_PROOF),
                         ({"final": lambda m: b"e=other-error"}, "login by SCRAM"),
                         ({"final": lambda m: b"v="}, "login by SCRAM"),
                         ({"final": lambda m: b""}, "login by SCRAM"),
                         ({"final": lambda m: m[:-4]}, "login by SCRAM"),
                         ({"final": lambda m: b"x=" + m}, "login by SCRAM"),
                         ({"final": lambda m: m + b"\0"}, "login by SCRAM")])

    def test_scram_that_ends_before_the_proof(self):
        self.begin()
        for answer in ("TAG OK welcome", "* OK so\r\nTAG OK [CAPABILITY IMAP4rev1] in"):
            for after in (0, 1, 2):
                for more in ("", " SASL-IR"):
                    with self.subTest(answer=answer, after=after, more=more):
                        self.configure("IMAP4rev1 AUTH=SCRAM-SHA-256" + more)

                        def authenticate(session, tag, _rest, answer=answer, after=after):
                            for _ in range(after):
                                session.send("+ ")
                                session.reader.readline()
                            return answer

                        if after < 2:
                            self.server.hooks["AUTHENTICATE"] = authenticate
                        else:  # all but the last message
                            scram = self.scram("SCRAM-SHA-256")
                            scram.end = lambda *arguments, answer=answer: answer
                        self.fails("SCRAM-SHA-256")
        self.heals()

    def test_scram_nonces_and_salts(self):
        def field(name, value):
            return lambda m: re.sub(b"(^|,)%s=[^,]*" % name, rb"\1%s=" % name + value, m)

        self.each_scram([({"first": field(b"r", b"another")}, "login"),
                         ({"first": field(b"r", b"")}, "login"),
                         ({"first": lambda m: m.replace(b"of-the-server", b"")}, "login"),
                         ({"first": lambda m: b"r=x" + m[2:]}, "login"),
                         ({"first": field(b"s", b"")}, "login"),
                         ({"first": field(b"s", b"***")}, "login"),
                         ({"first": lambda m: b"m=extension," + m}, "login"),
                         ({"first": lambda m: m.split(b",")[0]}, "login"),
                         ({"first": lambda m: b""}, "login"), ({"first": lambda m: b","}, "login"),
                         ({"first": lambda m: b"\0" * 100}, "login"),
                         ({"first": lambda m: b"\xff\xfe" + m}, "login"),
                         ({"first": lambda m: m + b",s=x" * 10000}, "login"),
                         ({"first": lambda m: b"e=unknown-user"}, "login")])

    def test_scram_rounds(self):
        def rounds(number):
            return {"first": lambda m: re.sub(b"i=.*", b"i=" + number, m)}

        self.each_scram([(rounds(b"0"), "iteration count of only 0,"), (rounds(b"1"), "iteration count of only 1,"),
                         (rounds(b"4095"), "iteration count of only 4095,"), (rounds(b"5000001"), TOO_MANY),
                         (rounds(b"2147483648"), TOO_MANY), (rounds(b"4294967296"), TOO_MANY),
                         (rounds(b"9" * 100), TOO_MANY), (rounds(b"-1"), "login by SCRAM"),
                         (rounds(b"-4096"), "login by SCRAM"), (rounds(b""), "login by SCRAM"),
                         (rounds(b"x"), "login by SCRAM"), (rounds(b"4096x"), "login by SCRAM"),
                         (rounds(b"0x1000"), "login by SCRAM")])

    def test_scram_that_the_server_does_not_offer(self):
        """Who names a mechanism in the configuration has it or nothing."""
        self.begin()
        for auth in ("scram-sha-256", "scram-sha-1", "scram-sha-256-plus", "scram-sha-1-plus"):
            for offered in ("", " AUTH=PLAIN AUTH=LOGIN", " AUTH=SCRAM-SHA-512 AUTH=CRAM-MD5"):
                with self.subTest(auth=auth, offered=offered):
                    self.configure("IMAP4rev1" + offered, auth=auth)
                    self.fails("does not offer the login mechanism " + auth.upper())
                    self.assertEqual(self.server.count("LOGIN|AUTHENTICATE"), 0)
        self.heals()

    # --- Challenges without sense ---

    def answer_with(self, *lines, name="AUTHENTICATE"):
        """To the command come LINES, each after a line of the client but the first."""
        def answer(session, tag, _rest):
            for number, line in enumerate(lines):
                if number > 0 and not session.reader.readline():
                    raise Drop
                data = line if isinstance(line, bytes) else line.encode()
                session.send(data.replace(b"TAG", tag.encode()) + b"\r\n")
            return True

        self.server.hooks[name] = answer

    def test_challenges_that_make_no_sense(self):
        self.begin()
        for mechanism in SCRAMS:
            for challenge in ("*", "====", "AA==", "Zm9v", "Zm9vYg", "\x00\x01", b"\xff\xfe", "{5}",
                              '"quoted"', "A" * 100_000, "cj14LHM9eCxpPTE=", "[ALERT] look"):
                with self.subTest(mechanism=mechanism, challenge=challenge):
                    self.configure(f"IMAP4rev1 SASL-IR AUTH={mechanism}")
                    self.answer_with("+ " + challenge if isinstance(challenge, str)
                                     else b"+ " + challenge)
                    self.fails("login by SCRAM" if challenge != "{5}" else "", status=(1, 3))
        self.heals()

    def test_endless_challenges(self):
        """By SCRAM, by PLAIN and to LOGIN, which asks for nothing; one line for ever too."""
        self.begin()

        def again(session, _tag, _rest):
            while True:
                session.send("+ ")
                if not session.reader.readline():
                    raise Drop

        for auth, words in (("AUTH=SCRAM-SHA-256", NO_SENSE), ("AUTH=PLAIN", "sent a challenge after the end"),
                            ("AUTH=PLAIN SASL-IR", "sent a challenge after the end")):
            with self.subTest(auth=auth):
                self.configure("IMAP4rev1 " + auth)
                self.server.hooks["AUTHENTICATE"] = again
                self.fails(words, secret="SCRAM" in auth)
        for auth in ("AUTH=SCRAM-SHA-1", "AUTH=PLAIN"):
            with self.subTest(auth=auth, what="challenges"):
                self.configure("IMAP4rev1 " + auth)
                self.answer_with("+", *["+ Zm9v"] * 100)
                self.fails("login" if "SCRAM" in auth else "sent a challenge after the end",
                           secret="SCRAM" in auth)
        for piece in (b"+ go on\r\n", b"* OK wait\r\n", b"+ " + b"A" * CHUNK):
            for name, capability in (("LOGIN", ""), ("AUTHENTICATE", " AUTH=PLAIN")):
                with self.subTest(piece=piece[:9], name=name):
                    self.configure("IMAP4rev1" + capability)
                    self.server.hooks[name] = lambda session, _tag, _rest, p=piece: flood(session, p)
                    self.fails(secret=False)
        self.heals()

    def test_a_challenge_after_the_end(self):
        """Nobody answers it; the rest goes on."""
        self.begin()
        for capability, name in (("", "LOGIN"), (" AUTH=PLAIN SASL-IR", "AUTHENTICATE")):
            for late in ("+ Zm9v", "+", "+ go\r\n+ go\r\n+ go"):
                with self.subTest(name=name, late=late):
                    self.configure("IMAP4rev1" + capability)
                    self.server.hooks[name] = f"TAG OK in\r\n{late}"
                    self.sync()
        for twice in ("TAG OK in\r\nTAG OK in", "TAG OK in\r\nTAG NO out", "A999 OK in", "* OK\r\nB1 OK",
                      "A0 OK in", "A4294967297 OK in", "a1 OK in"):
            with self.subTest(twice=twice):
                self.configure("IMAP4rev1")
                self.server.hooks["LOGIN"] = twice
                run = self.attack(status=(1,), says=("answered a command that was not waiting",))
                self.assertEqual(len(run.err.splitlines()), 1, run)
        self.heals()

    # --- Refusals, ends and noise at each step ---

    def test_bye_and_refusals_at_each_step(self):
        self.begin()
        steps = (("LOGIN", "IMAP4rev1", None),
                 ("AUTHENTICATE", "IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR", None),
                 ("CAPABILITY", "IMAP4rev1", "* OK hello"), ("LIST", "IMAP4rev1", None))
        replies = (("TAG NO \x1b[31mnot today", (1,), "not today"), ("TAG BAD never", (1,), "never"),
                   ("* BYE I am closing", (3,), "I am closing"), (None, (3,), "closed the connection"),
                   ("TAG NO [UNAVAILABLE] busy", (3,), "busy"),
                   ("TAG PREAUTH in", (1, 3), ""), ("\0", (1, 3), ""))
        for name, capabilities, greeting in steps:
            for reply, status, words in replies:
                with self.subTest(command=name, capabilities=capabilities, reply=reply):
                    self.configure(capabilities, greeting)

                    def answer(session, tag, _rest, reply=reply):
                        if reply:
                            session.send(reply.replace("TAG", tag))
                        if not reply or "TAG " not in reply or "PREAUTH" in reply:
                            raise Drop
                        return True

                    self.server.hooks[name] = answer
                    known = name != "CAPABILITY" or reply in (None, "* BYE I am closing")
                    self.fails(words if known else "", status=status if known else (1, 3),
                               secret=capabilities.endswith("SASL-IR") or name == "CAPABILITY",
                               lines=3)
        self.heals()

    def test_greetings_that_are_none(self):
        self.begin()
        for greeting, status in (("* BYE go away", (3,)), ("* NO", (3,)), ("* BAD", (3,)),
                                 ("220 mail.example.org ESMTP", (1, 3)), ("+OK POP3 ready", (1, 3)),
                                 ("HTTP/1.1 400 Bad Request", (1, 3)), ("A1 OK in", (1, 3)), ("+", (1, 3)),
                                 (" ", (1, 3)), ("* 5 EXISTS", (1, 3)), ("* CAPABILITY IMAP4rev1", (1, 3)),
                                 ("SSH-2.0-OpenSSH_9.2", (1, 3)), ("\x16\x03\x01", (1, 3)),
                                 ("* OK " + "x" * (9 << 20), (1,))):
            with self.subTest(greeting=greeting[:40]):
                self.configure("IMAP4rev1", greeting, timeout="1s")
                self.fails(status=status)
        self.heals()

    def test_untagged_data_in_the_middle(self):
        """Whatever comes before the login is over means nothing for what comes after it."""
        noise = ("* 7 EXISTS\r\n* 1 FETCH (UID 1 FLAGS (\\Deleted) BODY[] {3}\r\nabc)\r\n* VANISHED 1:9\r\n"
                 "* OK [UIDVALIDITY 99] changed\r\n* 1 EXPUNGE\r\n* LIST () \"/\" Evil\r\n"
                 "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 9)\r\n* SEARCH 1 2 3\r\n"
                 "* ENABLED QRESYNC UTF8=ACCEPT\r\n* NAMESPACE ((\"Evil.\" \".\")) NIL NIL\r\n"
                 "* OK [CAPABILITY IMAP4rev1 EVIL] x\r\n* FLAGS ()\r\n* OK [CLOSED] x")
        for place in ("LOGIN", "SCRAM", "CAPABILITY"):
            with self.subTest(place=place):
                self.begin("IMAP4rev1" + (" AUTH=SCRAM-SHA-256" if place == "SCRAM" else ""))
                if place == "SCRAM":
                    def first(message):
                        self.session.send(noise)
                        return message

                    scram = self.scram("SCRAM-SHA-256", first=first)

                    def keep(session, tag, rest, scram=scram):
                        self.session = session
                        return scram(session, tag, rest)

                    self.server.hooks["AUTHENTICATE"] = keep
                elif place == "CAPABILITY":
                    self.server.greeting = "* OK hello"
                    self.server.hooks["CAPABILITY"] = lambda s, _t, _r: s.send(noise)
                else:
                    self.server.hooks["LOGIN"] = lambda s, _t, _r: s.send(noise)
                self.sync()
                self.assertNotIn("Evil", self.near.folders())
                self.heals()

    # --- TLS ---

    def prepare_tls(self, version=None):
        authority = certificates.make_authority(self.directory)
        pair = certificates.make_certificate(self.directory, authority, "server", "IP:127.0.0.1")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*pair)
        if version:
            self.context.maximum_version = version
        self.authority = authority[1]
        self.before = self.view()

    def start_tls(self, before="", after="", inside=""):
        """STARTTLS with more than its OK: lines BEFORE it, AFTER it in the same packet, and INSIDE TLS."""
        def starttls(session, tag, _rest):
            session.send((before + f"{tag} OK go\r\n" + after).encode())
            session.connection = self.context.wrap_socket(session.connection, server_side=True)
            session.reader = session.connection.makefile("rb")
            if inside:
                session.send(inside.encode())
            return True

        self.server.hooks["STARTTLS"] = starttls

    def test_starttls_that_is_not_to_be_had(self):
        self.begin()
        self.prepare_tls()
        offered = "IMAP4rev1 STARTTLS"
        for capabilities, greeting, reply, words in (
                ("IMAP4rev1", None, None, "does not offer STARTTLS"),
                ("IMAP4rev1 AUTH=PLAIN", None, None, "does not offer STARTTLS"),
                (offered, "* PREAUTH welcome", None, "PREAUTH"),
                (offered, f"* PREAUTH [CAPABILITY {offered}] welcome", None, "PREAUTH"),
                (offered, "* BYE", None, "refused the connection"),
                (offered, None, "TAG NO not today", "not today"),
                (offered, None, "TAG BAD what is that?", "what is that?"),
                (offered, None, "* BYE\r\nTAG NO", "start TLS"),
                (offered, None, "* CAPABILITY IMAP4rev1\r\nTAG NO", "start TLS"),
                (offered, None, "* PREAUTH in\r\nTAG NO", "start TLS"),
                (offered, None, "TAG OK go", ""), (offered, None, "TAG OK go\r\n* OK in the clear", ""),
                (offered, None, "A999 OK go", "answered a command"), (offered, None, "+ go", ""),
                (offered, "* OK no capabilities told", "TAG NO never", "never"),
                (offered, None, "TAG OK [CAPABILITY IMAP4rev1] go\r\n" + "x" * 70000, "")):
            with self.subTest(capabilities=capabilities, greeting=greeting, reply=reply):
                self.configure(capabilities, greeting, tls="starttls", tls_ca=self.authority)
                if reply:
                    def starttls(session, tag, _rest, reply=reply):
                        session.send(reply.replace("TAG", tag))
                        if "OK" in reply or "+" in reply:
                            raise Drop
                        return True

                    self.server.hooks["STARTTLS"] = starttls
                self.fails(words, status=(1, 3), lines=2)
                self.assertEqual(self.server.count("LOGIN|AUTHENTICATE|LIST"), 0, self.server.log)
        self.heals()

    def test_what_is_injected_before_the_handshake(self):
        """It is not believed, and what the server can do is asked again, inside TLS."""
        self.begin()
        self.prepare_tls()
        evil = ("* CAPABILITY IMAP4rev1 LOGINDISABLED EVIL\r\n", "* BYE get lost\r\n",
                "* PREAUTH you are in\r\n", "A2 OK in\r\nA3 OK in\r\n", "* LIST () \"/\" Evil\r\n",
                "* NAMESPACE ((\"Evil.\" \".\")) NIL NIL\r\n", "+ go on\r\n", "* OK [ALERT",
                "* 1 FETCH (BODY[] {100000}\r\n", "A2 OK [CAPABILITY IMAP4rev1 LITERAL+")
        for number, line in enumerate(evil):
            with self.subTest(line=line):
                self.configure("IMAP4rev1 STARTTLS", tls="starttls", tls_ca=self.authority)
                whole = line.endswith("\n") and "A2" not in line
                self.start_tls(before=line if number % 2 and whole else "", after=line)
                run = self.sync("-vv")
                self.assertIn("it was discarded", run.err)
                names = [text.split()[1] for text in self.server.log if "LOGOUT" not in text]
                self.assertEqual(names[:3], ["STARTTLS", "CAPABILITY", "LOGIN"], "asked anew")
                self.assertNotIn("Evil", self.near.folders())
                self.assert_no_password()
        self.heals()

    def test_capabilities_that_shrink_inside_tls(self):
        self.begin()
        self.prepare_tls()
        for inside, auth, words in (
                ("IMAP4rev1 LOGINDISABLED", "auto", "LOGINDISABLED"),
                ("IMAP4rev1 LOGINDISABLED AUTH=GSSAPI", "auto", "LOGINDISABLED"),
                ("IMAP4rev1 LOGINDISABLED", "login", "LOGINDISABLED"),
                ("IMAP4rev1 AUTH=LOGIN", "plain", "does not offer the login mechanism PLAIN"),
                ("IMAP4rev1 AUTH=PLAIN", "scram-sha-256", "does not offer the login mechanism SCRAM"),
                ("", "auto", "does not list its capabilities")):
            with self.subTest(inside=inside, auth=auth):
                self.configure("IMAP4rev1 STARTTLS AUTH=SCRAM-SHA-256 AUTH=PLAIN", tls="starttls",
                               tls_ca=self.authority, auth=auth)
                self.start_tls()
                self.server.hooks["CAPABILITY"] = (
                    f"* CAPABILITY {inside}\r\nTAG OK done" if inside else "TAG OK done")
                self.fails(words)
                self.assertEqual(self.server.count("LOGIN|AUTHENTICATE"), 0, self.server.log)
        self.heals()

    def test_logins_are_disabled(self):
        self.begin()
        for capabilities in ("IMAP4rev1 LOGINDISABLED", "IMAP4rev1 STARTTLS LOGINDISABLED AUTH=GSSAPI"):
            for auth in ("auto", "login"):
                with self.subTest(capabilities=capabilities, auth=auth):
                    self.configure(capabilities, auth=auth)
                    self.fails("LOGINDISABLED", "tls = implicit")
                    self.assertEqual(self.server.count("LOGIN|AUTHENTICATE"), 0)
        self.heals()

    def test_text_where_tls_was_asked(self):
        """PREAUTH and all: nothing of ours goes out but the beginning of a handshake."""
        self.begin()
        self.prepare_tls()
        for greeting, words in (("* PREAUTH welcome", "does not speak TLS"), ("* BYE", "does not speak TLS"),
                                ("* OK [CAPABILITY IMAP4rev1] hello", "speaks IMAP without TLS")):
            with self.subTest(greeting=greeting):
                self.configure("IMAP4rev1", greeting, tls="implicit", tls_ca=self.authority)
                self.fails(words)
                self.assertNotIn(b"LOGIN", self.server.heard)
        self.heals()

    def test_the_clear_only_where_the_configuration_says_so(self):
        """The other side of all this: with tls = none the password goes."""
        self.begin()
        self.sync()
        self.assertIn(self.server.password.encode(), self.server.heard)
        self.heals()

    def begin_bound(self):
        """A settled Maildir, and a server that offers SCRAM with and without binding, over TLS 1.2: Python can tell
        tls-unique, not tls-exporter, which has a unit test."""
        self.begin()
        self.prepare_tls(ssl.TLSVersion.TLSv1_2)
        settled = self.server
        self.server = TlsServer("IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256")
        self.addCleanup(self.server.stop)
        self.server.context = self.context
        self.server.mailboxes = settled.mailboxes
        self.inbox = self.server.mailboxes["INBOX"]
        return {"tls": "implicit", "tls_ca": self.authority, "timeout": "2s"}

    def assert_logins(self, *mechanisms):
        logins = [line.split()[2] for line in self.server.log if " AUTHENTICATE " in f" {line} " or " LOGIN " in line]
        self.assertEqual(logins, list(mechanisms), self.server.log)

    def test_scram_bound_to_the_connection(self):
        """The first choice where the server offers it, also without being named."""
        keys = self.begin_bound()
        for auth in ("scram-sha-256-plus", "auto"):
            with self.subTest(auth=auth):
                self.server.log.clear()
                self.write_config(auth=auth, **keys)
                self.scram(PLUS, binding=lambda s: s.connection.get_channel_binding("tls-unique"))
                self.sync()
                self.assert_logins(PLUS)
                self.assert_no_password()
                self.assertEqual(len(self.inbox.messages), 6)

    def test_scram_whose_binding_does_not_fit(self):
        """As behind a proxy that ends TLS: one try, and what to set; the server may say what it is or not. Nothing is
        tried without the binding by itself, or whoever stands between would only have to refuse."""
        keys = self.begin_bound()

        def name_the_fault(session, _tag, _rest):
            session.send("+ " + base64.b64encode(b"e=channel-bindings-dont-match").decode())
            session.reader.readline()
            return "TAG NO as said"

        for said in ("who are you?", "not take the login by SCRAM-SHA-256-PLUS: channel-bindings-dont-match"):
            with self.subTest(said=said):
                self.server.log.clear()
                self.write_config(**keys)
                self.scram(PLUS, binding=lambda s: bytes(12))  # as of another connection
                if "channel" in said:
                    self.server.hooks["AUTHENTICATE"] = name_the_fault
                self.fails(said, "set auth = scram-sha-256 ")
                self.assert_logins(PLUS)
        self.server.log.clear()
        self.write_config(auth="scram-sha-256", **keys)
        self.scram("SCRAM-SHA-256", binding=lambda s: b"what no plain one has")
        self.assertNotIn("set auth", self.fails("who are you?").err)
        self.scram("SCRAM-SHA-256")
        self.sync()
        self.assert_logins("SCRAM-SHA-256", "SCRAM-SHA-256")

    def test_scram_where_nothing_can_be_bound(self):
        """Offered without TLS, as by a server behind a proxy: the plain one is used."""
        self.begin("IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256")
        self.scram("SCRAM-SHA-256")
        self.sync()
        self.assert_logins("SCRAM-SHA-256")
        self.assert_no_password()
