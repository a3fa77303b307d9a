"""Too few runs, runs that are one, videos that some lack: said and counted, never a crash."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crossoracle.analysis.floors.arm import parse
from crossoracle.analysis.floors.loading import load
from crossoracle.errors import InputError
from crossoracle.tables import connect, read
from tests.analysis.floor.repeats import (
    floored,
    only,
    precheck_rows,
    repeated,
    score_rows,
    scores_of,
    two_arms,
)


def test_two_runs_of_the_reference_warn():
    row = only(floored(two_arms((2, 3)), "spearman_within"), quantity="difference")
    assert row.verdict is not None
    assert "warning: 2 runs of greedy, a single pair; better 3 or more" in row.reason


def test_one_run_of_another_arm_has_no_self_agreement_but_a_verdict():
    found = floored(two_arms((3, 1)), "spearman_within")
    alone = only(found, quantity="self_agreement", arm_a="direct")
    assert np.isnan(alone.value)
    assert alone.reason == "arm direct has one run: nothing was repeated"
    assert np.isnan(only(found, quantity="disattenuated").value)
    assert only(found, quantity="difference").verdict is not None


def test_two_way_needs_three_runs_of_every_arm_and_resamples():
    with pytest.raises(InputError, match="arm direct has 2 of the 3 runs"):
        floored(two_arms((3, 2)), "cohen_kappa", two_way=True)
    with pytest.raises(InputError, match="expected expanded or percentile"):
        floored(two_arms((3, 3)), "cohen_kappa", two_way=True, interval="jackknife")
    assert only(floored(two_arms((3, 3)), "cohen_kappa", two_way=True), quantity="difference").resampled == (
        "videos and runs"
    )


def test_a_coefficient_that_is_not_about_agreement_is_refused():
    with pytest.raises(InputError, match=r"--coefficient mean_difference: found one without a value"):
        floored(two_arms(), "mean_difference")


def test_constant_runs_are_undefined_with_a_reason():
    made = two_arms(videos=12)
    flat = replace(made.ratings, score=np.full_like(made.ratings.score, 0.7))
    row = only(floored(replace(made, ratings=flat), "spearman_within"), quantity="difference")
    assert np.isnan(row.value)
    assert row.verdict is None
    assert row.reason


def test_few_videos_with_a_kept_segment_have_no_interval_and_no_verdict():
    scores, length = scores_of({"g": 2, "d": 2}, 30)
    arms = {"greedy": [("g", "0"), ("g", "1")], "direct": [("d", "0"), ("d", "1")]}
    kept = np.zeros((4, int(length.sum())), dtype=int)
    kept[:, : length[0]] = np.arange(length[0]) % 2
    row = only(floored(repeated(scores, length, arms, kept=kept), "cohen_kappa"), quantity="difference")
    assert row.value == pytest.approx(0)
    assert np.isnan(row.low)
    assert row.verdict is None
    assert "1 video with a kept segment" in row.reason


def test_a_distance_has_no_ceiling():
    row = only(floored(two_arms(), "mean_abs_difference"), quantity="ratio_to_ceiling")
    assert np.isnan(row.value)
    assert "a distance has no ceiling" in row.reason


def test_each_dataset_has_its_own_rows_after_the_pooled_ones():
    scores, length = scores_of({"g": 3, "d": 3}, 40)
    arms = {name: [(name[0], str(r)) for r in range(3)] for name in ("greedy", "direct")}
    made = repeated(scores, length, arms, dataset=["a"] * 25 + ["b"] * 15)
    found = floored(made, "kappa_quadratic").select(quantity="difference")
    assert [(row.dataset, row.n_videos) for row in found] == [("all", 40), ("a", 25), ("b", 15)]
    alone = floored(repeated({k: v[: length[:25].sum()] for k, v in scores.items()}, length[:25], arms,
                             dataset=["a"] * 25), "kappa_quadratic")  # fmt: skip
    assert found[1].value == pytest.approx(only(alone, quantity="difference").value, abs=1e-12)


@pytest.fixture
def tables(tmp_path):
    """Return a function from frames to what `load` reads."""

    def loaded(scores, prechecks=None, arms=("greedy=g", "direct=d"), **how):
        with connect() as con:
            files = {"scores": scores, "prechecks": prechecks}
            read_of = {}
            for name, frame in files.items():
                if frame is not None:
                    frame.to_csv(tmp_path / f"{name}.csv", index=False)
                read_of[name] = None if frame is None else read(con, name, tmp_path / f"{name}.csv")
            runs = {o: set(map(str, some)) for o, some in scores.groupby("oracle")["run"].unique().items()}
            return load(con, read_of["scores"], None, read_of["prechecks"], parse(arms, runs), **how)

    return loaded


def test_videos_that_a_run_lacks_are_left_out_of_all_and_counted(tables):
    scores, length = scores_of({"g": 3, "d": 2, "other": 1}, 20)
    rows = score_rows(scores, length)
    rows = rows[~((rows.oracle == "d") & (rows.run == "1") & (rows.video_id < "v004"))]
    longer = (rows.oracle == "g") & (rows.run == "2") & (rows.video_id == "v010")
    rows = rows[~(longer & (rows.segment == rows[longer].segment.max()))]
    asked = precheck_rows(scores, 20)
    asked.loc[(asked.oracle == "g") & (asked.run == "1") & (asked.video_id == "v019"), "outcome"] = "no"
    made = tables(rows, asked)
    assert len(made.videos) == 20 - 4 - 1 - 1
    told = "\n".join(made.notes)
    assert "Left out: 1 video not recognised by every run." in told
    assert "Left out: 4 videos without scores of every run." in told
    assert "Left out: 1 video with segments that differ between runs." in told
    assert "Arm direct lacks scores of 4 videos" in told
    row = only(floored(made, "spearman_within"), quantity="difference")
    assert (row.n_videos, row.n_left_out, row.n_clusters) == (14, 6, 14)
    assert len(tables(rows, asked, on="all").videos) == 15


def test_runs_that_are_the_same_to_the_last_bit_are_named(tables):
    scores, length = scores_of({"g": 3, "d": 2}, 12)
    scores["g", "2"] = scores["g", "0"]
    told = [note for note in tables(score_rows(scores, length)).notes if "last bit" in note]
    assert told == [
        "Warning: g:0 and g:2 are the same to the last bit: they are not independent runs, and a floor from "
        "them is too high."
    ]


def test_a_run_without_prechecks_where_others_have_them_is_an_error(tables):
    scores, length = scores_of({"g": 3, "d": 2}, 12)
    asked = precheck_rows(scores, 12)
    asked = asked[~((asked.oracle == "g") & (asked.run == "2"))]
    with pytest.raises(InputError, match=r"arm greedy: found no prechecks of g run 2.*runs 0, 1.*--on all"):
        tables(score_rows(scores, length), asked)
    assert len(tables(score_rows(scores, length), asked, on="all").videos) == 12


def test_nothing_in_common_is_no_row_but_notes(tables):
    scores, length = scores_of({"g": 2, "d": 2}, 12)
    asked = precheck_rows(scores, 12)
    asked.loc[asked.oracle == "d", "outcome"] = "no"
    made = tables(score_rows(scores, length), asked)
    assert len(floored(made, "cohen_kappa")) == 0
    assert "Left out: 12 videos not recognised by every run." in made.notes


def test_a_pair_of_too_many_levels_makes_the_arm_undefined_with_its_reason():
    """Of runs in thousandths one pair has more than 128 levels, another has fewer."""
    scores, length = scores_of({"g": 3, "d": 1}, 12, 2)
    rng = np.random.default_rng(0)
    n = int(length.sum())
    scores["g", "2"] = (rng.permutation(n) / n).round(4)
    made = repeated(scores, length, {"greedy": [("g", str(r)) for r in range(3)], "direct": [("d", "0")]})
    few, many = (len(np.unique([scores["g", "0"], scores["g", r]])) for r in ("1", "2"))
    assert few <= 128 < many
    found = floored(made, "kappa_linear")
    own, difference = (
        only(found, quantity="self_agreement", arm_a="greedy"),
        only(found, quantity="difference"),
    )
    for row in (own, difference):
        assert np.isnan([row.value, row.low, row.bound]).all()
        assert "levels" in row.reason
    assert difference.verdict is None
    assert not np.isnan(only(floored(made, "kappa_linear", bins=10), quantity="difference").value)
