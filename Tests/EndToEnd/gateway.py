"""The real gateway process, on ports and in a data directory of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from ports import PORTS, free_port

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".build" / "release" / "trunkline"


# A disk that is busy with other work may need over half a second for a sync, and the gateway then turns new
# calls away, as it should. So where a test says nothing else, the log is on a file system in memory.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4 << 30


def quiet_directory() -> str:
    """A new data directory that no other process slows down, if the machine has the memory for it."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED
    return tempfile.mkdtemp(prefix="trunkline-test-", dir=MEMORY if has_room else None)


def disk_directory() -> str:
    """A new data directory on a disk, for tests of what the disk does."""
    return tempfile.mkdtemp(prefix="trunkline-test-")


# A shell that runs the tests in the background has them ignore it, and so would the programs they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Gateway:
    """Starts, kills and asks `trunkline serve`."""

    def __init__(self, data: str | None = None, variables: dict[str, str] | None = None,
                 **environment: str):
        self.data = data or quiet_directory()
        self.sip = ("127.0.0.1", free_port())
        self.api_port = free_port(socket.SOCK_STREAM)
        self.environment = {f"TRUNKLINE_{key.upper()}": value for key, value in environment.items()}
        #: What else stands in the environment of the process, such as LD_PRELOAD.
        self.variables = variables or {}
        self.process: subprocess.Popen | None = None
        #: Whether the process is a supervisor with the gateway as its child.
        self.is_supervised = False
        # Beside the data directory, which a test may fill to the last byte.
        handle, self.output_path = tempfile.mkstemp(prefix="trunkline-output-")
        self.output = os.fdopen(handle, "ab")

    def start(self) -> "Gateway":
        """Starts it and waits until the API answers."""
        self.launch()
        self.wait_until(Path(self.data, "gateway.json").exists, "the gateway's start", 20)
        return self

    def launch(self) -> None:
        """Starts it and does not wait."""
        Path(self.data, "gateway.json").unlink(missing_ok=True)
        low, high = PORTS.relay
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", self.data, "--base-domain", "test",
             "--sip-listen", f"udp:127.0.0.1:{self.sip[1]}",
             "--api-listen", f"127.0.0.1:{self.api_port}", "--rtp-ports", f"{low}-{high}",
             *(["--supervise"] if self.is_supervised else [])],
            stdout=self.output, stderr=self.output,
            env={**os.environ, **self.environment, **self.variables})

    def refused(self, timeout: float = 20) -> tuple[int, str]:
        """A start that must not succeed: the exit status, and what it said."""
        before = len(self.said())
        self.launch()
        end = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > end or Path(self.data, "gateway.json").exists():
                self.kill()
                raise AssertionError(f"it started:\n{self.said()[before:]}")
            time.sleep(0.02)
        return self.process.returncode, self.said()[before:]

    def said(self) -> str:
        """Everything that the process wrote so far."""
        return Path(self.output_path).read_text(errors="replace")

    def explain(self, test: unittest.TestCase) -> None:
        """Shows what it said last if the test has failed; to be called before `close`."""
        if not test._outcome.success:
            print(f"[{test.id()}: the gateway said]", self.said()[-3000:], sep="\n")

    def kill(self) -> None:
        """As a crash: no chance to tidy up."""
        children = self.children()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for child in children:
            os.kill(child, signal.SIGKILL)

    def children(self) -> list[int]:
        """The gateway's own process, when it is supervised."""
        if not self.is_supervised:
            return []
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]

    def stop(self) -> int:
        """As an operator; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()
        self.output.close()
        os.unlink(self.output_path)
        shutil.rmtree(self.data, ignore_errors=True)

    def wait_until(self, condition, what: str, timeout: float = 8.0):
        """Waits for a condition to be true; fails with the gateway's output."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(
            f"{what} did not come about; the gateway said:\n{self.said()[-2000:]}")

    # The command line.

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([PROGRAM, *arguments, "--data", self.data],
                              capture_output=True, text=True, timeout=60)

    def cli(self, *arguments: str):
        """The JSON that a command prints; it must succeed."""
        done = self.run(*arguments, "--json")
        if done.returncode != 0:
            raise AssertionError(f"{arguments} gave {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def cdrs(self) -> list[dict]:
        return self.cli("cdr", "list")

    def wait_cdrs(self, count: int) -> list[dict]:
        """All records, as soon as there are that many and each is complete."""
        def complete():
            records = self.cdrs()
            return records if len(records) >= count and not self.unfinished() else None
        return self.wait_until(complete, f"{count} records")

    def unfinished(self) -> list[dict]:
        return self.cli("call", "list")

    def events(self) -> list[dict]:
        """Every event of the log."""
        done = self.run("log", "dump")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    # The API.

    def metrics(self) -> str:
        """The page that Prometheus reads."""
        with urllib.request.urlopen(
                f"http://127.0.0.1:{self.api_port}/metrics", timeout=10) as reply:
            return reply.read().decode()

    def api(self, method: str, path: str, body=None, token: str | None = None):
        """Status and reply of one request."""
        if token is None:
            token = Path(self.data, "api-token").read_text().strip()
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.api_port}{path}", data, method=method,
            headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
