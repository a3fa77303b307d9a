"""Eight oracles can be told apart in grey and by colour-blind readers: by colour, or by mark and line.

Colour-blindness is simulated by the matrices for severity 1.0 of Machado, Oliveira & Fernandes (2009), *IEEE
Trans. Vis. Comput. Graph.* 15:1291-1298, on linear RGB. Differences are CIE76 (Euclidean in CIELAB, D65).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from crossoracle.figures import style
from crossoracle.figures.catalogue import FIGURES

MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
GREY = np.tile([0.2126, 0.7152, 0.0722], (3, 1))  # relative luminance
SIGHTS = {"usual": np.eye(3), "greyscale": GREY} | {name: np.array(m) for name, m in MACHADO.items()}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
PLAIN = 12.0  # CIE76: seen at a glance; 2.3 is just noticeable


def lab(colour, sight):
    """Return CIELAB of a colour as it is seen."""
    rgb = np.asarray(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(sight @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one, other, sight):
    return float(np.linalg.norm(lab(one.colour, sight) - lab(other.colour, sight)))


def test_the_simulation_keeps_white_and_black_and_takes_colour_away():
    for sight in SIGHTS.values():
        assert lab("white", sight) == pytest.approx([100, 0, 0], abs=0.6)
        assert lab("black", sight) == pytest.approx([0, 0, 0], abs=1e-9)
    assert abs(lab("red", SIGHTS["greyscale"])[1:]).max() < 0.6
    green, red = lab("#00a000", SIGHTS["deuteranopia"]), lab("#c04000", SIGHTS["deuteranopia"])
    usual = np.linalg.norm(lab("#00a000", SIGHTS["usual"]) - lab("#c04000", SIGHTS["usual"]))
    assert np.linalg.norm(green - red) < 0.35 * usual


@pytest.mark.parametrize("sight", SIGHTS)
def test_up_to_eight_oracles_differ_in_colour_or_in_mark_and_line(sight):
    for one, other in combinations(style.looks("abcdefgh").values(), 2):
        if apart(one, other, SIGHTS[sight]) < PLAIN:
            assert one.marker != other.marker
            assert str(one.line) != str(other.line)


@pytest.mark.parametrize("sight", [name for name in SIGHTS if name != "greyscale"])
def test_up_to_six_oracles_differ_in_colour_alone(sight):
    for one, other in combinations(style.looks("abcdef").values(), 2):
        assert apart(one, other, SIGHTS[sight]) >= PLAIN


@pytest.mark.parametrize("sight", SIGHTS)
def test_four_oracles_differ_in_colour_even_in_grey(sight):
    for one, other in combinations(style.looks("abcd").values(), 2):
        assert apart(one, other, SIGHTS[sight]) >= 10


@pytest.mark.parametrize("name", ["contrasts", "kept-share", "consistency", "disagreement"])
def test_oracles_in_one_panel_differ_in_their_marks(name, study):
    one = FIGURES[name]
    tables = [getattr(study, table) for table in one.reads]
    for panel in one.draw(*tables).get_figure().axes:
        marks = {}
        for line in panel.lines:
            if line.get_label() in study.oracles:
                marks.setdefault(line.get_label(), set()).add(line.get_marker())
        for first, second in combinations(marks.values(), 2):
            assert not first & second


def test_agreement_is_signed_for_every_reader():
    """Below zero and above it are not the same to anyone, though in grey only the numbers tell."""
    for name, sight in SIGHTS.items():
        if name != "greyscale":
            assert np.linalg.norm(lab(style.SIGNED(0.1), sight) - lab(style.SIGNED(0.9), sight)) >= PLAIN
