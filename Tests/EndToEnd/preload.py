"""Libraries of the tests that are loaded into the gateway's process."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path


@functools.cache
def compiled(name: str) -> str:
    """The path of a library made from the C file of that name; one for all tests of a run."""
    if shutil.which("cc") is None:
        raise unittest.SkipTest("needs a C compiler: apt-get install gcc libc6-dev")
    folder = tempfile.mkdtemp(prefix=f"trunkline-{name}-")
    atexit.register(shutil.rmtree, folder, True)
    path = os.path.join(folder, f"{name}.so")
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", path,
                    str(Path(__file__).with_name(f"{name}.c")), "-ldl", "-pthread"], check=True)
    return path
