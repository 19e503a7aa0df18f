"""Calls with sound, re-INVITEs and long ringing: what a dying gateway does to them can be heard."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import defaultdict

from gateway import Gateway
from load import Load, Plan
from rtp import packet
from sip_message import Message, session

#: Seconds between two packets of a call.
SPACING = 0.04


class TalkingLoad(Load):
    """The destination of each answered call sends RTP to its caller; some callers change the session."""

    def __init__(self, gateway: Gateway, seed: int):
        super().__init__(gateway, seed, rate=10, longest=3)
        self.ringing = 2
        self.microphone, self.speaker = self._media_socket(), self._media_socket()
        self.caller_media = self.speaker.getsockname()[1]
        self.destination_media = self.microphone.getsockname()[1]
        #: When packets arrived, for each call's index.
        self.heard: dict[int, list[float]] = defaultdict(list)
        self.is_open = True
        self.threads = [threading.Thread(target=run, daemon=True)
                        for run in (self._talk, self._listen)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _media_socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        made.settimeout(0.2)
        return made

    def close(self) -> None:
        self.is_open = False
        for thread in self.threads:
            thread.join()
        super().close()
        self.microphone.close()
        self.speaker.close()

    def _talk(self) -> None:
        sequence = 0
        while self.is_open:
            sequence += 1
            for plan in list(self.plans.values()):
                if plan.ok and not plan.ended_at:
                    self.microphone.sendto(
                        packet(sequence, source=plan.index, payload=bytes(160)),
                        plan.received.media)
            time.sleep(SPACING)

    def _listen(self) -> None:
        while self.is_open:
            try:
                data = self.speaker.recv(2048)
            except TimeoutError:
                continue
            self.heard[struct.unpack("!I", data[8:12])[0]].append(time.monotonic())

    def pauses(self, start: float, end: float) -> list[float]:
        """The longest pause of each call that was heard both before and after an outage."""
        found = []
        for times in list(self.heard.values()):
            near = [at for at in times if start - 0.5 < at < end + 1]
            if near and near[0] < start and near[-1] > end:
                found.append(max(b - a for a, b in zip(near, near[1:])))
        return found

    # Changes of the session.

    def _to_caller(self, message: Message) -> None:
        plan = self.plans.get(message.call_id)
        if plan and message.status and message.cseq == (2, "INVITE"):
            self.answered.add((plan.call_id, "INVITE again"))
            if message.status >= 200:
                self.caller.acknowledge(plan.again, message)
            return
        is_first = plan and plan.ok is None
        super()._to_caller(message)
        if is_first and plan.ok and plan.talk > 1:
            self.agenda.after(plan.talk / 2, lambda: self._change(plan))

    def _change(self, plan: Plan) -> None:
        if plan.ended_at or plan.is_over:
            return
        plan.cseq = 2
        plan.again = self.caller.request(
            "INVITE", plan.ok.contact_uri, call_id=plan.call_id, from_tag="c",
            to_tag=plan.ok.tag("to"), cseq=2,
            body=session("127.0.0.1", self.caller_media, version=2))
        self._send_again(plan, 0.5)

    def _send_again(self, plan: Plan, interval: float) -> None:
        # After its BYE it would come out of order.
        if (plan.call_id, "INVITE again") in self.answered or plan.ended_at or plan.is_over:
            return
        self.caller.send(plan.again)
        self.agenda.after(interval, lambda: self._send_again(plan, 2 * interval))

    def _to_destination(self, message: Message) -> None:
        if message.method == "INVITE" and message.tag("to"):
            self.destination.respond(
                message, 200, "OK", body=session("127.0.0.1", self.destination_media))
        else:
            super()._to_destination(message)
