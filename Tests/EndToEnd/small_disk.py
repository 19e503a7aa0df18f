"""A real filesystem of a few mebibytes, to be filled to its last byte."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise unittest.SkipTest(f"{' '.join(command)}: {done.stderr.strip()}")


class SmallDisk:
    """Mounted while it is open. Skips the test where that is not allowed."""

    def __init__(self, kind: str, mebibytes: int):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root to mount a small filesystem")
        self.folder = tempfile.mkdtemp(prefix="trunkline-disk-")
        self.place = os.path.join(self.folder, "disk")
        self.data = os.path.join(self.place, "data")
        os.mkdir(self.place)
        self.is_mounted = False
        try:
            if kind == "tmpfs":
                run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", self.place)
            else:
                image = os.path.join(self.folder, "image")
                with open(image, "wb") as file:
                    file.truncate(mebibytes << 20)
                run("mkfs.ext4", "-q", "-m", "0", image)
                run("mount", "-o", "loop", image, self.place)
            self.is_mounted = True
            os.mkdir(self.data)
        except BaseException:
            self.close()
            raise

    @property
    def filler(self) -> Path:
        return Path(self.place, "filler")

    def free_bytes(self) -> int:
        status = os.statvfs(self.place)
        return status.f_bavail * status.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Writes until that many bytes are left, or with 0 until the last one is taken."""
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 16, 1 << 12, 1 << 9, 1):
                try:
                    while not leave or self.free_bytes() - leave > size:
                        file.write(os.urandom(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def free(self) -> None:
        self.filler.unlink(missing_ok=True)

    def close(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "-l", self.place], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
