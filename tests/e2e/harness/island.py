"""A network of its own, where the names and the pages of a few domains are ours: island.py DIRECTORY COMMAND... runs the
command there, in namespaces that unshare(1) made. DIRECTORY holds records.json ({"NAME TYPE": data}), pages.json
({"HOST/PATH": text}), resolv.conf, and the certificate and key of the HTTPS server, cert.pem and key.pem."""

import fcntl
import http.server
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading

TYPES = {1: "A", 15: "MX", 33: "SRV"}
NO_SUCH_NAME = 3
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def available():
    """Whether such a network can be made here."""
    return subprocess.run(["unshare", "-Urmn", "true"], capture_output=True, check=False).returncode == 0


def command(directory, *arguments):
    """The command line that runs ARGUMENTS in one."""
    return ["unshare", "-Urmn", sys.executable, os.path.abspath(__file__), directory, *arguments]


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def data_of(kind, record):
    if kind == "A":
        return socket.inet_aton(record)
    if kind == "MX":
        return struct.pack(">H", record[0]) + encode(record[1])
    return struct.pack(">HHH", *record[:3]) + encode(record[3])


def answer(question, records):
    """RFC 1035 section 4: the header, the question, and a record of the name that was asked for."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode())
        at += 1 + question[at]
    kind = TYPES.get(struct.unpack_from(">H", question, at + 1)[0], "")
    name = ".".join(labels).lower()
    found = records.get(f"{name} {kind}")
    known = any(key.split(" ")[0] == name for key in records)
    flags = 0x8180 | (0 if known else NO_SUCH_NAME)
    reply = question[:2] + struct.pack(">HHHHH", flags, 1, 1 if found else 0, 0, 0) + question[12:at + 5]
    if found:
        data = data_of(kind, found)
        reply += struct.pack(">HHHIH", 0xC00C, struct.unpack_from(">H", question, at + 1)[0], 1, 60, len(data)) + data
    return reply


def serve_names(records):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def run():
        while True:
            question, peer = server.recvfrom(4096)
            server.sendto(answer(question, records), peer)

    threading.Thread(target=run, daemon=True).start()


class Pages(http.server.BaseHTTPRequestHandler):
    pages = {}

    def do_GET(self):
        text = self.pages.get(self.headers["Host"] + self.path)
        self.send_response(200 if text else 404)
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, *_arguments):
        pass


def serve_pages(directory, pages):
    Pages.pages = pages
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    directory = sys.argv[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    subprocess.run(["mount", "--bind", os.path.join(directory, "resolv.conf"), "/etc/resolv.conf"], check=True)
    for name, serve in (("records.json", serve_names), ("pages.json", lambda pages: serve_pages(directory, pages))):
        with open(os.path.join(directory, name), encoding="utf-8") as f:
            serve(json.load(f))
    sys.exit(subprocess.run(sys.argv[2:], check=False).returncode)


if __name__ == "__main__":
    main()
