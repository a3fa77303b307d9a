"""agree --diagnostics, from files to files; and what cannot be diagnosed."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest

from crossoracle import Study
from crossoracle.analysis.diagnostics.run import diagnose
from crossoracle.cli import run
from crossoracle.errors import UnknownNameError
from crossoracle.provenance import Provenance
from crossoracle.tables import connect, read, write
from crossoracle.tables.catalogue import TABLES
from tests.handmade import random_ratings, subset, table

NAMES = tuple(name for name in TABLES if name.startswith("diagnostics"))


@pytest.fixture
def study(tmp_path):
    r = random_ratings(np.random.default_rng(3), oracles=3, videos=30)
    frame = table(r).dropna(subset=["score"])
    write("scores", frame, tmp_path / "scores.parquet", provenance=Provenance("test", {}, {}))
    videos = frame[["dataset", "video_id"]].drop_duplicates().reset_index(drop=True)
    videos["label"] = [f"c{i % 3}" for i in range(len(videos))]
    write("videos", videos, tmp_path / "videos.parquet", provenance=Provenance("test", {}, {}))
    asked = videos.merge(frame[["oracle"]].drop_duplicates(), how="cross").drop(columns="label")
    asked["outcome"] = np.where(np.arange(len(asked)) % 7, "yes", "no")
    write("prechecks", asked, tmp_path / "prechecks.parquet", provenance=Provenance("test", {}, {}))
    return tmp_path


def test_the_files_are_written_and_can_be_read(study, capfd):
    assert run(["agree", str(study), "--diagnostics", "--replicates", "49", "--seed", "3"]) == 0
    out, err = capfd.readouterr()
    assert len(NAMES) == 7
    for name in NAMES:
        file = study / "results" / f"{name}.parquet"
        assert str(file) in out
        with connect() as con:
            assert len(read(con, name, file))
        assert json.loads(file.with_name(f"{file.name}.json").read_text())["seed"] == 3
    assert "What oracles do in a video" in err
    assert "Half of the clusters would have shown" in err
    assert "Without o" in err


def test_without_the_flag_there_are_none(study, capfd):
    assert run(["agree", str(study), "--replicates", "49"]) == 0
    assert "diagnostics" not in capfd.readouterr().out
    assert not list((study / "results").glob("diagnostics*"))


def test_json_has_everything(study, capfd):
    assert run(["agree", str(study), "--diagnostics", "--replicates", "49", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert {*NAMES, "estimates"} <= told.keys()


def test_they_are_of_the_videos_that_agree_compares(study):
    joint, every = (Study(study).diagnostics(on=on).diagnostics for on in ("joint", "all"))
    n = [d.measures["n_videos"].max() for d in (joint, every)]
    assert n[0] < n[1] == 30
    assert set(joint.scores["passed"]) == {True, False}  # of all videos, whatever is compared


@pytest.mark.parametrize("videos", [0, 1, 2])
def test_few_videos(videos):
    r = subset(random_ratings(np.random.default_rng(1), oracles=3, videos=5), range(videos))
    found = diagnose(r, r, np.ones((videos, 3), dtype=bool))
    rows = found.measures[found.measures["value"].isna()]
    assert rows["reason"].notna().all()
    for name, frame in found.tables().items():
        assert list(frame.columns) == list(TABLES[name].names)


def test_one_class_says_that_there_is_nothing_to_shrink_to():
    r = random_ratings(np.random.default_rng(2), oracles=2, videos=9, datasets=1)
    r = replace(r, label=np.full(9, "only", dtype=object))
    with warnings.catch_warnings(action="error"):
        found = diagnose(r, r, np.ones((9, 2), dtype=bool)).classes
    assert found["shrunk"].isna().all()
    assert found["reason"].str.contains("nothing to shrink to").all()


def test_a_wrong_coefficient_is_told():
    r = random_ratings(np.random.default_rng(2), oracles=2, videos=9)
    with pytest.raises(UnknownNameError, match="cohen_kappa"):
        diagnose(r, r, np.ones((9, 2), dtype=bool), coefficients=["cohen_kapa"])
