"""Counts in words: "1 video", "2,804 videos"."""

from __future__ import annotations


def several(n: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> several(1, "video"), several(2804, "video"), several(0, "query", "queries")
    ('1 video', '2,804 videos', '0 queries')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
