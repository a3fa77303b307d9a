"""The files that a reader of the pages is supposed to have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossoracle import benchmark
from crossoracle.cli import run
from crossoracle.video.encode import write
from tests import generated

DATASETS = ("demo-concentrated", "demo-redundant")
DRAWN = """
[draw]
figures = ["agreement-matrix", "precheck-flow", "timelines", "contrasts", "alpha-curves"]
"""
CONDITIONS = {"full": 0.7, "led@0": 0.75, "led@0.5": 0.75, "inverted@0": 0.3, "bottom": 0.35, "uniform": 0.65}


@pytest.fixture(scope="session")
def reader(tmp_path_factory) -> Path:
    """Return a directory with scores, answers, videos, and a small demonstration that is done."""
    home = tmp_path_factory.mktemp("reader")
    scores, prechecks = generated.generate(videos=14)
    scores.to_csv(home / "scores.csv", index=False)
    prechecks.to_csv(home / "prechecks.csv", index=False)
    _answers(scores).to_csv(home / "answers.csv", index=False)
    _repeats(scores).to_csv(home / "repeats.csv", index=False)
    _wide(scores).to_csv(home / "ratings.csv", index=False)
    _queries(home)
    _pool(home).to_csv(home / "pool.csv", index=False)
    _demo(home / "demo")
    return home


def _answers(scores: pd.DataFrame) -> pd.DataFrame:
    """Return what a recognizer answered, under each condition, for each oracle."""
    rng = np.random.default_rng(11)
    rows = []
    asked = scores[["dataset", "video_id", "oracle"]].drop_duplicates()
    for dataset, video, oracle in asked.itertuples(index=False):
        ease = rng.random()
        for condition, share in CONDITIONS.items():
            row = {"dataset": dataset, "video_id": video, "condition": condition}
            right = ease < share
            rows.append({**row, "oracle": None if condition == "full" else oracle, "correct1": right})
    return pd.DataFrame(rows).drop_duplicates(["dataset", "video_id", "condition", "oracle"])


def _repeats(scores: pd.DataFrame) -> pd.DataFrame:
    """Return two ways to ask one oracle, three times each."""
    rng = np.random.default_rng(12)
    first = scores[scores["oracle"] == "oracle-a"]
    runs = []
    for way in ("qwen", "qwen+greedy"):
        for number in "012":
            noisy = first["score"].fillna(0.5) + rng.normal(0, 0.05, len(first))
            score = noisy.clip(0, 1).round(3)
            runs.append(first.assign(oracle=way, run=number, score=score, kept=score >= 0.5))
    return pd.concat(runs)


def _wide(scores: pd.DataFrame) -> pd.DataFrame:
    """Return ratings from 1 to 5 as people often have them: a row a segment, a column a rater."""
    rated = scores[scores["dataset"] == "demo-concentrated"].assign(
        stars=lambda t: (1 + 4 * t["score"]).round()
    )
    wide = rated.pivot(index=["video_id", "segment"], columns="oracle", values="stars").reset_index()
    return wide.rename(columns={"oracle-a": "anna", "oracle-b": "bob", "oracle-c": "chen"}).drop(
        columns="oracle-d"
    )


def _queries(home: Path) -> None:
    """Write queries as QVHighlights has them, and what a model predicts for them."""
    rng = np.random.default_rng(13)
    said, predicted = [], []
    for number in range(25):
        clips = int(rng.integers(6, 12))
        known = {"qid": number, "vid": f"v{number}_0.0_{2.0 * clips}"}
        evidence = rng.integers(0, 5, clips)
        ratings = np.clip(evidence[:, None] + rng.integers(-1, 2, (clips, 3)), 0, 4)
        more = {"query": f"query {number}", "duration": 2 * clips}
        relevant = {"relevant_clip_ids": list(range(clips)), "saliency_scores": ratings.tolist()}
        said.append(known | more | relevant)
        predicted.append(known | {"pred_saliency_scores": (evidence + rng.normal(0, 1, clips)).tolist()})
    _lines(home / "highlight_val_release.jsonl", said)
    _lines(home / "moment_detr_val_preds.jsonl", predicted)


def _lines(path: Path, objects: Sequence[object]) -> None:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in objects), encoding="utf-8")


def _pool(home: Path) -> pd.DataFrame:
    """Write small videos, and return the table of them."""
    rng = np.random.default_rng(14)
    rows = []
    for dataset in DATASETS:
        for number in range(3):
            place = home / "clips" / f"{dataset}-{number}.mp4"
            place.parent.mkdir(exist_ok=True)
            shades = rng.integers(0, 255, 4)
            write(
                place, [np.full((48, 64, 3), shade, np.uint8) for shade in shades for _ in range(5)], fps=10
            )
            row = {"dataset": dataset, "video_id": f"{number}", "label": f"action {number % 2}"}
            rows.append({**row, "path": place.relative_to(home).as_posix()})
    return pd.DataFrame(rows)


def _demo(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for what, number in (("videos", 3), ("training", 5)):
            patch.setitem(benchmark.prepare.__kwdefaults__, what, number)
        patch.setattr(benchmark, "STUDY", benchmark.STUDY + DRAWN)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as told:
            done = run(["demo", "--out", str(home)])
    assert done == 0, told.getvalue()[-3000:]
