"""A small SIP peer on one UDP socket, for what SIPp cannot do: odd bytes, media, dying gateways.

It answers nothing by itself except retransmitted requests that it has already answered. A test
sends, waits for what it expects, and finds every message of both directions in `seen`.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from dataclasses import dataclass
from typing import Callable

from sip_message import Message, credentials

SERIAL = itertools.count(1)


@dataclass
class Seen:
    """One message that passed the peer's socket."""

    sent: bool
    message: Message
    at: float
    data: bytes


class SIPPeer:
    """A user agent's socket with a thread that collects what arrives."""

    def __init__(self, gateway: tuple[str, int], address: str = "127.0.0.1"):
        self.gateway = gateway
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.address, self.port = self.socket.getsockname()
        self.seen: list[Seen] = []
        self.changed = threading.Condition()
        self.answers: dict[tuple[str, str], bytes] = {}
        #: What to do with each message that arrives, for peers that act by themselves.
        self.react: Callable[[Message], None] | None = None
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    # What passes the socket.

    def _listen(self) -> None:
        while True:
            try:
                data, source = self.socket.recvfrom(65535)
            except ConnectionRefusedError:
                continue
            except OSError:
                return
            if data == b"" and source[1] == self.port:
                return
            try:
                message = Message.parse(data)
            except ValueError:
                continue
            again = None
            if message.is_request:
                again = self.answers.get((message.branch, message.method))
            with self.changed:
                self.seen.append(Seen(False, message, time.monotonic(), data))
                self.changed.notify_all()
            if again is not None:
                self.socket.sendto(again, source)
            elif self.react:
                self.react(message)

    def send(self, message: Message | bytes, target: tuple[str, int] | None = None) -> None:
        """Sends to the gateway, or to where it is told."""
        data = message if isinstance(message, bytes) else message.bytes()
        if isinstance(message, Message):
            with self.changed:
                self.seen.append(Seen(True, message, time.monotonic(), data))
        self.socket.sendto(data, target or self.gateway)

    def received(self, condition: Callable[[Message], bool]) -> list[Message]:
        """Everything received so far that fits."""
        return [one.message for one in self.seen if not one.sent and condition(one.message)]

    def wait(self, condition: Callable[[Message], bool], what: str, timeout: float = 8.0,
             count: int = 1) -> Message:
        """The `count`th received message that fits; fails with what was seen instead."""
        with self.changed:
            if self.changed.wait_for(lambda: len(self.received(condition)) >= count, timeout):
                return self.received(condition)[count - 1]
            lines = [f"{'>' if one.sent else '<'} {one.message.start}" for one in self.seen]
        raise AssertionError(f"no {what} within {timeout:g} s; seen:\n  " + "\n  ".join(lines))

    def wait_request(self, method: str, call_id: str | None = None, timeout: float = 8.0,
                     count: int = 1) -> Message:
        """The next request of a method, of any call or of one."""
        return self.wait(
            lambda m: m.is_request and m.method == method and call_id in (None, m.call_id),
            method, timeout, count)

    def wait_response(self, request: Message, status: int, timeout: float = 8.0) -> Message:
        """A response with that status to one request."""
        return self.wait(
            lambda m: m.status == status and m.call_id == request.call_id
            and m.cseq == request.cseq, f"{status} to {request.method}", timeout)

    def wait_final(self, request: Message, timeout: float = 8.0) -> Message:
        """The final response to one request, whatever it is."""
        return self.wait(
            lambda m: m.status >= 200 and m.call_id == request.call_id
            and m.cseq == request.cseq, f"final response to {request.method}", timeout)

    # What a user agent writes.

    def request(self, method: str, uri: str, *, call_id: str, from_tag: str, to_tag: str = "",
                cseq: int = 1, caller: str = "", called: str = "", body: bytes = b"",
                headers: list[tuple[str, str]] | None = None, branch: str = "") -> Message:
        """A request from this socket, in a dialog when it has a To tag."""
        caller = caller or f"sip:acme@{self.address}"
        lines = [
            ("Via", f"SIP/2.0/UDP {self.address}:{self.port};rport;"
             f"branch={branch or f'z9hG4bKpeer{self.port}x{next(SERIAL)}'}"),
            ("From", f"<{caller}>;tag={from_tag}"),
            ("To", f"<{called or uri}>" + (f";tag={to_tag}" if to_tag else "")),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<sip:peer@{self.address}:{self.port}>"),
            ("Max-Forwards", "70"),
        ] + (headers or [])
        if body:
            lines.append(("Content-Type", "application/sdp"))
        return Message(f"{method} {uri} SIP/2.0", lines, body)

    def respond(self, request: Message, status: int, phrase: str, *, tag: str = "",
                body: bytes = b"", headers: list[tuple[str, str]] | None = None) -> Message:
        """Answers a request and remembers the answer for its retransmissions."""
        lines = [("Via", via) for via in request.all("via")]
        to = request["to"]
        if tag and not request.tag("to"):
            to += f";tag={tag}"
        lines += [("From", request["from"]), ("To", to), ("Call-ID", request.call_id),
                  ("CSeq", request["cseq"]),
                  ("Contact", f"<sip:peer@{self.address}:{self.port}>")] + (headers or [])
        if body:
            lines.append(("Content-Type", "application/sdp"))
        response = Message(f"SIP/2.0 {status} {phrase}", lines, body)
        if status >= 200:
            self.answers[(request.branch, request.method)] = response.bytes()
        self.send(response)
        return response

    def acknowledge(self, request: Message, response: Message) -> Message:
        """The ACK for a final response: in the transaction for a failure, in the dialog for 2xx."""
        success = response.status < 300
        uri = response.contact_uri if success else request.uri
        ack = Message(f"ACK {uri} SIP/2.0", [
            ("Via", f"SIP/2.0/UDP {self.address}:{self.port};branch=z9hG4bKack{next(SERIAL)}"
             if success else request["via"]),
            ("From", request["from"]), ("To", response["to"]), ("Call-ID", request.call_id),
            ("CSeq", f"{request.cseq[0]} ACK"), ("Max-Forwards", "70")])
        self.send(ack)
        return ack

    def authorised(self, invite: Message, username: str, password: str) -> Message:
        """Sends an INVITE, answers its challenge, and returns the second INVITE, sent."""
        self.send(invite)
        challenge = self.wait_response(invite, 407)
        self.acknowledge(invite, challenge)
        number = invite.cseq[0] + 1
        headers = [(name, value) for name, value in invite.headers
                   if name not in ("Via", "CSeq")]
        value = credentials(challenge["proxy-authenticate"], username, password, "INVITE",
                            invite.uri)
        again = Message(invite.start, [
            ("Via", f"SIP/2.0/UDP {self.address}:{self.port};rport;"
             f"branch=z9hG4bKpeer{self.port}x{next(SERIAL)}"),
            ("CSeq", f"{number} INVITE"), *headers, ("Proxy-Authorization", value)], invite.body)
        self.send(again)
        return again

    def close(self) -> None:
        """Ends the receiving thread: an empty datagram to itself wakes it."""
        if self.socket.fileno() < 0:
            return
        try:
            self.socket.sendto(b"", (self.address, self.port))
            self.thread.join(1)
        finally:
            self.socket.close()
