"""navette check, and the warnings of rules that do nothing."""

import os

from harness import mail
from harness.case import Case


class Check(Case):
    def findings(self, *arguments, status=0):
        """(verdict, part, text) of each."""
        run = self.navette("check", "--json", *arguments)
        self.assertEqual(run.status, status, run)
        # How much room there is where the tests run is not their affair.
        return [(o["verdict"], o["part"], o["text"]) for o in run.objects()
                if "free on the file system" not in o["text"]]

    def assert_found(self, findings, verdict, part, text):
        self.assertTrue(any(v == verdict and p == part and text in t for v, p, t in findings),
                        (text, findings))

    def test_all_is_well(self):
        self.standard()
        self.far.create("Work")
        found = self.findings()
        self.assert_found(found, "good", "maildir", f"{self.near.root} ")
        self.assert_found(found, "good", "state", "will be made by the first run")
        self.assert_found(found, "warning", "login", "logged in as reader without TLS")
        self.assert_found(found, "good", "server", "the server offers IMAP4REV1")
        self.assert_found(found, "good", "rules", "account test takes 2 folders")
        self.assert_found(found, "good", "watch", "by `watch` all folders are waited for at once (NOTIFY)")
        self.assertEqual([f for f in found if f[0] != "good"][1:], [])
        self.assertEqual(self.near.folders(), [])
        self.assertFalse(os.path.exists(os.path.join(self.directory, "state", "navette")))
        run = self.navette("check", "-q")
        self.assertEqual(run.out.splitlines(),
                         ["test\twarning\tlogin\tlogged in as reader without TLS, in plain text"])

    def test_how_it_would_be_watched(self):
        self.standard()
        self.far.create("Work")
        self.write_config(disable_extensions="NOTIFY", poll="90s")
        self.assert_found(self.findings(), "good", "watch",
                          "by `watch` 1 of 2 folders is waited for (IDLE), and all are looked at every 90 s")
        self.write_config(disable_extensions="NOTIFY", watch="*")
        self.assert_found(self.findings(), "good", "watch", "by `watch` all of 2 folders are waited for (IDLE)")
        self.write_config(disable_extensions="NOTIFY, IDLE")
        self.assert_found(self.findings(), "good", "watch",
                          "by `watch` all folders are looked at every 5 min, because the server tells nothing by itself")

    def test_what_does_not_work(self):
        self.standard()
        self.write_config(password="wrong")
        found = self.findings(status=1)
        self.assert_found(found, "bad", "login", "")
        self.assertFalse(any(part == "rules" for _v, part, _t in found))
        self.write_config(password=None, password_command="echo oh dear >&2; exit 3")
        self.assert_found(self.findings(status=1), "bad", "password", "oh dear")
        path = os.path.join(self.directory, "file")
        with open(path, "w", encoding="ascii"):
            pass
        self.write_config(maildir=path + "/mail")
        self.assert_found(self.findings(status=1), "bad", "maildir", "cannot write to")
        self.write_config(port=1)
        self.assert_found(self.findings(status=3), "bad", "login", "127.0.0.1")
        self.write_config(layout="dots")
        self.assertEqual(self.navette("check").status, 2)

    def test_extensions_that_are_missed(self):
        self.standard()
        self.write_config(disable_extensions="UIDPLUS, QRESYNC, CONDSTORE")
        found = self.findings()
        for name in ("UIDPLUS", "QRESYNC", "CONDSTORE"):
            self.assert_found(found, "warning", "server", f"the server lacks {name}: ")

    def test_rules_that_do_nothing(self):
        self.standard()
        self.far.create("Lists/a")
        self.far.create("Work")
        self.write_channels(("few", "folders", r"Lists/*, Wrok, \Sent"),
                            ("again", "folders", "Lists/*"), ("rest", "folders", "**"))
        expected = ("channel test/few (line 8): there is no folder Wrok; did you mean Work?",
                    r"channel test/few (line 8): there is no folder \Sent",
                    "channel test/again (line 10) takes no folder: channels above it")
        found = self.findings()
        run = self.sync()
        for text in expected:
            self.assert_found(found, "warning", "rules", text)
            self.assertIn(f"navette: test: {text}", run.err)
        self.assert_found(found, "good", "rules", "channel test/rest takes 2 folders")
        self.assertEqual(self.sync("-q").err, "")

    def test_folders_that_a_run_would_refuse(self):
        self.standard()
        for folder in ("A", "B", "C"):
            self.far.create(folder)
            self.far.append(folder, mail.message(1), "\\Seen")
        self.write_channels(("one", "folders", "A, B", "as", "Both"), ("rest", "folders", "**"))
        self.sync(status=2)
        self.far.delete("C")
        found = self.findings(status=2)
        self.assert_found(found, "bad", "rules", "folder B: channel test/one (line 8) puts it")
        self.assert_found(found, "bad", "rules", "folder C is gone on the server")
        self.assertIn("check takes accounts", self.navette("check", "one").err)

    def test_one_line_an_account(self):
        self.standard()
        self.assertEqual(self.navette("check").out.splitlines()[1:],
                         ["test: works: logged in as reader without TLS, in plain text; 1 warning"])
        self.assertIn("test\tgood\tserver\tthe server offers IMAP4REV1", self.navette("check", "-v").out)
        self.write_config(password="wrong")
        run = self.navette("check")
        self.assertEqual(run.status, 1)
        self.assertEqual(run.out.splitlines()[-1], "test: does not work yet: 1 fault")
        self.assertTrue(run.out.startswith("test\tbad\tlogin\t"), run)

    def test_a_trash_that_is_not_there(self):
        self.standard()
        self.write_config(trash="Bin")
        self.assert_found(self.findings(status=1), "bad", "rules", "no folder Bin, which is the trash of test")
        self.far.create("Bin")
        self.assertFalse(any("Bin" in text for _v, _p, text in self.findings()))
        self.write_config(trash="\\Trash")
        self.assert_found(self.findings(status=1), "bad", "rules", "no folder \\Trash")

    def test_what_others_left(self):
        self.standard()
        self.far.append("INBOX", mail.message(1))
        self.near.create("INBOX")
        state = os.path.join(self.near.path("INBOX"), ".mbsyncstate")
        with open(state, "w", encoding="ascii") as f:
            f.write("FarUidValidity 1\n\n")
        self.assert_found(self.findings(), "warning", "rules", "navette init --from mbsync")
        os.unlink(state)
        file = self.near.add("INBOX", mail.to_near(mail.message(2)), name="1_0.1.host,U=7,FMD5=7e33429f656f1e6e9d79b29c3f82c57e")
        self.assert_found(self.findings(), "warning", "rules", "navette init --from offlineimap")
        self.sync()
        self.assertIn(file, self.near.files("INBOX"))
        self.assertFalse(any("--from" in text for _v, _p, text in self.findings()))
