"""Figures across oracles by their artists: limits, classes, weights, directions, disagreement."""

from __future__ import annotations

from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures import style
from crossoracle.figures.catalogue import FIGURES

BLAND_ALTMAN, COVERAGE = FIGURES["bland-altman"], FIGURES["class-coverage"]
WEIGHTS, CLASSES = FIGURES["weight-distributions"], FIGURES["kept-by-class"]
CONSISTENCY, DISAGREEMENT = FIGURES["consistency"], FIGURES["disagreement"]


def panels(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def named(artists, name):
    return [one for one in artists if one.get_label() == name]


def test_limits_stand_at_their_values_with_their_intervals(study):
    tables = study.diagnostics_limits, study.diagnostics_points
    found = panels(BLAND_ALTMAN.draw(*tables))
    lines = study.diagnostics_limits.query("dataset == 'all'")
    assert len(lines) == 18
    for row in lines.itertuples():
        panel = found[f"{row.oracle_a} - {row.oracle_b}"]
        (line,) = named(panel.lines, row.quantity)
        assert set(line.get_ydata()) == {row.value}
        bands = {(p.get_y(), p.get_y() + p.get_height()) for p in panel.patches}
        assert any(np.allclose(band, (row.low, row.high)) for band in bands)


def test_every_cell_is_drawn_darker_the_more_it_holds(study):
    tables = study.diagnostics_limits, study.diagnostics_points
    panel = panels(BLAND_ALTMAN.draw(*tables, dataset="k400"))[f"{study.oracles[0]} - {study.oracles[1]}"]
    cells = study.diagnostics_points.query("dataset == 'k400' and oracle_a == @study.oracles[0]")
    cells = cells[cells["oracle_b"] == study.oracles[1]]
    drawn = named(panel.collections, "cell")
    shades = {}
    for cell in drawn:
        box = cell.get_paths()[0].get_extents()
        at = round((box.x0 + box.x1) / 2, 3), round((box.y0 + box.y1) / 2, 3)
        shades[at] = cell.get_facecolor()[0][0]
    assert set(shades) == {(row.mean, row.difference) for row in cells.itertuples()}
    ordered = cells.sort_values("n")
    reds = [shades[row.mean, row.difference] for row in ordered.itertuples()]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(reds))


def test_undefined_limits_are_said(study):
    none = study.diagnostics_limits.assign(value=np.nan, low=np.nan, high=np.nan)
    panel = panels(BLAND_ALTMAN.draw(none, study.diagnostics_points))[
        f"{study.oracles[0]} - {study.oracles[1]}"
    ]
    assert [text.get_text() for text in panel.texts] == ["undefined"]
    with pytest.raises(InputError, match="at least two oracles"):
        BLAND_ALTMAN.numbers(none.iloc[:0], study.diagnostics_points)
    with pytest.raises(UnknownNameError, match="k400"):
        BLAND_ALTMAN.numbers(none, study.diagnostics_points, dataset="k40")


def _slow(study, run="0"):
    """Return (dataset, label) -> (videos, those that every oracle passed), by a loop."""
    found = {}
    yes = study.prechecks[(study.prechecks["outcome"] == "yes") & (study.prechecks["run"] == run)]
    passed = yes.groupby(["dataset", "video_id"]).size()
    for row in study.videos.dropna(subset=["label"]).itertuples():
        n, kept = found.get((row.dataset, row.label), (0, 0))
        joint = passed.get((row.dataset, row.video_id), 0) == len(study.oracles)
        found[row.dataset, row.label] = n + 1, kept + joint
    return found


@pytest.mark.parametrize("streamed", [False, True])
def test_classes_are_counted_as_a_loop_counts_them(study, streamed):
    con = duckdb.connect()
    tables = [con.from_df(t) if streamed else t for t in (study.videos, study.prechecks)]
    rows = COVERAGE.numbers(*tables)
    counted = {(row.dataset, row.label): (row.n_videos, row.n_passed) for row in rows.itertuples()}
    assert counted == _slow(study)
    assert set(rows["n_oracles"]) == {4}
    assert (rows["n_asked"] == rows["n_videos"]).all()


def test_bars_of_classes_stand_from_the_one_that_keeps_most(study):
    rows = COVERAGE.numbers(study.videos, study.prechecks).query("dataset == 'ssv2'")
    panel = panels(COVERAGE.draw(study.videos, study.prechecks))["ssv2"]
    half = len(panel.patches) // 2
    assert [bar.get_height() for bar in panel.patches[:half]] == list(rows["n_videos"])
    assert [bar.get_height() for bar in panel.patches[half:]] == list(rows["n_passed"])
    assert list(rows["n_passed"]) == sorted(rows["n_passed"], reverse=True)


def test_a_class_that_nobody_recognises_is_counted_as_lost(study):
    gone = study.prechecks.copy()
    videos = study.videos.query("dataset == 'k400'")
    of = videos[videos["label"] == videos["label"].iloc[0]]["video_id"]
    gone.loc[gone["video_id"].isin(of), "outcome"] = "no"
    panel = panels(COVERAGE.draw(study.videos, gone))["k400"]
    assert "1 of 6 classes lost" in [text.get_text() for text in panel.texts]


def test_another_run_of_prechecks_is_not_counted(study):
    again = pd.concat([study.prechecks, study.prechecks.assign(run="1", outcome="no")])
    assert COVERAGE.numbers(study.videos, again).equals(COVERAGE.numbers(study.videos, study.prechecks))
    with pytest.raises(InputError, match="no rows of run '7'"):
        COVERAGE.numbers(study.videos, again, run="7")
    with pytest.raises(InputError, match="no classes to count"):
        COVERAGE.numbers(study.videos.assign(label=None), study.prechecks)


