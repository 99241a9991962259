"""Runs of navette in which a call fails, or that die at a numbered point: see tests/faults/faults.h."""

import errno
import os
import struct
import subprocess

from . import case

# In the order of FAULT_KINDS in tests/faults/faults.h.
KINDS = ("open create read write pwrite rename unlink mkdir truncate sync utime close opendir readdir "
         "stat lock spawn socket connect send recv poll memory mmap thread mdb-open mdb-resize "
         "mdb-begin mdb-commit mdb-get mdb-put mdb-del tls-new tls-connect tls-read tls-write "
         "inflate deflate stdio seek resolve random wait sleep digest sasl pread "
         "fcntl mdb-sync close-written mdb-meta").split()
LIBRARY = os.path.join(os.path.dirname(os.path.abspath(case.BINARY)), "tests/faults/libfaults.so")
# Codes of libraries; all others are of errno. TLS is an error in OpenSSL's queue.
CODES = {"MDB_MAP_FULL": -30792, "MDB_READERS_FULL": -30790, "MDB_MAP_RESIZED": -30785,
         "MDB_CORRUPTED": -30796, "Z_STREAM_ERROR": -2, "Z_DATA_ERROR": -3, "Z_MEM_ERROR": -4,
         "EAI_AGAIN": -3, "EAI_MEMORY": -10, "GSASL_MALLOC_ERROR": 7,
         "GSASL_AUTHENTICATION_ERROR": 31, "TLS": 1, "short": "short"}


class Faulty:
    """What one run did: .status (negative: the signal), .err, .changes, .fired, .calls by kind."""

    def __init__(self, status, err, report):
        numbers = struct.unpack(f"{2 + len(KINDS)}Q", report)
        self.status, self.err = status, err
        self.changes, self.fired = numbers[:2]
        self.calls = dict(zip(KINDS, numbers[2:]))

    def __repr__(self):
        return f"exit {self.status}, {self.fired} fired\n{self.err}"


def run(test, *arguments, kill=None, fail=None, journal=None, map_size=None, second=None):
    """KILL: (number, mode) or (kind, number, mode); FAIL: (kind, number or "N+", name of a code); JOURNAL: is added to,
    for harness.power; MAP_SIZE: bytes that LMDB's map begins with; SECOND: (T, milliseconds)."""
    if not os.path.exists(LIBRARY):
        test.fail(f"{LIBRARY} is missing: build it with make check TESTS=")
    report = os.path.join(test.directory, "faults")
    environment = dict(test.environment, LD_PRELOAD=LIBRARY, FAULTS_REPORT=report)
    if kill:
        environment["FAULTS_KILL"] = ":".join(map(str, kill))
    if fail:
        code = CODES.get(fail[2]) or getattr(errno, fail[2])
        environment["FAULTS_FAIL"] = f"{fail[0]}:{fail[1]}:{code}"
    if map_size:
        environment["FAULTS_MAP"] = str(map_size)
    if journal:
        environment["FAULTS_JOURNAL"] = journal
    if second:
        environment["FAULTS_SECOND"] = f"{second[0]}+{second[1]}"
    if os.path.exists(report):
        os.unlink(report)
    process = subprocess.run([case.BINARY, "-c", test.config, "sync", *arguments],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             errors="replace", env=environment, timeout=case.TIMEOUT, check=False)
    with open(report, "rb") as f:
        return Faulty(process.returncode, process.stderr, f.read())
