"""Which tables a paper needs, from the results of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.tables.downstream import HEADLINE
from crossoracle.typeset.sheet import Cell, Sheet

if TYPE_CHECKING:
    import pandas as pd

OF_PAIRS = ("spearman_within", "cohen_kappa", "gwet_ac1", "kappa_quadratic", "jaccard")
OF_ALL = ("spearman_within_all", "alpha_interval", "alpha_nominal", "fleiss_kappa", "icc_2_1")
POOLED = "all"


def sheets(results: Mapping[str, pd.DataFrame]) -> list[Sheet]:
    """Return the tables that the results of a study can fill.

    Parameters
    ----------
    results : mapping of str to DataFrame
        The tables estimates and differences, as far as they are there.
    """
    made: list[Sheet] = []
    if "estimates" in results:
        rows = results["estimates"]
        rows = rows[rows["label"].isna()]
        made.append(_agreement(rows[rows["oracle_a"].notna()], "pairs", OF_PAIRS))
        made.append(_agreement(rows[rows["oracle_a"].isna()], "together", OF_ALL))
    if "differences" in results:
        rows, of_run = _run(results)
        made += _differences(rows[rows["stratum"].isna() & (rows["metric"] == "top1")], of_run)
    return [sheet for sheet in made if len(sheet.head) > 1 and any(rows for _, rows in sheet.groups)]


def _run(results: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, str]:
    """Return the differences of one run, that of the estimates or the first, and how a caption names it."""
    rows = results["differences"]
    runs = [str(run) for run in rows["run"].dropna().unique()]
    if len(runs) < 2:
        return rows, ""
    estimates = results.get("estimates")
    named = [] if estimates is None else estimates["run_a"].dropna().unique().tolist()
    run = str(named[0]) if len(named) == 1 and str(named[0]) in runs else min(runs)
    return rows[rows["run"].isna() | (rows["run"] == run)], f", of run {run}"


def _agreement(rows: pd.DataFrame, of: str, statistics: Sequence[str]) -> Sheet:
    """Put datasets into groups, pairs into rows and statistics into columns."""
    there = set(rows["statistic"])
    statistics = [name for name in statistics if name in there]
    groups = []
    for dataset in rows["dataset"].unique():
        mine = rows[rows["dataset"] == dataset]
        pairs = mine[["oracle_a", "oracle_b"]].drop_duplicates().to_dict("records")
        lines = [(_pair(pair), tuple(_cell(mine, name, pair) for name in statistics)) for pair in pairs]
        groups.append(("All datasets" if dataset == POOLED else str(dataset), tuple(lines)))
    head = ("Oracles", *(COEFFICIENTS[name].title for name in statistics))
    return Sheet(f"agreement-{of}", _caption(rows), head, tuple(groups))


def _pair(pair: Mapping[Any, Any]) -> str:
    a, b = pair["oracle_a"], pair["oracle_b"]
    return f"{a} / {b}" if isinstance(a, str) else "all together"


def _cell(rows: pd.DataFrame, statistic: str, pair: Mapping[Any, Any]) -> Cell | None:
    same = rows["statistic"] == statistic
    if isinstance(pair["oracle_a"], str):
        same &= (rows["oracle_a"] == pair["oracle_a"]) & (rows["oracle_b"] == pair["oracle_b"])
    found = rows[same]
    return None if found.empty else _number(found.iloc[0].to_dict())


def _number(row: Mapping[Any, Any], *, scale: float = 1.0, p: float | None = None) -> Cell:
    value, low, high = (float(row[name]) * scale for name in ("value", "low", "high"))
    return Cell(value, low, high, p, signed=scale != 1)


def _caption(rows: pd.DataFrame) -> str:
    pooled = rows[rows["dataset"] == POOLED]
    rows = pooled if len(pooled) else rows
    if rows.empty:
        return ""
    level, videos, clusters = (rows[name].max() for name in ("level", "n_videos", "n_clusters"))
    rule = " that every oracle recognised" if (rows["videos"] == "joint").all() else ""
    return (
        f"Agreement of oracles on {int(videos):,} videos{rule}, with {level:.0%} intervals from resampling "
        f"{int(clusters):,} clusters of videos."
    )


def _differences(rows: pd.DataFrame, of_run: str) -> list[Sheet]:
    """Put datasets into groups, contrasts into rows and oracles into columns; one table a recognizer."""
    made = []
    for recognizer, mine in rows.groupby("recognizer", dropna=False, sort=False):
        oracles = [name for name in mine["oracle"].unique() if isinstance(name, str)]
        groups = []
        for dataset in mine["dataset"].unique():
            here = mine[mine["dataset"] == dataset]
            named = here.drop_duplicates(["contrast", "condition_a", "condition_b"]).to_dict("records")
            lines = [(_contrast(row), _of_oracles(here, row, oracles)) for row in named]
            wanted = [line for row, line in zip(named, lines, strict=True) if row["contrast"] in HEADLINE]
            groups.append(("All datasets" if dataset == POOLED else str(dataset), tuple(wanted or lines)))
        name = f"differences-{recognizer}" if isinstance(recognizer, str) else "differences"
        level = mine["level"].max()
        caption = (
            f"Differences of accuracy in percentage points{of_run}, paired by video, with {level:.0%} "
            "intervals from resampling clusters of videos."
        )
        made.append(Sheet(name, caption, ("Contrast", *oracles), tuple(groups)))
    return made


def _contrast(row: Mapping[Any, Any]) -> str:
    conditions = f"{row['condition_a']} - {row['condition_b']}"
    return conditions if row["contrast"] == conditions else f"{row['contrast']} ({conditions})"


def _of_oracles(
    rows: pd.DataFrame, like: Mapping[Any, Any], oracles: Sequence[str]
) -> tuple[Cell | None, ...]:
    same = rows["contrast"] == like["contrast"]
    for name in ("condition_a", "condition_b"):
        same &= rows[name] == like[name]
    by_oracle = {row["oracle"]: row for row in rows[same].to_dict("records")}
    return tuple(
        _number(by_oracle[name], scale=100, p=float(by_oracle[name]["p_holm"])) if name in by_oracle else None
        for name in oracles
    )
