"""SIPp on both sides of a server: the caller and the destination of Peers, and what they counted.

Their descriptions name an audio port that is the same for all calls; whoever wants media opens it.
"""
import csv
import re
import signal
import subprocess
import time

from bench import note
from servers import PEERS, free_port


class Destination:
    """Answers every call."""

    def __init__(self, work, audio_port=9):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["sipp", "-sf", PEERS / "destination.xml", "-i", "127.0.0.1", "-p", str(self.port),
             "-key", "audio_port", str(audio_port), "-buff_size", "4194304"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Caller:
    """Places calls; `wait` gives what became of them."""

    def __init__(self, work, server, rate, calls, hold_seconds=0, audio_port=9):
        self.work, self.server = work, server
        self.started = time.monotonic()
        self.seconds = calls / rate + hold_seconds + 40
        for old in work.glob("caller_*"):
            old.unlink()
        self.process = subprocess.Popen(
            ["sipp", "-sf", PEERS / "caller.xml", "-i", "127.0.0.1", "-p", str(free_port()),
             "-key", "audio_port", str(audio_port), "-key", "base", server.base_domain,
             "-s", "15550001", f"127.0.0.1:{server.port}",
             "-r", str(rate), "-m", str(calls), "-d", str(int(hold_seconds * 1000)), "-l", str(2 * calls),
             "-buff_size", "4194304", "-trace_err", "-trace_stat", "-stf", "caller.csv", "-fd", "1",
             "-timeout", f"{int(self.seconds)}s"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)

    def stop(self):
        """Leaves its calls as they are."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def complaints(self):
        """What SIPp says of the calls that failed, the first lines for each."""
        text = "".join(errors.read_text(errors="replace")
                       for errors in self.work.glob("caller_*_errors.log"))
        entries = re.split(r"(?m)^'?(?=\d{4}-\d\d-\d\d\t)", text)
        others = ("(successful)", "Overload warning", "open files", "The following events")
        return [entry[:300] for entry in entries if entry and not any(other in entry for other in others)]

    def wait(self):
        """Successful and failed calls, and messages that were repeated."""
        try:
            self.process.wait(self.seconds + 20)
        except subprocess.TimeoutExpired:
            # Overloaded, it may not even keep its own time; what is open then has failed.
            self.stop()
        seconds = time.monotonic() - self.started
        with open(self.work / "caller.csv", newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        failed = int(last["FailedCall(C)"]) + int(last["CurrentCall"])
        if failed:
            note("\n".join(self.complaints()[:10] + self.server.complaints()[-10:]))
        return {"answered": int(last["SuccessfulCall(C)"]), "failed": failed,
                "repeats": int(last["Retransmissions(C)"]), "seconds": seconds}

