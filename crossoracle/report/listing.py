"""The result tables of a report: which columns are shown, and how their numbers are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.report.material import RESULTS

if TYPE_CHECKING:
    import pandas as pd

MOST = 3000
"""Rows that are shown of a table; the files have all."""

CELLS = 100_000
"""Cells of all tables together: some 2.5 MB. Where there are more, the longest tables are cut first."""

WORDS = {
    ("dataset", "all"): "pooled",
    ("kind", "all_of"): "recognised by all of",
    ("kind", "exactly"): "recognised by exactly",
}
"""What stands for a value of a column."""

TITLES = {
    "flow": "Videos through the prechecks",
    "selection": "What the joint precheck selects",
    "estimates": "Agreement estimates",
    "agreement_differences": "Differences between pairs of oracles",
    "tests": "Tests",
    "accuracies": "Accuracies under sampling conditions",
    "differences": "Differences between sampling conditions",
    "directions": "Directions across oracles",
    "heterogeneity": "Spread across oracles",
    "disagreement": "Does agreement predict accuracy?",
    "landmarks": "Areas and crossings of the curves",
    "compare_tests": "Tests of equality across oracles",
    "curves": "Curves",
    "floors": "Noise floors",
    "controls": "Sanity controls of the oracles",
    "failures": "Failures of the oracles, by kind",
}
HIDDEN = {
    *("level", "interval", "replicates", "mc_low", "mc_high", "jackknife_low", "jackknife_high"),
    *("n_undefined", "tango_low", "tango_high"),
}
"""Columns that only the files have: they are the same in every row, or for experts."""

ALIKE = {"run", "run_a", "run_b"}
"""Columns that are shown where their values differ."""

NAMED_ELSEWHERE = {("differences", "family")}
"""A column of a table whose other columns say the same."""

BOUNDS = (
    ("low", "high", "interval"),
    ("simultaneous_low", "simultaneous_high", "simultaneous"),
    ("band_low", "band_high", "band"),
)


@dataclass(frozen=True)
class Cell:
    """One cell: what is shown, and the number that it stands for, where it is one."""

    text: str
    number: float | None = None


@dataclass(frozen=True)
class Listed:
    """A table as the page shows it."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    of: int

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers."""
        return tuple(any(row[i].number is not None for row in self.rows) for i in range(len(self.columns)))


def listed(results: Mapping[str, pd.DataFrame]) -> list[Listed]:
    """Return every result as a table of the page, but those that figures alone read."""
    there = {name: results[name] for name in RESULTS if name in TITLES and name in results}
    most = _most([rows.shape for rows in there.values()])
    return [_listed(name, rows, most) for name, rows in there.items()]


def _most(shapes: Sequence[tuple[int, ...]]) -> int:
    """Return how many rows a table may show, so that all together keep to the number of cells."""
    most = MOST
    while most > 1 and sum(min(rows, most) * columns for rows, columns in shapes) > CELLS:
        most = most * 9 // 10
    return most


def _listed(name: str, rows: pd.DataFrame, most: int) -> Listed:
    shown = rows.head(most)
    columns: dict[str, list[Cell]] = {}
    bounds = {low: (high, title) for low, high, title in BOUNDS if {low, high} <= set(rows.columns)}
    highs = {high for high, _ in bounds.values()}
    for column in rows.columns:
        if column in highs or _hidden(name, column, rows[column]):
            continue
        if column in bounds:
            high, title = bounds[column]
            columns[title] = [_bounds(*both) for both in zip(shown[column], shown[high], strict=True)]
        else:
            columns[column] = [_cell(column, value) for value in shown[column]]
    titles = tuple(column.replace("_", " ") for column in columns)
    return Listed(name, TITLES[name], titles, tuple(zip(*columns.values(), strict=True)), len(rows))


def _hidden(name: str, column: str, values: pd.Series[Any]) -> bool:
    if column in HIDDEN or (name, column) in NAMED_ELSEWHERE or values.isna().all():
        return True
    return column in ALIKE and values.nunique() < 2


def _bounds(low: float, high: float) -> Cell:
    return Cell("") if low != low or high != high else Cell(f"[{low:.3f}, {high:.3f}]", float(low))


def _missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def _cell(column: str, value: Any) -> Cell:
    if _missing(value):
        return Cell("")
    if isinstance(value, str):
        named = COEFFICIENTS[value].title if column == "statistic" and value in COEFFICIENTS else value
        return Cell(WORDS.get((column, value), named))
    if not isinstance(value, int | float) or isinstance(value, bool):  # also what numpy calls a bool
        return Cell({"True": "yes", "False": "no"}.get(str(value), str(value)))
    if isinstance(value, int) or column.startswith("n_") or (float(value).is_integer() and abs(value) > 1):
        return Cell(f"{int(value):,}", float(value))
    return Cell(f"{value:.4f}" if column.startswith("p_") or column == "p" else f"{value:.3f}", float(value))
