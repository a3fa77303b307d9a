"""The screen: rich tables on stderr for people, paths or JSON on stdout for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from functools import partial
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
        text = json.dumps(record() | {"files": [str(file) for file in files]}, indent=1, default=str)
        click.echo(text)
        return
    for file in files:
        click.echo(file)


def records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the rows of a table for JSON, unrounded; what is missing is null."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
