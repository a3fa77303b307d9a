"""The score distributions by their artists."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError
from crossoracle.figures import distributions, style
from crossoracle.figures.catalogue import FIGURES

draw = FIGURES["score-distributions"].draw


def panels(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes if panel.get_title("left")}


def scores(values, kept=None):
    kept = pd.array(kept or [None] * len(values), dtype="boolean")
    return pd.DataFrame({"oracle": "a", "run": "0", "score": np.array(values, dtype=float), "kept": kept})


def test_bars_are_the_shares_of_the_scored_segments(study):
    rows = distributions.numbers(study.scores)
    found = panels(draw(study.scores))
    assert list(found) == sorted(study.oracles)
    for name, part in rows.groupby("oracle"):
        values = study.scores.query("oracle == @name")["score"].dropna()
        counts = np.bincount(np.minimum(np.round(values * 20).astype(int), 19), minlength=20)
        assert list(part["n"]) == list(counts)
        assert part["share"].sum() == pytest.approx(1)
        bars = found[name].patches
        assert [bar.get_height() for bar in bars] == list(part["share"])
        assert [bar.get_x() for bar in bars] == list(part["low"])


def test_bars_have_the_colour_of_the_oracle(study):
    everyone = ["0-first", *study.oracles]
    found = panels(draw(study.scores, oracles=everyone))
    for name, look in style.looks(everyone).items():
        if name in found:
            assert {to_hex(bar.get_facecolor()) for bar in found[name].patches} == {to_hex(look.colour)}


def test_median_and_shares_are_written_in():
    table = scores([0.0, 0.2, 0.4, None], [True, False, False, None])
    ax = draw(table)
    panel = panels(ax)["a"]
    assert panel.texts[0].get_text() == "median 0.20\nkept 33.3 %\nno score 25.0 %"
    assert {line.get_xdata()[0] for line in panel.lines} == {0.2}
    assert panel.get_xlabel() == "score"
    assert panel.get_ylabel() == "share of segments"


@pytest.mark.parametrize(("score", "side"), [(0.1, "right"), (0.9, "left")])
def test_the_words_stand_away_from_the_median(score, side):
    assert panels(draw(scores([score])))["a"].texts[0].get_ha() == side


@pytest.mark.parametrize("middle", [0.3, 0.45, 0.48, 0.52, 0.55, 0.7])
def test_the_words_stand_above_the_median_line_and_the_bars(middle):
    rows = [
        scores([middle, None, 0.1, 0.9], [True, None, False, True]).assign(oracle=name) for name in "abcd"
    ]
    ax = draw(pd.concat(rows))
    ax.figure.draw_without_rendering()
    for panel in panels(ax).values():
        words = panel.texts[0].get_window_extent()
        artists = [*panel.lines, *(bar for bar in panel.patches if bar.get_height() > 0)]
        assert artists
        assert not [one for one in artists if words.overlaps(one.get_window_extent())]


def test_the_numbers_under_neighbouring_panels_stand_apart():
    ax = draw(pd.concat([scores([0.4]), scores([0.4]).assign(oracle="b")]))
    ax.figure.draw_without_rendering()
    left, right = panels(ax).values()
    ends = left.get_xticklabels()[-1].get_window_extent(), right.get_xticklabels()[0].get_window_extent()
    assert ends[1].x0 - ends[0].x1 > ends[0].height


@pytest.mark.parametrize(("score", "place"), [(0.0, 0), (0.05, 1), (0.1 + 0.2, 6), (1 - 0.4, 12), (1.0, 19)])
def test_an_edge_belongs_to_the_bin_above_and_one_to_the_last(score, place):
    assert distributions.numbers(scores([score]))["n"].to_numpy().nonzero()[0].tolist() == [place]


def test_an_oracle_that_never_scores_has_an_empty_panel():
    table = pd.concat([scores([None, None]), scores([0.5, 0.5]).assign(oracle="b")])
    rows = distributions.numbers(table)
    assert rows.query("oracle == 'a'")["share"].isna().all()
    found = panels(draw(table))
    assert found["a"].texts[0].get_text() == "no score 100.0 %"


def test_duckdb_counts_the_same(study):
    relation = duckdb.connect().from_df(study.scores)
    assert distributions.numbers(relation).equals(distributions.numbers(study.scores))


def test_a_run_that_is_not_there(study):
    with pytest.raises(InputError, match="run '3'"):
        distributions.numbers(study.scores, run="3")


def test_flags_without_scores_have_no_distribution(study):
    with pytest.raises(InputError, match="no segment of run '0' has a score"):
        distributions.numbers(study.scores.assign(score=np.nan))
