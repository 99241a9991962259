"""Real and nasty mail: far -> near -> far without a byte changed that the server itself did not change."""

import collections
import hashlib
import os
import shutil

from harness import mail
from harness.case import Case
from harness.cyrus import Cyrus

CORPUS = os.environ.get("NAVETTE_CORPUS")
SECONDS = 50  # after which a run that hangs is ended


def read_corpus():
    """The bytes of every message, by path."""
    found = {}
    for directory, _names, files in os.walk(CORPUS):
        for name in files:
            if name != "MANIFEST.tsv":
                path = os.path.join(directory, name)
                with open(path, "rb") as f:
                    found[path] = f.read()
    return dict(sorted(found.items()))


def digests(bodies):
    return collections.Counter(hashlib.sha256(b).hexdigest() for b in bodies)


class Corpus:
    """The tests; the classes below say on which server."""

    refusals = 5  # how many messages the server may refuse

    def setUp(self):
        if not CORPUS:
            self.skipTest("NAVETTE_CORPUS is not set")
        super().setUp()
        self.corpus = read_corpus()
        self.assertTrue(self.corpus)
        self.server = self.serve()
        self.far = self.connect(self.server)
        self.write_config()

    def far_bodies(self, far):
        return [body for body, _l, _k, _d in far.messages("INBOX").values()]

    def near_bodies(self):
        return [body for body, _l, _m, _p in self.near.messages("INBOX").values()]

    def append_all(self, far):
        """As another client would. Returns how many the server took."""
        taken = 0
        for path, body in self.corpus.items():
            try:
                far.append("INBOX", mail.to_wire(body), when=1_400_000_000 + taken)
                taken += 1
            except AssertionError as refusal:
                print("the server refused", path, refusal)
        self.assertLessEqual(len(self.corpus) - taken, self.refusals)
        return taken

    def test_there_and_back(self):
        taken = self.append_all(self.far)
        self.sync(timeout=SECONDS)
        stored = self.far_bodies(self.far)
        self.assertEqual(len(stored), taken)
        self.assertEqual(digests(self.near_bodies()), digests(mail.to_near(b) for b in stored))
        self.assert_quiet()

        # Back up to an empty account.
        shutil.rmtree(os.path.join(self.directory, "state"))
        self.write_config(user="second")
        second = self.connect(self.server, "second")
        self.sync(timeout=SECONDS)
        self.assertEqual(digests(self.far_bodies(second)), digests(stored))
        self.far = second
        self.assert_same(count=taken)
        self.assert_quiet()

    def test_files_as_somebody_delivered_them(self):
        """Whatever line ends a file has: the server gets what another client would have sent."""
        self.near.create("INBOX")
        other = self.connect(self.server, "other")
        taken = self.append_all(other)
        for number, body in enumerate(self.corpus.values()):
            self.near.add("INBOX", body, "S", when=1_400_000_000 + number, name=f"{number}.c.test")
        run = self.navette("sync", timeout=SECONDS)
        stored = self.far_bodies(self.far)
        # A NUL needs BINARY (RFC 3516), which the other client does not speak: the server refuses
        # it there, or stores something else.
        self.assertIn(len(stored) - taken, (0, 1))
        self.assertLessEqual((digests(self.far_bodies(other)) - digests(stored)).total(), 1)
        # What is refused is told, each by itself.
        refused = len(self.corpus) - len(stored)
        self.assertEqual(run.status, 1 if refused else 0, run)
        self.assertEqual(len(run.err.splitlines()), refused, run)
        # It stays where it is, and nothing is sent twice.
        before = self.far.uids("INBOX")
        again = self.navette("sync", timeout=SECONDS)
        self.assertEqual(again.status, run.status, again)
        self.assertEqual(self.far.uids("INBOX"), before)
        self.assertEqual(digests(self.near_bodies()), digests(self.corpus.values()))

    def test_paired_without_a_state(self):
        taken = self.append_all(self.far)
        self.sync(timeout=SECONDS)
        shutil.rmtree(os.path.join(self.directory, "state"))
        run = self.sync("--json", timeout=SECONDS)
        (folder,) = [o for o in run.objects() if o["type"] == "folder"]
        self.assertEqual((folder["downloaded"], folder["uploaded"], folder["adopted"]),
                         (0, 0, taken), folder)
        self.assert_same(count=taken)


class OnDovecot(Corpus, Case):
    def serve(self):
        return self.start_dovecot()


class OnDovecotSdbox(Corpus, Case):
    def serve(self):
        return self.start_dovecot(storage="sdbox")


class OnCyrus(Corpus, Case):
    refusals = 30  # it takes neither NUL nor what is no header

    def serve(self):
        return self.start_server(Cyrus)
