"""Bad input: the process lives, the answers are right, the disk does not fill."""

import unittest
from pathlib import Path

from case import GatewayCase


class Hostile(GatewayCase):
    def resident(self) -> int:
        """Resident memory of the process in kB."""
        status = Path(f"/proc/{self.gateway.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines()
                        if line.startswith("VmRSS")))

    def alive(self):
        options = self.caller.request(
            "OPTIONS", "sip:127.0.0.1", call_id=f"alive{len(self.caller.seen)}", from_tag="o")
        for _ in range(20):
            # As a user agent would: a full socket buffer may have dropped the first one.
            self.caller.send(options)
            try:
                answer = self.caller.wait_final(options, 0.5)
                break
            except AssertionError:
                continue
        self.assertEqual(answer.status, 200)
        self.assertIn("INVITE", answer["allow"])

    def test_datagrams_that_are_no_calls(self):
        for data in (b"", b"\r\n\r\n", b"\x00" * 1200, b"INVITE", b"INVITE sip:x SIP/2.0\r\n\r\n",
                     b"\xff" * 60000, b"SIP/2.0 200 OK\r\n\r\n"):
            self.caller.send(data)
        self.alive()

    def test_wrong_content_length(self):
        invite = self.invite().bytes().replace(b"Content-Length: ", b"Content-Length: 9")
        self.caller.send(invite)
        self.caller.wait(lambda m: m.status == 400, "400")
        self.alive()

    def test_large_invites(self):
        for size in (3_000, 59_000):
            invite = self.invite(headers=[("X-Long", "x" * size)])
            self.caller.send(invite)
            received = self.destination.wait_request(
                "INVITE", count=1 + (size > 3_000))
            self.assertEqual(received["x-long"], "")
            self.destination.respond(received, 486, "Busy Here", tag=f"d{size}")
            self.caller.acknowledge(invite, self.caller.wait_final(invite))
        self.books(2)

    def test_unknown_methods_and_options(self):
        for method, status in (("DANCE", 501), ("SUBSCRIBE", 405), ("BYE", 481)):
            request = self.caller.request(method, "sip:1@acme.trunk.test",
                                          call_id=f"m{method}", from_tag="m")
            self.caller.send(request)
            self.assertEqual(self.caller.wait_final(request).status, status)
        invite = self.call(headers=[("Require", "teleport")])
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual((final.status, final["unsupported"]), (420, "teleport"))
        self.assertEqual(self.books()[0]["refusal_reason"], "bad_request")

    def test_max_forwards_runs_out(self):
        invite = self.invite()
        invite.headers = [("Max-Forwards", "0") if name == "Max-Forwards" else (name, value)
                          for name, value in invite.headers]
        self.caller.send(invite)
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 483)

    def test_flood_without_credentials(self):
        self.gateway.cli("trunk", "replace", "acme", "--name", "Acme", "--auth", "basic",
                         "--username", "acme", "--password", "s3cret")
        kept = self.caller.authorised(self.invite(), "acme", "s3cret")
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 180, "Ringing", tag="d")
        self.caller.wait_response(kept, 180)
        stranger = self.peer()
        uri = "sip:1@acme.trunk.test"

        def run(count: int, name: str) -> None:
            for number in range(count):
                stranger.socket.sendto(stranger.request(
                    "INVITE", uri, call_id=f"{name}{number}", from_tag="f").bytes(),
                    self.gateway.sip)
            self.alive()

        run(6_000, "a")
        events, memory = len(self.gateway.events()), self.resident()
        run(20_000, "b")
        self.assertLess(len(self.gateway.events()) - events, 20)
        self.assertLess(self.resident() - memory, 20_000)
        self.destination.respond(received, 486, "Busy Here", tag="d")
        final = self.caller.wait_final(kept)
        self.assertEqual(final.status, 486)
        self.caller.acknowledge(kept, final)
        self.books()


class API(GatewayCase):
    def test_errors_have_one_envelope(self):
        trunk = self.gateway.cli("trunk", "list")[0]["id"]
        cases = [
            ("POST", "/v1.0/trunks", b"not json", 400),
            ("POST", "/v1.0/trunks", {"name": "x", "auth_types": []}, 400),
            ("POST", "/v1.0/trunks", {"name": 5}, 400),
            ("POST", "/v1.0/trunks", {"nmae": "x"}, 400),
            ("POST", "/v1.0/trunks", b"{" + b" " * 70_000, 413),
            ("POST", "/v1.0/trunks", {"name": "x", "domain_name": "ACME", "auth_types": ["ip"],
                                      "allowed_ips": ["192.0.2.1"]}, 409),
            ("GET", "/v1.0/trunks?page_size=0", None, 400),
            ("GET", "/v1.0/trunks/00000000-0000-4000-8000-000000000000", None, 404),
            ("DELETE", "/v1.0/carriers/not-a-uuid", None, 404),
            ("GET", "/v2.0/nothing", None, 404),
            ("PUT", f"/v1.0/trunks/{trunk}", {"name": "x", "auth_types": ["magic"]}, 400),
        ]
        for method, path, body, status in cases:
            with self.subTest(path=path, body=str(body)[:40]):
                got, reply = self.gateway.api(method, path, body)
                self.assertEqual(got, status, reply)
                self.assertEqual(reply["error"]["status"], status)
                self.assertTrue(reply["error"]["reason"] and reply["error"]["message"])
        self.assertEqual(self.gateway.api("GET", "/v1.0/trunks", token="wrong")[0], 401)

    def test_pages_and_password_shown_once(self):
        for number in range(5):
            status, made = self.gateway.api("POST", "/v1.0/trunks", {
                "name": f"t{number}", "domain_name": f"t{number}", "auth_types": ["basic"],
                "username": "u"})
            self.assertEqual(status, 201, made)
            self.assertGreaterEqual(len(made["password"]), 20)
        seen, token = [], ""
        while True:
            _, page = self.gateway.api("GET", f"/v1.0/trunks?page_size=2&page_token={token}")
            seen += [trunk["name"] for trunk in page["result"]]
            self.assertNotIn("password", str(page))
            token = page["next_page_token"]
            if not token:
                break
        self.assertEqual(seen, ["t4", "t3", "t2", "t1", "t0", "acme"])

    def test_settings_that_cannot_work(self):
        import subprocess
        from gateway import PROGRAM
        for arguments, words in (
                (["--sip-listen", "udp:0.0.0.0:5060"], "--advertise"),
                (["--sip-listen", "tcp:1"], "udp:HOST:PORT"),
                (["--rtp-ports", "5"], "LOW-HIGH"), (["--config", "/nonexistent"], "/nonexistent")):
            done = subprocess.run([PROGRAM, "serve", "--data", self.gateway.data + "/x", *arguments],
                                  capture_output=True, text=True, timeout=20)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)
        taken = subprocess.run(
            [PROGRAM, "serve", "--data", self.gateway.data + "/x", "--base-domain", "test",
             "--sip-listen", f"udp:127.0.0.1:{self.gateway.sip[1]}", "--api-listen",
             "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
        self.assertNotEqual(taken.returncode, 0)
        self.assertIn("cannot listen for SIP", taken.stderr)


if __name__ == "__main__":
    unittest.main()
