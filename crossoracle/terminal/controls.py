"""What oracles did under their controls, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from crossoracle.oracles.controls.trial import Controlled
from crossoracle.tables.catalogue import PRECHECKS
from crossoracle.tables.wording import several
from crossoracle.terminal.screen import console, hand_over, records, show, table

SHOWN = {
    ("whole", "p_yes"): "the whole video",
    ("keep-important", "p_yes"): "kept segments alone",
    ("keep-filler", "p_yes"): "the others alone",
    ("important-minus-filler", "p_yes"): "kept minus others",
    ("wrong-label", "p_yes"): "wrong label",
    ("deletion", "area"): "area under deletion",
    ("insertion", "area"): "area under insertion",
}
OUTCOMES = PRECHECKS["outcome"].choices


def show_controls(found: Controlled, *, as_json: bool) -> None:
    """Show mean P(YES) under each control, and the failures of each oracle by kind."""
    screen = console()
    if not found.controls.empty:
        show(screen, _controls(found.controls))
    show(screen, _failures(found.failures))
    for line in _remarks(found):
        screen.print(f"note: {line}")
    hand_over(found.files, (lambda: _record(found)) if as_json else None)


def _controls(rows: pd.DataFrame) -> Table:
    pooled = rows[rows["dataset"] == "all"]
    oracles = list(dict.fromkeys(pooled["oracle"]))
    level = rows["level"].iloc[0]
    shown = table(f"Mean P(YES), all datasets: value [{level:.0%} interval]", ["shown"], oracles)
    for (control, metric), words in SHOWN.items():
        of = pooled[(pooled["control"] == control) & (pooled["metric"] == metric)].set_index("oracle")
        shown.add_row(words, *(_cell(of.loc[name]) for name in oracles))
    shown.caption = "Scores that mean what is seen: kept high, others low, deletion low, insertion high."
    return shown


def _cell(row: pd.Series[Any]) -> str:
    if pd.isna(row["value"]):
        return "undefined"
    bounds = "no interval" if pd.isna(row["low"]) else f"{row['low']:.3f}, {row['high']:.3f}"
    return f"{row['value']:.3f} [{bounds}]"


def _failures(rows: pd.DataFrame) -> Table:
    pooled = rows[(rows["dataset"] == "all") & (rows["n_asked"] > 0)]
    used = [name for name in OUTCOMES if pooled.loc[pooled["outcome"] == name, "n"].sum()]
    shown = table("Outcomes by kind", ["oracle", "asked by"], ["questions", *used])
    for (oracle, asked), of in pooled.groupby(["oracle", "asked"], sort=False):
        by = dict(zip(of["outcome"], of["n"], strict=True))
        shown.add_row(
            str(oracle), str(asked), f"{of['n_asked'].iloc[0]:,}", *(f"{by[name]:,}" for name in used)
        )
    return shown


def _remarks(found: Controlled) -> Iterator[str]:
    for oracle, why in found.left_out.items():
        yield f"{oracle}: {several(len(why), 'video')} left out, such as {why[0]}"
    for oracle, reason in found.stopped.items():
        yield f"{oracle}: {reason}; the results are of the videos tested so far; run it again to go on"
    for oracle in found.silent:
        yield f"{oracle}: calls without a reply; their videos are left out of these values; run it again"
    if not found.controls.empty:
        undefined = found.controls[found.controls["value"].isna() & (found.controls["dataset"] == "all")]
        for name in dict.fromkeys(undefined["oracle"]):
            rows = undefined[undefined["oracle"] == name]
            yield f"{name}: {several(len(rows), 'value')} undefined ({rows['reason'].iloc[0]})"


def _record(found: Controlled) -> dict[str, Any]:
    return {
        "controls": records(found.controls),
        "failures": records(found.failures),
        "left_out": found.left_out,
        "stopped": found.stopped,
        "interrupted": found.interrupted,
    }
