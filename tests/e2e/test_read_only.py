"""A mailbox that its user may only read (RFC 4314: rights lr): what is done here stays here, which is said once, and is
sent when the right comes."""

import os

from harness import mail
from harness.case import Case

SENTENCE = "the server lets this mailbox only be read"


class ReadOnly(Case):
    def setUp(self):
        super().setUp()
        self.rights = os.path.join(self.directory, "rights")
        self.allow("lrwstipekxa")
        self.standard(extra=f"mail_plugins = acl\nplugin {{\n  acl = vfile:{self.rights}:cache_secs=0\n}}\n")
        self.far.create("Shared")
        for number in range(4):
            self.far.append("Shared", mail.message(number), "\\Seen")
        self.far.append("INBOX", mail.message(10))
        self.sync()
        self.assert_quiet()
        self.far.close()
        self.allow("lr")

    def allow(self, rights):
        with open(self.rights, "w", encoding="ascii") as f:
            f.write(f"Shared owner {rights}\n")
        os.chmod(self.rights, 0o644)

    def assert_nothing_sent(self, run):
        self.assertNotRegex(run.err, r" C: \w+ (UID )?(STORE|EXPUNGE|APPEND|MOVE|COPY)")

    def test_said_once_and_sent_later(self):
        near = self.near
        near.set_letters("Shared", near.find("Shared", b"<0.1@"), "FS")
        run = self.sync("-vv")
        self.assertEqual(run.err.count(SENTENCE), 1, run)
        self.assertIn("test/Shared: the server", run.err)
        self.assertIn("direction = pull", run.err)
        self.assert_nothing_sent(run)
        near.remove("Shared", near.find("Shared", b"<0.2@"))
        near.add("Shared", mail.to_near(mail.message(20)), "S")
        for _ in range(2):
            run = self.sync("-vv")
            self.assertNotIn(SENTENCE, run.err)
            self.assertEqual(run.out, "")
            self.assert_nothing_sent(run)
        self.assertEqual(len(near.files("Shared")), 4)

        self.allow("lrwstipekxa")
        self.sync()
        self.far = self.connect(self.server)
        self.assert_same("Shared", count=4)
        self.assertEqual(self.far.messages("Shared").keys() & {3}, set())
        self.assert_quiet()

    def test_mail_that_moved_there_stays_on_the_server(self):
        self.near.set_letters("Shared", self.near.find("Shared", b"<0.1@"), "FS")
        self.sync()
        file = self.near.files("INBOX")[0]
        os.rename(os.path.join(self.near.path("INBOX"), *file),
                  os.path.join(self.near.path("Shared"), "cur", "moved:2,S"))
        for arguments in (("test/INBOX",), (), ()):
            self.navette("sync", *arguments)
            self.far = self.connect(self.server)
            self.assertEqual(len(self.far.messages("INBOX")), 1, arguments)
            self.far.close()

    def test_with_direction_pull_there_is_nothing_to_say(self):
        self.write_channels(("s", "folders", "Shared", "direction", "pull"), ("r", "folders", "*"))
        self.near.set_letters("Shared", self.near.find("Shared", b"<0.1@"), "FS")
        self.assertNotIn(SENTENCE, self.sync().err)
        self.assert_quiet()
