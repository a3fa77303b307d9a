"""The alpha diagram by its numbers and its artists."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures import alpha_diagram, footage, style
from tests.figures.single import footage_of, pictures, shade, shades


@pytest.fixture(scope="module")
def rows(study):
    return alpha_diagram.numbers(study.scores, oracle="gpt-5.5")


@pytest.fixture(scope="module")
def ax(study, rows, tmp_path_factory):
    videos = footage_of(rows, tmp_path_factory.mktemp("videos"))
    return alpha_diagram.paint(rows, oracles=study.oracles, footage=videos)


def by_label(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def part(rows, condition, mark):
    return rows[(rows["condition"] == condition) & (rows["mark"] == mark)]


def test_the_first_video_of_which_some_is_kept_and_some_is_not(study, rows):
    kept = study.scores[study.scores["oracle"] == "gpt-5.5"].groupby(["dataset", "video_id"])["kept"]
    mixed = kept.any() & ~kept.all()
    assert tuple(rows.iloc[0][["dataset", "video_id"]]) == min(mixed.index[mixed])
    assert set(rows["oracle"]) == {"gpt-5.5"}


def test_densities_are_one_or_alpha(rows):
    kept = rows[rows["mark"] == "segment"].sort_values("segment")["kept"].astype(bool).to_numpy()
    for alpha in alpha_diagram.ALPHAS:
        led, inverted = (
            part(rows, f"{side}@{alpha:g}", "density")["density"] for side in ("led", "inverted")
        )
        assert np.array_equal(led, np.where(kept, 1, alpha))
        assert np.array_equal(inverted, np.where(kept, alpha, 1))


def test_frames_split_the_area_under_the_density_evenly(rows):
    """Sum the density up to each instant by hand: it is (j + 1/2) / 8 of all of it."""
    for condition in rows["condition"].dropna().unique():
        steps, frames = part(rows, condition, "density"), part(rows, condition, "frame")
        for j, instant in enumerate(frames["instant_s"]):
            long = (steps["end_s"].clip(upper=instant) - steps["start_s"]).clip(lower=0)
            share = (long * steps["density"]).sum()
            share /= ((steps["end_s"] - steps["start_s"]) * steps["density"]).sum()
            assert share == pytest.approx((j + 0.5) / 8, abs=1e-9), condition


def test_bars_are_as_high_as_the_density_and_coloured_where_kept(study, rows, ax):
    colour = to_hex(style.looks(study.oracles)["gpt-5.5"].colour)
    kept = rows[rows["mark"] == "segment"].set_index("segment")["kept"].astype(bool)
    tallest = max(bar.get_height() for bar in by_label(ax)["led@1"].patches)
    for condition in rows["condition"].dropna().unique():
        steps = part(rows, condition, "density")
        bars = by_label(ax)[condition].patches
        assert [bar.get_height() / tallest for bar in bars] == pytest.approx(list(steps["density"]))
        assert [bar.get_x() for bar in bars] == list(steps["start_s"])
        assert [to_hex(bar.get_facecolor()) == colour for bar in bars] == [kept[s] for s in steps["segment"]]


def test_a_line_ties_each_frame_to_its_instant(rows, ax):
    for condition in rows["condition"].dropna().unique():
        panel, instants = by_label(ax)[condition], part(rows, condition, "frame")["instant_s"]
        (ties,) = panel.collections
        assert [tie[0][0] for tie in ties.get_segments()] == pytest.approx(list(instants))
        (sheet,) = pictures(panel)
        found = shades(sheet, 8)
        assert all(abs(a - shade(t)) <= 3 for a, t in zip(found, instants, strict=True)), condition
        start, end = panel.get_xlim()
        slots = start + (np.arange(8) + 0.5) / 8 * (end - start)
        assert [tie[1][0] for tie in ties.get_segments()] == pytest.approx(list(slots))


def test_without_the_file_instants_are_drawn_and_that_is_said(rows):
    panels = by_label(alpha_diagram.paint(rows))
    assert [text.get_text() for panel in panels.values() for text in panel.texts] == [footage.NO_TABLE]
    (ties,) = panels["inverted@0"].collections
    assert len(ties.get_segments()) == 8


def scores_of(kept, **more):
    k = len(kept)
    rows = {"dataset": "d", "video_id": "v", "oracle": "a", "run": "0", "segment": range(k), "score": 0.5}
    edges = {"start_s": np.arange(k) / 2, "end_s": np.arange(k) / 2 + 0.5}
    return pd.DataFrame(rows | edges | {"kept": pd.array(kept, dtype="boolean")} | more)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ([True, True], "a keeps everything, so that alpha changes nothing"),
        ([False, False], "a keeps nothing, so that alpha changes nothing"),
        ([True, None], "a has no kept set"),
    ],
)
def test_where_alpha_changes_nothing_that_is_said(kept, told):
    with pytest.raises(InputError, match=told):
        alpha_diagram.numbers(scores_of(kept), video="v")
    with pytest.raises(InputError, match="everything or nothing in every video"):
        alpha_diagram.numbers(scores_of(kept))


def test_segments_that_do_not_join_are_no_video():
    with pytest.raises(InputError, match="d/v: segment 1 starts at 9 s"):
        alpha_diagram.numbers(scores_of([True, False], start_s=[0.0, 9.0], end_s=[0.5, 9.5]), video="v")


def test_what_is_not_there_is_named(study):
    with pytest.raises(UnknownNameError, match=r"did you mean 'gpt-5\.5'"):
        alpha_diagram.numbers(study.scores, oracle="gpt-5")
    with pytest.raises(InputError, match="run '3'"):
        alpha_diagram.numbers(study.scores, run="3")


def test_duckdb_is_asked_for_one_video(study, rows):
    relation = duckdb.connect().from_df(study.scores)
    assert alpha_diagram.numbers(relation, oracle="gpt-5.5").equals(rows)
