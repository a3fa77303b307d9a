"""The tables of a small study with known properties, generated from a seed.

Three datasets: in *concentrated* one moment carries the evidence, in *redundant* most of the video does, in
*ordered* two moments do. Four oracles see the same evidence with biases and noise of their own; some do not
recognise a video, and some leave a segment unscored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEED = 20_260_101
VIDEOS = 20  # of each dataset
DATASETS = ("demo-concentrated", "demo-redundant", "demo-ordered")
HARD = 0.15  # share of videos in which every oracle is half as likely to recognise the action
SILENT = 0.02  # share of segments without a score
KEEPS = 0.5  # the score from which an oracle keeps a segment


@dataclass(frozen=True)
class Voice:
    """How an oracle answers: score = shift + slope * (what it sees), and how often it sees the action."""

    name: str
    skill: float
    shift: float
    slope: float
    recognises: float


VOICES = (
    Voice("oracle-a", 0.75, 0.05, 0.90, 0.99),
    Voice("oracle-b", 0.70, 0.20, 0.75, 0.98),
    Voice("oracle-c", 0.60, 0.10, 0.80, 0.96),
    Voice("oracle-d", 0.45, 0.25, 0.60, 0.94),
)


def generate(seed: int = SEED, videos: int = VIDEOS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ratings (one row per segment and oracle, scores in hundredths) and the prechecks.

    Every third video is cut from the same source as the one before it.
    """
    ratings, prechecks = [], []
    for d, dataset in enumerate(DATASETS):
        for v in range(videos):
            rng = np.random.default_rng([seed, d, v])
            video = {"dataset": dataset, "video_id": f"video-{v + 1:02}"}
            source = {"label": f"action {v % 5 + 1}", "cluster": f"source-{v - (v % 3 == 2) + 1:02}"}
            evidence = _evidence(dataset, int(rng.integers(8, 17)), rng)
            ease = 0.5 if rng.random() < HARD else 1.0
            for voice in VOICES:
                prechecks.append(video | {"oracle": voice.name, "outcome": _outcome(voice, ease, rng)})
                segments = _segments(voice, evidence, rng)
                ratings += [video | source | {"oracle": voice.name} | segment for segment in segments]
    return pd.DataFrame(ratings), pd.DataFrame(prechecks)


def _evidence(dataset: str, segments: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how much evidence each segment carries, in [0, 1]."""
    t = (np.arange(segments) + 0.5) / segments
    if dataset == "demo-concentrated":
        return np.exp(-(((t - rng.uniform(0.2, 0.8)) / 0.12) ** 2))
    if dataset == "demo-redundant":
        return 1 / (1 + np.exp(-(t - rng.uniform(0.1, 0.4)) / 0.05))
    first, second = rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.9)
    return np.maximum(np.exp(-(((t - first) / 0.1) ** 2)), 0.8 * np.exp(-(((t - second) / 0.1) ** 2)))


def _segments(
    voice: Voice, evidence: NDArray[np.float64], rng: np.random.Generator
) -> list[dict[str, float | bool | None]]:
    noise = rng.uniform(0, 1, len(evidence))
    seen = voice.skill * evidence + (1 - voice.skill) * noise
    scores = np.round(np.clip(voice.shift + voice.slope * seen, 0, 1), 2)
    silent = rng.random(len(evidence)) < SILENT
    return [
        {
            "segment": i,
            "start_s": float(i),
            "end_s": i + 1.0,
            "score": None if silent[i] else float(score),
            "kept": None if silent[i] else bool(score >= KEEPS),
        }
        for i, score in enumerate(scores)
    ]


def _outcome(voice: Voice, ease: float, rng: np.random.Generator) -> str:
    if rng.random() < ease * voice.recognises:
        return "yes"
    return str(rng.choice(["no", "no", "no", "refused", "error"]))
