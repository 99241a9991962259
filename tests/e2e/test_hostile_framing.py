"""Servers whose lines and literals lie: endless, of senseless sizes, torn, or full of what belongs nowhere."""

from harness.hostile import HostileCase, flood
from harness.scripted import Drop

SENSELESS = ("{18446744073709551616}", "{99999999999999999999}", "{-1}", "{" + "9" * 300 + "}")
PLACES = {  # where a literal may stand; %s is its head
    "a name": '* LIST () "/" %s', "a delimiter": "* LIST () %s",
    "an attribute": "* LIST (\\Marked %s", "extended data": '* LIST () "/" x (OLDNAME (%s',
    "a status": "* STATUS %s", "a number of a status": "* STATUS INBOX (MESSAGES %s",
    "a namespace": "* NAMESPACE ((%s", "flags": "* FLAGS (%s", "a flag": "* 1 FETCH (FLAGS (%s",
    "a UID": "* 1 FETCH (UID %s", "a date": "* 1 FETCH (UID 1 INTERNALDATE %s",
    "a size": "* 1 FETCH (RFC822.SIZE %s", "a modseq": "* 1 FETCH (MODSEQ (%s",
    "an envelope": "* 1 FETCH (ENVELOPE (NIL (%s", "a section": "* 1 FETCH (BODY[%s",
    "a body": "* 1 FETCH (UID 1 BODY[] %s", "header fields":
    "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] %s", "numbers": "* SEARCH 1 %s",
    "a search": '* ESEARCH (TAG %s', "a set": "* VANISHED %s", "a code": "* OK [UIDNEXT %s",
    "text": "* OK text %s", "an answer": "TAG OK text %s", "a capability": "* CAPABILITY %s",
    "an extension": "* X-ANYTHING (%s", "a continuation": "+ %s", "a number": "* 1 %s",
    "nowhere": "%s",
}


class HostileFraming(HostileCase):
    def send_once(self, name, *pieces):
        """Before the reply to a command NAME of INBOX come PIECES, and then the connection ends."""
        def answer(session, tag, rest):
            if name != "LIST" and session.selected not in (None, self.inbox):
                return None
            for piece in pieces:
                if callable(piece):
                    piece(session)
                else:
                    text = piece if isinstance(piece, bytes) else piece.encode()
                    session.send(text.replace(b"TAG", tag.encode()))
            raise Drop

        self.server.hooks[name] = answer

    def each_command(self, *pieces, **keys):
        self.serve()
        self.settle()
        for name in ("UID FETCH", "SELECT", "LIST"):
            with self.subTest(command=name):
                self.server.hooks.clear()
                self.send_once(name, *pieces)
                self.attack(**keys)
                self.assert_untouched(state=False)
        self.assertEqual(self.server.count("APPEND|STORE"), 0)
        self.assert_heals()

    def test_endless_line(self):
        for head in ("* OK ", '* LIST () "/" "', "* 1 FETCH (FLAGS (", "* SEARCH 1", "TAG OK "):
            with self.subTest(head=head):
                self.each_command(head, lambda session: flood(session, b"x"), status=(1,))

    def test_endless_words(self):
        """Lists of words that are read into memory."""
        self.serve()
        self.settle()
        for head, piece in (("* CAPABILITY", b" A"), ("* FLAGS (", b"a "), ("* ENABLED", b" X"),
                            ("* 1 FETCH (UID 1 FLAGS (", b"k "), ("* SEARCH", b" 7"),
                            ("* SEARCH", b" 9 3"), ("* VANISHED 1", b",1"), ("* LIST (", b"\\A "),
                            ("* OK [PERMANENTFLAGS (", b"k "), ("* OK [CAPABILITY", b" A"),
                            ("* OK [BADCHARSET (", b"A "), ("* NAMESPACE ((", b'"" '),
                            ("TAG OK [APPENDUID 1 1", b",2")):
            with self.subTest(head=head):
                self.send_once("SELECT", head, lambda session, p=piece: flood(session, p))
                self.attack(status=(1,))
                self.assert_untouched(state=False)
        self.assert_heals()

    def in_each_place(self, sizes, rest):
        self.serve()
        self.settle()
        for number, (place, line) in enumerate(PLACES.items()):
            for size in (sizes[number % len(sizes)], sizes[(number + 1) % len(sizes)]):
                with self.subTest(place=place, size=size):
                    self.send_once("SELECT", line % size + rest)
                    self.attack()
                    self.assert_untouched(state=False)
        self.assert_heals()

    def test_sizes_that_make_no_sense(self):
        self.in_each_place(SENSELESS, "\r\nTAG OK done\r\n)\r\n")

    def test_literals_that_end_early(self):
        self.in_each_place(("{4294967295}", "{18446744073709551615}", "{9}", "~{9+}"),
                           "\r\n12345")

    def test_endless_literal(self):
        self.serve()
        self.settle()
        for place in ("a name", "a body", "an envelope", "text", "an extension"):
            with self.subTest(place=place):
                self.send_once("SELECT", PLACES[place] % "{4294967295}" + "\r\n",
                               lambda session: flood(session, b"x"))
                self.attack()
                self.assert_untouched(state=False)
        self.assert_heals()

    def test_parentheses(self):
        deep = "(" * 100_000
        for line in ("* 1 FETCH (X %s", "* 1 FETCH (ENVELOPE %s", '* LIST () "/" INBOX %s',
                     "* FLAGS %s", "* NAMESPACE %s", "* STATUS INBOX %s", "* SEARCH 1 %s",
                     "* ESEARCH %s", "* THREAD %s", "* 1 FETCH (BODYSTRUCTURE %s"):
            with self.subTest(line=line):
                self.each_command(line % deep + "\r\n")

    def test_untagged_junk(self):
        self.each_command(lambda session: flood(session, b"* OK nothing at all\r\n* JUNK\r\n",
                                                32 << 20))
        self.each_command(lambda session: flood(session, b"* 5 EXISTS\r\n* 1 FETCH (X\r\n", 8 << 20),
                          lines=20)

    def test_nul_and_control_bytes(self):
        for line in (b"* OK \0\0\r\n", b'* LIST () "/" "a\0b"\r\n', b"* 1 FETCH (FLAGS (\0))\r\n",
                     b"\0\0\0\r\n", b"* \x1b[2J FETCH (\x07)\r\n", b"*\r\n", b"\r\n", b"\n\n\r\r\n"):
            with self.subTest(line=line):
                self.each_command(line)
