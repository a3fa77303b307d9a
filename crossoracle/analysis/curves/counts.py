"""Curves of counts that others published: how many of n videos were right under each condition.

Which videos they were is not known, so nothing is paired: points have binomial intervals (Wilson), and
differences have values alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from crossoracle.analysis.curves.crossing import crossing
from crossoracle.analysis.curves.drawing import GAP
from crossoracle.analysis.curves.rows import Curves, Point
from crossoracle.errors import InputError
from crossoracle.stats.paired import wilson


@dataclass(frozen=True)
class Counted:
    """How many of ``videos`` were ``right`` at one point of a family.

    Raises
    ------
    InputError
        More are right than there are, or fewer than none.
    """

    family: str
    x: float
    right: int
    videos: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.videos:
            of = f"{self.family} at {self.x:g}"
            raise InputError(
                f"{of}: found {self.right} right of {self.videos} videos, expected 0 to all of them"
            )

    @property
    def share(self) -> float:
        """The accuracy; NaN without videos."""
        return self.right / self.videos if self.videos else np.nan


def curves_of_counts(dataset: str, counts: Iterable[Counted], level: float = 0.95) -> Curves:
    """Return the points of published counts with Wilson intervals, families in order of x."""
    rows = []
    for one in sorted(counts, key=lambda count: (count.family, count.x)):
        bounds = wilson(one.right, one.videos, level)
        rows.append(
            Point(
                dataset,
                None,
                None,
                "0",
                one.family,
                one.x,
                "top1",
                f"{one.family}@{one.x:g}",
                value=one.share,
                low=bounds.low,
                high=bounds.high,
                level=level,
                interval="wilson",
                n_videos=one.videos,
                n_clusters=one.videos,
                reason="published counts: which videos were right is not known",
            )
        )
    return Curves(tuple(rows))


def best(counts: Iterable[Counted], family: str) -> Counted:
    """Return the best point of a family, the first of several; what keeps everything is no choice.

    That is t > 0 of thresholds and f < 1 of budgets.

    Raises
    ------
    InputError
        There is no such point.

    Examples
    --------
    >>> best([Counted("budget", 0.3, 8, 10), Counted("budget", 1, 9, 10)], "budget").x
    0.3
    """
    own = sorted((one for one in counts if one.family == family), key=lambda one: one.x)
    choices = [one for one in own if one.x > 0 and (family == "threshold" or one.x < 1)]
    if not choices:
        raise InputError(f"found no {family} to choose from; expected one above 0, and of budgets below 1")
    return max(choices, key=lambda one: one.share)


def gap_of_counts(counts: Sequence[Counted]) -> tuple[dict[float, float], float]:
    """Return led minus inverted at every x that both have, and the x where the gap is 0 (NaN where never)."""
    led, inverted = ({one.x: one for one in counts if one.family == word} for word in ("led", "inverted"))
    gaps = {x: led[x].share - inverted[x].share for x in sorted(led) if x in inverted}
    if len(gaps) < 2:
        raise InputError(f"found {len(gaps)} points of the {GAP}, expected at least two")
    return gaps, float(crossing(list(gaps), np.array(list(gaps.values()))[:, None])[0])
