"""A long run: calls all the time, kills in its first two thirds, and what the process holds in the last one."""
import os
import signal
import sqlite3
import time
from pathlib import Path

from bench import note
from servers import Trunkline
from sipp import Caller, Destination

#: Calls a second, and how long each is held: two pairs of ports for each, which rest for a minute
#: afterwards, are what the range of ports allows.
RATE = 100
HOLD_SECONDS = 5
#: Kills, spread over the first two thirds.
KILLS = 20


class Supervised(Trunkline):
    """With a parent that keeps the sockets and starts the gateway again."""

    flags = ["--supervise"]

    def worker(self):
        """The process that does the work."""
        self.wait_for(lambda: len(self.processes()) > 1, "process")
        return next(pid for pid in self.processes() if pid != self.process.pid)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.worker()}/fd"))


def measure(bench):
    seconds, rate, kills = (15, 20, 1) if bench.smoke else (60 * bench.minutes, RATE, KILLS)
    work = bench.fresh("soak")
    work.mkdir()
    destination = Destination(work)
    server = Supervised(work, destination.port)
    server.start()
    caller = Caller(work, server, rate, rate * seconds, HOLD_SECONDS)
    try:
        died = kill(server, seconds * 2 / 3, kills)
        samples = watch(server, seconds / 3 - HOLD_SECONDS)
        counted = caller.wait()
        time.sleep(2)
        return {**counted, "rate": rate, "kills": died, "samples": samples, "cdrs": cdrs(server)}
    finally:
        server.stop()
        destination.stop()


def kill(server, seconds, kills):
    """Kills the gateway at even intervals; how often."""
    start = time.monotonic()
    for turn in range(kills):
        time.sleep(max(0, start + seconds * (turn + 1) / (kills + 1) - time.monotonic()))
        note(f"soak: kill {turn + 1} of {kills}")
        os.kill(server.worker(), signal.SIGKILL)
    time.sleep(max(0, start + seconds - time.monotonic()))
    return kills


def watch(server, seconds):
    """Memory and descriptors of the gateway, twenty times."""
    samples = []
    for turn in range(20):
        note(f"soak: sample {turn + 1} of 20")
        samples.append({"memory_bytes": server.resident_bytes(), "descriptors": server.descriptors()})
        time.sleep(seconds / 20)
    return samples


def cdrs(server):
    """The number of records, of different calls in them, and of those that were answered."""
    with sqlite3.connect(f"file:{Path(server.data)}/projections.sqlite?mode=ro", uri=True) as tables:
        row = tables.execute("SELECT count(*), count(DISTINCT call_id), "
                             "sum(result = 'answered') FROM cdrs").fetchone()
    return {"all": row[0], "calls": row[1], "answered": row[2]}


# Reporting


def report(results, table):
    row, samples = table.row, results["samples"]
    row(f"calls at {results['rate']}/s, held for {HOLD_SECONDS} s", [results["answered"]], "")
    row("kills meanwhile", [results["kills"]], "")
    row("calls failed", [results["failed"]], "", ("<=", 0))
    row("messages that SIPp repeated", [results["repeats"]], "")
    row("answered calls without exactly one CDR",
        [abs(results["answered"] - results["cdrs"]["answered"])
         + results["cdrs"]["all"] - results["cdrs"]["calls"]], "", ("<=", 0))
    # Whatever a process keeps of the past, such as 65,536 nonces, has its full size by the middle of the watch.
    for figure, name in (("memory_bytes", "memory"), ("descriptors", "descriptors")):
        row(f"{name} in the last twelfth / in the one before",
            [b[figure] / a[figure] for a, b in zip(samples[10:15], samples[15:])], "×", ("<=", 1.05))
    row("memory at the end", [sample["memory_bytes"] / 1e6 for sample in samples[15:]], "MB")
