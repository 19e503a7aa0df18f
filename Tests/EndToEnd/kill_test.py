"""The process is killed at random moments, under load, again and again. Nothing that it told is lost."""

import os
import random
import signal
import threading
import time
import unittest
from collections import Counter
from pathlib import Path
from urllib.error import URLError

import agree
import long_form
from faults import Faults, SYNC
from gateway import Gateway
from ledger import Ledger
from load import Plan
from load_case import LoadCase
from talking_load import TalkingLoad


class Provisioner(threading.Thread):
    """Makes and deletes objects through the API for as long as it runs, and notes what it was told."""

    def __init__(self, gateway: Gateway, ledger: Ledger, seed: int):
        super().__init__(daemon=True)
        self.gateway, self.ledger, self.random = gateway, ledger, random.Random(seed)
        self.is_running = True

    def run(self) -> None:
        number = 0
        while self.is_running:
            number += 1
            try:
                status, reply = self.gateway.api(
                    "POST", "/v1.0/carriers",
                    {"name": f"c{number}", "host": "192.0.2.1", "port": 5060})
                if status == 201:
                    self.ledger.created("/v1.0/carriers", reply["id"])
            except (OSError, URLError, ValueError):
                # No answer is no promise.
                pass
            time.sleep(self.random.uniform(0.02, 0.2))


class KillCase(LoadCase):
    def finish(self) -> list[dict]:
        """Holds what the peers, the log and the records say against each other; returns the records."""
        self.end_calls()
        # Every call that the log knows has one record, and the records are numbered 1, 2, 3 ...
        # The others were turned away at the door, or not heard.
        offered = self.ledger.offered()
        self.assertTrue(all(plan.status in (0, 503) for plan in self.load.plans.values()
                            if plan.call_id not in offered))
        calls = Counter(offered)
        records = Counter(record["caller_sip_call_id"]
                          for record in self.gateway.wait_cdrs(len(calls)))
        for name in (records - calls) | (calls - records):
            self.fail(f"{records[name]} records of call {name}:\n{self.ledger.story(name)}")
        return agree.check(self.gateway, len(calls))


class Kill(KillCase):
    def setUp(self):
        super().setUp()
        # The gateway is away for longer than it is there, and a call whose peers gave up goes on without them.
        self.load.patience = 600
        self.provisioner = Provisioner(self.gateway, self.ledger, self.seed)

    def finish(self) -> list[dict]:
        self.provisioner.is_running = False
        self.provisioner.join()
        return super().finish()

    def test_kill_at_any_moment(self):
        self.load.start()
        self.provisioner.start()
        for turn in range(200 if long_form.IS_LONG else 5):
            time.sleep(self.random.uniform(0.05, 1.5))
            self.gateway.kill()
            # At rest the log shows everything, so this holds against it all that was told.
            self.ledger.check()
            if turn % 20 == 4:
                self.ledger.verify()
            self.gateway.launch()
            if self.random.random() < 0.3:
                # In the middle of recovery.
                time.sleep(self.random.uniform(0, 0.15))
                self.gateway.kill()
                self.ledger.check()
                self.gateway.launch()
            self.gateway.wait_until(
                lambda: self.gateway.process.poll() is None and self.is_ready(), "a restart", 20)
        self.finish()

    def is_ready(self) -> bool:
        try:
            return self.gateway.api("GET", "/v1.0/routes")[0] == 200
        except (OSError, URLError):
            return False

    @unittest.skipUnless(long_form.IS_LONG, "FAULTS=all: stops the process for 10 seconds")
    def test_stopped_for_ten_seconds(self):
        self.load.start()
        self.provisioner.start()
        for _ in range(2):
            time.sleep(self.random.uniform(0.5, 2))
            self.gateway.process.send_signal(signal.SIGSTOP)
            time.sleep(10)
            self.gateway.process.send_signal(signal.SIGCONT)
        time.sleep(1)
        self.finish()


class Stalled(KillCase):
    """Now and then a sync takes so long that peers repeat what they wait for, and then the process dies."""

    def make_gateway(self) -> Gateway:
        gateway = super().make_gateway()
        self.faults = Faults(gateway.data + "/log")
        self.addCleanup(self.faults.close)
        gateway.variables = self.faults.variables
        return gateway

    def test_kill_while_peers_wait_for_the_disk(self):
        self.load.start()
        for _ in range(100 if long_form.IS_LONG else 5):
            time.sleep(self.random.uniform(0.3, 1))
            self.faults.delay(SYNC, self.random.choice([600, 1_200, 2_000]))
            time.sleep(self.random.uniform(0.1, 2))
            self.gateway.kill()
            self.faults.clear()
            self.gateway.start()
        self.finish()


class Storm(KillCase):
    """A supervised gateway dies again and again, with calls in every state: ringing, talking, in the middle
    of CANCEL, re-INVITE and BYE, and of being taken up again."""

    def make_gateway(self) -> Gateway:
        gateway = super().make_gateway()
        gateway.is_supervised = True
        return gateway

    def make_load(self) -> TalkingLoad:
        return TalkingLoad(self.gateway, self.seed)

    def test_calls_survive_a_storm_of_kills(self):
        self.load.start()
        outages = [self.outage() for _ in range(100 if long_form.IS_LONG else 5)]
        time.sleep(1)
        records = self.finish()
        for record in records:
            if record["result"] == "answered":
                self.compare(record, self.load.plans[record["caller_sip_call_id"]], outages)
        self.assertFalse(self.gateway.unfinished())
        self.report(records, outages)

    def outage(self) -> tuple[float, float]:
        """One or two kills at a random moment; from when to when nobody answered."""
        time.sleep(self.random.uniform(0.5, 2))
        start = time.monotonic()
        self.kill_child()
        if self.random.random() < 0.3:
            # In the middle of the resume.
            time.sleep(self.random.uniform(0, 0.3))
            self.kill_child()
        self.gateway.wait_until(
            Path(self.gateway.data, "gateway.json").exists, "a restart", 20)
        return start, time.monotonic()

    def kill_child(self) -> None:
        child = self.gateway.wait_until(self.gateway.children, "a gateway")[0]
        Path(self.gateway.data, "gateway.json").unlink(missing_ok=True)
        os.kill(child, signal.SIGKILL)
        self.gateway.wait_until(lambda: child not in self.gateway.children(), "the end of it")

    def compare(self, record: dict, plan: Plan, outages: list[tuple[float, float]]) -> None:
        """The record's duration is that of the peers, but for the time in which nobody noted."""
        deaf = sum(end - start for start, end in outages
                   if start < plan.ended_at and end > plan.answered_at)
        talk = plan.ended_at - plan.answered_at
        if abs(record["talk_ms"] / 1000 - talk) > 1 + deaf:
            self.fail(f"{talk} seconds:\n{record}\n{self.ledger.story(plan.call_id)}")

    def report(self, records: list[dict], outages: list[tuple[float, float]]) -> None:
        pauses = sorted(pause for outage in outages for pause in self.load.pauses(*outage))
        self.assertGreater(len(pauses), len(outages) // 2, "hardly a call was heard over an outage")
        recovered = sum(record["recovered"] for record in records)
        print(f"[{len(outages)} outages, {len(records)} calls, {recovered} recovered; silence of "
              f"{len(pauses)} calls: p50 {pauses[len(pauses) // 2] * 1000:.0f} ms, "
              f"p99 {pauses[len(pauses) * 99 // 100] * 1000:.0f} ms] ", end="", flush=True)


if __name__ == "__main__":
    unittest.main()
