"""Real and nasty mail: far -> near -> far without a byte changed that the server itself did not change."""

import collections
import hashlib
import os
import shutil

from harness import mail
from harness.case import Case

CORPUS = os.environ.get("NAVETTE_CORPUS")


def corpus_files():
    found = []
    for directory, _names, files in os.walk(CORPUS):
        found += [os.path.join(directory, f) for f in files if f != "MANIFEST.tsv"]
    return sorted(found)


def digests(bodies):
    return collections.Counter(hashlib.sha256(b).hexdigest() for b in bodies)


class Corpus(Case):
    storage = "maildir"

    def setUp(self):
        if not CORPUS:
            self.skipTest("NAVETTE_CORPUS is not set")
        super().setUp()

    def wire_bodies(self, far, folder="INBOX"):
        return [body for body, _l, _k, _d in far.messages(folder).values()]

    def test_all_of_it_there_and_back(self):
        self.standard(storage=self.storage)
        appended = 0
        for path in corpus_files():
            with open(path, "rb") as f:
                body = f.read()
            # imaplib makes every line end CRLF, as any client has to.
            try:
                self.far.append("INBOX", body, when=1_400_000_000 + appended)
                appended += 1
            except AssertionError as refusal:
                print("the server refused", path, refusal)
        self.assertGreaterEqual(appended, 765)
        self.sync(timeout=300)
        stored = self.wire_bodies(self.far)
        self.assertEqual(len(stored), appended)
        near = [m[0] for m in self.near.messages("INBOX").values()]
        self.assertEqual(digests(near), digests(mail.to_near(b) for b in stored))
        self.assert_quiet()

        # Back up to an empty account.
        shutil.rmtree(os.path.join(self.directory, "state"))
        self.write_config(user="second")
        second = self.connect(self.server, "second")
        self.sync(timeout=300)
        self.assertEqual(digests(self.wire_bodies(second)), digests(stored))
        self.far = second
        self.assert_same(count=appended)
        self.assert_quiet()

    def test_paired_without_a_state(self):
        self.standard(storage=self.storage)
        for number, path in enumerate(corpus_files()):
            with open(path, "rb") as f:
                self.far.append("INBOX", f.read(), when=1_400_000_000 + number)
        self.sync(timeout=300)
        shutil.rmtree(os.path.join(self.directory, "state"))
        run = self.sync("--json", timeout=300)
        (folder,) = [o for o in run.objects() if o["type"] == "folder"]
        self.assertEqual((folder["downloaded"], folder["uploaded"]), (0, 0), folder)
        self.assert_same(count=folder["adopted"])


class CorpusSdbox(Corpus):
    storage = "sdbox"
