"""The diagnostics of agreement, on the terminal: what each oracle does, and what the headlines rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.analysis.diagnostics.summary import Diagnosed
from crossoracle.terminal.screen import records, show, table

MEASURES = {
    "kept_share": "kept share",
    "centre": "centre of scores",
    "kept_span": "span of kept",
    "kept_gaps": "gaps in kept",
    "gini": "Gini of scores",
    "reversed": "kept and score reversed",
}


def show_diagnostics(found: Diagnosed, screen: Console) -> None:
    """Show how the oracles differ, and how far single clusters, oracles and subsets move the headlines."""
    show(screen, _oracles(found))
    for line in _remarks(found):
        screen.print(line)


def record(found: Diagnosed) -> dict[str, Any]:
    """Return what was found, for JSON."""
    return {name: records(frame) for name, frame in found.diagnostics.tables().items()}


def _oracles(found: Diagnosed) -> Table:
    """Return the table of oracles: a row each, a column per measure, pooled over datasets."""
    shown = table("What oracles do in a video, on average", ["oracle"], list(MEASURES.values()))
    rows = found.diagnostics.measures
    values = {
        (row["oracle"], row["measure"]): row["value"] for row in records(rows[rows["dataset"] == "all"])
    }
    for oracle in found.options.oracles:
        shown.add_row(oracle, *(_cell(values.get((oracle, name))) for name in MEASURES))
    return shown


def _cell(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _remarks(found: Diagnosed) -> Iterator[str]:
    d = found.diagnostics
    for row in records(d.subsets[(d.subsets["share"] == 0.5) & d.subsets["oracle_a"].isna()]):
        title = COEFFICIENTS[row["statistic"]].title
        span = "undefined" if row["low"] is None else f"{row['low']:.2f} to {row['high']:.2f}"
        yield f"Half of the clusters would have shown {title} {span} (all: {row['value']:.2f})."
    rows = records(d.influence)
    clusters = [row for row in rows if row["left_out"] == "cluster" and row["in_errors"] is not None]
    if clusters:
        row = max(clusters, key=lambda row: abs(row["in_errors"]))
        moves = f"{row['change']:+.3f} ({row['in_errors']:+.1f} standard errors)"
        who = "" if row["oracle_a"] is None else f" of {row['oracle_a']} / {row['oracle_b']}"
        title = COEFFICIENTS[row["statistic"]].title
        yield f"The most influential cluster, {row['name']}, moves {title}{who} by {moves}."
    oracles = [row for row in rows if row["left_out"] == "oracle" and row["change"] is not None]
    for name in dict.fromkeys(row["statistic"] for row in oracles):
        c = COEFFICIENTS[name]
        if c.of == "all":
            row = max((r for r in oracles if r["statistic"] == name), key=lambda row: abs(row["change"]))
            yield f"Without {row['name']}, {c.title} is {row['without']:.3f}, not {row['value']:.3f}."
