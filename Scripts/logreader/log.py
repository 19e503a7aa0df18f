"""The whole log: segments in order, the mark of what is on disk, and where it ends."""

from __future__ import annotations

import fcntl
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .batch import HEADER, Batch, BatchHeader, Record
from .checks import Damage, crc32c, is_zeros, require, sha256
from .segment import Segment

SECTOR = 512


@dataclass
class Position:
    """Where in the log a reader is, and with what the next batch must go on."""

    next_event: int
    chain: bytes
    epoch: int
    identifier: tuple[int, int] = (0, 0)

    def advance(self, batch: Batch, offset: int) -> None:
        require(
            batch.first_event == self.next_event,
            f"event {self.next_event} should come next",
            offset,
        )
        require(
            batch.chain_before == self.chain,
            "the chain hash before is not the one after the last",
            offset,
        )
        require(batch.epoch >= self.epoch, "the epoch goes back", offset)
        # The record of a gap was written later than what surrounds it.
        for record in batch.records * (not batch.is_gap):
            require(
                record.identifier > self.identifier, "an event identifier does not grow", offset
            )
            self.identifier = record.identifier
        self.next_event, self.chain, self.epoch = (
            batch.last_event + 1,
            batch.chain_after,
            batch.epoch,
        )


@dataclass(frozen=True)
class Mark:
    """What COMMIT says: the last event that is known to be on disk."""

    counter: int
    event: int
    chain: bytes

    @staticmethod
    def read(directory: Path) -> Mark | None:
        try:
            data = (directory / "COMMIT").read_bytes()
        except FileNotFoundError:
            return None
        marks = []
        for at in (0, 512):
            slot = data[at : at + 60]
            if (
                len(slot) == 60
                and int.from_bytes(slot[:8], "little") == 0x324B524D4B4E4C54
                and crc32c(slot[:56]) == int.from_bytes(slot[56:], "little")
            ):
                marks.append(Mark(*struct.unpack_from("<QQ32s", slot, 8)))
        return max(marks, key=lambda mark: mark.counter, default=None)


def is_locked(directory: Path) -> bool:
    """Whether a process is writing the log now."""
    try:
        with open(directory / "LOCK", "rb") as lock:
            asked = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0)
            held = fcntl.fcntl(lock, fcntl.F_OFD_GETLK, asked)
            return struct.unpack("hhqqi4x", held)[0] != fcntl.F_UNLCK
    except FileNotFoundError:
        return False


@dataclass
class Verdict:
    """What a reader found in one segment."""

    segment: str
    verdict: str = "ok"
    sealed: bool | None = None
    first_event: int | None = None
    last_event: int | None = None
    batches: int = 0
    reason: str | None = None
    offset: int | None = None
    event: int | None = None


class Log:
    """Reads segments in order; after a damaged one, from what the next header says."""

    def __init__(self, place: Path | list[Path], on_record: Callable[[Record], None]):
        """A log's directory, or segments alone, of which no mark tells how far they should go."""
        directory = None if isinstance(place, list) else place
        self.locked = directory is not None and is_locked(directory)
        # The mark is read before the segments are listed, so that it cannot be ahead of them.
        self.mark = Mark.read(directory) if directory else None
        paths = directory.glob("*.evl") if directory else place
        self.paths = sorted(paths, key=lambda path: path.name)
        self.on_record = on_record
        self.before: Segment | None = None
        self.position: Position | None = None

    def verdicts(self) -> Iterator[Verdict]:
        for path in self.paths:
            verdict = Verdict(path.name)
            try:
                self._segment(path, verdict, path == self.paths[-1])
            except Damage as damage:
                verdict.verdict = "damaged"
                verdict.reason, verdict.offset = damage.reason, damage.offset
                if verdict.first_event is not None:
                    verdict.event = (verdict.last_event or verdict.first_event - 1) + 1
                self.before = self.position = None
            yield verdict
        if not self.paths and self.mark and self.mark.event > 0:
            reason = f"events up to {self.mark.event} were on disk, but there is no segment"
            yield Verdict("COMMIT", "damaged", reason=reason, offset=0, event=1)

    def _segment(self, path: Path, verdict: Verdict, is_last: bool) -> None:
        segment = Segment(path)
        header = segment.header
        verdict.sealed, verdict.first_event = header.sealed, header.first_event
        self._link(segment)
        self.before = segment
        if self.position is None:
            self.position = Position(header.first_event, header.chain, header.epoch)
        # Identifiers are compared within a segment only.
        self.position.identifier = (0, 0)
        for offset, batch in segment.batches():
            if is_last and self.locked and self.mark and batch.last_event > self.mark.event:
                return
            self.position.advance(batch, offset)
            self._hold_against_mark(batch, offset)
            verdict.last_event = batch.last_event
            verdict.batches += 1
            self._hand_on(batch, offset)
        if segment.stop and not (is_last and self.locked):
            self._end(segment, verdict, is_last)
        if is_last and self.mark and self.mark.event >= self.position.next_event:
            raise Damage(f"events up to {self.mark.event} were on disk", segment.end)

    def _link(self, segment: Segment) -> None:
        """A header goes on where the segment before ended."""
        header, before, position = segment.header, self.before, self.position
        if header.number == 1:
            start = sha256(b"trunkline/log/1", header.log)
            require(
                header.chain == start and header.first_event == 1, "the log does not begin here", 80
            )
        if before is None or position is None:
            return
        require(header.log == before.header.log, "a segment of another log", 16)
        # A repair may have put what a missing segment held into the one before it.
        require(header.number > before.header.number, "an older segment of its name", 32)
        require(header.epoch >= before.header.epoch, "the epoch goes back", 48)
        require(header.first_event == position.next_event, "the first event does not follow", 40)
        require(header.chain == position.chain, "the chain hash does not follow", 80)
        if not before.header.sealed:
            require(header.number == before.header.number + 1, "a segment is missing before", 32)
            require(header.end_before == before.end, "the segment before ended elsewhere", 72)

    def _hand_on(self, batch: Batch, offset: int) -> None:
        for record in batch.records:
            try:
                self.on_record(record)
            except ValueError as error:
                raise Damage(f"event {record.number}: {error}", offset) from error

    def _hold_against_mark(self, batch: Batch, offset: int) -> None:
        if self.mark and self.mark.event == batch.last_event:
            require(self.mark.chain == batch.chain_after, "COMMIT has another chain hash", offset)

    def _end(self, segment: Segment, verdict: Verdict, is_last: bool) -> None:
        """Judges what follows the last whole batch of a live segment."""
        if is_zeros(segment.data[segment.end :]):
            return
        last = self.position.next_event - 1
        if not is_last or (self.mark and self.mark.event > last) or not is_torn(segment, last):
            raise segment.stop
        verdict.verdict, verdict.reason, verdict.offset = "torn", segment.stop.reason, segment.end
        verdict.event = last + 1


def is_torn(segment: Segment, last_event: int) -> bool:
    """Whether what follows the last whole batch may be the remains of an interrupted write."""
    data, end = segment.data, segment.end
    at = data.find(b"TLTB", end + 1)
    while at >= 0:
        later = BatchHeader.read(data, at) if at % 8 == 0 else None
        if later and later.salt == segment.header.salt and later.durable > last_event:
            return False
        at = data.find(b"TLTB", at + 1)
    header = BatchHeader.read(data, end)
    stop = end + (header.batch_length if header else HEADER.size)
    first = end - end % SECTOR
    for at in range(first, stop, SECTOR):
        upper = min(at + SECTOR, stop)
        if upper > len(data) or is_zeros(data[max(at, end) : upper]):
            return True
    return False
