"""A state that is torn, foreign or newer: refused in clear words, and rebuilt without a transfer.

NAVETTE_STATE_DAMAGES=0 tries every page in every way; the number is how many damages are tried."""

import os
import random
import shutil

from harness import mail, sides
from harness.case import Case

PAGE = 4096
WANTED = int(os.environ.get("NAVETTE_STATE_DAMAGES", "16"))
FLIPS = int(os.environ.get("NAVETTE_STATE_FLIPS", "6"))


def damages(size):
    """(what, a function that damages the bytes) for every page: cut there, zeroed, scrambled."""
    rng = random.Random(7)
    for at in range(0, size, PAGE):
        noise = rng.randbytes(PAGE)
        yield f"cut at {at}", lambda d, at=at: d[:at]
        yield f"cut at {at} and a half", lambda d, at=at: d[:at + PAGE // 2]
        yield f"zeros at {at}", lambda d, at=at: d[:at] + bytes(PAGE) + d[at + PAGE:]
        yield f"noise at {at}", lambda d, at=at, n=noise: d[:at] + n + d[at + PAGE:]
        yield (f"noise after the head of {at}",
               lambda d, at=at, n=noise: d[:at + 16] + n[16:] + d[at + PAGE:])


class State(Case):
    in_memory = False

    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.directory, "state", "navette", "test")
        self.data = os.path.join(self.state, "data.mdb")

    def full(self):
        """Both sides, two folders, and a state of more than one level."""
        self.standard()
        self.far.create("Lists")
        self.server.deliver("INBOX", [mail.message(i) for i in range(150)])
        self.server.deliver("Lists", [mail.message(1000 + i) for i in range(10)])
        self.sync()
        self.near.add("INBOX", mail.to_near(mail.message(5000)))
        self.sync()
        with open(self.data, "rb") as f:
            self.whole = f.read()
        self.kept = os.path.join(self.directory, "kept")
        shutil.copytree(self.state, self.kept)

    def views(self):
        return [(sides.far_view(self.far, f), sides.near_view(self.near, f))
                for f in ("INBOX", "Lists")]

    def restore(self):
        shutil.rmtree(self.state)
        shutil.copytree(self.kept, self.state)

    def write(self, content):
        with open(self.data, "wb") as f:
            f.write(content)

    def run_any(self, what):
        """A run that must not crash: its status."""
        run = self.navette("sync")
        self.assertIn(run.status, (0, 1, 4), (what, run))
        self.assertNotIn("Sanitizer", run.err, what)
        if run.status != 0:
            self.assertIn("moved away", run.err, what)
        return run

    def rebuild(self, what):
        shutil.rmtree(self.state)
        run = self.sync("--json")
        for folder in (o for o in run.objects() if o["type"] == "folder"):
            self.assertEqual((folder["downloaded"], folder["uploaded"], folder["removed-near"],
                              folder["removed-far"], folder["skipped"]), (0, 0, 0, 0, 0), what)
        adopted = sum(o["adopted"] for o in run.objects() if o["type"] == "folder")
        self.assertEqual(adopted, 161, what)

    def test_damaged_pages(self):
        self.full()
        before = self.views()
        every = list(damages(len(self.whole)))
        chosen = random.Random(3).sample(every, WANTED) if 0 < WANTED < len(every) else every
        refused = 0
        for what, damage in chosen:
            self.restore()
            self.write(damage(self.whole))
            status = self.navette("status")
            self.assertIn(status.status, (0, 4), (what, status))
            run = self.run_any(what)
            if run.status != 0:
                refused += 1
                self.assertEqual(run.status, 4, (what, run))
                self.assertEqual(status.status, 4, (what, status))
                self.assertIn("moved away", status.err)
                self.assertEqual(self.views(), before, what)
        self.assertGreater(refused, len(chosen) // 4)
        self.rebuild(what)
        self.assertEqual(self.views(), before)
        self.assert_quiet()

    def test_single_bytes(self):
        """Whatever one wrong byte does: no crash, no message lost or doubled on either side."""
        self.full()
        before = self.views()
        rng = random.Random(11)
        for _ in range(FLIPS):
            self.restore()
            at = rng.randrange(len(self.whole))
            value = rng.randrange(256)
            self.write(self.whole[:at] + bytes([value]) + self.whole[at + 1:])
            what = f"byte {at} is {value} and was {self.whole[at]}"
            self.run_any(what)
            for (far, near), (far_before, near_before) in zip(self.views(), before):
                self.assertEqual(len(far), len(far_before), what)
                self.assertEqual(len(near), len(near_before), what)
        self.rebuild(what)

    def test_other_files(self):
        self.full()
        before = self.views()
        for name in ("lock", "lock.mdb"):
            for content in (b"", b"garbage", bytes(PAGE), random.Random(5).randbytes(PAGE * 3)):
                self.restore()
                with open(os.path.join(self.state, name), "wb") as f:
                    f.write(content)
                self.run_any((name, content[:8]))
                self.assertEqual(self.views(), before)
        self.restore()
        self.write(b"")  # as a run leaves it that was killed before its first page
        self.sync()
        self.assertEqual(self.views(), before)
        self.restore()
        self.write(b"this is no database, but long enough to be taken for one\n" * 200)
        self.assertEqual(self.run_any("text").status, 4)

    def test_a_slip_that_is_corrected(self):
        """No run got as far as to the mail: the state is nobody's."""
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.write_config(user="raeder", password="wrong")
        self.assertNotEqual(self.navette("sync").status, 0)
        self.write_config(host="127.0.0.2", port=1, timeout="2s")
        self.assertEqual(self.navette("sync").status, 3)
        self.assertNotIn("belongs", self.navette("status").err)
        self.write_config()
        self.sync("-n")
        self.sync()
        self.assert_same(count=1)
        self.assert_quiet()

    def test_the_server_has_another_name(self):
        """Its UIDVALIDITYs say that it is the same."""
        self.standard()
        for number in range(3):
            self.far.append("INBOX", mail.message(number))
        self.sync()
        self.write_config(host="localhost")
        self.sync("-n")
        run = self.sync("-v")
        self.assertIn("takes over its state", run.err)
        self.assert_same(count=3)
        self.assert_quiet()
        self.write_config()
        self.sync()
        # Another server is another one, whatever it is called.
        self.server = self.start_dovecot("second")
        self.write_config(host="localhost")
        other = self.connect(self.server)
        other.append("INBOX", mail.message(9))
        before = self.near.messages("INBOX")
        self.assertIn("belongs to reader@127.0.0.1", self.sync(status=4).err)
        self.assertEqual(self.near.messages("INBOX"), before)
        self.assertEqual(len(sides.far_view(other, "INBOX")), 1)

    def test_of_another_account(self):
        self.full()
        before = self.views()
        self.write_config(user="somebody")
        run = self.sync(status=4)
        self.assertIn("belongs to reader@127.0.0.1", run.err)
        self.assertIn("nothing was done", run.err)
        self.assertIn("belongs to reader@127.0.0.1", self.navette("status").err)
        self.write_config()
        self.sync()
        self.assertEqual(self.views(), before)
