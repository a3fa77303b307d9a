"""Motion that was measured elsewhere decides what the motion orderings show, and is not measured again."""

from __future__ import annotations

from crossoracle.provenance import read_sidecar
from tests.recognizers.conftest import table


def _moved(video_id, values, step_s=0.5):
    return [
        {
            "dataset": "d",
            "video_id": video_id,
            "segment": i,
            "start_s": i * step_s,
            "end_s": (i + 1) * step_s,
            "motion": value,
        }
        for i, value in enumerate(values)
    ]


def test_imported_motion_orders_the_segments(home, predict):
    last, first = [0, 0, 0, 0, 0, 0, 2, 3], [3, 2, 0, 0, 0, 0, 0, 0]
    table("motion", _moved("v1", last) + _moved("v2", first), home)
    found = predict("motion@0.25", "motion", oracles=("good",), limit=2)
    assert found["tiny", "v1", None, "0", "motion@0.25"]["correct1"] is True
    assert found["tiny", "v2", None, "0", "motion@0.25"]["correct1"] is False
    assert found["tiny", "v2", "good", "0", "motion"]["correct1"] is False
    assert not (home / "cache").exists()
    assert "motion.parquet" in read_sidecar(home / "predictions.parquet")["inputs"]
    table("motion", _moved("v1", last) + _moved("v2", last), home)
    again = predict("motion@0.25", oracles=("good",), limit=2)
    assert again["tiny", "v2", None, "0", "motion@0.25"]["correct1"] is True


def test_motion_of_other_segments_is_measured_instead(home, predict):
    table("motion", _moved("v1", [0, 0, 0, 1], step_s=1.0), home)
    predict("motion@0.25", oracles=("good",), limit=1)
    assert len(list((home / "cache" / "motion").rglob("*.npz"))) == 1


def test_without_a_motion_condition_the_table_is_no_input(home, predict):
    table("motion", _moved("v1", [0] * 8), home)
    predict("full", limit=1)
    assert "motion.parquet" not in read_sidecar(home / "predictions.parquet")["inputs"]
