#!/usr/bin/env python3
"""Seeds from the replies of other projects' tests: tests/fuzz/seeds.py FOLDER TARGET DIRECTORY writes those that a
target can use into DIRECTORY, a file each. FOLDER (NAVETTE_WIRE) holds wire-strings/NAME.txt (lines) and
net-imap/NAME.yml (:response: "...").
SPDX-License-Identifier: GPL-3.0-or-later"""

import glob
import hashlib
import json
import os
import re
import sys

# What a target wants in front of replies, and behind them.
FRAMES = {
    "imap-response": (b"", b""),
    "imap-fetch": (b"", b"A3 OK\r\nA4 OK\r\nA5 OK\r\n"),
    "imap-list": (b"\x00", b"A2 OK\r\n"),
    "imap-session": (b"\x01", b""),
}
WORDS = {"imap-fetch": rb"FETCH|VANISHED|EXISTS|EXPUNGE", "imap-list": rb"LIST|STATUS"}


def replies(folder):
    for path in sorted(glob.glob(os.path.join(folder, "wire-strings", "*.txt"))):
        with open(path, "rb") as f:
            for line in f.read().split(b"\n"):
                if line and not line.startswith(b"##"):
                    yield line + b"\r\n"
    for path in sorted(glob.glob(os.path.join(folder, "net-imap", "*.yml"))):
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            for text in re.findall(r'^\s*:response: ("(?:[^"\\]|\\.)*")', f.read(), re.MULTILINE):
                try:
                    yield json.loads(text).encode()
                except ValueError:
                    pass  # an escape that JSON does not have


def main():
    folder, target, directory = sys.argv[1:]
    if target not in FRAMES:
        return
    head, tail = FRAMES[target]
    for reply in replies(folder):
        if re.search(WORDS.get(target, b""), reply):
            name = hashlib.sha256(reply).hexdigest()[:16]
            with open(os.path.join(directory, "wire-" + name), "wb") as f:
                f.write(head + reply + tail)


main()
