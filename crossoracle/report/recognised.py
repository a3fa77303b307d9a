"""The flow of videos: how many each oracle recognised, how many all did, and what else they answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossoracle.precheck import oracles_of
from crossoracle.report.material import Material
from crossoracle.tables import connect, read

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("yes", "no", "skip", "refused", "unparsed", "truncated", "error")
POOLED = "all"


@dataclass(frozen=True)
class Grid:
    """A small table of the page: its heading, the titles of its columns, and rows that start with a name."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def together(flow: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the rows of the flow table that are of all oracles together, and the number of oracles.

    The set of all oracles is the longest of those that are written with " & ", whatever their names hold.
    """
    rows = flow[flow["kind"] == "all_of"]
    if rows.empty:
        return rows, 0
    sets = rows["oracles"]
    return rows[sets == max(sets, key=len)], len(oracles_of(set(sets)))


def grids(material: Material) -> list[Grid]:
    """Return the flow of videos by dataset, and the answers of the prechecks by oracle."""
    return [grid for grid in (_flow(material), _answers(material)) if grid is not None]


def _flow(material: Material) -> Grid | None:
    flow = material.results.get("flow")
    if flow is None or not (flow["kind"] == "all_of").any():
        return None
    joint, _ = together(flow)
    every = flow[flow["kind"] == "all_of"].to_dict("records")
    names = oracles_of({row["oracles"] for row in every})
    alone = {(row["dataset"], row["oracles"]): _share(row["n"], row["rate"]) for row in every}
    estimated, rows = _estimated(material), []
    for row in joint.to_dict("records"):
        dataset = row["dataset"]
        told = [f"{row['n_videos']:,}", *(alone.get((dataset, name), "") for name in names)]
        told.append(_share(row["n"], row["rate"]))
        rows.append((_named(dataset), *told, *([estimated.get(dataset, "")] if estimated else [])))
    head = ("dataset", "videos", *names, "all together", *(["estimated on"] if estimated else []))
    return Grid("Videos that an oracle recognised", head, tuple(rows))


def _estimated(material: Material) -> dict[Any, str]:
    """Return by dataset how many videos the estimates rest on, at most."""
    rows = material.results.get("estimates")
    if rows is None:
        return {}
    most = rows[rows["label"].isna()].groupby("dataset")["n_videos"].max()
    return {name: f"{n:,}" for name, n in most.items()}


def _answers(material: Material) -> Grid | None:
    file = material.table("prechecks")
    if file is None:
        return None
    with connect() as con:
        read(con, "prechecks", file).create_view("asked", replace=True)
        said = con.execute(
            "SELECT oracle, outcome, count(*) FROM asked WHERE run = $run GROUP BY ALL ORDER BY ALL",
            {"run": material.run},
        ).fetchall()
    counts = {(oracle, outcome): n for oracle, outcome, n in said}
    there = [one for one in OUTCOMES if any(outcome == one for _, outcome in counts)]
    if not there:
        return None
    names = dict.fromkeys(oracle for oracle, _ in counts)
    rows = tuple((name, *(f"{counts.get((name, one), 0):,}" for one in there)) for name in names)
    return Grid("What the prechecks answered", ("oracle", *there), rows)


def _share(n: int, rate: float) -> str:
    return f"{n:,} ({100 * rate:.1f} %)" if rate == rate else f"{n:,}"


def _named(dataset: str) -> str:
    return "all datasets" if dataset == POOLED else dataset
