"""A reader renames a file in the moment between navette's look at the folder and its change of that file: what the
other side did to that message is not lost, and not done twice."""

from harness import mail, relay
from harness.case import Case


class Races(Case):
    in_memory = False
    capability = None

    def setUp(self):
        super().setUp()
        self.standard(capability=self.capability)
        self.relay = relay.Relay(self.server.port)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, auth="plain", compress="no", max_delete="none")

    def begin(self, count=3):
        self.bodies = [mail.message(i) for i in range(count)]
        for body in self.bodies:
            self.far.append("INBOX", body)
        self.sync()

    def find(self, number):
        return self.near.find("INBOX", b".%d@example.org>" % number)

    def rename_during(self, word, number, letters):
        """The reader gives message NUMBER other letters when navette sends a command with WORD."""
        file = self.find(number)
        done = []

        def reader(data):
            if word in data and not done:
                done.append(self.near.set_letters("INBOX", file, letters))

        self.relay.on_sent = reader
        self.sync()
        self.relay.on_sent = None
        self.assertTrue(done, f"nothing with {word} was sent")

    def letters(self, number):
        return self.near.messages("INBOX")[self.find(number)[1]][1]

    def settle(self, count):
        self.sync()
        self.assert_same(count=count)
        self.assert_quiet()

    def test_a_flag_of_the_server_comes_although_the_file_had_moved(self):
        self.begin()
        uids = self.far.uids("INBOX")
        self.far.store("INBOX", uids[0], "+FLAGS", "\\Flagged")
        self.near.set_letters("INBOX", self.find(1), "S")
        self.rename_during(b"STORE", 0, "R")
        self.settle(3)
        self.assertEqual(self.letters(0), "FR")

    def test_a_removal_on_the_server_is_done_although_the_file_had_moved(self):
        self.begin()
        self.far.remove("INBOX", self.far.uids("INBOX")[0])
        self.near.set_letters("INBOX", self.find(1), "F")
        self.rename_during(b"STORE", 0, "S")
        self.settle(2)

    def test_a_message_of_both_sides_is_not_sent_although_the_file_had_moved(self):
        self.begin(1)
        body = mail.message(7)
        self.far.append("INBOX", body, "\\Flagged")
        self.near.add("INBOX", mail.to_near(body), "S")
        self.rename_during(b"STORE", 7, "RS")
        self.settle(2)
        self.assertEqual(self.letters(7), "FRS")

    def test_flags_changed_while_other_mail_is_on_its_way_up(self):
        self.begin(1)
        for i in range(10, 60):
            self.near.add("INBOX", mail.to_near(mail.message(i, size=300_000)))
        done = []

        def reader(data):
            if b"APPEND" in data and not done:
                done.append(True)
                for i in range(50, 60):
                    self.near.set_letters("INBOX", self.find(i), "FS" if i % 2 else "R")

        self.relay.on_sent = reader
        self.sync()
        self.relay.on_sent = None
        self.assertTrue(done, "nothing was sent")
        self.settle(51)
        self.assertEqual(self.letters(59), "FS")


class RacesWithCondstore(Races):
    capability = ("IMAP4rev1 SASL-IR LITERAL+ UIDPLUS ENABLE CONDSTORE LIST-EXTENDED LIST-STATUS ESEARCH "
                  "MULTIAPPEND")


class RacesOnPlainImap(Races):
    capability = "IMAP4rev1"
