"""A call seen again: pictures, captures and scenarios, all from the log of a call that was made."""

import json
import re
import shutil
import socket
import struct
import subprocess
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from ports import PORTS, free_port
from replay_case import ReplayCase


class Pictures(ReplayCase):
    def test_every_picture_has_every_message(self):
        call = self.talk()["call_id"]
        count = len(self.messages(call))
        arrows = [line for line in self.replay(call).splitlines() if "->|" in line or "|<-" in line]
        self.assertEqual(len(arrows), count)
        svg = ElementTree.fromstring(self.replay(call, "--format", "svg"))
        space = "{http://www.w3.org/2000/svg}"
        self.assertEqual(len(svg.findall(f"{space}g/{space}line")), count)
        self.assertEqual(self.replay(call, "--format", "mermaid").count("->>"), count)

    def test_repetitions_are_shown_at_their_message(self):
        invite = self.authorised()
        received = self.destination.wait_request("INVITE")
        for _ in range(2):
            self.caller.send(invite)
        self.destination.respond(received, 486, "Busy Here", tag="d")
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        call = self.books()[0]["call_id"]

        def is_counted() -> bool:
            return any(event["type"] == "repeats_absorbed" for event in self.gateway.events())
        self.gateway.wait_until(is_counted, "the end of the transaction", 12)
        self.assertIn("- INVITE +SDP x3 -", self.replay(call))
        self.assertIn("INVITE +SDP ×3", self.replay(call, "--format", "svg"))

    def test_to_a_file(self):
        call = self.talk()["call_id"]
        path = self.folder / "call.svg"
        self.assertEqual(self.replay(call, "--format", "svg", "--output", str(path)), "")
        self.assertEqual(path.read_text(), self.replay(call, "--format", "svg"))
        done = self.gateway.run("replay", call, "--output", str(self.folder / "no" / "call.txt"))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "call.txt cannot be written")

    def test_every_name_finds_the_call(self):
        record = self.talk()
        names = [record[name] for name in ("call_id", "caller_sip_call_id", "destination_sip_call_id")]
        found = {self.replay(name) for name in [*names, str(record["cdr_number"])]}
        # From the log alone, too.
        for path in Path(self.gateway.data).glob("projections.sqlite*"):
            path.unlink()
        found |= {self.replay(name) for name in [*names, str(record["cdr_number"])]}
        self.assertEqual(len(found), 1)


