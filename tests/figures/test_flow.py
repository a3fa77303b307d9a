"""The precheck flow by its artists."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.figures import flow, style
from crossoracle.figures.catalogue import FIGURES
from crossoracle.precheck import members, oracles_of

draw = FIGURES["precheck-flow"].draw


def panels(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def table(exactly, oracles, total):
    """Build the flow table of one dataset from the counts of exact sets."""
    rows = []
    sets = {name: {name} for name in oracles} | {" & ".join(oracles): set(oracles)}
    for name, inside in sets.items():
        n = sum(count for key, count in exactly.items() if inside <= set(key))
        rows.append(("d", "all_of", name, n, total))
    rows += [("d", "exactly", " & ".join(key) or None, n, total) for key, n in exactly.items()]
    found = pd.DataFrame(rows, columns=["dataset", "kind", "oracles", "n", "n_videos"])
    rate = found["n"] / total
    return found.assign(rate=rate, low=rate - 0.01, high=rate + 0.01, level=0.95, interval="wilson")


def test_a_bar_per_set_from_the_largest(study):
    rows = flow.numbers(study.flow)
    bars = rows[rows["panel"] == "exactly"]
    panel = panels(draw(study.flow))["bars"]
    assert [patch.get_height() for patch in panel.patches] == list(bars["n"])
    assert bars["n"].is_monotonic_decreasing
    assert bars["n"].sum() == bars["n_videos"].iloc[0] == 120
    assert [text.get_text() for text in panel.texts] == [f"{n}" for n in bars["n"]]
    assert "videos" in panel.get_ylabel()


def test_the_dots_under_a_bar_are_its_oracles(study):
    panel = panels(draw(study.flow))["dots"]
    looks = style.looks(study.oracles)
    bars = flow.numbers(study.flow).query("panel == 'exactly'")
    names = sorted(study.oracles)
    for bar in bars.itertuples():
        dots = [
            line for line in panel.lines if line.get_marker() == "o" and list(line.get_xdata()) == [bar.place]
        ]
        shown = {names[line.get_ydata()[0]]: to_hex(line.get_color()) for line in dots}
        inside = bar.set.split(" & ") if bar.set else []
        assert shown == {name: to_hex(looks[name].colour) for name in inside}


def test_rates_stand_in_the_rows_of_the_oracles_and_the_joint_one_last(study):
    found = panels(draw(study.flow))
    rates = flow.numbers(study.flow).query("panel == 'passed'")
    names = [label.get_text() for label in found["dots"].get_yticklabels()]
    assert names == [*sorted(study.oracles), "all together"]
    points = [line for line in found["rates"].lines if len(line.get_xdata()) == 1]
    assert [line.get_xdata()[0] for line in points] == list(rates["rate"])
    assert [line.get_ydata()[0] for line in points] == list(range(5))
    intervals = [tuple(line.get_xdata()) for line in found["rates"].lines if len(line.get_xdata()) == 2]
    assert intervals == list(zip(rates["low"], rates["high"], strict=True))
    assert rates["set"].iloc[-1] == " & ".join(study.oracles)


def test_one_dataset_can_be_asked_for(study):
    rows = flow.numbers(study.flow, dataset="k400")
    assert set(rows["dataset"]) == {"k400"}
    assert set(rows["n_videos"]) == {40}


def test_the_only_dataset_is_taken():
    rows = flow.numbers(table({("a", "b"): 3, (): 2}, ["a", "b"], 5))
    assert list(rows.query("panel == 'exactly'")["n"]) == [3, 2]


def test_sets_beyond_the_first_twenty_share_a_bar():
    names = [f"o{k}" for k in range(6)]
    exactly = {tuple(n for k, n in enumerate(names) if mask >> k & 1): mask + 1 for mask in range(64)}
    total = sum(exactly.values())
    rows = flow.numbers(table(exactly, names, total)).query("panel == 'exactly'")
    assert len(rows) == 21
    assert rows["set"].iloc[-1] == flow.OTHERS
    assert rows["n"].sum() == total
    texts = [text.get_text() for text in panels(draw(table(exactly, names, total)))["dots"].texts]
    assert texts == [flow.OTHERS]


def test_sets_that_the_table_leaves_out_share_a_bar():
    rows = flow.numbers(table({("a",): 3, ("a", "b"): 4}, ["a", "b"], 10)).query("panel == 'exactly'")
    assert list(rows["n"]) == [4, 3, 3]
    assert rows["set"].iloc[-1] == flow.OTHERS


@pytest.mark.parametrize("exactly", [{("a",): 4, (): 1}, {(): 5}, {("a",): 5}])
def test_one_oracle(exactly):
    ax = draw(table(exactly, ["a"], 5))
    assert [label.get_text() for label in panels(ax)["dots"].get_yticklabels()] == ["a"]


def test_names_may_hold_the_separator():
    names = ["x & y", "z"]
    rows = table({("x & y",): 1, ("x & y", "z"): 2}, names, 3)
    assert oracles_of(rows.query("kind == 'all_of'")["oracles"]) == names
    assert members("x & y & z", names) == ("x & y", "z")
    assert list(flow.numbers(rows).query("panel == 'passed'")["set"]) == ["x & y", "z", "x & y & z"]
