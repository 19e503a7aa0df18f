"""A disk that fails when it is told to, and a clock that jumps: the test's side of faults.c."""

from __future__ import annotations

import mmap
import os
import struct
import tempfile

from preload import compiled

SYNC, WRITE, ALLOCATE, RENAME = 1, 2, 4, 8
NONE, DELAY, FAIL, SHORT, LOSE = range(5)
FOR_EVER = 0xFFFFFFFF
LAYOUT = struct.Struct("<IIIIIIqq64s")


class Faults:
    """What goes wrong now with the files under one directory."""

    def __init__(self, directory: str):
        handle, self.path = tempfile.mkstemp(prefix="trunkline-faults-")
        os.ftruncate(handle, LAYOUT.size)
        self.shared = mmap.mmap(handle, LAYOUT.size)
        os.close(handle)
        self.variables = {"LD_PRELOAD": compiled("faults"), "FAULTS_CONTROL": self.path,
                          "FAULTS_DIRECTORY": directory}

    def _set(self, effect: int, calls: int = 0, error: int = 0, milliseconds: int = 0,
             times: int = FOR_EVER, match: str = "") -> None:
        self.shared[:4] = struct.pack("<I", NONE)
        self.shared[4:24] = struct.pack("<IIIII", calls, error, milliseconds, times, 0)
        self.shared[40:104] = match.encode().ljust(64, b"\0")
        self.shared[:4] = struct.pack("<I", effect)

    def delay(self, calls: int, milliseconds: int, match: str = "") -> None:
        """Each such call takes that much longer, until `clear`."""
        self._set(DELAY, calls, milliseconds=milliseconds, match=match)

    def fail(self, calls: int, error: int, times: int = FOR_EVER, match: str = "") -> None:
        self._set(FAIL, calls, error, times=times, match=match)

    def lose(self, error: int, match: str = "") -> None:
        """The next sync fails, and what it should have written is not there afterwards."""
        self._set(LOSE, SYNC, error, times=1, match=match)

    def shorten(self, match: str = "") -> None:
        """Every write takes only a part of its bytes."""
        self._set(SHORT, WRITE, match=match)

    def clear(self) -> None:
        self._set(NONE)

    @property
    def hits(self) -> int:
        """How often the present fault has struck."""
        return struct.unpack("<I", self.shared[20:24])[0]

    def shift_clock(self, seconds: float) -> None:
        """The wall clock is off by so much from now on."""
        self.shared[24:40] = struct.pack("<qq", int(seconds * 1_000_000_000), 0)

    def freeze_clock(self, nanoseconds: int) -> None:
        """The wall clock stands still at a time since 1970."""
        self.shared[32:40] = struct.pack("<q", nanoseconds)

    def close(self) -> None:
        self.shared.close()
        os.unlink(self.path)
