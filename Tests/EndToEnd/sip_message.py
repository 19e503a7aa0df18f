"""One SIP message as the test peers see it: parsed leniently, written exactly.

The reader keeps every header line as received, in order, so that a test can ask for the bytes of a
Reason or the phrase of a status line. Nothing here decides what is right; the tests do.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact",
    "l": "content-length", "c": "content-type",
}


@dataclass
class Message:
    """A request or a response: its start line, its header lines in order, its body."""

    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> "Message":
        """Reads a datagram. Raises ValueError when it does not begin like SIP."""
        head, _, body = data.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "surrogateescape")).split("\r\n")
        if "SIP/2.0" not in lines[0]:
            raise ValueError(f"no SIP: {lines[0][:80]!r}")
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if colon:
                headers.append((name.strip(), value.strip()))
        return cls(lines[0], headers, body)

    def bytes(self) -> bytes:
        """The datagram, with Content-Length written for the body."""
        lines = [self.start]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + self.body

    @property
    def is_request(self) -> bool:
        return not self.start.startswith("SIP/2.0")

    @property
    def status(self) -> int:
        """Status code; 0 for a request."""
        return 0 if self.is_request else int(self.start.split(" ", 2)[1])

    @property
    def phrase(self) -> str:
        """Reason phrase of a response, empty where there is none."""
        return (self.start.split(" ", 2) + [""])[2]

    @property
    def method(self) -> str:
        """The request's method; for a response the one of its CSeq."""
        return self.start.split(" ", 1)[0] if self.is_request else self.cseq[1]

    @property
    def uri(self) -> str:
        """The request-URI."""
        return self.start.split(" ")[1]

    def all(self, name: str) -> list[str]:
        """Values of every line with that name (full or compact form)."""
        wanted = name.lower()
        return [value for key, value in self.headers
                if COMPACT.get(key.lower(), key.lower()) == wanted]

    def __getitem__(self, name: str) -> str:
        """The first value, or an empty string."""
        return (self.all(name) or [""])[0]

    @property
    def call_id(self) -> str:
        return self["call-id"]

    @property
    def cseq(self) -> tuple[int, str]:
        number, _, method = self["cseq"].partition(" ")
        return int(number), method.strip()

    @property
    def branch(self) -> str:
        """Branch of the top Via, which names the transaction."""
        found = re.search(r"branch=([^;,\s]+)", self["via"])
        return found.group(1) if found else ""

    def tag(self, name: str) -> str:
        """The tag of From or To."""
        found = re.search(r";\s*tag=([^;,\s]+)", self[name])
        return found.group(1) if found else ""

    @property
    def contact_uri(self) -> str:
        found = re.search(r"<([^>]+)>", self["contact"])
        return found.group(1) if found else self["contact"]

    @property
    def media(self) -> tuple[str, int]:
        """Address and port of the first m-line of the session description."""
        return media_of(self.body)


def media_of(body: bytes) -> tuple[str, int]:
    """Where a session description wants its first stream."""
    text = body.decode("utf-8", "replace")
    port = re.search(r"^m=\w+ (\d+)", text, re.M)
    sections = re.split(r"^(?=m=)", text, flags=re.M)
    places = [re.search(r"^c=IN IP[46] (\S+)", part, re.M) for part in sections[1::-1]]
    address = next((found.group(1) for found in places if found), "")
    return address, int(port.group(1)) if port else 0


def session(address: str, port: int, *, version: int = 1, direction: str = "sendrecv") -> bytes:
    """A small session description with PCMU and telephone-event."""
    family = "IP6" if ":" in address else "IP4"
    return (
        f"v=0\r\no=peer 1 {version} IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\n"
        f"t=0 0\r\nm=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
        f"a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    ).encode()


def parameters(challenge: str) -> dict[str, str]:
    """Parameters of a Digest challenge or credential, quotes taken off."""
    pairs = re.findall(r'(\w[\w-]*)\s*=\s*(?:"([^"]*)"|([^,\s]+))', challenge)
    return {name.lower(): quoted or plain for name, quoted, plain in pairs}


def credentials(challenge: str, username: str, password: str, method: str, uri: str) -> str:
    """The Proxy-Authorization value that answers a challenge (RFC 7616, RFC 8760)."""
    asked = parameters(challenge)
    algorithm = asked.get("algorithm", "MD5")
    digest = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm.upper()]

    def of(*parts: str) -> str:
        return digest(":".join(parts).encode()).hexdigest()

    ha1 = of(username, asked["realm"], password)
    ha2 = of(method, uri)
    count, client_nonce = "00000001", "0a4f113b"
    response = of(ha1, asked["nonce"], count, client_nonce, "auth", ha2)
    return (
        f'Digest username="{username}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm={algorithm}, qop=auth, nc={count}, '
        f'cnonce="{client_nonce}"'
    )
