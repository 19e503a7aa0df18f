"""A caller that places one call after the other and times each to the microsecond, because SIPp's clock goes
in steps of four milliseconds."""
import hashlib
import re
import socket
import struct
import time
import uuid

#: SO_TIMESTAMPNS: the kernel says when a datagram came, however late this process looks.
STAMP = 35
SESSION = ("v=0\r\no=probe 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
           "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
NUMBER = "sip:15550001@acme.trunk.test"


class Probe:
    """The trunk acme calling a server."""

    def __init__(self, server):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, STAMP, 1)
        self.socket.settimeout(0.5)
        self.server = ("127.0.0.1", server.port)

    def delays(self, while_going_on):
        """INVITE to 180 of one call after the other, in ms, ascending, until those of SIPp have ended."""
        found = []
        while while_going_on.process.poll() is None:
            found.append(self.call())
            time.sleep(0.02)
        self.socket.close()
        while_going_on.wait()
        return sorted(found)

    def call(self):
        """A whole call; how long its INVITE with credentials waited for 180, in ms."""
        self.call_id, self.tag = uuid.uuid4().hex, uuid.uuid4().hex[:8]
        self.to, self.routes = "", []
        self.send("INVITE", 1, body=SESSION)
        challenge, _ = self.wait("INVITE", 407)
        self.send("ACK", 1)
        self.to = ""
        sent = self.send("INVITE", 2, credentials(challenge), SESSION)
        # A proxy with several processes may let the answer overtake it.
        answer, rang = self.wait("INVITE", 180, 200)
        if not answer.startswith("SIP/2.0 200"):
            answer, _ = self.wait("INVITE", 200)
        self.routes = fields(answer, "Record-Route")[::-1]
        target = re.search(r"<(.*?)>", fields(answer, "Contact")[0])[1]
        self.send("ACK", 2, uri=target)
        self.send("BYE", 3, uri=target)
        self.wait("BYE", 200)
        return (rang - sent) / 1e6

    def send(self, method, number, extra="", body="", uri=NUMBER):
        """When, in ns since 1970."""
        port = self.socket.getsockname()[1]
        if method != "ACK" or not self.to:
            self.branch = f"z9hG4bK{uuid.uuid4().hex}"
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch={self.branch}",
                 *(f"Route: {route}" for route in self.routes),
                 f"From: <sip:acme@acme.trunk.test>;tag={self.tag}", f"To: {self.to or f'<{NUMBER}>'}",
                 f"Call-ID: {self.call_id}", f"CSeq: {number} {method}", "Max-Forwards: 70",
                 f"Contact: <sip:acme@127.0.0.1:{port}>"]
        if extra:
            lines.append(extra)
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        self.last = "\r\n".join(lines).encode()
        now = time.time_ns()
        self.socket.sendto(self.last, self.server)
        return now

    def wait(self, method, *wanted):
        """The first response of such a status, and when it came, in ns since 1970."""
        for _ in range(50):
            try:
                data, notes, _, _ = self.socket.recvmsg(65_535, 64)
            except TimeoutError:
                self.socket.sendto(self.last, self.server)
                continue
            text = data.decode()
            if self.call_id not in text or not fields(text, "CSeq")[0].endswith(method):
                continue
            found = int(text.split()[1])
            if found in wanted:
                self.to = fields(text, "To")[0]
                seconds, rest = struct.unpack("qq", notes[0][2])
                return text, seconds * 1_000_000_000 + rest
            if found >= 300:
                raise SystemExit(f"a call of the probe got {found}")
        raise SystemExit(f"a call of the probe got no {wanted[0]}")


def fields(message, name):
    """The values of a header field, in order."""
    found = re.findall(rf"^{name}:\s*(.*?)\r$", message, re.MULTILINE | re.IGNORECASE)
    return [value for line in found for value in re.split(r",\s*(?=<)", line)]


def credentials(challenge):
    """What answers it for the benchmark's trunk (RFC 2617 §3.2.2)."""
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', fields(challenge, "Proxy-Authenticate")[0]))
    key = md5(f"acme:{given['realm']}:s3cret")
    action = md5(f"INVITE:{NUMBER}")
    response = md5(f"{key}:{given['nonce']}:00000001:probe:auth:{action}") if "qop" in given else \
        md5(f"{key}:{given['nonce']}:{action}")
    count = 'qop=auth,nc=00000001,cnonce="probe",' if "qop" in given else ""
    return (f'Proxy-Authorization: Digest username="acme",realm="{given["realm"]}",nonce="{given["nonce"]}",'
            f'uri="{NUMBER}",{count}response="{response}",algorithm=MD5')


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
