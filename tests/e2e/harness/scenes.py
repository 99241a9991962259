"""Scenes: both sides with something for one run to do, put back as often as needed on one server."""

import os
import shutil
import subprocess
import time

from . import faults, mail, runner, sides
from .case import Case

BASE = 4  # messages that both sides agree on before
LONG_AGO = 600  # seconds: more than navette waits for messages that a dead run had sent
DAY = 86400
KEYS = {"whole": {"body": "headers"}, "trashed": {"trash": "Trash"}}
CHANNELS = {"trash": [("all", "folders", "INBOX", "trash", "Trash")]}
# After these the two sides are not the same.
ONE_SIDED = {"whole", "trash", "window", "pull", "push"}
# In these no message comes to the server, which must not get one anew that it has.
NOTHING_UP = {"download", "flags", "removal", "whole", "pull"}
RUNS = {"trashed": 2}  # until all is done


def wire(name, number):
    return mail.message(number, seed=name, attachment=number % 3 == 0)


class Scene(Case):
    """A subclass sets the scene with prepare_*; each play() starts from the same files."""

    keys = {}  # of the configuration

    def set_scene(self, name, **options):
        if not self.directory.startswith(runner.MEMORY):
            # A process knows an index by its directory's inode, which a disk gives to the next that is made.
            options["extra"] = "service imap {\n  service_count = 1\n}\n"
        self.standard(**options)
        self.scene = name
        self.configure()
        self.near.create("INBOX")
        getattr(self, "prepare_" + name)()
        self.far.close()
        self.parts = {"home": os.path.join(self.server.directory, "home"),
                      "mail": self.near.root,
                      "state": os.path.join(self.directory, "state")}
        os.makedirs(self.parts["state"], exist_ok=True)
        self.wait_for_server()
        self.copies = os.path.join(self.directory, "copies")
        for path in self.parts.values():
            copy = os.path.join(self.copies, os.path.relpath(path, self.directory))
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            subprocess.run(["cp", "-a", path, copy], check=True)

    def configure(self, **keys):
        """What the scene needs, and KEYS."""
        self.write_channels(*CHANNELS.get(self.scene, []), **{
            "timeout": "20s", "connections": "2", **KEYS.get(self.scene, {}), **self.keys, **keys})

    def put_back(self):
        """Both sides and the state as they were when the scene was set."""
        self.wait_for_server()
        for path in self.parts.values():
            shutil.rmtree(path)
        subprocess.run(["cp", "-a", self.copies + "/.", self.directory], check=True)

    def keep_far(self):
        """A copy of the server's mail as it is now."""
        copy = os.path.join(self.directory, "far")
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "-a", self.parts["home"], copy], check=True)
        return copy

    def put_far_back(self, copy):
        shutil.rmtree(self.parts["home"])
        subprocess.run(["cp", "-a", copy, self.parts["home"]], check=True)

    def wait_for_server(self):
        """Until it is done with all clients: it may still have messages of one that was killed."""
        deadline = time.monotonic() + 120
        while self.server.sessions() > 0:
            self.assertLess(time.monotonic(), deadline, "the server is not done")
            time.sleep(0.005)

    def let_time_pass(self):
        """What a killed run had sent has arrived, and the state is no longer young."""
        self.wait_for_server()
        state = os.path.join(self.parts["state"], "navette", "test", "data.mdb")
        if os.path.exists(state):
            then = time.time() - LONG_AGO
            os.utime(state, (then, then))

    def views(self):
        """(folder, messages) of each side, each message with digest, flags and date."""
        far = self.connect(self.server)
        try:
            self.far_uids = {folder: far.uids(folder) for folder in far.folders()}
            return ({folder: sides.far_view(far, folder) for folder in far.folders()},
                    {folder: sides.near_view(self.near, folder) for folder in self.near.folders()})
        finally:
            far.close()

    def play_once(self):
        """A run without harm: what comes out of it is .expected to come out of every other."""
        run = faults.run(self)
        self.assertEqual(run.status, 0, run)
        self.finish(done=1)
        self.expected = self.views()
        self.expected_uids = self.far_uids
        if self.scene not in ONE_SIDED:
            self.assertEqual(*self.expected)
        return run

    def finish(self, done=0):
        """As many runs as it takes."""
        for _run in range(done, RUNS.get(self.scene, 1)):
            self.sync()

    def assert_repaired(self, run):
        """Both sides are as expected, nothing is left over, and a run has nothing to do. RUN went before."""
        self.assertEqual(self.views(), self.expected, run)
        if self.scene in NOTHING_UP:
            self.assertEqual(self.far_uids, self.expected_uids, run)
        for folder in self.near.folders():
            # A witness that could not be removed was told of, and goes when there is more to do.
            left = set(os.listdir(os.path.join(self.near.path(folder), "tmp"))) - {"navette.witness"}
            self.assertEqual(left, set())
        self.assert_quiet()

    # --- What there is to do ---

    def add_base(self):
        for i in range(BASE):
            self.far.append("INBOX", wire("base", i), "\\Seen" if i % 2 else "")
        self.sync()

    def add_far(self):
        for i in range(4):
            self.far.append("INBOX", wire("far", i), ["", "\\Seen", "\\Flagged", "\\Seen Work"][i])

    def add_near(self):
        for i in range(4):
            self.near.add("INBOX", mail.to_near(wire("near", i)), ["", "S", "F", "RS"][i],
                          name=f"near{i}.test")

    def change_flags(self):
        uids = self.far.uids("INBOX")
        self.far.store("INBOX", uids[:1], "+FLAGS", "\\Flagged \\Answered")
        self.far.store("INBOX", uids[1:2], "-FLAGS", "\\Seen")
        for number, letters in ((2, "F"), (3, "")):
            file = self.near.find("INBOX", f"<base.{number}@".encode())
            self.near.set_letters("INBOX", file, letters)

    def prepare_first(self):
        self.add_far()
        self.add_near()
        for i in range(2):
            self.far.append("INBOX", wire("both", i), "\\Seen")
            self.near.add("INBOX", mail.to_near(wire("both", i)), "S")

    def prepare_download(self):
        self.add_base()
        self.add_far()

    def prepare_upload(self):
        self.add_base()
        self.add_near()

    def prepare_flags(self):
        self.add_base()
        self.change_flags()

    def prepare_removal(self):
        self.add_base()
        self.far.remove("INBOX", self.far.uids("INBOX")[0].decode())
        self.near.remove("INBOX", self.near.find("INBOX", b"<base.3@"))

    def prepare_edits(self):
        """Drafts of which the body changed, or the header, or all in a new file."""
        for i in range(BASE):
            self.far.append("INBOX", wire("base", i), "\\Draft \\Seen")
        self.sync()
        for number in (0, 1, 2):
            place, name = file = self.near.find("INBOX", b"<base.%d@" % number)
            path = os.path.join(self.near.path("INBOX"), place, name)
            body = self.near.read("INBOX", file)
            body = body + b"more\n" if number == 0 else body.replace(b"Subject: ", b"Subject: more ", 1)
            if number == 2:
                os.unlink(path)
            with open(path, "wb") as f:
                f.write(body)
            os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))

    def prepare_folders(self):
        self.add_base()
        self.far.create("Far")
        self.far.append("Far", wire("far", 1), "\\Seen")
        self.near.create("Near")
        self.near.add("Near", mail.to_near(wire("near", 1)), "S")

    def prepare_all(self):
        self.prepare_folders()
        self.change_flags()
        self.far.remove("INBOX", self.far.uids("INBOX")[0].decode())
        self.near.remove("INBOX", self.near.find("INBOX", b"<base.2@"))
        self.add_far()
        self.add_near()

    def prepare_whole(self):
        """Only headers are here, and all but one are flagged now: the whole of those comes."""
        self.add_base()
        uids = self.far.uids("INBOX")
        self.far.store("INBOX", uids[:1], "+FLAGS", "\\Flagged")
        for number in (2, 3):
            self.near.set_letters("INBOX", self.near.find("INBOX", b"<base.%d@" % number), "F")
        self.far.append("INBOX", wire("far", 7), "\\Flagged")
        self.far.append("INBOX", wire("far", 8), "\\Seen")

    def prepare_trash(self):
        """The trash is on the server alone."""
        self.far.create("Trash")
        self.far.append("Trash", wire("old", 0), "\\Seen")
        self.add_base()
        for number in (0, 2):
            self.near.remove("INBOX", self.near.find("INBOX", b"<base.%d@" % number))

    prepare_trashed = prepare_trash  # which is synchronised: what went there comes here

    def prepare_window(self):
        """What is old leaves, while new mail comes and goes."""
        now = int(time.time())
        for number, age in enumerate((90, 60, 40, 5)):
            self.far.append("INBOX", wire("base", number), "\\Seen", when=now - age * DAY)
        self.sync()
        self.near.set_letters("INBOX", self.near.find("INBOX", b"<base.1@"), "FS")
        self.far.append("INBOX", wire("far", 1), "\\Seen", when=now - DAY)
        self.far.append("INBOX", wire("far", 2), "\\Seen", when=now - 99 * DAY)
        self.near.add("INBOX", mail.to_near(wire("near", 1)), "S", when=now - DAY)
        self.configure(max_age="30d")

    def prepare_pull(self):
        self.prepare_all()
        self.configure(direction="pull")

    def prepare_push(self):
        self.prepare_all()
        self.configure(direction="push")
