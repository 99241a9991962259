"""A run that looks at what changed only, and several connections at a time: nothing may go unseen."""

import imaplib
import os
import re
import shutil
import socket
import threading
import time

from harness import mail, relay
from harness.case import Case
from harness.cyrus import Cyrus
from harness.scripted import ScriptedServer

CONDSTORE = "IMAP4rev1 SASL-IR LITERAL+ UIDPLUS ENABLE CONDSTORE LIST-EXTENDED LIST-STATUS ESEARCH"
PLAIN = "IMAP4rev1 SASL-IR UIDPLUS"


class Interfering(relay.Relay):
    """Calls DO once, before the bytes that hold WORD go on to the server."""

    word = None
    do = None

    def count(self, data, down):
        if not down and self.word and self.word in data:
            self.word = None
            self.do()
        return super().count(data, down)


class Fragile(relay.Relay):
    """Breaks the second connection once it has carried much, and lets nobody in after that."""

    broke = False
    second = None
    carried = 0

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.broke:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.target))
            self.connections += 1
            if self.connections == 2:
                self.second = server
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source, sink):
        try:
            while data := source.recv(65536):
                if source is self.second:
                    self.carried += len(data)
                    if self.carried > 50_000:
                        self.broke = True
                        break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Incremental:
    """The tests; the classes below say on which server."""

    folders = ("INBOX", "Lists")
    idle_turns = 3
    look_turns = 1  # one flight of SELECTs

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.far = self.connect(self.server)
        self.relay = Interfering(self.server.port, record=True)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, auth="plain", max_delete="none")
        self.far.create("Lists")
        for folder in self.folders:
            for i in range(10):
                self.far.append(folder, mail.message(i, seed=folder), "\\Seen" if i % 2 else "")
        self.sync()
        self.assert_all_same(10)

    def assert_all_same(self, *counts):
        for i, folder in enumerate(self.folders):
            self.assert_same(folder, count=counts[i % len(counts)])

    def file(self, folder, number):
        return self.near.find(folder, f"<{folder}.{number}@".encode())

    def uid(self, folder, number):
        for uid, message in self.far.messages(folder).items():
            if f"<{folder}.{number}@".encode() in message[0]:
                return uid
        raise AssertionError(f"no message {number} in {folder}")

    def interfere(self, word, do):
        self.relay.word, self.relay.do = word, do

    def settle(self, *counts):
        """What went unseen in the last run is found by the next one, and then there is rest."""
        self.sync()
        self.assert_all_same(*counts)
        self.assert_quiet()

    def test_an_idle_run_asks_for_the_list_alone(self):
        self.relay.reset()
        self.sync()
        sent = bytes(self.relay.sent)
        if b"LIST-STATUS" in bytes(self.relay.received) or b"STATUS (" in sent:
            self.assertNotIn(b"SELECT", sent)
            self.assertLessEqual(self.relay.turns, self.idle_turns)
        self.assertLessEqual(self.relay.turns, self.idle_turns + self.look_turns)

    def test_each_kind_of_far_change_alone(self):
        self.far.store("INBOX", str(self.uid("INBOX", 3)).encode(), "+FLAGS", "\\Flagged")
        self.settle(10)
        self.far.append("Lists", mail.message(20, seed="Lists"))
        self.settle(10, 11)
        self.far.remove_only("INBOX", self.uid("INBOX", 4))
        self.settle(9, 11)
        # As many messages as before, and yet not the same.
        self.far.remove_only("Lists", self.uid("Lists", 5))
        self.far.append("Lists", mail.message(21, seed="Lists"))
        self.settle(9, 11)
        self.far.store("Lists", str(self.uid("Lists", 6)).encode(), "+FLAGS", "holiday")
        self.settle(9, 11)

    def test_each_kind_of_near_change_alone(self):
        self.near.set_letters("INBOX", self.file("INBOX", 3), "FS")
        self.settle(10)
        self.near.add("Lists", mail.to_near(mail.message(20, seed="Lists")), "S")
        self.settle(10, 11)
        self.near.remove("INBOX", self.file("INBOX", 4))
        self.settle(9, 11)
        self.near.set_letters("Lists", self.file("Lists", 20), "")
        self.settle(9, 11)

    def test_others_change_the_server_while_we_store(self):
        """What comes between our listing and our own change has a lower modseq than that."""
        other = self.connect(self.server)

        def change():
            other.store("INBOX", str(uid).encode(), "+FLAGS", "\\Answered")
            other.append("INBOX", mail.message(20, seed="INBOX"))
            other.remove_only("INBOX", gone)

        uid, gone = self.uid("INBOX", 1), self.uid("INBOX", 2)
        self.near.set_letters("INBOX", self.file("INBOX", 3), "FS")
        self.interfere(b"STORE", change)
        self.sync()
        self.assertIsNone(self.relay.word)
        self.settle(10)

    def test_others_change_the_server_while_we_append(self):
        other = self.connect(self.server)

        def change():
            other.append("INBOX", mail.message(20, seed="INBOX"), "\\Seen")
            other.store("INBOX", str(uid).encode(), "+FLAGS", "\\Answered")

        uid = self.uid("INBOX", 1)
        self.near.add("INBOX", mail.to_near(mail.message(21, seed="INBOX")), "S")
        self.interfere(b"APPEND", change)
        self.sync()
        self.assertIsNone(self.relay.word)
        self.settle(12, 10)

    def test_others_change_the_server_while_we_remove(self):
        other = self.connect(self.server)

        def change():
            other.append("INBOX", mail.message(20, seed="INBOX"), "\\Seen")
            other.remove_only("INBOX", gone)

        gone = self.uid("INBOX", 1)
        self.near.remove("INBOX", self.file("INBOX", 5))
        self.interfere(b"EXPUNGE", change)
        self.sync()
        self.assertIsNone(self.relay.word)
        self.settle(9, 10)

    def test_others_change_the_server_while_we_fetch(self):
        other = self.connect(self.server)

        def change():
            other.store("INBOX", str(uid).encode(), "+FLAGS", "\\Answered")
            other.remove_only("INBOX", gone)

        uid, gone = self.uid("INBOX", 1), self.uid("INBOX", 2)
        self.far.append("INBOX", mail.message(20, seed="INBOX"))
        self.interfere(b"BODY.PEEK[]", change)
        self.sync()
        self.assertIsNone(self.relay.word)
        self.settle(10)

    def test_a_reader_changes_the_maildir_meanwhile(self):
        """While we wait for the server the scan is over already."""

        def change():
            self.near.set_letters("INBOX", self.file("INBOX", 1), "RS")
            self.near.add("INBOX", mail.to_near(mail.message(22, seed="INBOX")), "S")
            self.near.remove("INBOX", self.file("INBOX", 7))

        for word, do in ((b"STORE", lambda: self.near.set_letters(
                             "INBOX", self.file("INBOX", 3), "FS")),
                         (b"BODY.PEEK[]", lambda: self.far.append(
                             "INBOX", mail.message(20, seed="INBOX")))):
            with self.subTest(word=word):
                do()
                self.interfere(word, change)
                self.sync()
                self.assertIsNone(self.relay.word)
                change = self.change_again
        self.settle(11, 10)

    def change_again(self):
        self.near.set_letters("INBOX", self.file("INBOX", 9), "RS")

    def test_a_new_uidvalidity_and_nothing_else(self):
        """The Maildir did not change, and yet everything in it is new to this mailbox."""
        messages = self.far.messages("Lists")
        self.far.delete("Lists")
        self.far.create("Lists")
        for _uid, (body, letters, _keywords, date) in sorted(messages.items()):
            self.far.append("Lists", body, "\\Seen" if "S" in letters else "", date)
        self.relay.reset()
        self.sync()
        self.assertNotIn(b"BODY.PEEK[]", bytes(self.relay.sent))
        self.assertNotIn(b"APPEND", bytes(self.relay.sent))
        self.settle(10)

    def test_a_removal_that_was_refused_is_not_forgotten(self):
        """The guard stops a folder: the next run must see the same changes again."""
        self.write_config(port=self.relay.port, auth="plain")
        for i in range(10):
            self.far.remove_only("Lists", self.uid("Lists", i))
        for _ in range(2):
            run = self.sync(status=4)
            self.assertIn("--force-delete", run.err)
        self.assertEqual(len(self.near.files("Lists")), 10)
        self.sync("--restore")
        self.assert_all_same(10)
        self.assert_quiet()

    def test_a_message_that_failed_is_tried_again(self):
        """The folder's mark must not pass what was not done."""
        self.far.append("INBOX", mail.message(21, seed="INBOX"))
        tmp = os.path.join(self.near.path("INBOX"), "tmp")
        os.rmdir(tmp)
        os.symlink("/proc", tmp)  # nothing can be written there
        for _ in range(2):
            self.sync(status=1)
        os.unlink(tmp)
        os.mkdir(tmp)
        self.settle(11, 10)


