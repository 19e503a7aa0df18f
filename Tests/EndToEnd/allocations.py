"""How often threads of a process ask for memory: the test's side of allocations.c."""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
from pathlib import Path

from preload import compiled

COUNTER = struct.Struct("<QQ")
SIZE = 256 * COUNTER.size


class Allocations:
    """The counters of one process."""

    def __init__(self):
        handle, self.path = tempfile.mkstemp(prefix="trunkline-allocations-")
        os.ftruncate(handle, SIZE)
        self.shared = mmap.mmap(handle, SIZE)
        os.close(handle)
        self.variables = {"LD_PRELOAD": compiled("allocations"), "ALLOCATIONS": self.path}

    def of(self, pid: int, thread: str) -> int:
        """All requests so far of the threads of that name."""
        total = 0
        for number, requests in COUNTER.iter_unpack(self.shared[:]):
            name = Path(f"/proc/{pid}/task/{number}/comm")
            if number and name.exists() and name.read_text().strip() == thread:
                total += requests
        return total

    def close(self) -> None:
        self.shared.close()
        os.unlink(self.path)
