"""Other processes read while calls run, segments roll and the process dies. They never see what later is not so."""

import json
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import long_form
from gateway import PROGRAM
from load_case import LoadCase


class Readings(threading.Thread):
    """Runs a command again and again, and keeps what it printed."""

    def __init__(self, gateway, *arguments: str):
        super().__init__(daemon=True)
        self.gateway, self.arguments = gateway, arguments
        self.texts: list[str] = []
        self.failures: list[str] = []
        self.is_running = True
        self.start()

    def run(self) -> None:
        while self.is_running:
            done = self.gateway.run(*self.arguments)
            if done.returncode == 0:
                self.texts.append(done.stdout)
            else:
                self.failures.append(f"{done.returncode}: {done.stderr}")
            time.sleep(0.1)

    def finish(self) -> list[str]:
        self.is_running = False
        self.join()
        return self.texts


class Follower:
    """A running `trunkline log follow`."""

    def __init__(self, gateway, first: int):
        self.first = first
        self.file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [PROGRAM, "log", "follow", "--from", str(first), "--data", gateway.data],
            stdout=self.file, stderr=subprocess.PIPE, text=True)

    def lines(self) -> list[str]:
        """Whole lines so far."""
        self.file.seek(0)
        return self.file.read().rpartition("\n")[0].splitlines()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        self.file.close()


class Readers(LoadCase):
    padding = 20_000

    def disturb(self) -> None:
        """Load, with a death now and then."""
        self.load.start()
        for _ in range(30 if long_form.IS_LONG else 3):
            time.sleep(self.random.uniform(0.5, 2))
            self.gateway.kill()
            self.gateway.start()
        time.sleep(1)
        self.end_calls()
        self.assertEqual(self.gateway.stop(), 0)

    def test_dumps_and_records_are_of_one_history(self):
        dumps = Readings(self.gateway, "log", "dump")
        records = Readings(self.gateway, "cdr", "list", "--json")
        self.disturb()
        texts = dumps.finish()
        lists = [json.loads(text) for text in records.finish()]
        self.assertEqual((dumps.failures, records.failures), ([], []))
        whole = self.whole()
        self.assertGreater(len(texts), 5)
        for text in texts:
            lines = text.splitlines()
            self.assertEqual(lines, whole[:len(lines)])
        final = {record["cdr_number"]: record for record in self.gateway.cdrs()}
        self.assertGreater(len(lists), 5)
        for record in (record for one in lists for record in one):
            # Media totals may come after the end; who called whom and how it ended may not change.
            for key in ("call_id", "result", "sip_status", "ended_by", "cause", "ended_at"):
                self.assertEqual(record[key], final[record["cdr_number"]][key])

    def test_follow(self):
        followers = [Follower(self.gateway, first) for first in (1, 7)]
        for follower in followers:
            self.addCleanup(follower.close)
        self.disturb()
        whole = self.whole()
        for follower, number in zip(followers, (signal.SIGINT, signal.SIGTERM)):
            wanted = whole[follower.first - 1:]
            end = time.monotonic() + 5
            while len(follower.lines()) < len(wanted) and time.monotonic() < end:
                time.sleep(0.05)
            self.assertIn(follower.end(number), (0, -number))
            self.assertEqual(follower.lines(), wanted)

    def test_follow_shows_nothing_before_it_is_synced(self):
        follower = Follower(self.gateway, 1)
        self.addCleanup(follower.close)
        self.load.start()
        time.sleep(1)
        seen = follower.lines()
        self.assertLessEqual(len(seen), self.durable())
        self.gateway.wait_until(lambda: len(follower.lines()) > len(seen), "more events", 3)
        self.assertIn(follower.end(signal.SIGTERM), (0, -signal.SIGTERM))
        self.end_calls()

    def durable(self) -> int:
        line = next(line for line in self.gateway.metrics().splitlines()
                    if line.startswith("trunkline_log_durable_events"))
        return int(float(line.split()[1]))


if __name__ == "__main__":
    unittest.main()
