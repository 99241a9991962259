"""A side that is suddenly gone, empty or not to be read is no side whose mail was removed: navette
refuses, says what it saw and what to do, and changes nothing; --force-delete and --restore then do
what they say."""

import os
import shutil
import subprocess

from harness import mail
from harness.case import Run
from harness.modseq import CAPABILITIES, ModseqServer
from harness.quirks import QuirkCase
from harness.scripted import Mailbox

COUNT = 4
CHANGES = r" STORE |EXPUNGE|DELETE|APPEND|CREATE|BODY\.PEEK\[\]"
FORCE, RESTORE = "--force-delete", "--restore"


class LostCase(QuirkCase):
    def settle(self, **options):
        self.serve(**options)
        self.sync()
        self.assert_together(options.get("count", COUNT))
        self.server.log.clear()

    def refuse(self, *says, status=4, runs=2):
        """A run, and the same once more, that changes nothing; returns what it said."""
        far = {name: self.far_view(name) for name in self.server.mailboxes}
        near = {name: self.near_view(name) for name in self.near.folders()}
        for _run in range(runs):
            run = self.sync(status=status)
            for words in says:
                self.assertIn(words, run.err)
        self.assertEqual(self.server.count(CHANGES), 0, self.server.log)
        self.assertEqual({name: self.far_view(name) for name in self.server.mailboxes}, far)
        self.assertEqual({name: self.near_view(name) for name in self.near.folders()}, near)
        return run.err

    def restore(self):
        self.sync(RESTORE)
        self.assert_together()
        self.assert_quiet()

    def empty(self, *folders):
        for name in folders:
            for file in self.near.files(name):
                self.near.remove(name, file)


