"""Insertion and deletion: accuracy over the share of the video that is seen, from chance to all of it.

Insertion shows the highest scores first, deletion the lowest first (so the highest are deleted first, read
from the right). Orders that need no oracle are grey.

References
----------
Petsiuk, Das & Saenko (2018), *BMVC*.
"""

from __future__ import annotations

from crossoracle.figures.curve_grid import CONTROLS, HIGHEST, LOWEST
from crossoracle.figures.curves import Curves

_GREY = {f"insertion:{name}": stroke for name, stroke in CONTROLS.items()}
CURVES = Curves(
    strokes={"insertion:budget": HIGHEST, "deletion:anti": LOWEST, **_GREY},
    axis="share seen",
)
numbers, paint = CURVES.numbers, CURVES.paint
