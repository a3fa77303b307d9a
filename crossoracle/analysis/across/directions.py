"""Which way every contrast points for every oracle: whether all agree, and all are significant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crossoracle.analysis.across.rows import Direction, Directions
from crossoracle.analysis.rows import Contrasted

ALONG = ("preservation", "shuffle_damage", "shuffle_damage_difference")  # many of each: no headline


def directions(rows: Sequence[Contrasted], level: float) -> Directions:
    """Return the directions of every headline contrast that at least two oracles have, over all videos.

    Significant is a Holm-adjusted p below 1 - ``level``. What is undefined for an oracle leaves open whether
    all are positive, or significant, unless another oracle says no.
    """
    found: dict[tuple[object, ...], list[Contrasted]] = {}
    for row in rows:
        if row.oracle is not None and row.stratum is None and row.contrast not in ALONG:
            key = (row.contrast, row.dataset, row.recognizer, row.run, row.metric)
            found.setdefault(key, []).append(row)
    several = (some for some in found.values() if len({row.oracle for row in some}) > 1)
    return Directions(tuple(one for some in several for one in _of(some, level)))


def _of(rows: Sequence[Contrasted], level: float) -> Iterator[Direction]:
    signs = [direction(row.value) for row in rows]
    marks = [None if row.p_holm != row.p_holm else row.p_holm < 1 - level for row in rows]
    positive = [None if sign == "undefined" else sign == "positive" for sign in signs]
    for row, sign, mark in zip(rows, signs, marks, strict=True):
        yield Direction(
            row.contrast,
            row.dataset,
            row.recognizer,
            row.run,
            row.metric,
            str(row.oracle),
            row.condition_a,
            row.condition_b,
            row.value,
            row.p_holm,
            sign,
            mark,
            n_oracles=len(rows),
            n_positive=signs.count("positive"),
            n_significant=marks.count(True),
            all_positive=_all(positive),
            all_significant=_all(marks),
        )


def direction(value: float) -> str:
    """Return which way a value points, in a word."""
    if value != value:
        return "undefined"
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def _all(answers: Sequence[bool | None]) -> bool | None:
    """Return whether all are true; None where some are unknown and none is false."""
    return False if False in answers else None if None in answers else True
