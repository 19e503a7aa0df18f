"""A table of record headers, each told by how it differs from the one before it."""

from __future__ import annotations

import struct
from typing import NamedTuple

from .checks import require

U64 = (1 << 64) - 1
VERSION, SAME_STREAM, TIME, IDENTIFIER, BOOT, KEY = 4, 8, 16, 32, 64, 128


class Row(NamedTuple):
    """A record header; `run` counts streams by their first records."""

    length: int
    type: int
    version: int
    promise: int
    wall: int
    instant: int
    boot: int
    key: int
    stream: bytes
    epoch: int
    ordinal: int
    run: int

    def header(self, base: int) -> bytes:
        """As it stands before the body, with the wall time counted from that base."""
        front = struct.pack(
            "<IHBBqqII",
            self.length,
            self.type,
            self.version,
            self.promise,
            signed(self.wall - base),
            signed(self.instant),
            self.boot,
            self.key,
        )
        return front + self.stream + struct.pack("<QQ", self.epoch, self.ordinal)


def signed(value: int) -> int:
    """A number modulo 2⁶⁴ as one with a sign."""
    return (value & U64 ^ 1 << 63) - (1 << 63)


class Cursor:
    """A position in the rows."""

    def __init__(self, data: bytes, offset: int):
        self.data = data
        self.at = 0
        #: Of complaints.
        self.offset = offset

    def byte(self) -> int:
        require(self.at < len(self.data), "a table ends early", self.offset)
        self.at += 1
        return self.data[self.at - 1]

    def number(self, largest: int = U64) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                require(value <= largest, "a number in a table is too large", self.offset)
                return value
            require(shift < 70, "a number in a table is too long", self.offset)

    def difference(self) -> int:
        value = self.number()
        return value >> 1 ^ -(value & 1)


def read_table(data: bytes, records: int, epoch: int, offset: int) -> tuple[list[Row], int]:
    """The rows of a table that fills the bytes, and the count of its streams."""
    cursor = Cursor(data, offset)
    rows: list[Row] = []
    wall = instant = boot = ordinal = streams = 0
    run, stream = -1, b""
    for _ in range(records):
        kind = cursor.byte() | cursor.byte() << 8
        flags = cursor.byte()
        version = cursor.number(255) if flags & VERSION else 1
        if not flags & SAME_STREAM:
            back = cursor.number(streams)
            streams += back == 0
            run = streams - (back or 1)
            place = len(data) - 16 * (run + 1)
            require(place >= cursor.at, "a stream in a table is missing", offset)
            stream = data[place : place + 16]
        require(run >= 0, "a record in a table is of no stream", offset)
        ordinal = ordinal + 1 & U64
        if flags & IDENTIFIER:
            epoch = epoch + cursor.difference() & U64
            ordinal = ordinal - 1 + cursor.difference() & U64
        if flags & BOOT:
            boot = cursor.number(0xFFFFFFFF)
        key = cursor.number(0xFFFFFFFF) if flags & KEY else 0
        if flags & TIME:
            later = cursor.difference()
            instant += later
            wall += later + cursor.difference()
        length = 64 + cursor.number(0xFFFFFF)
        row = (length, kind, version, flags & 3, wall, instant, boot, key, stream, epoch, ordinal)
        rows.append(Row(*row, run))
    require(cursor.at == len(data) - 16 * streams, "the length of a table", offset)
    return rows, streams
