"""System calls of the log that fail: which end the process at once, which are only waited out."""

import errno
import re
import shutil
import tempfile
import unittest
from pathlib import Path

import long_form
from fault_case import FaultCase
from faults import ALLOCATE, RENAME, SYNC, WRITE
from gateway import disk_directory


class FailingDisk(FaultCase):
    def data_directory(self) -> str:
        return disk_directory()

    def fails(self, strike) -> None:
        """A fault in the middle of a call ends the process; the next start knows all that was told."""
        invite, _, ok = self.answered()
        strike()
        self.in_dialog("BYE", invite, ok, 2)
        said = self.assert_ends(4, within=3)
        self.assertIn(self.gateway.data, said)
        self.assertRegex(said.splitlines()[-1], "; .*(check|replace|reboot|restart)")
        self.faults.clear()
        self.ledger.check()
        self.start_again()

    def start_again(self) -> None:
        """The next start reads the tail from the disk, or where that cannot be done asks for a reboot."""
        self.gateway.launch()
        self.gateway.wait_until(
            lambda: Path(self.gateway.data, "gateway.json").exists()
            or self.gateway.process.poll() is not None, "a start or a refusal", 20)
        if self.gateway.process.poll() is not None:
            self.assertIn(self.gateway.process.returncode, (1, 4))
            self.assertIn("reboot", self.gateway.said().splitlines()[-1])
            self.skipTest("this filesystem cannot be read past the page cache")
        self.ledger.check()
        self.wait_taken()
        self.ledger.close()

    def test_sync_of_the_segment(self):
        self.fails(lambda: self.faults.fail(SYNC, errno.EIO, match=".evl"))

    def test_the_note_is_found_under_another_name(self):
        """A start that names the directory by a link knows of the failure, too."""
        data = self.gateway.data
        link = Path(tempfile.mkdtemp(prefix="trunkline-link-"), "data")
        link.symlink_to(data)
        self.addCleanup(shutil.rmtree, link.parent)
        self.faults.fail(SYNC, errno.EIO, match=".evl")
        self.gateway.data = str(link)
        self.addCleanup(setattr, self.gateway, "data", data)
        self.call(number="9")
        self.assert_ends(4, within=3)
        self.faults.clear()
        before = len(self.gateway.said())
        self.gateway.launch()
        self.gateway.wait_until(
            lambda: re.search("disk (had )?failed under the last writer", self.gateway.said()[before:]),
            "a word about the failure")

    def test_sync_that_loses_what_was_written(self):
        self.fails(lambda: self.faults.lose(errno.EIO, match=".evl"))

    def test_write_of_the_segment(self):
        for error in (errno.EIO, errno.ENOSPC, errno.EDQUOT) if long_form.IS_LONG else (errno.EIO,):
            with self.subTest(error=errno.errorcode[error]):
                self.fails(lambda: self.faults.fail(WRITE, error, match=".evl"))

    def test_sync_and_write_of_the_marks(self):
        for call in (SYNC, WRITE):
            with self.subTest(call=call):
                self.fails(lambda: self.faults.fail(call, errno.EIO, match="COMMIT"))

    def test_interrupted_and_short_writes(self):
        for strike in (lambda: self.faults.fail(WRITE, errno.EINTR, times=5), self.faults.shorten):
            strike()
            invite, _, ok = self.answered()
            self.hang_up(invite, ok)
            self.gateway.wait_until(lambda: self.faults.hits >= 2, "faults that strike")
            self.faults.clear()
        self.books(2)
        self.ledger.close()

    def test_interrupted_preallocation(self):
        self.without_reserve(lambda: self.faults.fail(ALLOCATE, errno.EINTR, times=2))
        self.gateway.wait_until(Path(self.gateway.data, "log", "spare").exists, "a spare segment")
        self.wait_taken()

    def test_failed_preallocation_is_a_full_disk(self):
        for call, error in ((ALLOCATE, errno.EIO), (ALLOCATE, errno.ENOSPC), (RENAME, errno.EIO)):
            with self.subTest(call=call, error=errno.errorcode[error]):
                self.without_reserve(lambda: self.faults.fail(call, error))
                self.wait_turned_away()
                self.assertIsNone(self.gateway.process.poll())
                self.faults.clear()
                self.wait_taken()
        self.ledger.close()

    def without_reserve(self, strike) -> None:
        """Starts again with no spare segment, while making one fails."""
        self.gateway.kill()
        for name in ("spare", "ballast"):
            Path(self.gateway.data, "log", name).unlink(missing_ok=True)
        strike()
        self.gateway.start()


class FailingMemoryDisk(FailingDisk):
    """The same where there may be no way past the page cache."""

    def data_directory(self) -> str:
        if not Path("/dev/shm").is_dir():
            self.skipTest("needs /dev/shm")
        return tempfile.mkdtemp(prefix="trunkline-test-", dir="/dev/shm")

    def setUp(self):
        if not long_form.IS_LONG:
            self.skipTest("FAULTS=all")
        super().setUp()


if __name__ == "__main__":
    unittest.main()
