"""RTP through the relay, before and after the answer."""

import unittest

from case import GatewayCase
from rtp import packets
from sip_message import session


class EarlyMedia(GatewayCase):
    def test_flows_both_ways_before_the_answer(self):
        invite = self.call()
        received = self.destination.wait_request("INVITE")
        self.assertNotEqual(received.media[1], self.caller_rtp.port)
        self.destination.respond(received, 183, "Session Progress", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        progress = self.caller.wait_response(invite, 183)
        announcement = packets(25, source=1)
        self.destination_rtp.send(received.media, announcement)
        self.assertEqual(self.caller_rtp.wait(25), announcement)
        digits = packets(10, source=2)
        self.caller_rtp.send(progress.media, digits)
        self.assertEqual(self.destination_rtp.wait(10), digits)
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        ok = self.caller.wait_response(invite, 200)
        self.assertEqual(ok.media, progress.media)
        self.caller.acknowledge(invite, ok)
        self.in_dialog("BYE", invite, ok, 2)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        record = self.books()[0]
        self.assertIsNotNone(record["early_media_at"])
        self.assertLess(record["early_media_at"], record["answered_at"])
        self.assertEqual((record["destination_packets"], record["caller_packets"]), (25, 10))
        self.assertEqual((record["destination_lost"], record["caller_lost"]), (0, 0))

    def test_refusal_after_early_media(self):
        invite = self.call()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 183, "Session Progress", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        self.caller.wait_response(invite, 183)
        self.destination_rtp.send(received.media, packets(5, source=1))
        self.caller_rtp.wait(5)
        self.destination.respond(received, 404, "Not Found", tag="d")
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 404)
        self.assertEqual(self.books()[0]["destination_packets"], 5)


class Silence(GatewayCase):
    environment = {"media_silence_seconds": "1"}

    def test_silence_ends_the_call(self):
        _, received, _ = self.answered()
        self.caller.respond(self.caller.wait_request("BYE"), 200, "OK")
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        self.assertEqual(self.books()[0]["cause"], "media_silence")


if __name__ == "__main__":
    unittest.main()
