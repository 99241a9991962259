"""The disk after a power cut: what a run did to files (tests/faults/journal.c) is done again on a copy of what
was there before, without what was not yet made durable.

Durable is what of a file's bytes and date was written before an fsync of it, what of names was changed before an
fsync of their directory, and all of both before a syncfs; and bytes written through a descriptor that syncs by
itself. A rename is there as a whole or not at all, as with every journaling file system. Bytes that a sync or a close
failed for are lost, whatever is said of them later: the kernel takes them for written."""

import copy
import os
import shutil
import struct

(CREATE, WRITE, TRUNCATE, DATE, SYNC, SYNC_ALL, RENAME, UNLINK, MKDIR,
 EXCHANGE, LOST, LOST_ALL) = range(1, 13)
NAME_EVENTS = (CREATE, RENAME, UNLINK, MKDIR, EXCHANGE)
HEADER = struct.Struct("=IIQQ3II")
PAGE = 4096


class Event:
    def __init__(self, kind, durable, inode, number, path, other, data):
        self.kind, self.durable, self.inode, self.number = kind, bool(durable), inode, number
        self.path, self.other, self.data = path, other, data
        self.lost = False

    def directories(self):
        return {os.path.dirname(p) for p in (self.path, self.other) if p}


def read_journal(path):
    events = []
    with open(path, "rb") as f:
        while header := f.read(HEADER.size):
            kind, durable, inode, number, first, second, length, _unused = HEADER.unpack(header)
            parts = [f.read(n) for n in (first, second, length)]
            events.append(Event(kind, durable, inode, number, os.fsdecode(parts[0]),
                                os.fsdecode(parts[1]), parts[2]))
    return events


def note_durable(events):
    """Marks what a later event made durable, or impossible to make so."""
    for i, event in enumerate(events):
        for earlier in events[:i]:
            is_name = earlier.kind in NAME_EVENTS
            if event.kind in (LOST, LOST_ALL):
                meant = event.kind == LOST_ALL or earlier.inode == event.inode
                earlier.lost |= meant and not is_name and not earlier.durable
            elif event.kind == SYNC_ALL:
                earlier.durable |= not earlier.lost
            elif event.kind == SYNC and is_name:
                earlier.durable |= event.path in earlier.directories()
            elif event.kind == SYNC:
                earlier.durable |= earlier.inode == event.inode and not earlier.lost


class Disk:
    """Files and directories below ROOTS."""

    def __init__(self, roots):
        self.roots = roots
        self.directories, self.names, self.files, self.dates = set(), {}, {}, {}
        for root in roots:
            for directory, _names, files in os.walk(root):
                self.directories.add(directory)
                for name in files:
                    self.take(os.path.join(directory, name))

    def take(self, path):
        status = os.stat(path)
        self.names[path] = status.st_ino
        self.dates[status.st_ino] = status.st_mtime
        with open(path, "rb") as f:
            self.files[status.st_ino] = bytearray(f.read())

    def do(self, event):
        if event.kind == CREATE:
            self.names[event.path] = event.inode
            self.files.setdefault(event.inode, bytearray())
        elif event.kind == MKDIR:
            self.directories.add(event.path)
        elif event.kind == UNLINK:
            self.names.pop(event.path, None)
            self.directories.discard(event.path)
        elif event.kind == RENAME:
            self.names.pop(event.path, None)
            self.names[event.other] = event.inode
        elif event.kind == EXCHANGE:
            other = self.names.get(event.other)
            self.names[event.other] = event.inode
            self.names[event.path] = other
        else:
            self.do_to_file(event)

    def do_to_file(self, event):
        data = self.files.setdefault(event.inode, bytearray())
        if event.kind == WRITE:
            data.extend(bytes(max(0, event.number + len(event.data) - len(data))))
            data[event.number:event.number + len(event.data)] = event.data
        elif event.kind == TRUNCATE:
            data.extend(bytes(max(0, event.number - len(data))))
            del data[event.number:]
        elif event.kind == DATE:
            self.dates[event.inode] = event.number

    def write(self):
        for root in self.roots:
            shutil.rmtree(root, ignore_errors=True)
        for directory in sorted(self.directories):
            os.makedirs(directory, mode=0o700, exist_ok=True)
        for path, inode in self.names.items():
            if os.path.dirname(path) not in self.directories:
                continue  # its directory is gone, and it with that
            with open(path, "wb") as f:
                f.write(self.files.get(inode, b""))
            os.chmod(path, 0o600)
            if inode in self.dates:
                os.utime(path, (self.dates[inode], self.dates[inode]))


def survivors(events, way, rng):
    """Which events the disk has. WAY: "durable" ones alone; "names" too, in their order, but no bytes; "some": a
    part of the names' history, and of the bytes any."""
    names = [e for e in events if e.kind in NAME_EVENTS]
    kept = {"durable": 0, "names": len(names), "some": rng.randint(0, len(names))}[way]
    early = set(names[:kept])
    return [e for e in events if e.durable or e in early or
            (way == "some" and e.kind not in NAME_EVENTS and rng.random() < 0.5)]


class Recording:
    """What runs did to the files below ROOTS, from now on."""

    def __init__(self, journal, roots):
        self.journal, self.disk = journal, Disk(roots)
        if os.path.exists(journal):
            os.unlink(journal)

    def end(self):
        self.events = [e for e in read_journal(self.journal)
                       if any(e.path.startswith(root) for root in self.disk.roots)]
        note_durable(self.events)

    def cut(self, way, rng):
        """The files as they were, with what survives. Returns how much did not."""
        disk = copy.deepcopy(self.disk)
        kept = survivors(self.events, way, rng)
        for event in kept:
            disk.do(event)
        disk.write()
        return len(self.events) - len(kept)
