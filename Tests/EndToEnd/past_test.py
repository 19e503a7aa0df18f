"""Questions about what was: steps of a call, tables at a time, where a record comes from, why a call failed."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
import unittest

from gateway import PROGRAM
from replay_case import ReplayCase


class Steps(ReplayCase):
    def open(self, call: str) -> None:
        """`replay --step` on a terminal of its own."""
        self.terminal, other = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        self.addCleanup(os.close, other)
        termios.tcsetwinsize(other, (40, 120))
        self.before = termios.tcgetattr(other)
        self.settings = lambda: termios.tcgetattr(other)
        self.process = subprocess.Popen(
            [PROGRAM, "replay", call, "--step", "--data", self.gateway.data], stdin=other,
            stdout=other, stderr=other, start_new_session=True,
            # Under `nohup` it would be ignored, by what is started as well.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
        self.addCleanup(self.process.kill)

    def screen(self, wanted: str) -> str:
        """What was printed up to and with a text."""
        seen, end = "", time.monotonic() + 5
        while not re.search(wanted, seen):
            self.assertLess(time.monotonic(), end, f"{wanted!r} is not in {seen!r}")
            if select.select([self.terminal], [], [], 0.1)[0]:
                seen += os.read(self.terminal, 65_536).decode()
        return seen

    def press(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def test_forwards_and_back(self):
        self.open(self.talk()["call_id"])
        count = int(re.search(r"step 1 of (\d+)", self.screen(r"step 1 of \d+ [\s\S]*phase: offered")).group(1))
        for keys, step in ((" ", 2), ("\x1b[B", 3), ("j", 4), ("k", 3), ("\x1b[A", 2), ("b", 1),
                           ("G", count), ("\x1b[D", count - 1), ("g", 1), ("\x1b[F", count)):
            self.press(keys)
            self.screen(f"step {step} of {count} ")
        self.press("q")
        self.assertEqual(self.process.wait(5), 0)
        self.assertEqual(self.settings(), self.before)
        self.assertIn("\x1b[?1049l", self.screen(r"\x1b\[\?1049l"))

    def test_signals_give_the_terminal_back(self):
        call = self.talk()["call_id"]
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.open(call)
            self.screen("step 1 of")
            self.assertNotEqual(self.settings(), self.before)
            self.process.send_signal(number)
            self.assertEqual(self.process.wait(5), -number)
            self.assertEqual(self.settings(), self.before)

    def test_control_c_ends_it(self):
        self.open(self.talk()["call_id"])
        self.screen("step 1 of")
        self.press("\x03")
        self.assertEqual(self.process.wait(5), 0)
        self.assertEqual(self.settings(), self.before)

    def test_without_a_terminal_all_is_printed(self):
        text = self.replay(self.talk()["call_id"], "--step")
        self.assertNotIn("\x1b", text)
        self.assertRegex(text, r"phase: calling dest -> ringing[\s\S]*ringing -> answered[\s\S]*ended: hangup")


class TimeTravel(ReplayCase):
    def now(self) -> str:
        time.sleep(0.01)
        at = time.time_ns()
        time.sleep(0.01)
        whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9))
        return f"{whole}.{at % 10**9:09d}Z"

    def test_objects_are_as_they_were(self):
        first = self.now()
        was = self.gateway.cli("trunk", "show", "acme")
        route = self.gateway.cli("route", "list")
        self.gateway.cli("trunk", "replace", "acme", "--name", "Acme Ltd", "--auth", "ip",
                         "--allow-ip", "192.0.2.1")
        second = self.now()
        is_ = self.gateway.cli("trunk", "show", "acme")
        self.gateway.cli("trunk", "delete", "acme")
        self.gateway.cli("route", "delete", route[0]["id"])
        self.assertNotEqual(was, is_)
        self.gateway.stop()
        self.assertEqual(self.gateway.cli("trunk", "show", "acme", "--at", first), was)
        self.assertEqual(self.gateway.cli("trunk", "show", was["id"], "--at", second), is_)
        self.assertEqual(self.gateway.cli("trunk", "list", "--at", first), [was])
        self.assertEqual(self.gateway.cli("route", "list", "--at", second), route)
        done = self.gateway.run("trunk", "show", "acme", "--at", self.now())
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "there is no domain name acme")
        done = self.gateway.run("trunk", "show", "acme", "--at", "yesterday")
        self.assertEqual(done.returncode, 2)

    def test_calls_are_as_they_were(self):
        before = self.now()
        invite = self.authorised()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 180, "Ringing", tag="d")
        self.caller.wait_response(invite, 180)
        ringing = self.now()
        calls = self.gateway.wait_until(
            lambda: self.gateway.cli("call", "list", "--at", ringing), "the ringing call")
        self.assertEqual(calls[0]["answered_at"], None)
        self.destination.respond(received, 486, "Busy Here", tag="d")
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        record = self.books()[0]
        self.gateway.stop()
        self.assertEqual(self.gateway.cli("call", "list", "--at", before), [])
        calls = self.gateway.cli("call", "list", "--at", ringing)
        self.assertEqual([call["call_id"] for call in calls], [record["call_id"]])
        self.assertEqual(self.gateway.cli("call", "list", "--at", self.now()), [])

    def test_a_record_names_what_it_was_decided_on(self):
        record = self.talk()
        trunk = self.gateway.cli("trunk", "show", "acme", "--at", record["invite_at"])
        route = self.gateway.cli("route", "show", record["route_id"], "--at", record["invite_at"])
        carrier = self.gateway.cli("carrier", "show", "dest", "--at", record["invite_at"])
        self.assertEqual((record["trunk_id"], record["trunk_version"]), (trunk["id"], trunk["version"]))
        self.assertEqual(record["route_version"], route["version"])
        self.assertEqual((record["carrier_id"], record["carrier_version"]),
                         (carrier["id"], carrier["version"]))


class Explanations(ReplayCase):
    def test_each_column_has_its_event(self):
        record = self.talk()
        proof = self.gateway.cli("cdr", "explain", str(record["cdr_number"]))
        self.assertEqual({part["column"]: part["value"] for part in proof}, record)
        events = {event["number"]: event for event in self.gateway.events()}
        for part in proof:
            for event in part["events"]:
                self.assertEqual(events[event["number"]]["type"], event["type"])
                self.assertEqual(events[event["number"]]["stream"], record["call_id"])
            if part["proof"]:
                message = events[part["proof"]["event"]]["event"]["message"].encode()
                line = part["proof"]["line"].encode()
                self.assertEqual(message[part["proof"]["offset"]:][:len(line)], line, part)
        named = {part["column"]: part for part in proof}
        self.assertEqual([event["type"] for event in named["talk_ms"]["events"]],
                         ["call_answered", "call_ended"])
        self.assertEqual(named["reason"]["proof"]["line"], "Reason: Q.850;cause=16")
        self.assertIn(record["destination_sip_call_id"],
                      named["destination_sip_call_id"]["proof"]["line"])

    def why(self, name: str) -> str:
        return self.gateway.wait_until(
            lambda: self.gateway.run("call", "why", name).stdout, f"the end of {name}")

    def test_why_a_call_was_refused(self):
        invite = self.refused(password="guess")
        said = self.why(invite.call_id)
        self.assertIn("refused with 403 Forbidden: the password is wrong, as user acme", said)
        self.assertRegex(said, "what to do: .*trunk rotate")
        self.assertEqual(json.loads(self.gateway.run("call", "why", "1", "--json").stdout)["result"],
                         "refused")

    def test_why_no_trunk_was_found(self):
        invite = self.refused(label="nobody")
        self.assertIn("no trunk has that name", self.why(invite.call_id))

    def test_why_there_is_no_record(self):
        invite = self.call()
        self.caller.wait_response(invite, 407)
        self.gateway.wait_until(
            lambda: any(event["type"] == "unauthenticated_counted" for event in self.gateway.events()),
            "the end of the window", 20)
        done = self.gateway.run("call", "why", invite.call_id)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"no call .* is on record[\s\S]*: 1 challenges, 0 refusals")

    def test_why_a_destination_refused(self):
        invite = self.authorised()
        received = self.destination.wait_request("INVITE")
        self.destination.respond(received, 486, "Busy Here", tag="d")
        self.caller.acknowledge(invite, self.caller.wait_final(invite))
        said = self.why(self.books()[0]["call_id"])
        self.assertIn("attempt 1 failed: 486 Busy Here", said)
        self.assertRegex(said, "failed, ended by the destination: the destination refused.*told 486")


if __name__ == "__main__":
    unittest.main()
