"""COMPRESS=DEFLATE (RFC 4978) for the scripted server."""

import functools
import zlib

from .scripted import Session

BLOCK = 1 << 20


class Connection:
    """Both ways compressed; .raw sends bytes as they are."""

    def __init__(self, connection):
        self.connection = connection
        self.out = zlib.compressobj(wbits=-15)

    def sendall(self, data):
        self.connection.sendall(self.out.compress(data) + self.out.flush(zlib.Z_SYNC_FLUSH))

    def raw(self, data):
        self.connection.sendall(data)


class Reader:
    def __init__(self, file):
        self.file, self.inflate, self.ahead = file, zlib.decompressobj(wbits=-15), b""

    def more(self):
        """False at the end."""
        byte = self.file.read(1)
        self.ahead += self.inflate.decompress(byte)
        return bool(byte)

    def read(self, size):
        while len(self.ahead) < size and self.more():
            pass
        data, self.ahead = self.ahead[:size], self.ahead[size:]
        return data

    def readline(self):
        while b"\n" not in self.ahead and self.more():
            pass
        end = self.ahead.find(b"\n") + 1 or len(self.ahead)
        return self.read(end)

    def close(self):
        self.file.close()


class DeflatedSession(Session):
    def do_compress(self, tag, _rest, _literals):
        self.ok(tag)
        self.connection = Connection(self.connection)
        self.reader = Reader(self.reader)


@functools.lru_cache
def bomb(byte):
    """A kB or so that becomes a MiB of BYTE, and may be sent again and again."""
    press = zlib.compressobj(9, wbits=-15)
    press.compress(byte)
    press.flush(zlib.Z_FULL_FLUSH)
    return press.compress(byte * (BLOCK // len(byte))) + press.flush(zlib.Z_FULL_FLUSH)
