"""A simulated population whose truth is known: agreement and passing both depend on how easy a video is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossoracle.agreement.ratings import Ratings
from crossoracle.analysis.selection.population import Population
from tests.handmade import rate


def population(
    videos: int = 600,
    seed: int = 0,
    *,
    told: bool = True,
    oracles: int = 2,
    easy: float = 0.5,
    follow: tuple[float, float] = (0.85, 0.28),
    pass_: tuple[float, float] = (0.9, 0.35),
    per_cluster: int = 1,
) -> Population:
    """Return videos that are easy or hard; on easy ones oracles agree more, and pass more often.

    An oracle keeps what is really important with probability ``follow`` (easy, hard), and else tosses a coin,
    so that kappa is follow squared: 0.40 over all videos, by default. ``told`` is whether the label says how
    easy a video is; otherwise labels say nothing.
    """
    rng = np.random.default_rng(seed)
    is_easy = rng.random(videos) < easy
    if per_cluster > 1:
        is_easy = np.repeat(is_easy[: -(-videos // per_cluster)], per_cluster)[:videos]
    length = rng.integers(8, 13, videos)
    of = np.repeat(is_easy, length)
    important = rng.random(len(of)) < 0.5
    follows = rng.random((oracles, len(of))) < np.where(of, *follow)
    kept = np.where(follows, important, rng.random((oracles, len(of))) < 0.5)
    passes = rng.random((videos, oracles)) < np.where(is_easy, *pass_)[:, None]
    ratings = rate(
        kept.astype(float), length, kept=kept.astype(int), cluster=np.arange(videos) // per_cluster
    )
    told_by = is_easy if told else rng.random(videos) < 0.5
    label = np.where(told_by, "easy", "hard").astype(object)
    return Population(replace(ratings, label=label), passes, {"segments": length.astype(float)})


def kappa(ratings: Ratings, a: int = 0, b: int = 1, weight: np.ndarray | None = None) -> float:
    """Return Cohen's kappa of two oracles by a plain loop over segments; ``weight`` is by video."""
    table = np.zeros((2, 2))
    for v in range(ratings.videos):
        w = 1.0 if weight is None else weight[v]
        for t in range(ratings.offset[v], ratings.offset[v + 1]):
            if ratings.kept[a, t] >= 0 and ratings.kept[b, t] >= 0:
                table[ratings.kept[a, t], ratings.kept[b, t]] += w
    n = table.sum()
    observed = (table[0, 0] + table[1, 1]) / n
    expected = (table.sum(axis=1) * table.sum(axis=0)).sum() / n**2
    return float((observed - expected) / (1 - expected))
