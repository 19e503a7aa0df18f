"""What the API and the settings say to those who use them wrongly."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from case import GatewayCase
from gateway import PROGRAM
from ports import free_port


class Refusals(GatewayCase):
    def ask(self, method: str, path: str, token: str | None = None):
        """Status and headers of one request."""
        if token is None:
            token = Path(self.gateway.data, "api-token").read_text().strip()
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.api_port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={"Authorization": f"Bearer {token}"})
        reply = connection.getresponse()
        reply.read()
        return reply.status, reply.headers

    def test_method_that_a_path_does_not_take(self):
        nobody = "00000000-0000-4000-8000-000000000000"
        for method, path, allowed in (
                ("PATCH", "/v1.0/trunks", "GET, POST"),
                ("POST", f"/v1.0/routes/{nobody}", "GET, PUT, DELETE"),
                ("GET", f"/v1.0/trunks/{nobody}/rotate", "POST"),
                ("DELETE", "/v1.0/cdrs/1", "GET"), ("POST", "/healthz", "GET")):
            with self.subTest(method=method, path=path):
                status, headers = self.ask(method, path)
                self.assertEqual((status, headers["Allow"]), (405, allowed))
        for path in ("/", "/v1.0", "/v1.0/nothing", f"/v1.0/carriers/{nobody}/rotate"):
            self.assertEqual(self.ask("PATCH", path)[0], 404, path)

    def test_guessing_tokens_does_not_shut_the_operator_out(self):
        status, headers = self.ask("GET", "/v1.0/trunks", token="wrong")
        self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"))
        for _ in range(5_000):
            status, headers = self.ask("GET", "/v1.0/trunks", token="wrong")
            if status == 429:
                break
        self.assertEqual((status, headers["Retry-After"]), (429, "1"))
        self.assertEqual(self.ask("GET", "/v1.0/trunks")[0], 200)

    def test_calls_in_progress_come_in_pages(self):
        invites = [self.call(number=str(number)) for number in range(3)]
        for _ in invites:
            received = self.destination.wait_request("INVITE")
            self.destination.respond(received, 180, "Ringing", tag="d")
        self.gateway.wait_until(
            lambda: len(self.gateway.api("GET", "/v1.0/calls")[1]["result"]) == 3, "three calls")
        seen, token = [], ""
        while True:
            _, page = self.gateway.api("GET", f"/v1.0/calls?page_size=2&page_token={token}")
            self.assertLessEqual(len(page["result"]), 2)
            seen += [call["call_id"] for call in page["result"]]
            token = page["next_page_token"]
            if not token:
                break
        self.assertEqual(len(set(seen)), 3)
        for query in ("page_size=0", "page_size=101", "page_token=x"):
            self.assertEqual(self.gateway.api("GET", f"/v1.0/calls?{query}")[0], 400, query)

    def test_routes_share_alike_however_they_were_made(self):
        _, made = self.gateway.api("POST", "/v1.0/routes", {"prefix": "7", "echo": True})
        other = self.gateway.cli("route", "create", "--prefix", "7", "--echo")
        self.assertEqual(made["weight"], other["weight"])


class Settings(unittest.TestCase):
    def serve(self, *arguments: str, text: str | None = None, **environment: str):
        """The result of a start that must fail."""
        if not PROGRAM.exists():
            self.skipTest("build first: swift build -c release")
        with tempfile.TemporaryDirectory() as directory:
            if text is not None:
                path = os.path.join(directory, "trunkline.yaml")
                Path(path).write_bytes(text.encode())
                arguments += ("--config", path)
            return subprocess.run(
                [PROGRAM, "serve", "--data", os.path.join(directory, "data"), *arguments],
                capture_output=True, text=True, timeout=20,
                env={**os.environ, **{f"TRUNKLINE_{k}": v for k, v in environment.items()}})

    def refused(self, word: str, *arguments: str, text: str | None = None, **environment: str):
        with self.subTest(arguments=arguments, text=text, environment=environment):
            done = self.serve(*arguments, text=text, **environment)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(word, done.stderr)

    def test_file_that_cannot_be_meant(self):
        self.refused("loglevel", text="loglevel: debug\n")
        self.refused("sip_lisen", text="log_level: info\r\nsip_lisen: x\r\n")
        self.refused("sip_lisen", text='"sip_lisen": x\n')
        self.refused("rtp_ports", text="rtp_ports: [1024, 2048]\n")
        self.refused("base_domain", text="base_domain:\n  name: x\n")
        self.refused("sip_listen", text="sip_listen:\n  - a: b\n")
        self.refused("ring_timeout_seconds", text="ring_timeout_seconds: soon\n")
        self.refused("KEY: VALUE", text="log_level\n")

    def test_values_that_cannot_be_meant(self):
        self.refused("log_level", text="log_level: verbose\n")
        self.refused("log_level", LOG_LEVEL="verbose")
        self.refused("--base-domain", "--base-domain", "two words")
        self.refused("--base-domain", text='base_domain: ""\n')
        self.refused("--api-listen", "--api-listen", "localhost:8080")
        self.refused("--rtp-advertise", "--rtp-advertise", "0.0.0.0")
        self.refused("--advertise", "--advertise", "0.0.0.0")

    def test_file_with_nothing_but_comments(self):
        # It goes on to its first socket, which is taken.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            done = self.serve(
                "--sip-listen", f"udp:127.0.0.1:{taken.getsockname()[1]}", "--api-listen",
                f"127.0.0.1:{free_port(socket.SOCK_STREAM)}", text="# log_level: debug\n\n---\n")
        self.assertIn("cannot listen for SIP", done.stderr)


if __name__ == "__main__":
    unittest.main()
