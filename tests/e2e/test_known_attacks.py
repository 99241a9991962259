"""What was done to others: the vulnerabilities of mbsync, each by its number, and bombs of compressed data."""

import os

from harness import deflated, mail
from harness.hostile import CHUNK, HostileCase
from harness.scripted import Drop, Mailbox

UIDPLUS = "IMAP4rev1 UIDPLUS LITERAL+"
# Of a MiB: more than may be held. A sanitizer holds what was freed, and is slow.
BOMB_BLOCKS = int(os.environ.get("NAVETTE_BOMB", "24" if "NAVETTE_SANITIZED" in os.environ else "96"))


class KnownAttacks(HostileCase):
    # --- CVE-2021-20247: names of mailboxes that lead out of the Maildir ---

    def test_cve_2021_20247_names_in_every_reply(self):
        """In LIST, LSUB, STATUS and NAMESPACE, asked for or not."""
        self.serve()
        self.settle()
        for line in ('* LIST () "/" "../escape"', '* LSUB () "/" "../escape"', '* LIST () "." "..escape"',
                     '* LIST () "/" "INBOX/../../escape"', '* LIST () "\\\\" "..\\\\escape"',
                     '* STATUS "../escape" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1)',
                     '* NAMESPACE (("../escape/" "/")) NIL NIL', '* NAMESPACE (("/tmp/" "/")) NIL NIL',
                     '* LIST () "/" "/tmp/escape"', '* LIST () NIL "../escape"',
                     '* LIST (\\Marked) "/" &AC4ALg-/escape', '* LIST () "&" "..&escape"'):
            with self.subTest(line=line):
                self.server.extra_list = [line]
                self.server.hooks["NAMESPACE"] = lambda session, _t, _r, x=line: session.send(x)
                run = self.navette("sync")
                self.assertIn(run.status, (0, 1, 3), run)
                self.assertNotIn("Sanitizer", run.err)
                for name in self.view():
                    inside = name.startswith(self.near.root + "/") or "escape" not in name
                    self.assertTrue(inside, name)
                    self.assertNotIn("..", name)
        self.assertEqual([n for n in os.listdir(os.path.dirname(self.directory)) if "escape" in n], [])
        self.assertFalse(os.path.exists("/tmp/escape"))

    # --- CVE-2021-3578: APPENDUID where it does not belong, and that lies ---

    def test_cve_2021_3578_appenduid_of_other_commands(self):
        """In the answer to each command, and untagged before it: nothing comes of it."""
        code = "[APPENDUID 1 4294967295]"
        for name in ("LOGIN", "LIST", "SELECT", "UID FETCH", "UID STORE"):
            with self.subTest(command=name):
                self.serve(UIDPLUS)
                self.settle()

                def answer(session, tag, rest, name=name):
                    session.send(f"* OK {code} now")
                    method = getattr(session, "do_" + name.lower().replace(" ", "_"))
                    send = session.send

                    def lie(data):
                        if isinstance(data, str) and data.startswith(f"{tag} OK"):
                            data = f"{tag} OK {code} {data.partition(' OK ')[2]}"
                        send(data)

                    session.send = lie
                    method(tag, rest, [])
                    session.send = send
                    return True

                self.server.hooks[name] = answer
                self.attack(status=(0,))
                self.assert_heals()

    def test_cve_2021_3578_appenduid_that_lies(self):
        """Numbers that cannot be, that are others', and sets of too many or too few."""
        for code in ("1 1", "1 0", "1 4294967295", "1 4294967296", "0 6", "1 6:9", "1 1:4294967295", "1",
                     "1 " + "6," * 3000 + "6", "4294967295 4294967295"):
            with self.subTest(code=code[:20]):
                self.serve(UIDPLUS)
                self.settle()

                def answer(_session, _tag, _rest, code=code):
                    self.inbox.add(mail.message(51), ["\\Seen"])
                    return f"TAG OK [APPENDUID {code}] stored"

                self.server.hooks["APPEND"] = answer
                self.attack(status=(0, 1, 3))
                self.assert_heals()

    def test_cve_2021_3578_appenduids_swapped(self):
        """Two uploads, and each gets the other's UID: by two commands and by one."""
        for capabilities in (UIDPLUS, UIDPLUS + " MULTIAPPEND"):
            with self.subTest(capabilities=capabilities):
                self.serve(capabilities)
                self.settle()
                self.near.add("INBOX", mail.to_near(mail.message(52)), "S")
                first = self.inbox.uidnext

                class Swapping(self.server.session_class):
                    def do_append(self, tag, rest, literals):
                        before = self.server.mailboxes["INBOX"].uidnext
                        self.ok = lambda _tag, _text="": None
                        super().do_append(tag, rest, literals)
                        del self.ok
                        count = self.server.mailboxes["INBOX"].uidnext - before
                        uids = [before + count - 1 - i for i in range(count)]
                        if count == 1:
                            uids = [first + 1 if before == first else first]
                        text = ",".join(map(str, uids))
                        self.send(f"{tag} OK [APPENDUID 1 {text}] stored")

                self.server.session_class = Swapping
                self.attack(status=(0, 1, 3))
                # Removed here, the right one goes there.
                self.sync()
                self.near.remove("INBOX", self.near.find("INBOX", b"<0.52@"))
                self.sync()
                self.assertEqual([m for m in self.inbox.messages if b"<0.52@" in m.body], [])
                self.assert_heals()

    # --- CVE-2021-3657: literals of two gigabytes and more ---

    def test_cve_2021_3657_huge_literals(self):
        """Announced and begun, in each place where a literal may stand."""
        self.serve()
        self.write_config(timeout="1s")
        self.settle()
        heads = ("* 1 FETCH (UID 1 BODY[] {%d}", "* 1 FETCH (UID 9 FLAGS () BODY[HEADER.FIELDS (FROM)] {%d}",
                 '* LIST () "/" {%d}', "* 1 FETCH (ENVELOPE ({%d}", "* X {%d}", "* STATUS {%d}",
                 "* OK {%d}", "+ {%d}", "* SEARCH {%d}")
        for size in (2147483647, 2147483648, 4294967295, 4294967296, 9223372036854775807,
                     9223372036854775808, 18446744073709551615):
            for number, head in enumerate(heads):
                if (size + number) % 3:  # each head with some sizes
                    continue
                with self.subTest(size=size, head=head):
                    def answer(session, _tag, _rest, line=head % size):
                        session.send(line)
                        session.send(b"x" * CHUNK * 16)
                        raise Drop

                    self.server.hooks["SELECT"] = answer
                    run = self.attack()
                    if size > 4294967295 and not head.startswith(("* OK", "+")):  # text has no literals
                        self.assertIn("literal of an invalid size", run.err)
                    self.assert_untouched(state=False)
        self.assert_heals()

    # --- CVE-2021-44143: mail without headers ---

    def test_cve_2021_44143_mail_without_headers(self):
        """It begins with an empty line, ends in its headers, or is next to nothing: there and back, as it is."""
        bodies = (b"", b"\r\n", b"\r\nbody\r\n", b"\r\n\r\n", b"x", b"\r\n\r\n\r\nbody", b":", b": \r\n\r\n",
                  b"Subject", b"Subject:", b"Subject: x", b"Message-ID:\r\n\r\nbody", b"\r\nMessage-ID: <a@b>\r\n",
                  b"Subject: " + b"x" * 1_000_000 + b"\r\n\r\nbody", b" continued\r\n\r\nbody",
                  b"Subject: " + b"\r\n x" * 50_000 + b"\r\n\r\nbody", b"X: y\r\n" * 50_000 + b"\r\nbody",
                  b"Subject: x\r\n\r\n" + b"\0" * 1000)
        self.serve()
        self.near.create("Near")
        for number, body in enumerate(bodies):
            self.inbox.add(body, ["\\Seen"])
            self.near.add("Near", mail.to_near(body), "S", name=f"{number}.x")
        run, _peak = self.measured("sync")
        self.assertEqual((run.status, run.err), (0, ""), run)
        expected = sorted(mail.to_near(body) for body in bodies)
        self.assertEqual(sorted(m[0] for m in self.near.messages("INBOX").values()), expected)
        uploaded = [mail.to_near(m.body) for m in self.server.mailboxes["Near"].messages]
        self.assertEqual(sorted(uploaded), expected)
        self.assert_quiet()

    # --- Compressed bombs ---

    def compressed(self):
        self.serve("IMAP4rev1 COMPRESS=DEFLATE")
        self.server.session_class = deflated.DeflatedSession
        self.write_config(compress="yes", timeout="1s")
        self.settle()

    def after_compress(self, send):
        """What the server does first when all is compressed; then the connection ends."""
        def answer(session, tag, rest):
            session.do_compress(tag, rest, [])
            send(session)
            raise Drop

        self.server.hooks["COMPRESS"] = answer

    def explode(self, head, byte):
        """HEAD, and then far more than may be held, in some kB."""
        def send(session):
            session.send(head)
            piece = deflated.bomb(byte)
            for _ in range(BOMB_BLOCKS):
                session.connection.raw(piece)

        self.after_compress(send)

    def test_bombs(self):
        """Lines and words end at their limits, whatever they were made of; literals go by without being held."""
        self.compressed()
        for head, byte in ((b"* OK ", b"x"), (b"* LIST () \"/\" \"", b"x"), (b"* SEARCH", b" 1"),
                           (b"* 1 FETCH (FLAGS (", b"a "), (b"* FLAGS (", b"("), (b"", b"\r\n"),
                           (b"", b"* OK still here\r\n"), (b"", b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n")):
            with self.subTest(head=head):
                self.explode(head, byte)
                self.attack()
                self.assert_untouched(state=False)
        for head in (b'* LIST () "/" {4294967295}\r\n', b"* 1 FETCH (UID 1 BODY[] {4294967295}\r\n"):
            with self.subTest(head=head):
                self.explode(head, b"x")
                self.attack()
                self.assert_untouched(state=False)
        self.assert_heals()

    def test_compressed_data_that_is_none(self):
        self.compressed()
        for data in (b"* OK in the clear\r\n", b"\0" * 100, b"\xff" * 100, b"\x1f\x8b\x08\0" + bytes(20),
                     b"\x78\x9c" + bytes(20), os.urandom(5000)):
            with self.subTest(data=data[:8]):
                self.after_compress(lambda session, d=data: session.connection.raw(d))
                self.attack()
                self.assert_untouched(state=False)
        self.assert_heals()

    # --- All the same through the front door ---

    # What a server tells of a mailbox of two messages, last before its OK, and how the run ends: EXISTS that
    # cannot be stops the folder; of the rest nothing comes.
    NUMBERS = (("* 4294967295 EXISTS", 1), ("* OK [UIDNEXT 4294967295] x", 0), ("* 4294967295 EXPUNGE", 0),
               ("* OK [UIDNEXT 0] x", 0), ("* 4294967295 FETCH (UID 4294967295 FLAGS ())", 0),
               ("* STATUS Huge (MESSAGES 4294967295 UIDNEXT 4294967295 UIDVALIDITY 4294967295)", 0))

    def test_numbers_of_mailboxes_and_messages(self):
        """EXISTS, UIDNEXT and counts that promise more than there can be are no reason to allocate it, nor to
        take a message for removed."""
        self.serve()
        self.settle()
        huge = self.server.mailboxes["Huge"] = Mailbox()
        for i in (80, 81):
            huge.add(mail.message(i), ["\\Seen"])
        self.sync()
        for line, status in self.NUMBERS:
            for news in (False, True):
                with self.subTest(line=line, news=news):
                    def answer(session, _tag, rest, line=line):
                        if "Huge" in rest:
                            session.ok = lambda tag, text: [session.__dict__.pop("ok"), session.send(line),
                                                            session.ok(tag, text)]

                    self.server.hooks["SELECT"] = answer
                    self.server.extra_list = [line] if "STATUS" in line else []
                    if news:
                        huge.add(mail.message(82 + len(huge.messages)), ["\\Seen"])
                    self.attack(status=(status,))
                    self.assert_huge(huge, behind=news and status != 0)
                    self.server.hooks.clear()
                    self.server.extra_list = []
                    self.sync()
                    self.assert_huge(huge, behind=False)
        del self.server.mailboxes["Huge"]

    def assert_huge(self, huge, behind):
        """All that is there is here, but for the newest when the folder is behind; no file is of another mail."""
        far = sorted(mail.to_near(m.body) for m in huge.messages[:-1 if behind else None])
        self.assertEqual(sorted(m[0] for m in self.near.messages("Huge").values()), far)
        self.assertEqual({frozenset(m.flags) for m in huge.messages}, {frozenset(["\\Seen"])})
