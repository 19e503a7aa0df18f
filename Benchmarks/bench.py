"""What all measurements share: a place to work, rounds, baselines in C, and the table of figures."""
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: What a baseline in C is linked with.
LIBRARIES = {"bare": [], "group": ["-pthread"], "sqlite": ["-lsqlite3"], "relay": [], "talkers": []}


class Bench:
    """A directory on the disk to be measured, and how much to do."""

    def __init__(self, work, smoke, minutes=60):
        self.work = Path(work)
        self.smoke = smoke
        #: How long a soak lasts.
        self.minutes = minutes
        self.rounds = 1 if smoke else 5
        self.seconds = 0.4 if smoke else 1.0

    def baseline(self, name):
        """The path of a program in Baselines, compiled when it is first asked for."""
        program = self.work / name
        if not program.exists():
            source = ROOT / f"Benchmarks/Baselines/{name}.c"
            subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", program,
                            *LIBRARIES[name]], check=True)
        return program

    def fresh(self, name):
        """A path in the directory where nothing is."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def appended(self, name, callers, event_bytes):
        """The figures of a baseline that appends events to a file."""
        file = self.work / "baseline.dat"
        line = output([self.baseline(name), file, callers, event_bytes, self.seconds])
        for leftover in self.work.glob("baseline.dat*"):
            leftover.unlink()
        return json.loads(line)


class Table:
    """Figures with their spread over the rounds, and the aims of those that have one."""

    def __init__(self):
        self.rows = []

    def row(self, name, values, unit, aim=None):
        """`aim` is a comparison and a number; the median is held against it. No values, no row."""
        if not values:
            return
        ordered = sorted(values)
        self.rows.append({
            "name": name, "min": ordered[0], "median": ordered[len(ordered) // 2],
            "max": ordered[-1], "unit": unit, "aim": aim})

    def markdown(self):
        lines = ["| figure | median | min to max | aim | met |", "|---|---:|---:|---|---|"]
        for entry in self.rows:
            aim = met = ""
            if entry["aim"]:
                comparison, number = entry["aim"]
                aim = f"{comparison.replace('=', '')}= {number:,} {entry['unit']}".strip()
                met = "yes" if is_met(entry) else "no"
            unit = f" {entry['unit']}" if entry["unit"] else ""
            lines.append(f"| {entry['name']} | {text(entry['median'])}{unit} | "
                         f"{text(entry['min'])} to {text(entry['max'])} | {aim} | {met} |")
        return "\n".join(lines)


def is_met(entry):
    comparison, number = entry["aim"]
    return entry["median"] >= number if comparison == ">=" else entry["median"] <= number


def text(number):
    if number >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number < 1 else f"{number:.1f}" if number >= 20 else f"{number:.2f}"


def output(command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True,
                          text=True, timeout=900).stdout


def note(line):
    """Progress, apart from the table."""
    print(line, file=sys.stderr, flush=True)


def machine():
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().split("\n")
                  if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True,
                            text=True).stdout.strip()
    return {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "processor": model,
            "processors": os.cpu_count(), "kernel": platform.release(), "commit": commit,
            "load": os.getloadavg()[0]}
