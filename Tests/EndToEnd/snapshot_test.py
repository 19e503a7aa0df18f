"""A gateway that starts from a snapshot, and what checks that it may."""

import json
import sqlite3
import unittest
from pathlib import Path

from case import GatewayCase
from rtp import packets
from sip_message import session


class Snapshot(GatewayCase):
    def snapshots(self) -> list[Path]:
        return sorted(Path(self.gateway.data, "snapshots").glob("*.snap"))

    def output(self) -> str:
        return Path(self.gateway.output_path).read_text(errors="replace")

    def last_start(self) -> str:
        return [line for line in self.output().splitlines() if "log read" in line][-1]

    def stop(self):
        self.assertEqual(self.gateway.stop(), 0)
        self.assertNotIn("state in memory", self.output())

    def check(self, status: int = 0) -> list[dict]:
        done = self.gateway.run("projections", "check", "--json")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def both_ways(self, received, ok, source: int):
        self.caller_rtp.clear()
        self.destination_rtp.clear()
        there, back = packets(10, source=source), packets(10, source=source + 1)
        self.caller_rtp.send(ok.media, there)
        self.assertEqual(self.destination_rtp.wait(10), there)
        self.destination_rtp.send(received.media, back)
        self.assertEqual(self.caller_rtp.wait(10), back)

    def connect(self, number: str):
        """A call that is answered; the destination's INVITE and the caller's 200."""
        def offers(message) -> bool:
            return message.is_request and message.method == "INVITE"
        before = len(self.destination.received(offers))
        invite = self.call(number=number)
        received = self.destination.wait_request("INVITE", count=before + 1)
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        ok = self.caller.wait_response(invite, 200)
        self.caller.acknowledge(invite, ok)
        self.destination.wait_request("ACK", received.call_id)
        return invite, received, ok

    def hang_up(self, invite, received, ok):
        self.in_dialog("BYE", invite, ok, 2)
        bye = self.destination.wait_request("BYE", received.call_id)
        self.destination.respond(bye, 200, "OK")

    def test_calls_of_snapshot_and_tail_go_on(self):
        first = self.connect("1111")
        self.both_ways(first[1], first[2], 10)
        self.stop()
        self.assertEqual(len(self.snapshots()), 1)
        self.gateway.start()
        second = self.connect("2222")
        self.gateway.kill()
        self.gateway.start()
        self.assertIn(f"snapshot={self.snapshots()[0].name}", self.last_start())
        self.assertIn("calls_in_progress=2", self.last_start())
        self.assertNotIn("events_after_snapshot=0", self.last_start())
        for call, source in ((first, 20), (second, 30)):
            self.both_ways(call[1], call[2], source)
            self.hang_up(*call)
        records = self.books(2)
        self.assertEqual([record["recovered"] for record in records], [True, True])
        self.stop()
        self.check()

    def test_damaged_snapshot_is_not_used(self):
        call = self.connect("1111")
        self.stop()
        path = self.snapshots()[0]
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        results = [line["result"] for line in self.check()]
        self.assertIn("not used: it is damaged", results)
        self.gateway.start()
        self.assertIn("snapshot not used: it is damaged", self.output())
        self.assertIn("snapshot=none", self.last_start())
        self.both_ways(call[1], call[2], 20)
        self.hang_up(*call)
        self.books()

    def test_check_beside_a_gateway(self):
        invite, received, ok = self.connect("1111")
        self.stop()
        self.gateway.start()
        lines = self.check()
        self.assertEqual([line["check"].split()[0] for line in lines],
                         ["tables", "fold,", "snapshot"])
        self.assertTrue(all(line["result"].startswith("equal") for line in lines), lines)
        self.hang_up(invite, received, ok)
        self.books()

    def test_check_finds_a_changed_row(self):
        self.hang_up(*self.connect("1111"))
        self.books()
        self.stop()
        with sqlite3.connect(Path(self.gateway.data, "projections.sqlite")) as tables:
            tables.execute("UPDATE cdrs SET result = 'changed'")
        tables.close()
        result = self.check(status=3)[0]["result"]
        self.assertIn("cdrs: row 1, column result", result)


if __name__ == "__main__":
    unittest.main()
