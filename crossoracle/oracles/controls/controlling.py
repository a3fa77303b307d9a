"""From what oracles said under the controls to the table of controls: means with clustered intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.oracles.controls.control import Shown, area
from crossoracle.results import Interval
from crossoracle.stats.intervals import Jackknife, interval
from crossoracle.stats.resampling import ClusterWeights, weighted_sums

Floats = NDArray[np.float64]
Quantity = tuple[str, str, float | None]  # control, metric, x
Row = dict[str, Any]
KIND = "expanded"


@dataclass(frozen=True)
class Responses:
    """What one run of one oracle said about one video under all controls."""

    dataset: str
    video_id: str
    cluster: str
    shown: tuple[Shown, ...]


def quantities(tested: Responses) -> dict[Quantity, float | None]:
    """Return what is averaged over videos: each P(YES), each YES, the areas, and important minus filler."""
    found: dict[Quantity, float | None] = {}
    for one in tested.shown:
        found[one.control, "p_yes", one.x] = one.p_yes
        if one.x is None:
            said = one.outcome not in (None, "error")  # without a reply, it is not known
            found[one.control, "yes", None] = float(one.outcome == "yes") if said else None
    for curve in ("deletion", "insertion"):
        points = sorted((x, p) for (control, _, x), p in found.items() if control == curve and x is not None)
        found[curve, "area", None] = area([p for _, p in points])
    for metric in ("p_yes", "yes"):
        kept, rest = (found.get((name, metric, None)) for name in ("keep-important", "keep-filler"))
        both = None if kept is None or rest is None else kept - rest
        found["important-minus-filler", metric, None] = both
    return found


def control_rows(
    oracle: str, run: str, tested: Sequence[Responses], *, replicates: int, level: float, seed: int
) -> list[Row]:
    """Return the rows of the controls table for one run of one oracle: pooled, and by dataset.

    A value is the mean over the videos that have one. Clusters are resampled within datasets; the weights
    are the same for every row, so that rows may be compared.
    """
    by_video = [quantities(one) for one in tested]
    names = list(dict.fromkeys(name for one in by_video for name in one))
    values = np.array([[_nan(one.get(name)) for name in names] for one in by_video], dtype=float)
    means = _Means([one.dataset for one in tested], [one.cluster for one in tested], replicates, seed)
    rows = []
    for pool in ("all", *means.datasets):
        for column, (control, metric, x) in enumerate(names):
            found = means.of(values[:, column], pool, level)
            key = {
                "dataset": pool,
                "oracle": oracle,
                "run": run,
                "control": control,
                "metric": metric,
                "x": x,
            }
            rows.append(key | found)
    return rows


class _Means:
    """Means over videos and their intervals, by one set of weights."""

    def __init__(self, datasets: list[str], clusters: list[str], replicates: int, seed: int) -> None:
        self.dataset, self.clusters = np.array(datasets), {}
        self.datasets = sorted(set(datasets))
        self.code = np.zeros(len(datasets), dtype=np.int64)
        for name in self.datasets:
            here = self.dataset == name
            known, self.code[here] = np.unique(np.array(clusters)[here], return_inverse=True)
            self.clusters[name] = len(known)
        self.weights = ClusterWeights(self.clusters, replicates, seed).stored()

    def of(self, values: Floats, pool: str, level: float) -> Row:
        there = np.isfinite(values)
        of_pool = np.ones(len(values), dtype=bool) if pool == "all" else self.dataset == pool
        used = there & of_pool
        strata = [name for name in self.datasets if (used & (self.dataset == name)).any()]
        parts = [_Part(self, name, values, used) for name in strata]
        value = float(values[used].mean()) if used.any() else float("nan")
        found = self._interval(value, parts, level)
        return {
            "value": value,
            "low": found.low,
            "high": found.high,
            "level": level,
            "interval": KIND,
            "n_videos": int(used.sum()),
            "n_clusters": sum(len(part.index) for part in parts),
            "n_left_out": int((of_pool & ~there).sum()),
            "reason": found.reason if used.any() else "no video has a value",
        }

    def _interval(self, value: float, parts: Sequence[_Part], level: float) -> Interval:
        if not parts:
            return Interval(level=level, kind=KIND)
        sums = sum(part.sums() for part in parts)
        with np.errstate(invalid="ignore"):
            replicates = np.asarray(sums)[0] / np.asarray(sums)[1]
        total = np.sum([part.tally.sum(axis=1) for part in parts], axis=0)
        left = np.concatenate([total[:, None] - part.tally for part in parts], axis=1)
        with np.errstate(invalid="ignore"):
            left_out = Jackknife(
                left[0] / left[1], np.repeat(np.arange(len(parts)), [len(part.index) for part in parts])
            )
        return interval(value, replicates, left_out, level, KIND)


class _Part:
    """The sums and counts of one dataset by cluster."""

    def __init__(self, means: _Means, name: str, values: Floats, used: NDArray[np.bool_]) -> None:
        here = used & (means.dataset == name)
        self.name, self.weights = name, means.weights
        self.index, code = np.unique(means.code[here], return_inverse=True)
        self.tally = np.stack([np.bincount(code, values[here]), np.bincount(code).astype(float)])

    def sums(self) -> Floats:
        """Return sum and count under every replicate, (2, replicates)."""
        (found,) = weighted_sums(
            self.weights, self.name, self.index, [self.tally], 0, self.weights.replicates
        )
        return np.asarray(found, dtype=float)


def failure_rows(oracle: str, run: str, asked: str, outcomes: Sequence[tuple[str, str]]) -> Iterator[Row]:
    """Yield the rows of the failures table: how often each outcome came up, pooled and by dataset.

    Parameters
    ----------
    outcomes : sequence of (str, str)
        Dataset and outcome of everything that was asked.
    """
    from crossoracle.tables.catalogue import PRECHECKS

    datasets = sorted({dataset for dataset, _ in outcomes})
    for pool in ("all", *datasets):
        here = [outcome for dataset, outcome in outcomes if pool in ("all", dataset)]
        for outcome in PRECHECKS["outcome"].choices:
            n = here.count(outcome)
            key = {"dataset": pool, "oracle": oracle, "run": run, "asked": asked, "outcome": outcome}
            yield key | {"n": n, "n_asked": len(here), "rate": n / len(here) if here else None}


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
