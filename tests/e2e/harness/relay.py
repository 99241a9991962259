"""A TCP relay on loopback that counts and records, and harms the connection after so many bytes."""

import socket
import struct
import threading
import time

from .listening import close_listener

FIN, RESET, STALL = "fin", "reset", "stall"


class Link:
    """One connection through the relay: both its ends, closed when both its pumps have ended."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.ends = (client, server)
        self.pumps = 2
        self.stalled = False
        self.lock = threading.Lock()
        for end in self.ends:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def shut(self, how):
        """Ends both pumps."""
        for end in self.ends:
            try:
                if how == RESET:  # then close() sends no FIN but RST
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.shutdown(socket.SHUT_RD)
                else:
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def end_pump(self):
        with self.lock:
            self.pumps -= 1
            last = self.pumps == 0
        if last and not self.stalled:
            self.close()

    def close(self):
        for end in self.ends:
            end.close()


class Relay:
    """Listens on .port, connects to TARGET on HOST. cut_after, cut_up_after: bytes from the server, from
    the client, after which the connection is harmed, once; None: never. how: FIN and RESET cut it at both
    ends, STALL keeps it open and lets nothing through any more. for_good: every later connection is
    harmed before its first byte. on_sent(data): called before what the client sent goes on. record keeps what the client sent in .sent and what it got in
    .received. rate: bytes a second from the server, on each connection. A turn: the client speaks after the server spoke."""

    def __init__(self, target, cut_after=None, cut_up_after=None, record=False, host="127.0.0.1",
                 how=FIN, for_good=False):
        self.target = target
        self.host = host
        self.cut_after = cut_after
        self.cut_up_after = cut_up_after
        self.how = how
        self.for_good = for_good
        self.on_sent = None
        self.rate = None
        self.record = record
        self.harmed = False
        self.lock = threading.Lock()
        self.threads = []
        self.links = []
        self.reset()
        # A port that was looked for before could be another's by now.
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self):
        # What clients sent at their end, such as LOGOUT, may still be on its way.
        for thread in self.threads:
            thread.join(5)
        self.threads = []
        with self.lock:
            links, self.links = self.links, []
            self.connections = self.bytes_down = self.bytes_up = self.turns = 0
            self.sent, self.received = bytearray(), bytearray()
            self.server_spoke = True
        for link in links:
            if link.stalled:
                link.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                refused = self.harmed and self.for_good
            try:
                link = Link(client, socket.create_connection((self.host, self.target)))
            except OSError:
                client.close()
                continue
            self.links.append(link)
            if refused:
                link.stalled = self.how == STALL
                if not link.stalled:
                    link.shut(self.how)
                    link.close()
                continue
            for down in (False, True):
                thread = threading.Thread(target=self.pump, args=(link, down), daemon=True)
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
                self.harmed = True
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

    def pump(self, link, down):
        source, sink = (link.server, link.client) if down else (link.client, link.server)
        how = FIN
        try:
            while (data := source.recv(4096 if self.rate else 65536)) and not link.stalled:
                if down and self.rate:
                    time.sleep(len(data) / self.rate)
                if self.on_sent and not down:
                    self.on_sent(data)
                passes = self.count(data, down)
                sink.sendall(data[:passes])
                if passes is not None:
                    how = self.how
                    break
        except OSError:
            pass
        if how == STALL:
            link.stalled = True
        if not link.stalled:
            link.shut(how)
        link.end_pump()

    def stop(self):
        close_listener(self.listener)
        for link in self.links:
            if link.stalled:
                link.close()
