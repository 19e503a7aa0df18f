"""The independent reader of the log against the gateway's: on whole, damaged and old logs."""

from __future__ import annotations

import json
import random
import shutil
import struct
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

import readers
from gateway import PROGRAM, ROOT
from log_case import LogCase

sys.path.append(str(ROOT / "Scripts"))
from logreader.batch import HEADER, TRAILER, BatchHeader
from logreader.checks import CRC_TABLE, crc32c, merkle_root, padded, sha256
from logreader.segment import Segment

GOLDEN = ROOT / "Tests" / "EventStoreTests" / "GoldenLogs"
SECTOR = 512


class Checksum(unittest.TestCase):
    """The folding of long input in crc32c against what is known, and against one byte at a time."""

    def test_known_values(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(crc32c(bytes(32)), 0x8A9136AA)

    def test_folding(self):
        source = random.Random(7)
        for length in (54, 55, 56, 57, 111, 112, 1000, 4092, 65_536):
            data = source.randbytes(length)
            crc = 0xFFFFFFFF
            for byte in data:
                crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
            self.assertEqual(crc32c(data), crc ^ 0xFFFFFFFF, length)


class Whole(LogCase):
    def test_events_of_a_running_gateway(self):
        self.calls(3)
        data = Path(self.gateway.data)
        self.gateway.wait_until(
            lambda: len(readers.reader_events(data)) == len(readers.program_events(data)) > 60,
            "the durable mark")
        self.agree(data)

    def test_sealed_and_live_segments(self):
        self.calls_until_sealed()
        data = self.stopped()
        events = self.agree(data)
        kinds = [one["sealed"] for one in json.loads(
            readers.run(sys.executable, readers.READER, "--json", data / "log").stdout)]
        self.assertEqual(kinds, [True] * (len(kinds) - 1) + [False])
        self.assertEqual([event["number"] for event in events], list(range(1, len(events) + 1)))
        self.assertNotIn("s3cret", json.dumps(events))

    def agree(self, data: Path) -> list[dict]:
        """Both readers tell one story, bodies included."""
        program, reader = readers.program_events(data), readers.reader_events(data)
        self.assertEqual(readers.story(reader), readers.story(program))
        self.assertEqual(readers.reader_verdicts(data), readers.program_verdicts(data))
        for one, other in zip(reader, program):
            self.same_body(one["event"], other["event"])
        return reader

    def same_body(self, reader: dict, program: dict):
        """Plain fields are equal; proto3 leaves out zeros and empty texts."""
        for name, value in program.items():
            if isinstance(value, bool) or not isinstance(value, int):
                continue
            with self.subTest(field=name):
                self.assertEqual(reader.get(name, 0), value)
        for name in ("sip_call_id", "request_uri", "caller_number", "called_number", "domain_name"):
            if name in program:
                self.assertEqual(reader.get(name, ""), program[name])


class Damaged(LogCase):
    """Whatever is done to a log, both readers say the same of every segment."""

    is_whole = False

    def setUp(self):
        super().setUp()
        self.calls_until_sealed()
        self.data = self.stopped()
        self.files = sorted((self.data / "log").glob("*.evl")) + [self.data / "log" / "COMMIT"]
        self.random = random.Random(20260)

    def place(self, data: bytes) -> int:
        """Anywhere, but half of the time where bytes are that are not zeros."""
        at = self.random.randrange(len(data))
        while self.random.random() < 0.5 and data[at] == 0:
            at = self.random.randrange(len(data))
        return at

    def flip(self, data: bytearray) -> None:
        data[self.place(data)] ^= 1 << self.random.randrange(8)

    def zero_sector(self, data: bytearray) -> None:
        at = self.place(data) // SECTOR * SECTOR
        end = min(at + SECTOR, len(data))
        data[at:end] = bytes(end - at)

    def zero_from(self, data: bytearray) -> None:
        at = self.place(data) // SECTOR * SECTOR
        data[at:] = bytes(len(data) - at)

    def cut(self, data: bytearray) -> None:
        del data[self.place(data):]

    def damage(self, how, rounds: int, without_mark: bool = False) -> set[bool]:
        """Damages one file after the other; returns which verdicts there were."""
        seen = set()
        if without_mark:
            self.files.pop().unlink()
        for number in range(rounds):
            file = self.random.choice(self.files)
            whole = file.read_bytes()
            data = bytearray(whole)
            how(data)
            file.write_bytes(data)
            with self.subTest(how=how.__name__, round=number, file=file.name):
                reader = readers.reader_verdicts(self.data)
                self.assertEqual(reader, readers.program_verdicts(self.data))
                seen.add(any("damaged" in one for one in reader))
            file.write_bytes(whole)
        return seen

    def test_flipped_bits(self):
        self.assertEqual(self.damage(self.flip, 40), {True, False})

    def test_zeroed_sectors(self):
        self.assertEqual(self.damage(self.zero_sector, 20), {True, False})
        self.assertIn(True, self.damage(self.zero_from, 15))

    def test_truncation(self):
        self.assertIn(True, self.damage(self.cut, 15))

    def test_missing_last_segment(self):
        self.files[-2].unlink()
        reader = readers.reader_verdicts(self.data)
        self.assertIn("damaged", reader[-1])
        self.assertEqual(reader, readers.program_verdicts(self.data))

    def test_without_the_mark(self):
        self.damage(self.zero_from, 15, without_mark=True)


class Forged(LogCase):
    """Checksums and hashes are right, and the contents break a rule: both readers refuse them."""

    def setUp(self):
        super().setUp()
        self.calls(2)
        self.data = self.stopped()
        # Its chain hash would tell of the change.
        (self.data / "log" / "COMMIT").unlink()
        self.file = max((self.data / "log").glob("*.evl"))
        self.whole = self.file.read_bytes()
        self.at, self.batch = list(Segment(self.file).batches())[-1]

    def forge(self, records: list[bytearray], **fields) -> set[bool]:
        """Writes the last batch anew, uncompressed; returns whether each reader finds damage."""
        header = BatchHeader.read(self.whole, self.at)
        payload = laid_out(records, header.epoch)
        root = merkle_root([sha256(b"\0", record) for record in records])
        numbers = struct.pack("<QQQ", header.first_event, len(records), header.epoch)
        header = header._replace(
            compression=0, dictionary=0, stored=len(payload), length=sum(map(len, records)),
            count=len(records), payload_crc=crc32c(payload),
            chain_after=sha256(b"trunkline/batch/1", header.chain_before, numbers, root))
        header = header._replace(**fields)
        packed = HEADER.pack(*header)[:-4]
        packed += struct.pack("<I", crc32c(packed))
        batch = packed + payload.ljust(padded(len(payload)), b"\0") + TRAILER.pack(*header.trailer)
        rest = self.whole[self.at + max(len(batch), self.batch.length):]
        self.file.write_bytes(
            self.whole[:self.at] + batch.ljust(self.batch.length, b"\0") + rest)
        reader = readers.reader_verdicts(self.data)
        self.assertEqual(reader, readers.program_verdicts(self.data))
        done = readers.run(readers.PROGRAM, "log", "dump", "--data", self.data)
        return {"damaged" in reader[-1], done.returncode == 3}

    def records(self) -> list[bytearray]:
        return [bytearray(record.raw) for record in self.batch.records]

    def test_rules(self):
        self.assertEqual(self.forge(self.records()), {False})
        latest = BatchHeader.read(self.whole, self.at).latest_wall
        self.assertEqual(self.forge(self.records(), latest_wall=latest + 1), {True})
        self.assertEqual(self.forge(self.records(), latest_wall=latest - 1), {True})
        self.assertEqual(self.forge(self.records()[:1], kind=1), {True})
        records = self.records()
        records[-1][56:64] = bytes(8)
        self.assertEqual(self.forge(records), {True})

    def test_gaps(self):
        first = self.batch.first_event
        for count, last, expected in ((5, 4, False), (5, 5, True), (5, 3, True), (1, -1, True)):
            body = varint_field(1, first) + varint_field(2, first + last)
            record = self.records()[0][:64] + body
            record[:8] = struct.pack("<IHBB", len(record), 0x8003, 1, 1)
            wall = BatchHeader.read(self.whole, self.at).wall
            with self.subTest(count=count, last=last):
                self.assertEqual(
                    self.forge([record], kind=1, count=count, latest_wall=wall), {expected})

    def test_where_the_chain_begins(self):
        """No batch has the identifier of the log in it: the beginning of the chain alone tells of another."""
        place = Path(self.gateway.data, "log", self.file.name)
        self.addCleanup(place.write_bytes, self.whole)
        for offset in (16, 80):
            page = bytearray(self.whole[:4096])
            page[offset] ^= 1
            page[-4:] = struct.pack("<I", crc32c(bytes(page[:-4])))
            self.file.write_bytes(page * 2 + self.whole[8192:])
            with self.subTest(offset=offset):
                reader = readers.reader_verdicts(self.data)
                self.assertEqual(reader, [(self.file.name, "damaged")])
                self.assertEqual(reader, readers.program_verdicts(self.data))
                shutil.copy(self.file, place)
                status, said = self.gateway.refused()
                self.assertEqual(status, 3, said)
                self.assertRegex(said, "does not begin as the identifier.*log repair")


def laid_out(records: list[bytearray], epoch: int) -> bytes:
    """A payload of those records, whose headers' rows have every field, each a stream of its own."""
    rows, wall, instant, ordinal = b"", 0, 0, 0
    for record in records:
        _, kind, version, promise, later_wall, later, boot, _ = struct.unpack_from("<IHBBqqII", record)
        numbers = struct.unpack_from("<QQ", record, 48)
        rows += struct.pack("<HB", kind, promise | 4 | 16 | 32 | 64) + varint(version) + b"\0"
        rows += difference(numbers[0] - epoch) + difference(numbers[1] - ordinal) + varint(boot)
        rows += difference(later - instant) + difference(later_wall - wall - (later - instant))
        rows += varint(len(record) - 64)
        wall, instant = later_wall, later
        epoch, ordinal = numbers
    streams = b"".join(bytes(record[32:48]) for record in reversed(records))
    return b"".join(record[64:] for record in records) + rows + streams


def difference(value: int) -> bytes:
    return varint(value << 1 ^ value >> 63)


def varint(value: int) -> bytes:
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])


def varint_field(number: int, value: int) -> bytes:
    """A protobuf field of that number."""
    return bytes([number << 3]) + varint(value)


class Golden(unittest.TestCase):
    """Logs as they were once written, which must be readable for ever."""

    def test_golden_logs(self):
        if not PROGRAM.exists():
            self.skipTest("build first: swift build -c release")
        pinned = json.loads((GOLDEN / "pinned.json").read_text())
        self.assertEqual({path.name for path in GOLDEN.glob("*.tar.xz")},
                         {f"{name}.tar.xz" for name in pinned})
        for name, expected in pinned.items():
            with self.subTest(log=name), tempfile.TemporaryDirectory() as place:
                data = Path(place)
                with tarfile.open(GOLDEN / f"{name}.tar.xz") as archive:
                    archive.extractall(data)
                self.assertEqual(readers.pin(data), expected)


if __name__ == "__main__":
    unittest.main()
