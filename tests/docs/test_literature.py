"""The page on oracles from the literature says what was recorded, and its files are such as it says."""

from __future__ import annotations

import json
import tomllib

import duckdb
import numpy as np
import pandas as pd
import pytest

from bench.literature import BASELINES, SIGNALS, above, pooled
from bench.shown import DATASETS
from bench.signals import LEAST, PAGE, RECORD, SLACK, text
from crossoracle.cli import run
from crossoracle.encoders import subtexts
from crossoracle.oracles.adapters.literature.classes import known
from tests.docs.pages import blocks


@pytest.fixture(scope="module")
def record():
    return json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.fixture
def study(tmp_path):
    """Return the directory of the study whose files the page shows."""
    for block in blocks(PAGE):
        if block.file:
            (tmp_path / block.file).parent.mkdir(exist_ok=True)
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    return tmp_path / "study"


@pytest.fixture
def homes(tmp_path):
    """Return two studies whose videos have the same names: an oracle that is right, and one that is wrong."""
    rng, found = np.random.default_rng(5), {}
    for seed in (1, 2):
        home = found[seed] = tmp_path / str(seed)
        home.mkdir()
        names = [f"v{i}" for i in range(6)]
        one = {"dataset": "d", "video_id": names}
        tables = {
            "videos": one | {"label": "x", "path": "v.mp4", "cluster": names},
            "prechecks": one | {"oracle": "right", "run": "0", "outcome": ["yes"] * 5 + ["no"]},
            "predictions": one | {"condition": "full", "recognizer": "r", "correct1": True},
        }
        for name, columns in tables.items():
            duckdb.from_df(pd.DataFrame(columns)).write_parquet(str(home / f"{name}.parquet"))
        rows = [
            {"dataset": "d", "video_id": v, "oracle": oracle, "run": "0", "segment": i}
            | {"start_s": i / 2, "end_s": i / 2 + 0.5, "score": score if oracle != "wrong" else 1 - score}
            for v in names
            for i, score in enumerate(rng.permutation(10) / 10)
            for oracle in ("truth", "right", "wrong")
        ]
        scores = pd.DataFrame(rows)
        for name, part in {"truth": scores.oracle == "truth", "scores": scores.oracle != "truth"}.items():
            duckdb.from_df(scores[part]).write_parquet(str(home / f"{name}.parquet"))
    return found


def test_videos_of_two_seeds_are_not_taken_for_one(homes, tmp_path):
    pool = pooled(homes, tmp_path / "pool")
    videos = duckdb.read_parquet(str(pool / "videos.parquet")).df()
    assert set(videos.video_id) == set(videos.cluster) == {f"{s}-v{i}" for s in (1, 2) for i in range(6)}
    scores = duckdb.read_parquet(str(pool / "scores.parquet")).df()
    assert set(scores.groupby(["video_id", "oracle"]).size()) == {10}
    assert set(scores.oracle) == {"truth", "right", "wrong"}


def test_a_difference_has_the_sign_of_the_first_less_the_second(homes, tmp_path):
    pool = pooled(homes, tmp_path / "pool")
    for pair, value in {("right", "wrong"): 2, ("wrong", "right"): -2}.items():
        for row in above(pool, *pair):
            assert (row["oracle"], row["against"]) == pair
            assert row["value"] == pytest.approx(value), "whole videos agree or disagree with the truth"
            assert row["low"] == pytest.approx(value), "in every resample"


def test_the_page_is_the_one_of_the_record(record):
    assert PAGE.read_text(encoding="utf-8") == text(record), "write it anew: python -m bench.signals"


def test_what_a_process_takes_to_begin_is_not_learning(record):
    slow = json.loads(json.dumps(record))
    for seed in slow["costs"].values():
        for one in seed["oracles"].values():
            one["first_s"] += 100
    assert text(slow) == text(record)


def test_every_oracle_was_asked_about_every_video(record):
    assert record["not_run"] == {}
    of = {run["oracles"][name]["videos"] for run in record["costs"].values() for name in run["oracles"]}
    assert len(of) == 1
    there = {(row["oracle"], row["dataset"]): row["n_videos"] for row in record["passed"]}
    for name in (*SIGNALS, *BASELINES):
        assert sum(there[name, dataset] for dataset in DATASETS) == max(of) * len(record["costs"])


def test_what_should_hold_holds(record):
    found = {(row["oracle"], row["against"], row["dataset"]): row for row in record["differences"]}
    for name in SIGNALS:
        beaten = [one for one in DATASETS if found[name, "random", one]["low"] > 0]
        assert len(beaten) >= LEAST, (name, beaten)
    assert found["storyboard", "saliency", "all"]["value"] > -SLACK
    assert found["action-sensitivity", "class-prior", "concentrated"]["low"] > 0


def test_the_study_on_the_page_is_one(study, capsys):
    assert run(["oracles", str(study)]) == 0
    told = "".join(capsys.readouterr())
    sections = tomllib.loads((study / "study.toml").read_text(encoding="utf-8"))["oracles"]
    assert {one["adapter"] for one in sections.values()} >= {name for name in SIGNALS if "-fine" not in name}
    assert all(name in told for name in sections)


def test_every_class_on_the_page_has_subtexts(study):
    classes, sets = known(str(study / "classes.toml")), subtexts.read(str(study / "subtexts.toml"))
    assert {(dataset, label) for dataset, labels in classes.items() for label in labels} == {
        (dataset, label) for dataset, labels in sets.items() for label in labels
    }
