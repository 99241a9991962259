"""A TCP relay on loopback, a process of its own: adds latency and a rate limit, counts connections, bytes and
turns. A turn: the client sends something after it was given something. The handshake of TCP takes a round trip
as well: the server's first bytes come one later. Bytes are delayed and not held back: any number of them may be
under way, up to HIGH_WATER, which is what a large TCP window allows.

Speaks JSON over stdin and stdout, a line each: it says {"port": N} once; each line it is given, it answers
with the counts since the last one. Ends with its input."""

import argparse
import asyncio
import collections
import json
import sys

HIGH_WATER = 4 << 20  # bytes under way in one direction; then the sender has to wait


class Counts:
    def __init__(self):
        self.reset()
        self.server_spoke = set()

    def reset(self):
        self.connections = self.turns = self.up = self.down = 0


class Direction(asyncio.Protocol):
    """What one end sends, on its way to the other: a queue, for what was sent in the same instant
    must not overtake itself."""

    def __init__(self, relay, down):
        self.relay, self.down = relay, down
        self.other = None  # the Direction of the other end
        self.transport = None
        self.queue = collections.deque()  # (when it arrives, bytes; None is the end)
        self.timer = None
        self.under_way = 0
        self.free_at = 0.0
        self.not_before = 0.0

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data):
        counts = self.relay.counts
        if self.down:
            counts.down += len(data)
        else:
            counts.up += len(data)
            if self in counts.server_spoke:
                counts.server_spoke.discard(self)
                counts.turns += 1
        self.send(data)

    def connection_lost(self, _error):
        self.relay.counts.server_spoke.discard(self)
        self.send(None)

    def send(self, data):
        relay = self.relay
        size = len(data) if data else 0
        sent = max(relay.loop.time(), self.free_at) + (size / relay.rate if relay.rate else 0)
        self.free_at = sent
        self.under_way += size
        if self.under_way > HIGH_WATER:
            self.transport.pause_reading()
        self.queue.append((max(sent + relay.delay, self.not_before), data))
        if self.other and not self.timer:
            self.arrive()

    def arrive(self):
        """Hands on what is due, and comes back for the rest."""
        self.timer = None
        while self.queue and self.queue[0][0] <= self.relay.loop.time():
            self.deliver(self.queue.popleft()[1])
        if self.under_way <= HIGH_WATER:
            self.transport.resume_reading()
        if self.queue:
            self.timer = self.relay.loop.call_at(self.queue[0][0], self.arrive)

    def deliver(self, data):
        if data is None:
            self.other.transport.close()
            return
        self.under_way -= len(data)
        if self.other.transport.is_closing():
            return
        if self.down:
            self.relay.counts.server_spoke.add(self.other)
        self.other.transport.write(data)

    def pause_writing(self):
        self.other.transport.pause_reading()

    def resume_writing(self):
        self.other.transport.resume_reading()


class Relay:
    def __init__(self, arguments):
        self.target = arguments.target
        self.delay = arguments.round_trip / 2000
        self.rate = arguments.rate * 1024
        self.counts = Counts()
        self.loop = None

    def accept(self):
        client = Direction(self, False)
        self.counts.connections += 1
        self.loop.create_task(self.connect(client))
        return client

    async def connect(self, client):
        server = Direction(self, True)
        server.not_before = self.loop.time() + 4 * self.delay
        server.other = client
        await self.loop.create_connection(lambda: server, "127.0.0.1", self.target)
        client.other = server
        client.arrive()

    async def run(self):
        self.loop = asyncio.get_running_loop()
        listener = await self.loop.create_server(self.accept, "127.0.0.1", 0)
        print(json.dumps({"port": listener.sockets[0].getsockname()[1]}), flush=True)
        while await self.loop.run_in_executor(None, sys.stdin.readline):
            counts = self.counts
            print(json.dumps({"connections": counts.connections, "turns": counts.turns,
                              "up": counts.up, "down": counts.down}), flush=True)
            counts.reset()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=int, help="port on loopback")
    parser.add_argument("--round-trip", type=float, default=0, help="milliseconds")
    parser.add_argument("--rate", type=float, default=0, help="kB/s in each direction; 0: no limit")
    asyncio.run(Relay(parser.parse_args()).run())


if __name__ == "__main__":
    main()
