"""Figures into files: every file of a `draw` appears, each with its provenance, or none does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from crossoracle.errors import InputError
from crossoracle.figures import style
from crossoracle.provenance import Provenance, beside, sidecar_path, sidecar_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

METADATA: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}


@dataclass
class Batch:
    """Figures that appear together when the block ends, or not at all when it fails.

    Each is written beside its place, so that what was drawn before stays until all of the new are complete.
    """

    _moves: dict[Path, Path] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for target, temporary in self._moves.items():
                    os.replace(temporary, target)
        finally:
            for temporary in self._moves.values():
                temporary.unlink(missing_ok=True)

    def save(self, ax: Axes, rows: pd.DataFrame, stem: Path, provenance: Provenance) -> list[Path]:
        """Prepare the pictures of a figure and its plotted numbers; return where they will stand."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        targets = [stem.with_name(f"{stem.name}.{kind}") for kind in (*METADATA, "csv")]
        _pictures(ax, {kind: self._staged(target) for kind, target in zip(METADATA, targets, strict=False)})
        rows.to_csv(self._staged(targets[-1]), index=False)
        for target in targets:
            words = sidecar_text(self._moves[target], provenance, directory=stem.parent)
            self._staged(sidecar_path(target)).write_text(words, encoding="utf-8")
        return targets

    def _staged(self, target: Path) -> Path:
        self._moves[target] = beside(target)
        return self._moves[target]


def _pictures(ax: Axes, paths: Mapping[str, Path]) -> None:
    canvas = ax.get_figure(root=True)
    if canvas is None:
        raise InputError("the Axes belong to no figure")
    with style.printed():
        canvas.set_dpi(style.DPI)
        canvas.draw_without_rendering()
        canvas.set_layout_engine("none")  # laid out once, so that all formats are the same picture
        for kind, path in paths.items():
            canvas.savefig(path, format=kind, metadata=METADATA[kind])
