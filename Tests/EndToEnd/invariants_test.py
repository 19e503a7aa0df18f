"""The rules that no call may break, as `trunkline check` and the metric tell them."""

import json

from case import GatewayCase

LATER = "2100-01-01"


class Invariants(GatewayCase):
    def broken(self, *arguments: str) -> list[tuple[str, str]]:
        """Rule and call of each violation; the exit status must fit."""
        done = self.gateway.run("check", "--json", *arguments)
        found = json.loads(done.stdout)
        self.assertEqual(done.returncode, 3 if found else 0, done.stderr)
        return [(one["rule"], one["call"]) for one in found]

    def figures(self) -> dict[str, str]:
        lines = [line.split(" ") for line in self.gateway.metrics().splitlines()
                 if line.startswith("trunkline_invariant_violations{")]
        return {name: value for name, value in lines}

    def test_what_is_waited_for_is_broken_when_it_does_not_come(self):
        invite, _, ok = self.answered()
        call = self.gateway.wait_until(self.gateway.unfinished, "the call")[0]["call_id"]
        self.assertEqual(self.broken(), [])
        self.assertEqual(self.broken("--at", LATER), [("stuck_call", call)])
        self.assertEqual(self.broken("--at", LATER, "--from", LATER), [])
        said = self.gateway.run("check", "--at", LATER).stdout
        self.assertIn("the call goes on past its ring time or its maximum duration", said)
        self.assertIn("what to do about stuck_call: see with `trunkline replay CALL`", said)
        # After a start the same is waited for.
        self.gateway.kill()
        self.assertEqual(self.broken("--at", LATER), [("stuck_call", call)])
        self.gateway.start()
        self.assertEqual(self.broken("--at", LATER), [("stuck_call", call)])
        self.hang_up(invite, ok)
        self.books()
        self.gateway.wait_until(lambda: not self.broken("--at", LATER), "the end of all waiting")
        self.assertIn("no rule is broken, up to event", self.gateway.run("check").stdout)

    def test_a_call_in_progress_may_outlive_its_trunk(self):
        invite, _, ok = self.answered()
        trunk = self.gateway.cli("trunk", "list")[0]["id"]
        self.gateway.cli("trunk", "delete", trunk)
        self.hang_up(invite, ok)
        self.books()
        self.gateway.wait_until(lambda: not self.broken("--at", LATER), "the end of all waiting")

    def test_the_metric_has_every_rule(self):
        self.assertEqual(
            self.figures(),
            {f'trunkline_invariant_violations{{rule="{rule}"}}': "0" for rule in (
                "stuck_call", "leg_without_peer", "answer_without_media", "record_without_end",
                "call_on_deleted_trunk")})

    def test_the_tables_agree_with_the_log_on_them(self):
        self.answered()
        done = self.gateway.run("projections", "check", "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
