"""Presets: every figure keeps its size and its text inside the page wherever it is printed."""

from __future__ import annotations

import json

import matplotlib as mpl
import pytest
from matplotlib.font_manager import fontManager

from crossoracle.errors import UnknownNameError
from crossoracle.figures import style
from crossoracle.figures.catalogue import FIGURES
from crossoracle.figures.presets import PRESETS, PRINT, preset
from crossoracle.figures.run import draw
from tests.figures.conftest import make_study
from tests.figures.test_catalogue import HOSTILE, read, texts_of

ALIKE = ("neurips", "cvpr", "acl")  # of paper, like that of print: looked at in long runs
OTHERS = [
    pytest.param(name, marks=[pytest.mark.slow] * (name in ALIKE)) for name in PRESETS if name != PRINT.name
]


@pytest.fixture(scope="module")
def hostile():
    small = make_study(datasets=("k400", f"ssv2 {'y' * 60}"), videos=12)
    return small.renamed(dict(zip(small.oracles, HOSTILE, strict=False)))


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("place", OTHERS)
def test_a_figure_fits_its_place(name, place, hostile):
    one, wanted = FIGURES[name], PRESETS[place]
    with style.using(wanted):
        canvas = one.draw(*read(one, hostile)).get_figure()
        canvas.draw_without_rendering()
    wide, tall = canvas.get_size_inches()
    assert wide in wanted.widths.values()
    assert tall <= wanted.height + 1e-9
    room = canvas.bbox.padded(2)
    keys = [axes.get_legend() for axes in canvas.axes if axes.get_legend()]
    for found in [*(text for axes in canvas.axes for text in texts_of(axes)), *keys]:
        box = found.get_window_extent()
        assert room.contains(box.x0, box.y0), found
        assert room.contains(box.x1, box.y1), found


@pytest.mark.parametrize("place", PRESETS)
def test_letters_have_the_size_and_the_face_of_the_place(place):
    wanted = PRESETS[place]
    before = dict(mpl.rcParams)
    with style.using(wanted), style.printed():
        assert mpl.rcParams["font.size"] == wanted.points
        assert mpl.rcParams["font.family"] == list(wanted.faces)
    assert style.used() is PRINT
    assert dict(mpl.rcParams) == before


def test_every_face_comes_with_matplotlib():
    own = {font.name for font in fontManager.ttflist if font.fname.startswith(mpl.get_data_path())}
    assert {face for one in PRESETS.values() for face in one.faces} <= own


def test_lines_and_marks_grow_with_the_letters(study):
    widths = {}
    for place in ("print", "slides"):
        with style.using(PRESETS[place]):
            axes = FIGURES["kept-share"].draw(study.scores).get_figure().axes
        line = next(line for panel in axes if panel.get_label() == "kept" for line in panel.lines)
        widths[place] = line.get_linewidth()
    assert widths["slides"] == pytest.approx(widths["print"] * 12 / 7)


def test_a_preset_is_recorded_and_printed(study, tmp_path):
    rows = tmp_path / "estimates.csv"
    study.estimates.to_csv(rows, index=False)
    draw(names=["agreement-matrix"], estimates=rows, out=tmp_path / "f", preset="acl")
    record = json.loads((tmp_path / "f" / "agreement-matrix.pdf.json").read_text())
    assert record["options"]["preset"] == "acl"
    content = (tmp_path / "f" / "agreement-matrix.pdf").read_bytes()
    assert b"/MediaBox [ 0 0 218.16 " in content  # 3.03 inches
    assert b"STIXGeneral" in content
    assert b"/Type3" not in content


def test_an_unknown_preset_is_named_with_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'neurips'"):
        preset("neurip")
    with pytest.raises(UnknownNameError, match="did you mean 'cvpr'"):
        draw(tmp_path, preset="cvp")
