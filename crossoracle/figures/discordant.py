"""Videos that a recognizer gets right under one condition and wrong under another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crossoracle.errors import InputError
from crossoracle.figures import chosen, selection

if TYPE_CHECKING:
    import duckdb

    from crossoracle.figures.selection import Table

GUIDED = ("led@0",)
AGAINST = ("inverted@0", "bottom", "uniform", "full")
_SAID = ("top1", "correct1", "p_true")


@dataclass(frozen=True)
class Pairs:
    """The predictions of one recognizer under two conditions.

    Parameters
    ----------
    recognizer : str or None
        None where the table names none.
    oracle, run, guided, against : str
        Whose scores chose the frames, and the two conditions.
    n_videos : int
        Videos with a prediction under both.
    rows : DataFrame
        Those where one is right and the other wrong: kind (win or loss), dataset, video_id, label (what was
        predicted rightly), gain (how far the right one is above in p_true), and top1, correct1 and p_true
        with ``_guided`` and ``_against`` behind.
    """

    recognizer: str | None
    oracle: str
    run: str
    guided: str
    against: str
    n_videos: int
    rows: pd.DataFrame

    def examples(self, most: int) -> pd.DataFrame:
        """Return the first of each kind, ranked: a class comes again when every other one has come."""
        rows = self.rows.sort_values(["gain", *chosen.KEY], ascending=[False, True, True])
        again = rows.assign(label=rows["label"].fillna("")).groupby(["kind", "label"]).cumcount()
        rows = rows.assign(again=again).sort_values("again", kind="stable")
        rows = rows.assign(
            rank=rows.groupby("kind").cumcount() + 1, n_kind=rows.groupby("kind")["kind"].transform("size")
        )
        return rows[rows["rank"] <= most].sort_values(["kind", "rank"], ascending=[False, True])


def pairs(
    predictions: Table,
    guided: str | None = None,
    against: str | None = None,
    *,
    oracle: str | None = None,
    recognizer: str | None = None,
    run: str = "0",
) -> Pairs:
    """Return what a recognizer said of every video under two conditions.

    Parameters
    ----------
    guided, against : str, optional
        Default led@0, and the first that is there of inverted@0, bottom, uniform and full.
    oracle, recognizer : str, optional
        Default the first by name; of the recognizers that of the oracle.
    run : str
        The run of the oracle.

    Raises
    ------
    InputError, UnknownNameError
        There are no such predictions.
    """
    name, mine = chosen.of_oracle(predictions, oracle, run)
    whose, mine = _of_recognizer(mine, recognizer)
    for_all = selection.relation(predictions).filter("oracle IS NULL")
    if whose is not None:
        for_all = for_all.filter(selection.equals("recognizer", whose))
    there = _conditions(mine)
    one = _condition(guided, GUIDED, there)
    other = _condition(against, AGAINST, there | _conditions(for_all))
    left = _under(mine, one, "guided")
    right = _under(mine if other in there else for_all, other, "against")
    both = left.set_alias("guided").join(right.set_alias("against"), "dataset, video_id")
    unlike = both.filter("correct1_guided <> correct1_against").df()
    return Pairs(whose, name, run, one, other, len(both), _discordant(unlike))


def _of_recognizer(
    rows: duckdb.DuckDBPyRelation, recognizer: str | None
) -> tuple[str | None, duckdb.DuckDBPyRelation]:
    names = [name for (name,) in rows.select("recognizer").distinct().fetchall() if name is not None]
    if not names and recognizer is None:
        return None, rows
    name = min(names) if recognizer is None else selection.known("recognizer", recognizer, names)
    return name, rows.filter(selection.equals("recognizer", name))


def _conditions(rows: duckdb.DuckDBPyRelation) -> set[str]:
    return {name for (name,) in rows.select("condition").distinct().fetchall()}


def _condition(asked: str | None, preferred: Sequence[str], there: set[str]) -> str:
    if asked is not None:
        return selection.known("condition", asked, there)
    found = next((name for name in preferred if name in there), None)
    if found is None:
        wanted, known = " or ".join(preferred), ", ".join(sorted(there))
        raise InputError(f"the predictions have no condition {wanted}: choose one of {known}")
    return found


def _under(rows: duckdb.DuckDBPyRelation, condition: str, end: str) -> duckdb.DuckDBPyRelation:
    said = rows.filter(selection.equals("condition", condition)).filter("correct1 IS NOT NULL")
    return said.project(", ".join(["dataset, video_id", *(f"{name} AS {name}_{end}" for name in _SAID)]))


def _discordant(rows: pd.DataFrame) -> pd.DataFrame:
    """Say of rows of which one is right and one wrong which is, and by how much."""
    won = rows["correct1_guided"].astype(bool)
    label = rows["top1_guided"].where(won, rows["top1_against"])
    gain = (rows["p_true_guided"] - rows["p_true_against"]) * won.map({True: 1.0, False: -1.0}).astype(float)
    return rows.assign(kind=won.map({True: "win", False: "loss"}), label=label, gain=gain)
