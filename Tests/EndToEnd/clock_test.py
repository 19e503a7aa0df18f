"""The wall clock goes back an hour, on ten years, or stands still. Order and durations do not follow it."""

import time
import unittest

import long_form
from fault_case import FaultCase

HOUR, TEN_YEARS = 3_600, 10 * 365 * 86_400


class Clock(FaultCase):
    def check(self, calls: int) -> list[dict]:
        """Numbers are the order, and no stamp is before the one of the event before it."""
        records = self.books(calls)
        stamps = [event["at"] for event in self.gateway.events()]
        self.assertEqual(stamps, sorted(stamps))
        for record in records:
            self.assertLessEqual(record["invite_at"], record["ended_at"])
        self.ledger.check()
        return records

    def talk(self, change) -> dict:
        """A call of a second with something in its middle."""
        calls = len(self.gateway.cdrs())
        invite, _, ok = self.answered()
        began = time.monotonic()
        time.sleep(0.3)
        change()
        time.sleep(0.3)
        self.assertEqual(len(self.gateway.unfinished()), 1)
        self.hang_up(invite, ok)
        took = 1_000 * (time.monotonic() - began)
        record = self.check(calls + 1)[-1]
        self.assertEqual((record["cause"], record["ended_by"]), ("hangup", "caller"))
        self.assertAlmostEqual(record["talk_ms"], took, delta=400)
        return record

    def test_jumps_in_a_call(self):
        for seconds in (-HOUR, TEN_YEARS, 0):
            with self.subTest(seconds=seconds):
                self.talk(lambda: self.faults.shift_clock(seconds))
                # It went on with the clock, and did not come back with it.
                year = int(self.gateway.events()[-1]["at"][:4]) - time.gmtime().tm_year
                self.assertEqual(year > 5, seconds != -HOUR)

    def test_clock_stands_still(self):
        self.talk(lambda: self.faults.freeze_clock(time.time_ns()))
        self.talk(lambda: None)
        self.faults.shift_clock(0)
        self.talk(lambda: None)

    def test_start_with_the_clock_elsewhere(self):
        for seconds in (-HOUR, TEN_YEARS, 0) if long_form.IS_LONG else (TEN_YEARS, 0):
            with self.subTest(seconds=seconds):
                def restart():
                    self.gateway.kill()
                    self.faults.shift_clock(seconds)
                    self.gateway.start()
                self.assertTrue(self.talk(restart)["recovered"])
                self.talk(lambda: None)
        self.ledger.close()

    def test_credentials_after_a_jump(self):
        self.gateway.cli("trunk", "create", "--domain", "beta", "--auth", "basic",
                         "--username", "beta", "--password", "s3cret")
        for seconds in (TEN_YEARS, -HOUR):
            with self.subTest(seconds=seconds):
                self.faults.shift_clock(seconds)
                again = self.caller.authorised(
                    self.invite(number="9", label="beta"), "beta", "s3cret")
                final = self.caller.wait_final(again)
                self.caller.acknowledge(again, final)
                self.assertEqual(final.status, 486)

    def test_marks_are_written_after_a_jump(self):
        self.faults.shift_clock(-HOUR)
        self.attempt()
        # Other processes see an event only below the mark.
        self.ledger.check()


if __name__ == "__main__":
    unittest.main()
