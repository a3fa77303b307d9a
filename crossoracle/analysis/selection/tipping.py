"""The tipping point: how low agreement among the videos left out would have to be.

The videos left out are taken to be like the joint ones, except for a share q of their segments in which the
oracles contradict each other (the worst case of `filling`). Tallies add up, so the whole has the tally
T_joint + (1 - q) (m / n) T_joint + q T_worst, n and m what the tally counts in the joint videos and in those
left out: segments, or videos where it is a mean over videos (and q then a share of the videos). The
smallest q that brings the value down to a threshold is the tipping point, and the value among the videos left
out is then that of their part of the sum. By default the threshold is 0, agreement of chance.

References
----------
Yan, Lee & Li (2009), *J. Biopharm. Stat.* 19:1085-1098 (tipping-point analysis of missing data).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Coefficient, StackTally
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Tallied
from crossoracle.agreement.tallying import Row
from crossoracle.analysis.selection.filling import filled
from crossoracle.analysis.selection.population import restricted
from crossoracle.analysis.selection.reweighted import tallied
from crossoracle.results import NAN

Floats = NDArray[np.float64]
STEPS = 60  # of bisection: q to 1e-18
COUNTED = ("videos", "n", "units")  # what tallies call the number of what they sum


@dataclass(frozen=True)
class Tipping:
    """One row of the tipping table, field for column."""

    oracles: str
    statistic: str
    oracle_a: str | None
    oracle_b: str | None
    threshold: float
    value: float
    among_left_out: float = NAN
    contradicting: float = NAN
    whole_at_worst: float = NAN
    n_videos: int = 0
    n_left_out: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class _Sums:
    """Summed tallies of each base row: of the joint videos, and of the others if they contradict."""

    rows: tuple[Row, ...]
    joint: tuple[Floats, ...]
    worst: tuple[Floats, ...]
    ratio: tuple[float, ...]

    def value(self, q: float, *, joint: bool = True) -> float:
        """Return the value of the whole, or of the videos left out alone, where a share q contradicts."""
        found = []
        for row, inside, outside, ratio in zip(self.rows, self.joint, self.worst, self.ratio, strict=True):
            tally, form = row.coefficient.tally, row.coefficient.value
            sums = (float(joint) + (1 - q) * ratio) * inside + q * outside
            if tally is None or form is None:
                return NAN
            with np.errstate(divide="ignore", invalid="ignore"):
                found.append(float(form(tally.view(sums[:, None], None))[0]))
        return float(np.mean(found))


def tipping(
    ratings: Ratings,
    joint: NDArray[np.bool_],
    coefficients: Sequence[Coefficient],
    thresholds: Sequence[float],
    name: str,
) -> list[Tipping]:
    """Return the tipping point of each row of some coefficients, pooled.

    Parameters
    ----------
    ratings : Ratings
        Of a set of oracles, on all videos.
    joint : array, shape (videos,)
        Those that all of them passed.
    name : str
        What the set of oracles is called.

    Returns
    -------
    list of Tipping
        Undefined, with the reason, where the value is, where it is below the threshold already, where even
        contradiction everywhere leaves it above, and for statistics that have no short tally.
    """
    found = []
    for c in coefficients:
        everyone = tuple(range(len(ratings.oracles)))
        for some in combinations(everyone, 2) if c.of == "pair" else [everyone]:
            sums = _sums(restricted(ratings, some, np.ones_like(joint)), joint, c)
            a, b = (ratings.oracles[g] for g in some) if c.of == "pair" else (None, None)
            n, m = int(joint.sum()), int((~joint).sum())
            known = Tipping(name, c.name, a, b, 0.0, NAN, n_videos=n, n_left_out=m)
            found += [_tipped(replace(known, threshold=t), sums) for t in thresholds]
    return found


def _sums(ratings: Ratings, joint: NDArray[np.bool_], c: Coefficient) -> _Sums | None:
    """Return the sums that a coefficient is computed from, or None where its tally is wide."""
    everyone = tuple(range(len(ratings.oracles)))
    inside = tallied(restricted(ratings, everyone, joint), [c])
    outside = tallied(restricted(filled(ratings, ~joint, "worst"), everyone, ~joint), [c])
    rows = [row for row in inside.keys if row.coefficient.name == (c.mean_of or c.name)]
    if not all(isinstance(row.coefficient.tally, StackTally) for row in rows):
        return None
    totals = [[_total(study, row) for row in rows] for study in (inside, outside)]
    counts = [[_number(row, total) for row, total in zip(rows, some, strict=True)] for some in totals]
    ratio = tuple(m / n if n else NAN for n, m in zip(*counts, strict=True))
    return _Sums(tuple(rows), tuple(totals[0]), tuple(totals[1]), ratio)


def _number(row: Row, total: Floats) -> float:
    """Return how many of what a tally counts there are: videos, segments or ratings."""
    view = None if row.coefficient.tally is None else row.coefficient.tally.view(total[:, None], None)
    return next((float(getattr(view, name)[0]) for name in COUNTED if hasattr(view, name)), NAN)


def _total(study: Tallied, row: Row) -> Floats:
    return np.asarray(np.asarray(study.counted[study.keys[row]].columns).sum(axis=1), dtype=float)


def _tipped(known: Tipping, sums: _Sums | None) -> Tipping:
    if sums is None:
        return replace(known, reason="its tally is wide: not worked out")
    nobody = not known.n_videos
    value = NAN if nobody else _joint(sums)
    known = replace(known, value=value)
    if np.isnan(value):
        return replace(
            known, reason="no video is passed by all" if nobody else "undefined on the joint videos"
        )
    if not known.n_left_out:
        return replace(known, reason="every video is passed by all: nothing is left out")
    worst = sums.value(1.0)
    known = replace(known, whole_at_worst=worst)
    if value < known.threshold:
        return replace(known, reason="below the threshold on the joint videos already")
    if np.isnan(worst) or worst >= known.threshold:
        return replace(known, reason="contradiction in every video left out would not bring it down to that")
    low, high = 0.0, 1.0  # the value falls as q grows
    for _ in range(STEPS):
        q = (low + high) / 2
        low, high = (q, high) if sums.value(q) >= known.threshold else (low, q)
    return replace(known, contradicting=high, among_left_out=sums.value(high, joint=False))


def _joint(sums: _Sums) -> float:
    """Return the value of the joint videos alone."""
    return replace(sums, ratio=(0.0,) * len(sums.rows)).value(0.0)
