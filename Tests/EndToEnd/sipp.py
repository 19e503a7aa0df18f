"""SIPp, the test tool of the field, as caller and as destination."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile

from ports import PORTS, free_port

SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
EMPTY = "Content-Length: 0\n"


def scenario(*steps: str) -> str:
    return ('<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="test">\n'
            + "\n".join(steps) + "\n</scenario>\n")


def send(text: str, retransmit: bool = True) -> str:
    attribute = ' retrans="500"' if retransmit else ""
    return f"<send{attribute}><![CDATA[\n{text}\n]]></send>"


def receive(what: str, **attributes: str) -> str:
    kind = "response" if what.isdigit() else "request"
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<recv {kind}="{what}"{more}/>'


def request(method: str, cseq: int, uri: str = "[next_url]", to: str = "[last_To:]",
            body: str = EMPTY, extra: str = "", branch: str = "[branch]") -> str:
    """A request of the caller."""
    return (f"{method} {uri} SIP/2.0\n"
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n"
            f"From: <sip:acme@acme.trunk.test>;tag=[pid]t[call_number]\n{to}\n"
            f"Call-ID: [call_id]\nCSeq: {cseq} {method}\n"
            f"Contact: <sip:acme@[local_ip]:[local_port]>\n{extra}Max-Forwards: 70\n{body}")


def response(status: int, phrase: str, body: str = EMPTY, extra: str = "") -> str:
    """A response of the destination."""
    return (f"SIP/2.0 {status} {phrase}\n[last_Via:]\n[last_From:]\n"
            f"[last_To:];tag=[pid]s[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"
            f"Contact: <sip:[local_ip]:[local_port]>\n{extra}{body}")


class SIPp:
    """One running SIPp."""

    def __init__(self, steps: list[str], *arguments: str, port: int | None = None):
        self.folder = tempfile.mkdtemp(prefix="trunkline-sipp-")
        path = os.path.join(self.folder, "scenario.xml")
        with open(path, "w", encoding="ascii") as file:
            file.write(scenario(*steps))
        self.port = port or free_port()
        self.process = subprocess.Popen(
            ["sipp", "-sf", path, "-i", "127.0.0.1", "-p", str(self.port), "-mp",
             str(PORTS.talker()), "-nostdin", "-timeout", "20", "-timeout_error",
             "-trace_err", *arguments],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def is_there() -> bool:
        return shutil.which("sipp") is not None

    def wait(self, timeout: float = 30) -> int:
        """The exit status: 0 when every call went by the scenario."""
        return self.process.wait(timeout)

    def errors(self) -> str:
        """What SIPp says went wrong."""
        texts = []
        for name in os.listdir(self.folder):
            if "error" in name:
                with open(os.path.join(self.folder, name), errors="replace") as file:
                    texts.append(file.read())
        return "\n".join(texts)[-2000:]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
