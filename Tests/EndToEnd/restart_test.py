"""A gateway that dies in the middle of calls and is started again."""

import signal
import time
import unittest
from pathlib import Path

from case import GatewayCase
from rtp import packets
from sip_message import Message, session


class Restart(GatewayCase):
    def again(self):
        self.gateway.kill()
        self.gateway.start()

    def both_ways(self, received, ok, source: int):
        self.caller_rtp.clear()
        self.destination_rtp.clear()
        there, back = packets(10, source=source), packets(10, source=source + 1)
        self.caller_rtp.send(ok.media, there)
        self.assertEqual(self.destination_rtp.wait(10), there)
        self.destination_rtp.send(received.media, back)
        self.assertEqual(self.caller_rtp.wait(10), back)

    def test_answered_call_goes_on(self):
        for ender in ("caller", "destination"):
            with self.subTest(ender=ender):
                count = 1 if ender == "caller" else 2
                invite = self.call()
                received = self.destination.wait_request("INVITE", count=count)
                self.answer(received)
                ok = self.caller.wait_response(invite, 200)
                self.caller.acknowledge(invite, ok)
                self.destination.wait_request("ACK", received.call_id)
                self.both_ways(received, ok, 10)
                self.again()
                self.both_ways(received, ok, 20)
                if ender == "caller":
                    self.in_dialog("BYE", invite, ok, 2)
                    bye = self.destination.wait_request("BYE", received.call_id)
                    self.destination.respond(bye, 200, "OK")
                else:
                    self.from_destination("BYE", received, "d")
                    bye = self.caller.wait_request("BYE", invite.call_id)
                    self.caller.respond(bye, 200, "OK")
                record = self.books(count)[-1]
                self.assertEqual(record["ended_by"], ender)
                self.assertTrue(record["recovered"])
                self.assertGreaterEqual(record["caller_packets"], 10)

    def answer(self, received):
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))

    def test_ringing_call_is_answered_and_heard_afterwards(self):
        invite = self.call()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 183, "Session Progress", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        early = self.caller.wait_response(invite, 183)
        self.both_ways(received, early, 10)
        self.again()
        self.both_ways(received, early, 20)
        self.answer(received)
        ok = self.caller.wait_response(invite, 200)
        self.assertEqual(ok.media, early.media)
        self.caller.acknowledge(invite, ok)
        self.destination.wait_request("ACK", received.call_id)
        self.again()
        self.both_ways(received, ok, 30)
        self.hang_up(invite, ok)
        record = self.books()[0]
        self.assertEqual((record["cause"], record["recovered"]), ("hangup", True))
        self.assertLessEqual(record["answered_at"], record["outage_start"])
        self.assertLess(record["outage_end"], record["ended_at"])
        # What a killed process had counted since its last report is lost.
        self.assertGreaterEqual(record["destination_packets"], 10)

    def test_ringing_call_is_cancelled_afterwards(self):
        invite = self.call()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 180, "Ringing", tag="d")
        self.caller.wait_response(invite, 180)
        self.again()
        self.caller.send(self.caller.request(
            "CANCEL", invite.uri, call_id=invite.call_id, from_tag="caller",
            branch=invite.branch))
        self.destination.respond(self.destination.wait_request("CANCEL"), 200, "OK")
        self.destination.respond(received, 487, "Request Terminated", tag="d")
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        record = self.books()[0]
        self.assertEqual((final.status, record["cause"]), (487, "cancelled"))

    def test_refusal_is_repeated_until_its_ack(self):
        invite = self.call()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 486, "Busy Here", tag="d")
        # As if this 486 had been lost on the way, or the process had died just before it left.
        self.caller.wait_final(invite)
        self.gateway.kill()
        seen = len(self.caller.seen)
        self.gateway.start()
        self.caller.send(invite)

        def again() -> bool:
            return any(not one.sent and one.message.status == 486
                       for one in self.caller.seen[seen:])
        self.gateway.wait_until(again, "the 486 again", 3)
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        self.assertEqual(self.books()[0]["sip_status"], 486)
        self.assertEqual(len(self.destination.received(lambda m: m.method == "INVITE")), 1)

    def test_everything_else_is_as_before(self):
        invite, _, ok = self.answered()
        self.in_dialog("BYE", invite, ok, 2)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        before = [self.books(), self.gateway.cli("trunk", "list"),
                  self.gateway.cli("carrier", "list"), self.gateway.cli("route", "list")]
        exports = [self.gateway.run("cdr", "export", "--format", kind).stdout
                   for kind in ("csv", "jsonl")]
        self.again()
        after = [self.books(), self.gateway.cli("trunk", "list"),
                 self.gateway.cli("carrier", "list"), self.gateway.cli("route", "list")]
        self.assertEqual(before, after)
        self.gateway.kill()
        for suffix in ("", "-wal", "-shm"):
            Path(self.gateway.data, "projections.sqlite" + suffix).unlink(missing_ok=True)
        # With no gateway running the tables are made from the log by whoever asks.
        self.assertEqual(self.gateway.cdrs(), before[0])
        self.gateway.start()
        self.assertEqual(self.books(), before[0])
        self.assertEqual(exports, [self.gateway.run("cdr", "export", "--format", kind).stdout
                                   for kind in ("csv", "jsonl")])
        self.assertTrue(exports[0].startswith("cdr_number,call_id,"))

    def test_replay_shows_both_legs(self):
        invite, received, ok = self.answered()
        self.in_dialog("BYE", invite, ok, 2)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        record = self.books()[0]
        ladders = [self.gateway.run("replay", name).stdout
                   for name in (record["call_id"], invite.call_id, received.call_id)]
        self.assertEqual(ladders[0], ladders[1])
        self.assertEqual(ladders[0], ladders[2])
        self.assertEqual(ladders[0].count("180 Ringing"), 2)
        self.assertEqual(ladders[0].count(" BYE "), 2)
        self.assertEqual(self.gateway.run("replay", "nothing").returncode, 1)

    def test_sigterm_ends_well(self):
        self.assertEqual(self.gateway.stop(), 0)

    def drain(self) -> Message:
        """SIGTERM, and what a new call gets then."""
        self.gateway.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        late = self.call()
        final = self.caller.wait_final(late)
        self.caller.acknowledge(late, final)
        return final

    def test_sigterm_waits_for_calls_but_takes_none(self):
        invite, _, ok = self.answered()
        final = self.drain()
        self.assertEqual((final.status, final["retry-after"]), (503, "10"))
        self.hang_up(invite, ok)
        # Long before the five seconds are over.
        self.assertEqual(self.gateway.process.wait(3), 0)
        self.gateway.start()
        self.assertFalse(self.books()[0]["recovered"])

    def test_call_that_outlasts_the_drain_goes_on_afterwards(self):
        invite, received, ok = self.answered()
        start = time.monotonic()
        self.drain()
        self.assertEqual(self.gateway.process.wait(10), 0)
        self.assertGreater(time.monotonic() - start, 4)
        self.gateway.start()
        self.both_ways(received, ok, 10)
        self.hang_up(invite, ok)
        self.assertTrue(self.books()[0]["recovered"])


if __name__ == "__main__":
    unittest.main()
