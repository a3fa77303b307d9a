"""The flow of videos through the prechecks, on the terminal.

A cell is "number: share [low, high]", in per cent.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd
from rich.table import Table

from crossoracle.analysis.selection.summary import Selected
from crossoracle.precheck.summary import Flow
from crossoracle.tables.wording import several
from crossoracle.terminal.screen import MOST, console, hand_over, records, show, table
from crossoracle.terminal.selecting import record, show_selection

MOST_SETS = 32


def show_flow(found: Flow, *, as_json: bool, selected: Selected | None = None) -> None:
    """Show how many videos each oracle and all of them recognised; what that selects, where it is known."""
    screen = console()
    show(screen, _by_dataset(found))
    if found.joint < _by_name(found)["all"]:
        show(screen, _intersections(found))
        told = (
            f"{several(found.joint, 'video')} passed by every oracle: agreement on these is agreement among "
            "videos that all of them recognised."
        )
        screen.print(told if found.joint else "No video is passed by every oracle: nothing is comparable.")
    if selected is not None:
        show_selection(selected, screen)
    for line in found.told:
        screen.print(line)
    files = (*found.files, *(() if selected is None else selected.files))
    hand_over(files, (lambda: _record(found) | (record(selected) if selected else {})) if as_json else None)


def _by_dataset(found: Flow) -> Table:
    """Return the table of single oracles and of all together: a column per dataset."""
    totals = _by_name(found)
    datasets = [str(name) for name in totals.index[:MOST]]
    title = f"Videos recognised: number, per cent [{found.options.level:.0%} interval]"
    shown = table(title, ["by"], [f"{_called(name)} ({totals[name]:,})" for name in datasets])
    of_all = found.table[found.table["kind"] == "all_of"]
    for oracles in dict.fromkeys((*found.oracles, of_all["oracles"].iloc[-1])):
        rows = of_all[of_all["oracles"] == oracles].set_index("dataset")
        name = oracles if oracles in found.oracles else "all of them"
        shown.add_row(name, *(_share(rows.loc[dataset]) for dataset in datasets))
    if len(totals) > MOST:
        shown.caption = f"{len(totals) - MOST} more datasets in the results"
    return shown


def _by_name(found: Flow) -> pd.Series[int]:
    """Return the number of videos of all datasets and of each; a single dataset is not repeated."""
    totals: pd.Series[int] = found.table.groupby("dataset", sort=False)["n_videos"].first()
    return totals if len(totals) > 2 else totals[["all"]]


def _intersections(found: Flow) -> Table:
    """Return the table of sets of oracles over all datasets, each with its two counts."""
    shown = table("Sets of oracles, all datasets", ["recognised by"], ["all of these", "these and no other"])
    pooled = found.table[found.table["dataset"] == "all"].assign(oracles=lambda t: t["oracles"].fillna(""))
    rows = pooled.pivot(index="oracles", columns="kind", values=["n", "rate", "low", "high"])
    sets = list(dict.fromkeys(pooled["oracles"]))
    for name in sets[:MOST_SETS]:
        cells = [rows.loc[name].xs(kind, level="kind") for kind in ("all_of", "exactly")]
        shown.add_row(name or "none of them", *map(_share, cells))
    if len(sets) > MOST_SETS:
        shown.caption = f"{len(sets) - MOST_SETS} more sets in the results"
    return shown


def _called(dataset: str) -> str:
    return "all datasets" if dataset == "all" else dataset


def _share(row: pd.Series[Any]) -> str:
    if pd.isna(row["rate"]):
        return ""
    rate, low, high = (100 * row[name] for name in ("rate", "low", "high"))
    return f"{row['n']:,.0f}: {rate:.1f} [{low:.1f}, {high:.1f}]"


def _record(found: Flow) -> dict[str, Any]:
    return {"flow": records(found.table), "oracles": found.oracles, "options": asdict(found.options)}
