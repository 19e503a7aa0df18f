"""A stage whose disk and clock the test commands, and a ledger of everything the gateway told."""

from __future__ import annotations

import time

from case import GatewayCase
from faults import Faults
from gateway import Gateway, quiet_directory
from ledger import Ledger
from sip_message import Message


class FaultCase(GatewayCase):
    """Numbers that begin with 9 are busy, so that calls can be tried without a script for each."""

    environment = {"log_segment_mebibytes": "1"}

    def make_gateway(self) -> Gateway:
        gateway = Gateway(data=self.data_directory(), **self.environment)
        self.faults = Faults(gateway.data + "/log")
        self.addCleanup(self.faults.close)
        gateway.variables = self.faults.variables
        return gateway

    def data_directory(self) -> str:
        """Where no other fault than the test's own is to be expected."""
        return quiet_directory()

    def setUp(self):
        super().setUp()
        self.destination.react = self.busy
        self.ledger = Ledger(self.gateway).watch(self.caller, self.destination)

    def busy(self, message: Message) -> None:
        if message.is_request and message.method == "INVITE" and message.uri.startswith("sip:9"):
            self.destination.respond(message, 486, "Busy Here", tag="busy")

    def attempt(self, timeout: float = 8, **more) -> Message:
        """A call to a busy number: its final response, acknowledged."""
        invite = self.call(number="9", **more)
        final = self.caller.wait_final(invite, timeout)
        self.caller.acknowledge(invite, final)
        return final

    def wait_turned_away(self, timeout: float = 10) -> Message:
        """Tries calls until one gets 503 because of the log, with a time to try again."""
        return self.wait_status(503, timeout)

    def wait_taken(self, timeout: float = 10) -> Message:
        """Tries calls until one reaches the destination again."""
        return self.wait_status(486, timeout)

    def wait_status(self, status: int, timeout: float) -> Message:
        end = time.monotonic() + timeout
        while True:
            final = self.attempt(timeout)
            if final.status == status:
                if status == 503:
                    self.assertRegex(final["retry-after"], r"^\d+")
                return final
            if time.monotonic() > end:
                self.fail(f"calls get {final.status} {final.phrase}, not {status}, after "
                          f"{timeout:g} s:\n{self.gateway.said()[-2000:]}")
            time.sleep(0.1)

    def assert_ends(self, status: int, within: float) -> str:
        """The process ends by itself; returns what it said."""
        begin = time.monotonic()
        try:
            got = self.gateway.process.wait(within)
        except Exception:
            self.fail(f"still running after {within:g} s:\n{self.gateway.said()[-2000:]}")
        self.assertEqual(got, status, self.gateway.said()[-2000:])
        self.lasted = time.monotonic() - begin
        return self.gateway.said()
