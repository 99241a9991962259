"""navette watch against Dovecot: what happens on either side comes to the other without a run. What the server tells, and
by what, is in test_watch_far; here it tells by IDLE, and `poll` is longer than any test."""

import os
import signal
import subprocess
import sys
import unittest

from harness import mail, sides
from harness.case import Case
from harness.watching import Watcher

MANY = 2000


def letter(number):
    return mail.to_near(mail.message(number))


class WatchCase(Case):
    def setUp(self):
        super().setUp()
        self.standard()
        self.configure()

    def configure(self, *channels, **keys):
        keys = {"poll": "1h", "disable_extensions": "NOTIFY", "watch": "Work*", **keys}
        self.write_channels(*channels, **keys)

    def start(self, *arguments, **environment):
        watcher = Watcher(self, *arguments, environment=environment)
        watcher.until_said("test: watching")
        return watcher

    def is_same(self, folder="INBOX"):
        return sides.far_view(self.far, folder) == sides.near_view(self.near, folder)

    def assert_settled(self):
        """Stopped in the middle of a round it leaves something to be noted, and nothing else, for the next run."""
        run = self.sync()
        self.assertEqual(run.out, "", run)
        self.assert_quiet()


class Here(WatchCase):
    def test_what_happens_here_is_there(self):
        watcher = self.start()
        watcher.until(lambda: self.near.folders() == ["INBOX"], "INBOX is made here")
        self.near.add("INBOX", letter(1))
        watcher.until(lambda: len(self.far.messages("INBOX")) == 1, "new mail is uploaded")
        self.near.set_letters("INBOX", self.near.files("INBOX")[0], "FS")
        watcher.until(lambda: [m[1] for m in self.far.messages("INBOX").values()] == ["FS"], "flags are stored")
        self.near.create("Work/Done")
        watcher.until(lambda: "Work/Done" in self.far.folders(), "a new folder is made there")
        self.near.add("Work/Done", letter(2))
        watcher.until(lambda: len(self.far.messages("Work/Done")) == 1, "what comes into it is uploaded")
        self.near.remove("INBOX", self.near.files("INBOX")[0])
        watcher.until(lambda: not self.far.messages("INBOX"), "what is removed here goes there")
        self.assertEqual(watcher.stop(), 0)
        self.assert_same("Work/Done", count=1)
        self.assert_settled()

    def test_many_files_are_few_rounds(self):
        for number in range(20):
            self.near.create("INBOX")
            self.near.add("INBOX", letter(number))
        body = letter(0)
        for number in range(MANY):
            self.near.add("INBOX", body + b"%d\n" % number, name=f"1600000000.{number}.many")
        watcher = self.start()
        looks = watcher.said().count(" SELECT INBOX")
        for file in self.near.files("INBOX"):
            self.near.set_letters("INBOX", file, "S")
        watcher.until(lambda: not self.far.uids("INBOX", "UNSEEN"), "all are seen there")
        self.assertEqual(watcher.stop(), 0)
        # One for each second or so in which the files were touched.
        self.assertLess(watcher.said().count(" SELECT INBOX") - looks, 20)
        self.assert_same(count=MANY + 20)

    def test_our_own_changes_start_no_round(self):
        self.near.create("INBOX")
        self.near.add("INBOX", letter(1))
        self.far.append("INBOX", mail.message(2))
        watcher = self.start()
        for number in range(3, 7):
            self.far.append("INBOX", mail.message(number))
            watcher.until(lambda: self.is_same() and watcher.said().rstrip().endswith("idling"), "it comes")
            self.near.add("INBOX", letter(10 + number))
            watcher.until(lambda: self.is_same() and watcher.said().rstrip().endswith("idling"), "it goes")
        self.assertEqual(watcher.stop(), 0)
        # A file that it made itself wakes it up as little as what it sent: that the server tells of. So three for each
        # pair, and some at the beginning; one more each would be four.
        self.assertLessEqual(watcher.said().count(" IDLE\n"), 3 * 4 + 3)

    def test_what_happens_during_a_round_is_not_lost(self):
        """The server takes long over a command, and meanwhile a reader goes on."""
        self.near.create("INBOX")
        for number in range(40):
            self.near.add("INBOX", letter(number), name=f"1600000000.{number}.test")
        watcher = self.start()
        for number in range(40):
            # Each change falls anywhere in the round for the one before.
            file = next(f for f in self.near.files("INBOX") if f[1].startswith(f"1600000000.{number}.test"))
            self.near.set_letters("INBOX", file, "F")
            if number % 8 == 7:
                count = number + 1
                watcher.until(lambda count=count: len(self.far.uids("INBOX", "FLAGGED")) == count, f"{count} are flagged")
        self.assertEqual(watcher.stop(), 0)
        self.assert_same(count=40)
        self.assert_settled()

    def test_more_than_the_system_keeps(self):
        """Stopped while more happens than inotify keeps for it: then it looks at all."""
        with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as f:
            most = int(f.read())
        self.near.create("INBOX")
        file = self.near.add("INBOX", letter(1))
        watcher = self.start()
        watcher.signal(signal.SIGSTOP)
        for _ in range(most // 4 + 1):
            file = self.near.set_letters("INBOX", file, "F")
            file = self.near.set_letters("INBOX", file, "S")
        self.near.add("INBOX", letter(2))
        watcher.signal(signal.SIGCONT)
        watcher.until(lambda: len(self.far.messages("INBOX")) == 2 and self.is_same(), "both sides are the same")
        self.assertEqual(watcher.stop(), 0)
        self.assert_settled()


    def test_more_than_the_system_watches(self):
        """What it cannot be told of it looks for each `poll`, and says so once."""
        few = ["unshare", "--user", "--map-root-user", "sh", "-c",
               'echo 4 >/proc/sys/user/max_inotify_watches && exec "$0" "$@"']
        if subprocess.run([*few, "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("no user namespace can be made (Debian package util-linux)")
        for folder in ("A", "B", "C"):
            self.near.create(folder)
        self.configure(poll="10s")
        watcher = Watcher(self, before=few)
        watcher.until_said("test: watching")
        self.assertIn("sysctl fs.inotify.max_user_watches", watcher.said())
        for number in (1, 2):  # the first may be seen by a look for another reason
            self.near.add("C", letter(number))
            watcher.until(lambda count=number: len(self.far.messages("C")) == count, "it is found all the same")
        self.assertEqual(watcher.said().count("max_user_watches"), 1)
        self.assertEqual(watcher.stop(), 0)


class There(WatchCase):
    def test_what_happens_there_is_here(self):
        self.far.append("INBOX", mail.message(0))
        watcher = self.start()
        self.far.append("INBOX", mail.message(1))
        watcher.until(lambda: len(self.near.files("INBOX")) == 2, "new mail comes")
        self.assertEqual({place for place, _name in self.near.files("INBOX")}, {"new"})
        self.far.store("INBOX", "1", "+FLAGS", "\\Flagged")
        watcher.until(self.is_same, "flags come")
        self.far.create("Work")
        watcher.signal(signal.SIGUSR1)  # IDLE tells of no mailboxes
        watcher.until(lambda: "Work" in self.near.folders(), "a new folder comes")
        watcher.until_said("2 C: ")  # a connection of its own, for `watch` names it
        self.far.append("Work", mail.message(2))
        watcher.until(lambda: self.near.files("Work"), "and what is in it")
        self.far.remove("INBOX", "1")
        watcher.until(lambda: len(self.near.files("INBOX")) == 1, "what is removed there goes here")
        self.assertEqual(watcher.stop(), 0)
        self.assert_same("Work", count=1)
        self.assert_settled()

    def test_a_server_that_starts_anew(self):
        self.far.append("INBOX", mail.message(0))
        watcher = self.start()
        self.far.close()
        self.server.stop()
        self.near.add("INBOX", letter(1))
        self.server.start()
        self.far = self.connect(self.server)
        watcher.until(lambda: len(self.far.messages("INBOX")) == 2, "what happened here meanwhile is there")
        self.far.append("INBOX", mail.message(2))
        watcher.until(lambda: len(self.near.files("INBOX")) == 3, "it is told of new mail again")
        self.assertEqual(watcher.stop(), 0)
        self.assert_same(count=3)


class Signals(WatchCase):
    def test_a_new_configuration(self):
        self.far.append("INBOX", mail.message(0))
        self.far.create("Other")
        watcher = self.start()
        self.configure(("one", "folders", "INBOX"), colour="red")
        watcher.signal(signal.SIGHUP)
        watcher.until_said("goes on with the one that it has")
        self.assertIn("colour", watcher.said())
        self.near.add("Other", letter(1))
        watcher.until(lambda: len(self.far.messages("Other")) == 1, "the old one is in force")
        self.configure(("one", "folders", "INBOX"))
        before = watcher.said().count("test: watching")
        watcher.signal(signal.SIGHUP)
        watcher.until_said("the configuration was read anew")
        watcher.until_said("test: watching", before + 1)
        self.near.add("Other", letter(2))
        self.near.add("INBOX", letter(3))
        watcher.until(lambda: len(self.far.messages("INBOX")) == 2, "the new one is in force")
        self.assertEqual(len(self.far.messages("Other")), 1)
        self.assertEqual(watcher.stop(), 0)

    def test_a_run_beside_it(self):
        self.far.append("INBOX", mail.message(0))
        watcher = self.start()
        for number in range(1, 4):
            self.near.add("INBOX", letter(number))
            self.sync()
            self.assertIn(len(self.far.messages("INBOX")), (number, number + 1))
        watcher.until(lambda: len(self.far.messages("INBOX")) == 4, "all is there, once")
        self.assertEqual(watcher.stop(), 0)
        self.assert_same(count=4)
        self.assert_settled()

    def test_what_it_does_not_take(self):
        for option in ("-n", "--force-delete", "--restore"):
            run = self.navette("watch", option)
            self.assertEqual(run.status, 2, run)
            self.assertIn("is for a single run", run.err)
        run = self.navette("watch", "test/INBOX")
        self.assertEqual(run.status, 2, run)
        self.assertIn("watch takes accounts", run.err)

    def test_stopped_during_its_first_look(self):
        for number in range(300):
            self.far.append("INBOX", mail.message(number))
        watcher = Watcher(self)
        watcher.until(lambda: self.near.files("INBOX"), "the first mail is here")
        self.assertEqual(watcher.stop(), 0)
        self.sync()
        self.assert_same(count=300)
        self.assert_quiet()


class Asked(WatchCase):
    """A run beside a watch is done by it."""

    def setUp(self):
        super().setUp()
        self.runtime = os.path.join(self.directory, "runtime")
        os.mkdir(self.runtime, 0o700)
        self.environment["XDG_RUNTIME_DIR"] = self.runtime
        self.far.append("INBOX", mail.message(0))

    def assert_asked(self, run):
        self.assertNotIn(" C: ", run.err, "it spoke with the server itself")

    def test_a_run_is_done_by_it(self):
        self.far.create("Other")
        watcher = self.start()
        socket, = os.listdir(os.path.join(self.runtime, "navette"))
        self.assertEqual(os.stat(os.path.join(self.runtime, "navette", socket)).st_mode & 0o777, 0o600)
        run, folder = self.run_with_news()
        self.assertIn("test/Other: download UID", run.err)
        self.assertEqual((folder["folder"], folder["downloaded"], folder["outcome"]), ("Other", 1, "done"))
        account, = [one for one in run.objects() if one["type"] == "account"]
        self.assertEqual((account["worst"], account["folders"]), ("none", 2))
        run = self.sync("-vv", "--json", "INBOX")
        self.assert_asked(run)
        account, = run.objects()
        self.assertEqual((account["worst"], account["folders"]), ("none", 1))
        self.assertEqual(watcher.stop(), 0)
        self.assertEqual(os.listdir(os.path.join(self.runtime, "navette")), [])
        self.assert_same("Other")

    def run_with_news(self):
        """A run that brings a message of which IDLE does not tell: but the watch may look for a reason of its own."""
        for number in range(1, 20):
            self.far.append("Other", mail.message(number))
            run = self.sync("-vv", "--json")
            self.assert_asked(run)
            folders = [one for one in run.objects() if one["type"] == "folder"]
            if folders:
                return run, folders[0]
        self.fail(f"the watch is always quicker: {run}")

    def test_how_it_ends_is_how_the_run_ends(self):
        self.configure(timeout="3s")
        watcher = self.start()
        run = self.navette("sync", "-vv", "Nowhere")
        self.assertEqual(run.status, 2, run)
        self.assertIn("neither side of it a folder named Nowhere", run.err)
        self.assert_asked(run)
        run = self.navette("status")
        self.assertIn("test: watched, in sync since ", run.out)
        self.server.stop()
        run = self.navette("sync", "-vv")
        self.assertEqual(run.status, 3, run)
        self.assert_asked(run)
        watcher.until(lambda: "test: watched, but waiting since " in self.navette("status").out, "it waits")
        status, *_ = self.navette("--json", "status").objects()
        self.assertEqual(status["watch"], "waiting")
        self.assertIn("refused", status["watch-reason"])
        self.assertEqual(watcher.stop(), 0)
        self.assertIs(self.navette("--json", "status").objects()[0]["watch"], None)

    def test_its_hooks_are_those_of_the_run(self):
        told = os.path.join(self.directory, "told")
        self.configure(post_new=f"tr '\\0' '\\n' < $NAVETTE_CHANGES | grep -c ^new >> {told}")
        watcher = self.start()
        self.far.create("Other")
        self.far.append("Other", mail.message(1))
        self.assert_asked(self.sync("-vv"))
        with open(told, encoding="utf-8") as f:
            self.assertIn("1", f.read().split())
        self.assertEqual(watcher.stop(), 0)

    def test_what_it_does_not_do(self):
        watcher = self.start()
        self.assertIn(" C: ", self.sync("-vv", "-n").err)
        watcher.kill()
        run = self.sync("-vv")  # the socket of one that was killed is still there
        self.assertIn(" C: ", run.err)
        again = self.start()
        self.assert_asked(self.sync("-vv"))
        self.assertEqual(again.stop(), 0)

    def test_others_are_not_let_in(self):
        os.chmod(self.runtime, 0o700)
        os.mkdir(os.path.join(self.runtime, "navette"), 0o755)
        watcher = self.start()  # others could put something there
        self.assertEqual(os.listdir(os.path.join(self.runtime, "navette")), [])
        self.assertIn(" C: ", self.sync("-vv").err)
        self.assertEqual(watcher.stop(), 0)


DOOR = """
import socket, sys, threading
def pump(source, sink):
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
while True:
    client = listener.accept()[0]
    server = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    for ends in ((client, server), (server, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
"""
THROUGH = """
import os, socket, sys, threading
server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
def up():
    while data := os.read(0, 65536):
        server.sendall(data)
    os._exit(0)
threading.Thread(target=up, daemon=True).start()
while data := server.recv(65536):
    os.write(1, data)
"""


class Network(WatchCase):
    def script(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def test_a_route_that_comes_ends_the_pause(self):
        """The watch is in a network of its own, where a device comes up; it reaches the server by a command."""
        if subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("no network namespace can be made (it takes root, and Debian package util-linux)")
        up, door = os.path.join(self.directory, "up"), os.path.join(self.directory, "door")
        relay = subprocess.Popen([sys.executable, self.script("door.py", DOOR), door, str(self.server.port)])
        self.addCleanup(relay.wait)
        self.addCleanup(relay.kill)
        through = self.script("through.py", THROUGH)
        tunnel = self.script("tunnel", f"test -e {up} && exec {sys.executable} {through} {door}\n")
        self.configure(host=None, port=None, timeout="5s", tunnel=f"sh {tunnel}")
        watcher = Watcher(self, before=["unshare", "--net"])
        watcher.until_said("test: trying again in")
        self.script("up", "")
        subprocess.run(["nsenter", "--net", "-t", str(watcher.process.pid), "ip", "link", "set", "lo", "up"], check=True)
        watcher.until_said("the network changed; trying again at once")
        watcher.until_said("test: watching")
        self.assertEqual(watcher.stop(), 0)


class Hooks(WatchCase):
    def test_they_run_beside_it(self):
        told = os.path.join(self.directory, "told")
        self.far.append("INBOX", mail.message(0))
        self.configure(pre_sync=f"echo first >> {told}", post_new=f"echo new $NAVETTE_NEW >> {told}",
                       post_sync=f"echo $NAVETTE_RESULT >> {told}", hook_interval="1s")
        watcher = self.start()

        def lines():
            with open(told, encoding="utf-8") as f:
                return f.read().splitlines()
        watcher.until(lambda: lines() == ["first", "new 1", "none"], "they are told of the first look")
        self.far.append("INBOX", mail.message(1))
        watcher.until(lambda: lines()[3:] == ["new 1", "none"], "and of what comes")
        self.near.set_letters("INBOX", self.near.files("INBOX")[0], "S")
        watcher.until(lambda: lines()[5:] == ["none"], "post-new is for what is new")
        self.assertEqual(watcher.stop(), 0)


if __name__ == "__main__":
    unittest.main()
