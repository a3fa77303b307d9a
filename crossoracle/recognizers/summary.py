"""What was predicted, counted: one row per recognizer, dataset and condition."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.options import PredictOptions
from crossoracle.recognizers.recording import predictions

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

COLUMNS = (
    "recognizer, dataset, condition, oracle, run, count(*) AS n, count(correct1) AS n_predicted, "
    "avg(correct1::int) AS top1, avg(correct5::int) AS top5, avg(p_true) AS p_true, "
    "avg(kept_fraction) AS kept_fraction, avg(distinct_frames) AS distinct_frames, "
    "count(failure) AS n_failed, mode(failure) AS failure"
)


@dataclass(frozen=True)
class Predicted:
    """What `Study.predict` found, and where it is.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per recognizer, dataset, condition, oracle and run: how many videos, how many of them were
        predicted or failed, the accuracies as fractions, and the commonest failure.
    options : PredictOptions
        How it was made.
    notes : tuple of str
        What is worth knowing, one line each.
    files : tuple of Path
        The predictions.
    new, replaced : int
        Rows that this run brought, and those of them that took the place of others, made from something else.
    """

    table: pd.DataFrame
    options: PredictOptions
    notes: tuple[str, ...]
    files: tuple[Path, ...]
    new: int
    replaced: int

    @property
    def any_predicted(self) -> bool:
        """Whether at least one video was predicted under one condition."""
        return bool(self.table["n_predicted"].sum())


def summarise(
    con: DuckDBPyConnection,
    path: Path,
    recognizers: Sequence[str],
    conditions: Sequence[str],
    whose: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """Count the predictions of some recognizers under some conditions, in the order of these."""
    import pandas as pd

    rows = predictions(con, path)
    if rows is None:
        return pd.DataFrame(columns=["recognizer", "n_predicted"])
    table: pd.DataFrame = rows.aggregate(COLUMNS, "recognizer, dataset, condition, oracle, run").df()
    known = {who: i for i, who in enumerate([(None, "0"), *whose])}

    def place(row: dict[Hashable, Any]) -> tuple[int, str, int, int] | None:
        who = (None if pd.isna(row["oracle"]) else row["oracle"], row["run"])
        if row["recognizer"] in recognizers and row["condition"] in conditions and who in known:
            first, second = recognizers.index(row["recognizer"]), conditions.index(row["condition"])
            return first, row["dataset"], second, known[who]
        return None

    places = {i: place(row) for i, row in enumerate(table.to_dict("records"))}
    wanted = sorted((found, i) for i, found in places.items() if found is not None)
    return table.iloc[[i for _, i in wanted]].reset_index(drop=True)
