"""A TCP relay on loopback that counts and records, and cuts the connection after so many bytes."""

import socket
import threading

from .dovecot import free_port
from .listening import close_listener


class Relay:
    """Listens on .port, connects to TARGET. cut_after, cut_up_after: bytes from the server, from the
    client, after which both ends are closed, once; None: never. record keeps what the client sent
    in .sent and what it got in .received. A turn: the client speaks after the server spoke."""

    def __init__(self, target, cut_after=None, cut_up_after=None, record=False):
        self.target = target
        self.cut_after = cut_after
        self.cut_up_after = cut_up_after
        self.record = record
        self.lock = threading.Lock()
        self.threads = []
        self.reset()
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self):
        # What clients sent at their end, such as LOGOUT, may still be on its way.
        for thread in self.threads:
            thread.join(5)
        self.threads = []
        with self.lock:
            self.connections = self.bytes_down = self.bytes_up = self.turns = 0
            self.sent, self.received = bytearray(), bytearray()
            self.server_spoke = True

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, sink, down in ((client, server, False), (server, client, True)):
                thread = threading.Thread(target=self.pump, args=(source, sink, down), daemon=True)
                thread.start()
                self.threads.append(thread)

    def count(self, data, down):
        """Notes DATA; returns how much of it may pass, or None for all."""
        with self.lock:
            if down:
                passed, limit = self.bytes_down, self.cut_after
            else:
                passed, limit = self.bytes_up, self.cut_up_after
            if limit is not None and passed + len(data) >= limit:
                if down:
                    self.cut_after = None
                else:
                    self.cut_up_after = None
                return max(0, limit - passed)
            if down:
                self.bytes_down += len(data)
                self.server_spoke = True
            else:
                self.bytes_up += len(data)
                self.turns += self.server_spoke
                self.server_spoke = False
            if self.record:
                (self.received if down else self.sent).extend(data)
            return None

    def pump(self, source, sink, down):
        try:
            while data := source.recv(65536):
                passes = self.count(data, down)
                sink.sendall(data[:passes])
                if passes is not None:
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        close_listener(self.listener)
