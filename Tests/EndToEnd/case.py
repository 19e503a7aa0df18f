"""The stage of most tests: one gateway with a trunk, a caller, and destinations."""

from __future__ import annotations

import unittest
import uuid

import agree
from gateway import Gateway, PROGRAM
from rtp import RTPPeer
from sip_message import Message, session
from sip_peer import SIPPeer


class GatewayCase(unittest.TestCase):
    """Starts a gateway for each test, and checks at the end that the books agree."""

    environment: dict[str, str] = {}
    #: Whether the log can be run again afterwards: nothing of it is damaged, and its key is there.
    is_whole = True
    #: How the trunk knows its callers: `basic` or `ip`.
    auth = "ip"

    def setUp(self):
        if not PROGRAM.exists():
            self.skipTest("build first: swift build -c release")
        self.gateway = self.make_gateway()
        self.addCleanup(self.gateway.close)
        self.addCleanup(self.gateway.explain, self)
        self.gateway.start()
        self.addCleanup(self.check_replay)
        self.caller = self.peer()
        self.destination = self.peer()
        if self.auth == "ip":
            self.gateway.cli("trunk", "create", "--domain", "acme", "--auth", "ip",
                             "--allow-ip", "127.0.0.1")
        else:
            self.gateway.cli("trunk", "create", "--domain", "acme", "--auth", "basic",
                             "--username", "acme", "--password", "s3cret")
        self.route("dest", self.destination)
        self.caller_rtp = self.rtp()
        self.destination_rtp = self.rtp()

    def check_replay(self) -> None:
        """The same build decides the same when it is given the recorded inputs again."""
        if not self.is_whole:
            return
        done = self.gateway.run("replay", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def make_gateway(self) -> Gateway:
        """One that was not started yet."""
        return Gateway(**self.environment)

    def peer(self) -> SIPPeer:
        peer = SIPPeer(self.gateway.sip)
        self.addCleanup(peer.close)
        return peer

    def rtp(self) -> RTPPeer:
        peer = RTPPeer()
        self.addCleanup(peer.close)
        return peer

    def route(self, name: str, peer: SIPPeer, prefix: str = "", priority: int = 10) -> None:
        self.gateway.cli("carrier", "create", "--name", name, "--host", "127.0.0.1",
                         "--port", str(peer.port))
        self.gateway.cli("route", "create", "--prefix", prefix, "--carrier", name,
                         "--priority", str(priority))

    def invite(self, number: str = "1234", label: str = "acme", **more) -> Message:
        """An INVITE that was not sent yet."""
        uri = more.pop("uri", f"sip:{number}@{label}.trunk.test")
        body = more.pop("body", session("127.0.0.1", self.caller_rtp.port))
        return self.caller.request("INVITE", uri, call_id=uuid.uuid4().hex, from_tag="caller",
                                   body=body, **more)

    def call(self, **more) -> Message:
        invite = self.invite(**more)
        self.caller.send(invite)
        return invite

    def hang_up(self, invite: Message, ok: Message, timeout: float = 8) -> None:
        """The caller ends an answered call; both its ends confirm that."""
        bye = self.in_dialog("BYE", invite, ok, 2)
        self.caller.wait_final(bye, timeout)
        received = self.destination.wait(
            lambda m: m.is_request and m.method == "BYE"
            and (m.branch, "BYE") not in self.destination.answers, "BYE", timeout)
        self.destination.respond(received, 200, "OK")

    def in_dialog(self, method: str, invite: Message, ok: Message, cseq: int, **more) -> Message:
        """A request of the caller within the call."""
        request = self.caller.request(
            method, ok.contact_uri, call_id=invite.call_id, from_tag="caller",
            to_tag=ok.tag("to"), cseq=cseq, **more)
        self.caller.send(request)
        return request

    def from_destination(self, method: str, invite: Message, tag: str, cseq: int = 1,
                         **more) -> Message:
        """A request of the destination within the call; `invite` is what it received."""
        request = self.destination.request(
            method, invite.contact_uri, call_id=invite.call_id, from_tag=tag,
            to_tag=invite.tag("from"), cseq=cseq, **more)
        self.destination.send(request)
        return request

    def answered(self, call=None) -> tuple[Message, Message, Message]:
        """A call with media descriptions on both sides: the INVITE, the one received, the 200."""
        count = len(self.destination.received(lambda m: m.is_request and m.method == "INVITE"))
        invite = (call or self.call)()
        received = self.destination.wait_request("INVITE", count=count + 1)
        self.destination.respond(received, 180, "Ringing", tag="d")
        self.destination.respond(received, 200, "OK", tag="d",
                                 body=session("127.0.0.1", self.destination_rtp.port))
        ok = self.caller.wait_response(invite, 200)
        self.caller.acknowledge(invite, ok)
        self.destination.wait_request("ACK", received.call_id)
        return invite, received, ok

    def books(self, calls: int = 1) -> list[dict]:
        return agree.check(self.gateway, calls)
