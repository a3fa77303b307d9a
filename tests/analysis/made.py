"""Predictions made by hand or at random, without tables; and slow definitions of what is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from crossoracle.analysis.predictions import FAILED, MISSING, PREDICTED, Predictions, View
from crossoracle.analysis.rows import Contrasted
from crossoracle.analysis.run import Comparisons, compare
from crossoracle.options import CompareOptions
from crossoracle.stats.resampling import GivenWeights

FAIL = -1.0  # an outcome that failed
NAN = float("nan")  # an outcome that is missing
Outcomes = Mapping[tuple[str | None, str], Sequence[float]]  # (oracle, condition) -> one outcome per video


def predictions(
    outcomes: Outcomes,
    *,
    p_true: Outcomes | None = None,
    top5: Outcomes | None = None,
    dataset: Sequence[str] | None = None,
    cluster: Sequence[object] | None = None,
    recognizer: str | None = "r",
    run: str = "0",
    **columns: Any,
) -> Predictions:
    """Return predictions: 1 right, 0 wrong, FAIL failed, NaN missing; ``dataset`` must be sorted."""
    n = len(next(iter(outcomes.values())))
    names, of = np.unique(np.array(dataset or ["d"] * n, dtype=str), return_inverse=True)
    raw = np.arange(n) if cluster is None else np.asarray(cluster)
    position = np.zeros(n, dtype=np.int64)
    for d in range(len(names)):
        position[of == d] = np.unique(raw[of == d], return_inverse=True)[1]
    keys = sorted(outcomes, key=lambda key: (key[0] or "", key[1]))
    raw_values = np.array([outcomes[key] for key in keys], dtype=float)
    state = np.where(np.isnan(raw_values), MISSING, np.where(raw_values == FAIL, FAILED, PREDICTED))
    values = np.full((3, len(keys), n), np.nan)
    for m, table in enumerate((outcomes, top5, p_true)):
        for i, key in enumerate(keys):
            if table is not None and key in table:
                values[m, i] = np.where(state[i] == PREDICTED, np.asarray(table[key], dtype=float), np.nan)
    known = {
        "label": np.array([None] * n, dtype=object),
        "duration": np.full(n, np.nan),
        "kept": np.full((len(keys), n), np.nan),
    }
    return Predictions(
        datasets=tuple(map(str, names)),
        dataset=of.astype(np.int64),
        video_id=np.array([f"v{i:05}" for i in range(n)], dtype=object),
        cluster=position,
        views=tuple(View(recognizer, oracle, run, condition) for oracle, condition in keys),
        values=values,
        state=state.astype(np.int8),
        **known | columns,
    )


def random_outcomes(
    conditions: Sequence[tuple[str | None, str]], videos: int, seed: int = 0, lost: float = 0.0
) -> dict[tuple[str | None, str], np.ndarray]:
    """Return outcomes of videos that differ in difficulty, some of them failed or missing."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(0.7, 1.2, size=videos)
    found = {}
    for key in conditions:
        right = (rng.random(videos) < 1 / (1 + np.exp(-ability - rng.normal(0, 0.4)))).astype(float)
        gone = rng.random(videos)
        found[key] = np.where(gone < lost / 2, FAIL, np.where(gone < lost, NAN, right))
    return found


def weights_of(p: Predictions, replicates: int, seed: int = 5) -> GivenWeights:
    """Return multinomial weights of every dataset, drawn plainly."""
    rng = np.random.default_rng(seed)
    return GivenWeights(
        {
            name: rng.multinomial(n, np.full(n, 1 / n), size=replicates).astype(np.int32)
            for name, n in p.clusters.items()
        }
    )


def compared(
    p: Predictions, *contrasts: str, weights: GivenWeights | None = None, **options: Any
) -> Comparisons:
    """Compare with few replicates, unless weights are given."""
    options = {"replicates": 199, "threads": 1} | options
    return compare(p, CompareOptions(contrasts=contrasts, **options), weights=weights)


def only(found: Comparisons, **columns: Any) -> Contrasted:
    """Return the one difference with these values."""
    (row,) = found.differences.select(**{"dataset": "all", "stratum": None} | columns)
    return row


def resample(p: Predictions, weights: GivenWeights, replicate: int) -> list[int]:
    """Return the videos of one replicate, each as often as its cluster was drawn."""
    drawn: list[int] = []
    for i in range(p.videos):
        times = weights.matrices[p.datasets[p.dataset[i]]][replicate, p.cluster[i]]
        drawn += [i] * int(times)
    return drawn


def replicates(p: Predictions, weights: GivenWeights, statistic: Callable[[list[int]], float]) -> np.ndarray:
    """Return a statistic of the videos of every replicate, one after the other."""
    return np.array([statistic(resample(p, weights, b)) for b in range(weights.replicates)])
