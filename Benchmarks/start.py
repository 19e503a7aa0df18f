"""Starts: from exec to the first answer, after a snapshot and with the whole log to read."""
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from bench import ROOT, note
from log import command
from servers import Trunkline, charged, free_port
from sipp import Caller, Destination

#: Events of the large log and of a small one. Both have a snapshot at their last whole 100,000, so that
#: a start reads nearly as much behind it as it ever must.
SIZES = {"large": 10_090_000, "small": 190_000}
LIVE = 1_000
EVENTS_PER_SNAPSHOT = 100_000


def measure(bench):
    sizes = {"large": 290_000, "small": 190_000} if bench.smoke else SIZES
    live = 50 if bench.smoke else LIVE
    logs = {size: prepared(bench, size, events, live) for size, events in sizes.items()}
    runs = {size: [] for size in sizes}
    for turn in range(bench.rounds):
        for size, log in logs.items():
            note(f"start with the {size} log, round {turn + 1} of {bench.rounds}")
            runs[size].append(log.start())
    replays = []
    for turn in range(1 if bench.smoke else 3):
        note(f"start without a snapshot, round {turn + 1}")
        shutil.rmtree(logs["large"].data / "snapshots", ignore_errors=True)
        replays.append(logs["large"].start())
    costs = {size: log.cost(20 if bench.smoke else 2_000) for size, log in logs.items()}
    return {"live": live, "logs": {size: log.facts for size, log in logs.items()}, "starts": runs,
            "replays": replays, "costs": costs}


