"""What a figure is: which finished tables it reads, what it shows, and which function draws it.

A drawing module offers two functions, one after the other:

* ``numbers(*tables, **options) -> DataFrame``: what is drawn, a row per mark, saved beside the figure as CSV;
* ``paint(rows, ax=None, oracles=None) -> Axes``: these rows as a figure, on ``ax`` or on a new matplotlib
  figure of the declared width. No global state, no window, no file.

Those of a figure that shows frames of videos also take ``footage``, which is None where there is none.

``oracles`` are all the oracle names of the study: they fix the colours, so that an oracle has the same colour
in every figure of the study, also in those that show only some of the oracles.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from crossoracle.figures.footage import Footage

Width = Literal["column", "page"]


@dataclass(frozen=True)
class Option:
    """A further option of figures: what ``numbers`` takes under its name.

    Parameters
    ----------
    name, meaning : str
        What it is called, and what it chooses.
    default : str
        What stands for it when it is not given, in words.
    kind : type
        Of its value, or of each of its values.
    many : bool
        Whether it takes several.
    """

    name: str
    meaning: str
    default: str
    kind: type = str
    many: bool = False


@dataclass(frozen=True)
class Figure:
    """A named figure of the paper.

    Parameters
    ----------
    name : str
        Name in the catalogue and stem of the files.
    title : str
        What it shows, in a few words.
    module : str
        Dotted path of the module that offers ``numbers`` and ``paint``; imported when first drawn.
    reads : tuple of str
        Names of the tables, in the order in which the functions take them.
    width : {"column", "page"}
        Width in print.
    meaning : str
        How to read it.
    options : tuple of Option
        The further options that ``numbers`` takes.
    frames : bool
        Whether it shows frames of videos.
    """

    name: str
    title: str
    module: str
    reads: tuple[str, ...]
    width: Width
    meaning: str
    options: tuple[Option, ...] = ()
    frames: bool = False

    @property
    def behind(self) -> tuple[str, ...]:
        """Names of the tables that it shows anything of: those it reads, and the videos of its frames."""
        return (*self.reads, *(("videos",) if self.frames else ()))

    def numbers(self, *tables: Any, **options: Any) -> pd.DataFrame:
        """Return the plotted numbers, one row per mark."""
        rows: pd.DataFrame = self._load().numbers(*tables, **options)
        return rows

    def paint(
        self,
        rows: pd.DataFrame,
        ax: Axes | None = None,
        oracles: Sequence[str] | None = None,
        footage: Footage | None = None,
    ) -> Axes:
        """Draw the plotted numbers on ``ax``, or on a new figure of the declared width; return the Axes."""
        from crossoracle.figures import style

        more = {"footage": footage} if self.frames else {}
        axes: Axes = self._load().paint(rows, ax, oracles, **more)
        canvas = axes.get_figure(root=True)
        if ax is None and canvas is not None:
            style.thicken(canvas)
            style.fit(canvas)
        return axes

    def draw(
        self, *tables: Any, ax: Axes | None = None, oracles: Sequence[str] | None = None, **options: Any
    ) -> Axes:
        """Draw the finished tables: `numbers`, then `paint`."""
        return self.paint(self.numbers(*tables, **options), ax, oracles, options.get("footage"))

    def defaults(self) -> dict[str, Any]:
        """Return the further options with their defaults."""
        known = signature(self._load().numbers).parameters
        return {option.name: known[option.name].default for option in self.options}

    def _load(self) -> ModuleType:
        return import_module(self.module)
