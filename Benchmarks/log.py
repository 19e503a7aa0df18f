"""The event log against a bare loop of writes and syncs, and against SQLite."""
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time

from bench import ROOT, note, output

PROGRAM = ROOT / ".build/release/LogBenchmark"
EVENT_BYTES = 100
CALLERS = (1, 16, 64)


def measure(bench):
    return {"append": append(bench), "read": read(bench), "open": opening(bench),
            "storage": storage(bench)}


def command(*arguments):
    return [PROGRAM, *map(str, arguments)]


def ours(*arguments):
    return json.loads(output(command(*arguments)))


# Appending


def append(bench):
    """Turn by turn for each number of callers: bare loop, log with a loop of callers and with threads that
    wait, waiting threads in C, SQLite."""
    runs = []
    for callers in CALLERS:
        for turn in range(bench.rounds):
            note(f"append, {callers} callers, round {turn + 1} of {bench.rounds}")
            runs.append({
                "callers": callers,
                "bare": bench.appended("bare", callers, EVENT_BYTES),
                "ours": appended(bench, callers, "loop"),
                "threads": appended(bench, callers, "threads"),
                "group": bench.appended("group", callers, EVENT_BYTES),
                "sqlite": bench.appended("sqlite", callers, EVENT_BYTES),
            })
    return runs


def appended(bench, callers, waiting):
    log = bench.fresh("append")
    figures = ours("append", "--directory", log, "--callers", callers, "--waiting", waiting,
                         "--bytes", EVENT_BYTES, "--seconds", bench.seconds)
    shutil.rmtree(log)
    return figures


def throughput(run):
    return run["events"] / run["nanoseconds"] * 1e9


def cpu(run):
    return run["cpu_nanoseconds"] / run["events"]


# Reading


def read(bench):
    """Verify, scan and fold a log of mixed traffic, and SHA-256 alone over as many bytes."""
    log = bench.fresh("read")
    note("read: writing the log")
    ours("generate", "--directory", log, "--calls", 1_000 if bench.smoke else 20_000)
    runs = []
    for turn in range(1 if bench.smoke else 3):
        note(f"read, round {turn + 1}")
        run = ours("read", "--directory", log)
        run["sha256_nanoseconds"] = hashing(run["raw_bytes"])
        runs.append(run)
    shutil.rmtree(log)
    return runs


