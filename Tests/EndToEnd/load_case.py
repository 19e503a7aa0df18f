"""A stage with calls all the time: one gateway, a load between two peers, and a ledger of what they hear."""

from __future__ import annotations

import random
import unittest

import long_form
from gateway import Gateway, PROGRAM, disk_directory
from ledger import Ledger
from load import Load


class LoadCase(unittest.TestCase):
    environment = {"drain_timeout_seconds": "1", "log_segment_mebibytes": "1"}
    #: Bytes of noise in each INVITE, so that segments fill quickly.
    padding = 0

    def setUp(self):
        if not PROGRAM.exists():
            self.skipTest("build first: swift build -c release")
        self.seed = long_form.seed(self.id().rpartition(".")[2])
        self.random = random.Random(self.seed)
        self.gateway = self.make_gateway()
        self.addCleanup(self.gateway.close)
        self.addCleanup(self.gateway.explain, self)
        self.gateway.start()
        self.load = self.make_load()
        self.addCleanup(self.load.close)
        self.ledger = Ledger(self.gateway).watch(self.load.caller, self.load.destination)
        self.gateway.cli("trunk", "create", "--domain", "acme", "--auth", "ip",
                         "--allow-ip", "127.0.0.1")
        self.gateway.cli("carrier", "create", "--name", "dest", "--host", "127.0.0.1",
                         "--port", str(self.load.destination.port))
        self.gateway.cli("route", "create", "--prefix", "", "--carrier", "dest")

    def make_gateway(self) -> Gateway:
        """One that was not started yet."""
        return Gateway(disk_directory(), **self.environment)

    def make_load(self) -> Load:
        """One that was not started yet."""
        return Load(self.gateway, self.seed, padding=self.padding)

    def end_calls(self) -> None:
        """Lets the calls come to their ends, holds what was told against the log, and fails when one goes on."""
        left = self.load.stop()
        self.ledger.close()
        # An INVITE that only ever met outages was heard by nobody.
        offered = self.ledger.offered()
        left = [plan for plan in left if plan.status or plan.call_id in offered]
        for plan in left:
            self.fail(f"{len(left)} calls do not end, among them one of kind {plan.ending}:\n"
                      + self.ledger.story(plan.call_id))

    def whole(self) -> list[str]:
        """The log as it is at last, with no gateway on it."""
        done = self.gateway.run("log", "dump")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()
