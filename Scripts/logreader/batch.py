"""One group commit, and the events in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .checks import Damage, crc32c, decompress, is_zeros, merkle_root, padded, require, sha256

MAXIMUM_PAYLOAD = 262_144 + 131_136
TRAILER_MASK = 0x646E45624B4E4C54
GAP_TYPE = 0x8003


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


BATCH = struct.Struct("<4sHBBIIQIIQqq8sQ32s32sII")
assert BATCH.size == 144


def batch_header(data: bytes, at: int) -> tuple | None:
    """The fields of a batch header with a right checksum at that place."""
    if data[at : at + 4] != b"TLTB" or len(data) < at + BATCH.size:
        return None
    fields = BATCH.unpack_from(data, at)
    return fields if crc32c(data[at : at + 140]) == fields[-1] else None


def read_batch(data: bytes, at: int, base: int, salt: bytes, dictionary: bytes) -> Batch:
    """The batch at that place; `base` is added to offsets in complaints."""
    offset = base + at
    fields = batch_header(data, at)
    if fields is None:
        raise Damage("no batch header with a right checksum", offset)
    (
        _,
        version,
        compression,
        kind,
        stored,
        length,
        first,
        count,
        dictionary_id,
        epoch,
        wall,
        latest,
        own_salt,
        _,
        before,
        after,
        payload_crc,
        _,
    ) = fields
    require(version == 1 and compression <= 2 and kind <= 1, "a batch of unknown kind", offset)
    require(own_salt == salt, "a batch of another segment", offset)
    require(max(length, stored) <= MAXIMUM_PAYLOAD, "the batch is too long", offset)
    start = at + BATCH.size
    end = start + padded(stored)
    require(len(data) >= end + 24, "the batch is cut off", offset)
    payload = data[start : start + stored]
    require(crc32c(payload) == payload_crc, "payload checksum", offset)
    require(is_zeros(data[start + stored : end]), "the padding is not zeros", offset)
    trailer = (end + 24 - at, first + count - 1, int.from_bytes(salt, "little") ^ TRAILER_MASK)
    require(struct.unpack_from("<QQQ", data, end) == trailer, "trailer", offset)
    known = (int.from_bytes(sha256(dictionary)[:4], "little") or 1) if compression == 2 else 0
    require(dictionary_id == known, "a batch with another dictionary", offset)
    payload = decompress(compression, payload, length, dictionary, offset)
    records = list(read_records(payload, first, wall, offset))
    batch = Batch(kind == 1, first, count, epoch, before, after, records, end + 24 - at)
    require(
        latest == max((record.wall for record in records), default=latest),
        "the latest wall time",
        offset,
    )
    check_content(batch, offset)
    return batch


def check_content(batch: Batch, offset: int) -> None:
    """Whether the records are those that the header counts and its chain hash covers."""
    if batch.is_gap:
        require(
            [record.type for record in batch.records] == [GAP_TYPE] and batch.count > 0,
            "a gap without its record",
            offset,
        )
        return
    require(len(batch.records) == batch.count > 0, "the count of events", offset)
    numbers = struct.pack("<QQQ", batch.first_event, batch.count, batch.epoch)
    root = merkle_root([record.leaf for record in batch.records])
    link = sha256(b"trunkline/batch/1", batch.chain_before, numbers, root)
    require(link == batch.chain_after, "chain hash", offset)


def read_records(payload: bytes, first: int, base_wall: int, offset: int) -> Iterator[Record]:
    """What a decompressed payload consists of; `first` is the number of its first event."""
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
