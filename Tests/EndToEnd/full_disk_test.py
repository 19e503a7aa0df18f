"""A disk that is really full, in the middle of calls: they end and are recorded, and new ones wait."""

import random
import re
import time
import unittest
from pathlib import Path

import long_form
from fault_case import FaultCase
from gateway import Gateway
from small_disk import SmallDisk

SEGMENT_BYTES = 1 << 20


class FullDisk(FaultCase):
    """Mind that the tables share the small disk: they must catch up by themselves, too."""

    environment = {"log_segment_mebibytes": "1"}
    kind, mebibytes = "tmpfs", 24

    def make_gateway(self) -> Gateway:
        self.disk = SmallDisk(self.kind, self.mebibytes)
        self.addCleanup(self.disk.close)
        self.random = random.Random(long_form.seed(self.id().rpartition(".")[2]))
        return Gateway(data=self.disk.data, **self.environment)

    def stuff(self, kibibytes: int) -> int:
        """One busy call that takes that much of the log, in bytes that do not compress."""
        noise = self.random.randbytes(kibibytes * 1024 * 3 // 4)
        text = "".join(chr(33 + byte % 90) for byte in noise)
        return self.attempt(headers=[("X-Ballast", text)]).status

    def test_fill_at_every_step_of_a_segment(self):
        for step in (0, 10, 20, 30) if long_form.IS_LONG else (10,):
            with self.subTest(kibibytes_before=32 * step):
                # With a minute to look back on, a gateway foresees that so small a disk lasts no hour.
                self.assertEqual(self.gateway.stop(), 0)
                self.gateway.start()
                self.fill_after(step)
        self.ledger.close()

    def fill_after(self, step: int) -> None:
        self.wait_taken()
        calls = [self.answered() for _ in range(3)]
        for _ in range(step):
            self.assertEqual(self.stuff(32), 486)
        self.disk.fill()
        # The live segment and the reserve take what is still coming, until the gateway sees that it
        # can make no more.
        statuses = {self.stuff(32) for _ in range(5 * SEGMENT_BYTES // 32_768)}
        self.assertEqual(statuses, {486, 503})
        self.wait_turned_away()
        self.assertRegex(self.gateway.said(), r"(?i)critical.*(disk|space).*503")
        self.assertRegex(self.gateway.metrics(), r"(?m)^trunkline_log_full 1")
        for invite, _, ok in calls:
            self.hang_up(invite, ok)
        self.ledger.check()
        self.assertIsNone(self.gateway.process.poll())
        # The tables are tried again with pauses, whatever comes meanwhile.
        self.assertLess(len(re.findall("SQLite", self.gateway.said())), 20)
        self.disk.free()
        self.wait_taken(15)
        for invite, _, _ in calls:
            self.gateway.wait_until(
                lambda: any(record["caller_sip_call_id"] == invite.call_id
                            for record in self.gateway.cdrs()), "a record", 15)

    def test_start_on_a_full_disk(self):
        self.gateway.kill()
        self.disk.fill()
        self.gateway.launch()
        time.sleep(2)
        if self.gateway.process.poll() is not None:
            # It says what it lacks, and has changed nothing.
            self.assertEqual(self.gateway.process.returncode, 1)
            self.assertRegex(self.gateway.said(), "(?i)space")
        self.disk.free()
        if self.gateway.process.poll() is not None:
            self.gateway.start()
        self.wait_taken(15)
        self.ledger.close()


class FullExt4(FullDisk):
    """The same on a filesystem with a journal of its own."""

    kind, mebibytes = "ext4", 80

    def setUp(self):
        if not long_form.IS_LONG:
            self.skipTest("FAULTS=all")
        super().setUp()


if __name__ == "__main__":
    unittest.main()
