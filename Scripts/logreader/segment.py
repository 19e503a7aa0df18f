"""One file of the log, live or sealed."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .batch import Batch, read_batch
from .checks import Damage, crc32c, is_zeros, merkle_root, padded, require, sha256
from .group import Group

MAXIMUM_DICTIONARY = 65_536


@dataclass(frozen=True)
class Header:
    """What a segment says about itself, at 0 and again at 4096."""

    sealed: bool
    log: bytes
    number: int
    first_event: int
    epoch: int
    salt: bytes
    size: int
    end_before: int
    chain: bytes
    dictionary_hash: bytes
    dictionary_length: int

    @staticmethod
    def read(data: bytes) -> Header:
        """The first copy that is whole."""
        try:
            return Header._parse(data, 0)
        except Damage:
            return Header._parse(data, 4096)

    @staticmethod
    def _parse(data: bytes, at: int) -> Header:
        page = data[at : at + 4096]
        require(len(page) == 4096 and page[:8] == b"TLNKSEG1", "no segment header", at)
        require(
            crc32c(page[:4092]) == struct.unpack_from("<I", page, 4092)[0], "header checksum", at
        )
        version, oldest, flags = struct.unpack_from("<HHI", page, 8)
        require(oldest <= 1 <= version, f"format version {version} needs a newer reader", at)
        require(flags in (0, 1), f"unknown flags {flags:#x}", at)
        number, first, epoch, salt, size, end = struct.unpack_from("<QQQ8sQQ", page, 32)
        dictionary_hash, dictionary_length = struct.unpack_from("<32sI", page, 120)
        require(dictionary_length <= MAXIMUM_DICTIONARY, "the dictionary is too long", at + 152)
        return Header(
            flags == 1,
            page[16:32],
            number,
            first,
            epoch,
            salt,
            size,
            end,
            page[80:112],
            dictionary_hash,
            dictionary_length,
        )


class Segment:
    """One file: its header, and the batches that stand in it."""

    def __init__(self, path: Path):
        self.data = path.read_bytes()
        self.header = Header.read(self.data)
        self.dictionary = b""
        #: Where no further batch stands; why not is said of a live segment only.
        self.end = len(self.data)
        self.stop: Damage | None = None
        require(
            path.stem == f"{self.header.first_event:020}", "the name is not the first event", 40
        )

    def batches(self) -> Iterator[tuple[int, Batch]]:
        """Each with its offset in the file; in a sealed segment that is its group's."""
        return self._sealed() if self.header.sealed else self._live()

    def _live(self) -> Iterator[tuple[int, Batch]]:
        length = self.header.dictionary_length
        self.dictionary = self.data[8192 : 8192 + length]
        known = sha256(self.dictionary) if length else bytes(32)
        require(known == self.header.dictionary_hash, "the dictionary's hash", 8192)
        self.end = 8192 + padded(length)
        require(is_zeros(self.data[8192 + length : self.end]), "the padding is not zeros", 8192)
        while True:
            try:
                batch = read_batch(self.data, self.end, 0, self.header.salt, self.dictionary)
            except Damage as damage:
                self.stop = damage
                return
            yield self.end, batch
            self.end += batch.length

    def _sealed(self) -> Iterator[tuple[int, Batch]]:
        seal = Seal.read(self.data)
        require(
            len(self.data) == self.header.size, "the file has another size than its header says", 64
        )
        seen = Seal()
        at = 12288
        while at < len(self.data):
            group = Group(self.data, at, self.header.salt)
            for batch in group.batches():
                seen.add(batch)
                yield at, batch
            at += group.length
        require(
            seen.facts() == seal.facts(), "the seal does not tell what stands in the segment", 8192
        )


@dataclass
class Seal:
    """What stands in a sealed segment: as the seal says, or as counted."""

    count: int = 0
    lost: int = 0
    batches: int = 0
    record_bytes: int = 0
    first_wall: int = 0
    latest_wall: int = 0
    chain: bytes = b""
    types: Counter[int] = field(default_factory=Counter)
    leaves: list[bytes] = field(default_factory=list)
    root: bytes = b""

    @staticmethod
    def read(data: bytes) -> Seal:
        page = data[8192:12288]
        require(len(page) == 4096 and page[:8] == b"TTLSEAL1", "no seal", 8192)
        require(
            crc32c(page[:4092]) == struct.unpack_from("<I", page, 4092)[0],
            "the seal's checksum",
            8192,
        )
        count, lost, batches, size, first, latest, root, chain, entries = struct.unpack_from(
            "<QQQQqq32s32sQ", page, 16
        )
        require(136 + entries * 10 <= 4092, "the seal has too many entries", 8192)
        types = [struct.unpack_from("<HQ", page, 136 + 10 * entry) for entry in range(entries)]
        require(types == sorted(types), "the seal's entries are out of order", 8192)
        return Seal(
            count, lost, batches, size, first, latest, chain, Counter(dict(types)), root=root
        )

    def add(self, batch: Batch) -> None:
        latest = max(record.wall for record in batch.records)
        if self.batches == 0:
            self.first_wall, self.latest_wall = batch.records[0].wall, latest
        self.latest_wall = max(self.latest_wall, latest)
        self.count += batch.count
        self.lost += batch.count if batch.is_gap else 0
        self.batches += 1
        self.record_bytes += sum(len(record.raw) for record in batch.records)
        self.types.update(record.type for record in batch.records)
        self.leaves += [record.leaf for record in batch.records]
        self.chain = batch.chain_after

    def facts(self) -> tuple:
        """Everything that must be equal."""
        return (
            self.count,
            self.lost,
            self.batches,
            self.record_bytes,
            self.first_wall,
            self.latest_wall,
            self.chain,
            dict(self.types),
            self.root or merkle_root(self.leaves),
        )
