"""The connection is cut after any byte of a session's traffic: nothing is lost or doubled, and the exit
status says the truth."""

import shutil

from harness import cutting, mail

PLAIN = "IMAP4rev1"


def letters(near, folder, number, new):
    near.set_letters(folder, near.find(folder, b"<0.%d@" % number), new)


class FirstSync(cutting.Cuts):
    counts = {"INBOX": 5, "Sub": 1}

    def change(self, far, near):
        far.create("Sub")
        far.append("Sub", mail.message(9))
        for number in range(3):
            far.append("INBOX", mail.message(number), "\\Seen" if number else "")
        for number in range(2, 5):  # one of them on both sides
            near.add("INBOX", mail.to_near(mail.message(number)), "S")


class FirstSyncPlain(FirstSync):
    capability = PLAIN


class Download(cutting.Cuts):
    counts = {"INBOX": 5}

    def prepare(self, far, near):
        for number in range(2):
            far.append("INBOX", mail.message(number))

    def change(self, far, near):
        for number in range(2, 5):
            far.append("INBOX", mail.message(number), "\\Flagged")


class DownloadByTls(Download):
    tls = True


class DownloadCompressed(Download):
    keys = dict(cutting.Cuts.keys, compress="yes")


class Upload(Download):
    """The same three messages, from the other side."""

    def change(self, far, near):
        for number in range(2, 5):
            near.add("INBOX", mail.to_near(mail.message(number)), "FS")


class UploadPlain(Upload):
    """No UIDPLUS, no MULTIAPPEND, no literal without an answer."""

    capability = PLAIN


class UploadByTls(Upload):
    tls = True


class UploadCompressed(Upload):
    keys = dict(cutting.Cuts.keys, compress="yes")


class Changes(cutting.Cuts):
    """Flags and removals, both ways."""

    counts = {"INBOX": 6}

    def prepare(self, far, near):
        for number in range(10):
            far.append("INBOX", mail.message(number))

    def change(self, far, near):
        far.store("INBOX", b"1:2", "+FLAGS", "\\Flagged $Label")
        far.store("INBOX", b"3", "+FLAGS", "\\Deleted")
        far.check(far.connection.expunge())
        letters(near, "INBOX", 3, "RS")
        letters(near, "INBOX", 4, "F")
        for number in (5, 6):
            near.remove("INBOX", near.find("INBOX", b"<0.%d@" % number))
        far.remove("INBOX", b"8")


class ChangesPlain(Changes):
    capability = PLAIN


class Folders(cutting.Cuts):
    """Created and removed, both ways."""

    counts = {"INBOX": 1, "NewFar": 2, "NewNear": 2}

    def prepare(self, far, near):
        far.append("INBOX", mail.message(0))
        for folder in ("GoesFar", "GoesNear"):
            far.create(folder)
            far.append(folder, mail.message(1, seed=folder))

    def change(self, far, near):
        far.create("NewFar")
        near.create("NewNear")
        for number in range(2):
            far.append("NewFar", mail.message(number, seed="NewFar"))
            near.add("NewNear", mail.to_near(mail.message(number, seed="NewNear")), "S")
        far.delete("GoesFar")
        shutil.rmtree(near.path("GoesNear"))


class FoldersPlain(Folders):
    capability = PLAIN


class BothWays(cutting.Cuts):
    counts = {"INBOX": 6}

    def prepare(self, far, near):
        for number in range(6):
            far.append("INBOX", mail.message(number))

    def change(self, far, near):
        far.append("INBOX", mail.message(10), "\\Seen")
        far.store("INBOX", b"1", "+FLAGS", "\\Flagged")
        far.remove("INBOX", b"2")
        near.add("INBOX", mail.to_near(mail.message(11)), "S")
        letters(near, "INBOX", 2, "R")
        near.remove("INBOX", near.find("INBOX", b"<0.3@"))


class BothWaysByTls(BothWays):
    tls = True


class BothWaysCompressed(BothWays):
    keys = dict(cutting.Cuts.keys, compress="yes")
