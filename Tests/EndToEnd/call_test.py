"""Calls from INVITE to the record: how they begin, how they end, and who says so."""

import unittest

from case import GatewayCase
from sip_message import session


class Hangup(GatewayCase):
    def test_caller_hangs_up(self):
        invite, received, ok = self.answered()
        self.assertNotEqual(received.call_id, invite.call_id)
        self.in_dialog("BYE", invite, ok, 2, headers=[("Reason", "Q.850;cause=16")])
        bye = self.destination.wait_request("BYE")
        self.assertEqual(bye["reason"], "Q.850;cause=16")
        self.destination.respond(bye, 200, "OK")
        record = self.books()[0]
        self.assertEqual(
            (record["result"], record["ended_by"], record["cause"]), ("answered", "caller", "hangup"))
        self.assertEqual(record["caller_sip_call_id"], invite.call_id)
        self.assertEqual(record["destination_sip_call_id"], received.call_id)
        self.assertEqual(record["reason"], "Q.850;cause=16")

    def test_destination_hangs_up(self):
        _, received, _ = self.answered()
        self.from_destination("BYE", received, "d")
        bye = self.caller.wait_request("BYE")
        self.caller.respond(bye, 200, "OK")
        self.assertEqual(self.books()[0]["ended_by"], "destination")

    def test_cancel_while_ringing(self):
        invite = self.call()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 180, "Ringing", tag="d")
        self.caller.wait_response(invite, 180)
        cancel = self.caller.request(
            "CANCEL", invite.uri, call_id=invite.call_id, from_tag="caller", branch=invite.branch)
        self.caller.send(cancel)
        self.caller.wait(lambda m: m.status == 200 and m.cseq[1] == "CANCEL", "200 to CANCEL")
        final = self.caller.wait_final(invite)
        self.assertEqual(final.status, 487)
        self.caller.acknowledge(invite, final)
        own = self.destination.wait_request("CANCEL")
        self.destination.respond(own, 200, "OK")
        self.destination.respond(received, 487, "Request Terminated", tag="d")
        self.destination.wait_request("ACK")
        record = self.books()[0]
        self.assertEqual((record["result"], record["cause"]), ("cancelled", "cancelled"))

    def test_repeated_invite_is_one_call(self):
        invite = self.call()
        self.destination.wait_request("INVITE")
        self.caller.wait_response(invite, 100)
        for _ in range(3):
            self.caller.send(invite)
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 486, "Busy Here", tag="d")
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        self.books(1)

    def test_hold_crosses(self):
        invite, received, ok = self.answered()
        hold = self.in_dialog("INVITE", invite, ok, 2, body=session(
            "127.0.0.1", self.caller_rtp.port, version=2, direction="sendonly"))
        offer = self.destination.wait_request("INVITE", count=2)
        self.assertIn(b"a=sendonly", offer.body)
        self.destination.respond(offer, 200, "OK", body=session(
            "127.0.0.1", self.destination_rtp.port, version=2, direction="recvonly"))
        answer = self.caller.wait_response(hold, 200)
        self.assertIn(b"a=recvonly", answer.body)
        self.caller.acknowledge(hold, answer)
        self.in_dialog("BYE", invite, ok, 3)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        self.books()

    def test_echo_needs_no_carrier(self):
        self.gateway.cli("route", "create", "--prefix", "9", "--echo")
        invite = self.call(number="9196")
        ok = self.caller.wait_response(invite, 200)
        self.caller.acknowledge(invite, ok)
        from rtp import packets
        run = packets(20, source=7)
        self.caller_rtp.send(ok.media, run)
        self.assertEqual(self.caller_rtp.wait(20), run)
        self.in_dialog("BYE", invite, ok, 2)
        record = self.books()[0]
        self.assertEqual(record["destination"], "echo")
        self.assertEqual(record["caller_packets"], 20)


class Cause(GatewayCase):
    """The destination's own status, phrase and Reason reach the caller."""

    def refuse(self, status: int, phrase: str, rings: bool):
        invite = self.call()
        count = len(self.destination.received(lambda m: m.method == "INVITE" and m.is_request))
        received = self.destination.wait_request("INVITE", count=max(count, self.number))
        if rings:
            self.destination.respond(received, 180, "Ringing", tag=f"d{self.number}")
            self.caller.wait_response(invite, 180)
        reason = 'Q.850;cause=17;text="as it came"'
        self.destination.respond(received, status, phrase, tag=f"d{self.number}",
                                 headers=[("Reason", reason), ("Retry-After", "7")])
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual((final.status, final.phrase, final["reason"]), (status, phrase, reason))
        self.assertEqual(final["retry-after"], "")

    def test_causes(self):
        self.number = 0
        expected = []
        for rings in (False, True):
            for status in (404, 480, 486, 503, 603, 604, 608):
                with self.subTest(status=status, rings=rings):
                    self.number += 1
                    self.refuse(status, f"Own Words {status}", rings)
                    expected.append(status)
        records = self.books(len(expected))
        self.assertEqual([record["sip_status"] for record in records], expected)
        self.assertEqual([record["destination_status"] for record in records], expected)
        self.assertTrue(all(record["destination_reason"] for record in records))


class FailOver(GatewayCase):
    environment = {"no_reply_timeout_seconds": "1", "ring_timeout_seconds": "2"}

    def test_next_carrier_after_503(self):
        second = self.peer()
        self.route("second", second, priority=20)
        invite = self.call()
        first = self.destination.wait_request("INVITE")
        self.destination.respond(first, 503, "Service Unavailable", tag="d")
        other = second.wait_request("INVITE")
        second.respond(other, 200, "OK", tag="e",
                       body=session("127.0.0.1", self.destination_rtp.port))
        ok = self.caller.wait_response(invite, 200)
        self.caller.acknowledge(invite, ok)
        self.in_dialog("BYE", invite, ok, 2)
        second.respond(second.wait_request("BYE"), 200, "OK")
        record = self.books()[0]
        self.assertEqual(record["attempt_count"], 2)
        self.assertEqual(record["attempts"], "dest=503/rejected second=200")

    def test_next_carrier_after_silence(self):
        second = self.peer()
        self.route("second", second, priority=20)
        invite = self.call()
        self.destination.wait_request("INVITE")
        other = second.wait_request("INVITE")
        second.respond(other, 486, "Busy Here", tag="e")
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 486)
        # The silent one answers at last, and is told that nobody waits for it.
        first = self.destination.wait_request("INVITE")
        self.destination.respond(first, 180, "Ringing", tag="d")
        self.destination.respond(self.destination.wait_request("CANCEL"), 200, "OK")
        self.destination.respond(first, 487, "Request Terminated", tag="d")
        self.assertEqual(self.books()[0]["attempt_count"], 2)

    def test_nobody_replies(self):
        invite = self.call()
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 504)
        first = self.destination.wait_request("INVITE")
        self.destination.respond(first, 404, "Not Found", tag="d")
        self.assertEqual(self.books()[0]["cause"], "no_reply")

    def test_ring_timeout(self):
        invite = self.call()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 180, "Ringing", tag="d")
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 480)
        self.destination.respond(self.destination.wait_request("CANCEL"), 200, "OK")
        self.destination.respond(received, 487, "Request Terminated", tag="d")
        self.assertEqual(self.books()[0]["cause"], "ring_timeout")

    def test_no_route(self):
        for route in self.gateway.cli("route", "list"):
            self.gateway.cli("route", "delete", route["id"])
        invite = self.call()
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 404)
        self.assertEqual(self.books()[0]["refusal_reason"], "no_route")


if __name__ == "__main__":
    unittest.main()
