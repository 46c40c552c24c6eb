"""Large answers come from the system and go back to it, so that they leave no holes."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

COUNT_LARGE_BLOCKS = """
import ctypes
class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in "arena ordblks smblks hblks hblkhd a b c d e".split()]
mallinfo = ctypes.CDLL(None).mallinfo
mallinfo.restype = Mallinfo
{tame}
freed = bytes(2**21)
del freed
before = mallinfo().hblks
block = bytes(300_000)
print(mallinfo().hblks - before)
"""
TAME = "from demetra_dash.malloc import limit_arenas; assert limit_arenas()"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
@pytest.mark.parametrize(("tame", "from_system"), [("", 0), (TAME, 1)])
def test_large_blocks_come_from_the_system_once_it_is_told_so(tame: str, from_system: int) -> None:
    code = COUNT_LARGE_BLOCKS.format(tame=tame)

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(told.stdout) == from_system
