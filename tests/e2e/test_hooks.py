"""pre-sync, post-new and post-sync."""

import os
import signal
import subprocess
import time

from harness import mail
from harness.case import BINARY, Case

COPY = "cp $NAVETTE_CHANGES {0}; stat -c %a $NAVETTE_CHANGES >{0}.mode"


def changes(path):
    """What the file says that a hook was given: (word, path now, path before)."""
    with open(path, encoding="utf-8") as f:
        texts = f.read().split("\0")
    os.unlink(path)
    assert texts.pop() == "" and len(texts) % 3 == 0, texts
    return [tuple(texts[i:i + 3]) for i in range(0, len(texts), 3)]


class Hooks(Case):
    def setUp(self):
        super().setUp()
        self.standard()
        self.said = os.path.join(self.directory, "said")

    def note(self, what):
        """A hook that writes down what it was told."""
        return (f"echo {what} $NAVETTE_ACCOUNT $NAVETTE_NEW $NAVETTE_RESULT : $NAVETTE_NEW_FOLDERS :"
                f" $NAVETTE_CHANGED_FOLDERS >>{self.said}")

    def lines(self):
        try:
            with open(self.said, encoding="utf-8") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []
        finally:
            if os.path.exists(self.said):
                os.unlink(self.said)

    def test_what_they_are_told(self):
        self.write_config(pre_sync=self.note("before"), post_new=self.note("new"), post_sync=self.note("after"))
        self.far.append("INBOX", mail.message(1))
        self.far.create("Work")
        self.sync("-n")
        self.assertEqual(self.lines(), [])
        self.sync()
        self.assertEqual(self.lines(), ["before test 0 : :", "new test 1 none : INBOX :", "after test 1 none : INBOX :"])
        self.sync()
        self.assertEqual(self.lines(), ["before test 0 : :", "after test 0 none : :"])
        self.far.store("INBOX", self.far.uids("INBOX"), "+FLAGS", "\\Seen")
        self.far.append("Work", mail.message(2))
        self.sync()
        self.assertEqual(self.lines()[1:], ["new test 1 none : Work : INBOX", "after test 1 none : Work : INBOX"])
        self.write_config(password="wrong", post_new=self.note("new"), post_sync=self.note("after"))
        run = self.sync(status=1)
        self.assertRegex(self.lines()[0], r"after test 0 \w+ : :")
        self.assertNotIn("post-", run.err)

    def test_what_fails_harms_nothing(self):
        self.far.append("INBOX", mail.message(1))
        self.write_config(pre_sync="echo oh; exit 3", post_new="kill -9 $$", post_sync="/no/such/command")
        run = self.sync("--json")
        self.assertIn("test: pre-sync ended with status 3; ", run.err)
        self.assertIn("test: post-new was ended by signal 9; ", run.err)
        self.assertIn("test: post-sync ended with status 127; ", run.err)
        self.assertIn("oh\n", run.err)
        self.assertTrue(run.objects(), "what a hook prints is not among the results")
        self.assert_same(count=1)

    def test_what_hangs_is_ended(self):
        """With what it started, which would hold the run's stderr for longer than the test waits."""
        self.write_config(pre_sync="(trap '' TERM; sleep 3000) & sleep 3000", hook_timeout="1s")
        run = self.sync()
        self.assertIn("test: pre-sync took longer than hook-timeout and was ended; ", run.err)

    def test_a_signal_ends_it_with_the_run(self):
        self.write_config(pre_sync=f"touch {self.said}; sleep 100")
        process = subprocess.Popen([BINARY, "-c", self.config, "sync"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)
        while not os.path.exists(self.said):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)


