"""Sweeps: conditions that differ in their parameter alone, such as led@0, led@0.1, ..., in order.

Several seeds of one parameter (``random@0.3#1``, ``random@0.3#2``) are one point of a sweep: their mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crossoracle.errors import UnknownNameError
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.condition import Condition

FULL = "full"
ORDERS = ("budget", "anti", "random", "motion", "temporal", "uniform")  # whole segments up to a share
ENDS = dict.fromkeys(("led", "inverted", *ORDERS), 1.0)  # the parameter at which it is the whole video
LEAST = 2  # parameters that make a curve
Sweep = dict[float, tuple[str, ...]]  # parameter -> the conditions that have it


def parsed(name: str) -> Condition | None:
    """Return a condition of the catalogue, or None for one that came from elsewhere."""
    try:
        return parse(name)
    except UnknownNameError:
        return None


def swept(conditions: Iterable[str], word: str) -> Sweep:
    """Return the conditions of one form by their parameter, in order; shuffled ones are not among them.

    Examples
    --------
    >>> swept(["random@0.5#1", "full", "random@0.2", "random@0.5#2"], "random")
    {0.2: ('random@0.2',), 0.5: ('random@0.5#1', 'random@0.5#2')}
    """
    found: dict[float, list[str]] = {}
    for name in conditions:
        known = parsed(name)
        if (
            known is not None
            and known.form.word == word
            and known.parameter is not None
            and not known.shuffled
        ):
            found.setdefault(known.parameter, []).append(name)
    return {x: tuple(sorted(found[x])) for x in sorted(found)}


def inner(sweep: Sweep) -> list[float]:
    """Return the parameters between 0 and 1."""
    return [x for x in sweep if 0 < x < 1]


def shared(conditions: Sequence[str], a: str, b: str) -> list[float]:
    """Return the shares strictly between 0 and 1 that two orders of segments both have."""
    other = swept(conditions, b)
    return [x for x in inner(swept(conditions, a)) if x in other]
