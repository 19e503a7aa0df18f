"""Calls between two SIPp processes."""

import unittest

from case import GatewayCase
from sipp import SDP, SIPp, receive, request, response, send

URI = "sip:[service]@acme.trunk.test"
TO = "To: <sip:[service]@acme.trunk.test>"
TRYING = [receive("100", optional="true"), receive("183", optional="true"),
          receive("180", optional="true")]


def invite(cseq: int, extra: str = "") -> str:
    return send(request("INVITE", cseq, URI, TO, SDP, extra))


def ack(cseq: int, back: int = 0) -> str:
    """The ACK to a 2xx; or the one to a refusal of the INVITE that many steps before."""
    if back == 0:
        return send(request("ACK", cseq), retransmit=False)
    return send(request("ACK", cseq, URI, branch=f"[branch-{back}]"), retransmit=False)


def digest(password: str = "s3cret") -> list[str]:
    """The INVITE that is challenged, and the one with credentials."""
    return [invite(1), receive("407", auth="true"), ack(1, 2),
            invite(2, f"[authentication username=acme password={password}]\n")]


class SIPpCase(GatewayCase):
    def setUp(self):
        if not SIPp.is_there():
            self.skipTest("SIPp is missing: apt-get install sip-tester")
        super().setUp()

    def sipp(self, steps, *arguments, port=None) -> SIPp:
        process = SIPp(steps, *arguments, port=port)
        self.addCleanup(process.close)
        return process

    def both(self, destination: list[str], caller: list[str], calls: int = 1,
             rate: int = 10, earlier: int = 0) -> list[dict]:
        """Runs both scenarios to their ends, and checks the books, with the earlier calls in them."""
        self.destination.close()
        count = ["-m", str(calls)]
        uas = self.sipp(destination, *count, port=self.destination.port)
        uac = self.sipp(caller, f"127.0.0.1:{self.gateway.sip[1]}", "-s", "1234", "-r",
                        str(rate), *count)
        self.assertEqual(uac.wait(), 0, uac.errors())
        self.assertEqual(uas.wait(), 0, uas.errors())
        return self.books(earlier + calls)[earlier:]

    ringing = [receive("INVITE"), send(response(180, "Ringing"), False)]
    answering = ringing + [
        send(response(183, "Session Progress", SDP), False), send(response(200, "OK", SDP)),
        receive("ACK")]
    ended = [receive("BYE"), send(
        "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n"
        "Content-Length: 0\n", False)]
    hang_up = [send(request("BYE", 3)), receive("200")]


class Digest(SIPpCase):
    auth = "basic"

    def test_calls(self):
        records = self.both(
            self.answering + self.ended,
            digest() + TRYING + [receive("200", rrs="true"), ack(2)] + self.hang_up,
            calls=20, rate=40)
        self.assertEqual({record["result"] for record in records}, {"answered"})
        self.assertEqual({record["ended_by"] for record in records}, {"caller"})

    def test_wrong_password(self):
        uac = self.sipp(digest("guess") + [receive("403"), ack(2, 2)],
                        f"127.0.0.1:{self.gateway.sip[1]}", "-s", "1", "-m", "1")
        self.assertEqual(uac.wait(), 0, uac.errors())
        self.assertEqual(self.books()[0]["refusal_reason"], "wrong_password")


class Address(SIPpCase):
    def test_destination_hangs_up(self):
        bye = ("BYE [next_url] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n"
               "From: [$to]\nTo: [$from]\n[last_Call-ID:]\nCSeq: 1 BYE\nMax-Forwards: 70\n"
               "Content-Length: 0\n")
        keep = ('<recv request="INVITE" rrs="true"><action>'
                '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
                "</action></recv>")
        remember = ('<recv request="ACK"><action>'
                    '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
                    "</action></recv>")
        records = self.both(
            [keep, send(response(200, "OK", SDP)), remember, send(bye), receive("200")],
            [invite(1)] + TRYING + [receive("200", rrs="true"), ack(1)] + self.ended)
        self.assertEqual(records[0]["ended_by"], "destination")

    def test_cancel(self):
        records = self.both(
            self.ringing + [
                receive("CANCEL"),
                send("SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n"
                     "[last_CSeq:]\nContent-Length: 0\n", False),
                send("SIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n"
                     "[last_To:];tag=[pid]s[call_number]\n[last_Call-ID:]\nCSeq: 1 INVITE\n"
                     "Content-Length: 0\n"), receive("ACK")],
            [invite(1), receive("100", optional="true"), receive("180"),
             send(request("CANCEL", 1, URI, TO, branch="[branch-3]")), receive("200"),
             receive("487"), ack(1, 6)])
        self.assertEqual(records[0]["result"], "cancelled")

    def test_refusals(self):
        cases = [(status, rings) for status in (404, 486, 603) for rings in (False, True)]
        for earlier, (status, rings) in enumerate(cases):
            with self.subTest(status=status, rings=rings):
                first = self.ringing if rings else [receive("INVITE")]
                refusal = response(status, "Its Own Words", extra="Reason: Q.850;cause=21\n")
                record = self.both(
                    first + [send(refusal), receive("ACK")],
                    [invite(1)] + TRYING + [receive(str(status)), ack(1, 5)], earlier=earlier)[0]
                self.assertEqual((record["sip_status"], record["sip_phrase"]),
                                 (status, "Its Own Words"))
                self.assertEqual(record["destination_reason"], "Q.850;cause=21")


if __name__ == "__main__":
    unittest.main()
