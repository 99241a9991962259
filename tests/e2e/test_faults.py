"""Every call that can fail does fail, at its first, second, ... n-th time. The run that meets it gets over it or says
what failed; a clean run after it leaves nothing lost, doubled or half done, and then there is nothing to do. The
library that lets a call fail keeps what the call was to do away with, so that both sides look right also when nobody
looked at the result: what no run can get over must be told (and test_power.py takes the bytes away).

NAVETTE_FAULTS=N: each kind of call fails at N places with each code; 0: once with one of its codes; all: at
every place with every code."""

import errno
import os
import random
import re
import shutil

from harness import certificates, counts, faults, mail
from harness.case import Case
from harness.scenes import Scene

SANITIZED = bool(os.environ.get("NAVETTE_SANITIZED"))
SMALL_MAP = 65536
FAULTS = os.environ.get("NAVETTE_FAULTS", "0" if SANITIZED else "1")

# What each kind of call can fail with. "+": not once but from that call on.
FILES = {
    "create": "ENOSPC EMFILE ENOSPC+", "read": "EIO EINTR short EIO+ short+", "pread": "EIO EINTR",
    "write": "ENOSPC EIO EINTR short ENOSPC+ short+", "pwrite": "ENOSPC EIO EINTR short ENOSPC+",
    "rename": "ENOSPC EACCES EIO+", "unlink": "EACCES EIO+", "mkdir": "ENOSPC EACCES+",
    "sync": "EIO EINTR EIO+", "utime": "EPERM EIO+", "close": "EIO EINTR ENOSPC+",
    "close-written": "EIO EINTR ENOSPC+",
}
LOOKS = {
    "open": "EMFILE EIO EACCES+ ENOENT", "opendir": "EMFILE ENOMEM+", "readdir": "EIO EIO+",
    "stat": "EIO ENOENT EACCES+", "stdio": "EIO EIO+", "seek": "EIO EIO+", "random": "EAGAIN",
    "sleep": "EINTR+", "digest": "TLS",
}
STATE = {
    "lock": "ENOLCK EINTR", "fcntl": "ENOMEM", "mmap": "ENOMEM", "mdb-open": "ENOMEM EIO MDB_CORRUPTED",
    "mdb-resize": "ENOMEM", "mdb-begin": "ENOMEM MDB_READERS_FULL MDB_MAP_RESIZED EIO+",
    "mdb-sync": "EIO ENOSPC+", "mdb-meta": "EIO short ENOSPC+", "mdb-commit": "ENOSPC MDB_MAP_FULL EIO+",
    "mdb-get": "EIO MDB_CORRUPTED EIO+", "mdb-put": "MDB_MAP_FULL ENOMEM MDB_MAP_FULL+",
    "mdb-del": "MDB_MAP_FULL ENOMEM EIO+",
}
CREATION = {
    "create": "ENOSPC ENOSPC+", "mkdir": "ENOSPC EACCES", "pwrite": "ENOSPC EIO+", "truncate": "ENOSPC",
    "sync": "EIO", "mdb-sync": "EIO", "mdb-open": "ENOMEM", "mdb-put": "MDB_MAP_FULL ENOMEM",
    "mdb-commit": "ENOSPC",
}
NETWORK = {
    "socket": "EMFILE ENOBUFS+", "connect": "ECONNREFUSED EINTR ENETUNREACH+",
    "send": "ECONNRESET EPIPE EINTR short ECONNRESET+ short+",
    "recv": "ECONNRESET ETIMEDOUT EINTR short ECONNRESET+ short+", "poll": "ENOMEM EINTR ENOMEM+",
    "resolve": "EAI_AGAIN EAI_MEMORY+",
}
# One of each, in scenes of their own.
RULES = {"create": "ENOSPC", "write": "EIO", "pwrite": "ENOSPC", "rename": "EIO", "unlink": "EACCES", "sync": "EIO",
         "utime": "EPERM", "close-written": "EIO", "open": "EMFILE", "read": "EIO", "opendir": "EMFILE",
         "readdir": "EIO", "stat": "EIO", "mdb-get": "EIO", "mdb-put": "ENOMEM", "mdb-del": "ENOMEM",
         "mdb-meta": "EIO", "send": "ECONNRESET EPIPE", "recv": "ECONNRESET ETIMEDOUT+"}
