"""From tables to ratings: what row order, odd numbers and missing videos do."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crossoracle import tables
from crossoracle.agreement.loading import prepare
from crossoracle.agreement.run import Options, agree
from crossoracle.errors import InputError
from tests.handmade import random_ratings

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def _scores(shift: dict[str, float], videos: int = 3, segments: int = 4) -> pd.DataFrame:
    rows = [
        ("d", f"v{v}", oracle, s, s + by, s + 1 + by, (s + v) / 10)
        for oracle, by in shift.items()
        for v in range(videos)
        for s in range(segments)
    ]
    return pd.DataFrame(
        rows, columns=["dataset", "video_id", "oracle", "segment", "start_s", "end_s", "score"]
    )


def _loaded(path, frame: pd.DataFrame, **more):
    frame.to_csv(path / "scores.csv", index=False)
    con = tables.connect()
    if "videos" in more:
        more["videos"].to_csv(path / "videos.csv", index=False)
        more["videos"] = tables.read(con, "videos", path / "videos.csv")
    return prepare(con, tables.read(con, "scores", path / "scores.csv"), **more).ratings()


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_alignment_does_not_depend_on_the_order_of_rows(tmp_path, order):
    # b is within a millisecond of a, and c of a, but b and c are not of each other
    frame = _scores({"a": 0.0, "b": 0.0009, "c": -0.0009})
    frame["start_s"] = frame["start_s"].clip(lower=0)
    frame = pd.concat([frame[frame["oracle"] == name] for name in order])
    ratings = _loaded(tmp_path, frame)
    assert ratings.aligned is not None
    assert ratings.aligned[:, 0, 1].all()
    assert ratings.aligned[:, 0, 2].all()
    assert not ratings.aligned[:, 1, 2].any()


def test_a_segment_number_far_beyond_its_video_is_one_error(tmp_path):
    frame = _scores({"a": 0.0, "b": 0.0})
    frame.loc[0, "segment"] = 3_000_000_000
    with pytest.raises(InputError, match=r"v0: found segment 3000000000 in a video of 8 rows"):
        _loaded(tmp_path, frame)


def test_videos_that_the_videos_table_lacks_are_named(tmp_path, caplog):
    videos = pd.DataFrame({"dataset": "d", "video_id": ["v0", "v1"], "label": "x", "cluster": "one"})
    with caplog.at_level(logging.WARNING, logger="crossoracle"):
        ratings = _loaded(tmp_path, _scores({"a": 0.0, "b": 0.0}), videos=videos)
    assert "not in the videos table, each its own cluster: 1 video (v2)" in caplog.text
    assert ratings.clusters == {"d": 2}


def test_a_cluster_column_needs_a_videos_table(tmp_path):
    with pytest.raises(InputError, match="--cluster source"):
        _loaded(tmp_path, _scores({"a": 0.0, "b": 0.0}), cluster="source")


def _asked(con, **passes: tuple[str, ...]):
    rows = [
        ("d", f"v{v}", oracle, "0", "yes" if f"v{v}" in passed else "no")
        for oracle, passed in passes.items()
        for v in range(3)
    ]
    return con.from_df(pd.DataFrame(rows, columns=["dataset", "video_id", "oracle", "run", "outcome"]))


def test_an_empty_joint_set_says_what_each_oracle_recognised(tmp_path):
    _scores({"a": 0.0, "b": 0.0}).to_csv(tmp_path / "scores.csv", index=False)
    con = tables.connect()
    scores = tables.read(con, "scores", tmp_path / "scores.csv")
    ratings = prepare(con, scores, prechecks=_asked(con, a=("v0", "v1"), b=("v2",))).ratings()
    assert ratings.videos == 0
    assert ratings.notes == ("a recognised 2 of 3 videos", "b recognised 1 of 3 videos")


def test_any_column_of_the_videos_can_be_resampled(tmp_path):
    videos = pd.DataFrame({"dataset": "d", "video_id": ["v0", "v1", "v2"], "label": "x", "day": [1, 1, 2]})
    _scores({"a": 0.0, "b": 0.0}).to_csv(tmp_path / "scores.csv", index=False)
    videos.to_csv(tmp_path / "videos.csv", index=False)
    con = tables.connect()
    scores = tables.read(con, "scores", tmp_path / "scores.csv")
    known = tables.read(con, "videos", tmp_path / "videos.csv", also=["day"])
    assert prepare(con, scores, known, cluster="day").ratings().clusters == {"d": 2}


def test_scores_stand_where_their_segment_says(tmp_path):
    frame = _scores({"a": 0.0, "b": 0.0}).sample(frac=1, random_state=5)
    ratings = _loaded(tmp_path, frame)
    expected = np.array([(s + v) / 10 for v in range(3) for s in range(4)])
    assert (ratings.score == expected).all()
    assert (ratings.offset == [0, 4, 8, 12]).all()


def test_videos_that_an_oracle_was_never_asked_about_are_counted(tmp_path):
    _scores({"a": 0.0, "b": 0.0}).to_csv(tmp_path / "scores.csv", index=False)
    con = tables.connect()
    scores = tables.read(con, "scores", tmp_path / "scores.csv")
    asked = _asked(con, a=("v0", "v1"), b=("v0", "v1")).filter("oracle = 'a' or video_id = 'v0'")
    told = ("2 videos have no precheck of b (never asked): not passed",)
    assert prepare(con, scores, prechecks=asked).ratings().notes == told
    assert prepare(con, scores, prechecks=asked, on="pairwise").ratings().notes == told
    assert prepare(con, scores, prechecks=asked, on="all").ratings().notes == ()


def _grid(oracle: str, count: int, step: float, videos: int = 3, shift: float = 0.0) -> pd.DataFrame:
    """Return segments of one length, the first from ``shift`` on."""
    rows = _scores({oracle: 0.0}, videos, count)
    starts = shift + step * rows["segment"]
    return rows.assign(start_s=starts, end_s=starts + step, score=0.5)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (("b", 5, 1.0), "10 of 0.5 s against 5 of 1 s"),
        (("b", 8, 0.5), "10 of 0.5 s against 8 of 0.5 s; a segment that an oracle did not rate needs a row"),
        (("b", 10, 0.5, 2, 0.2), "10 of 0.5 s against 10 of 0.5 s, up to 0.2 s apart"),
    ],
)
def test_segments_that_differ_are_told_with_numbers(tmp_path, other, told):
    frame = pd.concat([_grid("a", 10, 0.5), _grid("c", 10, 0.5), _grid(*other)])
    notes = _loaded(tmp_path, frame).notes
    n = frame.loc[frame["oracle"] == "b", "video_id"].nunique()
    for pair, line in zip(("a / b", "b / c"), notes, strict=False):
        assert line.startswith(f"{n} videos left out of {pair}: the segments differ, as in d v0 (")
    assert told in notes[0]
    assert notes[2:] == tuple(f"d v{i}: a / b, b / c" for i in range(n))


def test_as_many_segments_that_are_not_the_same_are_told(tmp_path):
    other = _grid("b", 10, 0.5)
    other.loc[other["segment"] == 9, ["segment", "start_s", "end_s"]] = 10, 5.0, 5.5
    ratings = _loaded(tmp_path, pd.concat([_grid("a", 10, 0.5), other]))
    assert not ratings.lined_up((0, 1)).any()
    assert ratings.notes[0] == (
        "3 videos left out of a / b: the segments differ, as in d v0 (10 of 0.5 s against 10 of 0.5 s, "
        "not the same ones; a segment that an oracle did not rate needs a row with an empty score)"
    )


def test_a_gap_that_all_oracles_have_is_none(tmp_path):
    frame = pd.concat([_grid("a", 10, 0.5), _grid("b", 10, 0.5)])
    ratings = _loaded(tmp_path, frame[frame["segment"] != 4])
    assert ratings.notes == ()
    assert ratings.lined_up((0, 1)).all()


def test_labels_that_are_missing_are_told():
    ratings = random_ratings(np.random.default_rng(0), videos=12, datasets=1)
    options = Options(coefficients=("cohen_kappa",), by="label", replicates=9, levels=LEVELS)
    none = replace(ratings, label=np.array([None] * ratings.videos, dtype=object))
    (told,) = agree(none, options).notes
    assert told.startswith("by label: no video has a label, so there are pooled rows only")
    some = replace(ratings, label=np.array(["x"] * 10 + [None] * 2, dtype=object))
    assert agree(some, options).notes == ("by label: 2 videos have no label, so no row of a label",)
    assert agree(none, replace(options, by="dataset")).notes == ()
