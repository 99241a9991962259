"""docs/troubleshooting.md has the words of every sentence that an error of the sources ends in."""

import glob
import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
# Sentences that others end, or that are put before others: no words of their own.
FRAMES = {"%s: %s", "%s:%u: %s", "%s %s%s%s", "cannot %s %s", "cannot %s %s/tmp/", "cannot %s %s/tmp/%s"}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def literals(text):
    """(position, text) of each; adjacent ones are one."""
    for match in re.finditer(rf"{LITERAL}(?:\s*(?:PRI\w+\s*)?{LITERAL})*", text):
        yield match.start(), "".join(part[1:-1] for part in re.findall(LITERAL, match[0])).replace(r'\"', '"')


def end_of_call(text, start):
    depth = 1
    while depth:
        literal = re.compile(LITERAL).match(text, start)
        if literal:
            start = literal.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[start], 0)
        start += 1
    return start


def sentences():
    found = set()
    for path in glob.glob(os.path.join(ROOT, "src/**/*.c"), recursive=True):
        text = read(path)
        all_of_file = list(literals(text))
        for call in re.finditer(r"\berror_set(?:_errno)?\(", text):
            end = end_of_call(text, call.end())
            inside = [words for at, words in all_of_file if call.end() <= at < end and len(words) > 3]
            found.update(inside[:1])
    return found - FRAMES


def fragments():
    """The first column of the tables: words with "; " between them, and "..." for others."""
    rows = re.findall(r"(?m)^\| (.+?) \| .*\|$", read("docs/troubleshooting.md"))
    return [fragment for row in rows if row not in ("it says", "---") for fragment in row.split("; ")]


def pattern(fragment):
    return ".*".join(re.escape(part) for part in fragment.split(" ... "))


class Troubleshooting(unittest.TestCase):
    def test_every_sentence_is_there(self):
        known = [re.compile(pattern(fragment)) for fragment in fragments()]
        all_sentences = sentences()
        self.assertGreater(len(all_sentences), 250)
        self.assertEqual(sorted(s for s in all_sentences if not any(p.search(s) for p in known)), [])

    def test_nothing_is_there_that_is_said_no_more(self):
        said = "\n".join(words for path in glob.glob(os.path.join(ROOT, "src/**/*.[ch]"), recursive=True)
                         for _at, words in literals(read(path)))
        self.assertEqual([f for f in fragments() if not re.search(pattern(f), said)], [])


if __name__ == "__main__":
    unittest.main()
