"""`Study` from Python: what the command line calls."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.errors import InputError, StudyError, UnknownNameError

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


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"level": 2}, "agree: level is 2; expected a number between 0 and 1"),
        ({"replicates": 0}, "agree: replicates is 0; expected a whole number of at least 1"),
        ({"by": "labels"}, "agree: by is 'labels'; expected one of dataset, label, none"),
        ({"bins": 500}, "agree: bins is 500; expected a whole number between 2 and 128, both included"),
        ({"levels": "0,1"}, "agree: levels is '0,1'; expected a list of numbers"),
        ({"differences": 1}, "agree: differences is 1; expected true or false"),
    ],
)
def test_values_out_of_range_are_told_before_anything_is_read(tmp_path, changes, told):
    with pytest.raises(InputError) as caught:
        Study(scores=tmp_path / "nowhere.csv").agree(**changes)
    assert str(caught.value) == told


def test_the_sidecar_says_what_was_resolved(study, tmp_path):
    chosen = ("spearman_within", "kappa_linear", "jaccard_all")
    found = Study(study, prechecks=study.parent / "prechecks.csv").agree(
        out=tmp_path, coefficients=chosen, by="none", seed=7
    )
    options = json.loads((tmp_path / "estimates.csv.json").read_text())["options"]
    assert options["oracles"] == [f"oracle-{letter}" for letter in "abcd"]
    assert (options["on"], options["interval"], options["seed"], options["level"]) == (
        "joint",
        "expanded",
        7,
        0.95,
    )
    assert (options["replicates"], options["replicates_wide"]) == (9999, 9999)
    assert set(options["coefficients"]) == set(chosen)
    assert found.options.on == "joint"


def test_wide_statistics_on_few_resamples_are_recorded(study, tmp_path, monkeypatch):
    monkeypatch.setattr("crossoracle.agreement.sample.WORK", 0)
    Study(study).agree(out=tmp_path, coefficients=["spearman_within", "kappa_linear"], by="none")
    options = json.loads((tmp_path / "estimates.csv.json").read_text())["options"]
    assert (options["replicates"], options["replicates_wide"]) == (9999, 999)


def test_progress_is_told(study, tmp_path):
    told = []
    Study(study).agree(out=tmp_path, progress=lambda *step: told.append(step), null=2, **QUICK)
    steps = list(dict.fromkeys(what for what, _ in told))
    assert steps[:2] == ["reading the tables", "counting narrow tallies"]
    assert {"permuting", "leaving clusters out"} <= set(steps)
    assert all(0 <= share <= 1 for _, share in told)
    assert ("permuting", 1.0) in told


def test_resampling_that_is_not_stored_tells_how_far_it_is(study, tmp_path, monkeypatch):
    monkeypatch.setattr("crossoracle.stats.resampling.STORED", 0)
    told = []
    quiet = Study(study).agree(out=tmp_path, **QUICK).estimates
    watched = Study(study).agree(out=tmp_path, progress=lambda *step: told.append(step), **QUICK).estimates
    assert str(watched.to_frame()) == str(quiet.to_frame())
    shares = [share for what, share in told if what == "resampling"]
    assert shares[-1] == 1.0
    assert max(shares) == 1.0


@pytest.fixture
def years(study, generated, tmp_path):
    """Return a videos table with a column that no declaration knows; prechecks of one oracle too many."""
    videos = generated[0][["dataset", "video_id", "label"]].drop_duplicates()
    videos["year"] = videos["label"].str[-1]
    videos.to_csv(tmp_path / "videos.csv", index=False)
    more = generated[1].query("oracle == 'oracle-a'").assign(oracle="oracle-x", outcome="no")
    pd.concat([generated[1], more]).to_csv(tmp_path / "prechecks.csv", index=False)
    return {"videos": tmp_path / "videos.csv", "prechecks": tmp_path / "prechecks.csv"}


def test_any_column_of_the_videos_is_a_cluster(study, years, tmp_path):
    found = Study(study, **years)
    clusters = found.agree(out=tmp_path / "a", cluster="year", **QUICK).basis.clusters
    assert clusters == 15  # five in each of three datasets
    table = found.precheck(out=tmp_path / "b", cluster="year").table
    assert set(table["interval"]) == {"wilson-clustered"}
    for verb in (found.agree, found.precheck):
        with pytest.raises(UnknownNameError, match=r"videos\.csv 'yaer': did you mean 'year'"):
            verb(cluster="yaer")


def test_both_verbs_choose_the_same_oracles(study, years, tmp_path, caplog):
    found = Study(study, **years)
    flow, agreed = found.precheck(out=tmp_path), found.agree(out=tmp_path, **QUICK)
    assert flow.oracles == agreed.basis.oracles == tuple(f"oracle-{letter}" for letter in "abcd")
    assert flow.joint == agreed.basis.videos > 0
    assert caplog.messages.count("oracle oracle-x has prechecks but no scores: left out") == 2


def test_a_joint_set_without_videos_has_rows_that_say_why(study, generated, tmp_path):
    nobody = generated[1].assign(
        outcome=generated[1]["outcome"].mask(generated[1]["oracle"] == "oracle-b", "no")
    )
    nobody.to_csv(tmp_path / "prechecks.csv", index=False)
    (tmp_path / "per_video.parquet").touch()  # of an earlier run
    found = Study(study, prechecks=tmp_path / "prechecks.csv").agree(out=tmp_path, **QUICK)
    assert not found.comparable
    assert len(found.estimates) == math.comb(4, 2)
    assert {e.reason for e in found.estimates} == {"no video is recognised by every oracle"}
    assert "oracle-b recognised 0 of 60 videos" in found.notes
    assert not (tmp_path / "per_video.parquet").exists()


def test_pairwise_says_how_many_videos_a_pair_has(study, generated, tmp_path):
    found = Study(study, prechecks=study.parent / "prechecks.csv").agree(out=tmp_path, on="pairwise", **QUICK)
    counts = [e.n_videos for e in found.estimates.select(statistic="cohen_kappa", dataset="all")]
    assert found.basis.of_a_pair == (min(counts), max(counts))
    assert min(counts) < max(counts)


def test_tables_are_drawn_without_a_study(study, tmp_path):
    found = Study(study)
    found.agree(out=tmp_path, **QUICK)
    files = Study().draw(out=tmp_path / "figures", estimates=tmp_path / "estimates.csv")
    assert {file.stem for file in files} == {"agreement-matrix", "agreement-forest"}
    files = Study(scores=found.scores).draw(out=tmp_path / "figures")
    assert {file.stem for file in files} == {"score-distributions", "kept-share", "alpha-diagram"}
