"""Accuracy over a budget: the share of the video that may be seen, spent on one order of segments.

The highest scores first stand against the lowest first; orders that need no oracle are grey.
"""

from __future__ import annotations

from crossoracle.figures.curve_grid import CONTROLS, HIGHEST, LOWEST
from crossoracle.figures.curves import Curves

CURVES = Curves(strokes={"budget": HIGHEST, "anti": LOWEST, **CONTROLS}, axis="budget")
numbers, paint = CURVES.numbers, CURVES.paint
