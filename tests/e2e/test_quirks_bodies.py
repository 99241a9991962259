"""Quirks of sizes, bodies and dates that servers were seen with."""

import re

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Drop


class Bodies(QuirkCase):
    def lie_about_sizes(self, change):
        self.server.rewrite = lambda d: re.sub(
            rb"RFC822\.SIZE (\d+)", lambda m: b"RFC822.SIZE %d" % change(int(m.group(1))), d)

    def test_D01_size_is_another_than_the_bodys(self):
        for change in (lambda size: size + 29, lambda size: size // 3, lambda _size: 0):
            with self.subTest(size=change(300)):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve()
                self.lie_about_sizes(change)
                self.assert_works()
                self.assertEqual(self.server.count("APPEND"), 1)

    def test_D01_and_a_new_uidvalidity(self):
        """What both sides had stays one message, although the sizes do not tell so."""
        self.serve()
        self.lie_about_sizes(lambda size: size + 29)
        self.sync()
        self.inbox.uidvalidity += 1
        for message in self.inbox.messages:
            message.uid += 1000
        self.inbox.uidnext += 1000
        self.server.log.clear()
        self.sync()
        self.assert_together()
        self.assertEqual(self.server.count(r"BODY\.PEEK\[\]|APPEND|EXPUNGE"), 0)
        self.assert_quiet()

    def test_D02_rfc822_is_never_asked_for(self):
        self.serve()
        self.assert_works()
        self.assertEqual(self.server.count(r"FETCH.*RFC822(?!\.SIZE)"), 0)
        self.assertTrue(self.server.count(r"FETCH.*BODY\.PEEK\[\]"))

    def hollow(self, body):
        """The message 2 was expunged elsewhere: its BODY[] is BODY."""
        def rewrite(data):
            if b"BODY[] {" not in data or b"<0.2@" not in data:
                return data
            return re.sub(rb"BODY\[\] \{.*\)\r\n$", b"BODY[] " + body + b")\r\n", data, flags=re.S)
        self.serve().rewrite = rewrite
        self.run_any(0, 1)
        self.assertEqual(len(self.near.files("INBOX")), 3)
        self.assertNotIn(b"", [self.near.read("INBOX", f) for f in self.near.files("INBOX")])
        self.assert_recovers()

    def test_D03_nil_for_a_body(self):
        self.hollow(b"NIL")

    def test_D03_an_empty_literal_for_a_body(self):
        self.hollow(b"{0}\r\n")

    def test_D03_an_empty_string_for_a_body(self):
        self.hollow(b'""')

    def test_D03_the_message_is_gone_afterwards(self):
        self.serve().rewrite = lambda d: re.sub(rb"BODY\[\] \{.*\)\r\n$", b"BODY[] NIL)\r\n", d,
                                                flags=re.S)
        self.run_any(0, 1)
        self.far_remove(2)
        self.assert_recovers(3)

    def test_D04_one_message_fails_the_batch(self):
        self.serve(count=8)

        def answer(session, tag, rest):
            wanted = session.wanted(rest.partition(" ")[0])
            if "BODY.PEEK[]" not in rest or not any(m.uid == 7 for _s, m in wanted):
                return None
            for sequence, message in wanted[:2]:
                if message.uid != 7:
                    session.send_message(sequence, message, rest)
            return "TAG NO Some messages could not be FETCHed (Failure)"

        self.server.hooks["UID FETCH"] = answer
        run = self.run_any(1)
        self.assertIn("UID 7", run.err)
        self.assertEqual(len(self.near.files("INBOX")), 7)
        self.change()
        self.run_any(1)
        self.assertEqual(len(self.near.files("INBOX")), 7)
        self.assertEqual(len(self.inbox.messages), 8)
        self.assert_recovers(8)

    def test_D05_dates_without_sense(self):
        self.serve()
        dates = ["00-Jan-0000 00:00:00 +0000", "30-Dec-1899 00:00:00 +0530",
                 "8-Mar-2023 12:16:47 +0800", "yesterday"]
        for message, date in zip(self.inbox.messages, dates):
            message.date = date
        self.assert_works()
        times = {body: when for body, _l, when, _p in self.near.messages("INBOX").values()}
        self.assertEqual(times[mail.to_near(mail.message(2))], 1678249007)
        self.assertTrue(all(when >= 1_600_000_000 for when in times.values()))

    def test_D06_the_day_has_two_digits(self):
        self.serve()
        self.sync()
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S", when=1_678_249_007)
        self.sync()
        self.assertEqual(self.server.count('APPEND .*"08-Mar-2023 04:16:47 [+]0000"'), 1)
        self.assert_together(5)

    # --- Servers that are busy: no more than is certain is done, and the state is kept. ---

    def assert_busy(self, words):
        self.assertIn(words, self.run_any(3).err)
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4))
        self.server.greeting = "* OK hello"
        self.assert_recovers()

    def busy_at(self, name, words, drops=False):
        self.serve()
        self.sync()
        self.change()

        def answer(session, tag, _rest):
            session.send(words.replace("TAG", tag))
            if drops:
                raise Drop
            return True

        self.server.hooks[name] = answer

    def test_D07_bye_as_greeting(self):
        self.serve()
        self.sync()
        self.change()
        self.server.greeting = "* BYE [ALERT] Too many connections."
        self.assert_busy("Too many connections")

    def test_D07_no_to_login(self):
        self.busy_at("LOGIN", "TAG NO [ALERT] Too many simultaneous connections. (Failure)")
        self.assert_busy("Too many simultaneous connections")

    def test_D08_bye_and_backoff_time(self):
        self.busy_at("SELECT", "* BYE Request is throttled. Suggested Backoff Time: 20 milliseconds",
                     drops=True)
        self.assert_busy("throttled")

    def test_D08_bad_and_backoff_time(self):
        self.busy_at("UID FETCH",
                     "TAG BAD Request is throttled. Suggested Backoff Time: 20 milliseconds")
        self.assert_busy("throttled")

    def test_D08_authenticated_but_not_connected(self):
        self.busy_at("SELECT", "TAG BAD User is authenticated but not connected.")
        self.assert_busy("IMAP may be switched off for this mailbox, the token or password may be that of another account")

    def test_D08_server_unavailable(self):
        self.busy_at("LIST", "TAG NO Server Unavailable. 15")
        self.assert_busy("Server Unavailable")
