"""Quirks of mailbox names that servers were seen with."""

import os

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Mailbox


class NamesCase(QuirkCase):
    def serve_names(self, names, delimiter='"/"', raw=None, **keys):
        """Mailboxes NAMES beside INBOX and Other; LIST writes each in quotation marks, or RAW."""
        self.serve(**keys)
        for i, name in enumerate(names):
            self.server.mailboxes[name] = Mailbox()
            self.server.mailboxes[name].add(mail.message(200 + i))

        def answer(session, tag, rest):
            for name in session.server.mailboxes:
                quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
                line = f"* LIST (\\HasNoChildren) {delimiter} {raw or quoted}" if name in names \
                    else f"* LIST () {delimiter} {quoted}"
                session.send(line.encode("utf-8", "surrogateescape") + b"\r\n")
            session.ok(tag)
            return True

        self.server.hooks["LIST"] = answer

    def assert_folders(self, *names):
        self.assertEqual(self.near.folders(), sorted(("INBOX", "Other") + names))

    def assert_life(self, folders):
        """FOLDERS: name there -> name here. Changes go both ways and nothing is made anew."""
        self.sync()
        self.assert_folders(*folders.values())
        for i, (far, near) in enumerate(folders.items()):
            self.server.mailboxes[far].add(mail.message(300 + i))
            self.near.add(near, mail.to_near(mail.message(400 + i)), "S")
        self.sync()
        for far, near in folders.items():
            self.assertEqual(sorted(mail.to_near(m.body) for m in self.server.mailboxes[far].messages),
                             sorted(m[0] for m in self.near.messages(near).values()))
            self.assertEqual(len(self.near.files(near)), 3, near)
        self.assert_folders(*folders.values())
        self.assertEqual(self.server.count(" CREATE "), 0)
        self.assert_quiet()


class Names(NamesCase):
    def test_E01_raw_8_bit_name(self):
        self.serve_names(["INBOX.Entwürfe"], delimiter='"."')
        self.assert_life({"INBOX.Entwürfe": "INBOX/Entwürfe"})

    def test_E02_ampersand_inside_the_base64(self):
        name = "&BBAEMQQyACYEMwQ0BDU-"
        self.serve_names([name])
        self.sync()
        folders = [f for f in self.near.folders() if f not in ("INBOX", "Other")]
        self.assertEqual(len(folders), 1)
        self.server.log.clear()
        self.near.add(folders[0], mail.to_near(mail.message(400)), "S")
        self.sync()
        self.assertEqual(len(self.server.mailboxes[name].messages), 2, "the server's own spelling")
        self.assertEqual(self.server.count(" CREATE "), 0)
        self.assert_quiet()

    def test_E03_odd_characters(self):
        folders = {"Food &- Drink": "Food & Drink", "[FolderName]": "[FolderName]",
                   "Folder/Subfolder()": "Folder/Subfolder()", "per%cent": "per%25cent",
                   "two  spaces": "two  spaces"}
        self.serve_names(list(folders))
        self.sync()
        self.assertEqual(len(self.near.folders()), 7)
        self.server.log.clear()
        self.sync()
        self.assertEqual(self.server.count(" CREATE | DELETE "), 0)
        self.assert_quiet()
        for far in folders:
            self.server.mailboxes[far].add(mail.message(300))
        self.sync()
        found = [f for folder in self.near.folders() for f in self.near.files(folder)]
        self.assertEqual(len(found), 5 + 2 * len(folders))

    def test_E03_a_dot_where_the_delimiter_is_a_slash(self):
        self.serve_names(["v1.2", "a/v1.3"])
        self.assert_life({"v1.2": "v1.2", "a/v1.3": "a/v1.3"})

    def test_E03_unquoted_names(self):
        for raw, name, folder in (("[FolderName]", "[FolderName]", "[FolderName]"),
                                  ("Root/Subfolder()", "Root/Subfolder()", "Root/Subfolder()")):
            with self.subTest(name=name):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve_names([name], raw=raw)
                self.assert_life({name: folder})

    def test_E03_no_delimiter(self):
        self.serve_names(["a.b", "c"], delimiter="NIL")
        self.assert_life({"a.b": "a.b", "c": "c"})

    def test_E03_quotes_backslash_and_a_space_at_the_end(self):
        """Names that the server lists but whose SELECT must be spelt with care."""
        self.serve_names(['say "x"', "back\\slash", "end "])
        opened = []

        def select(session, tag, rest):
            name = rest[1:-1].replace('\\"', '"').replace("\\\\", "\\") if rest[:1] == '"' else rest
            opened.append(name)
            session.selected = session.server.mailboxes[name]
            session.send_state(session.selected, "")
            session.ok(tag, "[READ-WRITE] selected")
            return True

        self.server.hooks["SELECT"] = select
        self.sync()
        self.assertLessEqual({'say "x"', "back\\slash", "end "}, set(opened))
        self.assertEqual(len(self.near.folders()), 5)
        self.assertTrue(all(len(self.near.files(f)) for f in self.near.folders()))
        self.assert_quiet()

    def test_E03_no_name_leads_out(self):
        evil = ["..", "a/../b", "../x", "/etc/y", "cur", "new", "tmp", "a/cur", "x" * 300,
                "." * 3, "a//b"]
        self.serve_names(evil)
        before = set(os.listdir(self.directory))
        self.run_any(0, 1)
        self.assertEqual(set(os.listdir(self.directory)) - before, {"mail", "state"})
        self.assertFalse({"cur", "new", "tmp", ".."} & set(os.listdir(self.near.root)))
        self.assertEqual(len(self.near.files("INBOX")), 4)
        self.assertEqual(len(self.near.files("Other")), 1)
        first = self.near.stamps()
        self.run_any(0, 1)
        self.assertEqual(self.near.stamps(), first)
        self.assertEqual(self.server.count(" CREATE | DELETE | APPEND "), 0)

    def test_E04_utf8_names_after_enable(self):
        self.serve_names(["Entwürfe", "A&B", "&ZeVnLIqe-"], capabilities="IMAP4rev1 ENABLE UTF8=ACCEPT")
        self.assert_life({"Entwürfe": "Entwürfe", "A&B": "A&B", "&ZeVnLIqe-": "&ZeVnLIqe-"})


