"""One group commit, and the events in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from .checks import Damage, crc32c, decompress, is_zeros, merkle_root, padded, require, sha256
from .table import read_table
from .wire import wire_fields

MAXIMUM_RECORDS = 262_144 + 131_136
HEADER = struct.Struct("<4sHBBIIQIIQqq8sQ32s32sII")
TRAILER = struct.Struct("<QQQ")
TRAILER_MASK = 0x646E45624B4E4C54
GAP_TYPE = 0x8003
GAP_VERSION = 1


@dataclass
class Record:
    """One event; `wall` is in nanoseconds since 1970."""

    number: int
    type: int
    version: int
    wall: int
    stream: bytes
    identifier: tuple[int, int]
    raw: bytes

    @cached_property
    def leaf(self) -> bytes:
        """Its hash as a leaf of a Merkle tree."""
        return sha256(b"\0", self.raw)


@dataclass(frozen=True)
class Batch:
    """A group of events, every check of itself passed."""

    is_gap: bool
    first_event: int
    count: int
    epoch: int
    chain_before: bytes
    chain_after: bytes
    records: list[Record]
    length: int

    @property
    def last_event(self) -> int:
        return self.first_event + self.count - 1


class BatchHeader(NamedTuple):
    """The 144 bytes before a payload."""

    magic: bytes
    version: int
    compression: int
    kind: int
    stored: int
    length: int
    first_event: int
    count: int
    dictionary: int
    epoch: int
    wall: int
    latest_wall: int
    salt: bytes
    durable: int
    chain_before: bytes
    chain_after: bytes
    payload_crc: int
    crc: int

    @staticmethod
    def read(data: bytes, at: int) -> BatchHeader | None:
        """The header at that place, if its checksum is right."""
        if data[at : at + 4] != b"TLTB" or len(data) < at + HEADER.size:
            return None
        header = BatchHeader(*HEADER.unpack_from(data, at))
        return header if crc32c(data[at : at + HEADER.size - 4]) == header.crc else None

    @property
    def batch_length(self) -> int:
        """From the header's first byte to the trailer's last."""
        return HEADER.size + padded(self.stored) + TRAILER.size

    @property
    def trailer(self) -> tuple[int, int, int]:
        """What must stand behind the payload."""
        masked = int.from_bytes(self.salt, "little") ^ TRAILER_MASK
        return self.batch_length, self.first_event + self.count - 1, masked

    @property
    def records(self) -> int:
        return 1 if self.kind == 1 else self.count

    @property
    def bodies(self) -> int:
        """Bytes of the records without their headers."""
        return self.length - 64 * self.records

    @property
    def largest_payload(self) -> int:
        return self.bodies + 80 * self.records

    def check(self, salt: bytes, dictionary: bytes, offset: int) -> None:
        """What can be said without the payload."""
        known = self.version == 1 and self.compression <= 2 and self.kind <= 1
        require(known, "a batch of unknown kind", offset)
        require(self.salt == salt, "a batch of another segment", offset)
        require(self.length <= MAXIMUM_RECORDS, "the batch is too long", offset)
        require(self.stored <= self.largest_payload, "the payload is too long", offset)
        require(self.bodies >= 0, "more records than bytes", offset)
        digest = int.from_bytes(sha256(dictionary)[:4], "little") or 1
        expected = digest if self.compression == 2 else 0
        require(self.dictionary == expected, "a batch with another dictionary", offset)


def read_batch(data: bytes, at: int, base: int, salt: bytes, dictionary: bytes) -> Batch:
    """The batch at that place; `base` is added to offsets in complaints."""
    offset = base + at
    header = BatchHeader.read(data, at)
    if header is None:
        raise Damage("no batch header with a right checksum", offset)
    header.check(salt, dictionary, offset)
    start, end = at + HEADER.size, at + header.batch_length
    require(len(data) >= end, "the batch is cut off", offset)
    stored = data[start : start + header.stored]
    require(crc32c(stored) == header.payload_crc, "payload checksum", offset)
    padding = data[start + header.stored : end - TRAILER.size]
    require(is_zeros(padding), "the padding is not zeros", offset)
    require(TRAILER.unpack_from(data, end - TRAILER.size) == header.trailer, "trailer", offset)
    payload = decompress(header.compression, stored, header.largest_payload, dictionary, offset)
    unpacked = unpack(payload, header, offset)
    records = list(read_records(unpacked, header.first_event, header.wall, offset))
    batch = Batch(
        header.kind == 1,
        header.first_event,
        header.count,
        header.epoch,
        header.chain_before,
        header.chain_after,
        records,
        header.batch_length,
    )
    check_content(batch, offset)
    latest = max(record.wall for record in records)
    require(latest == header.latest_wall, "the latest wall time", offset)
    return batch


def unpack(payload: bytes, header: BatchHeader, offset: int) -> bytes:
    """The records of a payload, each with its header before its body."""
    require(len(payload) >= header.bodies, "the bodies of a batch", offset)
    rows, _ = read_table(payload[header.bodies :], header.records, header.epoch, offset)
    records, at = [], 0
    for row in rows:
        records += [row.header(0), payload[at : at + row.length - 64]]
        at += row.length - 64
    require(at == header.bodies, "the bodies of a batch", offset)
    return b"".join(records)


def check_content(batch: Batch, offset: int) -> None:
    """Whether the records are those that the header counts and its chain hash covers."""
    if batch.is_gap:
        types = [record.type for record in batch.records]
        require(types == [GAP_TYPE] and batch.count > 0, "a gap without its record", offset)
        # A record of a newer version may say it in other fields.
        if batch.records[0].version <= GAP_VERSION:
            lost = lost_events(batch.records[0], offset)
            require(lost == (batch.first_event, batch.last_event), "a gap of other events", offset)
        return
    require(len(batch.records) == batch.count > 0, "the count of events", offset)
    numbers = struct.pack("<QQQ", batch.first_event, batch.count, batch.epoch)
    root = merkle_root([record.leaf for record in batch.records])
    link = sha256(b"trunkline/batch/1", batch.chain_before, numbers, root)
    require(link == batch.chain_after, "chain hash", offset)


def lost_events(gap: Record, offset: int) -> tuple[int, int]:
    """The first and the last event that the record of a gap names."""
    try:
        fields = {number: value for number, wire, value in wire_fields(gap.raw[64:]) if wire == 0}
    except ValueError as error:
        raise Damage(f"the record of a gap: {error}", offset) from error
    return fields.get(1, 0), fields.get(2, 0)


def read_records(payload: bytes, first: int, base_wall: int, offset: int) -> Iterator[Record]:
    """Records that stand one after the other; `first` is the number of its first event."""
    at = 0
    while at < len(payload):
        length = int.from_bytes(payload[at : at + 4], "little")
        require(64 <= length <= len(payload) - at, "the length of a record", offset)
        _, kind, version, _, wall = struct.unpack_from("<IHBBq", payload, at)
        high, low, epoch, serial = struct.unpack_from("<QQQQ", payload, at + 32)
        stream = struct.pack(">QQ", high, low)
        yield Record(
            first,
            kind,
            version,
            base_wall + wall,
            stream,
            (epoch, serial),
            payload[at : at + length],
        )
        first += 1
        at += length