def hashing(count):
    block = bytes(range(256)) * 4096
    digest = hashlib.sha256()
    started = time.monotonic_ns()
    for _ in range(count // len(block)):
        digest.update(block)
    return time.monotonic_ns() - started


# Opening


def fill(bench, log, segments):
    """Grows a log to so many segments with large events, and stops its writer in its tracks."""
    writer = subprocess.Popen(command(
        "append", "--directory", log, "--callers", 8, "--bytes", 60_000, "--seconds", 600))
    while len(list(log.glob("*.evl"))) < segments:
        if writer.poll() is not None:
            sys.exit("run: the writer ended early")
        time.sleep(0.05)
    writer.send_signal(signal.SIGKILL)
    writer.wait()


def traffic(bench, log, kill):
    """Leaves small events at the end of the log, and a clean or an unclean stop."""
    writer = subprocess.Popen(
        command("append", "--directory", log, "--callers", 16, "--bytes", 600, "--seconds",
                      600 if kill else 1), stdout=subprocess.DEVNULL)
    if kill:
        time.sleep(1)
        writer.send_signal(signal.SIGKILL)
    writer.wait()


def opening(bench):
    """Time to open: a small and a large log, each after a clean stop and after kill -9."""
    runs = []
    for size, segments in (("small", 1), ("large", 3 if bench.smoke else 17)):
        log = bench.fresh("open")
        log.mkdir()
        note(f"open: making the {size} log")
        if segments > 1:
            fill(bench, log, segments)
        for _ in range(1 if bench.smoke else 3):
            for kill in (False, True):
                traffic(bench, log, kill)
                run = ours("open", "--directory", log)
                used = sum(file.stat().st_size for file in log.glob("*.evl"))
                runs.append({"size": size, "killed": kill, "log_bytes": used, **run})
        shutil.rmtree(log)
    return runs


# Storing


def storage(bench):
    """Bytes of mixed traffic with the batches that two rates give, live and sealed."""
    runs = {}
    # Call facts alone must fill a segment and a half before anything is measured.
    for rate, calls in ((500, 5_000 if bench.smoke else 20_000), (1, 3_000 if bench.smoke else 6_000)):
        note(f"storage at {rate} calls/s")
        path = bench.fresh("storage")
        runs[str(rate)] = ours("storage", "--directory", path, "--calls", calls, "--rate", rate)
        shutil.rmtree(path)
    return runs


# Reporting


def report(results, table):
    row = table.row
    for callers in CALLERS:
        runs = [run for run in results["append"] if run["callers"] == callers]
        title = f"append, {callers} caller{'s' if callers > 1 else ''}"

        def ratios(figure, other, kind="ours"):
            return [figure(run[kind]) / figure(run[other]) for run in runs]

        row(f"{title}: events/s", [throughput(run["ours"]) for run in runs], "/s")
        row(f"{title}: CPU per event", [cpu(run["ours"]) / 1e3 for run in runs], "µs")
        row(f"{title}: events per sync", [run["ours"]["events"] / run["ours"]["syncs"]
                                          for run in runs], "")
        row(f"{title}: p50", [run["ours"]["p50_nanoseconds"] / 1e3 for run in runs], "µs")
        row(f"{title}: p99", [run["ours"]["p99_nanoseconds"] / 1e3 for run in runs], "µs")
        row(f"{title}: throughput / bare loop", ratios(throughput, "bare"), "×",
            (">=", 0.8) if callers == 64 else None)
        row(f"{title} in threads: throughput / waiting threads in C",
            ratios(throughput, "group", "threads"), "×")
        row(f"{title}: throughput / SQLite", ratios(throughput, "sqlite"), "×")
        row(f"{title}: p50 / bare loop", ratios(lambda run: run["p50_nanoseconds"], "bare"), "×",
            ("<=", 1.25) if callers == 1 else None)
        row(f"{title}: p99 / bare loop", ratios(lambda run: run["p99_nanoseconds"], "bare"), "×",
            ("<=", 2.0) if callers == 64 else None)
        row(f"{title}: CPU per event / SQLite", ratios(cpu, "sqlite"), "×")
    reading_rows(results["read"], row)
    opening_rows(results["open"], row)
    storage_rows(results["storage"], row)


def reading_rows(runs, row):
    def rate(kind):
        return [run["raw_bytes"] / run[kind]["nanoseconds"] * 1e3 for run in runs]

    def events(kind):
        return [run["events"] / run[kind]["nanoseconds"] * 1e9 for run in runs]

    row("verify", rate("verify"), "MB/s", (">=", 300))
    row("verify / SHA-256 alone", [run["sha256_nanoseconds"] / run["verify"]["nanoseconds"]
                                   for run in runs], "×")
    row("scan", rate("scan"), "MB/s")
    row("decode", events("decode"), "/s")
    row("fold", events("fold"), "/s", (">=", 1_000_000))


def opening_rows(runs, row):
    def times(size, killed):
        return [run["nanoseconds"] / 1e6 for run in runs
                if run["size"] == size and run["killed"] == killed]

    large = max(run["log_bytes"] for run in runs)
    for killed, how in ((False, "clean stop"), (True, "kill -9")):
        row(f"open {large / 1e9:.1f} GB after {how}", times("large", killed), "ms", ("<=", 100))
        row(f"open a small log after {how}", times("small", killed), "ms")
        row(f"open large / small after {how}",
            [big / small for big, small in zip(times("large", killed), times("small", killed))],
            "×")


def storage_rows(runs, row):
    aims = {("live", "500"): (">=", 4.0), ("live", "1"): (">=", 2.5), ("sealed", "500"): (">=", 6.0)}
    limits = {("live", "500"): ("<=", 2.5), ("live", "1"): ("<=", 4.0), ("sealed", "500"): ("<=", 1.5)}
    for rate, kinds in runs.items():
        for form in ("live", "sealed"):
            title = f"{form} at {rate} call{'s' if rate != '1' else ''}/s"
            sizes = kinds["all"][form]
            if form == "live" and sizes["batches"]:
                row(f"{title}: events per batch", [sizes["events"] / sizes["batches"]], "")
            # The first segment is left out of the sizes, but not of the calls.
            events_per_call = kinds["all"]["appended_events"] / kinds["all"]["authenticated_calls"]
            row(f"{title}: stored for each authenticated call",
                [sizes["stored_bytes"] / sizes["events"] * events_per_call / 1e3] if sizes["events"] else [],
                "kB", limits.get((form, rate)))
            for kind, name in (("all", "all events"), ("sip", "SIP steps"), ("facts", "call facts")):
                sizes = kinds[kind][form]
                if not sizes["events"]:
                    continue
                row(f"{title}: {name}, stored per event", [sizes["stored_bytes"] / sizes["events"]],
                    "bytes")
                row(f"{title}: {name}, raw / stored", [sizes["raw_bytes"] / sizes["stored_bytes"]],
                    ": 1", aims.get((form, rate)) if kind == "sip" else None)


