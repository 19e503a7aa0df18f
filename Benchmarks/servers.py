"""The servers that are compared, each started with a trunk `acme` whose calls go to one destination."""
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from bench import ROOT

PEERS = ROOT / "Benchmarks/Peers"
TICKS = os.sysconf("SC_CLK_TCK")
#: Below those that the kernel gives by itself: for 7,500 calls, whose ports rest for a minute afterwards.
RTP_PORTS = "2000-31999"
MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/"


def free_port(kind=socket.SOCK_DGRAM):
    """One that nobody has now, of those that the kernel gives to whoever asks."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_low_port(start):
    """One from there on that nobody has now, and that the kernel gives to nobody by itself."""
    for port in range(start, 2000):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("no UDP port below 2000 is free")


def charged(before, after):
    """What was charged between two readings; never nothing, because a short run may fall between two ticks."""
    return max(after - before, 1 / TICKS)


class Server:
    """A process and its children. What they cost is what the operating system charged to all of them."""

    name = ""
    #: What the names of its trunks end with.
    base_domain = "test"

    def __init__(self, work, destination):
        self.work = Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.destination = destination
        self.output = open(self.work / "output", "wb")
        self.process = None

    def launch(self, command, **options):
        self.process = subprocess.Popen([str(part) for part in command], stdout=self.output,
                                        stderr=self.output, cwd=self.work, **options)
        self.wait_for(self.answers, "answer to OPTIONS")
        return self

    def wait_for(self, condition, what, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{self.name} gave no {what}; see what it said:\n"
                                 + (self.work / "output").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def complaints(self):
        """What it said of trouble of its own."""
        text = (self.work / "output").read_text(errors="replace")
        return [line[:300] for line in text.splitlines() if re.search("(?i)warning|error|critical", line)]

    def answers(self):
        """Whether it answers OPTIONS."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind(("127.0.0.1", 0))
            asking.settimeout(0.2)
            asking.sendto(self.options(asking.getsockname()[1]), ("127.0.0.1", self.port))
            try:
                return asking.recv(65_535).startswith(b"SIP/2.0 ")
            except OSError:
                return False

    def options(self, local):
        """A question that a server answers by itself."""
        return (f"OPTIONS sip:127.0.0.1:{self.port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{local};branch=z9hG4bK{time.monotonic_ns()};rport\r\n"
                f"From: <sip:bench@test>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {time.monotonic_ns()}\r\n"
                "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()

    def processes(self):
        """Its own number and those of its children."""
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                queue += [int(child) for child in task.read_text().split()]
        return found

    def cpu_seconds(self):
        """User and system time of all its processes so far, to a hundredth."""
        ticks = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def resident_bytes(self):
        """Memory that is its own: what processes share counts once."""
        total = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()


class Kamailio(Server):
    """See Peers/kamailio.cfg."""

    name = "Kamailio"

    def start(self):
        (self.work / "acc").mkdir(exist_ok=True)
        text = (PEERS / "kamailio.cfg").read_text()
        text = text.replace("PORT", str(self.port)).replace("DESTINATION", str(self.destination))
        configuration = self.work / "kamailio.cfg"
        configuration.write_text(text)
        return self.launch(["kamailio", "-f", configuration, "-w", self.work, "-L", MODULES,
                            "-m", 256, "-M", 16, "-DD", "-E"])


class Trunkline(Server):
    """The gateway as it comes, with its data on the disk that is measured."""

    name = "Trunkline"
    #: More of what it is started with, and what stands in its environment.
    flags = []
    settings = {}
    program = ROOT / ".build/release/trunkline"

    def start(self):
        self.data = self.work / "data"
        self.launch([self.program, "serve", "--data", self.data, "--base-domain", self.base_domain,
                     "--sip-listen", f"udp:127.0.0.1:{self.port}", "--api-listen",
                     f"127.0.0.1:{free_port(socket.SOCK_STREAM)}", "--rtp-ports", RTP_PORTS, *self.flags],
                    env={**os.environ, **self.settings})
        self.wait_for((self.data / "gateway.json").exists, "API")
        if not self.ask("trunk", "list"):
            self.provision("")
        return self

    def provision(self, prefix):
        """Makes the callers' trunk, and a route for numbers that begin so."""
        self.ask("trunk", "create", "--domain", "acme", "--name", "Acme", "--auth", "basic",
                 "--username", "acme", "--password", "s3cret")
        self.ask("route", "create", "--prefix", prefix, "--to", f"sip:{{number}}@127.0.0.1:{self.destination}")

    def ask(self, *arguments):
        """The JSON that a command prints."""
        done = subprocess.run([self.program, *arguments, "--data", self.data, "--json"],
                              capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout)

    def log_bytes(self):
        """What its events take on the disk."""
        return sum(segment["bytes"] for segment in self.ask("log", "verify"))

    def media_ports(self):
        """The relay's ports of every call, towards the caller and the destination."""
        dump = subprocess.run([self.program, "log", "dump", "--data", self.data], capture_output=True,
                              text=True, check=True).stdout
        changes = (json.loads(line) for line in dump.splitlines() if '"type":"media_changed"' in line)
        streams = {change["stream"]: change["event"]["streams"][0] for change in changes}
        return [(stream["caller"]["port"], stream["destination"]["port"]) for stream in streams.values()]
