"""Runs tests a few at a time, each in a process and in directories of its own.

An interpreter that has imported all tests costs more than most of them. So it is made once: a worker is a fork of the
program, and forks again for each test. What a test changes in itself is gone with it, as if it had been started anew."""

import os
import pickle
import select
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
import unittest

SECONDS = int(os.environ.get("NAVETTE_TEST_SECONDS", "900"))  # for one test
MEMORY = "/dev/shm"
MEMORY_MIN = 1 << 28  # free bytes there, or it is not used
GRACE = 20  # seconds for a stopped test to stop its servers
PASSED, FAILED, SKIPPED = 0, 1, 77


class Stopped(Exception):
    """Raised by a signal. In a test: fails it, and its cleanups run."""


def kill_users_of(directory):
    """Ends servers that a test could not end itself: they have its directory in their words."""
    for pid in os.listdir("/proc"):
        try:
            words = b""
            for name in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{name}", "rb") as f:
                    words += f.read()
            if directory.encode() in words:
                os.kill(int(pid), signal.SIGKILL)
        except (OSError, ValueError):
            pass  # not a process, ended, or not ours


def make_directories():
    """Of one test: for files, and for files that need no disk (the same place where there is no other)."""
    directory = tempfile.mkdtemp(prefix="navette-e2e-")
    os.chmod(directory, 0o755)
    try:
        free = os.statvfs(MEMORY)
        if free.f_bavail * free.f_frsize < MEMORY_MIN:
            return directory, directory
        memory = tempfile.mkdtemp(prefix="navette-e2e-", dir=MEMORY)
    except OSError:
        return directory, directory
    os.chmod(memory, 0o755)
    return directory, memory


# --- In the process of one test ---


def run_test(test):
    """PASSED, FAILED or SKIPPED; what to show on stdout."""
    result = unittest.TestResult()

    def stop(number, _frame):
        result.failfast = True  # else a test with parts would go on with the next part
        raise Stopped(f"stopped by signal {number}")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.TestSuite([test]).run(result)
    for part, text in result.failures + result.errors:
        print(part if isinstance(part, unittest.case._SubTest) else "", text, sep="\n")
    if result.failures or result.errors or result.unexpectedSuccesses or result.testsRun != 1:
        return FAILED
    for _test, reason in result.skipped:
        print(reason)
        return SKIPPED
    return PASSED


def become_test(test, directory, memory, out, err):
    """Does not return: the process ends with the status of the test, whatever the test did to it."""
    status = FAILED
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, target in ((nothing, 0), (out.fileno(), 1), (err.fileno(), 2)):
            os.dup2(number, target)
        os.environ.update(TMPDIR=directory, NAVETTE_TEST_MEMORY=memory)
        if "NAVETTE_COVERAGE" in os.environ:  # see tests/e2e/choose
            os.environ["GCOV_PREFIX"] = os.path.join(os.environ["NAVETTE_COVERAGE"], test.id())
        tempfile.tempdir = None
        status = run_test(test)
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


# --- In a worker ---


class Execution:
    """A test that runs in a child of this process, with SECONDS to end."""

    def __init__(self, test):
        self.directory, self.memory = make_directories()
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.late = False
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            become_test(test, self.directory, self.memory, self.out, self.err)
        self.descriptor = os.pidfd_open(self.pid)

    def wait(self, seconds):
        """Whether it has ended."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def end(self):
        """Its status (negative: a signal). Nothing of it is left running."""
        try:
            if not self.wait(SECONDS):
                self.late = True
                self.stop()
        except Stopped:
            self.stop()
            raise
        finally:
            self.kill_group()
            _pid, status = os.waitpid(self.pid, 0)
            os.close(self.descriptor)
            self.clean()
        return os.waitstatus_to_exitcode(status)

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        self.wait(GRACE)

    def kill_group(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def clean(self):
        kill_users_of(self.directory)
        for path in (self.directory, self.memory):
            shutil.rmtree(path, ignore_errors=True)

    def text(self, file):
        file.seek(0)
        return file.read().decode(errors="replace")


def execute(test):
    """(status, what to show, seconds)."""
    started = time.monotonic()
    execution = Execution(test)
    status = execution.end()
    text = execution.text(execution.out)
    if status not in (PASSED, SKIPPED):
        text += execution.text(execution.err)
    if execution.late:
        text += f"did not end within {SECONDS} s\n"
        status = FAILED
    return status, text, time.monotonic() - started


def stop_worker(_number, _frame):
    raise Stopped


def serve(connection, tests):
    """Takes numbers of tests until there are no more; returns the outcome of each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: whoever made this process sends SIGTERM
    signal.signal(signal.SIGTERM, stop_worker)
    with connection.makefile("rwb") as stream:
        while True:
            try:
                number = pickle.load(stream)
            except EOFError:
                return
            pickle.dump((number, *execute(tests[number])), stream)
            stream.flush()