class Spelling(NamesCase):
    """Names are told by how they are written, whatever ENABLED says: servers that keep to modified UTF-7 after
    UTF8=ACCEPT, and such that change over between two runs."""

    ACCEPT = "IMAP4rev1 ENABLE UTF8=ACCEPT UIDPLUS"

    def rename(self, old, new):
        self.server.mailboxes = {new if n == old else n: b for n, b in self.server.mailboxes.items()}

    def assert_one_folder(self, far, near="Entwürfe"):
        self.assert_folders(near)
        self.assertEqual(self.server.count(" CREATE | DELETE | APPEND "), 0)
        self.assertEqual(len(self.near.files(near)), len(self.server.mailboxes[far].messages))

    def test_utf7_after_enable(self):
        self.serve_names(["Entw&APw-rfe", "Food &- Drink"], capabilities=self.ACCEPT)
        self.assert_life({"Entw&APw-rfe": "Entwürfe", "Food &- Drink": "Food & Drink"})

    def test_enabled_only_since_the_last_run(self):
        """What looks removed by its name is there under another: nothing goes, with remove = both either."""
        for first, then in (("IMAP4rev1", self.ACCEPT), (self.ACCEPT, "IMAP4rev1")):
            with self.subTest(first=first):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve_names(["Entw&APw-rfe"], capabilities=first)
                self.write_config(remove="both", timeout="5s")
                self.sync()
                self.server.capabilities = then
                self.server.greeting = f"* OK [CAPABILITY {then}] ready"
                self.server.mailboxes["Entw&APw-rfe"].add(mail.message(300))
                self.sync()
                self.assert_one_folder("Entw&APw-rfe")
                self.assert_quiet()

    def test_another_spelling_in_the_next_run(self):
        self.serve_names(["Entw&APw-rfe", "Entwürfe"], capabilities=self.ACCEPT)
        self.write_config(remove="both", timeout="5s")
        box = self.server.mailboxes.pop("Entwürfe")
        self.sync()
        for old, new in (("Entw&APw-rfe", "Entwürfe"), ("Entwürfe", "Entw&APw-rfe")):
            box = self.server.mailboxes[old]
            box.add(mail.message(300 + len(box.messages)))
            self.rename(old, new)
            self.sync()
            self.assert_one_folder(new)
            self.assert_quiet()

    def test_a_name_that_shows_utf8_comes_later(self):
        """It says that the others are literal; those that the base knows keep their names."""
        self.serve_names(["Entw&APw-rfe", "Öl"], capabilities=self.ACCEPT)
        self.write_config(remove="both", timeout="5s")
        later = self.server.mailboxes.pop("Öl")
        self.sync()
        self.server.mailboxes["Öl"] = later
        self.sync()
        self.assert_folders("Entwürfe", "Öl")
        self.assert_quiet()
        del self.server.mailboxes["Öl"]
        self.sync()
        self.assert_folders("Entwürfe")

    def refuse_utf8(self, name, words):
        def refuse(_session, _tag, rest):
            return f"TAG NO {words}" if "Entwürfe" in rest else None
        self.server.hooks[name] = refuse

    def test_create_where_no_name_shows_how(self):
        """UTF-8 as enabled, and modified UTF-7 where the server has none of that."""
        self.serve_names([], capabilities=self.ACCEPT)
        self.sync()
        self.near.create("Entwürfe")
        self.near.add("Entwürfe", mail.to_near(mail.message(400)), "S")
        self.refuse_utf8("CREATE", "[CANNOT] not valid UTF-7")
        self.sync()
        self.assertEqual(len(self.server.mailboxes["Entw&APw-rfe"].messages), 1)
        self.assert_quiet()
        self.server.hooks.pop("CREATE")
        self.near.create("Öl")
        self.sync()
        self.assertIn("&ANY-l", self.server.mailboxes)
        self.assertEqual(self.server.count(" CREATE "), 3)

    def test_append_takes_no_utf8_in_quotation_marks(self):
        """WildDuck: every other command takes the quoted name."""
        self.serve_names(["Entwürfe"], capabilities=self.ACCEPT)
        self.sync()
        self.near.add("Entwürfe", mail.to_near(mail.message(400)), "S")
        self.server.hooks["APPEND"] = lambda _s, _t, rest: \
            "TAG NO [TRYCREATE] no such mailbox" if rest.startswith('"Entw') else None
        self.sync()
        self.assertEqual(len(self.server.mailboxes["Entwürfe"].messages), 2)
        self.assert_quiet()


