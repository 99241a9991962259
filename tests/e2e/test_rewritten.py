"""Servers that write the header of a message anew when they get it: Exchange quotes display names, adds them to
bare addresses, writes -0000 as +0000 and folds otherwise; Cyrus makes an X of each octet beyond ASCII. When the
UIDs or the state are lost, both sides are to be paired all the same; and a letter that is only nearly the same
is another one."""

import os
import re
import shutil

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox, ScriptedServer

CAPABILITIES = "IMAP4rev1 UIDPLUS"


def rewritten(message):
    header, _, body = message.partition(b"\r\n\r\n")
    header = re.sub(rb"[\x80-\xff]", b"X", header)
    header = header.replace(b" -0000", b" +0000")
    header = re.sub(rb"(?m)^(From|Cc): ([^\"<\r\n]+) <", rb'\1: "\2" <', header)
    header = re.sub(rb"(?m)^To: ([^\s<]+)\r?$", rb'To: "\1" <\1>', header)
    header = re.sub(rb"(?m)^(Subject: \S+) (.*\S)\r?$", rb"\1\r\n \2", header)
    return header + b"\r\nX-Rewritten: yes\r\n\r\n" + body


class RewritingSession(ScriptedServer.session_class):
    def do_append(self, tag, rest, literals):
        bodies = [rewritten(body) if b"\r\n\r\n" in body else body for body in literals]
        super().do_append(tag, rest, bodies)

    def ok(self, tag, text="done"):
        if self.server.breaks and self.server.count(" APPEND ") >= self.server.breaks:
            self.server.breaks = None
            raise Drop
        super().ok(tag, text)


class Rewriting(ScriptedServer):
    session_class = RewritingSession
    breaks = None  # in place of the answer to this APPEND, the connection is closed


def letter(number, text="body", extra=""):
    return (f"Date: Mon, 01 Jan 2024 10:{number:02}:00 -0000\nFrom: Jürgen Weiß <me@a.example>\n"
            f"To: reader@example.net\nCc: Ada <ada@b.example>\nSubject: Größe XX of letter {number}\n"
            f"Message-ID: <0.{number}@a.example>\n{extra}\n{text} {number}\n").encode()


class RewrittenHeaders(QuirkCase):
    capabilities = CAPABILITIES

    def upload(self, count=5, **keys):
        self.serve(self.capabilities, count=0, kind=Rewriting, **keys)
        self.sync()
        for number in range(count):
            self.near.add("INBOX", letter(number), "S")

    def lose_state(self):
        shutil.rmtree(os.path.join(self.directory, "state"))

    def recreate(self):
        box = Mailbox(self.inbox.uidvalidity + 7)
        for message in reversed(self.inbox.messages):
            box.add(message.body, message.flags, date=message.date)
        self.server.mailboxes["INBOX"] = self.inbox = box

    def assert_numbers(self, far, near):
        self.assertEqual((len(self.inbox.messages), len(self.near.messages("INBOX"))), (far, near))

    def assert_recovered(self, count=5):
        self.server.log.clear()
        self.sync()
        self.assert_numbers(count, count)
        self.assertEqual(self.server.count(" APPEND "), 0)
        self.assert_quiet()
        # Paired with the right one: what goes here goes there.
        self.near.remove("INBOX", self.find(2))
        self.sync()
        self.assert_numbers(count - 1, count - 1)
        self.assertFalse([m for m in self.inbox.messages if b"<0.2@" in m.body])

    def test_the_state_is_lost(self):
        self.upload()
        self.sync()
        self.assert_numbers(5, 5)
        self.lose_state()
        self.assert_recovered()

    def test_a_new_uidvalidity(self):
        self.upload()
        self.sync()
        self.recreate()
        self.assert_recovered()
        self.assertEqual(self.server.count(re.escape("BODY.PEEK[]")), 0, "the state knows enough")

    def test_a_new_uidvalidity_and_other_sizes(self):
        """Another server after a move of the account: it counts otherwise, or added a field."""
        self.upload()
        self.sync()
        for message in self.inbox.messages:
            message.body = b"X-Moved: by hand\r\n" + message.body
        self.recreate()
        self.assert_recovered()

    def test_the_answer_to_an_upload_is_lost(self):
        self.upload()
        self.server.breaks = 3
        self.sync()
        self.assert_numbers(5, 5)
        self.assert_quiet()

    # --- Nearly the same ---

    def assert_two(self, here, there, flags=("\\Seen",)):
        """A letter here and another there, of which no state knows: they are two."""
        self.serve(self.capabilities, count=0)
        self.sync()
        self.near.add("INBOX", here, "S")
        self.inbox.add(mail.to_wire(there), flags)
        self.sync()
        self.assert_numbers(2, 2)
        for body in (here, there):
            self.assertIn(body, [body for body, *_rest in self.near.messages("INBOX").values()])
        self.assert_quiet()

    def test_the_copy_of_a_mailing_list(self):
        self.assert_two(letter(1), letter(1, extra="List-Id: <list.example>\n"))

    def test_the_copy_that_came_by_mail(self):
        self.assert_two(letter(1), letter(1, extra="Received: by b.example\n"))

    def test_the_copy_that_was_resent(self):
        self.assert_two(letter(1), letter(1, extra="Resent-From: ada@b.example\n"))

    def test_a_letter_without_its_attachments(self):
        self.assert_two(letter(1, "body and attachment"), letter(1))

    def test_a_draft_and_what_was_sent(self):
        self.assert_two(letter(1), letter(1, "edited"), ["\\Draft", "\\Seen"])


class RewrittenWithoutUidplus(RewrittenHeaders):
    capabilities = "IMAP4rev1"


class Damaged(QuirkCase):
    """Messages without any field that would say which they are."""

    def test_they_are_told_apart(self):
        """The state is lost; one of them is the same on both sides, two only have the same size."""
        self.serve(count=0)
        self.sync()
        for text in (b"\r\nsame", b"\r\nhere"):
            self.near.add("INBOX", mail.to_near(text), "S")
        for text in (b"\r\nsame", b"\r\nfar!"):
            self.inbox.add(text, ["\\Seen"])
        self.sync()
        self.assertEqual(sorted(m.body for m in self.inbox.messages),
                         [b"\r\nfar!", b"\r\nhere", b"\r\nsame"])
        self.assert_quiet()
        self.assertEqual(self.far_view("INBOX"), self.near_view("INBOX"))

    def test_a_removal_does_not_wait_for_another(self):
        """An empty file that the server will not have, and a removal that has nothing to do with it."""
        self.serve(count=2)
        self.inbox.add(b"\r\ndamaged\r\n", ["\\Seen"])
        self.sync()
        self.server.hooks["APPEND"] = lambda session, tag, _rest: f"{tag} NO not an empty one"
        self.near.add("Other", b"", "S")
        damaged = self.near.find("INBOX", b"damaged")
        self.near.remove("INBOX", damaged)
        run = self.sync(status=1)
        self.assertNotIn("stay on the server", run.err)
        self.assertEqual(len(self.inbox.messages), 2)
