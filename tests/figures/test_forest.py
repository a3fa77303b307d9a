"""The forest plot by its artists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures import forest, style
from crossoracle.figures.catalogue import FIGURES

draw = FIGURES["agreement-forest"].draw


def panels(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes if panel.get_title("left")}


def points(panel, dataset):
    return [line for line in panel.lines if line.get_label() == dataset]


def test_a_panel_per_statistic_of_pairs_and_one_for_all_oracles(study):
    found = panels(draw(study.estimates))
    assert list(found)[:6] == list(forest.HEADLINE[:6])
    assert list(found)[6:] == ["all"]


@pytest.mark.parametrize("dataset", ["all", "diving48", "ssv2"])
def test_points_and_intervals_stand_at_their_values(study, dataset):
    found = panels(draw(study.estimates))
    rows = forest.numbers(study.estimates)
    for statistic in forest.HEADLINE[:6]:
        panel = found[statistic]
        wanted = rows[(rows["statistic"] == statistic) & (rows["dataset"] == dataset)]
        assert [line.get_xdata()[0] for line in points(panel, dataset)] == list(wanted["value"])
        intervals = [tuple(line.get_xdata()) for line in panel.lines if len(line.get_xdata()) == 2]
        assert set(zip(wanted["low"], wanted["high"], strict=True)) <= set(intervals)


def test_the_jackknife_interval_of_a_pooled_estimate_lies_under_it(study):
    panel = panels(draw(study.estimates))["cohen_kappa"]
    rows = forest.numbers(study.estimates, statistics=["cohen_kappa"]).query("dataset == 'all'")
    lines = {tuple(line.get_xdata()): line.get_ydata()[0] for line in panel.lines}
    for point, row in zip(points(panel, "all"), rows.itertuples(), strict=True):
        below = lines[row.jackknife_low, row.jackknife_high]
        assert 0 < below - point.get_ydata()[0] < 0.5


def test_there_is_a_zero_line_in_every_panel(study):
    for panel in panels(draw(study.estimates)).values():
        assert [0, 0] in [list(line.get_xdata()) for line in panel.lines]
        low, high = panel.get_xlim()
        assert low < 0 < high


def test_pooled_and_datasets_have_different_markers(study):
    panel = panels(draw(study.estimates))["jaccard"]
    markers = {points(panel, name)[0].get_marker() for name in ["all", "diving48", "k400", "ssv2"]}
    assert len(markers) == 4


def test_the_halves_of_a_pooled_marker_are_its_oracles(study):
    panel = panels(draw(study.estimates))["jaccard"]
    looks = style.looks(study.oracles)
    rows = forest.numbers(study.estimates, statistics=["jaccard"]).query("dataset == 'all'")
    for point, row in zip(points(panel, "all"), rows.itertuples(), strict=True):
        assert to_hex(point.get_markerfacecolor()) == to_hex(looks[row.oracle_a].colour)
        assert to_hex(point.get_markerfacecoloralt()) == to_hex(looks[row.oracle_b].colour)


def test_rows_are_named(study):
    found = panels(draw(study.estimates))
    pairs = [label.get_text() for label in found["spearman_within"].get_yticklabels()]
    assert pairs[0] == "gemini-3.1-pro – gpt-5.5"
    assert len(pairs) == 6
    assert "Fleiss' kappa" in [label.get_text() for label in found["all"].get_yticklabels()]
    assert found["all"].get_xlabel() == "coefficient"


def test_the_only_dataset_is_not_drawn_twice(study):
    rows = study.estimates[study.estimates["dataset"].isin(["all", "k400"])]
    assert set(forest.numbers(rows)["dataset"]) == {"all"}


def test_more_datasets_than_markers_are_left_out(study):
    one = study.estimates[study.estimates["dataset"] == "all"]
    many = [one.assign(dataset=f"d{k}") for k in range(7)]
    assert set(forest.numbers(pd.concat([one, *many]))["dataset"]) == {"all"}
    assert len(set(forest.numbers(pd.concat([one, *many[:6]]))["dataset"])) == 7


def test_undefined_estimates_are_named(study):
    rows = study.estimates.copy()
    bounds = ["value", "low", "high", "jackknife_low", "jackknife_high"]
    rows.loc[(rows["statistic"] == "cohen_kappa") & (rows["dataset"] == "k400"), bounds] = np.nan
    rows.loc[rows["statistic"] == "icc_2_1", bounds] = np.nan
    found = panels(draw(rows))
    assert {text.get_text() for text in found["cohen_kappa"].texts} == {"undefined: k400"}
    assert [text.get_text() for text in found["all"].texts] == ["undefined"]


def test_an_interval_beyond_one_does_not_squeeze_the_rest(study):
    rows = study.estimates.copy()
    rows.loc[3, "jackknife_high"] = 40.0
    low, high = panels(draw(rows))["jaccard"].get_xlim()
    assert -1.2 < low < high < 1.2


def test_only_statistics_over_all_oracles(study):
    ax = draw(study.estimates, statistics=["alpha_interval", "icc_2_1"])
    assert list(panels(ax)) == ["all"]


def test_only_statistics_of_pairs(study):
    assert list(panels(draw(study.estimates, statistics=["jaccard"]))) == ["jaccard"]


def test_a_misspelt_statistic_is_named(study):
    with pytest.raises(UnknownNameError, match="did you mean 'jaccard'"):
        draw(study.estimates, statistics=["jacard"])


def test_a_table_without_headline_statistics(study):
    with pytest.raises(InputError, match="headline"):
        draw(study.estimates.assign(statistic="pearson"))


def test_estimates_by_label_and_of_other_sets_of_videos_are_not_mixed_in(study):
    rows = study.estimates.copy()
    rows.loc[rows["dataset"] == "k400", "label"] = "diving"
    rows.loc[rows["dataset"] == "ssv2", "videos"] = "pairwise"
    assert set(forest.numbers(rows)["dataset"]) == {"all"}  # diving48 is the only dataset left
