"""Cochran's Q: whether a recognizer is right equally often under all conditions of an oracle.

It counts every video as a question of its own, so there is none where a cluster holds several: there it
would reject too often. A video enters where it was predicted under every condition. Two conditions are left
to McNemar's test, which the differences carry.

References
----------
Cochran (1950), *Biometrika* 37:256-266.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from crossoracle.analysis.predictions import Group, Predictions
from crossoracle.options import METRICS
from crossoracle.results import Test
from crossoracle.stats.matched import cochran_q

Q = "Cochran's Q"
RIGHT = ("top1", "top5")  # metrics that are right or wrong
LEAST = 3  # conditions


def equal_conditions(p: Predictions, metrics: Sequence[str]) -> Iterator[Test]:
    """Yield a test for every oracle and run, metric and place: all datasets, then each of them."""
    places = range(-1, len(p.datasets)) if len(p.datasets) > 1 else range(1)  # or the same stood there twice
    for group in p.groups:
        if len(group.views) < LEAST or not group.has(list(group.views)):
            continue
        for metric in (name for name in RIGHT if name in p.metrics and (not metrics or name in metrics)):
            yield from (_test(p, group, metric, place) for place in places if _one_each(p, place))


def _one_each(p: Predictions, place: int) -> bool:
    """Return whether every cluster of a place holds one video."""
    here = p.within(place)
    clusters = np.unique(np.stack([p.dataset[here], p.cluster[here]]), axis=1)
    return bool(clusters.shape[1] == len(p.dataset[here]))


def _test(p: Predictions, group: Group, metric: str, place: int) -> Test:
    rows = p.values[METRICS.index(metric), list(group.views.values())][:, p.within(place)]
    both = ~np.isnan(rows).any(axis=0)
    statistic, df, chance = cochran_q(rows[:, both].T == 1)
    dataset = p.datasets[place] if place >= 0 else "all"
    where = "all datasets" if place < 0 else dataset
    named = (metric, where, group.recognizer, f"run {group.run}" if group.run != "0" else None)
    family = f"equality of conditions ({Q}): {', '.join(part for part in named if part)}"
    whose = group.oracle or "no oracle"
    test = f"{whose}: {len(group.views)} conditions, {int(both.sum())} videos"
    return Test(family, test, dataset, statistic, str(df), chance)