class Captures(ReplayCase):
    def capture(self, call: str) -> Path:
        path = self.folder / "call.pcapng"
        self.replay(call, "--format", "pcapng", "--output", str(path))
        return path

    def test_tshark_sees_whole_packets(self):
        if not shutil.which("tshark"):
            self.skipTest("tshark is missing: apt-get install tshark")
        record = self.talk()
        path = self.capture(record["call_id"])

        def fields(*names: str, only: str = "sip") -> list[list[str]]:
            done = subprocess.run(
                ["tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o",
                 "udp.check_checksum:TRUE", "-Y", only, "-T", "fields",
                 *(part for name in names for part in ("-e", name))],
                capture_output=True, text=True, timeout=60, check=True)
            return [line.split("\t") for line in done.stdout.splitlines()]
        seen = fields("ip.src", "udp.srcport", "ip.dst", "udp.dstport", "sip.CSeq")
        expected = []
        for event in self.messages(record["call_id"]):
            local, remote = event["event"]["local"], event["event"]["remote"]
            ends = [remote, local] if event["type"].endswith("received") else [local, remote]
            cseq = f'{event["event"]["cseq"]} {event["event"]["method"]}'
            expected.append([*(part for end in ends for part in end.rsplit(":", 1)), cseq])
        self.assertEqual(seen, expected)
        bad = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0"
        self.assertEqual(fields("frame.number", only=bad), [])
        comments = "\n".join(line[0] for line in fields("frame.comment"))
        self.assertIn("trunk acme, version 1, known by digest of acme", comments)
        self.assertIn(f"CDR {record['cdr_number']}", comments)

    def test_sngrep_sees_both_dialogs(self):
        if not shutil.which("sngrep"):
            self.skipTest("sngrep is missing: apt-get install sngrep")
        path = self.capture(self.talk()["call_id"])
        done = subprocess.run(["timeout", "3", "sngrep", "-N", "-I", path], capture_output=True,
                              text=True, check=False)
        self.assertRegex(done.stdout, r"Dialog count: 2\D")

    def test_collector_gets_every_message(self):
        record = self.talk()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
            collector.bind(("127.0.0.1", 0))
            collector.settimeout(5)
            to = f"127.0.0.1:{collector.getsockname()[1]}"
            said = self.replay(record["call_id"], "--format", "hep", "--collector", to)
            events = self.messages(record["call_id"])
            self.assertEqual(said, f"{len(events)} messages sent to {to}\n")
            for event in events:
                chunks = self.chunks(collector.recv(65_535))
                self.assertEqual(chunks[15].decode(), event["event"]["message"])
                self.assertEqual(chunks[17].decode(), record["call_id"])
                ports = {struct.unpack(">H", chunks[kind])[0] for kind in (7, 8)}
                self.assertEqual(ports, {int(event["event"][end].rsplit(":", 1)[1])
                                         for end in ("local", "remote")})

    def chunks(self, datagram: bytes) -> dict[int, bytes]:
        """The chunks of a HEPv3 datagram by type."""
        self.assertEqual(datagram[:4], b"HEP3")
        self.assertEqual(struct.unpack(">H", datagram[4:6])[0], len(datagram))
        found, offset = {}, 6
        while offset < len(datagram):
            vendor, kind, length = struct.unpack(">HHH", datagram[offset:offset + 6])
            self.assertEqual(vendor, 0)
            found[kind] = datagram[offset + 6:offset + length]
            offset += length
        return found

    def test_wrong_usage_says_what_is_right(self):
        for arguments, said in ((["--format", "hep"], "--collector HOST:PORT"),
                                (["--format", "sipp"], "--output DIRECTORY"),
                                (["--format", "svg", "--messages"], "--format text")):
            done = self.gateway.run("replay", "x", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(said, done.stderr)
        call = self.talk()["call_id"]
        done = self.gateway.run("replay", call, "--format", "hep", "--collector", "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "nowhere is not a collector like")


class Scenarios(ReplayCase):
    def setUp(self):
        if not shutil.which("sipp"):
            self.skipTest("SIPp is missing: apt-get install sip-tester")
        super().setUp()

    def make_again(self, call: str) -> None:
        """Both sides of a call by SIPp, with the gateway between them."""
        said = self.replay(call, "--format", "sipp", "--output", str(self.folder))
        self.assertEqual(len(said.splitlines()), 2)
        port = re.search(r"destination.xml.* -p (\d+)", said).group(1)
        self.assertEqual(int(port), self.destination.port)
        self.destination.close()
        destination = self.sipp("destination.xml", "-p", port)
        caller = self.sipp("caller.xml", "-p", str(free_port()), "-ap", "s3cret",
                           f"127.0.0.1:{self.gateway.sip[1]}")
        for process, name in ((caller, "caller"), (destination, "destination")):
            errors = "".join(path.read_text() for path in self.folder.glob(f"{name}_*errors.log"))
            self.assertEqual(process.wait(30), 0, f"{name}: {errors}")

    def sipp(self, scenario: str, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            ["sipp", "-sf", scenario, "-m", "1", "-i", "127.0.0.1", "-mp", str(PORTS.talker()),
             "-nostdin", "-timeout", "20", "-timeout_error", "-trace_err", *arguments],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        return process

    def check_alike(self, first: dict, second: dict) -> None:
        for name in ("result", "caller_number", "called_number", "ended_by", "cause", "sip_status",
                     "attempts", "reason", "codec", "auth_method"):
            self.assertEqual(first[name], second[name], name)

    def test_answered_call_is_made_again(self):
        first = self.talk()
        self.make_again(first["call_id"])
        second = self.books(2)[1]
        self.check_alike(first, second)
        self.assertAlmostEqual(first["talk_ms"], second["talk_ms"], delta=400)

    def test_cancelled_call_is_made_again(self):
        invite = self.authorised()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 180, "Ringing", tag="d")
        self.caller.wait_response(invite, 180)
        time.sleep(0.3)
        self.caller.send(self.caller.request(
            "CANCEL", invite.uri, call_id=invite.call_id, from_tag="caller", branch=invite.branch,
            cseq=invite.cseq[0]))
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        self.destination.respond(self.destination.wait_request("CANCEL"), 200, "OK")
        self.destination.respond(received, 487, "Request Terminated", tag="d")
        first = self.books()[0]
        self.make_again(first["call_id"])
        self.check_alike(first, self.books(2)[1])

    def test_destination_hangs_up_again(self):
        _, received, _ = self.answered(self.authorised)
        self.from_destination("BYE", received, "d")
        self.caller.respond(self.caller.wait_request("BYE"), 200, "OK")
        first = self.books()[0]
        self.make_again(first["call_id"])
        self.check_alike(first, self.books(2)[1])


if __name__ == "__main__":
    unittest.main()