class Resumed(Trunkline):
    """A gateway over a log that is there already. Calls whose peers are gone go on without media."""

    base_domain = "example.net"
    settings = {"TRUNKLINE_MEDIA_SILENCE_SECONDS": "86400", "TRUNKLINE_MAXIMUM_DURATION_SECONDS": "86400"}

    def __init__(self, work):
        super().__init__(work, destination=0)
        self.callees = Destination(self.work)
        self.destination = self.callees.port
        self.data = self.work / "data"
        self.facts = {}

    def start(self):
        """Starts and kills it; what the start took and what it read."""
        began = time.monotonic()
        self.begin()
        seconds = time.monotonic() - began
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        figures = {"seconds": seconds, "peak_bytes": int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024,
                   **self.said("log read")}
        self.kill()
        return figures

    def begin(self):
        """Starts it, and returns with its first answer."""
        self.output.truncate(0)
        self.output.seek(0)
        self.process = subprocess.Popen(
            [ROOT / ".build/release/trunkline", "serve", "--data", self.data, "--base-domain", self.base_domain,
             "--sip-listen", f"udp:127.0.0.1:{self.port}", "--api-listen",
             f"127.0.0.1:{free_port(socket.SOCK_STREAM)}", "--rtp-ports", "10000-65535"],
            stdout=self.output, stderr=self.output, cwd=self.work, env={**os.environ, **self.settings})
        self.wait_for_answer()

    def wait_for_answer(self):
        """Asks every few milliseconds, on a socket that hears at once when nobody listens yet."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(("127.0.0.1", self.port))
            asking.settimeout(0.005)
            while True:
                if self.process.poll() is not None:
                    raise SystemExit(f"the gateway ended:\n{self.text()[-2000:]}")
                try:
                    asking.send(self.options(asking.getsockname()[1]))
                    if asking.recv(65_535).startswith(b"SIP/2.0 200"):
                        return
                except TimeoutError:
                    pass
                except ConnectionRefusedError:
                    time.sleep(0.002)

    def text(self):
        return (self.work / "output").read_text(errors="replace")

    def said(self, line):
        """The whole numbers beside a line of what the gateway logs."""
        found = next(text for text in self.text().splitlines() if line in text)
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)\b", found)}

    def kill(self):
        self.process.kill()
        self.process.wait()

    def cost(self, count):
        """What it is charged for so many calls, placed one after the other."""
        note(f"calls on {self.facts['events']:,} events")
        (self.data / "gateway.json").unlink(missing_ok=True)
        self.begin()
        # The API comes with the tables, and after a start without snapshots they are made anew.
        self.wait_for((self.data / "gateway.json").exists, "API", seconds=600)
        self.wait_for(lambda: self.snapshot() > self.facts["events"] - EVENTS_PER_SNAPSHOT, "snapshot",
                      seconds=600)
        self.provision("1555")
        Caller(self.work, self, 100, 100).wait()
        before = self.cpu_seconds()
        counted = Caller(self.work, self, 100, count).wait()
        cost = {**counted, "cpu_seconds": charged(before, self.cpu_seconds())}
        self.kill()
        self.callees.stop()
        return cost

    def snapshot(self):
        """The last event of the newest snapshot."""
        return max((int(file.name[:20]) for file in self.data.glob("snapshots/*.snap")), default=0)


def prepared(bench, size, events, live):
    """A gateway that was killed, with a log and the snapshots that it made of it."""
    gateway = Resumed(bench.fresh(size))
    (gateway.data / "keys").mkdir(parents=True)
    key = gateway.data / "keys/seal.key"
    key.write_text("00" * 32 + "\n")
    key.chmod(0o600)
    note(f"start: writing the {size} log")
    began = time.monotonic()
    subprocess.run(command(
        "generate", "--directory", gateway.data / "log", "--calls", 300 if bench.smoke else 2_000,
        "--events", events, "--live", live), check=True, stdout=subprocess.DEVNULL)
    written = time.monotonic()
    note(f"start: making snapshots of the {size} log")
    gateway.begin()
    # It makes its tables first.
    gateway.wait_for(lambda: gateway.snapshot() > events - EVENTS_PER_SNAPSHOT, "snapshot", seconds=1_800)
    gateway.kill()
    gateway.facts = {"events": events, "generate_seconds": written - began,
                     "snapshot_seconds": time.monotonic() - written,
                     "log_bytes": sum(file.stat().st_blocks * 512 for file in gateway.data.glob("log/*.evl"))}
    return gateway


# Reporting


def report(results, table):
    row, live = table.row, results["live"]
    large, small = (results["logs"][size]["events"] for size in ("large", "small"))

    def starts(size, figure):
        return [run[figure] for run in results["starts"][size]]

    row(f"exec to first answer, {live:,} calls in progress, {large:,} events", starts("large", "seconds"), "s",
        ("<=", 1.0))
    row(f"the same with {small:,} events", starts("small", "seconds"), "s")
    row("large log / small log",
        [a / b for a, b in zip(starts("large", "seconds"), starts("small", "seconds"))], "×", ("<=", 1.2))
    row("events read behind the snapshot", starts("large", "events_after_snapshot"), "")
    row("of it reading snapshot and log", [value / 1e3 for value in starts("large", "milliseconds")], "s")
    costs = results["costs"]
    row(f"calls failed on {large:,} events", [costs["large"]["failed"]], "", ("<=", 0))
    row(f"cost of a call on {large:,} events / on {small:,}",
        [costs["large"]["cpu_seconds"] / costs["small"]["cpu_seconds"]], "×", ("<=", 1.2))
    row("peak memory", [value / 1e6 for value in starts("large", "peak_bytes")], "MB")
    replays = results["replays"]
    row(f"start without a snapshot, {large:,} events", [run["seconds"] for run in replays], "s", ("<=", 15.0))
    row("events read each second",
        [run["events_after_snapshot"] / run["milliseconds"] * 1e3 for run in replays], "/s", (">=", 670_000))
    row("peak memory without a snapshot", [run["peak_bytes"] / 1e6 for run in replays], "MB")
    row("log", [results["logs"]["large"]["log_bytes"] / 1e9], "GB")
    row("time to write that log", [results["logs"]["large"]["generate_seconds"]], "s")
