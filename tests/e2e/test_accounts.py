"""Several accounts in one run: each ends in its own way, and the status is that of the worst, wherever it stands."""

import os
import shutil
import threading

from harness import mail
from harness.case import TIMEOUT, Case
from harness.scripted import ScriptedServer
from harness.sides import Near

# In which a run of one account can end, the worst last: how its server or Maildir comes to it, and the status.
ENDS = {"well": 0, "busy": 3, "refused": 1, "emptied": 4}


class Accounts(Case):
    def begin(self, *ends):
        """An account for each of ENDS, synchronised once, with a change on either side."""
        self.tearDown()
        self.doCleanups()
        self.setUp()
        self.accounts = []
        for number, end in enumerate(ends):
            server = ScriptedServer()
            self.addCleanup(server.stop)
            near = Near(os.path.join(self.directory, f"mail{number}"))
            self.accounts.append((f"{end}{number}", end, server, near))
            for i in range(3):
                server.mailboxes["INBOX"].add(mail.message(i), ["\\Seen"])
        self.write_config("".join(
            f"[account {name}]\nhost = 127.0.0.1\nport = {server.port}\ntls = none\nuser = reader\n"
            f"password = {server.password}\nmaildir = {near.root}\ntimeout = 2s\n"
            for name, _end, server, near in self.accounts))
        self.sync()
        for _name, end, server, near in self.accounts:
            server.mailboxes["INBOX"].add(mail.message(10), ["\\Seen"])
            if end == "emptied":
                for file in near.files("INBOX"):
                    near.remove("INBOX", file)
            else:
                near.add("INBOX", mail.to_near(mail.message(11)), "S")
            if end == "busy":
                server.hooks["LOGIN"] = "TAG NO [UNAVAILABLE] not today"
            if end == "refused":
                server.hooks["APPEND"] = "TAG NO not today"

    def assert_ends(self, run):
        for name, end, server, near in self.accounts:
            self.assertEqual(f"navette: {name}" in run.err, end != "well", run)
            box = server.mailboxes["INBOX"]
            far, here = len(box.messages), len(near.files("INBOX"))
            self.assertEqual((far, here), {"well": (5, 5), "busy": (4, 4), "refused": (4, 5),
                                           "emptied": (4, 0)}[end], (name, run))

    def test_the_worst_status(self):
        """Of each pair of ends, in either order; all accounts are gone through."""
        names = list(ENDS)
        for first in names:
            for second in names:
                with self.subTest(first=first, second=second):
                    self.begin(first, second)
                    worst = max(first, second, key=names.index)
                    self.assert_ends(self.sync(status=ENDS[worst]))

    def test_one_that_is_down_in_each_place(self):
        for place in range(3):
            with self.subTest(place=place):
                ends = ["well"] * 3
                ends[place] = "busy"
                self.begin(*ends)
                self.assert_ends(self.sync(status=3))
                # Asked for by itself, each has the status that is its own.
                for name, end, server, _near in self.accounts:
                    server.hooks.pop("LOGIN", None) if end == "well" else None
                    self.sync(name, status=ENDS[end])

    def test_a_maildir_that_is_gone_stops_its_account_only(self):
        for place in range(2):
            with self.subTest(place=place):
                self.begin("well", "well")
                name, _end, server, near = self.accounts[place]
                shutil.rmtree(near.root)
                run = self.sync(status=4)
                self.assertIn(f"navette: {name}: there is no folder left in {near.root}", run.err)
                self.assertEqual(len(server.mailboxes["INBOX"].messages), 4)
                _name, _end, server, near = self.accounts[1 - place]
                self.assertEqual((len(server.mailboxes["INBOX"].messages), len(near.files("INBOX"))), (5, 5))

    def test_one_that_does_not_answer_delays_no_other(self):
        """The first waits until the second is done: neither run would end if one came after the other."""
        self.begin("well", "well")
        _name, _end, second, _near = self.accounts[1]
        done = threading.Event()
        self.accounts[0][2].hooks["LOGIN"] = lambda *_arguments: done.wait(TIMEOUT) and None
        second.hooks["LOGOUT"] = lambda *_arguments: done.set()
        self.slow_config(timeout=f"{TIMEOUT}s")
        self.assert_ends(self.sync())
        self.assertTrue(done.is_set())

    def test_one_at_a_time_if_so_said(self):
        self.begin("well", "well", "well")
        open_now, most = set(), []
        for _name, _end, server, _near in self.accounts:
            def login(*_arguments, server=server):
                open_now.add(server)
                most.append(len(open_now))

            server.hooks["LOGIN"] = login
            server.hooks["LOGOUT"] = lambda *_arguments, server=server: open_now.discard(server)
        self.slow_config(jobs=1)
        self.assert_ends(self.sync())
        self.assertEqual(max(most), 1)

    def slow_config(self, timeout="10s", jobs=8):
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        self.write_config(f"[global]\njobs = {jobs}\n" + text.replace("timeout = 2s", f"timeout = {timeout}"))
