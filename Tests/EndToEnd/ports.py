"""Ports that only this test process has. Several run at once, and a gateway that was killed must find its ports
free when it comes again, however late: none is one that the kernel gives to whoever asks for any."""

from __future__ import annotations

import itertools
import socket
import time

FIRST = 12_000
#: What one process has: 4,000 for the relay of a gateway, then 500 for listeners, then 500 for media of peers.
SHARE = 5_000
#: Below 32,768, where the kernel's own begin.
SHARES = 4


class Ports:
    """A share of the ports, held until the process ends."""

    def __init__(self):
        self._lock, low = self._take()
        self.relay = (low, low + 3_999)
        self._listeners = itertools.cycle(range(low + 4_000, low + 4_500))
        self._talkers = itertools.cycle(range(low + 4_500, low + 5_000, 10))

    @staticmethod
    def _take() -> tuple[socket.socket, int]:
        """The first share that is free. Its lock is a name that only one socket on the machine can have."""
        while True:
            for number in range(SHARES):
                lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                try:
                    lock.bind(f"\0trunkline-ports-{number}")
                    return lock, FIRST + number * SHARE
                except OSError:
                    lock.close()
            time.sleep(0.2)

    def listener(self, kind: int = socket.SOCK_DGRAM) -> int:
        """A port of the loopback address that nobody has now, another one each time."""
        for port in self._listeners:
            with socket.socket(socket.AF_INET, kind) as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue

    def talker(self) -> int:
        """The first of ten ports for the media of a peer, another one each time."""
        return next(self._talkers)


PORTS = Ports()
free_port = PORTS.listener