def test_weights_of_videos_recognised_and_not_are_two_outlines(study):
    found = panels(WEIGHTS.draw(study.diagnostics_scores))
    for oracle in study.oracles:
        rows = study.diagnostics_scores.query("dataset == 'k400' and oracle == @oracle").dropna()
        for passed, name in ((True, "recognised"), (False, "not recognised")):
            (steps,) = named(found[f"k400: {oracle}"].patches, name)
            part = rows[rows["passed"] == passed]
            assert np.array_equal(steps.get_data().values, part["share"])
            assert np.allclose(steps.get_data().edges, np.arange(21) / 20)


def test_the_silent_share_is_said(study):
    oracle = study.oracles[0]
    silent = study.diagnostics_scores.query("dataset == 'k400' and oracle == @oracle and passed")
    share = silent[silent["low"].isna()]["share"].iloc[0]
    panel = panels(WEIGHTS.draw(study.diagnostics_scores))[f"k400: {oracle}"]
    assert f"no score: {100 * share:.0f} %" in panel.texts[0].get_text()


def test_marks_of_classes_stand_at_the_shrunk_share_with_its_interval(study):
    rows = CLASSES.numbers(study.diagnostics_classes)
    found, looks = panels(CLASSES.draw(study.diagnostics_classes)), style.looks(study.oracles)
    for (dataset, oracle), part in rows.groupby(["dataset", "oracle"]):
        panel = found[f"{dataset}: {oracle}"]
        (marks,) = named(panel.lines, "shrunk")
        assert np.array_equal(marks.get_xydata(), part[["place", "shrunk"]])
        assert to_hex(marks.get_color()) == to_hex(looks[oracle].colour)
        (own,) = named(panel.lines, "value")
        assert list(own.get_ydata()) == list(part["value"])
        (bars,) = named(panel.collections, "intervals")
        ends = {tuple(bar[:, 1]) for bar in bars.get_segments()}
        assert ends == set(zip(part["low"], part["high"], strict=True))
        (median,) = named(panel.lines, "median")
        assert set(median.get_ydata()) == {np.median(part["value"])}


def test_a_study_without_flags_has_no_kept_classes(study):
    with pytest.raises(InputError, match="videos need labels"):
        CLASSES.numbers(study.diagnostics_classes.assign(value=np.nan))


def test_oracles_and_their_mean_stand_at_their_values(study):
    tables = study.directions, study.heterogeneity
    found, looks = panels(CONSISTENCY.draw(*tables)), style.looks(study.oracles)
    places = ["all", "diving48", "k400", "ssv2"]
    for contrast in ("polarity_gap", "eps", "full_gap", "tds"):
        rows = study.directions.query("contrast == @contrast and metric == 'top1'")
        for row in rows.itertuples():
            near = [
                line
                for line in named(found[contrast].lines, row.oracle)
                if round(float(line.get_ydata()[0])) == places.index(row.dataset)
            ]
            (line,) = near
            assert list(line.get_xdata()) == [row.value]
            filled = to_hex(line.get_markerfacecolor()) == to_hex(looks[row.oracle].colour)
            assert filled == row.significant
        means = study.heterogeneity.query("contrast == @contrast and metric == 'top1' and quantity == 'mean'")
        drawn = {line.get_xdata()[0] for line in named(found[contrast].lines, "mean")}
        assert drawn == set(means["value"])
        bars = {tuple(line.get_xdata()) for line in found[contrast].lines if len(line.get_xdata()) == 2}
        assert set(zip(means["low"], means["high"], strict=True)) <= bars


def test_how_many_point_up_is_said(study):
    rows = study.directions.query("contrast == 'eps' and metric == 'top1' and dataset == 'ssv2'")
    words = [
        text.get_text()
        for text in panels(CONSISTENCY.draw(study.directions, study.heterogeneity))["eps"].texts
    ]
    assert words[3] == f"{(rows['value'] > 0).sum()} of 4 up\nSD 4.0"


def test_accuracy_stands_over_the_quarter_of_disagreement(study):
    found = panels(DISAGREEMENT.draw(study.disagreement))
    table = study.disagreement.query("against == 'accuracy' and dataset == 'k400'")
    for statistic in ("jaccard_all", "spearman_within_all"):
        panel = found[f"k400: {statistic}"]
        for oracle in [None, *study.oracles]:
            part = table[table["statistic"] == statistic]
            part = part[part["oracle"].isna() if oracle is None else part["oracle"] == oracle]
            part = part[part["part"].str.startswith("quarter")]
            (line,) = named(panel.lines, oracle or "full")
            assert list(line.get_ydata()) == list(part["value"])
            assert np.abs(line.get_xdata() - np.arange(1, 5)).max() < 0.5
            ends = {tuple(bar[:, 1]) for bars in panel.collections for bar in bars.get_segments()}
            assert set(zip(part["low"], part["high"], strict=True)) <= ends


def test_the_difficulty_of_classes_is_not_drawn_as_accuracy(study):
    rows = DISAGREEMENT.numbers(study.disagreement)
    assert len(rows) == 4 * 5 * 2 * 5  # datasets, lines, statistics, quarters and the correlation
    with pytest.raises(InputError, match="no accuracies"):
        DISAGREEMENT.numbers(study.disagreement.query("against == 'difficulty'"))