# At each place where a first sync reads a file that the server may have too.
PAIRING = {"open": "EMFILE EIO+", "read": "EIO EIO+", "stat": "EIO", "mdb-get": "EIO"}
MEMORY = {"memory": "ENOMEM ENOMEM ENOMEM ENOMEM+ ENOMEM+ ENOMEM+"}
SECURED = {
    "spawn": "EAGAIN EMFILE+", "wait": "EINTR", "tls-new": "TLS TLS+", "tls-connect": "TLS TLS+",
    "tls-read": "TLS TLS+", "tls-write": "TLS TLS+", "inflate": "Z_DATA_ERROR Z_MEM_ERROR",
    "deflate": "Z_STREAM_ERROR", "sasl": "GSASL_MALLOC_ERROR GSASL_AUTHENTICATION_ERROR+",
    "send": "short", "recv": "short ECONNRESET", "memory": "ENOMEM ENOMEM+",
}
# What cannot be got over, when it fails for good.
TOLD = ("create write rename unlink mkdir sync utime close-written lock mmap mdb-open mdb-resize mdb-sync "
        "mdb-meta").split()
SOMETIMES = {"sleep"}  # what a slow machine never calls: time has passed already
PASSING = ("EINTR", "short")  # a signal, or a kernel that gives less than it was asked for
# What the sentence must hold where it is not the errno's text.
SENTENCES = {
    "MDB_CORRUPTED": "is damaged", "MDB_MAP_FULL": "cannot enlarge the state", "short": "cannot save the state",
    "TLS": "TLS connection|certificate|out of memory", "Z_": "compress|out of memory",
    "EAI_": "cannot be looked up", "GSASL_": "in the login by|the login by|out of memory",
}


def all_kinds():
    return {kind for group in (FILES, LOOKS, STATE, CREATION, NETWORK, MEMORY, SECURED)
            for kind in group} | {"thread"}


