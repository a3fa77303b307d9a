"""Figures into files: every file of a `draw` appears, each with its provenance, or none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.atomic import Together
from crossoracle.errors import InputError
from crossoracle.figures import style
from crossoracle.provenance import Provenance, stage_sidecar

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

METADATA: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}


@dataclass
class Batch(Together):
    """Figures that appear together when the block ends, or not at all when it fails.

    What was drawn before stays until all of the new are complete.
    """

    def save(self, ax: Axes, rows: pd.DataFrame, stem: Path, provenance: Provenance) -> list[Path]:
        """Prepare the pictures of a figure and its plotted numbers; return where they will stand."""
        targets = {kind: stem.with_name(f"{stem.name}.{kind}") for kind in (*METADATA, "csv")}
        written = {kind: self.staged(target) for kind, target in targets.items()}
        _pictures(ax, {kind: written[kind] for kind in METADATA})
        rows.to_csv(written["csv"], index=False)
        for kind, target in targets.items():
            stage_sidecar(self, target, written[kind], provenance)
        return list(targets.values())


def _pictures(ax: Axes, paths: Mapping[str, Path]) -> None:
    canvas = ax.get_figure(root=True)
    if canvas is None:
        raise InputError("the Axes belong to no figure")
    with style.printed():
        canvas.set_dpi(style.DPI)
        canvas.draw_without_rendering()
        canvas.set_layout_engine("none")  # laid out once, so that all formats are the same picture
        _settle(canvas)
        for kind, path in paths.items():
            canvas.savefig(path, format=kind, metadata=METADATA[kind])


def _settle(canvas: Canvas) -> None:
    """Round where panels stand: the last digits of a layout differ from one time to the next."""
    for panel in (one for one in canvas.axes if one.get_axes_locator() is None):
        for which in ("original", "active"):
            bounds = panel.get_position(original=which == "original").bounds
            panel.set_position(tuple(round(edge, 6) for edge in bounds), which=which)
