"""The print style: nothing global changes, an oracle keeps its look, and looks can be told apart."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from crossoracle.figures import style


def luminance(colour):
    rgb = np.asarray(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def lightness(colour):
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_style_leaves_no_trace():
    before = dict(mpl.rcParams)
    with style.printed():
        assert mpl.rcParams["pdf.fonttype"] == 42
        assert mpl.rcParams["font.size"] == 7
    assert dict(mpl.rcParams) == before


def test_an_oracle_has_its_look_whatever_the_order_of_the_names():
    names = ["qwen", "gpt", "gemini", "internvl"]
    assert style.looks(names) == style.looks(reversed(names)) == style.looks(names + names)


def test_every_one_of_fifty_oracles_has_its_own_colour_and_marker():
    looks = style.looks(f"o{k:02d}" for k in range(50)).values()
    assert len({(look.colour, look.marker) for look in looks}) == 50


def test_eight_oracles_have_eight_colours():
    assert len({look.colour for look in style.looks("abcdefgh").values()}) == 8


def test_four_oracles_can_be_told_apart_in_grey():
    greys = [lightness(look.colour) for look in style.looks("abcd").values()]
    assert min(abs(a - b) for a, b in combinations(greys, 2)) >= 10


def test_all_oracles_of_a_pair_with_similar_grey_differ_in_marker_and_line():
    for one, other in combinations(style.looks("abcdef").values(), 2):
        if abs(lightness(one.colour) - lightness(other.colour)) < 10:
            assert one.marker != other.marker
            assert one.line != other.line


@pytest.mark.parametrize("colours", [style.SIGNED, style.SCORES])
def test_text_on_any_cell_can_be_read(colours):
    assert min(contrast(colours(x), style.ink_on(colours(x))) for x in np.linspace(0, 1, 101)) >= 4.5


def test_scores_darken_evenly():
    shades = [luminance(style.SCORES(x)) for x in np.linspace(0, 1, 50)]
    assert np.all(np.diff(shades) < 0)


def test_panels_fit_into_axes_without_a_grid():
    canvas = style.Canvas()
    host = canvas.add_axes((0.5, 0.5, 0.4, 0.4))
    grid = style.panels(host, 2, 2)
    corner = grid[0, 0].get_position()
    assert corner.x0 >= 0.5 - 1e-9
    assert grid[1, 1].get_position().x1 <= 0.9 + 1e-9