class WithQresync(Incremental, Case):
    def serve(self):
        return self.start_dovecot()

    def test_the_server_loses_its_modseqs(self):
        """A rebuilt index counts from the beginning."""
        self.far.store("INBOX", b"1", "+FLAGS", "\\Flagged")
        self.sync()
        self.server.stop()
        home = os.path.join(self.server.directory, "home", "reader", "Maildir")
        for directory, _names, files in os.walk(home):
            for name in files:
                if name.startswith("dovecot.index"):
                    os.unlink(os.path.join(directory, name))
        self.server.start()
        self.far = self.connect(self.server)
        self.far.store("INBOX", b"2", "+FLAGS", "\\Answered")
        self.far.remove_only("INBOX", 3)
        self.settle(9, 10)

    def test_changes_are_told_and_nothing_else(self):
        self.far.store("INBOX", b"1:3", "+FLAGS", "\\Flagged")
        self.far.remove_only("INBOX", 5)
        self.far.append("INBOX", mail.message(20, seed="INBOX"))
        self.relay.reset()
        self.sync()
        received = bytes(self.relay.received)
        self.assertNotIn(b"1:*", bytes(self.relay.sent))
        # Three flags, the new message, and its body.
        self.assertEqual(len(re.findall(rb"^\* \d+ FETCH", received, re.MULTILINE)), 5)
        self.assertLessEqual(self.relay.turns, 5)
        self.assert_all_same(10)