class Unusable(NamesCase):
    """Mailboxes that cannot be folders, or not be opened, or take nothing: they concern only those whose rules take
    them, and stop nothing else."""

    ODD = ("mailwiz/", "a//b", "x" * 301 + "/y", "n\0l")

    def serve_odd(self, *more):
        self.serve()
        for name in self.ODD:
            self.server.extra_list.append(b'* LIST () "/" {%d}\r\n%s\r\n' % (len(name), name.encode()))
        self.server.extra_list += more

    def only(self, *patterns):
        self.write_channels(("all", "folders", ", ".join(patterns)), timeout="5s")

    def test_names_that_are_none(self):
        self.serve_odd()
        run = self.run_any(1)
        for name in ("mailwiz/", "a//b", "x" * 200 + "...", "n%00l"):
            self.assertIn(f"test/{name}: the name of this mailbox cannot be", run.err)
        self.assertIn("leave it out of `folders`", run.err)
        self.assert_together()
        listed = self.navette("list")
        self.assertRegex(listed.out, r"test/a//b\tfar\trefuse: the name of this mailbox")

    def test_names_that_are_none_and_not_taken(self):
        for patterns in (("INBOX", "Other"), ("**", "!mailwiz/**", "!a/**", "!x**", "!n*")):
            with self.subTest(patterns=patterns):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.serve_odd()
                self.only(*patterns)
                self.assertEqual(self.sync().err, "")
                self.assert_together()
                self.assert_quiet()
        run = self.sync("test/a//b", status=2)
        self.assertIn("no channel of account test takes a//b", run.err)

    def test_one_folder_by_name(self):
        self.serve_odd()
        self.assertEqual(self.sync("test/INBOX").err, "")

    def test_a_line_without_sense(self):
        """Nothing stops; but what is not listed is not known to be gone."""
        self.serve()
        self.write_config(remove="both", timeout="5s")
        self.sync()
        other = self.server.mailboxes.pop("Other")
        self.server.extra_list = ['* LIST (\\HasNoChildren "/" Other']
        self.inbox.add(mail.message(50))
        for _run in range(2):
            run = self.run_any(4)
            self.assertIn("a line of the server's list of mailboxes made no sense", run.err)
            self.assertEqual(len(self.near.files("INBOX")), 5)
            self.assertEqual(len(self.near.files("Other")), 1)
        self.sync("--force-delete", status=4)
        self.assertEqual(len(self.near.files("Other")), 1)
        self.server.extra_list.clear()
        self.server.mailboxes["Other"] = other
        self.sync()
        self.assert_together(5)

    def test_a_line_without_sense_that_concerns_nobody(self):
        self.serve()
        self.server.extra_list = ['* LIST (\\HasNoChildren "/" Broken']
        self.run_any(1)
        self.assert_together()
        self.only("INBOX", "Other")
        self.sync()

    def test_a_mailbox_that_cannot_be_opened(self):
        self.serve()
        self.server.mailboxes["Closed"] = Mailbox()
        self.server.hooks["SELECT"] = lambda _s, _t, rest: \
            "TAG NO [NOPERM] not yours" if rest.startswith("Closed") else None
        run = self.run_any(1)
        self.assertRegex(run.err, r"test/Closed: .*not yours.*leave it out of `folders`")
        self.assertEqual(len(self.near.files("INBOX")), 4)
        self.assertEqual(self.near.folders(), ["INBOX", "Other"])
        self.only("**", "!Closed")
        self.assertEqual(self.sync().err, "")

    def test_a_mailbox_that_takes_nothing(self):
        """As of a search that is kept: what is put there stays here, said with a way out, and all else goes."""
        self.serve()
        self.server.mailboxes["Virtual"] = Mailbox()
        self.server.mailboxes["Virtual"].add(mail.message(70))
        self.sync()
        self.server.hooks["APPEND"] = lambda _s, _t, rest: \
            "TAG NO [CANNOT] a virtual mailbox" if rest.startswith("Virtual") else None
        self.near.add("Virtual", mail.to_near(mail.message(71)), "S")
        self.near.add("INBOX", mail.to_near(mail.message(51)), "S")
        run = self.run_any(1)
        self.assertIn("a virtual mailbox", run.err)
        self.assertIn("direction = pull", run.err)
        self.assertEqual(len(self.inbox.messages), 5)
        self.write_channels(("virtual", "folders", "Virtual", "direction", "pull"),
                            ("rest", "folders", "**"), timeout="5s")
        self.assertEqual(self.sync().err, "")
        self.assert_quiet()
