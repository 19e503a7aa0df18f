"""The log run again by `trunkline replay --check`: all of it, a call, a time."""

import json
import re

from replay_case import ReplayCase


class Check(ReplayCase):
    def check(self, *arguments: str, status: int = 0) -> str:
        done = self.gateway.run("replay", *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def decisions(self, *arguments: str) -> int:
        said = self.check("--check", *arguments)
        return int(re.fullmatch(r"(\d+) decisions on \d+ inputs, no difference\n", said)[1])

    def test_over_a_restart(self):
        call = self.talk()["call_id"]
        before = self.decisions()
        self.gateway.kill()
        self.gateway.start()
        self.refused(password="wrong")
        self.books(2)
        self.assertGreater(self.decisions(), before + 3)
        # A call is run from the last start before it, and not further than its end.
        self.assertLessEqual(self.decisions(call), before)
        self.assertEqual(self.decisions("--to", "2020-01-01"), 0)
        self.assertEqual(json.loads(self.check("--check", "--json")), [])

    def test_what_makes_no_sense_is_refused(self):
        self.check(status=2)
        self.check("--from", "2020-01-01", status=2)
        self.check("--check", "--from", "soon", status=2)
        self.check("--check", "some-call", "--from", "2020-01-01", status=2)
        self.assertIn("there is no call", self.check("--check", "some-call", status=1))