class Worker:
    def __init__(self, tests, others):
        self.connection, mine = socket.socketpair()
        self.number = None  # of the test that it has
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.connection.close()
                for other in others:  # else it would not see the end of its own
                    other.close()
                serve(mine, tests)
            except Stopped:
                pass
            finally:
                os._exit(0)
        mine.close()
        self.stream = self.connection.makefile("rwb")

    def give(self, number):
        self.number = number
        pickle.dump(number, self.stream)
        self.stream.flush()

    def take(self):
        """The outcome; None when the worker is gone."""
        self.number = None
        try:
            return pickle.load(self.stream)
        except (EOFError, OSError, pickle.UnpicklingError):
            return None

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)

    def close(self):
        self.stream.close()
        self.connection.close()

    def end(self):
        self.close()
        os.waitpid(self.pid, 0)


# --- In the program ---


class Pool:
    def __init__(self, tests, jobs):
        self.tests, self.waiting = tests, list(range(len(tests)))[::-1]
        self.selector = selectors.DefaultSelector()
        self.workers = []
        for _ in range(min(jobs, len(tests))):
            self.add_worker()

    def add_worker(self):
        worker = Worker(self.tests, self.workers)
        self.workers.append(worker)
        self.selector.register(worker.connection, selectors.EVENT_READ, worker)
        self.feed(worker)

    def feed(self, worker):
        if self.waiting:
            worker.give(self.waiting.pop())

    def remove_worker(self, worker):
        self.selector.unregister(worker.connection)
        self.workers.remove(worker)
        worker.end()

    def outcome_of(self, worker):
        number = worker.number
        outcome = worker.take()
        if outcome:
            self.feed(worker)
            return outcome
        self.remove_worker(worker)
        self.add_worker()
        return number, FAILED, "the process that ran it was killed\n", 0.0

    def outcomes(self):
        """(id, status, text, seconds) of each test, as they end."""
        while any(worker.number is not None for worker in self.workers):
            for key, _events in self.selector.select():
                number, status, text, seconds = self.outcome_of(key.data)
                yield self.tests[number].id(), status, text, seconds

    def stop(self):
        for worker in self.workers:
            worker.stop()

    def end(self):
        for worker in list(self.workers):
            self.remove_worker(worker)


def run_all(tests, jobs, failed=0):
    """Runs TESTS in their order; the exit status for all. FAILED: what went wrong already."""
    counts = {"passed": 0, "failed": failed, "skipped": 0}
    pool = Pool(tests, jobs)
    try:
        for test_id, status, text, seconds in pool.outcomes():
            word = {PASSED: "passed", SKIPPED: "skipped"}.get(status, "failed")
            counts[word] += 1
            note = f" ({text.strip()})" if word == "skipped" else ""
            print(f"{word:7} {seconds:5.1f} s  {test_id}{note}", flush=True)
            if word == "failed":
                print(text, flush=True)
    except KeyboardInterrupt:
        pool.stop()
        print("stopped before the end", flush=True)
        counts["failed"] += 1
    finally:
        pool.end()
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] or not counts["passed"] else 0
