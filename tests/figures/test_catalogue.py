"""What every figure obeys: one oracle one colour, no global state, hostile names, any Axes."""

from __future__ import annotations

import sys
from subprocess import run

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Canvas

from crossoracle.errors import UnknownNameError
from crossoracle.figures import forest, style
from crossoracle.figures.catalogue import FIGURES, OPTIONS, figure
from tests.figures.conftest import make_study

HOSTILE = ("a$b$c_d^2", "\U0001f431 model\nnew", "<script>&amp;", "x" * 300, "y & z", "\u4e2d\u6587")


def read(one, study):
    return [getattr(study, name) for name in one.reads]


def texts_of(axes):
    """Return the texts that are drawn: tick labels beyond the limits are not."""
    shown = [*axes.texts, axes._left_title]
    if axes.axison:
        shown += [axis.label for axis in (axes.xaxis, axes.yaxis)]
        shown += [tick.label1 for axis in (axes.xaxis, axes.yaxis) for tick in axis._update_ticks()]
    return [text for text in shown if text.get_text() and text.get_visible()]


@pytest.fixture(scope="module")
def hostile(study):
    return study.renamed(dict(zip(study.oracles, HOSTILE, strict=False)))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_the_declared_width_and_changes_nothing_global(name, study):
    one, before = FIGURES[name], dict(mpl.rcParams)
    canvas = one.draw(*read(one, study)).get_figure()
    assert dict(mpl.rcParams) == before
    assert canvas.get_size_inches()[0] == style.WIDTHS[one.width]
    assert canvas.get_size_inches()[1] <= style.HEIGHT


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_can_be_drawn_on_given_axes(name, study):
    left, right = Canvas(figsize=(14, 9), layout="constrained").subplots(1, 2)
    one = FIGURES[name]
    assert one.draw(*read(one, study), ax=right) is right
    assert not left.has_data()
    right.get_figure().draw_without_rendering()


def check_that_no_text_is_cut_off(canvas):
    canvas.draw_without_rendering()
    room = canvas.bbox.padded(2)
    for text in (text for axes in canvas.axes for text in texts_of(axes)):
        box = text.get_window_extent()
        assert room.contains(box.x0, box.y0), text.get_text()
        assert room.contains(box.x1, box.y1), text.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_names_are_drawn_whole_and_without_a_warning(name, hostile, tmp_path):
    one = FIGURES[name]
    canvas = one.draw(*read(one, hostile)).get_figure()
    check_that_no_text_is_cut_off(canvas)
    canvas.set_layout_engine("none")  # it is laid out
    with style.printed():
        for kind in ("pdf", "svg"):
            canvas.savefig(tmp_path / f"it.{kind}")


@pytest.mark.parametrize("name", ["contrasts", "alpha-curves", "noise-floor"])
def test_no_text_is_cut_off_where_much_is_shown(name):
    wide = make_study(
        [f"oracle-{k}-{'x' * 60}" for k in range(7)], [f"{k} set {'y' * 60}" for k in range(5)], 8
    )
    one = FIGURES[name]
    canvas = one.draw(*read(one, wide)).get_figure()
    check_that_no_text_is_cut_off(canvas)
    assert canvas.get_size_inches()[1] <= style.HEIGHT


def test_an_oracle_has_one_colour_in_all_figures(study):
    """Each figure is given a study of four oracles; the matrix and the forest show only three of them."""
    want = {name: to_hex(look.colour) for name, look in style.looks(study.oracles).items()}
    gone = study.oracles[0]
    some = study.estimates[(study.estimates["oracle_a"] != gone) & (study.estimates["oracle_b"] != gone)]
    names = study.oracles
    marks = {to_hex(line.get_color()) for line in FIGURES["agreement-matrix"].draw(some, oracles=names).lines}
    assert marks == {colour for name, colour in want.items() if name != gone}

    panel = FIGURES["agreement-forest"].draw(some, oracles=names).get_figure().axes[1]
    points = [line for line in panel.lines if line.get_label() == "all"]
    rows = forest.numbers(some, statistics=["spearman_within"]).query("dataset == 'all'")
    halves = [(to_hex(p.get_markerfacecolor()), to_hex(p.get_markerfacecoloralt())) for p in points]
    assert halves == [(want[a], want[b]) for a, b in zip(rows["oracle_a"], rows["oracle_b"], strict=True)]

    for panel in FIGURES["precheck-flow"].draw(study.flow, oracles=names).get_figure().axes:
        if panel.get_label() == "rates":
            points = [line for line in panel.lines if len(line.get_xdata()) == 1]
            assert [to_hex(p.get_color()) for p in points[:4]] == [want[name] for name in sorted(names)]

    bars = FIGURES["score-distributions"].draw(study.scores, oracles=names).get_figure().axes[1:]
    assert {p.get_label(): to_hex(p.patches[0].get_facecolor()) for p in bars} == want

    axes = FIGURES["timelines"].draw(study.per_video, study.scores, oracles=names).get_figure().axes
    shown = [p for panel in axes if panel.get_label() == "most 1" for p in panel.patches]
    kept = {int(np.floor(p.get_y())): to_hex(p.get_facecolor()) for p in shown if p.get_height() < 0.5}
    assert kept == {k: want[name] for k, name in enumerate(sorted(names)) if k in kept}
    assert kept


def test_an_unknown_figure_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'timelines'"):
        figure("timeline")


def test_declarations_are_complete():
    for name, one in FIGURES.items():
        assert one.name == name
        assert one.title
        assert one.meaning.endswith(".")
        assert set(one.defaults()) == {option.name for option in one.options}
        assert all(OPTIONS[option.name] == option for option in one.options)


def test_the_catalogue_is_light():
    code = "import sys, crossoracle.figures.catalogue; print(*sys.modules)"
    loaded = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib", "seaborn", "numpy", "pandas", "scipy"} & set(loaded)
