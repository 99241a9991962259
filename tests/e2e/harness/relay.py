"""A TCP relay on loopback that counts, and cuts the connection after so many bytes."""

import socket
import threading

from .dovecot import free_port


class Relay:
    """Listens on .port, connects to TARGET. cut_after: bytes from the server after which both ends
    are closed, once; None: never."""

    def __init__(self, target, cut_after=None):
        self.target = target
        self.cut_after = cut_after
        self.connections = 0
        self.bytes_down = 0
        self.bytes_up = 0
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, down in ((client, server, False), (server, client, True)):
                threading.Thread(target=self.pump, args=(source, sink, down), daemon=True).start()

    def pump(self, source, sink, down):
        try:
            while data := source.recv(65536):
                if down:
                    if self.cut_after is not None and self.bytes_down + len(data) >= self.cut_after:
                        sink.sendall(data[:max(0, self.cut_after - self.bytes_down)])
                        self.cut_after = None
                        break
                    self.bytes_down += len(data)
                else:
                    self.bytes_up += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listener.close()