class LostNear(LostCase):
    def test_the_root_is_gone(self):
        self.settle()
        os.rename(self.near.root, self.near.root + ".away")
        self.refuse("no folder left in " + self.near.root, "is it mounted?", RESTORE, FORCE)
        os.rename(self.near.root + ".away", self.near.root)
        self.assert_quiet()

    def test_an_empty_directory_where_the_root_was(self):
        """As when the file system is not mounted."""
        self.settle()
        os.rename(self.near.root, self.near.root + ".away")
        os.mkdir(self.near.root)
        self.refuse("no folder left in " + self.near.root, "is it mounted?")
        self.assertEqual(os.listdir(self.near.root), [])
        os.rmdir(self.near.root)
        os.rename(self.near.root + ".away", self.near.root)
        self.assert_quiet()

    def test_the_root_is_a_link_that_leads_nowhere(self):
        self.settle()
        os.rename(self.near.root, self.near.root + ".away")
        os.symlink("/nowhere/at/all", self.near.root)
        self.refuse("is it mounted?")
        os.unlink(self.near.root)
        os.rename(self.near.root + ".away", self.near.root)
        self.assert_quiet()

    def test_restored_when_the_root_is_gone(self):
        self.settle()
        shutil.rmtree(self.near.root)
        self.restore()

    def test_forced_when_the_root_is_gone(self):
        """It goes as far as it was asked to: INBOX itself no server lets go."""
        self.settle()
        shutil.rmtree(self.near.root)
        self.server.hooks["DELETE"] = lambda _s, _t, rest: \
            "TAG NO INBOX stays" if "INBOX" in rest else None
        self.run_any(4)
        self.navette("sync", FORCE)
        self.assertNotIn("Other", self.server.mailboxes)

    def test_all_folders_are_emptied(self):
        self.settle()
        self.server.mailboxes["Other"].add(mail.message(91))
        self.sync()
        self.server.log.clear()
        self.empty("INBOX", "Other")
        err = self.refuse("test/INBOX: all 4 messages", "test/Other: all 2 messages", RESTORE, FORCE)
        self.assertEqual(err.count("nothing was done"), 2)
        self.restore()
        self.empty("INBOX", "Other")
        self.sync(FORCE)
        self.assert_together(0)
        self.sync()  # notes that they are empty
        self.assert_quiet()

    def test_every_folder_lost_its_one_message(self):
        """Each loss by itself is an everyday one; together they are all that there was, on either side."""
        self.settle(count=1)
        self.server.mailboxes["Third"] = Mailbox(3)
        self.server.mailboxes["Third"].add(mail.message(91))
        self.sync()
        self.server.log.clear()
        names = ("INBOX", "Other", "Third")
        files = {name: self.near.files(name)[0] for name in names}
        bodies = {name: self.near.read(name, files[name]) for name in names}
        self.empty(*names)
        err = self.refuse("test/INBOX: the only message", "test/Other: the only message", RESTORE, FORCE)
        self.assertEqual(err.count("nothing was done"), 3)
        for name in names:
            self.near.add(name, bodies[name], name=files[name][1].partition(":")[0], place="new")
        self.sync()
        self.server.log.clear()
        gone = {name: self.server.mailboxes[name].messages.pop() for name in names}
        err = self.refuse("the only message is gone from the server", RESTORE, FORCE)
        self.assertEqual(err.count("nothing was done"), 3)
        # All but one: that is no account that was lost.
        self.server.mailboxes["Third"].messages.append(gone["Third"])
        self.sync()
        self.assertEqual([len(self.near.files(name)) for name in names], [0, 0, 1])

    def test_one_folder_is_emptied(self):
        """The others go on."""
        self.settle()
        self.empty("INBOX")
        self.server.mailboxes["Other"].add(mail.message(91))
        run = self.sync(status=4)
        self.assertIn("test/INBOX: all 4 messages", run.err)
        self.assertEqual((len(self.inbox.messages), len(self.near.files("Other"))), (4, 2))
        self.restore()

    def test_the_guard_is_off(self):
        self.settle()
        self.write_config(max_delete="none")
        self.empty("INBOX")
        self.sync()
        self.assert_together(0)
        self.sync()  # notes that it is empty
        self.assert_quiet()

    def test_emptied_but_for_new_mail(self):
        """New mail on either side does not make an emptied folder less of one."""
        self.settle()
        self.empty("INBOX")
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S")
        self.inbox.add(mail.message(61))
        self.refuse("test/INBOX: all 4 messages")
        self.sync(RESTORE)
        self.assert_together(6)
        self.assert_quiet()

    def test_a_folder_vanished(self):
        self.settle()
        shutil.rmtree(self.near.path("INBOX"))
        self.refuse("test/INBOX: ", "is gone from the Maildir", "left 4 messages",
                    "`navette sync --force-delete test/INBOX`", RESTORE)
        self.restore()

    def test_cur_is_missing(self):
        self.settle()
        cur = os.path.join(self.near.path("INBOX"), "cur")
        os.rename(cur, cur + ".away")
        self.refuse("test/INBOX: ", "lost its directory cur")
        os.rename(cur + ".away", cur)
        self.assert_quiet()

    def test_new_is_missing_with_the_mail_that_was_in_it(self):
        self.settle()
        new = os.path.join(self.near.path("INBOX"), "new")
        os.rename(new, new + ".away")
        self.refuse("test/INBOX: ", "lost its directory new")
        os.rename(new + ".away", new)
        self.assert_quiet()

    def test_new_is_missing_and_was_empty(self):
        """As in a copy made by a tool that leaves out empty directories."""
        self.settle()
        for number in (0, 2):
            self.add_letters(number, "S")
        self.sync()
        os.rmdir(os.path.join(self.near.path("INBOX"), "new"))
        os.rmdir(os.path.join(self.near.path("INBOX"), "tmp"))
        self.inbox.add(mail.message(60))
        self.sync()
        self.assert_together(5)
        self.assert_quiet()

    def test_a_file_where_the_folder_was(self):
        self.settle()
        os.rename(self.near.path("INBOX"), self.near.path("INBOX") + ".away")
        with open(self.near.path("INBOX"), "wb"):
            pass
        os.rename(self.near.path("INBOX") + ".away", os.path.join(self.directory, "away"))
        self.refuse("test/INBOX: ", "gone from the Maildir")
        os.unlink(self.near.path("INBOX"))
        os.rename(os.path.join(self.directory, "away"), self.near.path("INBOX"))
        self.assert_quiet()

    def test_cur_is_a_link_that_leads_nowhere(self):
        self.settle()
        cur = os.path.join(self.near.path("INBOX"), "cur")
        os.rename(cur, cur + ".away")
        os.symlink("/nowhere/at/all", cur)
        self.refuse("test/INBOX: ", cur[len(self.near.root):], status=1)
        os.unlink(cur)
        os.rename(cur + ".away", cur)
        self.assert_quiet()

    def test_what_may_not_be_read(self):
        """A folder, its cur, or the root, closed to the user: an error, and nothing follows from it."""
        self.settle()
        for path in ("INBOX/cur", "INBOX/new", "INBOX", "Other", "."):
            with self.subTest(path=path):
                closed = os.path.normpath(os.path.join(self.near.root, path))
                self.as_user("chmod", "000", closed)
                try:
                    run = self.as_user(self.public_binary(), "-c", self.config, "sync")
                finally:
                    self.as_user("chmod", "700", closed)
                self.assertEqual(run.status, 1, run)
                self.assertIn("ermission denied", run.err)
                self.assertIn(closed, run.err)
                self.assertEqual(self.server.count(CHANGES), 0, self.server.log)
        self.assertEqual(self.as_user(self.public_binary(), "-c", self.config, "sync").out, "")
        self.assert_together()

    def as_user(self, *command):
        """Root may read everything: then somebody else is asked."""
        options = {}
        if os.geteuid() == 0:
            options = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for directory, names, files in os.walk(self.directory):
                for name in [directory, *(os.path.join(directory, n) for n in names + files)]:
                    shutil.chown(name, "nobody", "nogroup")
        return Run(subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  env=self.environment, check=False, **options))


