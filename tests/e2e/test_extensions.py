"""Every extension is used where it is offered and not where it is not, and every combination of them ends in
the same mail on both sides: one history, on a real server from which extensions are taken away, and with
navette told to do without them."""

import hashlib
import re

from harness import mail, relay
from harness.case import Case
from harness.cyrus import Cyrus

# An extension, what shows on the wire that it is used, and those that make no sense without it.
TABLE = [
    ("CONDSTORE", rb"CONDSTORE|CHANGEDSINCE|HIGHESTMODSEQ|QRESYNC", ("QRESYNC",)),
    ("ENABLE", rb" ENABLE |\(QRESYNC", ("QRESYNC",)),
    ("ESEARCH", rb"SEARCH RETURN", ()),
    ("ID", rb" ID \(", ()),
    ("LIST-EXTENDED", rb" RETURN \((SUBSCRIBED|SPECIAL-USE|STATUS)", ("LIST-STATUS", "SPECIAL-USE")),
    ("LIST-STATUS", rb"STATUS \(", ()),
    ("LITERAL+", rb"\{\d+\+\}", ()),
    ("MULTIAPPEND", rb"\r\n \([^)\r\n]*\) \"[^\"\r\n]+\" \{\d+", ()),
    ("NAMESPACE", rb" NAMESPACE\r", ()),
    ("QRESYNC", rb"QRESYNC", ()),
    ("SASL-IR", rb"AUTHENTICATE PLAIN \S", ()),
    ("SPECIAL-USE", rb"SPECIAL-USE", ()),
    ("UIDPLUS", rb"UID EXPUNGE", ()),
]
NAMES = [name for name, _shown, _with in TABLE]
# Offered as well, but needed for things that are not done here.
OTHERS = ["UNSELECT", "MOVE", "BINARY"]
SERVERS = {
    # What some of them offer after the login, of what navette knows (shared knowledge of the field).
    "like_gmail": "UNSELECT IDLE NAMESPACE QUOTA ID UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE "
                  "ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE SASL-IR",
    "like_exchange": "AUTH=PLAIN SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+",
    "like_yahoo": "ID MOVE NAMESPACE UIDPLUS LITERAL+ CHILDREN UNSELECT SASL-IR",
    "like_courier": "UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT IDLE",
    "plain": "",
    "condstore_without_enable": "CONDSTORE UIDPLUS LITERAL+ SASL-IR",
    "condstore_without_esearch": "CONDSTORE ENABLE UIDPLUS LIST-EXTENDED LIST-STATUS",
    "without_uidplus_and_literals": "CONDSTORE ENABLE QRESYNC MULTIAPPEND LIST-EXTENDED LIST-STATUS",
}


class Scenario:
    """Two rounds of changes on both sides, and what must come of them."""

    folders = {"INBOX": "INBOX", "Lists/a": "Lists/a", "Lists/b": "Lists/b", "Entwürfe":
               "Entw&APw-rfe", "Trash": "Trash"}

    def begin(self, capability=None, disabled=None, **keys):
        if capability is not None:
            capability = "IMAP4rev1 " + capability
        self.server = self.serve(capability)
        self.relay = relay.Relay(self.server.port, record=True)
        self.addCleanup(self.relay.stop)
        self.far = self.connect(self.server)
        self.write_config(port=self.relay.port, auth="plain", max_delete="none",
                          disable_extensions=disabled, **keys)
        self.expected = {name: {} for name in self.folders}
        self.number = 0

    def serve(self, capability):
        return self.start_dovecot(capability=capability)

    def new(self, folder, letters=""):
        self.number += 1
        body = mail.message(self.number, seed="matrix", eight_bit=self.number % 3 == 0)
        self.expected[folder][self.number] = set(letters)
        return body, 1_500_000_000 + self.number

    def add_far(self, folder, letters=""):
        body, when = self.new(folder, letters)
        flags = " ".join({"S": "\\Seen", "F": "\\Flagged", "R": "\\Answered"}[l] for l in letters)
        self.far.append(self.folders[folder], body, flags, when)

    def add_near(self, folder, letters=""):
        body, when = self.new(folder, letters)
        self.near.add(folder, mail.to_near(body), letters, "cur", when, f"{self.number}.matrix")

    def uid(self, folder, number):
        return self.uids(folder)[number]

    def uids(self, folder):
        return {self.number_of(m[0]): uid
                for uid, m in self.far.messages(self.folders[folder]).items()}

    def file(self, folder, number):
        return self.near.find(folder, f"<matrix.{number}@".encode())

    @staticmethod
    def number_of(body):
        return int(re.search(rb"<matrix\.(\d+)@", body).group(1))

    def check(self):
        for near, far in self.folders.items():
            self.assert_same(near, far)
            seen = sorted((m[0], m[1]) for m in self.near.messages(near).values())
            wanted = sorted(
                (mail.to_near(mail.message(n, seed="matrix", eight_bit=n % 3 == 0)),
                 "".join(sorted(letters))) for n, letters in self.expected[near].items())
            self.assertEqual([(hashlib.sha256(b).hexdigest(), l) for b, l in seen],
                             [(hashlib.sha256(b).hexdigest(), l) for b, l in wanted], near)
        self.assert_quiet()

    def first_round(self):
        for near, far in self.folders.items():
            if far not in ("INBOX", "Lists/b"):
                self.far.create(far)
        for folder in ("INBOX", "Lists/a", "Trash"):
            for letters in ("", "S", "FS", "S"):
                self.add_far(folder, letters)
        self.far.create("Lists/b")
        for folder in ("INBOX", "Entwürfe"):
            self.near.create(folder)
            for letters in ("S", "", "RS"):
                self.add_near(folder, letters)
        self.sync()
        self.check()

    def second_round(self):
        numbers = {folder: sorted(self.expected[folder]) for folder in self.folders}
        far, near = self.uids("INBOX"), {n: self.file("INBOX", n) for n in numbers["INBOX"]}
        one, two, three, four, five, six, seven = numbers["INBOX"]
        # Flags of both sides to one message, a removal on each side, and new mail everywhere.
        self.far.store("INBOX", str(far[one]).encode(), "+FLAGS", "\\Answered")
        self.near.set_letters("INBOX", near[one], "F")
        self.expected["INBOX"][one] = set("FR")
        self.near.set_letters("INBOX", near[two], "")
        self.expected["INBOX"][two] = set()
        self.far.remove_only("INBOX", far[three])
        self.near.remove("INBOX", near[four])
        self.far.remove_only("INBOX", far[five])
        self.near.remove("INBOX", near[five])
        for gone in (three, four, five):
            del self.expected["INBOX"][gone]
        self.far.store("INBOX", str(far[six]).encode(), "FLAGS", "\\Seen \\Flagged")
        self.expected["INBOX"][six] = set("FS")
        # A removal against a change that counts: the message stays.
        self.near.remove("INBOX", near[seven])
        self.far.store("INBOX", str(far[seven]).encode(), "+FLAGS", "\\Flagged")
        self.expected["INBOX"][seven] = set("FRS")
        for folder in self.folders:
            self.add_far(folder, "S")
            self.add_near(folder, "S")
            self.add_near(folder, "F")
        self.sync()
        self.check()

    def live(self):
        self.first_round()
        self.second_round()

    def sent(self):
        return bytes(self.relay.sent)

    def assert_not_used(self, names):
        for name, shown, _with in TABLE:
            if name in names:
                self.assertIsNone(re.search(shown, self.sent(), re.MULTILINE),
                                  f"{name} was used, though it is not offered")


