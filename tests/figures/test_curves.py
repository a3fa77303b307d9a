"""The figures of curves by their artists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError
from crossoracle.figures import style
from crossoracle.figures.catalogue import FIGURES
from tests.figures.conftest import make_study

alpha_curves, insertion_curves = FIGURES["alpha-curves"], FIGURES["insertion-curves"]
budgets, thresholds = FIGURES["budgets"], FIGURES["thresholds"]
CURVES = {
    alpha_curves: ("led", "inverted"),
    insertion_curves: ("insertion:budget", "deletion:anti"),
    budgets: ("budget", "anti"),
    thresholds: ("threshold",),
}
GREY = {insertion_curves: "insertion:", budgets: ""}


def panels(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def named(artists, name):
    return [one for one in artists if one.get_label() == name]


@pytest.mark.parametrize("one", CURVES)
def test_points_bars_and_bands_stand_at_their_values(study, one):
    rows = one.numbers(study.curves)
    found = panels(one.draw(study.curves))
    for dataset in ["all", "diving48", "k400", "ssv2"]:
        for oracle in study.oracles:
            panel = found[f"{dataset}: {oracle}"]
            for family in CURVES[one]:
                part = rows.query("dataset == @dataset and oracle == @oracle and family == @family")
                (line,) = named(panel.lines, family)
                assert np.array_equal(line.get_xydata(), part[["x", "value"]])
                (bars,) = named(panel.collections, f"bars of {family}")
                ends = {tuple(bar[:, 1]) for bar in bars.get_segments() if len(bar)}
                known = part.dropna(subset=["low"])
                assert ends == set(zip(known["low"], known["high"], strict=True))
                (band,) = named(panel.collections, f"band of {family}")
                corners = {tuple(at) for path in band.get_paths() for at in path.vertices}
                assert set(zip(known["x"], known["band_low"], strict=True)) <= corners
                assert set(zip(known["x"], known["band_high"], strict=True)) <= corners


@pytest.mark.parametrize("one", CURVES)
def test_curves_have_the_colour_and_the_form_of_their_oracle(study, one):
    everyone = ["0-first", *study.oracles]
    looks = style.looks(everyone)
    found = panels(one.draw(study.curves, oracles=everyone))
    for oracle in study.oracles:
        for family in CURVES[one]:
            (line,) = named(found[f"k400: {oracle}"].lines, family)
            assert to_hex(line.get_color()) == to_hex(looks[oracle].colour)
            assert line.get_marker() == looks[oracle].marker


@pytest.mark.parametrize("one", CURVES)
def test_two_families_differ_without_colour(study, one):
    panel = panels(one.draw(study.curves))[f"all: {study.oracles[0]}"]
    lines = [named(panel.lines, family)[0] for family in CURVES[one]]
    assert len({str(line.get_linestyle()) for line in lines}) == len(lines)
    assert len({to_hex(line.get_markerfacecolor()) for line in lines}) == len(lines)


@pytest.mark.parametrize("one", GREY)
def test_orders_without_an_oracle_are_grey_in_every_row(study, one):
    found = panels(one.draw(study.curves))
    rows = one.numbers(study.curves).query("dataset == 'ssv2' and oracle.isna()")
    for oracle in study.oracles:
        for name in ("random", "motion", "temporal"):
            family = GREY[one] + name
            (line,) = named(found[f"ssv2: {oracle}"].lines, family)
            assert np.array_equal(line.get_xydata(), rows.query("family == @family")[["x", "value"]])
            assert line.get_color() == "0.5"


def test_the_gaps_of_all_oracles_stand_below(study):
    found = panels(alpha_curves.draw(study.curves))
    rows = alpha_curves.numbers(study.curves).query("dataset == 'k400' and family == 'gap'")
    panel = found["k400: gap"]
    assert [0, 0] in [list(line.get_ydata()) for line in panel.lines]
    ends = {tuple(bar[:, 1]) for bars in panel.collections for bar in bars.get_segments()}
    for oracle, part in rows.groupby("oracle"):
        (line,) = named(panel.lines, oracle)
        assert list(line.get_ydata()) == list(part["value"])
        assert np.abs(line.get_xdata() - part["x"]).max() < 0.03  # side by side
        assert set(zip(part["low"], part["high"], strict=True)) <= ends
        assert set(zip(part["band_low"], part["band_high"], strict=True)) <= ends


def test_without_an_inversion_there_is_no_gap(study):
    table = study.curves.query("family == 'led'")
    assert not named(panels(alpha_curves.draw(table))["all: gap"].lines, study.oracles[0])[0].get_xdata().size


def test_the_share_that_a_threshold_leaves_stands_below(study):
    panel = panels(thresholds.draw(study.curves))["ssv2: share"]
    rows = thresholds.numbers(study.curves).query("dataset == 'ssv2'")
    for oracle, part in rows.groupby("oracle"):
        (line,) = named(panel.lines, oracle)
        assert np.array_equal(line.get_xydata(), part[["x", "kept_fraction"]])


def test_the_start_at_chance_has_neither_bar_nor_band(study):
    panel = panels(insertion_curves.draw(study.curves))[f"all: {study.oracles[0]}"]
    (line,) = named(panel.lines, "insertion:budget")
    assert line.get_xdata()[0] == 0
    (bars,) = named(panel.collections, "bars of insertion:budget")
    heights = [bar[0, 0] for bar in bars.get_segments() if len(bar)]
    assert heights == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("one", CURVES)
def test_the_only_dataset_has_one_column(study, one):
    table = study.curves[study.curves["dataset"].isin(["all", "k400"])]
    found = panels(one.draw(table))
    assert {name.split(":")[0] for name in found if ": " in name} == {"k400"}


def test_panels_are_named_and_a_column_shares_its_limits(study):
    found = panels(alpha_curves.draw(study.curves))
    first, second = (found[f"k400: {oracle}"] for oracle in study.oracles[:2])
    assert first.get_title("left") == "k400"
    assert first.get_ylim() == second.get_ylim()
    assert found[f"all: {study.oracles[1]}"].get_ylabel() == f"{study.oracles[1]}\ntop-1 (%)"
    assert found["ssv2: gap"].get_xlabel() == "alpha"


def test_an_undefined_curve_is_an_empty_panel(study):
    table = study.curves.copy()
    gone = (table["dataset"] == "k400") & (table["oracle"] == study.oracles[2])
    table.loc[gone, ["value", "low", "high", "band_low", "band_high"]] = np.nan
    found = panels(thresholds.draw(table))
    (line,) = named(found[f"k400: {study.oracles[2]}"].lines, "threshold")
    assert np.isnan(line.get_ydata()).all()


def test_another_run_is_not_mixed_in(study):
    again = study.curves.assign(run="1", value=0.99)
    assert thresholds.numbers(pd.concat([study.curves, again])).equals(thresholds.numbers(study.curves))
    assert set(thresholds.numbers(pd.concat([study.curves, again]), run="1")["value"]) == {0.99}


@pytest.mark.parametrize("one", CURVES)
def test_orders_alone_are_no_curve_of_an_oracle(study, one):
    with pytest.raises(InputError, match="no curve of an oracle"):
        one.numbers(study.curves[study.curves["oracle"].isna()])


def test_more_datasets_than_stand_side_by_side_go_on_below():
    many = make_study(oracles=("a", "b"), datasets=[f"set{k:02d}" for k in range(8)], videos=16)
    ax = alpha_curves.draw(many.curves)
    found = panels(ax)
    ax.figure.draw_without_rendering()
    places = ["all", *(f"set{k:02d}" for k in range(8))]
    for dataset in places:
        rows = alpha_curves.numbers(many.curves).query(
            "dataset == @dataset and oracle == 'a' and family == 'led'"
        )
        (line,) = named(found[f"{dataset}: a"].lines, "led")
        assert np.array_equal(line.get_xydata(), rows[["x", "value"]])
        assert found[f"{dataset}: gap"].get_xlabel() == "alpha"
    boxes = {name: found[f"{name}: a"].get_window_extent() for name in places}
    assert boxes["set04"].y1 < found["all: gap"].get_window_extent().y0  # the sixth starts a band below
    assert boxes["set04"].x0 == pytest.approx(boxes["all"].x0)
    assert found["set04: a"].get_ylabel().startswith("a\n")
    assert found["set00: a"].get_ylabel() == ""


def test_datasets_beyond_a_page_are_shown_pooled():
    names = [f"set{k:02d}" for k in range(40)]
    table = make_study(oracles=("a", "b"), datasets=names, videos=40).curves
    assert set(alpha_curves.numbers(table)["dataset"]) == {"all"}
