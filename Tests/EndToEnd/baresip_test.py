"""An authenticated call by a softphone, with early media both ways."""

import os
import shutil
import subprocess
import tempfile
import unittest
import wave

from case import GatewayCase
from ports import PORTS, free_port
from rtp import packets
from sip_message import session

MODULES = "/usr/lib/baresip/modules"


def tone(path: str) -> None:
    """Twenty seconds of a saw-tooth at 8 kHz, to be the microphone."""
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join((n % 20 * 500).to_bytes(2, "little") for n in range(160_000)))


class Baresip(GatewayCase):
    auth = "basic"

    def setUp(self):
        if shutil.which("baresip") is None:
            self.skipTest("baresip is missing: apt-get install baresip-core")
        super().setUp()

    def phone(self, number: str) -> None:
        """Starts baresip, which ends at once when somebody else took its port meanwhile."""
        for _ in range(3):
            try:
                self.dial(number).wait(1.5)
            except subprocess.TimeoutExpired:
                return
        self.fail(self.said())

    def said(self) -> str:
        """What baresip wrote so far."""
        with open(self.log, errors="replace") as file:
            return "baresip said:\n" + file.read()

    def dial(self, number: str) -> subprocess.Popen:
        """Starts baresip, which calls at once; its microphone is a tone."""
        folder = tempfile.mkdtemp(prefix="trunkline-baresip-")
        self.addCleanup(shutil.rmtree, folder, True)
        modules = "\n".join(f"module\t{name}.so" for name in ("g711", "aubridge", "aufile"))
        tone(os.path.join(folder, "tone.wav"))
        low = PORTS.talker()
        with open(os.path.join(folder, "config"), "w", encoding="ascii") as file:
            file.write(
                f"sip_listen\t127.0.0.1:{free_port()}\nmodule_path\t{MODULES}\n{modules}\n"
                f"module_app\taccount.so\nmodule_app\tmenu.so\n"
                f"audio_source\taufile,{folder}/tone.wav\naudio_player\taubridge,heard\n"
                f"audio_alert\taubridge,alert\nrtp_ports\t{low}-{low + 9}\n"
                "ausrc_format\ts16\nauplay_format\ts16\n")
        with open(os.path.join(folder, "accounts"), "w", encoding="ascii") as file:
            file.write(
                "<sip:acme@acme.trunk.test>;auth_user=acme;auth_pass=s3cret;regint=0;"
                f'outbound="sip:127.0.0.1:{self.gateway.sip[1]}"\n')
        self.log = os.path.join(folder, "log")
        log = open(self.log, "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            ["baresip", "-4", "-f", folder, "-t", "20", "-e",
             f"/dial sip:{number}@acme.trunk.test"],
            stdin=subprocess.PIPE, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdin.close)
        return process

    def test_early_media_both_ways(self):
        self.phone("1234")
        try:
            received = self.destination.wait_request("INVITE", timeout=15)
        except AssertionError as error:
            self.fail(f"{error}\n{self.said()}")
        self.destination.respond(received, 183, "Session Progress", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        self.assertGreaterEqual(len(self.destination_rtp.wait(10)), 10)
        self.destination_rtp.send(received.media, packets(50, source=5), interval=0.01)
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        self.destination.wait_request("ACK")
        self.destination_rtp.clear()
        self.assertGreaterEqual(len(self.destination_rtp.wait(10)), 10)
        self.from_destination("BYE", received, "d")
        self.destination.wait(lambda m: m.status == 200 and m.cseq[1] == "BYE", "200 to BYE")
        record = self.books()[0]
        self.assertEqual((record["auth_method"], record["ended_by"]), ("basic", "destination"))
        self.assertEqual(record["destination_packets"], 50)
        self.assertGreaterEqual(record["caller_packets"], 20)
        self.assertLess(record["early_media_at"], record["answered_at"])


if __name__ == "__main__":
    unittest.main()
