"""Sockets that wait for connections."""

import socket


def close_listener(listener):
    """Closes it for good: a thread that waits in accept() would keep it listening otherwise, and
    take the connection that was meant for the next server on that port."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listener.close()
