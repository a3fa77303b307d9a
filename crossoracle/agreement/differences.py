"""Differences between dependent estimates: pairs of pairs, from the same weights.

The interval is of the same kind as that of the estimates, p is the two-sided clustered t-test with the
jackknife standard error of the difference; simultaneous bounds are max-|t| over all differences of one
statistic. Equality of all pairs is Hotelling's T^2 with the joint cluster covariance, Holm-adjusted over the
family of all equality tests of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import isclose
from typing import Any

import numpy as np

from crossoracle.agreement.coefficient import Floats
from crossoracle.agreement.estimation import Sampled
from crossoracle.agreement.summed import Summed
from crossoracle.agreement.tallying import Row
from crossoracle.results import NAN, Difference, Interval, Test, Tests
from crossoracle.stats.equality import equal, jackknife_covariance
from crossoracle.stats.intervals import Jackknife, interval
from crossoracle.stats.multiplicity import holm, simultaneous

FAMILY = "equality of all pairs"
Side = Sampled | Summed  # with left-out values, or with sums of them


def between(
    pairs: Sequence[Side], oracles: Sequence[str], dataset: str, level: float, kind: str
) -> list[Difference]:
    """Return the differences of all pairs of pairs of one statistic in one slice.

    A difference with a side that is undefined, or may have no interval, is undefined too; the simultaneous
    bounds are over the others.
    """
    chosen = list(combinations(pairs, 2))
    known = [(one, two) for one, two in chosen if one.comparable and two.comparable]
    at_once = dict(zip(map(_rows, known), zip(*_simultaneous(known, level), strict=True), strict=True))
    found = []
    for one, two in chosen:
        a1, b1, a2, b2 = (oracles[o] for o in (*one.row.oracles, *two.row.oracles))
        difference = Difference(one.row.coefficient.name, a1, b1, a2, b2, dataset)
        if _rows((one, two)) in at_once:
            value, bounds, p = _contrast(one, two, level, kind)
            low, high = map(float, at_once[_rows((one, two))])
            difference = replace(difference, value=value, low=bounds.low, high=bounds.high, p=p)
            difference = replace(difference, simultaneous_low=low, simultaneous_high=high)
        found.append(difference)
    return found


def _rows(pair: tuple[Side, Side]) -> tuple[Row, Row]:
    return pair[0].row, pair[1].row


def _simultaneous(known: Sequence[tuple[Side, Side]], level: float) -> tuple[Floats, Floats]:
    if not known:
        return np.empty(0), np.empty(0)
    joint = min(len(s.replicates) for pair in known for s in pair)
    values = np.array([one.value - two.value for one, two in known])
    return simultaneous(values, _Replicates(known, joint), level)


@dataclass(frozen=True)
class _Replicates(Sequence[Floats]):
    """The replicates (joint,) of each difference, one at a time: many pairs have very many differences."""

    known: Sequence[tuple[Side, Side]]
    joint: int

    def __len__(self) -> int:
        return len(self.known)

    def __getitem__(self, which: Any) -> Any:
        one, two = self.known[which]
        return one.replicates[: self.joint] - two.replicates[: self.joint]


def _contrast(one: Side, two: Side, level: float, kind: str) -> tuple[float, Interval, float]:
    """Return the difference of two estimates, its interval and its p-value."""
    jackknife = _left_out(one, two)
    joint, value = min(len(one.replicates), len(two.replicates)), one.value - two.value
    replicates = one.replicates[:joint] - two.replicates[:joint]
    return value, interval(value, replicates, jackknife, level, kind), jackknife.p(value)


def _left_out(one: Side, two: Side) -> Jackknife:
    """Return the jackknife of a difference, over the clusters that enter either side."""
    if isinstance(one, Sampled) and isinstance(two, Sampled):
        enters = one.enters | two.enters
        return Jackknife((one.left_out - two.left_out)[enters], one.stratum[enters])
    if isinstance(one, Summed) and isinstance(two, Summed):
        return one.left.between(one.at, two.at)
    raise TypeError("one side has left-out values, and the other sums of them")


def equality(pairs: Sequence[Side], dataset: str) -> Test:
    """Return the test that one statistic is equal for all pairs of oracles that can be compared."""
    name = f"{pairs[0].row.coefficient.name}: Hotelling T2"
    known = [s for s in pairs if s.comparable]
    if len(known) < 2:
        return Test(FAMILY, name, dataset, NAN, "", NAN)
    found = equal(np.array([s.value for s in known]), *_joint(known))
    return Test(FAMILY, name, dataset, found.statistic, f"{found.df[0]}, {found.df[1]}", found.p)


def _joint(known: Sequence[Side]) -> tuple[Floats, int]:
    """Return the joint covariance of estimates (k, k), and as how many clusters of one stratum it counts."""
    if sums := [s for s in known if isinstance(s, Summed)]:
        covariance, free = sums[0].left.covariance([s.at for s in sums])
        return covariance, free + 1
    values = [s for s in known if isinstance(s, Sampled)]
    enters = np.any([s.enters for s in values], axis=0)
    left = np.stack([s.left_out[enters] for s in values])
    stratum = values[0].stratum[enters]
    return jackknife_covariance(left, stratum), int(enters.sum()) - len(np.unique(stratum)) + 1


def adjusted(tests: Sequence[Test]) -> Tests:
    """Return the tests with Holm-adjusted p-values over the whole family.

    A test that repeats another is left out: that of a coefficient under a second name, of one that is an
    affine function of another, or of the only dataset beside the pooled one.
    """
    family: list[Test] = []
    for test in tests:
        if not any(test.df == one.df and isclose(test.statistic, one.statistic) for one in family):
            family.append(test)
    p = holm(np.array([test.p for test in family]))
    return Tests(tuple(replace(t, p_adjusted=float(q)) for t, q in zip(family, p, strict=True)))
