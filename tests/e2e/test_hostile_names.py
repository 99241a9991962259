"""Servers with folder names that lead out of the Maildir, collide, or are too much of everything."""

import base64
import os
import re
import unicodedata

from harness import mail
from harness.hostile import HostileCase
from harness.scripted import Mailbox

STRAY = ("../escape", "/etc/escape", "a/../../escape", "a/../b", "..", ".", "...", "", "/", "//",
         "a//b", "a/", "/a", "cur", "new", "tmp", "INBOX/cur", "INBOX/tmp/x", "a/new/cur", ".hidden",
         "a/.hidden", "%2E%2E", "a/%2e%2e/b", "%00", "&AC8-etc", "&AC4ALg-", "&AAA-", "&AAoADQ-", "~",
         "~root", "$HOME", "$(touch escape)", "-rf", "*", "%", "\x7f", "\x1b[2J", "a\tb", "c:", "NUL",
         "x" * 255, "x" * 256, "x" * 5000, "x/" * 40 + "x")


def encode(name):
    """In modified UTF-7 (RFC 9051 section A.1); only for names without "&"."""
    def shift(match):
        data = base64.b64encode(match.group().encode("utf-16-be")).decode()
        return "&" + data.rstrip("=").replace("/", ",") + "-"

    return re.sub("[^ -~]+", shift, name)


