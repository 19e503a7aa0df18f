"""What a packet and a message may ask of the allocator."""

import unittest

from allocations import Allocations
from case import GatewayCase
from gateway import Gateway
from rtp import packets

RELAY, LOOP = "rtp", "NIO-ELT-1-#1"
#: 6 are received and 7 sent for a call that rings, is answered, and is ended by the caller.
MESSAGES = 13
#: 30 are measured; the copies that are recorded and handed on are among them.
REQUESTS_PER_MESSAGE = 33


class Budgets(GatewayCase):
    def make_gateway(self) -> Gateway:
        self.allocations = Allocations()
        self.addCleanup(self.allocations.close)
        return Gateway(variables=self.allocations.variables, **self.environment)

    def requests(self, thread: str) -> int:
        return self.allocations.of(self.gateway.process.pid, thread)

    def test_a_packet_needs_no_memory(self):
        invite, received, ok = self.answered()
        self.talk(received, ok, 10)
        before = self.requests(RELAY)
        self.assertGreater(before, 0, "the relay's thread was not found")
        self.talk(received, ok, 200)
        self.assertEqual(self.requests(RELAY) - before, 0)
        self.hang_up(invite, ok)

    def talk(self, received, ok, count: int) -> None:
        """So many packets each way, all of them relayed."""
        for peer, other, media in ((self.caller_rtp, self.destination_rtp, ok.media),
                                   (self.destination_rtp, self.caller_rtp, received.media)):
            other.clear()
            peer.send(media, packets(count, source=peer.port))
            self.assertEqual(len(other.wait(count)), count)

    def test_a_message_needs_little(self):
        for _ in range(20):
            self.whole_call()
        before = self.requests(LOOP)
        self.assertGreater(before, 0, "the signalling loop's thread was not found")
        for _ in range(50):
            self.whole_call()
        self.assertLess((self.requests(LOOP) - before) / (50 * MESSAGES), REQUESTS_PER_MESSAGE)

    def whole_call(self) -> None:
        invite, _, ok = self.answered()
        self.hang_up(invite, ok)


if __name__ == "__main__":
    unittest.main()