class WithCondstore(Incremental, Case):
    def serve(self):
        return self.start_dovecot(capability=CONDSTORE)

    def test_removals_are_searched_only_when_there_are_any(self):
        self.far.store("INBOX", b"1", "+FLAGS", "\\Flagged")
        self.relay.reset()
        self.sync()
        self.assertIn(b"CHANGEDSINCE", bytes(self.relay.sent))
        self.assertNotIn(b"SEARCH", bytes(self.relay.sent))
        self.far.remove_only("INBOX", 2)
        self.relay.reset()
        self.sync()
        self.assertIn(b"SEARCH", bytes(self.relay.sent))
        self.assert_all_same(9, 10)


class WithNeither(Incremental, Case):
    def serve(self):
        return self.start_dovecot(capability=PLAIN)


class OnCyrus(Incremental, Case):
    def serve(self):
        return self.start_server(Cyrus)

    def setUp(self):
        super().setUp()
        # Cyrus offers COMPRESS; the relay is to see what goes over the wire.
        self.write_config(port=self.relay.port, auth="plain", max_delete="none", compress="no")


class Connections(Case):
    def fill(self, folders, count):
        for folder in folders:
            self.server.deliver(folder, [mail.message(i, seed=folder) for i in range(count)])

    def begin(self, **options):
        self.server = self.start_dovecot(**options)
        self.relay = relay.Relay(self.server.port)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, auth="plain")

    def test_a_large_folder_is_split_over_all_of_them(self):
        self.begin()
        self.fill(["INBOX"], 4200)
        self.sync()
        self.assertEqual(self.relay.connections, 3)  # 2,000 and 2,000 and 200
        self.far = self.connect(self.server)
        self.assert_same(count=4200)
        self.assert_quiet()
        self.assertEqual(os.listdir(os.path.join(self.near.path("INBOX"), "tmp")), [])

    def test_many_folders_are_shared_out(self):
        self.begin()
        folders = ["INBOX", "A", "B", "C", "D"]
        self.fill(folders, 250)
        self.sync()
        self.assertEqual(self.relay.connections, 4)
        self.far = self.connect(self.server)
        for folder in folders:
            self.assert_same(folder, count=250)
        self.assert_quiet()

    def test_one_is_enough_for_little(self):
        self.begin()
        self.fill(["INBOX", "A"], 50)
        self.sync()
        self.assertEqual(self.relay.connections, 1)

    def connect_when_there_is_room(self):
        """The server counts the connections of the run for a moment after their end."""
        for _ in range(200):
            try:
                return self.connect(self.server)
            except imaplib.IMAP4.error:
                time.sleep(0.05)
        return self.connect(self.server)

    def test_a_server_that_allows_fewer(self):
        self.begin(extra="mail_max_userip_connections = 2\n")
        self.fill(["INBOX", "A", "B"], 400)
        run = self.sync()
        self.assertEqual(run.err, "")
        self.far = self.connect_when_there_is_room()
        for folder in ("INBOX", "A", "B"):
            self.assert_same(folder, count=400)

    def test_a_connection_that_breaks_and_cannot_be_made_again(self):
        """The others do what it left. Of so many messages in a folder no two folders stand in one flight."""
        self.begin()
        folders = ["INBOX", "A", "B", "C", "D", "E"]
        self.fill(folders, 700)
        self.relay.stop()
        self.relay = Fragile(self.server.port)
        self.addCleanup(self.relay.stop)
        self.write_config(port=self.relay.port, auth="plain")
        run = self.navette("sync")
        self.assertTrue(self.relay.broke)
        self.assertEqual(run.status, 3, run)
        self.assertEqual(len(run.err.splitlines()), 1, run)  # the folder it was at
        self.far = self.connect(self.server)
        done = [folder for folder in folders if len(self.near.files(folder)) == 700]
        self.assertEqual(len(done), len(folders) - 1)
        self.write_config(auth="plain")
        self.sync()
        for folder in folders:
            self.assert_same(folder, count=700)

    def test_connections_as_configured(self):
        self.begin()
        self.write_config(port=self.relay.port, auth="plain", connections=1)
        self.fill(["INBOX"], 700)
        self.sync()
        self.assertEqual(self.relay.connections, 1)

    def test_a_far_server_behind_a_near_relay(self):
        """The kernel's round trip is that to the relay; what counts is when answers come."""
        self.server = ScriptedServer("IMAP4rev1 COMPRESS=DEFLATE")
        self.addCleanup(self.server.stop)
        for i in range(120):
            self.server.mailboxes["INBOX"].add(mail.message(i))

        def from_afar(data):
            if b"FETCH" not in data:
                time.sleep(0.02)
            return data

        self.server.rewrite = from_afar
        self.server.quick_ack = True
        self.write_config()
        self.sync()
        self.assertEqual(self.server.count("COMPRESS"), 1, self.server.log)

    def test_compressed(self):
        self.begin(compress=True)
        self.fill(["INBOX"], 400)
        self.write_config(port=self.relay.port, auth="plain", compress="yes")
        self.sync()
        compressed = self.relay.bytes_down
        self.far = self.connect(self.server)
        self.assert_same(count=400)
        self.near.add("INBOX", mail.to_near(mail.message(1, seed="up")), "S")
        self.sync()
        self.assert_same(count=401)
        self.assert_quiet()
        # The same once more, plain.
        shutil.rmtree(os.path.join(self.directory, "state"))
        shutil.rmtree(self.near.root)
        self.write_config(port=self.relay.port, auth="plain", compress="no")
        self.relay.reset()
        self.sync()
        self.assert_same(count=401)
        self.assertLess(compressed * 2, self.relay.bytes_down)
