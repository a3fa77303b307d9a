"""Greedy removals by their numbers and their artists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError
from crossoracle.figures import footage, removal, style
from tests.figures.single import footage_of, pictures, shade, shades, walked

SEGMENTS = 6


def study_of(rows, segments=SEGMENTS):
    """Return the removals and the scores of one video."""
    key = {"dataset": "d", "video_id": "v", "oracle": "a", "run": "0"}
    removals = pd.DataFrame([key | row for row in rows]).astype({"segment": "Int64"})
    edges = {"start_s": np.arange(segments) / 2, "end_s": np.arange(segments) / 2 + 0.5}
    return removals, pd.DataFrame(key | {"segment": range(segments), "score": 1.0, "kept": True} | edges)


@pytest.fixture(scope="module")
def tables():
    return study_of(walked(np.random.default_rng(1), SEGMENTS))


@pytest.fixture(scope="module")
def rows(tables):
    return removal.numbers(*tables)


@pytest.fixture(scope="module")
def ax(rows, tmp_path_factory):
    videos = footage_of(rows, tmp_path_factory.mktemp("videos"))
    return removal.paint(rows, oracles=["0-first", "a"], footage=videos)


def by_label(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def test_what_is_left_is_what_was_not_removed(tables, rows):
    removals, _ = tables
    order = list(removals[removals["removed"]].sort_values("step")["segment"])
    assert len(order) == 4  # the fifth would leave P(YES) below 0.5
    for step, mine in rows.groupby("step"):
        wanted = ["gone" if s in order[: max(step - 1, 0)] else "left" for s in range(SEGMENTS)]
        if 0 < step <= len(order):
            wanted[order[step - 1]] = "removed"
        if step == len(order) + 1:
            wanted = ["gone" if s in order else "left" for s in range(SEGMENTS)]
        assert list(mine["state"]) == wanted, step


def test_p_yes_and_calls_are_those_of_the_table(tables, rows):
    removals, _ = tables
    for step, mine in rows.groupby("step"):
        asked = removals[removals["step"] == step]
        gone = asked[asked["removed"]]
        assert set(mine["p_yes"]) == {asked["p_yes"].max() if gone.empty else gone["p_yes"].iloc[0]}
        assert set(mine["calls"]) == {(removals["step"] <= step).sum()}
        assert set(mine["stopped"]) == {step == 5}
    assert set(rows["n_steps"]) == {4}


def test_the_threshold_must_fit_what_was_removed(tables):
    removals, scores = tables
    assert set(removal.numbers(*tables)["threshold"]) == {0.5}
    assert set(removal.numbers(*tables, threshold=0.45)["threshold"]) == {0.45}
    with pytest.raises(
        InputError, match=r"found threshold 0\.9, expected one that the removals keep to: below"
    ):
        removal.numbers(*tables, threshold=0.9)
    higher = removals.assign(p_yes=removals["p_yes"] - 0.3)
    assert removal.numbers(higher, scores)["threshold"].isna().all()


def test_frames_of_what_is_left_and_of_what_was_just_removed(rows, ax):
    sheets = pictures(by_label(ax)["steps"])
    assert len(sheets) == rows["step"].nunique()
    for sheet, (step, mine) in zip(sheets, rows.groupby("step"), strict=True):
        pairs = zip(shades(sheet, SEGMENTS), mine["instant_s"], mine["state"], strict=True)
        for found, instant, state in pairs:
            assert abs(found - (255 if state == "gone" else shade(instant))) <= 3, (step, state)


def test_a_cross_in_the_colour_of_the_oracle_over_what_was_removed(rows, ax):
    colour = style.looks(["0-first", "a"])["a"].colour
    crosses = [line for line in by_label(ax)["steps"].lines if to_hex(line.get_color()) == to_hex(colour)]
    places = sorted((round(float(np.mean(line.get_ydata()))), line.get_xdata()[0]) for line in crosses)
    gone = rows[rows["state"] == "removed"]
    assert places == sorted(2 * [(row.step, row.start_s) for row in gone.itertuples()])


def test_p_yes_after_each_step_beside_its_threshold(rows, ax):
    panel = by_label(ax)["p_yes"]
    steps = rows.drop_duplicates("step")
    lines = {line.get_label(): line for line in panel.lines}
    going = steps[~steps["stopped"]]
    assert list(lines["left"].get_xdata()) == list(going["p_yes"])
    assert list(lines["left"].get_ydata()) == list(range(len(going)))
    assert list(lines["stopped"].get_xdata()) == list(steps.loc[steps["stopped"], "p_yes"])
    assert lines["stopped"].get_markerfacecolor() == "white"
    assert [line.get_xdata()[0] for line in panel.lines if line.get_linestyle() == "--"] == [0.5]
    assert panel.get_title(loc="left") == f"4 removals,\n{steps['calls'].max()} verifications"


def test_a_removal_to_the_last_segment_has_no_end():
    found = removal.numbers(*study_of(walked(np.random.default_rng(2), 3, end=0.6), 3))
    assert not found["stopped"].any()
    assert list(found[found["step"] == 2]["state"]).count("left") == 1


def test_a_verification_without_p_yes_is_none():
    rows = walked(np.random.default_rng(1), SEGMENTS)
    rows[-1]["p_yes"] = None
    found = removal.numbers(*study_of(rows))
    assert found["p_yes"].notna().all()


def test_more_steps_than_a_page_holds_are_thinned_out():
    found = removal.numbers(*study_of(walked(np.random.default_rng(3), 40, end=0.51), 40))
    steps = list(found["step"].unique())
    assert (len(steps), steps[0], steps[-1]) == (removal.MOST_ROWS, 0, 39)
    last = found[found["step"] == 39]
    assert list(last["state"]).count("left") == 1
    told = by_label(removal.paint(found))["p_yes"].get_title(loc="left")
    assert told.startswith("15 of 39 removals")


def test_without_the_file_cells_are_drawn(rows):
    panel = by_label(removal.paint(rows))["steps"]
    shown = [to_hex(cell.get_facecolor()) for cell in panel.patches]
    assert shown.count(to_hex("0.75")) == (rows["state"] == "left").sum()
    assert panel.get_xlabel() == f"time (s)\n{footage.NO_TABLE}"


def test_the_video_that_most_was_removed_from(study):
    found = removal.numbers(study.removals, study.scores, oracle="gpt-5.5")
    mine = study.removals[study.removals["oracle"] == "gpt-5.5"]
    counts = mine.groupby("video_id")["removed"].sum()
    assert found["video_id"].iloc[0] == counts.idxmax()


def test_nothing_removed_is_said(tables):
    removals, scores = tables
    none = removals.assign(removed=False)
    with pytest.raises(InputError, match="nothing was removed from any video by a"):
        removal.numbers(none, scores)
    with pytest.raises(InputError, match="nothing was removed from 'v' by a"):
        removal.numbers(none, scores, video="v")
    with pytest.raises(InputError, match="d/v: the scores table has no segments of a"):
        removal.numbers(removals, scores.assign(oracle="b"))
