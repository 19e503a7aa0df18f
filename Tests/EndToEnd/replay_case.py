"""A gateway whose calls are looked at again."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path

from case import GatewayCase
from sip_message import Message


class ReplayCase(GatewayCase):
    auth = "basic"

    def setUp(self):
        super().setUp()
        self.folder = Path(tempfile.mkdtemp(prefix="trunkline-replay-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def authorised(self, password: str = "s3cret", **more) -> Message:
        """A call that answers its challenge."""
        return self.caller.authorised(self.invite(**more), "acme", password)

    def talk(self) -> dict:
        """A challenged call of most of a second; its record."""
        invite, _, ok = self.answered(self.authorised)
        time.sleep(0.7)
        bye = self.in_dialog("BYE", invite, ok, invite.cseq[0] + 1,
                             headers=[("Reason", "Q.850;cause=16")])
        self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
        self.caller.wait_response(bye, 200)
        return self.books()[0]

    def refused(self, **more) -> Message:
        """A call that ends with a final response; its INVITE."""
        invite = self.authorised(**more)
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        return invite

    def replay(self, *arguments: str) -> str:
        done = self.gateway.run("replay", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def messages(self, call: str) -> list[dict]:
        """The events of the call that are messages."""
        events = [json.loads(line) for line in self.replay(call, "--format", "json").splitlines()]
        return [event for event in events if event["type"].startswith(("request", "response"))]
