"""What a run costs on the wire, as exact upper bounds: how often the client waits (a relay counts when it speaks
after it was told something, its LOGOUT included) and how many bytes go each way. None of it depends on how fast
the machine is."""

import os

from harness import mail, relay
from harness.case import Case
from harness.scripted import Mailbox, ScriptedServer

# The greeting is not the client's turn; login, the flight with LIST, and LOGOUT are.
IDLE = 3
SELECT = STORE = FETCH = APPEND = CONFIRM = 1


class Turns(Case):
    def begin(self, folders, count, **keys):
        self.server = self.start_dovecot()
        self.relay = relay.Relay(self.server.port)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, auth="plain", max_delete="none", **keys)
        for number in range(folders):
            folder = f"Folder{number:02d}" if number else "INBOX"
            self.server.deliver(folder, [mail.message(i, seed=folder) for i in range(count)])
        self.far = self.connect(self.server)
        self.sync()

    def costs(self, turns, up, down):
        """Runs and holds what it cost against the bounds; returns the bytes."""
        self.relay.reset()
        self.sync()
        seen = (self.relay.turns, self.relay.bytes_up, self.relay.bytes_down)
        print(f"{seen[0]} turns of {turns}, {seen[1]} of {up} bytes up, {seen[2]} of {down} down")
        self.assertLessEqual(seen[0], turns)
        self.assertLessEqual(seen[1], up)
        self.assertLessEqual(seen[2], down)
        self.assertEqual(self.relay.connections, 1)
        self.assert_same()
        self.assert_quiet()
        return seen[1:]

    def files(self, count, letters="S"):
        return [file for file in self.near.files("INBOX") if file[1].endswith(letters)][:count]

    def test_nothing_to_do_in_42_folders(self):
        self.begin(42, 2)
        self.costs(IDLE, 260, 5_600)

    def test_empty_folders_without_a_modseq(self):
        """LIST-STATUS tells that a mailbox is as empty as it was: nothing is asked for it."""
        server = self.server = ScriptedServer("IMAP4rev1 LIST-EXTENDED LIST-STATUS UIDPLUS")
        self.addCleanup(server.stop)
        for number in range(40):
            server.mailboxes[f"Empty{number:02d}"] = Mailbox()
        server.mailboxes["Full"] = Mailbox()
        server.mailboxes["INBOX"].add(mail.message(1), ["\\Seen"])
        server.mailboxes["Full"].add(mail.message(2), ["\\Seen"])
        self.write_config()
        self.sync()
        self.selects(["Full", "INBOX"])
        server.mailboxes["Empty07"].add(mail.message(3), ["\\Seen"])
        self.selects(["Empty07", "Full", "INBOX"])
        self.selects(["Empty07", "Full", "INBOX"])
        server.mailboxes["Empty07"].messages.clear()
        self.selects(["Empty07", "Full", "INBOX"])
        self.assertEqual(self.near.files("Empty07"), [])
        server.mailboxes["Empty08"].uidvalidity += 1
        self.near.add("Empty09", mail.to_near(mail.message(4)), "S")
        self.selects(["Empty08", "Empty09", "Full", "INBOX"])
        self.assertEqual(len(server.mailboxes["Empty09"].messages), 1)
        self.selects(["Empty09", "Full", "INBOX"])
        self.assertLessEqual(len(server.log), 20, server.log)

    def selects(self, names):
        """Which mailboxes the next run opens; the first may change their marks."""
        self.server.log.clear()
        self.sync()
        opened = [line.split()[2].strip('"') for line in self.server.log if " SELECT " in line]
        self.assertEqual(sorted(set(opened)), names)

    def test_100_flags_far(self):
        self.begin(1, 300)
        self.far.store("INBOX", b"1:100", "+FLAGS", "\\Flagged")
        self.costs(IDLE + SELECT, 300, 7_000)

    def test_100_flags_near(self):
        self.begin(1, 300)
        for file in self.files(100):
            self.near.set_letters("INBOX", file, "FS")
        self.costs(IDLE + SELECT + STORE + CONFIRM, 400, 11_100)

    def test_100_new_far(self):
        self.begin(1, 300)
        for i in range(100):
            self.far.append("INBOX", mail.message(1000 + i))
        self.costs(IDLE + SELECT + FETCH, 380, 84_000)

    def test_100_new_near(self):
        self.begin(1, 300)
        for i in range(100):
            self.near.add("INBOX", mail.to_near(mail.message(1000 + i)), "S")
        # The answers to a long APPEND may come in pieces, which are no waits.
        self.costs(IDLE + SELECT + APPEND + CONFIRM + 1, 70_000, 7_000)

    def test_100_removed_far(self):
        self.begin(1, 300)
        self.far.remove("INBOX", b"1:100")
        self.costs(IDLE + SELECT, 300, 1_450)

    def test_100_removed_near(self):
        self.begin(1, 300)
        for file in self.files(100):
            self.near.remove("INBOX", file)
        self.costs(IDLE + SELECT + STORE + CONFIRM, 415, 2_000)

    def test_a_large_folder_costs_no_more_than_a_small_one(self):
        """Ten times the messages, the same changes."""
        self.begin(1, 3000)
        self.far.store("INBOX", b"1:100", "+FLAGS", "\\Flagged")
        self.costs(IDLE + SELECT, 300, 7_000)
        for file in self.files(100):
            self.near.set_letters("INBOX", file, "RS")
        self.costs(IDLE + SELECT + STORE + CONFIRM, 440, 11_300)
        self.costs(IDLE, 260, 1_050)

    def test_a_first_sync_of_four_folders(self):
        self.begin(1, 1)
        for number in range(1, 5):
            folder = f"Folder{number:02d}"
            self.server.deliver(folder, [mail.message(i, seed=folder) for i in range(70)])
        # One flight of SELECTs for all, and one of SELECT and FETCH for all.
        self.costs(IDLE + SELECT + FETCH, 940, 220_000)
        self.assertEqual(len(os.listdir(os.path.join(self.near.path("Folder04"), "cur"))), 70)

    def in_each(self, act):
        for number in range(4):
            act(f"Folder{number:02d}" if number else "INBOX")

    def test_changes_in_four_folders(self):
        """The mailbox of the next is opened behind the last command in the one before."""
        self.begin(4, 60)

        def flag(folder):
            for file in self.near.files(folder)[:10]:
                self.near.set_letters(folder, file, "FS")
        self.in_each(flag)
        self.costs(IDLE + SELECT + 4 * STORE + CONFIRM, 1_000, 12_000)

        def remove(folder):
            for file in self.near.files(folder)[:10]:
                self.near.remove(folder, file)
        self.in_each(remove)
        self.costs(IDLE + SELECT + 4 * STORE + CONFIRM, 1_100, 12_000)
        self.in_each(lambda folder: self.far.append(folder, mail.message(2000, seed=folder)))
        self.costs(IDLE + SELECT + FETCH, 1_000, 12_000)
