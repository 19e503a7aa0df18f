"""A damaged log is refused, repaired by an operator, and goes on; what is lost is said everywhere."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import readers
from case import GatewayCase
from gateway import ROOT

sys.path.append(str(ROOT / "Scripts"))
from logreader.segment import Segment


class Repair(GatewayCase):
    def setUp(self):
        super().setUp()
        # One call of the past, and one that is in progress when the process dies.
        self.hang_up(*self.answered()[::2])
        self.books()
        invite, _, self.ok = self.answered()
        self.invite_of_call = invite
        self.call_id = self.gateway.wait_until(self.unfinished_call, "the call in the tables")
        self.log = Path(self.gateway.data, "log")

    def unfinished_call(self) -> str | None:
        """The call in progress, as soon as its answer is in the tables and on disk."""
        calls = [one for one in self.gateway.unfinished() if one["answered_at"]]
        answers = [event for event in self.gateway.events() if event["type"] == "call_answered"]
        return calls[0]["call_id"] if calls and len(answers) == 2 else None

    def damage(self, kind: str) -> range:
        """Kills the gateway, and zeroes the batch with such an event of the call in progress."""
        number = self.gateway.wait_until(lambda: max(
            (event["number"] for event in self.gateway.events()
             if event["type"] == kind and event["stream"] == self.call_id), default=None), kind)
        self.gateway.kill()
        self.copy = Path(tempfile.mkdtemp(prefix="trunkline-copy-"))
        self.addCleanup(shutil.rmtree, self.copy)
        file = max(self.log.glob("*.evl"))
        shutil.copy(file, self.copy)
        offset, batch = next((offset, batch) for offset, batch in Segment(file).batches()
                             if batch.first_event <= number <= batch.last_event)
        data = bytearray(file.read_bytes())
        data[offset:offset + batch.length] = bytes(batch.length)
        file.write_bytes(data)
        return range(batch.first_event, batch.last_event + 1)

    def assert_refused(self):
        """No start without a repair, and it is said what to do."""
        status, said = self.gateway.refused()
        self.assertEqual(status, 3, said)
        self.assertIn("trunkline log repair", said)

    def repair(self, *arguments: str, status: int = 0) -> list[dict]:
        done = self.gateway.run("log", "repair", "--json", *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def verdict(self) -> int:
        data = Path(self.gateway.data)
        self.assertEqual(readers.reader_verdicts(data), readers.program_verdicts(data))
        return self.gateway.run("log", "verify").returncode

    def test_gap(self):
        lost = self.damage("call_progressed")
        self.assertEqual(self.verdict(), 3)
        self.assert_refused()
        found = self.repair(status=3)
        self.assertEqual([(one["events"], one["outcome"]) for one in found],
                         [(f"{lost[0]}-{lost[-1]}", "open")])
        self.assertEqual(self.gateway.run("log", "repair", "--record-gap").returncode, 2)
        found = self.repair("--record-gap", "--by", "Ada", "--note", "the disk of May")
        self.assertEqual([one["outcome"] for one in found], ["recorded"])
        self.assertEqual(self.verdict(), 0)
        self.assertEqual(self.repair(), [])
        self.gateway.start()
        gap = next(event for event in self.gateway.events() if event["type"] == "gap_recorded")
        self.assertEqual((gap["number"], gap["event"]["last_lost"]), (lost[0], lost[-1]))
        self.assertEqual(gap["event"]["last_cdr"], 1)
        self.assertEqual((gap["event"]["operator_name"], gap["event"]["note"]),
                         ("Ada", "the disk of May"))
        self.hang_up(self.invite_of_call, self.ok)
        records = self.gateway.wait_cdrs(2)
        self.assertEqual([(one["cdr_number"], one["log_gap"]) for one in records],
                         [(1, False), (2, True)])
        done = self.gateway.run("projections", "check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_copy(self):
        self.damage("call_answered")
        self.assert_refused()
        self.assertEqual(
            [one["outcome"] for one in self.repair("--from", str(self.copy))], ["restored"])
        self.gateway.start()
        self.hang_up(self.invite_of_call, self.ok)
        records = self.books(2)
        self.assertEqual([one["log_gap"] for one in records], [False, False])
        self.assertTrue(records[1]["recovered"])
        done = self.gateway.run("projections", "check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_numbers_of_records_are_not_given_twice(self):
        self.hang_up(self.invite_of_call, self.ok)
        self.gateway.wait_cdrs(2)
        self.damage("call_ended")
        for file in Path(self.gateway.data).glob("projections.sqlite*"):
            file.unlink()
        done = self.gateway.run("log", "repair", "--record-gap", "--by", "Ada")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("--last-cdr", done.stderr)
        self.repair("--record-gap", "--by", "Ada", "--last-cdr", "2")
        self.gateway.start()
        # The call whose end is lost is in progress for the log; the next one gets the next number.
        invite, _, ok = self.answered()
        self.hang_up(invite, ok)
        records = self.gateway.wait_until(
            lambda: len(self.gateway.cdrs()) > 1 and self.gateway.cdrs(), "a record")
        self.assertEqual([one["cdr_number"] for one in records], [1, 3])
        self.assertTrue(self.gateway.unfinished()[0]["log_gap"])

    def test_missing_mark(self):
        self.gateway.kill()
        (self.log / "COMMIT").unlink()
        done = self.gateway.run("log", "verify")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("COMMIT is missing", done.stderr)
        self.gateway.start()
        self.assertIn("COMMIT is missing", self.gateway.said())
        self.gateway.wait_until(lambda: not self.gateway.run("log", "verify").stderr, "a new mark")

    def test_not_beside_a_gateway(self):
        done = self.gateway.run("log", "repair", "--record-gap", "--by", "Ada")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("another process writes the log", done.stderr)


if __name__ == "__main__":
    unittest.main()
