"""`Study` from Python: what the command line calls."""

from __future__ import annotations

import math

import pytest

from crossoracle import Study
from crossoracle.errors import StudyError, UnknownNameError

QUICK = {"coefficients": ("cohen_kappa",), "by": "none", "replicates": 99}


def test_a_study_finds_its_tables(study):
    found = Study(str(study))
    assert found.scores == (study / "scores.parquet",)
    assert found.videos == study / "videos.parquet"
    assert found.prechecks is None


def test_not_a_study(tmp_path):
    with pytest.raises(StudyError, match=r"is not a study: found a directory without scores\.parquet"):
        Study(tmp_path)


def test_plain_files_need_no_study_and_write_nothing(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = Study(scores=[str(study / "scores.parquet")]).agree(**QUICK)
    assert found.files == ()
    assert len(found.estimates) == math.comb(4, 2)
    assert not list(tmp_path.iterdir())


def test_estimates_can_be_selected(study, tmp_path):
    found = Study(study).agree(out=tmp_path, oracles=["oracle-a", "oracle-b"], **QUICK)
    (estimate,) = found.estimates.select(statistic="cohen_kappa")
    assert str(estimate).startswith("cohen_kappa(oracle-a, oracle-b) = 0.")
    assert found.comparable
    assert found.basis.oracles == ("oracle-a", "oracle-b")


def test_an_unknown_option_suggests_the_nearest(study):
    with pytest.raises(UnknownNameError, match="did you mean 'seed'"):
        Study(study).agree(sede=1)


def test_the_basis_counts_videos_and_clusters(study, generated, tmp_path):
    joint = (
        generated[1]
        .assign(yes=generated[1]["outcome"] == "yes")
        .groupby(["dataset", "video_id"])["yes"]
        .all()
    )
    passed = joint[joint].reset_index()[["dataset", "video_id"]].merge(generated[0])
    basis = Study(study, prechecks=study.parent / "prechecks.csv").agree(out=tmp_path, **QUICK).basis
    videos = passed.groupby(["dataset", "cluster"])["video_id"].nunique()
    assert (basis.videos, basis.of_videos, basis.clusters) == (joint.sum(), 60, len(videos))
    assert basis.effective == pytest.approx(videos.sum() ** 2 / (videos**2).sum())
    assert basis.segments == len(passed.drop_duplicates(["dataset", "video_id", "segment"]))
    assert (basis.rule, basis.prechecked) == ("joint", True)