def places(calls, label, least=1):
    """At which of so many calls to fail: spread evenly, from a place that the label decides."""
    if FAULTS == "all":
        return range(1, calls + 1)
    count = min(calls, max(1, 0 if SANITIZED else least, int(FAULTS)))
    first = random.Random(label).randrange(calls)
    return sorted((first + i * calls // count) % calls + 1 for i in range(count))


class Failing(Scene):
    keys = {"auth": "plain", "timeout": "6s"}  # pauses between tries are parts of it

    def play(self, scene, group, least=1, **options):
        """LEAST: at how many places at least each code comes; 0: some kinds may never be called."""
        self.set_scene(scene, **options)
        calls = self.play_once().calls
        done = 0
        for kind, codes in group.items():
            if SANITIZED and kind == "memory":
                continue  # the sanitizer has an allocator of its own
            if calls[kind] == 0 and (least == 0 or kind in SOMETIMES):
                continue
            self.assertGreater(calls[kind], 0, f"{kind} is never called here")
            codes = codes.split()
            if FAULTS == "0":
                codes = random.Random(f"{scene}/{kind}").sample(codes, 1)
            for number, code in enumerate(codes):
                for place in places(calls[kind], f"{scene}/{kind}/{number}", least):
                    self.meet(kind, place, code)
                    done += 1
        counts.note("faults", done)
        print(f"{scene}: {done} faults")
        self.assertGreaterEqual(done, len(group) - SANITIZED - sum(calls[kind] == 0 for kind in group))

    def meet(self, kind, place, code):
        """On a busy machine a run can have fewer calls of a kind than the one that was counted, because more comes at
        a time: then an earlier one fails."""
        while not self.fail_and_finish(kind, place, code):
            self.assertGreater(place, 1, f"{kind} is never called here")
            place = (place + 1) // 2

    def fail_and_finish(self, kind, place, code):
        """Whether the call came."""
        with self.subTest(kind=kind, place=place, code=code):
            self.put_back()
            plus = "+" if code.endswith("+") else ""
            run = faults.run(self, fail=(kind, f"{place}{plus}", code.rstrip("+")))
            self.check_told(run, kind, code.rstrip("+"))
            self.let_time_pass()
            if run.status == 0 and code != "ENOENT":  # a folder that is not there is no failure
                self.finish(done=1)
                self.assertEqual(self.views(), self.expected, run)
            self.finish()
            self.assert_repaired(run)
            return run.fired > 0
        return True  # what failed is told

    def check_told(self, run, kind, code):
        """The exit status, and a sentence that names what failed."""
        self.assertIn(run.status, (0, 1, 2, 3, 4), run)
        self.assertNotIn("Sanitizer", run.err)
        if kind in TOLD and code not in PASSING and run.fired > 0:
            self.assertNotEqual(run.status, 0, f"{run} takes no notice")
        if run.status == 0:
            return
        lines = [line for line in run.err.splitlines() if line]
        self.assertTrue(lines and all(line.startswith("navette: ") for line in lines), run)
        if kind not in ("pread", "pwrite", "mdb-meta"):  # those are also LMDB's own, which does not try again
            self.assertNotIn(code, PASSING, run)
        if code == "ENOENT":
            return  # many things are allowed not to be there
        self.assertRegex(run.err, self.sentence(kind, code))
        if run.status == 2:  # what was asked for could not be read
            self.assertRegex(run.err, rf"{re.escape(self.config)}|tls-ca|printed no password")
        if run.status == 4:
            self.assertIn("is damaged", run.err)

    def sentence(self, kind, code):
        if kind == "memory":
            # OpenSSL does not always tell that it was memory.
            return "(?i)out of memory|cannot allocate memory|memory allocation|TLS connection"
        if kind == "stdio":
            return "cannot read"
        for start, sentence in SENTENCES.items():
            if code.startswith(start):
                return sentence
        number = getattr(errno, code, None)
        return re.escape(os.strerror(number) if number else code)


class Faults(Failing):
    def test_every_kind_fails_somewhere(self):
        self.assertEqual(set(faults.KINDS), all_kinds())

    def test_files(self):
        self.play("all", FILES)

    def test_looks(self):
        self.play("all", LOOKS)

    def test_state(self):
        self.play("all", STATE)

    def test_looks_at_a_first_sync(self):
        """What both sides have is compared: a file that cannot be read then must not count as another message."""
        self.play("first", PAIRING, least=12)

    def test_state_that_is_made(self):
        self.play("first", CREATION)

    def test_network(self):
        self.play("all", NETWORK)

    def test_memory(self):
        if SANITIZED:
            self.skipTest("the sanitizer has an allocator of its own")
        self.play("all", MEMORY)


class FaultsOfRules(Failing):
    """What only some configurations do."""

    def test_whole(self):
        """What was replaced, and cannot be removed then, waits in tmp/ for the next run that has something to do."""
        self.play("whole", {kind: codes for kind, codes in RULES.items() if kind != "unlink"}, least=0)

    def test_window(self):
        self.play("window", RULES, least=0)

    def test_trash(self):
        self.play("trash", RULES, least=0)

    def test_pull(self):
        self.play("pull", RULES, least=0)

    def test_push(self):
        self.play("push", RULES, least=0)


class FaultsOfCopies(Failing):
    keys = {**Failing.keys, "disable_extensions": "MOVE"}

    def test_trash(self):
        self.play("trash", RULES, least=0)


class SecuredFaults(Failing):
    """With TLS, compression and a password-command."""

    def write_config(self, text=None, **keys):
        keys.update(port=self.server.tls_port, tls="implicit", tls_ca=self.authority[1],
                    password=None, password_command=f"echo {self.server.password}", compress="yes")
        super().write_config(text, **keys)

    def test_everything_between(self):
        self.authority = certificates.make_authority(self.directory)
        certificate, key = certificates.make_certificate(self.directory, self.authority, "server",
                                                         "IP:127.0.0.1")
        self.play("all", SECURED, certificate=certificate, key=key, compress=True)


class LargeFaults(Case):
    """With so many messages that there is work for two threads, and that a small map has to grow."""

    def begin(self):
        self.server = self.start_dovecot()
        self.write_config(connections="2")
        bodies = [mail.message(i) for i in range(620)]
        self.server.deliver("INBOX", bodies[:310])
        self.server.deliver("Other", bodies[310:])
        self.far = self.connect(self.server)

    def begin_again(self):
        for path in (self.near.root, os.path.join(self.directory, "state")):
            shutil.rmtree(path)

    def assert_done(self):
        for folder in ("INBOX", "Other"):
            self.assert_same(folder, count=310)
        self.assert_quiet()

    def test_fewer_threads_do_the_same(self):
        self.begin()
        run = faults.run(self, fail=("thread", "1+", "EAGAIN"))
        self.assertEqual((run.status, run.fired > 0), (0, True), run)
        self.assert_done()

    def test_the_map_grows(self):
        self.begin()
        run = faults.run(self, map_size=SMALL_MAP)
        self.assertEqual(run.status, 0, run)
        self.assertGreater(run.calls["mdb-resize"], 2, "it did not grow")
        self.assert_done()
        for place in places(run.calls["mdb-resize"] - 1, "growth"):
            self.begin_again()
            run = faults.run(self, map_size=SMALL_MAP, fail=("mdb-resize", place + 1, "ENOMEM"))
            self.assertEqual(run.status, 1, run)
            self.assertIn("cannot enlarge the state", run.err)
            self.sync()
            self.assert_done()
