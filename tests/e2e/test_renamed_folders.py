"""A folder renamed on one side is renamed on the other, with all below it, and nothing is carried."""

import os

from harness import mail, relay, sides
from harness.case import Case
from harness.cyrus import Cyrus

COUNT = 40
# Both ways together, with the login; more messages do not make it more.
MOST_BYTES = 10_000


class Renamed:
    """The tests; the classes below say on which server."""

    separator, prefix = "/", ""
    deep = "Projects/Job"
    marks_move = False  # by RENAME, which the next run sees and looks at
    in_memory = False

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.far = self.connect(self.server)
        self.relay = relay.Relay(self.server.port, record=True)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port)
        for folder in ("Work", "Work/Old", "Work/Old/Older"):
            self.far.create(self.mailbox(folder))
            for i in range(COUNT if folder == "Work" else 3):
                self.far.append(self.mailbox(folder), mail.message(i, seed=folder), "\\Seen" if i % 2 else "")
        self.sync()

    def mailbox(self, folder):
        return self.prefix + folder.replace("/", self.separator)

    def rename_far(self, old, new):
        self.far.check(self.far.connection.rename(self.far_name(old), self.far_name(new)))

    def far_name(self, folder):
        return f'"{self.mailbox(folder)}"'

    def rename_near(self, old, new):
        os.makedirs(os.path.dirname(self.near.path(new)), exist_ok=True)
        os.rename(self.near.path(old), self.near.path(new))

    def run_counted(self, *arguments):
        """What it took; a run in which nothing was carried."""
        self.relay.reset()
        run = self.sync(*arguments)
        sent = bytes(self.relay.sent)
        for word in (b"APPEND", b"BODY.PEEK[]", b"CREATE", b"DELETE", b"EXPUNGE", b"STORE"):
            self.assertNotIn(word, sent)
        size = len(sent) + len(self.relay.received)
        return run, sent, size

    def inodes(self, folder):
        with os.scandir(os.path.join(self.near.path(folder), "cur")) as entries:
            return sorted(entry.inode() for entry in entries)

    def expect(self, **folders):
        self.assertEqual([f for f in self.near.folders() if f != "INBOX"], sorted(folders["names"]))
        for folder in folders["names"]:
            self.assert_same(folder, self.mailbox(folder), count=COUNT if folder == folders["large"] else 3)
        self.assert_quiet()

    def test_here(self):
        new = self.deep
        self.rename_near("Work", new)
        before = self.inodes(new)
        run, sent, size = self.run_counted()
        self.assertIn(f"test/{new}: renamed on the server, it was Work", run.out)
        self.assertEqual(sent.count(b"RENAME"), 1, "one for all that is below")
        self.assertLess(size, MOST_BYTES)
        self.assertEqual(self.inodes(new), before)
        self.assertNotIn(self.mailbox("Work/Old"), self.far.folders())
        if self.marks_move:
            self.sync()
        self.expect(names=[new, f"{new}/Old", f"{new}/Old/Older"], large=new)

    def test_there(self):
        before = self.inodes("Work")
        self.rename_far("Work", "Job")
        run, _sent, size = self.run_counted()
        self.assertIn("test/Job: renamed here, it was Work", run.out)
        self.assertLess(size, MOST_BYTES)
        self.assertEqual(self.inodes("Job"), before)
        self.expect(names=["Job", "Job/Old", "Job/Old/Older"], large="Job")

    def test_one_below_another(self):
        """Out of it here, and of that another one out there."""
        self.rename_near("Work/Old", "Past")
        self.run_counted()
        self.rename_far("Past/Older", "Work/Oldest")
        self.run_counted()
        self.expect(names=["Past", "Work", "Work/Oldest"], large="Work")


class OnDovecot(Renamed, Case):
    options = {}

    def serve(self):
        return self.start_dovecot(**self.options)

    def test_dry_run(self):
        self.rename_near("Work", "Job")
        self.rename_far("Work/Old/Older", "Oldest")
        plan = self.sync("-n")
        self.assertIn("test/Job: would be renamed on the server, it was Work", plan.out)
        self.assertIn("test/Oldest: would be renamed here, it was Work/Old/Older", plan.out)
        told = [o for o in self.sync("-n", "--json").objects() if o.get("from")]
        self.assertEqual(sorted((o["from"], o["folder"], o["action"]) for o in told),
                         [("Work", "Job", "renamed on the server"), ("Work/Old", "Job/Old", "renamed on the server"),
                          ("Work/Old/Older", "Oldest", "renamed here")])
        self.assertIn(self.mailbox("Work"), self.far.folders())
        listed = self.navette("list").out
        self.assertRegex(listed, r"test/Job\t.*rename on the server")
        self.assertRegex(listed, r"test/Oldest\t.*rename here")
        self.run_counted()
        self.expect(names=["Job", "Job/Old", "Oldest"], large="Job")

    def test_subscriptions_go_along(self):
        for folder in ("Work", "Work/Old"):
            self.far.check(self.far.connection.subscribe(self.far_name(folder)))
        self.rename_near("Work", "Job")
        self.run_counted()
        subscribed = b" ".join(self.far.connection.lsub()[1])
        self.assertIn(b" Job", subscribed)
        self.assertIn(b" Job/Old", subscribed.replace(b".", b"/"))
        self.assertNotIn(b" Work", subscribed)


class PlusPlus(sides.Near):
    """A Maildir++: directories beside one another."""

    def path(self, folder):
        return os.path.join(self.root, "" if folder == "INBOX" else "." + folder.replace("/", "."))

    def folders(self):
        return sorted(["INBOX"] + [n[1:].replace(".", "/") for n in os.listdir(self.root)
                                   if n[0] == "." and os.path.isdir(os.path.join(self.root, n, "cur"))])


class OnDovecotWithDots(Renamed, Case):
    """Maildir++ on both sides."""

    separator = "."

    def serve(self):
        self.near = PlusPlus(self.near.root)
        return self.start_dovecot(separator=".")

    def write_config(self, text=None, **keys):
        super().write_config(text, layout="maildir++", **keys)

    def rename_near(self, old, new):
        for folder in self.near.folders():
            if folder == old or folder.startswith(old + "/"):
                os.rename(self.near.path(folder), self.near.path(new + folder[len(old):]))

    def test_without_what_is_below(self):
        """As on a server, that goes along."""
        os.rename(self.near.path("Work"), self.near.path("Job"))
        self.run_counted()
        self.expect(names=["Job", "Job/Old", "Job/Old/Older"], large="Job")


class OnCyrus(Renamed, Case):
    """It has MAILBOXID, and makes a mailbox of what is above another."""

    deep = "Job"
    marks_move = True

    def serve(self):
        return self.start_server(Cyrus)
