"""The C library's memory, told what a web process is like.

Its answers are blocks of a hundred kilobytes and more that come and go in many threads. glibc lets every
thread open a heap of its own, and begins to take large blocks from there as soon as one has been given
back: they leave holes that nobody fills. One heap more than the first is enough for threads that take
turns at Python's lock, and a large block comes from the system and goes back to it.
"""

from __future__ import annotations

import ctypes
import platform

# Of <malloc.h>.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
LARGE_BYTES = 128 * 1024
MAX_ARENAS = 2


def limit_arenas() -> bool:
    """Keep this process and those it forks from then on from growing by holes; True if that was possible.

    Only glibc can be told; other C libraries have other habits.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and libc.mallopt(_M_ARENA_MAX, MAX_ARENAS))
