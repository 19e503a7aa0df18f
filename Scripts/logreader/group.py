"""A group of a sealed segment: batches taken apart, and the bodies of their records by stream."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from .batch import MAXIMUM_RECORDS, Batch, check_content, read_records
from .checks import crc32c, decompress, is_zeros, padded, require
from .table import Row, read_table, signed

MAXIMUM_GROUP = 16 << 20
BLOCK = 1 << 20
FRONT = struct.Struct("<4sIQ8s32sIIIIII")
BATCH = struct.Struct("<BIQQqq")


class GroupHeader(NamedTuple):
    """The 80 bytes before the table of blocks."""

    magic: bytes
    batches: int
    first_event: int
    salt: bytes
    chain: bytes
    records: int
    streams: int
    bodies: int
    plan_stored: int
    plan_length: int
    plan_crc: int


class Group:
    """What stands at an offset of a sealed segment."""

    def __init__(self, data: bytes, at: int, salt: bytes):
        self.at = at
        require(data[at : at + 4] == b"TGRP" and len(data) >= at + FRONT.size, "no group", at)
        self.header = header = GroupHeader(*FRONT.unpack_from(data, at))
        blocks = -(-header.bodies // BLOCK)
        end = at + FRONT.size + 8 * blocks
        self._check_header(data[at : end + 4], salt)
        table = [struct.unpack_from("<II", data, place) for place in range(at + 80, end, 8)]
        parts = [(header.plan_stored, header.plan_crc, header.plan_length)]
        for index, (stored, crc) in enumerate(table):
            parts.append((stored, crc, min(BLOCK, header.bodies - index * BLOCK)))
        place = end + 4
        unpacked = []
        for stored, crc, length in parts:
            unpacked.append(self._part(data[place : place + stored], stored, crc, length))
            place += stored
        self.length = padded(place - at)
        padding = data[place : at + self.length]
        require(
            len(padding) == at + self.length - place and is_zeros(padding),
            "the padding is not zeros",
            at,
        )
        self._read_plan(unpacked[0])
        self._bodies = b"".join(unpacked[1:])

    def _check_header(self, front: bytes, salt: bytes) -> None:
        header, at = self.header, self.at
        require(len(front) >= FRONT.size + 4, "the group is cut off", at)
        require(
            crc32c(front[:-4]) == int.from_bytes(front[-4:], "little"), "group header checksum", at
        )
        require(header.salt == salt, "a group of another segment", at)
        require(0 < header.batches <= header.records, "the count of batches in a group", at)
        require(0 < header.streams <= header.records, "the count of streams in a group", at)
        require(64 * header.records + header.bodies <= MAXIMUM_GROUP, "the group is too long", at)
        table = header.plan_length - 69 * header.batches - 4 * header.streams
        require(4 * header.records <= table <= 80 * header.records, "the length of a plan", at)

    def _part(self, stored: bytes, size: int, crc: int, length: int) -> bytes:
        require(size <= length, "a part of a group is longer than before compression", self.at)
        require(len(stored) == size and crc32c(stored) == crc, "checksum in a group", self.at)
        part = decompress(int(size < length), stored, length, b"", self.at)
        require(len(part) == length, "a part of a group has another length", self.at)
        return part

    # The plan

    def _read_plan(self, plan: bytes) -> None:
        header = self.header
        pieces = []
        for size in (37 * header.batches, 32 * header.batches, 4 * header.streams):
            pieces.append(plan[:size])
            plan = plan[size:]
        self._batches = list(BATCH.iter_unpack(rows(pieces[0], header.batches)))
        self._chains = [pieces[1][at : at + 32] for at in range(0, len(pieces[1]), 32)]
        order = [place for (place,) in struct.iter_unpack("<I", pieces[2])]
        require(sorted(order) == list(range(header.streams)), "the order of a group", self.at)
        self._rows, streams = read_table(plan, header.records, 0, self.at)
        require(streams == header.streams, "the count of streams in a group", self.at)
        bodies = sum(row.length - 64 for row in self._rows)
        require(bodies == header.bodies, "the bodies of a group", self.at)
        self._starts = starts(self._rows, order)

    # The batches

    def batches(self) -> Iterator[Batch]:
        """Each as it was when it was live; every check of itself passed."""
        first, chain, record = self.header.first_event, self.header.chain, 0
        for (kind, count, epoch, _, before, after_last), after in zip(self._batches, self._chains):
            require(kind <= 1 and count > 0, "a batch of unknown kind", self.at)
            until = record + (1 if kind == 1 else count)
            require(until <= self.header.records, "the count of records in a group", self.at)
            wall = signed(self._rows[record].wall + before)
            raw = b"".join(self._record(index, wall) for index in range(record, until))
            require(len(raw) <= MAXIMUM_RECORDS, "the batch is too long", self.at)
            records = list(read_records(raw, first, wall, self.at))
            batch = Batch(kind == 1, first, count, epoch, chain, after, records, 0)
            check_content(batch, self.at)
            latest = max(one.wall for one in records)
            require(latest == records[-1].wall + after_last, "the latest wall time", self.at)
            yield batch
            first, chain, record = first + count, after, until
        require(record == self.header.records, "the count of records in a group", self.at)

    def _record(self, index: int, base: int) -> bytes:
        start, row = self._starts[index], self._rows[index]
        return row.header(base) + self._bodies[start : start + row.length - 64]


def rows(columns: bytes, count: int) -> bytes:
    """A table that was stored column by column, row by row."""
    table = bytearray(len(columns))
    width = len(columns) // count
    for column in range(width):
        table[column::width] = columns[column * count : (column + 1) * count]
    return bytes(table)


def starts(table: list[Row], order: list[int]) -> list[int]:
    """Where each body begins: those of a stream stand side by side, streams in that order."""
    sizes = [0] * len(order)
    for row in table:
        sizes[row.run] += row.length - 64
    places = dict(zip(order, accumulate((sizes[run] for run in order), initial=0)))
    found = []
    for row in table:
        found.append(places[row.run])
        places[row.run] += row.length - 64
    return found
