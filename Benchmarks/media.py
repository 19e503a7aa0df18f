"""RTP of many calls: the gateway against rtpengine in user space, and against a bare loop in C."""
import json
import re
import socket
import subprocess
import time

from bench import note
from servers import Server, Trunkline, charged, free_low_port
from sipp import Caller, Destination

#: What rtpengine may use, away from the ports that the kernel gives by itself.
PORTS = (20_000, 29_999)


def measure(bench):
    calls, seconds = (20, 1) if bench.smoke else (400, 10)
    runs = []
    for turn in range(bench.rounds):
        note(f"media of {calls} calls, round {turn + 1} of {bench.rounds}")
        runs.append({"bare": bare(bench, calls, seconds), "rtpengine": rtpengine(bench, calls, seconds),
                     "Trunkline": trunkline(bench, calls, seconds)})
    return {"calls": calls, "runs": runs}


class Ends:
    """The sockets of all callers and of all destinations, and the packets that go between them."""

    def __init__(self, bench):
        self.program = bench.baseline("talkers")
        self.caller, self.destination = free_low_port(1_100), free_low_port(1_500)

    def talk(self, server, ports, seconds):
        """Packets sent and relayed, their delays, and what the relay was charged meanwhile."""
        lines = "".join(f"{caller} {destination}\n" for caller, destination in ports)
        before = server.cpu_seconds()
        done = subprocess.run([str(self.program), str(self.caller), str(self.destination), str(seconds)],
                              input=lines, capture_output=True, text=True, check=True)
        return {**json.loads(done.stdout), "sent": int(done.stderr),
                "relay_cpu_seconds": charged(before, server.cpu_seconds())}


class BareRelay(Server):
    """See Baselines/relay.c."""

    name = "bare loop"

    def start(self, program, calls, ends):
        self.process = subprocess.Popen([program, str(calls), str(ends.caller), str(ends.destination)],
                                        stdout=subprocess.PIPE, text=True)
        return [tuple(map(int, self.process.stdout.readline().split())) for _ in range(calls)]


def bare(bench, calls, seconds):
    ends = Ends(bench)
    relay = BareRelay(bench.fresh("bare-relay"), 0)
    ports = relay.start(bench.baseline("relay"), calls, ends)
    try:
        return ends.talk(relay, ports, seconds)
    finally:
        relay.stop()


class RTPEngine(Server):
    """rtpengine without its kernel module, told of calls by its own protocol: bencode over UDP."""

    name = "rtpengine"

    def start(self):
        self.launch(["rtpengine", "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.port}",
                     "--table=-1", "--foreground", "--log-stderr", "--log-level=3",
                     f"--port-min={PORTS[0]}", f"--port-max={PORTS[1]}"])
        return self

    def answers(self):
        try:
            return b"pong" in self.command({"command": "ping"})
        except OSError:
            return False

    def command(self, fields):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(1)
            asking.sendto(f"{time.monotonic_ns()} ".encode() + bencode(fields), ("127.0.0.1", self.port))
            return asking.recv(65_535)

    def bridge(self, call, ends):
        """Sets a call up; its ports towards the caller and the destination."""
        def port(command, media_port, **tags):
            reply = self.command({
                "command": command, "call-id": f"call{call}", "sdp": description(media_port),
                "replace": ["origin"], "ICE": "remove", **tags})
            return int(re.search(rb"m=audio (\d+)", reply).group(1))

        tags = {"from-tag": f"c{call}"}
        destination = port("offer", ends.caller, **tags)
        caller = port("answer", ends.destination, **tags, **{"to-tag": f"d{call}"})
        return caller, destination


def description(port):
    return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")


def bencode(value):
    if isinstance(value, dict):
        pairs = (bencode(key) + bencode(value[key]) for key in sorted(value))
        return b"d" + b"".join(pairs) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    data = str(value).encode()
    return str(len(data)).encode() + b":" + data


def rtpengine(bench, calls, seconds):
    ends = Ends(bench)
    engine = RTPEngine(bench.fresh("rtpengine"), 0).start()
    try:
        return ends.talk(engine, [engine.bridge(call, ends) for call in range(calls)], seconds)
    finally:
        engine.stop()


def trunkline(bench, calls, seconds):
    """Real calls, held meanwhile; the gateway records what its relay sees as always."""
    work = bench.fresh("trunkline")
    work.mkdir()
    ends = Ends(bench)
    destination = Destination(work, ends.destination)
    gateway = Trunkline(work, destination.port).start()
    caller = Caller(work, gateway, 100, calls, hold_seconds=600, audio_port=ends.caller)
    try:
        gateway.wait_for(lambda: len(answered(gateway)) == calls, "answers", 60)
        return ends.talk(gateway, gateway.media_ports(), seconds)
    finally:
        caller.stop()
        gateway.stop()
        destination.stop()


def answered(gateway):
    return [call for call in gateway.ask("call", "list") if call["answered_at"]]


# Reporting


def report(results, table):
    row, runs, calls = table.row, results["runs"], results["calls"]

    def rate(run):
        return run["events"] / run["relay_cpu_seconds"]

    for name in ("bare", "rtpengine", "Trunkline"):
        row(f"{name}: packets per CPU-second, {calls} calls of G.711", [rate(run[name]) for run in runs], "/s")
    row("packets per CPU-second / rtpengine",
        [rate(run["Trunkline"]) / rate(run["rtpengine"]) for run in runs], "×", (">=", 1.6))
    row("packets per CPU-second / bare loop",
        [rate(run["Trunkline"]) / rate(run["bare"]) for run in runs], "×", (">=", 0.9))
    for name in ("bare", "rtpengine", "Trunkline"):
        row(f"{name}: packets lost of a million",
            [1e6 * (1 - run[name]["events"] / run[name]["sent"]) for run in runs], "")
        for share in ("p50", "p99"):
            row(f"{name}: from socket to socket, {share}",
                [run[name][f"{share}_nanoseconds"] / 1e6 for run in runs], "ms")
    row("delay added to that of the bare loop, p99",
        [(run["Trunkline"]["p99_nanoseconds"] - run["bare"]["p99_nanoseconds"]) / 1e6 for run in runs],
        "ms", ("<=", 1.0))
