"""Arms made by hand or at random: repeated runs of one oracle, and of another that is as good, or worse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crossoracle.analysis.floors.arm import Arm, Member
from crossoracle.analysis.floors.loading import Repeated
from crossoracle.analysis.floors.rows import Floor, Floors
from crossoracle.analysis.floors.run import floors
from crossoracle.options import FloorOptions
from tests.handmade import rate


def scores_of(
    runs: Mapping[str, int],
    videos: int = 30,
    seed: int = 0,
    *,
    noise: float = 0.5,
    apart: Mapping[str, float] | None = None,
    segments: tuple[int, int] = (8, 12),
    per_run: float = 0.0,
) -> tuple[dict[tuple[str, str], np.ndarray], np.ndarray]:
    """Return scores (segments,) of (oracle, run), and the lengths of the videos.

    All oracles see the same truth, by video and segment; every run adds noise of its own, an oracle in
    ``apart`` a bias of its own by segment that its runs share, and every run ``per_run`` times one more truth
    that it alone follows, everywhere as strongly.
    """
    rng = np.random.default_rng(seed)
    length = rng.integers(segments[0], segments[1] + 1, videos)
    n = int(length.sum())
    truth = rng.normal(size=n) + np.repeat(rng.normal(scale=0.3, size=videos), length)
    found = {}
    for oracle, number in runs.items():
        bias = (apart or {}).get(oracle, 0.0) * rng.normal(size=n)
        for run in range(number):
            strength = noise * np.exp(per_run * rng.normal())
            x = truth + bias + strength * rng.normal(size=n)
            found[oracle, str(run)] = np.round(1 / (1 + np.exp(-1.5 * x)), 2)
    return found, length


def repeated(
    scores: Mapping[tuple[str, str], np.ndarray],
    length: np.ndarray,
    arms: Mapping[str, list[tuple[str, str]]],
    *,
    spent: Any = None,
    **how: Any,
) -> Repeated:
    """Return runs on the same videos, each its own cluster unless told otherwise."""
    made = tuple(Arm(name, tuple(Member(*of) for of in members)) for name, members in arms.items())
    names = sorted(member.name for arm in made for member in arm.members)
    by_name = {f"{oracle}:{run}": row for (oracle, run), row in scores.items()}
    score = np.stack([by_name[name] for name in names])
    kept = np.where(np.isnan(score), -1, (score >= 0.5).astype(int))
    ratings = rate(score, length, kept=how.pop("kept", kept), oracles=names, **how)
    raters = {arm.name: tuple(names.index(member.name) for member in arm.members) for arm in made}
    taken = np.full((4, len(names), ratings.videos), np.nan) if spent is None else np.asarray(spent, float)
    found = {d: int((ratings.dataset == i).sum()) for i, d in enumerate(ratings.datasets)}
    return Repeated(ratings, made, raters, np.arange(ratings.videos), taken, found, ())


def two_arms(runs: tuple[int, int] = (4, 3), **how: Any) -> Repeated:
    """Return an arm "greedy" and an arm "direct" of so many runs."""
    scores, length = scores_of({"g": runs[0], "d": runs[1]}, **how)
    arms = {
        "greedy": [("g", str(r)) for r in range(runs[0])],
        "direct": [("d", str(r)) for r in range(runs[1])],
    }
    return repeated(scores, length, arms)


def floored(made: Repeated, *coefficients: str, **options: Any) -> Floors:
    """Return the floors against the first arm, with few replicates."""
    weights = options.pop("weights", None)
    how = {"replicates": 99, "threads": 1} | options
    return floors(made, made.arms[0], FloorOptions(coefficients=coefficients, **how), weights=weights)


def only(found: Floors, **columns: Any) -> Floor:
    """Return the one row with these values."""
    (row,) = found.select(**{"dataset": "all"} | columns)
    return row


def score_rows(scores: Mapping[tuple[str, str], np.ndarray], length: np.ndarray, dataset: str = "d") -> Any:
    """Return a scores table."""
    video = np.repeat(np.arange(len(length)), length)
    segment = np.concatenate([np.arange(n) for n in length])
    frames = []
    for (oracle, run), row in scores.items():
        columns = {"dataset": dataset, "video_id": [f"v{i:03}" for i in video], "oracle": oracle, "run": run}
        columns |= {"segment": segment, "start_s": segment * 0.5, "end_s": segment * 0.5 + 0.5}
        frames.append(pd.DataFrame(columns | {"score": row, "kept": row >= 0.5}))
    return pd.concat(frames, ignore_index=True)


def precheck_rows(scores: Mapping[tuple[str, str], np.ndarray], videos: int, seed: int = 0) -> Any:
    """Return prechecks: an oracle "g" takes about 25 times as many calls as any other."""
    rng = np.random.default_rng(seed)
    frames = []
    for oracle, run in scores:
        calls = rng.integers(20, 31, videos) if oracle == "g" else np.ones(videos, dtype=int)
        columns = {"dataset": "d", "video_id": [f"v{i:03}" for i in range(videos)], "oracle": oracle}
        columns |= {"run": run, "outcome": "yes", "calls": calls, "input_tokens": 900 * calls}
        columns |= {"output_tokens": 50 * calls, "cost_usd": 0.001 * calls}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
