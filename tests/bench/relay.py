"""A TCP relay on loopback, a process of its own: adds latency and a rate limit, counts connections, bytes and
turns. A turn: the client sends something after it was given something. The handshake of TCP takes a round trip
as well: the server's first bytes come one later.

Speaks JSON over stdin and stdout, a line each: it says {"port": N} once; each line it is given, it answers
with the counts since the last one. Ends with its input."""

import argparse
import asyncio
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
    """What one end sends, on its way to the other."""

    def __init__(self, relay, down):
        self.relay, self.down = relay, down
        self.other = None  # the Direction of the other end
        self.transport = None
        self.waiting = []
        self.under_way = 0
        self.free_at = 0.0
        self.not_before = 0.0

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data):
        relay, loop = self.relay, self.relay.loop
        if self.down:
            relay.counts.down += len(data)
        else:
            relay.counts.up += len(data)
            if self in relay.counts.server_spoke:
                relay.counts.server_spoke.discard(self)
                relay.counts.turns += 1
        if not self.other:  # the server is not reached yet
            self.waiting.append(data)
            return
        if not relay.delay and not relay.rate:
            self.deliver(data)
            return
        sent = max(loop.time(), self.free_at)
        if relay.rate:
            sent += len(data) / relay.rate
        self.free_at = sent
        self.under_way += len(data)
        if self.under_way > HIGH_WATER:
            self.transport.pause_reading()
        loop.call_at(max(sent + relay.delay, self.not_before), self.arrive, data)

    def arrive(self, data):
        self.under_way -= len(data)
        if self.under_way <= HIGH_WATER:
            self.transport.resume_reading()
        self.deliver(data)

    def deliver(self, data):
        if self.down:
            self.relay.counts.server_spoke.add(self.other)
        self.other.transport.write(data)

    def connection_lost(self, _error):
        if self.other:
            self.relay.loop.call_later(self.relay.delay, self.other.transport.close)

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
        # Only a turn once it was told something: the greeting is not the client's turn.
        self.loop.create_task(self.connect(client))
        return client

    async def connect(self, client):
        server = Direction(self, True)
        server.not_before = self.loop.time() + 4 * self.delay
        server.other = client
        await self.loop.create_connection(lambda: server, "127.0.0.1", self.target)
        client.other = server
        waiting, client.waiting = client.waiting, []
        for data in waiting:
            client.deliver(data)

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
