"""The screen: rich tables on stderr for people, paths or JSON on stdout for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

WIDE = 120  # columns where stderr is not a terminal
MOST = 6  # datasets, or labels, that are shown


def console() -> Console:
    """Return a console on stderr."""
    plain = partial(Console, stderr=True, highlight=False, markup=False, emoji=False)  # names are shown as is
    shown = plain()
    return shown if shown.is_terminal else plain(width=WIDE)


def show(screen: Console, shown: Table) -> None:
    """Print a table; its title may be wider than the table."""
    title, shown.title = shown.title, None
    screen.print(title, style="bold")
    screen.print(shown)


def table(title: str, names: Sequence[str], numbers: Sequence[str]) -> Table:
    """Return an empty table whose first columns hold names, the others numbers."""
    made = Table(title=title, caption_justify="left")
    for name in names:
        made.add_column(name, overflow="fold")
    for name in numbers:
        made.add_column(name, overflow="fold", justify="right")
    return made


def hand_over(files: Sequence[Path], record: Callable[[], dict[str, Any]] | None) -> None:
    """Print the record as JSON on stdout, or the paths of the files where there is none."""
    if record is not None:
        click.echo(json.dumps(_plain(record() | {"files": list(files)}), indent=1, allow_nan=False))
        return
    for file in files:
        click.echo(file)


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it: what is undefined or infinite as null, paths as text.

    Raises
    ------
    TypeError
        For what has no such form.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(known) for name, known in value.items()}
    if isinstance(value, Sequence):
        return [_plain(known) for known in value]
    raise TypeError(
        f"found {type(value).__name__}, which JSON does not know; expected numbers, text or paths"
    )


def records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the rows of a table for JSON, unrounded; what is missing is null."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
