"""Rows of a panel: named, and every other one shaded, to lead the eye across the panels beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def striped(panel: Axes, names: Sequence[str], *, named: bool = True) -> None:
    """Set the rows of a panel from the top; without their names where a panel at the left has them."""
    for k in range(0, len(names), 2):
        panel.axhspan(k - 0.5, k + 0.5, color="0.95", linewidth=0, zorder=0)
    panel.set_yticks(range(len(names)), names if named else [""] * len(names))
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
