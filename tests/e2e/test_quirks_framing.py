"""Quirks of framing and syntax that servers were seen with: each for a whole life of a mailbox."""

import re

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox


def is_fetch(data):
    return data.startswith(b"* ") and b" FETCH (" in data[:40]


class Framing(QuirkCase):
    def test_A01_space_before_the_closing_parenthesis(self):
        self.serve().rewrite = lambda d: d[:-3] + b" )\r\n" if is_fetch(d) else d
        self.assert_works()

    def test_A02_space_at_the_end_of_a_line(self):
        self.serve("IMAP4rev1 LIST-EXTENDED LIST-STATUS", greeting="* OK hello")
        self.server.rewrite = lambda d: d if is_fetch(d) else d.replace(b"\r\n", b" \r\n")
        self.assert_works()
        self.assertTrue(self.server.count("CAPABILITY") and self.server.count("SEARCH"))

    def test_A03_blank_line_behind_the_literal(self):
        self.serve().rewrite = lambda d: (d[:-3] + b"\r\n)\r\n" if is_fetch(d) and b"BODY[" in d
                                          else d)
        self.assert_works()

    def test_A03_a_name_as_literal_does_not_eat_the_next_line(self):
        self.serve()
        self.server.mailboxes["More"] = Mailbox()
        self.server.rewrite = lambda d: re.sub(
            rb'^\* LIST \(\) "/" "(.*)"\r\n', lambda m: b'* LIST () "/" {%d}\r\n%s\r\n' % (
                len(m.group(1)), m.group(1)), d)
        self.assert_works()
        self.assertEqual(self.near.folders(), ["INBOX", "More", "Other"])

    def test_A04_response_code_without_text(self):
        self.serve().rewrite = lambda d: d if is_fetch(d) else re.sub(rb"\] \w+\r\n", b"]\r\n", d)
        self.server.hooks["NOOP"] = "TAG OK"
        self.assert_works()

    def test_A05_fetch_closed_after_the_literal(self):
        """What belongs to which message is unknown: nothing is believed, nothing is stored wrong."""
        def torn(data):
            if not is_fetch(data) or b"BODY[] " not in data:
                return data
            match = re.match(rb"(\* \d+ FETCH \(UID \d+) (FLAGS \(.*?\) .*?)(BODY\[\] .*)\)\r\n$",
                             data, re.S)
            return match.group(1) + b" " + match.group(3) + b")\r\n" + match.group(2) + b"\r\n"

        self.serve().rewrite = torn
        self.run_any(1, 3)
        self.assertEqual(self.near.files("INBOX"), [])
        self.assert_recovers()

    def test_A06_text_of_a_message_that_looks_like_responses(self):
        self.serve()
        self.inbox.add(b"X-Spam-Flag: NO\r\nA1 NO no\r\nA2 OK yes\r\n* BYE bye\r\n* 1 EXPUNGE\r\n"
                       b"+ go on\r\n)\r\nX-Spam-Flag: NO\r\n\r\nA3 BAD {100}\r\n* 0 EXISTS\r\n")
        self.assert_works(5)

    def test_A07_junk_as_greeting(self):
        junk = " NO LOGOUT Intrusion prevention active for 192.0.2.1"
        self.serve(greeting=junk)
        self.write_config(timeout="100s")
        run = self.run_any(1, 3)  # the server does not hang up: waiting would fail the test
        self.assertIn("Intrusion prevention active", run.err)
        self.assertEqual(self.server.log, [])
        self.server.greeting = "* OK hello"
        self.assert_recovers()

    def test_A08_response_code_without_its_ok(self):
        self.serve("IMAP4rev1 UIDPLUS")
        self.server.rewrite = lambda d: (b"[COPYUID 55 31 6]\r\n[APPENDUID 1 1]\r\n" + d
                                         if re.match(rb"A\d+ OK", d) else d)
        self.assert_works()

    def test_A09_any_atom_is_a_capability(self):
        self.serve("IMAP4rev1 LITERAL+ X+Y I18NLEVEL=1 XLIST + AUTH=X-ODD =X% *", greeting=
                   "* OK hello")
        self.assert_works()

    def test_A10_senseless_envelope_that_nobody_asked_for(self):
        extra = (b' ENVELOPE (NIL unquoted "a" ((NIL NIL "x" {3}\r\n)"()) NIL (NIL)) BODYSTRUCTURE'
                 b' (("TEXT" (NIL) {5}\r\n(((\r\n NIL) NIL "MIXED") UID ')
        self.serve().rewrite = lambda d: d.replace(b" FLAGS (", extra[:-5] + b" FLAGS (", 1) \
            if is_fetch(d) else d
        self.assert_works()
        self.assertEqual(self.server.count("ENVELOPE|BODYSTRUCTURE"), 0)

    def test_A11_item_without_its_value(self):
        self.serve().rewrite = lambda d: (re.sub(rb"BODY\[\] .*\)\r\n$", b"BODY[] )\r\n", d,
                                                 flags=re.S)
                                          if is_fetch(d) and b"UID 2 " in d else d)
        self.run_any(1, 3)
        self.assertEqual(len(self.near.files("INBOX")), 3)
        self.assertEqual(len(self.near.files("Other")), 1)
        self.assertEqual(len(self.inbox.messages), 4)
        self.assert_recovers()

    def drop(self, _session, _tag, _rest):
        raise Drop

    def test_A12_end_of_the_connection_answers_logout(self):
        self.serve().hooks["LOGOUT"] = self.drop
        self.assert_works()

    def test_A13_cut_after_some_messages(self):
        """Each run that is cut gets on; no message comes twice."""
        self.serve(count=40)
        given = []

        def cut(session, tag, rest):
            if "BODY.PEEK[]" not in rest or not given:
                return None
            for sequence, message in session.wanted(rest.partition(" ")[0]):
                if given[0] == 0:
                    raise Drop
                given[0] -= 1
                session.send(b'* %d FETCH (UID %d FLAGS (%s) INTERNALDATE "%s" BODY[] {%d}\r\n%s)'
                             b"\r\n" % (sequence, message.uid, b" ".join(
                                 f.encode() for f in message.flags), message.date.encode(),
                                 len(message.body), message.body))
            session.ok(tag)
            return True

        self.server.hooks["UID FETCH"] = cut
        for _turn in range(2):
            given[:] = [15]
            before = len(self.near.files("INBOX"))
            self.run_any(3)
            self.assertGreaterEqual(len(self.near.files("INBOX")), before + 10)
        self.assert_recovers(40)

    def test_A14_end_of_the_connection_ends_no_list(self):
        self.serve()
        self.sync()
        self.near.set_letters("INBOX", self.find(1), "FS")  # so that the listing is needed

        def cut(session, _tag, _rest):
            session.send("* 1 FETCH (UID 1 FLAGS ())")
            raise Drop

        self.server.hooks["UID FETCH"] = cut
        self.run_any(3)
        self.server.hooks["UID FETCH"] = lambda s, t, r: s.send(b"* 1 FETCH (UID 1 FL") or cut(
            s, t, r)
        self.run_any(3)
        self.assertEqual(len(self.near.files("INBOX")), 4)
        self.assertEqual(len(self.inbox.messages), 4)
        self.assert_recovers()
