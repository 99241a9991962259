"""Quirks of mailbox names that servers were seen with."""

import os

from harness import mail
from harness.quirks import QuirkCase
from harness.scripted import Mailbox


class Names(QuirkCase):
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
