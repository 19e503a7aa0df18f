"""Syncs that take 50 ms, 600 ms, or for ever: what still works, what is turned away, and when it ends."""

import threading
import time
import unittest

import long_form
from fault_case import FaultCase
from faults import SYNC
from rtp import packet


class Talk(threading.Thread):
    """Sends a packet of sound every 20 ms, and measures the longest silence at the other end."""

    def __init__(self, sender, target, receiver):
        super().__init__(daemon=True)
        self.sender, self.target, self.receiver = sender, target, receiver
        self.arrivals: list[float] = []
        self.is_talking, self.sent = True, 0
        self.start()

    def run(self) -> None:
        begin = time.monotonic()
        while self.is_talking:
            self.sent += 1
            self.sender.socket.sendto(
                packet(self.sent, source=5, payload=bytes(160)), self.target)
            arrived = len(self.receiver.received)
            self.arrivals += [time.monotonic()] * (arrived - len(self.arrivals))
            time.sleep(max(0, begin + 0.02 * self.sent - time.monotonic()))

    def finish(self) -> tuple[int, int, float]:
        """Packets sent and received, and the longest gap in seconds."""
        self.is_talking = False
        self.join()
        arrived = len(self.receiver.wait(self.sent))
        gaps = [after - before for before, after in zip(self.arrivals, self.arrivals[1:])]
        return self.sent, arrived, max(gaps, default=99)


class SlowDisk(FaultCase):
    def setUp(self):
        super().setUp()
        self.needs_metric("trunkline_log_sync")

    def test_50_ms_is_only_reported(self):
        self.faults.delay(SYNC, 50)
        invite, _, ok = self.answered()
        self.hang_up(invite, ok)
        self.assertEqual(self.attempt().status, 486)
        self.gateway.wait_until(
            lambda: any("warning" in line and "sync" in line
                        for line in self.gateway.said().splitlines()), "a warning about slow syncs")
        self.faults.clear()
        self.books(2)
        self.ledger.close()

    def test_600_ms_turns_new_calls_away(self):
        invite, _, ok = self.answered()
        talk = Talk(self.caller_rtp, ok.media, self.destination_rtp)
        time.sleep(0.3)
        self.faults.delay(SYNC, 600)
        self.wait_turned_away()
        began = time.monotonic()
        self.hang_up(invite, ok)
        self.assertLess(time.monotonic() - began, 5)
        self.faults.clear()
        sent, arrived, gap = talk.finish()
        # The BYE ends the relay; until then nothing was lost or late.
        self.assertGreater(arrived, 0.5 * sent)
        self.assertLess(gap, 0.3)
        self.wait_taken()
        self.ledger.close()

    def test_relay_does_not_wait_for_the_log(self):
        _, _, ok = self.answered()
        talk = Talk(self.caller_rtp, ok.media, self.destination_rtp)
        time.sleep(0.3)
        self.faults.delay(SYNC, 600)
        self.wait_turned_away()
        time.sleep(1)
        sent, arrived, gap = talk.finish()
        self.assertEqual(arrived, sent)
        self.assertLess(gap, 0.3)

    def test_hanging_disk_is_a_failed_disk(self):
        for milliseconds in (6_000, 3_600_000) if long_form.IS_LONG else (3_600_000,):
            with self.subTest(milliseconds=milliseconds):
                invite, _, ok = self.answered()
                self.faults.delay(SYNC, milliseconds)
                self.in_dialog("BYE", invite, ok, 2)
                self.assertRegex(self.assert_ends(4, within=7.5), "(?i)disk|sync")
                self.assertGreater(self.lasted, 3)
                self.faults.clear()
                self.ledger.check()
                self.gateway.start()
                bye = self.in_dialog("BYE", invite, ok, 3)
                self.caller.wait_final(bye)
                self.wait_taken()
        self.ledger.close()


if __name__ == "__main__":
    unittest.main()
