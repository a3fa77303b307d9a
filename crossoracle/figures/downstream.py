"""What figures of accuracies share: the rows they show, their columns, and how fractions are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.labels import labels

if TYPE_CHECKING:
    import pandas as pd

    from crossoracle.figures.selection import Table

MOST_COLUMNS = 6  # datasets side by side, the pooled data among them
_LETTERS = 66  # that fit side by side over the panels of a page
_METRICS = {"top1": "top-1", "top5": "top-5", "p_true": "p(true)"}
_SIGN = {"top1": "top-1 accuracy", "top5": "top-5 accuracy", "p_true": "probability of the true class"}


def rows_of(table: Table, *, recognizer: str | None = None, metric: str = "top1") -> pd.DataFrame:
    """Return the rows of one metric and recognizer: the first by name unless one is given.

    Raises
    ------
    InputError
        The table is empty.
    UnknownNameError
        There is no such recognizer, or no row of such a metric.
    """
    rows = selection.frame(table)
    if rows.empty:
        raise InputError("the table of accuracies is empty: nothing was compared")
    found = sorted(rows["recognizer"].dropna().unique())
    if recognizer is not None or found:
        name = found[0] if recognizer is None else recognizer
        rows = rows[rows["recognizer"] == selection.known("recognizer", name, found)]
    return rows[rows["metric"] == selection.known("metric", metric, rows["metric"])]


def of_run(rows: pd.DataFrame, run: str) -> pd.DataFrame:
    """Return the rows of one run of the oracles, and those that need no oracle."""
    return rows[(rows["run"] == run) | rows["oracle"].isna()]


def by_dataset(rows: pd.DataFrame, most: int = MOST_COLUMNS) -> pd.DataFrame:
    """Return the rows that have a place: an only dataset without its pooled double, too many only pooled.

    ``most`` is how many columns there are room for, the pooled data among them.
    """
    pooled = rows["dataset"] == selection.POOLED
    others = rows.loc[~pooled, "dataset"].nunique()
    if others == 1:
        return rows[~pooled]
    return rows[pooled] if pooled.any() and others >= most else rows


def datasets(rows: pd.DataFrame) -> list[str]:
    """Return the datasets in the order of the figure: all of them pooled first."""
    return sorted(rows["dataset"].unique(), key=lambda name: (name != selection.POOLED, name))


def headings(names: Sequence[str], letters: int = _LETTERS, across: int = 0) -> dict[str, str]:
    """Return what stands for every dataset where ``letters`` are shared by all that stand side by side."""
    own = [name for name in names if name != selection.POOLED]
    each = style.letters(letters) // max(across or len(names), 1)
    return {selection.POOLED: "pooled"} | labels(own, min(each, 40))


def oracles_of(rows: pd.DataFrame) -> list[str]:
    """Return the sorted oracles of the rows."""
    return sorted(rows["oracle"].dropna().unique())


def short(metric: str) -> str:
    """Return what a metric is called on the axis of a small panel."""
    return _METRICS.get(metric, metric)


def words(rows: pd.DataFrame) -> str:
    """Return the metric of the rows in words, and whose it is where a recognizer is named."""
    who: Iterable[str] = labels(rows["recognizer"].dropna().unique(), style.letters(30)).values()
    metric = str(rows["metric"].iloc[0])
    return " of ".join([_SIGN.get(metric, metric), *who])


def points() -> FuncFormatter:
    """Return the ticks of a difference of fractions: percentage points with their sign."""
    return FuncFormatter(lambda x, _: f"{100 * x + 0.0:+.6g}".replace("-", "−").replace("+0", "0"))
