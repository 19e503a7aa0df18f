"""A gateway with a log of small segments, and calls that fill them."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from case import GatewayCase
from readers import READER, run
from sip_message import session


class LogCase(GatewayCase):
    environment = {"log_segment_mebibytes": "1"}
    #: With digest, so that messages with masked secrets are in the log.
    auth = "basic"

    def calls(self, count: int) -> None:
        """That many calls, one after the other, each to its end."""
        for _ in range(count):
            invite = self.caller.authorised(self.invite(), "acme", "s3cret")
            received = self.destination.wait_request("INVITE")
            self.destination.respond(received, 200, "OK", tag="d",
                                     body=session("127.0.0.1", self.destination_rtp.port))
            ok = self.caller.wait_response(invite, 200)
            self.caller.acknowledge(invite, ok)
            bye = self.in_dialog("BYE", invite, ok, invite.cseq[0] + 1)
            self.destination.respond(self.destination.wait_request("BYE"), 200, "OK")
            self.caller.wait_response(bye, 200)
            # What was seen is searched from its beginning each time.
            for peer in (self.caller, self.destination):
                with peer.changed:
                    peer.seen.clear()

    def calls_until_sealed(self) -> None:
        """Calls until the first segment is sealed and some more stand in the second."""
        def is_sealed() -> bool:
            done = run(sys.executable, READER, "--json", Path(self.gateway.data, "log"))
            found = json.loads(done.stdout)
            return found[0]["sealed"] and (found[-1]["batches"] or 0) > 0

        def is_full() -> bool:
            self.calls(20)
            return len(list(Path(self.gateway.data, "log").glob("*.evl"))) > 1
        self.gateway.wait_until(is_full, "a second segment", 60)
        self.calls(5)
        self.gateway.wait_until(is_sealed, "the sealing of the first segment")

    def stopped(self) -> Path:
        """A copy of the log, in the data directory's shape, as the gateway leaves it."""
        self.gateway.stop()
        copy = Path(tempfile.mkdtemp(prefix="trunkline-log-"))
        self.addCleanup(shutil.rmtree, copy)
        shutil.copytree(Path(self.gateway.data, "log"), copy / "log",
                        ignore=shutil.ignore_patterns("spare", "ballast", "index", "LOCK", "SCRUB"))
        return copy
