"""Tables into arrays: every outcome in its place, names as the catalogue writes them, nothing lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crossoracle.analysis.loading import UNNAMED, confidences, failures, load
from crossoracle.analysis.predictions import FAILED, MISSING, PREDICTED, View
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.tables import connect, read

ROWS = [
    ("v2", None, "0", "full", True, True, 0.9, None),
    ("v1", None, "0", "full", False, True, 0.2, None),
    ("v1", "a", "0", "led@0.30", True, None, 0.7, None),
    ("v2", "a", "0", "led@0.30", None, None, None, "nothing is kept"),
    ("v1", "b", "1", "led@0.3", True, True, 0.6, None),
]
COLUMNS = ["video_id", "oracle", "run", "condition", "correct1", "correct5", "p_true", "failure"]


@pytest.fixture
def con():
    with connect() as con:
        yield con


def _predictions(con, tmp_path, rows=ROWS, **columns):
    path = tmp_path / "predictions.csv"
    pd.DataFrame(rows, columns=COLUMNS).assign(**{"recognizer": "r", "kept_fraction": 0.5} | columns).to_csv(
        path, index=False
    )
    return read(con, "predictions", path)


def _videos(con, tmp_path, **columns):
    path = tmp_path / "videos.csv"
    known = {"dataset": "d", "video_id": ["v1", "v2", "v3"], "label": ["x", "y", "x"]}
    pd.DataFrame(known | columns).to_csv(path, index=False)
    return read(con, "videos", path)


def test_every_outcome_is_in_its_place(con, tmp_path):
    videos = _videos(con, tmp_path, cluster=["s", "s", "t"], duration_s=[1.0, 2.0, 3.0])
    p = load(con, _predictions(con, tmp_path), videos)
    assert p.datasets == ("d",)
    assert p.video_id.tolist() == ["v1", "v2"]
    assert p.cluster.tolist() == [0, 0]
    assert p.label.tolist() == ["x", "y"]
    assert p.duration.tolist() == [1.0, 2.0]
    assert p.views == (
        View("r", None, "0", "full"),
        View("r", "a", "0", "led@0.3"),
        View("r", "b", "1", "led@0.3"),
    )
    assert p.state.tolist() == [[PREDICTED, PREDICTED], [PREDICTED, FAILED], [PREDICTED, MISSING]]
    top1, top5, p_true = p.values
    assert np.array_equal(top1, [[0, 1], [1, np.nan], [1, np.nan]], equal_nan=True)
    assert np.array_equal(top5, [[1, 1], [np.nan, np.nan], [1, np.nan]], equal_nan=True)
    assert np.array_equal(p_true, [[0.2, 0.9], [0.7, np.nan], [0.6, np.nan]], equal_nan=True)
    assert p.kept[1].tolist() == [0.5, 0.5]
    assert failures(con) == {View("r", "a", "0", "led@0.3"): "nothing is kept"}


def test_groups_join_conditions_without_oracle_to_every_oracle_and_run(con, tmp_path):
    p = load(con, _predictions(con, tmp_path))
    assert p.datasets == (UNNAMED,)
    groups = {(g.oracle, g.run): g for g in p.groups}
    assert {key: tuple(g.views) for key, g in groups.items()} == {
        (None, "0"): ("full",),
        ("a", "0"): ("full", "led@0.3"),
        ("b", "1"): ("full", "led@0.3"),
    }
    assert groups["b", "1"].views == {"full": 0, "led@0.3": 2}
    assert groups["b", "1"].own == {"led@0.3"}


def test_names_select_and_conditions_without_oracle_stay(con, tmp_path):
    p = load(con, _predictions(con, tmp_path), oracles=["a"], scored=["a", "b", "silent"])
    assert {view.oracle for view in p.views} == {None, "a"}
    assert p.notes == ()
    p = load(con, _predictions(con, tmp_path), scored=["a", "silent"])
    assert p.notes == ("silent has no predictions: it is left out",)
    with pytest.raises(UnknownNameError, match="unknown oracle 'c'"):
        load(con, _predictions(con, tmp_path), oracles=["c"])
    with pytest.raises(UnknownNameError, match="unknown recognizer 'q'"):
        load(con, _predictions(con, tmp_path), recognizers=["q"])


def test_predictions_without_a_dataset_need_one(con, tmp_path):
    videos = _videos(con, tmp_path, dataset=["d", "d", "e"])
    with pytest.raises(InputError, match=r"predictions without a dataset, and 2 datasets \(d, e\)"):
        load(con, _predictions(con, tmp_path), videos)


def test_one_condition_written_twice_is_refused(con, tmp_path):
    rows = [*ROWS, ("v1", "a", "0", "led@0.3", False, None, 0.7, None)]
    with pytest.raises(InputError, match=r"condition led@0\.3 written in two ways"):
        load(con, _predictions(con, tmp_path, rows))


def test_videos_that_the_table_lacks_are_said_and_their_own_cluster(con, tmp_path, caplog):
    rows = [*ROWS, ("stray", None, "0", "full", True, True, 0.5, None)]
    p = load(con, _predictions(con, tmp_path, rows), _videos(con, tmp_path, cluster=["s", "s", "s"]))
    assert "1 video (stray)" in caplog.text
    assert p.cluster.tolist() == [1, 0, 0]


def test_confidence_is_measured_or_stated(con, tmp_path):
    p = load(con, _predictions(con, tmp_path), _videos(con, tmp_path))
    path = tmp_path / "prechecks.csv"
    known = {"dataset": "d", "video_id": ["v1", "v2"], "oracle": "a", "outcome": "yes"}
    pd.DataFrame(known | {"p_yes": [0.8, None], "confidence": [0.1, 0.4]}).to_csv(path, index=False)
    assert confidences(con, read(con, "prechecks", path), p)["a", "0"].tolist() == [0.8, 0.4]
