"""A folder that another client removed and made again, or a server that gives all UIDs anew: the UIDVALIDITY
is another, and the base void. The mail is known again by what it is: no body is fetched that is here, nothing is
sent that is there, and nothing is removed."""

from harness import mail
from harness.case import Case
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox, ScriptedServer

COUNT = 8


class Recreated(QuirkCase):
    capabilities, kind = CAPABILITIES, ModseqServer
    compared = 0  # messages that are fetched to be compared, when the sizes of before are lost

    def settle(self):
        self.serve(self.capabilities, kind=self.kind, count=COUNT)
        self.sync()
        self.assert_together(COUNT)
        self.server.log.clear()

    def recreate(self, turn=lambda messages: list(reversed(messages))):
        """The mailbox is made again with its messages in another order."""
        box = Mailbox(self.inbox.uidvalidity + 7)
        for message in turn(self.inbox.messages):
            box.add(message.body, message.flags, date=message.date)
        self.server.mailboxes["INBOX"] = self.inbox = box

    def end(self, count=COUNT, fetched=0, appended=0):
        self.sync()
        self.assert_together(count)
        asked = [line for line in self.server.log if "BODY.PEEK[]" in line]
        self.assertEqual(sum(self.number_of_uids(line) for line in asked), fetched, asked)
        self.assertEqual(self.server.count(" APPEND "), appended)
        self.assertEqual(self.server.count("EXPUNGE|DELETE"), 0)
        self.assert_quiet()

    def number_of_uids(self, line):
        count = 0
        for part in line.split()[3].split(","):
            low, _, high = part.partition(":")
            count += int(high or low) - int(low) + 1
        return count

    def test_as_it_was(self):
        self.settle()
        self.recreate()
        self.end()

    def test_with_new_mail_on_both_sides(self):
        self.settle()
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S")
        self.recreate()
        self.inbox.add(mail.message(61))
        self.end(COUNT + 2, fetched=1, appended=1)

    def test_with_flags_of_both_sides(self):
        """Nobody knows any more who changed what: both have what either has."""
        self.settle()
        self.add_letters(0, "F")
        self.near.set_letters("INBOX", self.find(1), "")  # was \\Seen, and stays so
        self.recreate()
        self.far_store(2, "\\Answered")
        self.far_store(0, "\\Answered")
        self.end()
        self.assertEqual(self.message(0).flags, {"\\Flagged", "\\Answered"})
        self.assertEqual(self.message(1).flags, {"\\Seen"})

    def test_with_removals_on_both_sides(self):
        """They are not known for what they were: what one side has, both have."""
        self.settle()
        self.near.remove("INBOX", self.find(0))
        self.recreate()
        self.far_remove(1)
        self.end(fetched=1, appended=1)

    def test_made_again_empty(self):
        """What was in it is gone there, and that is for the user to say; here nothing goes."""
        self.settle()
        self.recreate(lambda _messages: [])
        self.end(appended=COUNT)

    def test_made_again_with_a_part(self):
        self.settle()
        self.recreate(lambda messages: messages[:3])
        self.inbox.add(mail.message(70))
        self.end(COUNT + 1, fetched=1, appended=COUNT - 3)

    def test_again_and_again(self):
        self.settle()
        for turn in range(3):
            self.add_letters(turn, "F")
            self.recreate()
            self.end()
            self.server.log.clear()

    def test_after_it_was_stopped_in_between(self):
        """The connection breaks before the new UIDVALIDITY is in the state, or just after."""
        for name in ("UID FETCH", "UID STORE"):
            with self.subTest(command=name):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle()
                self.add_letters(0, "F")
                self.recreate()
                self.server.hooks[name] = self.bye_once
                self.end(fetched=self.compared if name == "UID STORE" else 0)


    def bye_once(self, session, _tag, _rest):
        self.server.hooks.clear()
        session.send("* BYE going down")
        raise Drop


class RecreatedOfPlainServers(Recreated):
    capabilities, kind = "IMAP4rev1 UIDPLUS", ScriptedServer


class Wrong(ScriptedServer):
    """RFC822.SIZE is an estimate, as Exchange's."""

    class session_class(ScriptedServer.session_class):
        def parts(self, message, items):
            return [b"RFC822.SIZE %d" % (len(message.body) * 9 // 10 + 21)
                    if part.startswith(b"RFC822.SIZE") else part
                    for part in super().parts(message, items)]


class RecreatedWithWrongSizes(Recreated):
    capabilities, kind, compared = "IMAP4rev1 UIDPLUS", Wrong, COUNT


class OnDovecot(Case):
    def test_another_client_makes_it_again(self):
        self.standard()
        self.far.create("Work")
        for i in range(COUNT):
            self.far.append("Work", mail.message(i, attachment=i % 2), "\\Seen" if i % 2 else "")
        self.sync()
        self.assert_same("Work", count=COUNT)
        old = self.near.find("Work", b"<0.3@")
        self.near.set_letters("Work", old, "FS")
        self.near.remove("Work", self.near.find("Work", b"<0.4@"))
        self.near.add("Work", mail.to_near(mail.message(60)), "S")
        self.far.check(self.far.connection.rename("Work", "Old"))
        self.far.create("Work")
        self.far.select("Old")
        self.far.check(self.far.connection.uid("COPY", "1:*", "Work"))
        self.far.delete("Old")
        self.far.append("Work", mail.message(61))
        run = self.sync("-vv")
        self.assert_same("Work", count=COUNT + 2)
        self.assertEqual(run.err.count("BODY.PEEK[]"), 1)
        self.assertEqual(run.err.count(" APPEND "), 1)
        self.assertRegex(run.out, f"{COUNT - 1} recognised on both sides")
        self.assertRegex(run.out, "2 downloaded")
        self.assertIn("F", self.near.find("Work", b"<0.3@")[1])
        self.assert_quiet()
