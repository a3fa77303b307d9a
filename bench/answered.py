"""The published process that answers of recognizers are drawn from in the coverage study of `compare`.

A question has a hardness under each condition, uniform on (0, 1), and is answered rightly where that is below
the condition's rate: so the rates are the truth. Questions come in clusters (clips of one source). With
probability `SHARED` a question is as hard as its cluster, else it has a hardness of its own; a cluster is as
hard under a condition as under all others with probability 1/2, else it answers anew. So outcomes hang
together within a cluster, differences between conditions too, and McNemar's test does not see it.

p_true, which two conditions have, has their rate as its mean: 1 - 2 (1 - rate) hardness, or
2 rate (1 - hardness).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossoracle.analysis.predictions import PREDICTED, Predictions, View
from crossoracle.options import METRICS

CLUSTERS, CLASSES, SHARED = 100, 8, 0.7
SEEN_MORE = 0.1  # a budget@f shows between f and f + this of a video
Key = tuple[str | None, str]  # oracle and condition
Rates = Mapping[Key, float]

ALPHAS = {0.25: 0.55, 0.5: 0.75, 0.75: 0.9}  # how often inverted@alpha of oracle a is right
CROSSING = 0.5
EFFECTS: dict[Key, float] = {
    (None, "full"): 0.8,
    (None, "random@0.25"): 0.4,
    (None, "random@0.5"): 0.6,
    **{(oracle, "led@0"): rate for oracle, rate in {"a": 0.75, "b": 0.7, "c": 0.65}.items()},
    **{(oracle, "inverted@0"): rate for oracle, rate in {"a": 0.35, "b": 0.45, "c": 0.5}.items()},
    **{("a", f"led@{alpha:g}"): 0.75 for alpha in ALPHAS},
    **{("a", f"inverted@{alpha:g}"): rate for alpha, rate in ALPHAS.items()},
    ("a", "bottom"): 0.5,
    ("a", "uniform"): 0.68,
    ("a", "led@0+shuffled"): 0.65,
    ("a", "budget@0.25"): 0.7,
    ("a", "budget@0.5"): 0.8,
    ("a", "threshold@0.3"): 0.72,
    ("a", "threshold@0.6"): 0.66,
}
MEASURED = (("a", "led@0"), ("a", "inverted@0"))  # those that have p_true
NOTHING: dict[Key, float] = dict.fromkeys(EFFECTS, 0.7)  # no condition differs from another


def draw(rates: Rates, each: int, *, rng: np.random.Generator) -> Predictions:
    """Draw the answers to ``each`` questions in every one of `CLUSTERS` clusters."""
    n, keys = CLUSTERS * each, sorted(rates, key=lambda key: (key[0] or "", key[1]))
    values = np.full((len(METRICS), len(keys), n), np.nan)
    kept = np.full((len(keys), n), np.nan)
    source = rng.random(CLUSTERS)
    for i, key in enumerate(keys):
        here = np.where(rng.random(CLUSTERS) < 0.5, source, rng.random(CLUSTERS))
        hard = np.where(rng.random(n) < SHARED, np.repeat(here, each), rng.random(n))
        rate = rates[key]
        values[METRICS.index("top1"), i] = hard < rate
        values[METRICS.index("p_true"), i] = (
            1 - 2 * (1 - rate) * hard if rate > 0.5 else 2 * rate * (1 - hard)
        )
        if key[1].startswith(("budget", "random")):
            kept[i] = float(key[1].split("@")[1]) + rng.uniform(0, SEEN_MORE, n)
    return Predictions(
        datasets=("simulated",),
        dataset=np.zeros(n, dtype=np.int64),
        video_id=np.arange(n).astype(object),
        label=np.array([f"class-{i % CLASSES}" for i in range(n)], dtype=object),
        cluster=np.arange(n) // each,
        duration=np.full(n, np.nan),
        views=tuple(View("recognizer", oracle, "0", condition) for oracle, condition in keys),
        values=values,
        kept=kept,
        state=np.full((len(keys), n), PREDICTED, dtype=np.int8),
    )


def disagreement(each: int, *, rng: np.random.Generator) -> np.ndarray:
    """Return how much oracles disagree on each question: alike within a cluster, and without any effect."""
    n = CLUSTERS * each
    return np.repeat(rng.random(CLUSTERS), each) + 0.3 * rng.random(n)


def area(rates: Rates, order: str) -> float:
    """Return the true area under the curve of an order: trapezoids over the shares shown on average."""
    points = {float(name.split("@")[1]): rate for (_, name), rate in rates.items() if name.startswith(order)}
    seen = sorted(points)
    k = [0.0, *(f + SEEN_MORE / 2 for f in seen), 1.0]
    return float(np.trapezoid([1 / CLASSES, *(points[f] for f in seen), rates[None, "full"]], k))
