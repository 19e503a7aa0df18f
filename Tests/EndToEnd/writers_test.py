"""One log, one writer: a second process, copies, old backups and mixed files are refused or harmless."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from fault_case import FaultCase
from gateway import Gateway


class Writers(FaultCase):
    def log(self, gateway: Gateway) -> Path:
        return Path(gateway.data, "log")

    def segments(self, gateway: Gateway) -> list[Path]:
        return sorted(self.log(gateway).glob("*.evl"))

    def copy(self) -> Gateway:
        """The data directory as a backup program would take it, now, as another gateway's."""
        folder = tempfile.mkdtemp(prefix="trunkline-test-")
        subprocess.run(["cp", "-a", f"{self.gateway.data}/.", folder], check=True)
        copy = Gateway(data=folder, **self.environment)
        self.addCleanup(copy.close)
        return copy

    def one_call(self) -> None:
        self.assertEqual(self.attempt().status, 486)

    def roll(self) -> None:
        """Calls until there is another segment."""
        count = len(self.segments(self.gateway))
        while len(self.segments(self.gateway)) == count:
            self.attempt(headers=[("X-Ballast", os.urandom(20_000).hex())])

    def test_second_process(self):
        second = Gateway(data=self.gateway.data, **self.environment)
        self.addCleanup(second.output.close)
        place = Path(self.gateway.data, "gateway.json")
        kept = place.read_bytes()
        status, said = second.refused()
        place.write_bytes(kept)
        self.assertEqual(status, 1, said)
        self.assertIn(self.gateway.data, said)
        self.assertIn("another process", said)
        self.one_call()
        self.books(1)

    def test_copy_while_running(self):
        invite, _, ok = self.answered()
        copy = self.copy()
        self.hang_up(invite, ok)
        copy.launch()
        copy.wait_until(lambda: Path(copy.data, "gateway.json").exists()
                        or copy.process.poll() is not None, "a start or a refusal", 20)
        if copy.process.poll() is None:
            copy.kill()
            self.assertEqual(copy.run("log", "verify").returncode, 0)
        else:
            # A copy of a moving log may lack what its own marks promise; then it says so.
            self.assertEqual(copy.process.returncode, 3)
        # What the copy did concerns nobody here.
        self.one_call()
        self.books(2)
        self.ledger.close()

    def test_copy_at_rest_goes_on(self):
        self.one_call()
        self.gateway.stop()
        copy = self.copy()
        copy.start()
        self.assertEqual(copy.stop(), 0)
        before = self.gateway.run("log", "dump").stdout
        self.assertTrue(copy.run("log", "dump").stdout.startswith(before))

    def test_older_segments_under_a_newer_mark(self):
        self.is_whole = False
        self.one_call()
        self.gateway.stop()
        backup = self.copy()
        self.gateway.start()
        self.one_call()
        self.gateway.stop()
        for path in self.segments(backup):
            shutil.copy2(path, self.log(self.gateway))
        status, said = self.gateway.refused()
        self.assertEqual(status, 3, said)
        self.assertIn("acknowledged", said)
        self.assertRegex(said, "restore|copy")
        self.assertEqual(self.gateway.run("log", "verify").returncode, 3)

    def test_no_segments_under_a_mark(self):
        self.one_call()
        self.gateway.stop()
        for path in self.segments(self.gateway):
            path.unlink()
        status, said = self.gateway.refused()
        self.assertEqual(status, 3, said)
        self.assertRegex(said, "restore")

    def test_no_log_beside_its_keys(self):
        self.one_call()
        self.gateway.stop()
        for is_there in (False, True):
            with self.subTest(directory="empty" if is_there else "missing"):
                shutil.rmtree(self.log(self.gateway))
                if is_there:
                    self.log(self.gateway).mkdir()
                status, said = self.gateway.refused()
                self.assertEqual(status, 3, said)
                self.assertRegex(said, "log is missing.*restore.*away")
                self.log(self.gateway).mkdir(exist_ok=True)
                self.assertEqual(list(self.log(self.gateway).iterdir()), [], "nothing is begun")

    def test_segments_of_two_histories(self):
        self.is_whole = False
        self.roll()
        self.gateway.stop()
        backup = self.copy()
        # Both go on from the same place, and each makes its next segments.
        for _ in range(2):
            self.gateway.start()
            self.gateway.stop()
        self.gateway.start()
        self.roll()
        self.roll()
        self.gateway.kill()
        theirs = self.segments(backup)[-1]
        mine = self.log(self.gateway) / theirs.name
        self.assertTrue(mine.exists())
        shutil.copy2(theirs, mine)
        status, said = self.gateway.refused()
        self.assertEqual(status, 3, said)
        self.assertIn(".evl", said)
        self.assertEqual(self.gateway.run("log", "verify").returncode, 3)

    def test_missing_segment(self):
        self.is_whole = False
        self.roll()
        self.roll()
        self.gateway.stop()
        self.segments(self.gateway)[1].unlink()
        status, said = self.gateway.refused()
        self.assertEqual(status, 3, said)
        self.assertRegex(said, "missing")


if __name__ == "__main__":
    unittest.main()
