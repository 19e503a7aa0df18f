"""The two readers of a log, Trunkline itself and Scripts/read-log, and what they must agree on."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from gateway import PROGRAM, ROOT

READER = ROOT / "Scripts" / "read-log"


def run(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)


def lines(done: subprocess.CompletedProcess) -> list[dict]:
    if done.returncode != 0:
        raise AssertionError(f"{done.args} gave {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def program_events(data: Path) -> list[dict]:
    """The events as Trunkline prints them."""
    return lines(run(PROGRAM, "log", "dump", "--data", data))


def reader_events(data: Path) -> list[dict]:
    """The events as the independent reader prints them, the type by its name as in Trunkline."""
    events = lines(run(sys.executable, READER, "--events", data / "log"))
    return [{**event, "type": event["name"]} for event in events]


def story(events: list[dict]) -> list[tuple]:
    """What both say about each event: number, time, stream, type and, of a step, the message."""
    return [(event["number"], event["at"], event["stream"], event["type"],
             event["event"].get("message")) for event in events]


def program_verdicts(data: Path) -> list[tuple]:
    """Of each segment its name and, if it is sound, its count of batches and last event."""
    done = run(PROGRAM, "log", "verify", "--json", "--data", data)
    return verdicts(done, {"ok"})


def reader_verdicts(data: Path) -> list[tuple]:
    """The same from the independent reader. A torn tail is sound: nobody was promised it."""
    done = run(sys.executable, READER, "--json", data / "log")
    return verdicts(done, {"ok", "torn"})


def verdicts(done: subprocess.CompletedProcess, sound: set[str]) -> list[tuple]:
    if done.returncode not in (0, 3):
        raise AssertionError(f"{done.args} gave {done.returncode}: {done.stderr}")
    found = [(one["segment"], one["batches"], one["last_event"]) if one["verdict"] in sound
             else (one["segment"], "damaged") for one in json.loads(done.stdout)]
    if any("damaged" in one for one in found) != (done.returncode == 3):
        raise AssertionError(f"{done.args} gave {done.returncode} with {done.stdout}")
    return found


def pin(data: Path) -> dict:
    """What is written down of a golden log; both readers must find it."""
    reader = reader_events(data)
    if story(reader) != story(program_events(data)):
        raise AssertionError("the two readers tell different stories")
    if reader_verdicts(data) != program_verdicts(data):
        raise AssertionError("the two readers come to different verdicts")
    printed = run(sys.executable, READER, "--events", data / "log").stdout
    segments = json.loads(run(sys.executable, READER, "--json", data / "log").stdout)
    return {"events": len(reader), "sha256": hashlib.sha256(printed.encode()).hexdigest(),
            "segments": segments}