class Matrix(Scenario, Case):
    def test_all_are_used(self):
        self.begin(" ".join(NAMES + OTHERS))
        self.live()
        for name, shown, _with in TABLE:
            self.assertIsNotNone(re.search(shown, self.sent(), re.MULTILINE), f"{name} is not used")

    def test_literal_minus(self):
        self.begin(" ".join(n for n in NAMES + OTHERS if n != "LITERAL+") + " LITERAL-")
        self.live()
        sizes = [int(size) for size in re.findall(rb"\{(\d+)\+\}", self.sent())]
        self.assertTrue(sizes)
        self.assertLessEqual(max(sizes), 4096)

    def test_compressed(self):
        self.server_options = {"compress": True}
        self.begin(" ".join(NAMES + OTHERS) + " COMPRESS=DEFLATE", compress="yes")
        self.live()
        self.assertIn(b"COMPRESS DEFLATE\r\n", self.sent())

    def test_compression_disabled(self):
        self.server_options = {"compress": True}
        self.begin(" ".join(NAMES + OTHERS) + " COMPRESS=DEFLATE", "COMPRESS=DEFLATE",
                   compress="yes")
        self.live()
        self.assertNotIn(b"COMPRESS", self.sent())

    def test_all_disabled(self):
        self.begin(None, " ".join(NAMES + OTHERS + ["LITERAL-", "IMAP4REV2"]))
        self.live()
        self.assert_not_used(NAMES)

    def serve(self, capability):
        return self.start_dovecot(capability=capability, **getattr(self, "server_options", {}))


def add_rows():
    """Two tests for each extension: taken away from the server, and from navette."""

    def without(name, dependents, at_server):
        def test(self):
            gone = {name, *dependents}
            if at_server:
                self.begin(" ".join(n for n in NAMES + OTHERS if n not in gone))
            else:
                self.begin(None, name)
            self.live()
            self.assert_not_used([name])
        return test

    def like(capability):
        def test(self):
            self.begin(capability.replace(" COMPRESS=DEFLATE", "").replace(" UTF8=ACCEPT", ""))
            self.live()
            self.assert_not_used([n for n in NAMES if n not in capability.split()
                                  and not (n == "LITERAL+" and "LITERAL-" in capability)])
        return test

    for name, _shown, dependents in TABLE:
        word = re.sub(r"\W", "_", name.replace("+", "_plus")).lower()
        setattr(Matrix, f"test_server_without_{word}", without(name, dependents, True))
        setattr(Matrix, f"test_navette_without_{word}", without(name, dependents, False))
    for word, capability in SERVERS.items():
        setattr(Matrix, f"test_server_{word}", like(capability))


add_rows()


class OnCyrus(Scenario, Case):
    def serve(self, _capability):
        return self.start_server(Cyrus)

    def test_as_it_is(self):
        self.begin()
        self.live()

    def test_all_disabled(self):
        self.begin(None, " ".join(NAMES + OTHERS + ["COMPRESS=DEFLATE", "LITERAL-"]))
        self.live()
        self.assert_not_used(NAMES)
