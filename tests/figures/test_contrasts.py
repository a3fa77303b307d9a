"""The forest of contrasts by its artists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.analysis.catalogue import CONTRASTS as DECLARED
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures import contrasts, style
from crossoracle.figures.catalogue import FIGURES
from crossoracle.figures.titles import CONTRASTS

draw = FIGURES["contrasts"].draw


def panels(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes if panel.get_title("left")}


def spans(panel):
    return [tuple(line.get_xdata()) for line in panel.lines if len(line.get_xdata()) == 2]


def test_the_headline_is_declared_by_the_room_of_analysis():
    assert set(CONTRASTS) <= set(DECLARED)


def test_a_panel_per_contrast_and_a_row_per_dataset(study):
    found = panels(draw(study.differences))
    assert list(found) == ["polarity_gap", "eps", "full_gap", "tds"]
    rows = [label.get_text() for label in found["polarity_gap"].get_yticklabels()]
    assert rows == ["pooled", "diving48", "k400", "ssv2"]
    assert {panel.get_xlabel() for panel in found.values()} == {"percentage points"}


@pytest.mark.parametrize("metric", ["top1", "p_true"])
def test_marks_intervals_and_simultaneous_bounds_stand_at_their_values(study, metric):
    rows = contrasts.numbers(study.differences, metric=metric)
    assert set(rows["metric"]) == {metric}
    found = panels(draw(study.differences, metric=metric))
    for contrast, part in rows.groupby("contrast"):
        marks = [line for line in found[contrast].lines if line.get_label() in study.oracles]
        assert [line.get_xdata()[0] for line in marks] == list(part["value"])
        assert [line.get_label() for line in marks] == list(part["oracle"])
        drawn = spans(found[contrast])
        assert set(zip(part["low"], part["high"], strict=True)) <= set(drawn)
        assert set(zip(part["simultaneous_low"], part["simultaneous_high"], strict=True)) <= set(drawn)


def test_the_simultaneous_bounds_are_the_thinner_line_at_the_same_height(study):
    panel = panels(draw(study.differences))["eps"]
    row = contrasts.numbers(study.differences).query("contrast == 'eps'").iloc[0]
    by = {tuple(line.get_xdata()): line for line in panel.lines}
    thick, thin = by[row["low"], row["high"]], by[row["simultaneous_low"], row["simultaneous_high"]]
    assert thin.get_linewidth() < thick.get_linewidth()
    assert list(thin.get_ydata()) == list(thick.get_ydata())


def test_marks_have_the_colour_and_the_form_of_their_oracle(study):
    everyone = ["0-first", *study.oracles]
    looks = style.looks(everyone)
    for panel in panels(draw(study.differences, oracles=everyone)).values():
        marks = [line for line in panel.lines if line.get_label() in study.oracles]
        assert len(marks) == 16
        for mark in marks:
            assert to_hex(mark.get_markerfacecolor()) == to_hex(looks[mark.get_label()].colour)
            assert mark.get_marker() == looks[mark.get_label()].marker


def test_marks_stay_in_the_row_of_their_dataset(study):
    panel = panels(draw(study.differences))["tds"]
    places = [line.get_ydata()[0] for line in panel.lines if line.get_label() in study.oracles]
    assert list(np.round(places)) == sorted([0, 1, 2, 3] * 4)
    assert len(set(places)) == len(places)


def test_ticks_are_percentage_points_with_their_sign(study):
    ax = draw(study.differences)
    ax.figure.draw_without_rendering()
    panel = panels(ax)["full_gap"]
    told = {
        round(at, 9): label.get_text()
        for at, label in zip(panel.get_xticks(), panel.get_xticklabels(), strict=True)
    }
    assert told[0.0] == "0"
    assert told[0.2] == "+20"
    assert told[-0.2] == "−20"


def test_a_zero_line_in_every_panel(study):
    for panel in panels(draw(study.differences)).values():
        assert (0, 0) in spans(panel)
        low, high = panel.get_xlim()
        assert low < 0 < high


def test_strata_and_other_runs_are_not_drawn(study):
    one = study.differences.query("dataset == 'k400'").assign(stratum="duration 1/4", value=0.9)
    other = study.differences.assign(run="1", value=0.8)
    rows = contrasts.numbers(pd.concat([study.differences, one, other]))
    assert rows.equals(contrasts.numbers(study.differences))
    assert set(contrasts.numbers(pd.concat([study.differences, other]), run="1")["value"]) == {0.8}


def test_an_undefined_difference_is_told(study):
    table = study.differences.copy()
    gone = (table["contrast"] == "tds") & (table["dataset"] == "ssv2") & (table["metric"] == "top1")
    table.loc[gone, ["value", "low", "high", "simultaneous_low", "simultaneous_high"]] = np.nan
    found = panels(draw(table))
    assert [text.get_text() for text in found["tds"].texts] == ["undefined"] * 4
    assert not found["eps"].texts


def test_only_contrasts_that_are_there_have_a_panel(study):
    found = panels(draw(study.differences.query("contrast == 'eps'")))
    assert list(found) == ["eps"]
    with pytest.raises(InputError, match="no headline contrast"):
        draw(study.differences.assign(contrast="preservation"))


def test_the_only_dataset_is_not_drawn_twice(study):
    rows = study.differences[study.differences["dataset"].isin(["all", "k400"])]
    assert set(contrasts.numbers(rows)["dataset"]) == {"k400"}


def test_more_datasets_than_have_a_place_are_pooled(study):
    one = study.differences.query("dataset == 'all'")
    many = [one.assign(dataset=f"d{k}") for k in range(6)]
    assert set(contrasts.numbers(pd.concat([one, *many]))["dataset"]) == {"all"}
    assert len(set(contrasts.numbers(pd.concat([one, *many[:5]]))["dataset"])) == 6


def test_a_recognizer_is_chosen_by_name(study):
    table = pd.concat([study.differences.assign(recognizer="b"), study.differences.assign(recognizer="a")])
    assert set(contrasts.numbers(table)["recognizer"]) == {"a"}
    assert set(contrasts.numbers(table, recognizer="b")["recognizer"]) == {"b"}
    with pytest.raises(UnknownNameError, match="recognizer"):
        contrasts.numbers(table, recognizer="c")
    assert len(contrasts.numbers(study.differences.assign(recognizer=None))) == 64


def test_a_metric_that_is_not_there_is_named(study):
    with pytest.raises(UnknownNameError, match="top5"):
        contrasts.numbers(study.differences, metric="top5")
    with pytest.raises(InputError, match="empty"):
        contrasts.numbers(study.differences.head(0))
