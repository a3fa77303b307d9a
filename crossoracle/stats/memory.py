"""A hint to the allocator: keep freed memory.

Resampling makes many arrays of about a megabyte. The C library would hand each back to the system and ask
for it again, and touching fresh pages costs ten times the arithmetic done in them.
"""

from __future__ import annotations

import ctypes
from functools import cache

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # parameters of glibc's mallopt(3)
LARGEST = 32 << 20  # bytes; the largest value that MMAP_THRESHOLD takes


@cache
def keep_freed_memory() -> bool:
    """Ask the C library once to reuse freed memory; return whether it knows how (glibc does)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(MMAP_THRESHOLD, LARGEST) and mallopt(TRIM_THRESHOLD, 1 << 30))
