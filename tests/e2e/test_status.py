"""navette status: what the state tells, without the network."""

import os
import re
import stat
import subprocess
import time

from harness import mail, schema
from harness.case import BINARY, Case, Run


class Status(Case):
    def status(self, *arguments, status=0):
        run = self.navette("status", *arguments)
        self.assertEqual(run.status, status, run)
        self.assertNotIn("Sanitizer", run.err)
        return run

    def objects(self, kind, status=0):
        objects = self.status("--json", status=status).objects()
        schema.check(self, objects)
        return [o for o in objects if o["type"] == kind]

    def test_before_the_first_run(self):
        self.write_config()
        run = self.status()
        self.assertIn("test: no run is on record", run.out)
        self.assertIn(os.path.join(self.directory, "state", "navette", "test"), run.out)
        self.assertFalse(os.path.exists(os.path.join(self.directory, "state")), "it made the state")
        self.assertEqual(self.objects("status")[0]["exists"], False)

    def test_after_a_run_without_the_server(self):
        self.standard()
        self.far.create("Lists")
        for i in range(7):
            self.far.append("INBOX", mail.message(i))
        self.far.append("Lists", mail.message(8))
        self.sync()
        self.server.stop()
        run = self.status()
        self.assertRegex(run.out, r"test: last run \d{4}-\d\d-\d\d [\d:]+ \(\d+ \w+ ago\), all in sync, \d+ folders\n")
        self.assertIn("test/INBOX: 7 messages, 7 unread\n", run.out)
        self.assertIn("test/Lists: 1 message, 1 unread\n", run.out)
        folders = {o["folder"]: o for o in self.objects("status-folder")}
        self.assertEqual(folders["INBOX"]["messages"], 7)
        self.assertEqual(folders["INBOX"]["downloads-begun"], 0)
        self.assertEqual(folders["INBOX"]["uploads-begun"], 0)
        account = self.objects("status")[0]
        self.assertEqual((account["worst"], account["exists"], account["running"], account["failed"]),
                         ("none", True, False, 0))
        self.assertLessEqual(account["begun"], account["ended"])
        directory = account["state"]
        self.assertEqual(stat.S_IMODE(os.stat(directory).st_mode), 0o700)
        for name in os.listdir(directory):
            mode = os.stat(os.path.join(directory, name)).st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600, name)

    def test_idle_and_dry_runs(self):
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.sync("-n")
        self.assertIn("no run is on record", self.status().out)
        self.sync()
        first = self.objects("status")[0]
        time.sleep(1.1)  # the record counts seconds
        self.assert_quiet()
        self.assertGreater(self.objects("status")[0]["ended"], first["ended"])

    def test_what_was_refused_and_what_failed(self):
        self.standard()
        for i in range(5):
            self.far.append("INBOX", mail.message(i))
        self.sync()
        for file in self.near.files("INBOX"):
            self.near.remove("INBOX", file)
        refused = self.sync(status=4)
        run = self.status(status=4)
        sentence = refused.err.strip().split("test/INBOX: ", 1)[1]
        self.assertIn("test/INBOX: last run: " + sentence, run.out)
        problem = self.objects("problem", status=4)[0]
        self.assertEqual((problem["folder"], problem["kind"]), ("INBOX", "safety"))
        self.assertEqual(self.objects("status", status=4)[0]["refused"], 1)
        self.sync("--restore")
        self.assertIn("all in sync", self.status().out)
        self.assertEqual(self.objects("problem"), [])

    def test_a_server_that_is_away(self):
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.sync()
        self.server.stop()
        self.sync(status=3)
        run = self.status(status=3)
        self.assertIn("broken off, to be tried again", run.out)
        self.assertIn("test: last run: ", run.out)
        self.assertIn("test/INBOX: 1 message, 1 unread\n", run.out)

    def test_who_is_at_work(self):
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.sync()
        # The password command is what this run waits in, with the state open.
        script = os.path.join(self.directory, "password")
        started = os.path.join(self.directory, "started")
        with open(script, "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\n: > {started}\nread x < {self.directory}/fifo\n"
                    f"echo {self.server.password}\n")
        os.chmod(script, 0o700)
        os.mkfifo(os.path.join(self.directory, "fifo"))
        self.write_config(password=None, password_command=script)
        process = subprocess.Popen([BINARY, "-c", self.config, "sync"], env=self.environment)
        while not os.path.exists(started) and process.poll() is None:
            time.sleep(0.01)
        account = self.objects("status")[0]
        text = self.status().out
        with open(os.path.join(self.directory, "fifo"), "w", encoding="utf-8") as f:
            f.write("go\n")
        self.assertEqual(process.wait(), 0)
        self.assertEqual((account["running"], account["process"]), (True, process.pid))
        self.assertIn(f"a run is going on (process {process.pid})", text)
        self.assertEqual(self.objects("status")[0]["running"], False)

    def test_a_damaged_record_is_said_and_replaced(self):
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.sync()
        path = os.path.join(self.directory, "state", "navette", "test", "last-run")
        with open(path, "wb") as f:
            f.write(b"\0\xff nonsense")
        run = self.status(status=1)
        self.assertIn("last-run is damaged; the next run writes it anew", run.err)
        self.assertIn("test/INBOX: 1 message, 1 unread\n", run.out)
        self.sync()
        self.status()

    def test_without_xdg_and_through_a_symlink(self):
        self.standard()
        del self.environment["XDG_STATE_HOME"]
        elsewhere = os.path.join(self.directory, "elsewhere")
        os.makedirs(os.path.join(elsewhere, "test"))
        os.makedirs(os.path.join(self.directory, ".local/state"))
        os.symlink(elsewhere, os.path.join(self.directory, ".local/state/navette"))
        self.far.append("INBOX", mail.message(1))
        self.sync()
        self.assertTrue(os.path.exists(os.path.join(elsewhere, "test", "data.mdb")))
        self.assertIn("test/INBOX: 1 message, 1 unread\n", self.status().out)

    def replace_format(self, number):
        """The state says that it is of format NUMBER; returns the number before."""
        path = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        with open(path, "rb") as f:
            data = f.read()
        found = set(re.findall(rb"format(\d)", data))
        self.assertEqual(len(found), 1, found)
        with open(path, "wb") as f:
            f.write(re.sub(rb"format\d", b"format%d" % number, data))
        return int(found.pop())

    def filled(self):
        self.standard()
        for i in range(3):
            self.far.append("INBOX", mail.message(i))
        self.sync()

    def test_of_a_newer_format(self):
        """Refused, told with a way on, and left as it is: the newer navette still has its state."""
        self.filled()
        ours = self.replace_format(9)
        run = self.status(status=4)
        self.assertIn("has format 9, written by a newer navette", run.err)
        self.assertIn(f"up to {ours}.", run.err)
        self.assertIn("all in sync", run.out)  # the last run is known all the same
        self.assertNotIn("INBOX", run.out)
        self.far.append("INBOX", mail.message(9))
        self.assertIn("written by a newer navette", self.sync(status=4).err)
        self.assertEqual(len(self.near.files("INBOX")), 3)
        self.assertEqual(self.replace_format(ours), 9)
        self.sync()
        self.assertIn("test/INBOX: 4 messages, 4 unread\n", self.status().out)

    def test_of_an_older_format(self):
        """Read as it is, and upgraded by the next run; the one from before the first release is refused."""
        self.filled()
        ours = self.replace_format(2)
        self.assertIn("test/INBOX: 3 messages, 3 unread\n", self.status().out)
        self.assertEqual(self.replace_format(2), 2, "status wrote to the state")
        self.far.append("INBOX", mail.message(9))
        run = self.sync()
        self.assertIn("test/INBOX: 1 downloaded", run.out)
        self.assertIn("test/INBOX: 4 messages, 4 unread\n", self.status().out)
        path = os.path.join(self.directory, "state", "navette", "test", "data.mdb")
        with open(path, "rb") as f:
            self.assertIn(b"format%d" % ours, f.read())
        self.assert_quiet()

    def test_from_before_the_first_release(self):
        self.filled()
        self.replace_format(1)
        self.assertIn("written before navette's first release", self.status(status=4).err)
        self.assertIn("written before navette's first release", self.sync(status=4).err)
        self.assertEqual(len(self.near.files("INBOX")), 3)

    def as_a_user(self, *arguments):
        """A run by somebody whom permissions concern, and whose all this is."""
        options = {}
        if os.geteuid() == 0:
            for directory, names, files in os.walk(self.directory):
                for name in [".", *names, *files]:
                    os.lchown(os.path.join(directory, name), 65534, 65534)
            options = {"user": 65534, "group": 65534, "extra_groups": []}
        process = subprocess.run([self.public_binary(), "-c", self.config, *arguments], capture_output=True,
                                 stdin=subprocess.DEVNULL, text=True, env=self.environment,
                                 check=False, **options)
        return Run(process)

    def test_a_state_that_cannot_be_read(self):
        self.filled()
        self.server.stop()
        state = os.path.join(self.directory, "state", "navette", "test")
        last_run = os.path.join(state, "last-run")
        for path, mode, named in ((state, 0o700, state), (os.path.join(state, "data.mdb"), 0o600, state),
                                  (last_run, 0o600, last_run), (os.path.dirname(state), 0o700, state)):
            with self.subTest(path=path):
                os.chmod(path, 0)
                runs = [self.as_a_user("status"), self.as_a_user("status", "--json")]
                os.chmod(path, mode)
                for run in runs:
                    self.assertEqual(run.status, 1, run)
                    self.assertIn("Permission denied", run.err)
                    self.assertIn(named, run.err)
                self.assertEqual(self.as_a_user("status").status, 0)

    def test_an_unknown_account(self):
        self.write_config()
        self.assertIn("test", self.status("tst", status=2).err)

    def test_successes_and_failures(self):
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.far.append("INBOX", mail.message(2), flags="\\Seen")
        self.assertEqual(self.navette("status", "--max-age", "1d").status, 1)
        self.sync()
        self.write_config(password="wrong")
        self.sync(status=1)
        self.sync(status=1)
        run = self.status(status=1)
        self.assertRegex(run.out, r"test: last success [^,]*, \d+ \w+ ago; 2 runs in a row failed since\n")
        account = self.objects("status", status=1)[0]
        self.assertEqual(account["failures"], 2)
        self.assertLessEqual(account["succeeded"], account["ended"])
        self.status("--max-age", "1d")
        time.sleep(1.1)  # the record counts seconds
        run = self.status("--max-age", "0s", status=1)
        self.assertRegex(run.err, r"test: the last success was \d+ \w+ ago")
        self.assertIn("--max-age takes a time", self.status("--max-age", "soon", status=2).err)
        (folder,) = [o for o in self.objects("status-folder", status=1) if o["folder"] == "INBOX"]
        self.assertEqual((folder["messages"], folder["unread"], folder["stubs"]), (2, 1, 0))

    def test_changes_and_stubs(self):
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.far.append("INBOX", mail.message(2))
        self.write_config(body="headers")
        self.sync()
        run = self.status()
        self.assertIn("test/INBOX: 2 messages, 2 unread, 2 with their headers alone here\n", run.out)
        time.sleep(0.05)  # a mark that is younger than the clock's grain is not noted
        self.sync()
        self.near.add("INBOX", mail.to_near(mail.message(3)))
        (folder,) = [o for o in self.objects("status-folder") if o["folder"] == "INBOX"]
        self.assertEqual((folder["stubs"], folder["changed-here"]), (2, True))

    def test_timers(self):
        self.write_config()
        programs = os.path.join(self.directory, "bin")
        os.makedirs(programs)
        with open(os.path.join(programs, "systemctl"), "w", encoding="ascii") as f:
            f.write("#!/bin/sh\necho 'Thu 2026-11-26 18:20:00 UTC 4min left - - navette.timer navette.service'\n")
        os.chmod(os.path.join(programs, "systemctl"), 0o755)
        self.environment["PATH"] = programs + ":" + os.environ["PATH"]
        self.assertIn("navette.timer: next run Thu 2026-11-26 18:20:00 UTC 4min left\n", self.status().out)
        self.assertNotIn("next run", self.status("--json").out)
