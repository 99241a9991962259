"""Both sides are full and navette knows nothing: a Maildir that mbsync or OfflineIMAP made, a state that was
lost, a server that tells wrong sizes. The same mail is known as the same; two different messages never are."""

import os
import shutil

from harness import mail
from harness.exchange import Exchange
from harness.quirks import QuirkCase
from harness.scripted import ScriptedServer
from test_recreated import Wrong

COUNT = 6
TUID = "X-TUID: a1B2c3D4e5F6"
OFFLINE = "X-OfflineIMAP: 1795607205-0123456789-v8.0.0"


def with_field(body, field):
    """The message with one more line at the end of its header, as both programmes write it."""
    head, end, text = body.partition(b"\r\n\r\n")
    return head + b"\r\n" + field.encode() + end + text


class AdoptionCase(QuirkCase):
    def full(self, kind=ScriptedServer, capabilities="IMAP4rev1 UIDPLUS", count=COUNT):
        self.serve(capabilities, count=count, kind=kind)
        for name in ("INBOX", "Other"):
            self.near.create(name)

    def assert_adopted(self, count=COUNT, fetched=0, appended=0):
        """INBOX and Other are paired whole; what went over the wire."""
        run = self.sync()
        self.assertIn(f"{count} recognised on both sides", run.out)
        self.assertEqual((self.server.count(r"BODY\.PEEK\[\]"), self.server.count(" APPEND "),
                          self.server.count("EXPUNGE")), (fetched, appended, 0), self.server.log)
        self.server.log.clear()
        self.assert_quiet()
        for name, box in self.server.mailboxes.items():
            self.assertEqual(len(box.messages), len(self.near.files(name)), name)


class Mbsync(AdoptionCase):
    """`,U=` in the names; the message that it carried has an X-TUID line where it arrived, which is here
    for what it downloaded and there for what it uploaded."""

    def make(self, name, uid, body, letters=""):
        box = self.server.mailboxes[name]
        self.near.add(name, body, letters, name=f"17956072{uid:02d}.12_{uid}.host,U={uid}")
        with open(os.path.join(self.near.path(name), ".uidvalidity"), "w", encoding="ascii") as f:
            f.write(f"{box.uidvalidity}\n{box.uidnext - 1}\n")
        with open(os.path.join(self.near.path(name), ".mbsyncstate"), "w", encoding="ascii") as f:
            f.write(f"FarUidValidity 1\nNearUidValidity {box.uidvalidity}\nMaxPulledUid {uid}\n\n"
                    f"{uid} {uid} {letters}\n")

    def make_all(self):
        for name in ("INBOX", "Other"):
            for i, message in enumerate(self.server.mailboxes[name].messages):
                plain = message.body
                if i % 3 == 1:
                    message.body = with_field(plain, TUID)
                near = with_field(plain, TUID) if i % 3 == 0 else plain
                self.make(name, message.uid, mail.to_near(near), self.letters(message.flags))

    def test_all_is_adopted(self):
        self.full()
        self.make_all()
        before = {name: self.near.files(name) for name in self.near.folders()}
        self.assert_adopted()
        self.assertEqual({name: self.near.files(name) for name in self.near.folders()}, before)
        self.assertEqual(sorted(self.near.folders()), ["INBOX", "Other"])

    def test_both_have_the_line_and_not_the_same(self):
        self.full()
        for i, message in enumerate(self.inbox.messages):
            self.make("INBOX", message.uid,
                      mail.to_near(with_field(message.body, TUID + ("xyz" if i % 2 else ""))))
            message.body = with_field(message.body, TUID)
        self.assert_adopted(fetched=1)  # Other's

    def test_changes_since_go_both_ways(self):
        self.full()
        self.make_all()
        self.near.set_letters("INBOX", self.find(0), "FS")
        self.inbox.add(mail.message(60))
        self.near.add("INBOX", mail.to_near(mail.message(61)), "S")
        self.assert_adopted(fetched=1, appended=1)
        self.assertEqual(self.message(0).flags, {"\\Seen", "\\Flagged"})
        self.near.remove("INBOX", self.find(2))
        self.sync()
        self.assertEqual(len(self.inbox.messages), COUNT + 1)

    def test_a_new_uidvalidity_afterwards(self):
        self.full()
        self.make_all()
        self.assert_adopted()
        self.inbox.uidvalidity += 1
        for message in self.inbox.messages:
            message.uid += 50
        self.inbox.uidnext += 50
        self.assert_adopted()


