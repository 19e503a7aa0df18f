"""A group of a sealed segment: batches taken apart, and the bodies of their records by stream."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from .batch import MAXIMUM_PAYLOAD, Batch, check_content, read_records
from .checks import crc32c, decompress, is_zeros, padded, require

MAXIMUM_GROUP = 16 << 20
BLOCK = 1 << 20
FRONT = struct.Struct("<4sIQ8s32sIIIIII")
BATCH = struct.Struct("<BIQQqq")
RECORD = struct.Struct("<I12sQ16sQ")
U64 = (1 << 64) - 1


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
        fixed = 69 * header.batches + 48 * header.records + 16 * header.streams
        order = header.plan_length - fixed
        require(header.records <= order <= 3 * header.records, "the length of a plan", at)

    def _part(self, stored: bytes, size: int, crc: int, length: int) -> bytes:
        require(size <= length, "a part of a group is longer than before compression", self.at)
        require(len(stored) == size and crc32c(stored) == crc, "checksum in a group", self.at)
        return decompress(int(size < length), stored, length, b"", self.at)

    # The plan

    def _read_plan(self, plan: bytes) -> None:
        header = self.header
        sizes = (37 * header.batches, 32 * header.batches, 48 * header.records, 16 * header.streams)
        pieces = []
        for size in sizes:
            pieces.append(plan[:size])
            plan = plan[size:]
        self._rows = list(BATCH.iter_unpack(rows(pieces[0], header.batches)))
        self._chains = [pieces[1][at : at + 32] for at in range(0, sizes[1], 32)]
        records = list(RECORD.iter_unpack(rows(pieces[2], header.records)))
        streams = [pieces[3][at : at + 16] for at in range(0, sizes[3], 16)]
        runs = self._runs(plan)
        self._lengths = [record[0] for record in records]
        require(min(self._lengths) >= 64, "the length of a record", self.at)
        require(
            sum(self._lengths) == header.bodies + 64 * header.records,
            "the bodies of a group",
            self.at,
        )
        self._heads = list(heads(records, streams, runs))
        self._starts = starts(self._lengths, runs, header.streams)

    def _runs(self, order: bytes) -> list[int]:
        """For each record the number of its stream."""
        runs, opened, value, shift = [], 0, 0, 0
        for byte in order:
            value |= (byte & 127) << shift
            shift += 7
            if byte >= 128:
                continue
            require(value <= opened, "the order of a group", self.at)
            runs.append(opened - value)
            opened += value == 0
            value = shift = 0
        require(
            shift == 0 and len(runs) == self.header.records and opened == self.header.streams,
            "the order of a group",
            self.at,
        )
        return runs

    # The batches

    def batches(self) -> Iterator[Batch]:
        """Each as it was when it was live; every check of itself passed."""
        first, chain, wall, record = self.header.first_event, self.header.chain, 0, 0
        for (kind, count, epoch, _, rise, later), after in zip(self._rows, self._chains):
            require(kind <= 1 and count > 0, "a batch of unknown kind", self.at)
            until = record + (1 if kind == 1 else count)
            require(until <= self.header.records, "the count of records in a group", self.at)
            wall += rise
            payload = b"".join(self._record(index) for index in range(record, until))
            require(len(payload) <= MAXIMUM_PAYLOAD, "the batch is too long", self.at)
            records = list(read_records(payload, first, wall, self.at))
            batch = Batch(kind == 1, first, count, epoch, chain, after, records, 0)
            check_content(batch, self.at)
            latest = max(record.wall for record in records)
            require(latest == wall + later, "the latest wall time", self.at)
            yield batch
            first, chain, record = first + count, after, until
        require(record == self.header.records, "the count of records in a group", self.at)

    def _record(self, index: int) -> bytes:
        start = self._starts[index]
        return self._heads[index] + self._bodies[start : start + self._lengths[index] - 64]


def rows(columns: bytes, count: int) -> bytes:
    """A table that was stored column by column, row by row."""
    table = bytearray(len(columns))
    width = len(columns) // count
    for column in range(width):
        table[column::width] = columns[column * count : (column + 1) * count]
    return bytes(table)


def heads(records: list[tuple], streams: list[bytes], runs: list[int]) -> Iterator[bytes]:
    """The 64 bytes before each body."""
    instant = ordinal = 0
    for (length, one, later, two, more), run in zip(records, runs):
        instant, ordinal = instant + later & U64, ordinal + more & U64
        front = struct.pack("<I12sQ8s", length, one, instant, two[:8])
        yield front + streams[run] + two[8:] + struct.pack("<Q", ordinal)


def starts(lengths: list[int], runs: list[int], streams: int) -> list[int]:
    """Where each body begins: those of a stream stand side by side, in order."""
    sizes = [0] * streams
    for length, run in zip(lengths, runs):
        sizes[run] += length - 64
    places = [0, *accumulate(sizes)]
    found = []
    for length, run in zip(lengths, runs):
        found.append(places[run])
        places[run] += length - 64
    return found
