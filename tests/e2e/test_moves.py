"""A message that moves from one folder to another is a removal in the one and new mail in the other: at
no moment may it be on one side only, whatever becomes of the other half."""

import os

from harness import mail, relay
from harness.case import Case
from harness.quirks import QuirkCase
from harness.scripted import Mailbox

QUOTA = """
protocol imap {
  mail_plugins = quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_max_mail_size = 100k
}
"""
COUNT = 4


class Moves(Case):
    def serve(self, **options):
        self.standard(**options)
        for name in ("Archive", "Zoo"):
            self.far.create(name)
        for i in range(COUNT):
            self.far.append("INBOX", mail.message(i, size=4096), "\\Seen")
        for folder in ("Archive", "Zoo"):
            self.far.append(folder, mail.message(100, seed=folder))
        self.sync()
        self.assert_counts(COUNT, 1, 1)

    def counts(self):
        return [len(self.far.uids(name)) for name in ("INBOX", "Archive", "Zoo")]

    def assert_counts(self, *counts):
        self.assertEqual(self.counts(), list(counts))
        self.assertEqual([len(self.near.files(n)) for n in ("INBOX", "Archive", "Zoo")], list(counts))

    def assert_everywhere_same(self, *counts):
        self.assert_counts(*counts)
        for name in ("INBOX", "Archive", "Zoo"):
            self.assert_same(name)
        self.assert_quiet()

    def change(self, folder, number):
        """Its body is another one now: the server has no such message."""
        place, file = self.near.find(folder, f"<0.{number}@example.org>".encode())
        with open(os.path.join(self.near.path(folder), place, file), "ab") as stream:
            stream.write(b"and more\n")

    def move_near(self, source, target, name=None, number=0):
        """Moves a file as mail readers do, under the name that it has unless NAME is given."""
        place, file = self.near.find(source, f"<0.{number}@example.org>".encode())
        os.rename(os.path.join(self.near.path(source), place, file),
                  os.path.join(self.near.path(target), place, name or file))

    def test_both_directions_of_the_alphabet(self):
        self.serve()
        self.move_near("INBOX", "Archive", number=0)
        self.move_near("INBOX", "Zoo", number=1)
        self.sync()
        self.assert_everywhere_same(COUNT - 2, 2, 2)
        self.move_near("Archive", "Zoo", number=0)
        self.move_near("Zoo", "Archive", number=1)
        self.sync()
        self.assert_everywhere_same(COUNT - 2, 2, 2)

    def test_a_move_is_one_step_of_the_plan(self):
        self.serve()
        for number, target in ((0, "Archive"), (1, "Archive"), (2, "Zoo")):
            self.move_near("INBOX", target, number=number)
        moves = {int(self.far.uids("INBOX", f'HEADER MESSAGE-ID "<0.{number}@example.org>"')[0]): target
                 for number, target in ((0, "Archive"), (1, "Archive"), (2, "Zoo"))}
        self.near.remove("INBOX", self.near.find("INBOX", b"<0.3@example.org>"))
        near = self.near.stamps()
        plan = self.sync("-n", "--force-delete").out.splitlines()
        lines = [line for line in plan if "UID" in line]
        self.assertEqual([line for line in plan if "UID" not in line],
                         ["test/INBOX: 3 to move to another folder, 1 to remove on the server"])
        first, second, third = sorted(moves)
        self.assertEqual(lines, [f"test/INBOX: move 2 messages UID {first}:{second} to Archive",
                                 f"test/INBOX: move UID {third} to Zoo",
                                 f"test/INBOX: remove-far UID {third + 1}"])
        each = self.sync("-n", "-v", "--force-delete").out.splitlines()
        for uid, target in moves.items():
            self.assertIn(f"test/INBOX: move UID {uid} to {target}", each)
        objects = self.sync("-n", "--json", "--force-delete").objects()
        self.assertEqual([(o["folder"], o["moved"], o["uploaded"], o["removed-far"]) for o in objects
                          if o["type"] == "folder"], [("INBOX", 3, 0, 1)])
        steps = [step for step in objects if step["type"] == "operation"]
        self.assertEqual([(s["folder"], s["operation"], s["uid"], s.get("to")) for s in steps],
                         [("INBOX", "move", uid, target) for uid, target in sorted(moves.items())] +
                         [("INBOX", "remove-far", third + 1, None)])
        self.assertEqual((self.near.stamps(), self.counts()), (near, [COUNT, 1, 1]))
        done = {o["folder"]: (o["moved"], o["uploaded"], o["removed-far"])
                for o in self.sync("--json", "--force-delete").objects() if o["type"] == "folder"}
        self.assertEqual(done, {"INBOX": (3, 0, 1)})
        self.assert_everywhere_same(0, 3, 2)

    def test_to_a_folder_that_is_only_here(self):
        """And is not made on the server, by `push` or by `create`: nothing of it goes there, so the server keeps what
        it has."""
        for rule in (("push", "flags"), ("direction", "pull"), ("create", "near")):
            with self.subTest(rule=rule):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve()
                self.write_channels(("mine", "folders", "Mine/**", *rule),
                                    ("rest", "folders", "**", "push", "all"))
                self.sync()
                self.near.create("Mine/a")
                self.move_near("INBOX", "Mine/a", number=0)
                self.near.remove("INBOX", self.near.find("INBOX", b"<0.1@example.org>"))
                for _run in range(2):
                    self.sync()
                    self.assertEqual(self.counts(), [COUNT - 1, 1, 1])
                    self.assertEqual(len(self.near.files("Mine/a")), 1)
                    self.assertEqual(len(self.near.files("INBOX")), COUNT - 2)

    def test_a_name_with_the_uid_of_another_program(self):
        self.serve()
        self.move_near("INBOX", "Archive", name="1700000000.1_1.host,U=1:2,S")
        self.sync()
        self.assert_everywhere_same(COUNT - 1, 2, 1)

    def test_a_far_move(self):
        self.serve()
        for number, target in ((0, "Archive"), (1, "Zoo")):
            uid = self.far.uids("INBOX", f'HEADER MESSAGE-ID "<0.{number}@example.org>"')
            self.assertEqual(len(uid), 1)
            self.far.check(self.far.connection.uid("COPY", uid[0], target))
            self.far.remove("INBOX", uid)
        self.sync()
        self.assert_everywhere_same(COUNT - 2, 2, 2)

    def test_the_upload_is_refused_for_its_size(self):
        self.serve()
        big = mail.message(50, size=300_000)
        self.near.add("INBOX", mail.to_near(big), "S", name="big.1")
        self.sync()
        self.assert_counts(COUNT + 1, 1, 1)
        self.server.stop()
        self.server.extra = QUOTA
        self.server.start()
        self.far = self.connect(self.server)
        self.move_near("INBOX", "Archive", number=50)
        self.change("Archive", 50)
        self.move_near("INBOX", "Zoo", number=0)
        for _ in range(2):
            run = self.sync(status=1)
            self.assertIn("on the server for now", run.err)
            # What did move is gone from where it was; what did not is where it was.
            self.assertEqual(self.counts(), [COUNT, 1, 2])
        self.server.stop()
        self.server.extra = ""
        self.server.start()
        self.far = self.connect(self.server)
        self.sync()
        self.assert_everywhere_same(COUNT - 1, 2, 2)

    def test_the_target_folder_is_refused(self):
        """The guard stops the folder that the file moved to: its upload is not even tried."""
        self.serve()
        for i in range(3):
            self.far.append("Archive", mail.message(200 + i, seed="old"))
        self.sync()
        for place, file in self.near.files("Archive"):
            os.unlink(os.path.join(self.near.path("Archive"), place, file))
        self.move_near("INBOX", "Archive", number=0)
        run = self.sync(status=4)
        self.assertEqual(self.counts(), [COUNT, 4, 1], run)
        self.assertIn("on the server for now", run.err)
        # It brings back all that was removed: also what had moved away from INBOX.
        self.sync("--restore")
        self.assert_everywhere_same(COUNT, 5, 1)

    def test_a_folder_removed_with_its_mail_moved_away(self):
        self.serve()
        self.write_config(remove="both")
        big = mail.message(50, size=300_000)
        self.near.add("Zoo", mail.to_near(big), "S", name="big.1")
        self.sync()
        self.server.stop()
        self.server.extra = QUOTA
        self.server.start()
        self.far = self.connect(self.server)
        self.move_near("Zoo", "Archive", number=50)
        self.change("Archive", 50)
        for place, file in self.near.files("Zoo"):
            os.unlink(os.path.join(self.near.path("Zoo"), place, file))
        for place in ("cur", "new", "tmp"):
            os.rmdir(os.path.join(self.near.path("Zoo"), place))
        os.rmdir(self.near.path("Zoo"))
        run = self.sync("--force-delete", status=1)
        self.assertIn("stays on the server for now", run.err)
        self.assertEqual(len(self.far.uids("Zoo")), 2)

    def test_only_the_folder_that_it_left_is_synchronised(self):
        self.serve()
        self.move_near("INBOX", "Archive", number=0)
        self.near.remove("INBOX", self.near.find("INBOX", b"<0.1@example.org>"))
        for _run in range(2):
            run = self.sync("test/INBOX", status=1)
            self.assertIn("1 message removed here stays on the server for now", run.err)
            self.assertEqual(self.counts(), [COUNT - 1, 1, 1])
        self.sync()
        self.assert_everywhere_same(COUNT - 2, 2, 1)

    def test_only_the_folder_that_it_went_to_is_synchronised(self):
        self.serve()
        self.move_near("INBOX", "Archive", number=0)
        self.sync("test/Archive")
        self.assertEqual(self.counts(), [COUNT, 2, 1])
        self.sync("test/INBOX")
        self.assert_everywhere_same(COUNT - 1, 2, 1)


