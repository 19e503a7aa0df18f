"""Authenticated calls without media: the gateway against Kamailio as a stateful proxy."""
import resource

from bench import note
from probe import Probe, percentile
from servers import Kamailio, Trunkline, charged
from sipp import Caller, Destination

SERVERS = (Kamailio, Trunkline)
#: Calls in one run; see RTP_PORTS.
CALLS = 6_000
RATES = (100, 200, 300, 400, 500, 600, 800, 1_000, 1_250, 1_500, 1_750, 2_000, 2_500)


def measure(bench):
    sustained = [{kind.name: highest_rate(bench, kind) for kind in SERVERS}
                 for _ in range(1 if bench.smoke else 3)]
    slower = min(run[kind.name] for run in sustained for kind in SERVERS)
    rate = 100 if bench.smoke else max(RATES[0], min(800, slower // 2))
    return {"sustained": sustained, "rate": rate, "cost": cost(bench, rate),
            "growth": growth(bench)}


class Lane:
    """A server between callers and a destination."""

    def __init__(self, bench, kind):
        self.work = bench.fresh(kind.name)
        self.work.mkdir()
        self.destination = Destination(self.work)
        self.server = kind(self.work, self.destination.port)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.destination.stop()

    def calls(self, rate, count, hold_seconds=0):
        return Caller(self.work, self.server, rate, count, hold_seconds)

    def cost(self, rate, count):
        """What SIPp counted, and what the server was charged for it."""
        before = self.server.cpu_seconds()
        counted = self.calls(rate, count).wait()
        return {**counted, "cpu_seconds": charged(before, self.server.cpu_seconds())}

    def delays(self, rate, count):
        """How long an INVITE waits for 180 while calls come at that rate, in ms, ascending."""
        calls = self.calls(rate, count)
        return Probe(self.server).delays(while_going_on=calls)


def highest_rate(bench, kind):
    """The highest of RATES at which no call fails within four seconds; the next one failed twice."""
    best = 0
    for rate in RATES[:2] if bench.smoke else RATES:
        note(f"{kind.name} at {rate} calls/s")
        if not any(is_good(bench, kind, rate) for _ in range(2)):
            break
        best = rate
    return best


def is_good(bench, kind, rate):
    with Lane(bench, kind) as lane:
        return lane.cost(rate, (1 if bench.smoke else 4) * rate)["failed"] == 0


def cost(bench, rate):
    """The same rate for both, turn by turn."""
    runs = []
    for turn in range(bench.rounds):
        note(f"cost at {rate} calls/s, round {turn + 1} of {bench.rounds}")
        runs.append({"sync_p99_ms": sync(bench),
                     **{kind.name: one_cost(bench, kind, rate) for kind in SERVERS}})
    return runs


def one_cost(bench, kind, rate):
    calls = 100 if bench.smoke else CALLS
    with Lane(bench, kind) as lane:
        counted = lane.cost(rate, calls)
        if kind is Trunkline:
            counted["log_bytes"] = lane.server.log_bytes()
    with Lane(bench, kind) as lane:
        delays = lane.delays(rate, calls)
    return {**counted, "delay_p50_ms": percentile(delays, 0.5), "delay_p99_ms": percentile(delays, 0.99)}


def sync(bench):
    """How long one write and fdatasync take in a bare loop, in ms: one in a hundred takes longer."""
    return bench.appended("bare", 1, 100)["p99_nanoseconds"] / 1e6


class Patient(Trunkline):
    """Calls without media go on."""

    settings = {"TRUNKLINE_MEDIA_SILENCE_SECONDS": "86400"}


def raise_file_limit():
    """As high as 10,000 calls need, or as may be; returns what holds for programs that are started."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, max(hard, 65_536)))
    except (ValueError, PermissionError):
        pass
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def growth(bench):
    """The gateway's memory for each call in progress, and what a call costs beside them."""
    runs = []
    for held in (10, 50) if bench.smoke else (10, 1_000, 4_000, 9_900):
        if 4 * held + 2_000 > raise_file_limit():
            note(f"no {held} calls: each has four sockets, and the limit of open files is lower")
            continue
        note(f"growth: {held} calls in progress")
        with Lane(bench, Patient) as lane:
            # What every server has once it has worked is no matter of calls in progress.
            lane.cost(100, 100)
            before = lane.server.resident_bytes()
            holding = lane.calls(200, held, hold_seconds=600)
            lane.server.wait_for(lambda: len(lane.server.ask("call", "list")) == held, "calls", 120)
            memory = lane.server.resident_bytes() - before
            counted = lane.cost(100, 50 if bench.smoke else 2_000)
            holding.stop()
        runs.append({"held": held, "memory_bytes": memory, **counted})
    return runs


# Reporting


def report(results, table):
    row, runs = table.row, results["cost"]
    rate = results["rate"]

    def each(name, figure):
        return [figure(run[name]) for run in runs]

    def per_cpu_second(run):
        return run["answered"] / run["cpu_seconds"]

    for kind in SERVERS:
        row(f"{kind.name}: calls per CPU-second at {rate}/s", each(kind.name, per_cpu_second), "")
    row(f"calls per CPU-second at {rate}/s / Kamailio",
        [per_cpu_second(run["Trunkline"]) / per_cpu_second(run["Kamailio"]) for run in runs], "×",
        (">=", 2.0))
    for kind in SERVERS:
        row(f"{kind.name}: highest rate without a failed call",
            [run[kind.name] for run in results["sustained"]], "/s")
    row("highest rate / Kamailio", [run["Trunkline"] / run["Kamailio"] for run in results["sustained"]
                                    if run["Kamailio"]], "×", (">=", 1.0))
    for kind in SERVERS:
        row(f"{kind.name}: calls failed at {rate}/s", each(kind.name, lambda run: run["failed"]), "")
        for share in ("p50", "p99"):
            row(f"{kind.name}: INVITE to 180 at {rate}/s, {share}",
                each(kind.name, lambda run: run[f"delay_{share}_ms"]), "ms")
    row("INVITE to 180, p99 less twice the p99 of a bare sync",
        [run["Trunkline"]["delay_p99_ms"] - 2 * run["sync_p99_ms"] for run in runs], "ms", ("<=", 5.0))
    row(f"log for each call at {rate}/s, live",
        each("Trunkline", lambda run: run["log_bytes"] / run["answered"] / 1e3), "kB", ("<=", 2.5))
    growth_rows(results["growth"], row)


def growth_rows(runs, row):
    few = runs[0]
    for run in runs[1:]:
        row(f"memory for each of {run['held']:,} calls in progress", [run["memory_bytes"] / run["held"] / 1e3],
            "kB", ("<=", 40))
        row(f"cost of a call beside {run['held']:,} others / beside {few['held']}",
            [run["cpu_seconds"] / few["cpu_seconds"]], "×", ("<=", 1.2))
