"""Limit glibc to two malloc arenas and mmap blocks above 128 KiB.

The answers of a web process are blocks of 100 kB and more, allocated and freed in many threads. By default
glibc gives each thread its own arena, and serves large blocks from the heap once one has been freed. The heap
is fragmented then, and the process grows. Two arenas are enough for threads that hold the GIL in turn; a
block allocated by mmap returns to the system when it is freed.
"""

from __future__ import annotations

import ctypes
import platform

# Of <malloc.h>.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
LARGE_BYTES = 128 * 1024
MAX_ARENAS = 2


def limit_arenas() -> bool:
    """Set the limits for this process and its later forks; return True if that was possible.

    Only glibc has these options; with another C library nothing is changed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and libc.mallopt(_M_ARENA_MAX, MAX_ARENAS))
