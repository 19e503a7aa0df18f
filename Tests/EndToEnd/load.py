"""Calls all the time, from peers that hold out while the gateway is away.

Both ends are ordinary user agents: they repeat what is not answered, acknowledge what is, and end what
they began. Who ends which call, how and when, comes from a seed.
"""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Callable

from gateway import Gateway
from sip_message import Message, session
from sip_peer import SIPPeer

ENDINGS = ("caller", "caller", "destination", "cancel", "busy")


class Agenda:
    """Runs functions at their time, on one thread."""

    def __init__(self):
        self.entries: list[tuple[float, int, Callable[[], None]]] = []
        self.serial = itertools.count()
        self.changed = threading.Condition()
        self.is_closed = False
        threading.Thread(target=self._run, daemon=True).start()

    def after(self, seconds: float, function: Callable[[], None]) -> None:
        with self.changed:
            heapq.heappush(
                self.entries, (time.monotonic() + seconds, next(self.serial), function))
            self.changed.notify()

    def _run(self) -> None:
        while True:
            with self.changed:
                while not self.is_closed:
                    wait = self.entries[0][0] - time.monotonic() if self.entries else None
                    if wait is not None and wait <= 0:
                        break
                    self.changed.wait(wait)
                if self.is_closed:
                    return
                function = heapq.heappop(self.entries)[2]
            function()

    def close(self) -> None:
        with self.changed:
            self.is_closed = True
            self.changed.notify()


@dataclass
class Plan:
    """One call: how it should go, and how far it has come."""

    index: int
    ending: str
    ring: float
    talk: float
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    invite: Message | None = None
    ok: Message | None = None
    received: Message | None = None
    is_final: bool = False
    is_over: bool = False
    status: int = 0
    #: The re-INVITE of the caller, and the CSeq of its last request but BYE.
    again: Message | None = None
    cseq: int = 1
    #: When the destination first answered, and when one of the two first hung up.
    answered_at: float = 0
    ended_at: float = 0


