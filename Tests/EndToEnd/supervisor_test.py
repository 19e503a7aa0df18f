"""A supervised gateway: it dies or is replaced under live calls, and peers notice nothing but a pause."""

import os
import signal
import socket
import threading
import time
import unittest
from pathlib import Path

from case import GatewayCase
from gateway import Gateway
from rtp import packets
from sip_message import session


class Asker(threading.Thread):
    """Sends OPTIONS all the time, on a socket that hears ICMP errors, and counts the answers."""

    def __init__(self, gateway: tuple[str, int]):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(gateway)
        self.socket.settimeout(5)
        self.port = self.socket.getsockname()[1]
        self.count = 0
        self.refused = 0
        self.is_running = True

    def run(self) -> None:
        while self.is_running:
            self.count += 1
            try:
                self.socket.send((
                    f"OPTIONS sip:test SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{self.count}\r\n"
                    f"From: <sip:a@test>;tag=a\r\nTo: <sip:test>\r\nCall-ID: {self.count}\r\n"
                    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode())
            except ConnectionRefusedError:
                self.refused += 1
            time.sleep(0.01)

    def answered(self) -> int:
        """Stops asking; the number of answers that have come or still come within a second."""
        self.is_running = False
        self.join()
        self.socket.settimeout(1)
        replies = set()
        while True:
            try:
                replies.add(self.socket.recv(65535))
            except ConnectionRefusedError:
                self.refused += 1
            except TimeoutError:
                self.socket.close()
                return len(replies)


class Supervised(GatewayCase):
    environment = {"drain_timeout_seconds": "1"}

    def make_gateway(self) -> Gateway:
        gateway = super().make_gateway()
        gateway.is_supervised = True
        return gateway

    def child(self) -> int:
        return self.gateway.wait_until(self.gateway.children, "a gateway")[0]

    def dies(self, how: int) -> float:
        """Ends the gateway's own process; the seconds until the next one answers."""
        before, start = self.child(), time.monotonic()
        Path(self.gateway.data, "gateway.json").unlink()
        os.kill(before if how == signal.SIGKILL else self.gateway.process.pid, how)
        self.gateway.wait_until(Path(self.gateway.data, "gateway.json").exists, "the next one", 20)
        self.assertNotEqual(self.child(), before)
        return time.monotonic() - start

    def test_what_is_sent_meanwhile_is_answered(self):
        for how in (signal.SIGKILL, signal.SIGHUP):
            with self.subTest(how=how):
                asker = Asker(self.gateway.sip)
                asker.start()
                time.sleep(0.2)
                took = self.dies(how)
                time.sleep(0.2)
                answered = asker.answered()
                self.assertEqual((answered, asker.refused), (asker.count, 0))
                self.assertGreater(asker.count, 30 + 50 * took)

    def test_media_sent_meanwhile_arrives(self):
        invite, received, ok = self.answered()
        run = packets(400, source=7)
        self.destination_rtp.socket.connect(received.media)
        sender = threading.Thread(target=self.send_slowly, args=(run,))
        sender.start()
        time.sleep(0.5)
        took = self.dies(signal.SIGKILL)
        sender.join()
        self.assertEqual(self.caller_rtp.wait(400), run)
        print(f"[killed and back in {took * 1000:.0f} ms] ", end="", flush=True)
        self.hang_up(invite, ok)
        self.assertTrue(self.books()[0]["recovered"])

    def send_slowly(self, run: list[bytes]) -> None:
        """On a socket that hears ICMP errors, which end it."""
        for packet in run:
            self.destination_rtp.socket.send(packet)
            time.sleep(0.005)

    def test_replaced_under_live_calls(self):
        invite, received, ok = self.answered()
        ringing = self.call()
        other = self.destination.wait_request("INVITE", count=2)
        self.destination.respond(other, 180, "Ringing", tag="d")
        self.caller.wait_response(ringing, 180)
        self.dies(signal.SIGHUP)
        self.destination.respond(other, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        second = self.caller.wait_response(ringing, 200)
        self.caller.acknowledge(ringing, second)
        for first, answer in ((invite, ok), (ringing, second)):
            self.hang_up(first, answer)
        records = self.books(2)
        self.assertEqual([record["result"] for record in records], ["answered"] * 2)

    def test_sigterm_ends_both(self):
        child = self.child()
        self.assertEqual(self.gateway.stop(), 0)
        self.assertFalse(Path(f"/proc/{child}").exists())

    def test_start_that_cannot_succeed_is_not_repeated(self):
        self.assertEqual(self.gateway.stop(), 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(self.gateway.sip)
            status, said = self.gateway.refused()
        self.assertEqual(status, 2)
        self.assertIn("cannot listen for SIP", said)
        self.assertNotIn("started again", said)


if __name__ == "__main__":
    unittest.main()