class Held(QuirkCase):
    """What waits is what moved and has not arrived, and nothing else."""

    def settle(self):
        self.serve("IMAP4rev1 UIDPLUS")
        self.server.mailboxes["Archive"] = Mailbox()
        self.sync()

    def test_a_reader_renames_the_file_that_waits(self):
        """It is another file's removal that need not wait for it."""
        self.settle()
        self.near.add("Archive", self.near.read("INBOX", self.find(0)), name="moved", place="new")
        for number in (0, 1):
            self.near.remove("INBOX", self.find(number))

        def refuse(_session, _tag, rest):
            if "Archive" not in rest:
                return None
            for place, name in self.near.files("Archive"):
                self.near.set_letters("Archive", (place, name), "S" if place == "new" else "FS")
            return "TAG NO too large for us"

        self.server.hooks["APPEND"] = refuse
        self.server.hooks["UID COPY"] = "TAG NO not that one"
        self.assertIn("1 message removed here stays", self.run_any(1).err)
        self.assertEqual([bool(m.body.count(b"<0.0@")) for m in self.inbox.messages],
                         [True, False, False])
        self.server.hooks.clear()
        for _run in range(2):
            self.sync()
        self.assertEqual((len(self.inbox.messages), len(self.server.mailboxes["Archive"].messages)),
                         (2, 1))
        self.assert_quiet()

    def test_a_planned_move_never_removes_what_did_not_arrive(self):
        self.settle()
        self.near.add("Archive", self.near.read("INBOX", self.find(0)), "S", name="moved")
        self.near.remove("INBOX", self.find(0))
        plan = "test/INBOX: move UID 1 to Archive"
        self.server.hooks["APPEND"] = "TAG NO too large for us"
        self.server.hooks["UID COPY"] = "TAG NO not that one"
        for _run in range(2):
            self.assertEqual([line for line in self.sync("-n").out.splitlines() if "UID" in line], [plan])
            self.server.log.clear()
            self.assertIn("1 message removed here stays", self.run_any(1).err)
            self.assertEqual((self.server.count("UID EXPUNGE"), self.server.count("UID STORE")), (0, 0))
            self.assertEqual((len(self.inbox.messages), self.server.mailboxes["Archive"].messages), (4, []))
        self.server.hooks.clear()
        self.server.log.clear()
        self.assertIn(plan, self.sync("-v").err)
        verbs = [line.split(" ", 1)[1] for line in self.server.log]
        self.assertEqual([verb.split(" (")[0] for verb in verbs
                          if verb.startswith(("APPEND", "UID COPY", "UID EXPUNGE"))],
                         ["UID COPY 1 Archive", "UID EXPUNGE 1"], verbs)
        self.assertEqual((len(self.inbox.messages), len(self.server.mailboxes["Archive"].messages)), (3, 1))
        self.assert_quiet()

    def test_a_folder_that_only_removes_is_selected_once(self):
        self.settle()
        self.near.remove("INBOX", self.find(0))
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S")
        self.server.log.clear()
        self.sync()
        # The look, and once more after the search for what was appended without APPENDUID.
        self.assertEqual(self.server.count("SELECT INBOX"), 2, self.server.log)