class Load:
    """A caller and a destination with calls between them."""

    def __init__(self, gateway: Gateway, seed: int, rate: float = 20, padding: int = 0,
                 longest: float = 0.8):
        self.random = random.Random(seed)
        self.rate, self.padding, self.longest = rate, padding, longest
        self.caller, self.destination = SIPPeer(gateway.sip), SIPPeer(gateway.sip)
        self.caller.react, self.destination.react = self._to_caller, self._to_destination
        self.agenda = Agenda()
        self.plans: dict[str, Plan] = {}
        self.indices: dict[str, Plan] = {}
        self.answered: set[tuple[str, str]] = set()
        self.is_placing = False
        #: Media ports that the two describe, and the longest ringing.
        self.caller_media, self.destination_media, self.ringing = 40000, 40002, 0.3
        #: How many seconds a BYE and a final response are repeated.
        self.patience = 32

    def start(self) -> "Load":
        self.is_placing = True
        self._place()
        return self

    def stop(self, timeout: float = 45) -> list[Plan]:
        """Places no more calls and waits until each is over; returns those that do not end."""
        self.is_placing = False
        end = time.monotonic() + timeout
        while time.monotonic() < end and any(not plan.is_over for plan in self.plans.values()):
            time.sleep(0.05)
        return [plan for plan in self.plans.values() if not plan.is_over]

    def close(self) -> None:
        self.is_placing = False
        self.agenda.close()
        self.caller.close()
        self.destination.close()

    def _place(self) -> None:
        if not self.is_placing:
            return
        plan = Plan(len(self.plans), self.random.choice(ENDINGS),
                    self.random.uniform(0, self.ringing), self.random.uniform(0, self.longest))
        headers = [("X-Ballast", "%0*x" % (self.padding, self.random.getrandbits(
            4 * self.padding)))] if self.padding else []
        plan.invite = self.caller.request(
            "INVITE", f"sip:{plan.index}@acme.trunk.test", call_id=plan.call_id,
            from_tag="c", body=session("127.0.0.1", self.caller_media), headers=headers)
        self.plans[plan.call_id] = self.indices[str(plan.index)] = plan
        self._repeat(self.caller, plan.invite)
        if plan.ending == "cancel":
            self.agenda.after(plan.ring, lambda: self._cancel(plan))
        self.agenda.after(self.random.expovariate(self.rate), self._place)

    def _repeat(self, peer: SIPPeer, message: Message, interval: float = 0.5,
                until: float = 0) -> None:
        """Sends until there is an answer, as a user agent does for 32 seconds."""
        key = (message.call_id, message.method)
        until = until or time.monotonic() + 32
        if key in self.answered or time.monotonic() > until:
            return
        peer.send(message)
        self.agenda.after(interval, lambda: self._repeat(
            peer, message, min(4, 2 * interval), until))

    def _to_caller(self, message: Message) -> None:
        plan = self.plans.get(message.call_id)
        if plan is None:
            return
        if message.is_request:
            self.caller.respond(message, 200, "OK")
            plan.is_over = plan.is_over or message.method == "BYE"
            return
        self.answered.add((message.call_id, message.method))
        if message.method == "BYE":
            plan.is_over = True
        elif message.method == "INVITE" and message.status >= 200:
            plan.is_final, plan.status = True, message.status
            self.caller.acknowledge(plan.invite, message)
            if message.status >= 300:
                plan.is_over = True
            elif plan.ok is None:
                plan.ok = message
                late = 8 if plan.ending == "destination" else 0
                self.agenda.after(plan.talk + late, lambda: self._hang_up(plan))

    def _cancel(self, plan: Plan) -> None:
        if plan.is_final:
            return
        if (plan.call_id, "INVITE") not in self.answered:
            self.agenda.after(0.1, lambda: self._cancel(plan))
            return
        self._repeat(self.caller, self.caller.request(
            "CANCEL", plan.invite.uri, call_id=plan.call_id, from_tag="c",
            branch=plan.invite.branch))

    def _hang_up(self, plan: Plan) -> None:
        if not plan.is_over:
            plan.ended_at = plan.ended_at or time.monotonic()
            self._repeat(self.caller, self.caller.request(
                "BYE", plan.ok.contact_uri, call_id=plan.call_id, from_tag="c",
                to_tag=plan.ok.tag("to"), cseq=plan.cseq + 1),
                until=time.monotonic() + self.patience)

    def _to_destination(self, message: Message) -> None:
        if not message.is_request:
            self.answered.add((message.call_id, message.method))
        elif message.method == "ACK":
            self.answered.add((message.call_id, "final"))
        elif message.method == "INVITE":
            plan = self.indices.get(message.uri.partition("@")[0].removeprefix("sip:"))
            if plan and plan.received is None:
                plan.received = message
                self.destination.respond(message, 180, "Ringing", tag=f"d{plan.index}")
                self.agenda.after(plan.ring, lambda: self._answer(plan))
        else:
            self.destination.respond(message, 200, "OK")
            if message.method == "CANCEL":
                for plan in list(self.plans.values()):
                    if plan.received and plan.received.call_id == message.call_id:
                        self._final(plan, 487, "Request Terminated")

    def _answer(self, plan: Plan) -> None:
        if plan.ending == "cancel":
            # Long enough for the CANCEL to win, and an answer if the caller has forgotten it.
            self.agenda.after(2, lambda: self._final(plan, 486, "Busy Here"))
        elif plan.ending == "busy":
            self._final(plan, 486, "Busy Here")
        else:
            self._final(plan, 200, "OK", session("127.0.0.1", self.destination_media))
            if plan.ending == "destination":
                self.agenda.after(plan.talk + 0.3, lambda: self._destination_hangs_up(plan))

    def _final(self, plan: Plan, status: int, phrase: str, body: bytes = b"") -> None:
        key = (plan.received.branch, "INVITE")
        if key not in self.destination.answers:
            plan.answered_at = time.monotonic()
            self._insist(plan, self.destination.respond(
                plan.received, status, phrase, tag=f"d{plan.index}", body=body))

    def _insist(self, plan: Plan, response: Message, interval: float = 0.5,
                until: float = 0) -> None:
        """Repeats a final response until its ACK."""
        until = until or time.monotonic() + self.patience

        def again() -> None:
            if (response.call_id, "final") not in self.answered and time.monotonic() < until:
                self.destination.send(response)
                self._insist(plan, response, min(4, 2 * interval), until)
        self.agenda.after(interval, again)

    def _destination_hangs_up(self, plan: Plan) -> None:
        received = plan.received
        plan.ended_at = plan.ended_at or time.monotonic()
        self._repeat(self.destination, self.destination.request(
            "BYE", received.contact_uri, call_id=received.call_id, from_tag=f"d{plan.index}",
            to_tag=received.tag("from")), until=time.monotonic() + self.patience)