class LostFar(LostCase):
    def test_every_folder_lost_its_one_message(self):
        """One alone may be the user's doing; all mail of the account is not taken for that."""
        self.settle(count=1)
        kept = {name: box.messages for name, box in self.server.mailboxes.items()}
        for box in self.server.mailboxes.values():
            box.messages = []
        err = self.refuse("test/INBOX: the only message", "test/Other: the only message")
        self.assertEqual(err.count("nothing was done"), 2)
        self.server.mailboxes["Other"].messages = kept["Other"]
        self.sync()
        self.assert_together(0)

    def test_the_server_lists_nothing(self):
        self.settle()
        self.server.hooks["LIST"] = "TAG OK that is all"
        self.refuse("lists no folder", RESTORE, FORCE)
        self.assert_recovers()

    def test_the_server_lists_other_folders_alone(self):
        self.settle()
        self.server.hooks["LIST"] = self.list_only("Other")
        self.refuse("test/INBOX: ", "gone from the server", "4 messages", RESTORE, FORCE)
        self.assert_recovers()

    def list_only(self, *names):
        def answer(session, tag, _rest):
            for name in names:
                session.send(f'* LIST () "/" "{name}"')
            session.ok(tag)
            return True
        return answer

    def test_the_server_lists_all_as_not_to_be_selected(self):
        self.settle()
        self.server.rewrite = lambda d: d.replace(b"* LIST ()", b"* LIST (\\Noselect)")
        self.refuse("lists no folder")
        self.assert_recovers()

    def test_a_mailbox_is_empty(self):
        self.settle()
        kept, self.inbox.messages = self.inbox.messages, []
        self.refuse("test/INBOX: all 4 messages", "gone from the server", RESTORE, FORCE)
        self.inbox.messages = kept
        self.assert_quiet()

    def test_an_emptied_mailbox_restored_and_forced(self):
        self.settle()
        self.inbox.messages = []
        self.run_any(4)
        self.restore()
        self.inbox.messages = []
        self.sync(FORCE)
        self.assert_together(0)
        self.assert_quiet()

    def test_exists_0_of_a_mailbox_that_is_full(self):
        self.settle()
        self.server.rewrite = lambda d: b"* 0 EXISTS\r\n" if d.endswith(b" EXISTS\r\n") else d
        self.near.set_letters("INBOX", self.find(1), "FS")
        run = self.run_any(0, 1, 3, 4)
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4), run)
        self.assert_recovers()

    def test_nothing_in_a_mailbox_that_is_full(self):
        """EXISTS, FETCH and SEARCH agree that it is empty."""
        self.settle()
        self.server.rewrite = lambda d: b"" if b" FETCH (" in d else \
            b"* 0 EXISTS\r\n" if d.endswith(b" EXISTS\r\n") else \
            b"* SEARCH\r\n" if d.startswith(b"* SEARCH") else d
        self.near.set_letters("INBOX", self.find(1), "FS")
        run = self.sync(status=4)
        self.assertIn("test/INBOX: all 4 messages", run.err)
        self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4))
        self.assert_recovers()

    def test_exists_shrinks(self):
        """Fewer messages than are listed; or fewer than a moment ago, without EXPUNGE, and a listing
        that goes with it."""
        for shrink, hidden in ((b"* 2 EXISTS\r\n", 9), (b"* 4 EXISTS\r\n* 1 EXISTS\r\n", 9),
                               (b"* 4 EXISTS\r\n* 2 EXISTS\r\n", 2)):
            with self.subTest(shrink=shrink, hidden=hidden):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle()
                self.server.rewrite = lambda d, shrink=shrink, hidden=hidden: \
                    b"" if number_of(d) > hidden else d.replace(b"* 4 EXISTS\r\n", shrink)
                self.near.set_letters("INBOX", self.find(1), "FS")
                self.run_any(0, 1, 3, 4)
                self.assertEqual((len(self.inbox.messages), len(self.near.files("INBOX"))), (4, 4))
                self.assert_recovers()

    def test_uidnext_goes_backwards(self):
        """Also when new mail gets UIDs that others had: nothing of the base is another message."""
        self.settle()
        self.inbox.uidnext = 2
        self.sync()
        self.assert_together()
        self.inbox.uidnext = 3
        self.near.add("INBOX", mail.to_near(mail.message(60)), "S")
        self.inbox.uidnext = 9
        self.sync()
        self.assert_together(5)
        self.inbox.uidnext = 1
        self.assert_kept()

    def assert_kept(self):
        self.sync()
        self.assert_together(5)
        self.near.remove("INBOX", self.find(60))
        self.sync()
        self.assert_together(4)