class HostileNames(HostileCase):
    def list_also(self, *names, delimiter='"/"'):
        for name in names:
            data = name if isinstance(name, bytes) else name.encode()
            self.server.extra_list.append(b'* LIST () %s {%d}\r\n%s\r\n' % (
                delimiter.encode(), len(data), data))

    def assert_inside(self):
        """Below the root only Maildirs, above it only what was there; no file of before changed."""
        after = self.view()
        for path, data in self.before.items():
            if data is None or not path.startswith(self.near.root):
                self.assertEqual(after.get(path), data, path)
        for path in set(after) - set(self.before):
            self.assertTrue(path.startswith(self.near.root + "/"), path)
            for part in path[len(self.near.root) + 1:].split("/"):
                self.assertFalse(part.startswith("."), path)
                self.assertTrue(part.isprintable(), path)

    def accept_all(self):
        """The server has every folder that it lists."""
        def select(session, _tag, rest):
            name = rest.strip('"')
            if name not in self.server.mailboxes and name not in self.extra:
                self.extra[name] = Mailbox()
                self.extra[name].add(mail.message(len(self.extra), seed=name))
            box = self.extra.get(name)
            if box is None:
                return None
            session.selected = box
            session.send(f"* {len(box.messages)} EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n"
                         f"* OK [UIDNEXT {box.uidnext}] ok")
            return "TAG OK [READ-WRITE] selected"

        self.extra = {}
        self.server.hooks["SELECT"] = select

    def test_names_that_turn_the_terminal_around(self):
        """Seen as what they are in every message; JSON has the name as it is."""
        names = ("gpj.\u202etxe", "\u2066a\u2069", "a\u200bb", "x\u2028y", "\U000e0041")
        self.serve()
        for name in names:
            self.server.mailboxes[encode(name)] = Mailbox()
            self.server.mailboxes[encode(name)].add(mail.message(1))
        runs = [self.sync("-n"), self.sync("-v"), self.navette("list"), self.navette("status")]
        self.server.hooks["SELECT"] = "TAG NO [CORRUPTION] broken"
        for box in self.server.mailboxes.values():
            box.add(mail.message(2))
        runs += [self.sync(status=1), self.navette("status")]
        for run in runs:
            for line in (run.out + run.err).split("\n"):
                self.assertTrue(line.replace("\t", " ").isprintable(), run)
        self.assertIn("test/gpj.\\u202Etxe", runs[-2].err)
        for command in ("list", "status"):
            objects = self.navette(command, "--json").objects()
            found = {o["folder"] for o in objects if o.get("folder")}
            self.assertEqual(found, {"INBOX", *names}, command)

    def test_names_that_lead_astray(self):
        self.serve()
        self.settle()
        self.accept_all()
        for name in STRAY:
            with self.subTest(name=name):
                self.server.extra_list.clear()
                self.list_also(name)
                self.attack("-n", status=(0, 1))
                self.assert_untouched()

    def test_all_of_them_at_once(self):
        self.serve()
        self.settle()
        self.list_also(*STRAY)
        self.accept_all()
        self.attack(status=(1,), lines=60)
        self.assert_inside()
        run = self.attack(status=(1,), lines=60)
        self.assertEqual(run.out, "", "the second run has nothing to do")

    def test_nul_and_line_ends_in_names(self):
        for name in (b"a\0b", b"a\r\nb", b"\n", b"\r\n* BYE", b"\xff\xfe", b"\xc0\xae\xc0\xae"):
            with self.subTest(name=name):
                self.serve()
                self.settle()
                self.accept_all()
                self.list_also(name)
                self.attack(status=(0, 1))
                self.assert_inside()

    def test_ten_thousand_levels(self):
        self.serve()
        self.settle()
        self.list_also("x/" * 10_000 + "y", "a" * 60_000)
        self.attack(status=(1,), says=["too deep"])
        self.assert_inside()
        self.assert_heals()

    def test_names_that_become_one(self):
        """One folder, two mailboxes: the second is named and left alone, in every run."""
        entwurfe = "Entw\u00fcrfe"
        for one, two in (("Entw&APw-rfe", entwurfe), ("a&-b", "a&AC Y-b".replace(" ", "")),
                         ("a&b", "a&-b"), ("%2e", "%2E")):
            with self.subTest(one=one, two=two):
                self.serve()
                self.settle()
                self.accept_all()
                self.list_also(one, two)
                first = self.attack(status=(0, 1), lines=6)
                self.assert_inside()
                folders = self.near.folders()
                second = self.attack(status=(0, 1), lines=6)
                self.assertEqual(second.err, first.err)
                self.assertEqual(self.near.folders(), folders)
                for folder in folders:
                    bodies = [m[0] for m in self.near.messages(folder).values()]
                    self.assertEqual(len(bodies), len(set(bodies)), folder)

    def test_names_that_differ_in_case_or_form_only(self):
        """Two folders where the file system takes them for two."""
        self.serve()
        self.settle()
        names = ["Lists", "lists", "LISTS", "caf\u00e9", unicodedata.normalize("NFD", "caf\u00e9")]
        for number, name in enumerate(names):
            encoded = {"caf\u00e9": "caf&AOk-"}.get(name, name.replace("\u0301", "&AwE-"))
            self.server.mailboxes[encoded] = Mailbox()
            self.server.mailboxes[encoded].add(mail.message(number, seed="form"))
        self.attack(status=(0,))
        for number, name in enumerate(names):
            self.assertEqual([m[0] for m in self.near.messages(name).values()],
                             [mail.to_near(mail.message(number, seed="form"))])
        self.assert_quiet()

    def test_two_names_of_one_directory(self):
        """What a file system that ignores case does to two names, a link does as well."""
        self.serve()
        self.settle()
        os.symlink("Other", os.path.join(self.near.root, "OTHER"))
        self.server.mailboxes["OTHER"] = Mailbox()
        self.server.mailboxes["OTHER"].add(mail.message(91))
        for _run in range(2):
            self.attack(status=(1,), says=["Other", "OTHER", "one directory"])
            far = sorted(mail.to_near(m.body) for name in ("Other", "OTHER")
                         for m in self.server.mailboxes[name].messages)
            self.assertEqual(far, sorted(mail.to_near(mail.message(i)) for i in (90, 91)))
            self.assertLessEqual(len(self.near.files("Other")), 1)
        os.unlink(os.path.join(self.near.root, "OTHER"))
        self.assert_heals()

    def test_a_new_name_of_a_directory_that_is_there(self):
        self.serve()
        self.settle()
        os.makedirs(os.path.join(self.near.root, "deep"))
        os.symlink("..", os.path.join(self.near.root, "deep", "up"))
        self.server.mailboxes["deep/up/Other"] = Mailbox()
        self.server.mailboxes["deep/up/Other"].add(mail.message(91))
        self.attack(status=(1,), says=["deep/up/Other"])
        self.assertEqual(len(self.near.files("Other")), 1)
        self.assertEqual(len(self.server.mailboxes["Other"].messages), 1)
        del self.server.mailboxes["deep/up/Other"]
        self.assert_heals()

    def test_a_link_that_leads_out(self):
        """A link is the user's own: mail may go there, but nothing that is there changes."""
        self.serve()
        self.settle()
        outside = os.path.join(self.directory, "outside")
        os.makedirs(os.path.join(outside, "plain"))
        for name in ("file", "plain/file"):
            with open(os.path.join(outside, name), "w", encoding="ascii") as f:
                f.write("mine")
        os.symlink(outside, os.path.join(self.near.root, "link"))
        self.before = self.view()
        self.accept_all()
        self.list_also("link/file", "link/../x", "link/plain/cur", "link/.ssh")
        self.attack(status=(0, 1))
        after = self.view()
        for path, data in self.before.items():
            if path.startswith(outside):
                self.assertEqual(after.get(path), data, path)
        self.assertEqual(sorted(os.listdir(outside)), ["%2E.", "%2Essh", "file", "plain"])

    def test_delimiters(self):
        for lines in (('"/"', '"."'), ('"."', "NIL"), ("NIL", '"/"'), ('"."', '"."'),
                      ('"\\\\"', '"\\""'), ('"/"', '"%"'), ('"/"', '"&"'), ('"-"', '"a"'),
                      ('"//"', '"/"'), ("{1}\r\n\0", '"/"'), ('"\x01"', '"/"'), ("()", '"/"')):
            with self.subTest(lines=lines):
                self.serve()
                self.settle()
                self.accept_all()
                for delimiter in lines:
                    self.list_also("INBOX.sub/..x", "..a.b", "a-b%c&-d\\e", delimiter=delimiter)
                self.attack(status=(0, 1, 3), lines=12)
                self.assert_inside()

    def test_a_hundred_thousand_folders(self):
        self.serve()
        self.settle()
        lines = [f'* LIST () "/" "f{(number * 7919) % 100_000}"' for number in range(100_000)]
        self.server.extra_list.append("\r\n".join(lines))
        run, _peak = self.measured("sync", "test/INBOX")
        self.assertEqual(run.status, 0, run)
        self.assertEqual(self.near.folders(), ["INBOX", "Other"])
        self.server.extra_list[:] = [f'* LIST () "/" "{number}{"x" * 60_000}"'
                                     for number in range(600)]
        self.before, self.state = self.view(), self.read_state()
        self.attack("test/INBOX", status=(1,), says=["more mailboxes"])
        self.assert_untouched()
        self.assert_heals()
