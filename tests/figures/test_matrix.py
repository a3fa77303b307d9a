"""The agreement matrix by its artists."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures import matrix, style
from crossoracle.figures.catalogue import FIGURES
from crossoracle.results import Estimate, Estimates

draw = FIGURES["agreement-matrix"].draw


def pairs(values, statistic="spearman_within"):
    rows = [
        Estimate(statistic, a, "0", b, "0", value=value, low=value - 0.1, high=value + 0.1)
        for (a, b), value in values.items()
    ]
    return Estimates(tuple(rows)).to_frame()


def cells(ax):
    return {(p.get_x() + 0.5, p.get_y() + 0.5): p for p in ax.patches if isinstance(p, Rectangle)}


def texts(ax, row):
    return [t.get_text() for t in ax.texts if t.get_position() == (row.column, row.row)]


def test_a_cell_shows_value_and_interval(study):
    ax = draw(study.estimates)
    rows = matrix.numbers(study.estimates)
    assert len(rows) == 6 == len(cells(ax))
    for row in rows.itertuples():
        found = study.estimates.query("statistic == 'spearman_within' and dataset == 'all'")
        pair = sorted([row.oracle_row, row.oracle_column])
        found = found[(found["oracle_a"] == pair[0]) & (found["oracle_b"] == pair[1])].iloc[0]
        assert row.value == found["value"]
        assert texts(ax, row) == [f"{row.value:.2f}", f"[{row.low:.2f}, {row.high:.2f}]"]


def test_the_cell_of_a_pair_stands_at_its_row_and_column(study):
    ax = draw(study.estimates)
    below = [t.get_text() for t in ax.get_xticklabels()]
    beside = [t.get_text() for t in ax.get_yticklabels()]
    for row in matrix.numbers(study.estimates).itertuples():
        assert row.row > row.column
        assert beside[row.row - 1] == row.oracle_row
        assert below[row.column] == row.oracle_column


def test_oracles_that_agree_stand_side_by_side():
    values = {("a", "b"): 0.1, ("a", "c"): 0.9, ("a", "d"): 0.1}
    values |= {("b", "c"): 0.1, ("b", "d"): 0.8, ("c", "d"): 0.1}
    rows = matrix.numbers(pairs(values))
    near = rows[rows["row"] - rows["column"] == 1]
    found = {frozenset(pair) for pair in zip(near["oracle_row"], near["oracle_column"], strict=True)}
    assert {frozenset("ac"), frozenset("bd")} <= found


def test_a_small_distance_means_agreement():
    values = {("a", "b"): 0.9, ("a", "c"): 0.1, ("b", "c"): 0.8}
    rows = matrix.numbers(pairs(values, "mean_abs_difference"))
    near = rows[rows["row"] - rows["column"] == 1]
    assert {"a", "c"} in [set(pair) for pair in zip(near["oracle_row"], near["oracle_column"], strict=True)]


def test_an_undefined_cell_is_hatched_and_says_so():
    ax = draw(pairs({("a", "b"): np.nan, ("a", "c"): 0.4, ("b", "c"): 0.2}))
    hatched = [cell for cell in cells(ax).values() if cell.get_hatch()]
    assert len(hatched) == 1
    assert [t.get_text() for t in ax.texts].count("undefined") == 1


@pytest.mark.parametrize("names", ["ab", "abcdef"])
def test_a_matrix_of_nothing_but_undefined_values_is_drawn(names):
    values = {(a, b): np.nan for a in names for b in names if a < b}
    assert len(cells(draw(pairs(values)))) == len(values)


def test_a_matrix_of_nothing_but_undefined_values_says_so_and_why(caplog):
    rows = pairs({("a", "b"): np.nan, ("a", "c"): np.nan, ("b", "c"): np.nan})
    rows = rows.assign(reason="every video has one segment")
    with caplog.at_level(logging.WARNING, logger="crossoracle"):
        ax = draw(rows)
    told = "Spearman's rho within videos, undefined for every pair: every video has one segment"
    assert " ".join(ax.get_title("left").split()) == told
    assert not ax.child_axes  # a scale of colours that are not there
    shown = "Spearman's rho within videos is undefined for every pair: every video has one segment"
    assert caplog.messages == [f"agreement-matrix: {shown}"]


def test_a_value_without_interval_says_so():
    rows = pairs({("a", "b"): 0.5}).assign(low=np.nan)
    assert "no interval" in [t.get_text() for t in draw(rows).texts]


def test_negative_numbers_have_a_minus_sign_and_zero_has_none():
    ax = draw(pairs({("a", "b"): -0.25, ("a", "c"): -0.001, ("b", "c"): 0.2}))
    shown = [t.get_text() for t in ax.texts]
    assert "−0.25" in shown
    assert "0.00" in shown


def test_the_markers_have_the_colours_of_the_oracles(study):
    ax = draw(study.estimates, oracles=["a-first", *study.oracles])
    looks = style.looks(["a-first", *study.oracles])
    names = matrix.numbers(study.estimates)
    shown = {to_hex(line.get_color()) for line in ax.lines}
    assert shown == {to_hex(looks[name].colour) for name in {*names["oracle_row"], *names["oracle_column"]}}


def test_a_statistic_that_is_not_there_is_named_with_the_nearest(study):
    with pytest.raises(UnknownNameError, match="did you mean 'cohen_kappa'"):
        draw(study.estimates, statistic="cohen_kapa")


def test_a_statistic_of_all_oracles_has_no_matrix(study):
    with pytest.raises(InputError, match="statistic of all oracles"):
        draw(study.estimates, statistic="alpha_interval")


def test_a_statistic_whose_sign_depends_on_the_order_has_no_matrix():
    with pytest.raises(InputError, match="sign"):
        draw(pairs({("a", "b"): 0.1}, "mean_difference"))


def test_two_runs_of_a_pair_are_refused():
    rows = pairs({("a", "b"): 0.1})
    with pytest.raises(InputError, match="several estimates"):
        draw(pd.concat([rows, rows]))


def test_without_the_headline_the_first_statistic_of_pairs_is_drawn():
    rows = pairs({("a", "b"): 0.1}, "cohen_kappa")
    assert set(matrix.numbers(rows)["statistic"]) == {"cohen_kappa"}


def test_another_statistic_and_dataset(study):
    rows = matrix.numbers(study.estimates, statistic="cohen_kappa", dataset="k400")
    assert set(rows["dataset"]) == {"k400"}
    assert "k400" in draw(study.estimates, dataset="k400").get_title("left")
    with pytest.raises(UnknownNameError, match="k400"):
        matrix.numbers(study.estimates, dataset="k40")


def test_where_the_headline_is_undefined_the_next_that_is_defined_is_drawn_and_that_is_said(caplog):
    undefined = pairs({("a", "b"): np.nan, ("a", "c"): np.nan})
    others = [
        pairs({("a", "b"): 0.1, ("a", "c"): 0.2}, name) for name in ("bias_index", "jaccard", "cohen_kappa")
    ]
    rows = pd.concat([undefined, *others])
    numbers = matrix.numbers(rows)
    assert set(numbers["statistic"]) == {"cohen_kappa"}
    told = "agreement-matrix shows Cohen's kappa: Spearman's rho within videos is undefined"
    assert caplog.messages == [told]
    assert "Cohen's kappa" in matrix.paint(numbers).get_title("left")
    assert caplog.messages == [told]  # once


def test_a_statistic_that_was_asked_for_is_drawn_though_undefined(caplog):
    rows = pd.concat([pairs({("a", "b"): np.nan}), pairs({("a", "b"): 0.1}, "cohen_kappa")])
    assert matrix.numbers(rows, statistic="spearman_within")["value"].isna().all()
    assert caplog.messages == ["agreement-matrix: Spearman's rho within videos is undefined for every pair"]
