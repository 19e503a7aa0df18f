"""What the gateway told somebody, written down outside of it and held against its log.

A peer that has received a message, or a client that has read a 201, relies on it. Whatever happens to
the process or its disk afterwards, the event behind it has to be in the log, under the same number and
with the same bytes as whoever read it before has seen it.
"""

from __future__ import annotations

import json
import time

from gateway import Gateway
from sip_message import Message
from sip_peer import SIPPeer


def is_promise(message: Message) -> bool:
    """Whether a message is in an event, and may leave only after it: not challenges, refusals at the door, or
    an ACK, because the one to what comes after the end of a call is in none."""
    if message.is_request:
        return message.method != "ACK"
    if message.status in (401, 407, 481):
        return False
    return not (message.status == 503 and message["retry-after"])


class Ledger:
    """The acknowledged facts of one gateway, and the lines of its log as they were first seen."""

    def __init__(self, gateway: Gateway):
        self.gateway = gateway
        #: Each with how much of what it has seen was held against the log already.
        self.checked: dict[SIPPeer, int] = {}
        self.lines: list[str] = []
        self.messages: set[str] = set()
        self.streams: set[tuple[str, str]] = set()
        #: Objects by id that the API said exist, with the path to read them under.
        self.objects: dict[str, str] = {}

    def watch(self, *peers: SIPPeer) -> "Ledger":
        self.checked |= {peer: 0 for peer in peers}
        return self

    def created(self, path: str, identifier: str) -> None:
        self.objects[identifier] = path

    @staticmethod
    def told(peer: SIPPeer, start: int, end: int) -> list[str]:
        """The promises among what a peer has seen, as text."""
        return [one.data.decode("utf-8", "surrogateescape") for one in peer.seen[start:end]
                if not one.sent and is_promise(one.message)]

    def read(self) -> None:
        """Takes in what the log has more than at the last reading; its numbers must have no gap."""
        done = self.gateway.run("log", "dump", "--from", str(len(self.lines) + 1))
        assert done.returncode == 0, done.stderr
        for line in done.stdout.splitlines():
            event = json.loads(line)
            assert event["number"] == len(self.lines) + 1, (
                f"event {len(self.lines) + 1} is missing before {line[:200]}")
            self.lines.append(line)
            self.streams.add((event["stream"], event["type"]))
            if "message" in event["event"]:
                self.messages.add(event["event"]["message"])

    def missing(self, told: list[str]) -> list[str]:
        return [text for text in told if text not in self.messages]

    def check(self) -> None:
        """Holds everything told since the last time against the log. A live log shows it within 100 ms."""
        ends, objects = {peer: len(peer.seen) for peer in self.checked}, dict(self.objects)
        told = [text for peer, start in self.checked.items()
                for text in self.told(peer, start, ends[peer])]
        alive = self.gateway.process.poll() is None

        def complete() -> bool:
            self.read()
            return not self.missing(told) and all(
                any((name, kind) in self.streams for kind in (
                    "trunk_created", "carrier_created", "route_created"))
                for name in objects)
        try:
            is_there = (self.gateway.wait_until(complete, "what was told, in the log", 3) if alive
                        else complete())
        except AssertionError:
            is_there = complete()
        assert is_there, "told, but not in the log:\n" + "\n".join(
            self.missing(told)[:3] or sorted(objects))
        self.checked |= ends

    def offered(self) -> set[str]:
        """SIP Call-IDs of the callers' legs of all calls in the log."""
        events = (json.loads(line) for line in self.lines if '"call_offered"' in line)
        return {event["event"]["sip_call_id"] for event in events}

    def story(self, call_id: str) -> str:
        """All calls of one SIP Call-ID and the starts between them, one event a line."""
        events = [json.loads(line) for line in self.lines]
        streams = {event["stream"] for event in events
                   if event["event"].get("sip_call_id") == call_id}
        return "\n".join(
            f"{event['number']} {event['at']} {event['stream'][:8]} {event['type']} "
            f"{event['event'].get('leg', '')} {event['event'].get('message', '')[:40]!r}"
            for event in events
            if event["stream"] in streams or event["type"] == "gateway_started")

    def close(self) -> None:
        """At the end: the whole log again, line by line as it was, whole, and its objects there."""
        self.checked = dict.fromkeys(self.checked, 0)
        self.check()
        whole = self.gateway.run("log", "dump").stdout.splitlines()
        for before, after in zip(self.lines, whole):
            assert before == after, f"an event has changed:\n{before}\n{after}"
        assert len(whole) >= len(self.lines), f"{len(self.lines)} events, then {len(whole)}"
        self.verify()
        if self.gateway.process.poll() is None:
            for identifier, path in list(self.objects.items()):
                status, reply = self.gateway.api("GET", f"{path}/{identifier}")
                while status == 429:
                    time.sleep(0.2)
                    status, reply = self.gateway.api("GET", f"{path}/{identifier}")
                assert status == 200, (path, identifier, reply)

    def verify(self) -> None:
        for check in (["log", "verify"], ["check"]):
            done = self.gateway.run(*check)
            assert done.returncode == 0, done.stdout + done.stderr