class OfflineImap(AdoptionCase):
    """`,U=` and `,FMD5=` in the names; what it uploaded has an X-OfflineIMAP line on the server."""

    def test_all_is_adopted(self):
        self.full()
        for name in ("INBOX", "Other"):
            for i, message in enumerate(self.server.mailboxes[name].messages):
                self.near.add(name, mail.to_near(message.body), self.letters(message.flags),
                              name=f"17956072_{i}.12.host,U={message.uid},FMD5=7e33429f656f1e6e")
                if i % 2 == 0:
                    message.body = with_field(message.body, OFFLINE)
        self.assert_adopted()
        self.assertTrue(all(",FMD5=" in name for _place, name in self.near.files("INBOX")))


class WrongSizes(AdoptionCase):
    """RFC822.SIZE is not the message's size: where the identities are the same, the messages are compared."""

    def lose_state(self):
        self.sync()
        shutil.rmtree(os.path.join(self.directory, "state"))
        self.server.log.clear()

    def test_the_state_is_lost(self):
        self.full(Wrong)
        self.lose_state()
        self.assert_adopted(fetched=2)
        self.assert_together(COUNT)

    def test_of_exchange(self):
        """It has added a field to what was uploaded, and its sizes are estimates."""
        self.server = Exchange()
        self.addCleanup(self.server.stop)
        self.write_config(timeout="5s")
        self.inbox = self.server.mailboxes["INBOX"]
        for i in range(COUNT):
            self.inbox.add(mail.message(i))
        self.sync()
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S")
        self.sync()
        self.lose_state()
        self.assert_adopted(COUNT + 1, fetched=1)

    def test_with_changes_meanwhile(self):
        self.full(Wrong)
        self.lose_state()
        self.near.set_letters("INBOX", self.find(1), "FS")
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S")
        self.inbox.add(mail.message(61))
        self.sync()
        self.assert_together(COUNT + 2)
        self.assertEqual(self.message(1).flags, {"\\Seen", "\\Flagged"})
        self.assert_quiet()

    def test_bare_line_feeds_on_the_server(self):
        """A line end that is no CRLF there is one here: the sizes differ though they are right."""
        self.full()
        for message in self.inbox.messages:
            message.body = message.body.replace(b"\r\n\r\n", b"\r\n\n", 1)[:-2] + b"\n"
        self.lose_state()
        self.assert_adopted(fetched=1)

    def test_different_messages_of_one_identity(self):
        """Drafts of one letter: each side has another one. None is taken for another, all are kept."""
        draft = mail.message(60)
        others = [draft + b"More.\r\n", draft.replace(b"\r\n\r\n", b"\r\nCc: c@example.org\r\n\r\n", 1),
                  draft[:-9] + b"changed\r\n", draft[:200]]
        for kind in (ScriptedServer, Wrong):
            for other in others:
                with self.subTest(kind=kind, other=other[-20:]):
                    self.tearDown()
                    self.doCleanups()
                    self.setUp()
                    self.full(kind)
                    self.lose_state()
                    self.inbox.add(draft)
                    self.near.add("INBOX", mail.to_near(other), "D")
                    self.sync()
                    self.assert_together(COUNT + 2)
                    self.assertIn(mail.to_near(other), [b for b, _l in self.near_view("INBOX")])
                    self.assertIn(draft, [m.body for m in self.inbox.messages])
                    self.assert_quiet()

    def test_several_of_one_identity(self):
        """Each finds the one that is the same, in whatever order they are."""
        self.full(Wrong, count=0)
        drafts = [mail.message(60) + b"%d\r\n" % i for i in range(5)]
        for body in drafts:
            self.inbox.add(body)
        for body in reversed(drafts[1:]):
            self.near.add("INBOX", mail.to_near(body), "D")
        self.sync()
        self.assert_together(5)
        self.assertEqual(self.server.count(" APPEND "), 0)
        self.assert_quiet()

    def test_no_header_at_all(self):
        self.full(Wrong, count=0)
        for i in range(4):
            self.inbox.add(b"\r\ntext %d\r\n" % i)
        self.lose_state()
        self.near.add("INBOX", b"\ntext 9\n", "S")
        self.sync()
        self.assertEqual(self.far_view("INBOX"), self.near_view("INBOX"))
        self.assertEqual(len(self.inbox.messages), 5)

    def test_a_server_that_does_not_give_them(self):
        """What cannot be compared is not taken for the same; the bodies are refused for good, so nothing comes."""
        self.full(Wrong)
        self.lose_state()
        self.server.hooks["UID FETCH"] = lambda _s, _t, rest: \
            "TAG NO not now" if "BODY.PEEK[]" in rest else None
        self.run_any(1)
        self.assertEqual(len(self.near.files("INBOX")), COUNT)
