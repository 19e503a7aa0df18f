"""Starts: what is said when one cannot be, and that the first call after one is a call."""

import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path

from case import GatewayCase
from gateway import Gateway, PROGRAM


class Refused(unittest.TestCase):
    """Errors of the system reach a person as one sentence with an advice."""

    def setUp(self):
        if not PROGRAM.exists():
            self.skipTest("build first: swift build -c release")
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)

    def refusal(self) -> str:
        status, said = self.gateway.refused()
        self.assertEqual(status, 2, said)
        last = said.splitlines()[-1]
        self.assertRegex(last, "^trunkline: .*; .*--")
        self.assertNotRegex(last, r"errno|Error Domain|NS\w+Error|\(descriptor")
        return last

    def test_sip_port_is_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(self.gateway.sip)
            self.assertRegex(self.refusal(), "SIP.*already in use.*--sip-listen")

    def test_api_port_is_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
            other.bind(("127.0.0.1", self.gateway.api_port))
            other.listen()
            self.assertRegex(self.refusal(), "API.*already in use.*--api-listen")

    def test_data_directory_cannot_be(self):
        Path(self.gateway.data, "keys").write_text("in the way")
        self.assertRegex(self.refusal(), "data directory: .*--data")

    def test_commands_without_a_log(self):
        for command in (["log", "verify"], ["log", "stat"], ["log", "dump"], ["log", "repair"],
                        ["cdr", "list"], ["call", "list"], ["projections", "check"],
                        ["replay", "b5e6c3a0-0000-4000-8000-000000000000"]):
            with self.subTest(command=command):
                done = self.gateway.run(*command)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, "^trunkline: there is no log in .*--data")


class Start(GatewayCase):
    def test_it_says_where_it_listens(self):
        said = self.gateway.said()
        ready = next(line for line in said.splitlines() if line.endswith(" ready"))
        self.assertIn(f"api=http://127.0.0.1:{self.gateway.api_port}", ready)
        self.assertIn(f"sip=udp:127.0.0.1:{self.gateway.sip[1]}", ready)
        self.assertIn(f"data={self.gateway.data}", ready)

    def test_the_first_call_after_a_start_is_taken(self):
        """Callers do not wait for a start: an INVITE that comes in the middle of it is a call."""
        for number in range(1, 4):
            self.gateway.kill()
            invite = self.invite()
            until_final = threading.Event()

            def repeat() -> None:
                while not until_final.is_set():
                    self.caller.send(invite)
                    time.sleep(0.002)
            sender = threading.Thread(target=repeat)
            sender.start()
            try:
                self.gateway.start()
                received = self.destination.wait_request("INVITE", count=number)
                self.destination.respond(received, 486, "Busy Here", tag="d")
                final = self.caller.wait_final(invite)
            finally:
                until_final.set()
                sender.join()
            self.caller.acknowledge(invite, final)
            self.assertEqual(final.status, 486)
        self.books(3)


class Order(GatewayCase):
    is_whole = False

    def test_a_verdict_is_printed_before_what_to_do(self):
        self.gateway.stop()
        segment = next(Path(self.gateway.data, "log").glob("*.evl"))
        with open(segment, "r+b") as file:
            # Both copies of the header.
            for offset in (0, 4096):
                file.seek(offset)
                file.write(b"damage")
        done = subprocess.run(
            [PROGRAM, "log", "verify", "--data", self.gateway.data], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], "^trunkline: the log is damaged")


if __name__ == "__main__":
    unittest.main()
