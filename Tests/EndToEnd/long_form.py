"""How long the fault tests run, and the luck they run with.

In `make test` each is a sample of seconds; `make fault-tests` (FAULTS=all) runs them in full. The seed is
printed, and SEED=... runs the same again.
"""

import os
import random
import sys

IS_LONG = os.environ.get("FAULTS") == "all"


def seed(name: str) -> int:
    """A seed for one test, printed so that a failure can be repeated."""
    value = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"[{name}: SEED={value}] ", end="", file=sys.stderr, flush=True)
    return value
