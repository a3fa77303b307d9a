"""The noise floor by its artists."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.errors import InputError
from crossoracle.figures import noise_floor, style
from crossoracle.figures.catalogue import FIGURES

draw = FIGURES["noise-floor"].draw

STATISTICS = ("spearman_within", "cohen_kappa", "mean_abs_difference")


def panels(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def marks(panel, name):
    return [line for line in panel.lines if line.get_label() == name]


def spans(panel):
    return {tuple(line.get_xdata()) for line in panel.lines if len(line.get_xdata()) == 2}


def test_self_and_cross_agreement_stand_at_their_values(study):
    rows = noise_floor.numbers(study.floors)
    found = panels(draw(study.floors))
    for statistic in STATISTICS:
        panel = found[f"{statistic}: agreement"]
        for quantity in ("self_agreement", "cross_agreement"):
            part = rows.query("statistic == @statistic and quantity == @quantity")
            assert [line.get_xdata()[0] for line in marks(panel, quantity)] == list(part["value"])
            assert set(zip(part["low"], part["high"], strict=True)) <= spans(panel)


def test_self_is_filled_and_cross_is_open_in_the_colour_of_the_arm(study):
    everyone = ["0-first", *study.oracles]
    looks = style.looks(everyone)
    panel = panels(draw(study.floors, oracles=everyone))["cohen_kappa: agreement"]
    for quantity, arms in (("self_agreement", study.oracles), ("cross_agreement", study.oracles[1:])):
        for mark, arm in zip(marks(panel, quantity), arms, strict=True):
            face = looks[arm].colour if quantity == "self_agreement" else "white"
            assert to_hex(mark.get_markeredgecolor()) == to_hex(looks[arm].colour)
            assert to_hex(mark.get_markerfacecolor()) == to_hex(face)


def test_differences_have_their_interval_their_bounds_and_their_verdict(study):
    rows = noise_floor.numbers(study.floors).query("quantity == 'difference'")
    found = panels(draw(study.floors))
    for statistic in STATISTICS:
        part, panel = rows.query("statistic == @statistic"), found[f"{statistic}: difference"]
        assert set(zip(part["low"], part["high"], strict=True)) <= spans(panel)
        assert set(zip(part["bound"], part["upper_bound"], strict=True)) <= spans(panel)
        told = [text.get_text() for text in panel.texts]
        assert told == ["non-inferior", "inconclusive", "inferior", "reference"]
        heights = [text.get_position()[1] for text in panel.texts]
        assert heights == [1, 2, 3, 0]


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_margin_lies_on_the_worse_side(study, statistic):
    panel = panels(draw(study.floors))[f"{statistic}: difference"]
    at = 0.07 if "distance" in COEFFICIENTS[statistic].laws else -0.07
    edges = marks(panel, "margin")
    assert [tuple(edge.get_xdata()) for edge in edges] == [(at, at)] * 3
    assert at == (0.07 if statistic == "mean_abs_difference" else -0.07)
    shades = [path.vertices[:, 0] for one in panel.collections for path in one.get_paths()]
    assert len(shades) == 3
    for shade in shades:  # from the margin over zero to the better end of the panel
        assert min(shade) < 0 < max(shade)
        assert at in (min(shade), max(shade))


def test_the_reference_comes_first(study):
    ax = draw(study.floors)
    names = [label.get_text() for label in panels(ax)["cohen_kappa: agreement"].get_yticklabels()]
    assert names == list(study.oracles)
    (line,) = [
        one for one in panels(ax)["cohen_kappa: agreement"].lines if list(one.get_xdata()) == [0.7] * 2
    ]
    assert line.get_ydata()[0] == 0


def test_the_key_says_whose_floor_it_is_and_the_rule(study):
    titles = [
        panel.get_legend().get_title().get_text()
        for panel in draw(study.floors).figure.axes
        if panel.get_legend()
    ]
    assert titles == ["all datasets pooled; floor: gemini-3.1-pro with itself; margin: half the floor"]


def test_another_dataset_and_costs_are_not_mixed_in(study):
    rows = noise_floor.numbers(study.floors)
    assert set(rows["dataset"]) == {"all"}
    assert "calls" not in set(rows["statistic"])
    assert set(noise_floor.numbers(study.floors, dataset="k400")["dataset"]) == {"k400"}


def test_an_arm_that_is_no_oracle_is_black(study):
    oracles = [f"{name}-model" for name in study.oracles]
    panel = panels(draw(study.floors, oracles=oracles))["cohen_kappa: agreement"]
    assert {to_hex(mark.get_markeredgecolor()) for mark in marks(panel, "self_agreement")} == {"#000000"}


def test_an_undefined_agreement_is_told(study):
    table = study.floors.copy()
    gone = (table["statistic"] == "cohen_kappa") & (table["arm_a"] == study.oracles[1])
    table.loc[gone, ["value", "low", "high", "bound", "upper_bound", "margin"]] = np.nan
    table.loc[gone, "verdict"] = None
    found = panels(draw(table))
    assert [text.get_text() for text in found["cohen_kappa: agreement"].texts] == ["undefined"] * 2
    told = [text.get_text() for text in found["cohen_kappa: difference"].texts]
    assert told == ["undefined", "inconclusive", "inferior", "reference"]


def test_one_arm_alone_has_a_floor_and_no_verdict(study):
    table = study.floors.query("quantity == 'self_agreement' and arm_a == @study.oracles[0]")
    found = panels(draw(table))
    assert len(marks(found["cohen_kappa: agreement"], "self_agreement")) == 1
    assert not found["cohen_kappa: difference"].texts


def test_costs_alone_are_no_floor(study):
    with pytest.raises(InputError, match="no agreement of repeated runs"):
        draw(study.floors.query("quantity == 'per_video'"))
