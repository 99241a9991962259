"""Mail that looks like mail: seeded, so that every run makes the same."""

import base64
import random
import re

WORDS = ("boat tide shuttle loom thread weave harbour letter stamp parcel rain window ladder "
         "copper lantern orchard kettle engine signal bridge").split()
NAMES = ["Ada Lovelace", "Grace Hopper", "Jürgen Weiß", "Zoë Ólafsdóttir", "山田 太郎", "Jean-Luc Été"]


def encoded_word(text):
    if text.isascii():
        return text
    return "=?utf-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def sentence(rng, count=12):
    return " ".join(rng.choice(WORDS) for _ in range(count)).capitalize() + "."


def message(number, seed=0, size=None, attachment=False, subject=None, eight_bit=False,
            references=None, message_id=True, long_header=False):
    """One message with CRLF line ends, as bytes."""
    rng = random.Random(f"{seed}/{number}")
    sender = rng.choice(NAMES)
    headers = [
        f"From: {encoded_word(sender)} <sender{number}@example.org>",
        "To: reader@example.net",
        f"Subject: {encoded_word(subject or sentence(rng, 5))}",
        f"Date: Mon, {1 + number % 28:02d} Jan 2024 {number % 24:02d}:00:00 +0000",
    ]
    if message_id:
        headers.append(f"Message-ID: <{seed}.{number}@example.org>")
    if references is not None:
        headers.append(f"In-Reply-To: <{seed}.{references}@example.org>")
    if long_header:
        headers.append("X-Long: " + " ".join(sentence(rng, 8) for _ in range(60)))
    headers.append("MIME-Version: 1.0")
    text = "\r\n".join(sentence(rng) for _ in range(3 + number % 5))
    if eight_bit:
        headers.append("Content-Type: text/plain; charset=utf-8")
        headers.append("Content-Transfer-Encoding: 8bit")
        text += "\r\nGrüße, žluťoučký kůň, 日本語\r\n"
    elif attachment:
        data = base64.encodebytes(rng.randbytes(3000)).decode().replace("\n", "\r\n")
        headers.append('Content-Type: multipart/mixed; boundary="b"')
        text = (f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\n"
                "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                f"Content-Disposition: attachment; filename=data.bin\r\n\r\n{data}--b--")
    body = ("\r\n".join(headers) + "\r\n\r\n" + text + "\r\n").encode()
    if size is not None and len(body) < size:
        line = b"x" * 76 + b"\r\n"
        body += line * ((size - len(body)) // len(line))
    return body


def to_near(wire):
    """What a message is on disk: CRLF becomes LF, but CR CR LF stays as it is."""
    return wire.replace(b"\r\r\n", b"\0KEEP\0").replace(b"\r\n", b"\n").replace(
        b"\0KEEP\0", b"\r\r\n")


def to_wire(near):
    """What a file is on the wire: an LF without CR before it becomes CRLF."""
    return re.sub(rb"(?<!\r)\n", b"\r\n", near)
