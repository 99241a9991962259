"""The downloads of many small folders go out in one flight: SELECT and FETCH of one behind those of the other.
What fails in the middle of it takes nothing of another folder's, and holds up no other."""

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Drop, Mailbox

FOLDERS = ["Box1", "Box2", "Box3", "Box4"]
EACH = 3


class SmallFolders(QuirkCase):
    def begin(self):
        """UIDs are the same in all of them; no two messages are."""
        self.serve(count=EACH)
        for number, name in enumerate(FOLDERS, 1):
            box = self.server.mailboxes[name] = Mailbox()
            for i in range(EACH):
                box.add(mail.message(100 * number + i), ["\\Flagged"] if i else [])
        self.opened = 0

    def at_second_opening(self, act, later=False):
        """When Box2 is opened for what is to be done in it, ACT does something, and its result is the
        hook's; with LATER at each opening from then on."""
        def hook(session, _tag, rest):
            self.opened += "Box2" in rest
            now = self.opened == 2 or later and self.opened > 2
            return act(session) if "Box2" in rest and now else None
        self.server.hooks["SELECT"] = self.server.hooks["EXAMINE"] = hook

    def bodies(self, name):
        return [m.body for m in self.server.mailboxes[name].messages]

    def end(self):
        """The next run, when the server behaves: each message is here once."""
        self.server.hooks.clear()
        self.sync()
        self.assert_together(EACH)
        self.assert_quiet()


class Flights(SmallFolders):
    def test_all_in_one_flight(self):
        self.begin()
        self.sync()
        self.assert_together(EACH)
        lines = [line.split()[1:3] for line in self.server.log]
        opened = [i for i, words in enumerate(lines) if words[0] in ("SELECT", "EXAMINE")]
        last = opened[-1] - opened[-len(self.server.mailboxes)]
        self.assertEqual(last, 2 * len(self.server.mailboxes) - 2, self.server.log)
        self.end()

    def test_one_cannot_be_opened(self):
        """This server then keeps open what was open, and answers with its messages."""
        self.begin()
        self.at_second_opening(lambda session: "TAG NO not now")
        run = self.sync(status=1)
        self.assertIn("Box2", run.err)
        self.assertEqual(self.near_view("Box2"), [])
        for name in ("INBOX", "Other", "Box1", "Box3", "Box4"):
            self.assertEqual(self.near_view(name), self.far_view(name), name)
        self.end()

    def test_one_is_made_anew(self):
        """With other messages under the same UIDs: the next run takes it as it is then."""
        self.begin()

        def make_anew(_session):
            box = self.server.mailboxes["Box2"] = Mailbox(8)
            for i in range(EACH):
                box.add(mail.message(900 + i))
        self.at_second_opening(make_anew)
        self.sync(status=3)
        self.assertEqual(self.near_view("Box2"), [])
        self.end()

    def test_the_connection_is_cut(self):
        """What came before is here; the rest comes in the same run, and nothing twice."""
        self.begin()

        def cut(_session):
            raise Drop
        self.at_second_opening(cut)
        self.sync()
        self.assert_together(EACH)
        self.end()

    def test_one_message_cannot_be_had(self):
        """Those that are asked for once more stand behind all others of the flight."""
        self.begin()
        bad = self.bodies("Box2")[1]

        def refuse(session, tag, rest):
            uids, _, items = rest.partition(" ")
            if "BODY.PEEK[]" not in items or bad not in [m.body for _s, m in session.wanted(uids)]:
                return None
            for sequence, message in session.wanted(uids):
                if message.body != bad:
                    session.send_message(sequence, message, items)
            return f"{tag} NO some messages could not be fetched"
        self.server.hooks["UID FETCH"] = refuse
        run = self.sync(status=1)
        self.assertIn("Box2", run.err)
        self.assertEqual(len(self.near_view("Box2")), EACH - 1)
        for name in ("INBOX", "Other", "Box1", "Box3", "Box4"):
            self.assertEqual(self.near_view(name), self.far_view(name), name)
        self.server.hooks.clear()


class Changes(SmallFolders):
    """What changes messages in the mailboxes of the next folders waits until they are open."""

    def begin(self):
        super().begin()
        self.server.capabilities += " UIDPLUS"
        self.sync()

    def flags(self, name):
        return {flag for m in self.server.mailboxes[name].messages for flag in m.flags} & {"\\Answered", "\\Draft"}

    def change_flags(self):
        """One flag in Box2, and another in all others."""
        for name in FOLDERS:
            file = self.near.files(name)[0]
            self.near.set_letters(name, file, "R" if name == "Box2" else "D")

    def remove_one_each(self):
        for name in FOLDERS:
            self.near.remove(name, self.near.files(name)[0])

    def sizes(self):
        return [len(self.server.mailboxes[name].messages) for name in FOLDERS]

    def make_anew(self, _session):
        box = self.server.mailboxes["Box2"] = Mailbox(8)
        for i in range(EACH):
            box.add(mail.message(900 + i))

    def test_flags_where_one_cannot_be_opened(self):
        self.begin()
        self.change_flags()
        self.at_second_opening(lambda session: "TAG NO not now", later=True)
        self.sync(status=1)
        self.assertEqual([self.flags(name) for name in FOLDERS],
                         [{"\\Draft"}, set(), {"\\Draft"}, {"\\Draft"}])
        self.end()
        self.assertEqual(self.flags("Box2"), {"\\Answered"})

    def test_flags_where_one_is_made_anew(self):
        self.begin()
        self.change_flags()
        self.at_second_opening(self.make_anew)
        self.sync(status=3)
        self.assertEqual([self.flags(name) for name in FOLDERS],
                         [{"\\Draft"}, set(), {"\\Draft"}, {"\\Draft"}])

    def test_removals_where_one_cannot_be_opened(self):
        self.begin()
        self.remove_one_each()
        self.at_second_opening(lambda session: "TAG NO not now", later=True)
        self.sync(status=1)
        self.assertEqual(self.sizes(), [EACH - 1, EACH, EACH - 1, EACH - 1])
        self.end()
        self.assertEqual(self.sizes(), [EACH - 1] * 4)

    def test_removals_where_one_is_made_anew(self):
        self.begin()
        self.remove_one_each()
        self.at_second_opening(self.make_anew)
        self.sync(status=3)
        self.assertEqual(self.sizes(), [EACH - 1, EACH, EACH - 1, EACH - 1])
