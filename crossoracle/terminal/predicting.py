"""What recognizers predicted, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from crossoracle.recognizers.summary import Predicted
from crossoracle.tables.wording import several
from crossoracle.terminal.screen import console, hand_over, records, show, table

MOST_ROWS = 40


def show_predictions(found: Predicted, *, as_json: bool) -> None:
    """Show how often the class was right under each condition, and what could not be predicted."""
    screen = console()
    if len(found.table):
        show(screen, _accuracies(found.table))
    screen.print(f"{several(found.new, 'row')} new, {found.replaced:,} replaced")
    for line in (*found.notes, *_failures(found.table)):
        screen.print(f"note: {line}")
    hand_over(found.files, (lambda: _record(found)) if as_json else None)


def _accuracies(rows: pd.DataFrame) -> Table:
    names = ["recognizer", "dataset", "condition", "oracle", "run"]
    numbers = ["videos", "failed", "top-1", "top-5", "kept", "frames"]
    shown = table("Predictions: per cent of the videos predicted, no intervals (see compare)", names, numbers)
    for row in records(rows.head(MOST_ROWS)):
        whose = ["any", ""] if row["oracle"] is None else [row["oracle"], row["run"]]
        shares = [_percent(row[name]) for name in ("top1", "top5", "kept_fraction")]
        frames = "" if row["distinct_frames"] is None else f"{row['distinct_frames']:.1f}"
        of = [str(row[name]) for name in ("recognizer", "dataset", "condition")]
        shown.add_row(*of, *whose, f"{row['n']:,}", f"{row['n_failed']:,}", *shares, frames)
    if len(rows) > MOST_ROWS:
        shown.caption = f"{len(rows) - MOST_ROWS} more rows"
    return shown


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def _failures(rows: pd.DataFrame) -> Iterator[str]:
    if not len(rows) or not rows["n_failed"].sum():
        return
    worst = rows.sort_values("n_failed", ascending=False, kind="stable")
    count = int(rows["n_failed"].sum())
    yield f"{several(count, 'row')} without a prediction, most often: {worst['failure'].iloc[0]}"


def _record(found: Predicted) -> dict[str, Any]:
    return {
        "predictions": records(found.table),
        "new": found.new,
        "replaced": found.replaced,
        "notes": found.notes,
    }
