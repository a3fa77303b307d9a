"""Means over run pairs: how much an arm agrees with itself, and with another.

    A(x, x') = sum over r < s of m_r m_s A_rs / sum over r < s of m_r m_s
    A(x, y)  = sum over r, s of m_r n_s A_rs / sum over r, s of m_r n_s

with all multiplicities 1 on the data. By default only videos are resampled, and the runs are those that there
are. Two-way, runs are a sample too: m and n are the counts of a draw of the runs of each arm with
replacement, independent of the videos (the pigeonhole bootstrap). A run that is drawn twice makes its pairs
count twice; its copies are never compared with each other, since that agreement would be 1 by construction.
Draws of a single run say nothing of pairs and are drawn anew.

In simulated studies of 40 videos with 4 and 3 runs, worse by exactly the margin, "non-inferior" was claimed
in 5-7 % where the noise of runs is particular to videos (two-way 1-2 %), but in 22-31 % where runs were
better or worse throughout (two-way 2-10 %: so few runs say little of how runs differ).

References
----------
Owen (2007), *Ann. Appl. Statist.* 1:386-411 (the pigeonhole bootstrap overstates the variance of what is
particular to a run on a video, and so is cautious); Davison & Hinkley (1997), section 3.8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Floats
from crossoracle.analysis.floors.arm import Arm, run_pairs
from crossoracle.analysis.floors.sampling import Pairs
from crossoracle.errors import InputError
from crossoracle.results import NAN
from crossoracle.sampling.drawing import stream
from crossoracle.stats.intervals import Jackknife

FEWEST_TWO_WAY = 3  # two runs have one pair, and no draw of them has another
Raters = Mapping[str, tuple[int, ...]]
Mask = NDArray[np.bool_]
Multiplicities = Mapping[str, Floats]  # arm -> (B, runs)


@dataclass(frozen=True)
class Averaged:
    """A value with its replicates (B,) and left-out values (clusters,), from some pairs of runs.

    ``enters`` (clusters,) marks those that contribute, ``used`` (videos,) those that every pair rests on;
    ``barred`` is why there may be no interval, ``reason`` why there is no value.
    """

    value: float
    replicates: Floats
    left_out: Floats
    enters: Mask
    stratum: NDArray[np.int64]
    used: Mask
    barred: str | None = None
    reason: str | None = None

    @property
    def jackknife(self) -> Jackknife:
        """Left-out values of the clusters that contribute."""
        return Jackknife(self.left_out[self.enters], self.stratum[self.enters])


def average(
    pairs: Pairs, raters: Raters, a: str, b: str, multiplicities: Multiplicities | None = None
) -> Averaged:
    """Return the mean over the run pairs of two arms, or of one arm with itself.

    Undefined when there is no pair, or when a pair is undefined.
    """
    members = list(run_pairs(raters[a], raters[b]))
    if not members:
        return _nothing(pairs, f"arm {a} has one run: nothing was repeated")
    ordered = [(min(pair), max(pair)) for pair in members]
    chosen = [pairs.of[pair] for pair in ordered]
    number = min(len(one.replicates) for one in chosen)  # a pair that is refused has none
    replicates = np.stack([one.replicates[:number] for one in chosen])
    weights = np.full((len(members), 1), 1 / len(members))
    if multiplicities is not None:
        weights = _weights(raters, a, b, members, multiplicities)[:, :number]
    return Averaged(
        float(np.mean([one.value for one in chosen])),
        (weights * replicates).sum(axis=0),
        np.mean([one.left_out for one in chosen], axis=0),
        np.any([one.enters for one in chosen], axis=0),
        chosen[0].stratum,
        np.all([one.used > 0 for one in chosen], axis=0),
        next((pairs.barred[pair] for pair in ordered if pair in pairs.barred), None),
        next((one.reason for one in chosen if one.reason), None),
    )


def _nothing(pairs: Pairs, why: str) -> Averaged:
    one = next(iter(pairs.of.values()))
    none, left = np.full(len(one.replicates), np.nan), np.full(len(one.stratum), np.nan)
    return Averaged(NAN, none, left, one.enters, one.stratum, one.used > 0, reason=why)


def _weights(
    raters: Raters, a: str, b: str, members: Sequence[tuple[int, int]], multiplicities: Multiplicities
) -> Floats:
    """Return the weights (pairs, B) of run pairs, which sum to 1 in every replicate."""
    at = {name: {rater: i for i, rater in enumerate(raters[name])} for name in (a, b)}
    m, n = multiplicities[a], multiplicities[b]
    products = np.stack([m[:, at[a][x]] * n[:, at[b][y]] for x, y in members])
    return np.asarray(products / products.sum(axis=0))


def draw_runs(arms: Sequence[Arm], replicates: int, seed: int) -> dict[str, Floats]:
    """Return how often each run of each arm is drawn, (B, runs); at least two different runs each time.

    Raises
    ------
    InputError
        An arm has too few runs to draw from.
    """
    found = {}
    for arm in arms:
        size = len(arm.members)
        if size < FEWEST_TWO_WAY:
            raise InputError(
                f"--two-way: arm {arm.name} has {size} of the {FEWEST_TWO_WAY} runs that it needs at least; "
                "add runs, or resample videos only"
            )
        rng, drawn = stream(seed, "runs", arm.name, ""), np.empty((replicates, size))
        open_ = np.arange(replicates)
        while len(open_):
            drawn[open_] = rng.multinomial(size, np.full(size, 1 / size), size=len(open_))
            open_ = open_[drawn[open_].max(axis=1) == size]
        found[arm.name] = drawn
    return found


def combined(terms: Sequence[tuple[float, Averaged]], plus: float = 0.0) -> Averaged:
    """Return a sum of averages, each times a factor, plus a constant: replicate by replicate."""
    number, every = min(len(one.replicates) for _, one in terms), [one for _, one in terms]
    return Averaged(
        plus + sum(k * one.value for k, one in terms),
        plus + np.sum([k * one.replicates[:number] for k, one in terms], axis=0),
        plus + np.sum([k * one.left_out for k, one in terms], axis=0),
        np.any([one.enters for one in every], axis=0),
        every[0].stratum,
        np.all([one.used for one in every], axis=0),
        next((one.barred for one in every if one.barred), None),
        next((one.reason for one in every if one.reason), None),
    )


def ceiling(cross: Averaged, one: Averaged, other: Averaged) -> Averaged:
    """Return cross-agreement over the geometric mean of both self-agreements; it may exceed 1.

    Undefined when the product of the self-agreements is not positive.
    """
    made = combined([(1.0, cross), (1.0, one), (1.0, other)])
    number = len(made.replicates)
    parts = [(x.value, x.replicates[:number], x.left_out) for x in (cross, one, other)]
    (value, replicates, left) = (_over(*numbers) for numbers in zip(*parts, strict=True))
    why = made.reason or (None if np.isfinite(value) else "a self-agreement is not above 0")
    return replace(made, value=float(value), replicates=replicates, left_out=left, reason=why)


def _over(cross: Floats | float, one: Floats | float, other: Floats | float) -> Floats:
    product = np.asarray(one) * np.asarray(other)
    return np.asarray(cross / np.sqrt(np.where(product > 0, product, np.nan)))