class LostFarByChanges(LostCase):
    """Servers that tell changes."""

    def settle(self, **options):
        super().settle(capabilities=CAPABILITIES, kind=ModseqServer, **options)

    def test_all_vanished(self):
        """Which is not true, and SELECT's number says so; or the number lies as well."""
        for lies in (False, True):
            with self.subTest(lies=lies):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.settle()
                self.inbox.add(mail.message(60))
                self.server.rewrite = lambda d, lies=lies: self.vanish(d, lies)
                run = self.run_any(0, 1, 3, 4)
                self.assertGreaterEqual(len(self.near.files("INBOX")), 4, run)
                self.assertEqual(len(self.inbox.messages), 5)
                self.assert_recovers(5)

    def vanish(self, data, lies):
        if lies and data.endswith(b" EXISTS\r\n"):
            return b"* 0 EXISTS\r\n"
        if data.startswith(b"* OK [UIDNEXT"):
            return data + b"* VANISHED (EARLIER) 1:4294967295\r\n"
        return data

    def test_uidnext_and_modseq_go_backwards(self):
        """A server that was put back to an older state: its mail of since then is gone, and that shows."""
        self.settle(count=4)
        for i in range(60, 63):
            self.inbox.add(mail.message(i))
        self.sync()
        self.assert_together(7)
        self.inbox.messages = self.inbox.messages[:4]
        self.inbox.uidnext = 5
        past = self.inbox.history
        past.modseq, past.known, past.gone = 1, {}, {}
        past.look(self.inbox)
        run = self.run_any(0, 4)
        self.assertEqual(len(self.inbox.messages), 4)
        self.assertIn(len(self.near.files("INBOX")), (4, 7), run)
        self.inbox.add(mail.message(70))  # with a UID that another message had
        self.sync(RESTORE)
        self.assertTrue(self.message(70))
        self.assertTrue(self.find(70))


def number_of(data):
    """The sequence number that a FETCH response is about; else 0."""
    return int(data.split()[1]) if data.startswith(b"* ") and b" FETCH (" in data else 0
