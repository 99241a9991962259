"""The works that are measured: each changes one side or the other, for every program alike."""

import os
import time

from place import names, sizes

FLAGGED = "F"


class Work:
    """What is changed for one program on one side before it is run. With bodies, the bytes of all
    messages are compared afterwards, too."""

    def __init__(self, name, change=None, side="far", bodies=False):
        self.name = name
        self.change = change or (lambda place, program: None)
        self.side = side
        self.bodies = bodies


FIRST_SYNC = Work("first sync", bodies=True)


def spread(place, count):
    """Folders and how many of COUNT fall to each: mostly the large ones, as in life."""
    chosen = names(place.folders)[:4]
    if len(chosen) < 4:
        return [(chosen[0], count)]
    parts = [count * 2 // 5, count * 3 // 10, count // 5]
    parts.append(count - sum(parts))
    return list(zip(chosen, parts))


def new_far(count):
    def change(place, program):
        far = place.connect(program.user)
        for folder, part in spread(place, count):
            for _ in range(part):
                place.number += 1
                far.append(folder, None, None,
                           place.text.message(place.number, "far").replace(b"\n", b"\r\n"))
        far.logout()
    return change


def new_near(count, size=None):
    def change(place, program):
        for folder, part in spread(place, count):
            for _ in range(part):
                place.number += 1
                name = f"{int(time.time())}.{place.number}.bench"
                temporary = os.path.join(program.folder(folder), "tmp", name)
                with open(temporary, "wb") as f:
                    f.write(place.text.message(place.number, "near", size))
                os.rename(temporary, os.path.join(program.folder(folder), "new", name))
    return change


def flags_far(count):
    """Another flag each time, so that every round changes as many."""
    def change(place, program):
        far = place.connect(program.user)
        for folder, part in spread(place, count):
            far.select(folder)
            _, answer = far.uid("SEARCH", "UNFLAGGED")
            uids = answer[0].split()[:part]
            far.uid("STORE", b",".join(uids).decode(), "+FLAGS.SILENT", "(\\Flagged)")
        far.logout()
    return change


def near_files(program, folder):
    cur = os.path.join(program.folder(folder), "cur")
    return cur, sorted(name for name in os.listdir(cur) if name[0] != ".")


def flags_near(count):
    def change(place, program):
        for folder, part in spread(place, count):
            cur, files = near_files(program, folder)
            # mbsync's names hold ",U=n" before the info part; the letters come last in all.
            chosen = [n for n in files if FLAGGED not in n.rpartition(":2,")[2]][-part:]
            for name in chosen:
                base, _, letters = name.rpartition(":2,")
                os.rename(os.path.join(cur, name),
                          os.path.join(cur, f"{base or name}:2,{''.join(sorted(letters + 'F'))}"
                                       if base else os.path.join(cur, name + ":2,F")))
    return change


def remove_far(count):
    def change(place, program):
        far = place.connect(program.user)
        for folder, part in spread(place, count):
            far.select(folder)
            _, answer = far.uid("SEARCH", "ALL")
            uids = answer[0].split()[:part]
            far.uid("STORE", b",".join(uids).decode(), "+FLAGS.SILENT", "(\\Deleted)")
            far.expunge()
        far.logout()
    return change


def remove_near(count):
    def change(place, program):
        for folder, part in spread(place, count):
            cur, files = near_files(program, folder)
            for name in files[:part]:
                os.unlink(os.path.join(cur, name))
    return change


def works(place):
    """A round of all; deletions leave at least half of the largest folders."""
    largest = min(count / share for count, share in
                  zip(sizes(place.messages, place.folders), (0.4, 0.3, 0.2, 0.1)))
    many = 1000 if largest > 4000 else 100
    return [Work("nothing to do"),
            Work("100 new far", new_far(100)),
            Work("100 new near", new_near(100), "near"),
            Work(f"{many:,} new near, 4 kB", new_near(many, 4096), "near"),
            Work("100 flags far", flags_far(100)),
            Work("100 flags near", flags_near(100), "near"),
            Work(f"{many:,} removed far", remove_far(many)),
            Work(f"{many:,} removed near", remove_near(many), "near")]


def works_of_one_folder(place):
    """Those that tell whether anything grows with a folder."""
    return [work for work in works(place) if "removed" not in work.name and "kB" not in work.name]
