"""What an answer says of segments: scores, the important set, phases and reasons.

Two styles are known. In ours ``segment`` and ``important`` count from 0; in published replies ``segment_id``
and ``minimum_sufficient_set`` count from 1. No segment gets a score that the answer does not give it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

NUMBERS = {"segment": 0, "segment_id": 1}
SETS = {"important": 0, "minimum_sufficient_set": 1}
"""The keys of a segment's number and of the important set, and what the first segment is called there."""

NAMED = re.compile(r"(?:[A-Za-z]+[\s_#-]*)?([0-9]{1,9})")
TOP = 100.0
MOST_EXACT = 2**53


@dataclass
class Said:
    """What is said of the segments of a clip, as it is gathered.

    Parameters
    ----------
    n : int
        How many segments the clip has.
    flags : dict
        The flags as keys, in the order in which they came up.
    conflict : str
        What contradicts itself; empty where nothing does.
    """

    n: int
    scores: list[float | None] = field(init=False)
    kept: list[bool | None] = field(init=False)
    phases: list[str | None] = field(init=False)
    reasons: list[str | None] = field(init=False)
    flags: dict[str, None] = field(default_factory=dict)
    conflict: str = ""

    def __post_init__(self) -> None:
        self.scores, self.phases, self.reasons = [None] * self.n, [None] * self.n, [None] * self.n
        self.kept = [None] * self.n

    def flag(self, name: str) -> None:
        """Raise a flag."""
        self.flags[name] = None


def said_of(values: dict[str, Any], n: int) -> Said:
    """Return what an answer says of n segments."""
    said = Said(n)
    items = values.get("segments")
    if not isinstance(items, list) or not items:
        said.flag("no segments")
    else:
        _rate(said, items)
    _keep(said, values)
    if any(score is None for score in said.scores):
        said.flag("missing")
    if disagrees(said.scores, said.kept):
        said.flag("disagrees")
    return said


def disagrees(scores: Iterable[float | None], kept: Iterable[bool | None]) -> bool:
    """Return whether a kept segment scores lower than one that is not kept.

    Examples
    --------
    >>> disagrees([0.9, 0.2], [False, True]), disagrees([0.5, 0.5], [False, True])
    (True, False)
    """
    low, high = math.inf, -math.inf
    for score, flag in zip(scores, kept, strict=True):
        if score is not None and flag is not None:
            low, high = (min(low, score), high) if flag else (low, max(high, score))
    return low < high


def number(value: Any) -> tuple[float | None, bool]:
    """Return a finite number, and whether it was written as text; None for anything else."""
    kind = type(value)
    if kind is int and -MOST_EXACT < value < MOST_EXACT:  # nearly always: imports read millions
        return float(value), False
    if kind not in (int, float, str):
        return None, False
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None, False
    return (found, kind is str) if math.isfinite(found) else (None, False)


def words(value: object) -> str | None:
    """Return a text that any table can hold, or None."""
    if not isinstance(value, str):
        return None
    if not value.isascii() or "\0" in value:
        value = value.replace("\0", "").encode("utf-8", "replace").decode()
    return value.strip() or None


def _rate(said: Said, items: list[Any]) -> None:
    given: dict[int, float] = {}
    seen: set[int] = set()
    for item in items:
        segment = _segment(said, item)
        if segment is None:
            continue
        if segment not in seen:
            said.phases[segment], said.reasons[segment] = words(item.get("phase")), words(item.get("reason"))
        importance = item.get("importance")
        value, text = number(importance)
        if text:
            said.flag("numbers as text")
        if value is None and importance is not None:
            said.flag("unreadable")
        if value is not None and given.setdefault(segment, value) != value:
            said.flag("conflicting")
            said.conflict = f"segment {segment} has importance {given[segment]:g} and {value:g}"
        elif segment in seen:
            said.flag("duplicate")
        seen.add(segment)
    _scale(said, given)


def _scale(said: Said, given: dict[int, float]) -> None:
    for segment, value in given.items():
        said.scores[segment] = min(max(value, 0.0), TOP) / TOP
    if any(not 0 <= value <= TOP for value in given.values()):
        said.flag("clipped")
    if given and max(given.values()) <= 1 and any(0 < value < 1 for value in given.values()):
        said.flag("small scale")


def _segment(said: Said, item: object) -> int | None:
    """Return the segment that an item is about, counted from 0."""
    if isinstance(item, dict):
        for key, first in NUMBERS.items():
            if key in item:
                return _place(said, item[key], first)
    said.flag("unreadable")
    return None


def _place(said: Said, value: object, first: int) -> int | None:
    """Return the segment that a number stands for; the first one is called `first`."""
    if type(value) is int and 0 <= value - first < said.n:
        return value - first
    named = NAMED.fullmatch(value.strip()) if isinstance(value, str) else None
    if named:
        said.flag("string ids")
        value = int(named[1])
    whole, text = number(value)
    if whole is None or text or whole != math.floor(whole):
        said.flag("unreadable")
        return None
    if not 0 <= whole - first < said.n:
        said.flag("unknown segments")
        return None
    return int(whole) - first


def _keep(said: Said, values: dict[str, Any]) -> None:
    key = next((key for key in SETS if key in values), None)
    members = values[key] if key else None
    if not isinstance(members, list):
        said.flag("no important set")
        return
    places = [_place(said, member, SETS[str(key)]) for member in members]
    kept = {place for place in places if place is not None}
    if members and not kept:  # a set of which nothing can be placed is not an empty set
        said.flag("no important set")
        return
    said.kept = [segment in kept for segment in range(said.n)]