class Changes(Case):
    """Which files a run changed, and how."""

    def setUp(self):
        super().setUp()
        self.standard()
        self.own, self.all = (os.path.join(self.directory, name) for name in ("own", "all"))
        self.temporary = os.path.join(self.directory, "tmp")
        os.mkdir(self.temporary)
        self.environment["TMPDIR"] = self.temporary

    def accounts(self, *names, hooks=""):
        """Of one server, each with a tree of its own."""
        text = f"[global]\njobs = 1\n{hooks}\n"  # one after the other, for the order of what is told
        for name in names:
            text += (f"[account {name}]\nhost = 127.0.0.1\nport = {self.server.port}\ntls = none\nuser = {name}\n"
                     f"password = {self.server.password}\nmaildir = {self.near.root}/{name}\n")
        self.write_config(text)

    def run_and_read(self):
        """What the hook was told, without the directory of INBOX, and that nothing is left."""
        objects = [o for o in self.sync("--json").objects() if o["type"] == "change"]
        told = changes(self.own)
        self.assertEqual(told, [(o["change"], o["path"], o["from"] or "") for o in objects])
        self.assertEqual(os.listdir(self.temporary), [])
        return [tuple(os.path.relpath(text, self.near.path("INBOX")) if "/" in text else text for text in change)
                for change in told]

    def test_what_a_run_does(self):
        self.write_config(post_sync=COPY.format(self.own))
        self.far.append("INBOX", mail.message(1))
        self.far.append("INBOX", mail.message(2), "\\Seen")
        told = self.run_and_read()
        with open(self.own + ".mode", encoding="utf-8") as f:
            self.assertEqual(f.read(), "600\n")
        self.assertEqual(sorted(told), sorted(("new", file, "") for file in self.files()))
        before = self.files()
        first, second = self.far.uids("INBOX")
        self.far.store("INBOX", first, "+FLAGS", "\\Flagged")
        self.far.remove_only("INBOX", int(second))
        told = self.run_and_read()
        (now,) = self.files()
        self.assertEqual(told, [("moved", now, next(f for f in before if f.startswith("new/"))),
                                ("gone", next(f for f in before if f.startswith("cur/")), "")])
        self.near.add("INBOX", mail.message(3))
        self.assertEqual(self.run_and_read(), [], "what others did is not told")

    def files(self):
        root = self.near.path("INBOX")
        return [f"{place}/{name}" for place in ("cur", "new") for name in os.listdir(os.path.join(root, place))]

    def test_around_all_accounts(self):
        hook = os.path.join(self.directory, "hook")
        with open(hook, "w", encoding="utf-8") as f:
            f.write(f"echo $NAVETTE_ACCOUNT$NAVETTE_NEW $NAVETTE_NEW_FOLDERS $NAVETTE_RESULT >>{self.own}\n"
                    f"cp $NAVETTE_CHANGES {self.all}\n")
        self.accounts("one", "two", hooks="".join(f"{key} = sh {hook}\n" for key in ("pre-sync", "post-new", "post-sync")))
        for user in ("one", "two"):
            self.connect(self.server, user).append("INBOX", mail.message(1))
        self.sync()
        self.assertEqual(sorted(path.split("/")[-4:-1] for _, path, _ in changes(self.all)),
                         [["one", "INBOX", "new"], ["two", "INBOX", "new"]])
        self.sync()
        self.assertEqual(changes(self.all), [])
        with open(self.own, encoding="utf-8") as f:
            lines = f.read().splitlines()
        self.assertEqual(lines, ["0", *["2 one/INBOX two/INBOX none"] * 2, "0", "0 none"])
        self.assertEqual(os.listdir(self.temporary), [])

    def test_without_room_for_it(self):
        self.far.append("INBOX", mail.message(1))
        self.write_config(post_sync=f"echo told:$NAVETTE_CHANGES: $NAVETTE_NEW >{self.own}")
        self.environment["TMPDIR"] = os.path.join(self.directory, "nowhere")
        run = self.sync()
        self.assertRegex(run.err, "cannot write down in .*/nowhere/.* which files changed: No such file")
        with open(self.own, encoding="utf-8") as f:
            self.assertEqual(f.read(), "told:: 1\n")
        self.assert_same(count=1)
