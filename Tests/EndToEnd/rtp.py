"""A sender and receiver of RTP on one socket, for looking at media byte by byte."""

from __future__ import annotations

import socket
import struct
import threading
import time


def packet(sequence: int, *, source: int, payload: bytes, kind: int = 0) -> bytes:
    """One RTP packet of version 2: 20 ms of sound per sequence number at 8 kHz."""
    header = struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, sequence * 160, source)
    return header + payload


def packets(count: int, *, source: int) -> list[bytes]:
    """A run of packets, each with a payload of its own so that none can stand for another."""
    return [packet(n, source=source, payload=bytes((n * 7 + i) & 0xFF for i in range(160)))
            for n in range(1, count + 1)]


class RTPPeer:
    """A bound UDP port that collects what arrives and sends what it is told to."""

    def __init__(self, address: str = "127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.address, self.port = self.socket.getsockname()
        self.received: list[tuple[bytes, tuple[str, int]]] = []
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while True:
            try:
                data, source = self.socket.recvfrom(65535)
            except OSError:
                return
            if data == b"" and source[1] == self.port:
                return
            with self.changed:
                self.received.append((data, source))
                self.changed.notify_all()

    def send(self, target: tuple[str, int], run: list[bytes], *, interval: float = 0.002) -> None:
        """Sends packets in order, spaced so that no socket buffer overflows."""
        for data in run:
            self.socket.sendto(data, target)
            time.sleep(interval)

    def wait(self, count: int, timeout: float = 5.0) -> list[bytes]:
        """Packets so far, as soon as there are `count` of them; fewer when time runs out."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.received) >= count, timeout)
            return [data for data, _ in self.received]

    def clear(self) -> None:
        """Forgets what was received."""
        with self.changed:
            self.received.clear()

    def close(self) -> None:
        """Ends the receiving thread: an empty datagram to itself wakes it."""
        try:
            self.socket.sendto(b"", (self.address, self.port))
            self.thread.join(1)
        finally:
            self.socket.close()
