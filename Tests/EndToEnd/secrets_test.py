"""Secrets stay where they belong: in no dump, export, replay or log line, and open only with their key."""

import hashlib
import json
import re
import stat
import tempfile
import unittest
from pathlib import Path

from case import GatewayCase
from sip_message import session

PASSWORD = "correct-horse-7531"


class Secrets(GatewayCase):
    auth = "basic"
    environment = {"log_level": "trace"}

    def setUp(self):
        super().setUp()
        self.gateway.cli("trunk", "rotate", "acme", "--username", "acme", "--password", PASSWORD)
        again = self.caller.authorised(self.invite(), "acme", PASSWORD)
        self.digest = re.search(r'response="(\w+)"', again["proxy-authorization"]).group(1)
        self.realm = re.search(r'realm="([^"]+)"', again["proxy-authorization"]).group(1)
        received = self.destination.wait_request("INVITE")
        self.assertEqual(received["proxy-authorization"], "")
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        ok = self.caller.wait_response(again, 200)
        self.caller.acknowledge(again, ok)
        bye = self.in_dialog("BYE", again, ok, 3)
        self.caller.wait_final(bye)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        self.record = self.books()[0]

    def secrets(self) -> dict[str, str]:
        place = Path(self.gateway.data)
        text = f"acme:{self.realm}:{PASSWORD}".encode()
        return {
            "password": PASSWORD, "digest response": self.digest,
            "MD5 HA1": hashlib.md5(text).hexdigest(),
            "SHA-256 HA1": hashlib.sha256(text).hexdigest(),
            "API token": (place / "api-token").read_text().strip(),
            "seal key": (place / "keys/seal.key").read_text().strip(),
            "nonce key": (place / "keys/nonce.key").read_text().strip(),
        }

    def test_no_command_shows_them(self):
        call = self.record["call_id"]
        texts = {"what the process says": self.gateway.said(), "metrics": self.gateway.metrics()}
        for arguments in (
                ("log", "dump"), ("log", "stat", "--json"), ("replay", call),
                ("replay", call, "--messages"), ("replay", call, "--json"),
                ("replay", call, "--step"), ("replay", call, "--format", "svg"),
                ("replay", call, "--format", "mermaid"), ("call", "why", call),
                ("cdr", "explain", call), ("cdr", "explain", call, "--json"),
                ("cdr", "show", call, "--json"), ("cdr", "export", "--format", "csv"),
                ("cdr", "export", "--format", "jsonl"), ("trunk", "list", "--json"),
                ("trunk", "show", "acme", "--json")):
            done = self.gateway.run(*arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            texts[" ".join(arguments)] = done.stdout + done.stderr
        with tempfile.TemporaryDirectory(prefix="trunkline-secrets-") as folder:
            for kind, place in (("pcapng", f"{folder}/call"), ("sipp", folder)):
                done = self.gateway.run("replay", call, "--format", kind, "--output", place)
                self.assertEqual(done.returncode, 0, done.stderr)
            for path in Path(folder).iterdir():
                texts[path.name] = path.read_bytes().decode("latin-1")
        self.assertEqual({"call", "caller.xml", "destination.xml"} - texts.keys(), set())
        for path in ("/v1.0/trunks", "/v1.0/cdrs"):
            texts[f"GET {path}"] = json.dumps(self.gateway.api("GET", path)[1])
        for where, text in texts.items():
            for what, secret in self.secrets().items():
                self.assertNotIn(secret.lower(), text.lower(), f"{what} in {where}")

    def test_no_file_but_their_own_holds_them(self):
        self.gateway.stop()
        for path in Path(self.gateway.data).rglob("*"):
            if path.is_file() and path.name not in ("api-token", "seal.key", "nonce.key"):
                held = path.read_bytes().rstrip(b"\0")
                for what, secret in self.secrets().items():
                    self.assertNotIn(secret.encode(), held, f"{what} in {path.name}")
                    if re.fullmatch("([0-9a-f]{2}){16,}", secret):
                        self.assertNotIn(bytes.fromhex(secret), held, f"{what} in {path.name}")

    def test_modes(self):
        place = Path(self.gateway.data)
        for path in (place / "api-token", *(place / "keys").iterdir()):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        self.assertEqual(stat.S_IMODE((place / "keys").stat().st_mode), 0o700)
        for path in (place / "log").rglob("*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o007, 0, path)

    def test_missing_key(self):
        self.is_whole = False
        self.gateway.stop()
        key = Path(self.gateway.data, "keys", "seal.key")
        key.unlink()
        status, said = self.gateway.refused()
        self.assertEqual(status, 2, said)
        self.assertIn(str(key), said)
        self.assertIn("backup", said)
        self.assertFalse(key.exists(), "a new key would hide that the old one is lost")
        # What needs no secret can still be read.
        self.assertEqual(self.gateway.run("log", "verify").returncode, 0)
        self.assertEqual(self.gateway.run("log", "dump").returncode, 0)

    def test_key_of_another_log(self):
        self.refuse_keys((2,), "ab" * 32 + "\n")

    def test_key_that_is_none(self):
        self.refuse_keys((1, 2), "no key\n", "")

    def refuse_keys(self, statuses: tuple[int, ...], *texts: str) -> None:
        self.is_whole = False
        self.gateway.stop()
        key = Path(self.gateway.data, "keys", "seal.key")
        for text in texts:
            with self.subTest(text=text):
                key.write_text(text)
                status, said = self.gateway.refused()
                self.assertIn(status, statuses, said)
                self.assertRegex(said, "seal.key.*restore.*backup")
                self.assertEqual(key.read_text(), text)


if __name__ == "__main__":
    unittest.main()
