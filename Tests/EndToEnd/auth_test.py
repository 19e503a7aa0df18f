"""Who may call: digest, source address, bare address, and everybody else."""

import unittest

from case import GatewayCase
from sip_message import session


class Digest(GatewayCase):
    auth = "basic"

    def finish(self, invite):
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        ok = self.caller.wait_response(invite, 200)
        self.caller.acknowledge(invite, ok)
        self.in_dialog("BYE", invite, ok, invite.cseq[0] + 1)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")

    def test_right_password(self):
        self.finish(self.caller.authorised(self.invite(), "acme", "s3cret"))
        record = self.books()[0]
        self.assertEqual((record["auth_method"], record["username"]), ("basic", "acme"))
        # The challenge and its answer are part of the call; the response is masked.
        text = "\n".join(str(event) for event in self.gateway.events())
        self.assertIn("Proxy-Authenticate", text)
        self.assertIn('response="********************************"', text)

    def test_sha_256(self):
        trunk = self.gateway.cli("trunk", "list")[0]["id"]
        self.gateway.cli("trunk", "replace", trunk, "--name", "Acme", "--auth", "basic",
                         "--username", "acme", "--password", "s3cret", "--digest", "SHA-256")
        self.finish(self.caller.authorised(self.invite(), "acme", "s3cret"))
        self.books()

    def refused(self, reason: str, username="acme", password="s3cret", label="acme"):
        invite = self.caller.authorised(self.invite(label=label), username, password)
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 403)
        self.assertEqual(self.destination.received(lambda m: m.is_request), [])
        self.assertEqual(self.books()[-1]["refusal_reason"], reason)

    def test_wrong_password(self):
        self.refused("wrong_password", password="guess")

    def test_wrong_username(self):
        self.refused("unknown_username", username="other")

    def test_unknown_trunk_looks_the_same(self):
        self.refused("unknown_domain", label="nobody")

    def test_deleted_trunk(self):
        self.gateway.cli("trunk", "delete", "acme")
        self.refused("deleted_trunk")

    def test_change_holds_for_the_next_call(self):
        self.gateway.cli("trunk", "rotate", "acme", "--password", "changed")
        self.finish(self.caller.authorised(self.invite(), "acme", "changed"))
        self.books()

    def test_name_outside_the_base_domain(self):
        invite = self.invite(uri="sip:1@elsewhere.example")
        self.caller.send(invite)
        final = self.caller.wait_final(invite)
        self.caller.acknowledge(invite, final)
        self.assertEqual(final.status, 404)
        self.assertEqual(self.books()[0]["refusal_reason"], "foreign_domain")


class Address(GatewayCase):
    def test_listed_source_is_not_challenged(self):
        self.answered_and_ended(self.call())

    def answered_and_ended(self, invite):
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        ok = self.caller.wait_response(invite, 200)
        self.caller.acknowledge(invite, ok)
        self.in_dialog("BYE", invite, ok, 2)
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        self.assertEqual(self.books()[0]["auth_method"], "ip")
        self.assertEqual(self.caller.received(lambda m: m.status == 407), [])

    def test_bare_address(self):
        self.gateway.cli("trunk", "replace", "acme", "--name", "Acme", "--auth", "ip",
                         "--allow-ip", "127.0.0.1", "--bare-address")
        address = f"{self.gateway.sip[0]}:{self.gateway.sip[1]}"
        self.answered_and_ended(self.call(uri=f"sip:1234@{address}"))

    def test_unlisted_source_is_challenged(self):
        self.gateway.cli("trunk", "replace", "acme", "--name", "Acme", "--auth", "ip",
                         "--allow-ip", "192.0.2.0/24")
        invite = self.call()
        self.assertEqual(self.caller.wait_final(invite).status, 407)


if __name__ == "__main__":
    unittest.main()
