"""Real calls tried under other trunks, routes and limits by `trunkline replay --what-if`."""

import hashlib
import json
import time
from pathlib import Path

from replay_case import ReplayCase

TRUNK = {"domain_name": "acme", "name": "Acme", "auth_types": ["basic"], "username": "acme"}


class WhatIf(ReplayCase):
    def what_if(self, supposed, *arguments: str, status: int = 3) -> str:
        path = self.folder / "what-if.json"
        path.write_text(supposed if isinstance(supposed, str) else json.dumps(supposed))
        done = self.gateway.run("replay", "--what-if", str(path), *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def differences(self, supposed, *arguments: str) -> list[tuple[str, str]]:
        """The call and the kind of each difference; their number is in the counts."""
        found = json.loads(self.what_if(supposed, "--json", *arguments))
        kinds = [(one["call"], one["kind"]) for one in found["differences"]]
        self.assertEqual(sum(found["counts"].values()), len(kinds))
        self.assertEqual(found["unclear_calls"], 0)
        return kinds

    def test_trunks(self):
        call = self.talk()["call_id"]
        self.refused(password="wrong")
        wrong = self.books(2)[1]["call_id"]
        before = self.digest()
        self.assertIn("2 calls: none would have gone otherwise",
                      self.what_if({"trunks": [TRUNK]}, status=0))
        other = {"trunks": [{**TRUNK, "password": "other"}]}
        self.assertEqual(self.differences(other), [(call, "refused")])
        self.assertIn("the password is wrong", self.what_if(other, call))
        # The password that was wrong then.
        self.assertEqual(self.differences({"trunks": [{**TRUNK, "password": "wrong"}]}),
                         [(call, "refused"), (wrong, "let_in")])
        listed = {"domain_name": "acme", "name": "Acme", "auth_types": ["ip"],
                  "allowed_ips": ["127.0.0.1"]}
        said = self.what_if({"trunks": [listed]})
        self.assertRegex(said, f"{wrong} .*let in, sent to dest at 127.0.0.1:{self.destination.port}; "
                               "what it would have answered is not known")
        self.assertIn("supposed: trunk acme replaced, was version 1", said)
        self.assertEqual(self.differences({"trunks": [{"domain_name": "acme", "deleted": True}]}, call),
                         [(call, "refused")])
        self.assertEqual(self.digest(), before)

    def digest(self) -> str:
        """Of the log, in which nothing happens meanwhile."""
        segments = sorted(Path(self.gateway.data, "log").glob("*.evl"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in segments)).hexdigest()

    def test_what_the_api_shows_can_be_supposed(self):
        self.talk()
        shown = {kind: self.gateway.cli(kind[:-1], "list")
                 for kind in ("trunks", "carriers", "routes")}
        self.assertIn("1 calls: none would", self.what_if(shown, status=0))

    def test_routes(self):
        call = self.talk()["call_id"]
        carrier = {"name": "second", "host": "127.0.0.1", "port": 5999}
        route = {"prefix": "12", "carrier": "second"}
        self.assertIn("sent to second at 127.0.0.1:5999",
                      self.what_if({"carriers": [carrier], "routes": [route]}))
        route_id = self.gateway.cli("route", "list")[0]["id"]
        gone = {"routes": [{"id": route_id, "deleted": True}]}
        self.assertIn("refused with 404: no route leads to the number", self.what_if(gone))
        self.assertEqual(self.differences(gone), [(call, "refused")])
        self.assertIn("0 calls", self.what_if(gone, "--to", "2020-01-01", status=0))

    def test_limits_over_a_restart(self):
        invite = self.authorised()
        self.destination.respond(self.destination.wait_request("INVITE"), 180, "Ringing", tag="d")
        self.caller.wait_response(invite, 180)
        self.gateway.kill()
        self.gateway.start()
        self.caller.send(self.caller.request(
            "CANCEL", invite.uri, call_id=invite.call_id, from_tag="caller", branch=invite.branch,
            cseq=invite.cseq[0]))
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        received = self.destination.wait_request("CANCEL")
        self.destination.respond(received, 200, "OK")
        self.destination.respond(self.destination.wait_request("INVITE"), 487, "Terminated", tag="d")
        call = self.books()[0]["call_id"]
        self.assertEqual(self.differences({"limits": {"calls": 0}}), [(call, "refused")])
        self.assertIn("the gateway was full", self.what_if({"limits": {"calls": 0}}))
        self.assertIn("none", self.what_if({"limits": {"ring_timeout_seconds": 600}}, status=0))

    def test_a_talk_that_is_too_long(self):
        invite, _, ok = self.answered(self.authorised)
        time.sleep(1.2)
        bye = self.in_dialog("BYE", invite, ok, invite.cseq[0] + 1)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        self.caller.wait_response(bye, 200)
        record = self.books()[0]
        self.assertEqual(self.differences({"limits": {"maximum_duration_seconds": 1}}),
                         [(record["call_id"], "ended_otherwise")])
        self.assertIn("the call reached its maximum duration",
                      self.what_if({"limits": {"maximum_duration_seconds": 1}}))

    def test_a_file_that_cannot_be_is_refused(self):
        self.talk()
        for supposed, said in (
                ("{", "is not JSON"), ("[]", "is not a JSON object with"), ("{}", "supposes nothing"),
                ({"trunk": []}, "has the member trunk; there are carriers, limits, routes, trunks"),
                ({"trunks": [{"domain": "acme"}]}, r"trunks\[0\]: there is no field domain"),
                ({"trunks": [{**TRUNK, "auth_types": ["magic"]}]},
                 r"trunks\[0\]: auth_types: Known types are basic and ip"),
                ({"routes": [{"carrier": "nobody"}]}, r"routes\[0\]: carrier: There is no carrier"),
                ({"routes": [{"id": "7"}]}, r"routes\[0\]: id is not a UUID"),
                ({"limits": {"calls": "many"}}, "limits: calls is not a whole number"),
                ({"limits": {"ring_timeout_seconds": 0}}, "not a number from 1 to"),
                ({"limits": {"media_silence_seconds": 9}}, "the log has no packets")):
            self.assertRegex(self.what_if(supposed, status=2), said)
        done = self.gateway.run("replay", "--what-if", str(self.folder / "none.json"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("none.json cannot be read", done.stderr)
        done = self.gateway.run("replay", "--what-if", "x", "--check")
        self.assertEqual(done.returncode, 2)
