"""Keywords: letters of one table in all Maildirs of an account, read and written by a Dovecot and by mu as well."""

import os
import shutil
import subprocess
import unittest

from harness import mail
from harness.case import Case


class Keywords(Case):
    in_memory = False

    def setUp(self):
        super().setUp()
        self.standard()
        for folder in ("Lists", "Archive"):
            self.far.create(folder)

    def put(self, folder, number, flags):
        self.far.append(folder, mail.message(number), "\\Seen " + flags)

    def words(self, far, folder):
        """Keywords by number of message."""
        found = {}
        for body, _letters, keywords, _date in far.messages(folder).values():
            found[int(body.split(b"<0.")[1].split(b"@")[0])] = " ".join(keywords)
        return found

    def letters(self, folder, number):
        return self.file(folder, number)[1].rpartition(":2,")[2]

    def file(self, folder, number):
        return self.near.find(folder, f"<0.{number}@example.org>".encode())

    def table(self, folder):
        with open(os.path.join(self.near.path(folder), "dovecot-keywords"), encoding="ascii") as file:
            return file.read()

    def fill(self):
        self.put("INBOX", 1, "work")
        self.put("INBOX", 2, "home $Forwarded")
        self.sync()
        self.put("Lists", 3, "home")
        self.put("Lists", 4, "$Junk work")
        self.sync()

    # --- Dovecot ---

    def open_near(self):
        """A Dovecot that serves the Maildirs of navette; they are its user's then."""
        self.give_to_dovecot()
        location = f"mail_location = maildir:{self.near.root}:LAYOUT=fs:INBOX={self.near.root}/INBOX"
        os.chmod(self.near.root, 0o755)
        return self.connect(self.start_dovecot("near", extra=location))

    def test_a_dovecot_reads_the_letters_and_gives_new_ones(self):
        self.fill()
        near = self.open_near()
        for folder in ("INBOX", "Lists"):
            expected = {number: " ".join(k for k in keywords.split() if k != "$Forwarded")
                        for number, keywords in self.words(self.far, folder).items()}
            self.assertEqual(self.words(near, folder), expected, self.table(folder))
        near.store("Lists", near.uids("Lists"), "+FLAGS", "travel")
        near.store("INBOX", near.uids("INBOX", "KEYWORD work"), "-FLAGS", "work")
        near.store("INBOX", near.uids("INBOX", "KEYWORD home"), "+FLAGS", "work")
        near.close()
        self.sync()
        self.assertEqual(self.words(self.far, "Lists"), {3: "home travel", 4: "$Junk travel work"})
        self.assertEqual(self.words(self.far, "INBOX"), {1: "", 2: "home work"})
        # And the other way, after Dovecot has had its hands on the tables.
        self.far.store("INBOX", self.far.uids("INBOX", "KEYWORD home"), "+FLAGS", "travel fun")
        self.sync()
        self.give_to_dovecot()
        near = self.connect(self.servers[-1])
        self.assertEqual(self.words(near, "INBOX"), {1: "", 2: "fun home travel work"})
        self.assertEqual(self.table("INBOX"), "0 work\n1 home\n2 $Junk\n3 travel\n4 fun\n")

    def give_to_dovecot(self):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "mail:mail", self.near.root], check=True)

    def test_a_keyword_is_the_same_after_a_move(self):
        self.fill()
        place, name = self.file("INBOX", 1)
        self.near.create("Archive")
        os.rename(os.path.join(self.near.path("INBOX"), place, name),
                  os.path.join(self.near.path("Archive"), place, name))
        place, name = self.file("Lists", 3)
        os.rename(os.path.join(self.near.path("Lists"), place, name),
                  os.path.join(self.near.path("INBOX"), place, name))
        self.sync()
        self.sync()
        self.assertEqual(self.words(self.far, "Archive"), {1: "work"})
        self.assertEqual(self.words(self.far, "INBOX"), {2: "home", 3: "home"})
        self.assertIn("0 work\n", self.table("Archive"))
        self.assert_quiet()

    # --- Without the state, another server ---

    def lose_state(self):
        shutil.rmtree(os.path.join(self.directory, "state"))

    def move_to_another_server(self):
        self.server = self.start_dovecot("other")
        self.far = self.connect(self.server)
        self.write_config()

    def test_keywords_arrive_on_another_server(self):
        self.fill()
        self.lose_state()
        self.move_to_another_server()
        self.sync()
        self.assertEqual(self.words(self.far, "INBOX"), {1: "work", 2: "home"})
        self.assertEqual(self.words(self.far, "Lists"), {3: "home", 4: "$Junk work"})
        self.assertEqual(self.letters("INBOX", 2), "PSb")
        self.assert_quiet()

    def test_keywords_are_known_without_the_state(self):
        self.fill()
        self.lose_state()
        self.far.store("INBOX", self.far.uids("INBOX", "KEYWORD work"), "-FLAGS", "work")
        self.put("Archive", 5, "fun")
        self.sync()
        self.assertEqual(self.words(self.far, "INBOX"), {1: "work", 2: "home"}, "both sides are put together")
        self.assertEqual(self.letters("Archive", 5), "Sd", "the letters of before are taken")
        self.assertEqual(self.letters("Lists", 4), "Sac")

    # --- Too many ---

    def test_more_keywords_than_letters(self):
        for i in range(30):
            self.put("INBOX", i, f"k{i:02}")
        run = self.sync()
        self.assertEqual(run.err.count("more keywords than there are letters for (26)"), 1, run)
        beyond = [number for number in range(30) if self.letters("INBOX", number) == "S"]
        self.assertEqual(len(beyond), 4)
        self.assertNotIn("more keywords", self.sync().err)
        self.put("INBOX", 40, f"k{beyond[0]:02}")
        self.assertNotIn("more keywords", self.sync().err, "it was said before")
        names = [f"k{number:02}" for number in beyond]
        self.assertIn(" ".join(names), self.navette("status").out)
        told = [o["keyword"] for o in self.navette("status", "--json").objects() if o["type"] == "keyword"]
        self.assertEqual(told, names)
        # They are carried by a change, and stay there.
        self.near.set_letters("INBOX", self.file("INBOX", beyond[0]), "FS")
        self.sync()
        self.assertEqual(self.words(self.far, "INBOX"),
                         {**{i: f"k{i:02}" for i in range(30)}, 40: names[0]})

    # --- mu ---

    @unittest.skipUnless(shutil.which("mu"), "mu is not installed (Debian package maildir-utils)")
    def test_mu_drops_letters_and_takes_no_keyword_away(self):
        self.fill()
        self.mu("init", "--maildir", self.near.root)
        self.mu("index", "--quiet")
        told = self.mu("server", input='(move :msgid "0.1@example.org" :flags "+F")\n')
        self.assertEqual(self.letters("INBOX", 1), "FS", told)
        self.sync()
        self.assertEqual(self.words(self.far, "INBOX")[1], "work")
        self.assertEqual(self.letters("INBOX", 1), "FSa")
        self.assertEqual(len(self.far.uids("INBOX", "FLAGGED")), 1)
        self.assert_quiet()
        # Also when it moves the file.
        self.near.create("Archive")
        self.mu("index", "--quiet")
        told = self.mu("server", input='(move :msgid "0.2@example.org" :maildir "/Archive" :flags "+F")\n')
        self.assertEqual(self.letters("Archive", 2), "FPS", told)
        self.sync()
        self.sync()
        self.assertEqual(self.words(self.far, "Archive"), {2: "home"})
        self.assertEqual(self.letters("Archive", 2), "FPSb")
        self.assert_quiet()

    def mu(self, *arguments, **options):
        run = subprocess.run(["mu", *arguments, f"--muhome={self.directory}/mu"], env=self.environment,
                             capture_output=True, text=True, errors="replace", timeout=60, check=False, **options)
        self.assertEqual(run.returncode, 0, run)
        return run.stdout