class Costs(Case):
    """What a move costs on the wire, as exact upper bounds; LOGOUT is a turn."""
    MOVED, SIZE = 100, 1_000_000

    def begin(self, extra=""):
        self.server = self.start_dovecot(extra=extra)
        self.relay = relay.Relay(self.server.port, record=True)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port)
        self.server.deliver("INBOX", [mail.message(i, size=self.SIZE) for i in range(self.MOVED)])
        self.server.deliver("Archive", [mail.message(200)])
        self.far = self.connect(self.server)
        self.sync()
        self.relay.reset()

    def move_all(self):
        for place, name in self.near.files("INBOX"):
            os.rename(os.path.join(self.near.path("INBOX"), place, name),
                      os.path.join(self.near.path("Archive"), place, name))

    def costs(self, turns, size):
        self.sync()
        seen = (self.relay.turns, self.relay.bytes_up + self.relay.bytes_down)
        print(f"{seen[0]} turns of {turns}, {seen[1]} bytes of {size}")
        self.assertLessEqual(seen[0], turns)
        self.assertLess(seen[1], size)
        self.assertNotIn(b" APPEND ", self.relay.sent)
        self.assertEqual((len(self.far.uids("INBOX")), len(self.far.uids("Archive"))), (0, self.MOVED + 1))
        self.assert_same("Archive")
        self.assert_quiet()

    def test_with_move(self):
        self.begin()
        self.move_all()
        self.costs(7, 20_000)

    def test_without_move(self):
        self.begin("imap_capability = IMAP4rev1 LITERAL+ SASL-IR LIST-EXTENDED LIST-STATUS UIDPLUS "
                   "CONDSTORE QRESYNC ENABLE ESEARCH\n")
        self.move_all()
        self.costs(10, 30_000)
        self.assertNotIn(b" MOVE ", self.relay.sent)

    def test_another_name_in_the_folder(self):
        """Nobody is told: what it was is what it is."""
        self.begin()
        for number, (place, name) in enumerate(self.near.files("INBOX")):
            os.rename(os.path.join(self.near.path("INBOX"), place, name),
                      os.path.join(self.near.path("INBOX"), place, f"{number}.other" + name[name.find(":"):]
                                   if ":" in name else f"{number}.other"))
        self.sync()
        for word in (b" APPEND ", b" MOVE ", b" COPY ", b" STORE ", b" FETCH ", b"EXPUNGE"):
            self.assertNotIn(word, self.relay.sent)
        self.assert_same()
        self.assert_quiet()
