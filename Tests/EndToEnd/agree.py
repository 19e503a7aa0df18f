"""What must hold after every call: records, log and what the peers saw are one story."""

from __future__ import annotations

from collections import defaultdict

from gateway import Gateway


def check(gateway: Gateway, calls: int) -> list[dict]:
    """Waits for that many records, holds them against the log, and returns them."""
    records = gateway.wait_cdrs(calls)
    last = max(record["last_event"] for record in records)

    def durable():
        # Other processes see the log up to its durable mark, which follows within 100 ms.
        events = gateway.events()
        return events if events and events[-1]["number"] >= last else None
    events = gateway.wait_until(durable, f"event {last} in the log")
    numbers = [event["number"] for event in events]
    assert numbers == list(range(1, len(events) + 1)), "event numbers have a gap"
    assert [record["cdr_number"] for record in records] == list(range(1, calls + 1)), records
    streams = defaultdict(list)
    for event in events:
        streams[event["stream"]].append(event)
    for record in records:
        own = streams[record["call_id"]]
        assert own[0]["number"] == record["first_event"], record
        assert record["last_event"] in [event["number"] for event in own], record
        ends = [e for e in own if e["type"] in ("call_ended", "call_refused")]
        assert len(ends) == 1, f"a call ends once: {[e['type'] for e in own]}"
        assert ends[0]["event"]["cdr_number"] == record["cdr_number"]
        finals = [e["event"]["status"] for e in own if e["type"] == "response_sent"
                  and e["event"]["leg"] == "caller" and e["event"]["method"] == "INVITE"
                  and e["event"]["status"] >= 200 and e["event"]["status"] != 407
                  and e["event"]["cseq"] == own[0]["event"]["cseq"]]
        assert finals == [record["sip_status"]], (finals, record["sip_status"])
    secrets = [e for e in events if "HA1" in str(e)]
    assert not secrets
    for check in (["log", "verify"], ["check"]):
        done = gateway.run(*check)
        assert done.returncode == 0, done.stdout + done.stderr
    return records
