"""What the joint precheck selects, on the terminal: the sets of videos, the sets of oracles, the caveats.

A cell is "value [low, high]"; of several pairs it is the lowest and the highest value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.analysis.selection.summary import ESTIMAND, Selected
from crossoracle.tables.wording import several
from crossoracle.terminal.screen import records, show, table

MOST_SETS = 16
KINDS = {
    "joint": ESTIMAND,
    "pairwise": "among videos that both oracles of a pair recognised",
    "all": "all videos, as scored whether recognised or not",
    "category": 'all videos, "not passed" as a category',
    "worst": "all videos, oracles contradict in those not passed by all",
    "best": "all videos, oracles repeat each other in those",
    "ipw": "videos passed by all, weighted to stand for all videos",
}


def show_selection(found: Selected, screen: Console) -> None:
    """Show how far agreement on the joint videos may stand for all videos."""
    show(screen, _by_videos(found))
    if len(found.selection.oracles) > 2:
        show(screen, _by_oracles(found))
    for line in _remarks(found):
        screen.print(line)


def record(found: Selected) -> dict[str, Any]:
    """Return what was found, for JSON."""
    tables = {name: records(frame) for name, frame in found.selection.tables().items()}
    return tables | {"selection_notes": found.selection.notes, "selection_options": asdict(found.options)}


def _pooled(found: Selected) -> pd.DataFrame:
    return found.estimates[found.estimates["dataset"] == "all"]


def _everyone(found: Selected) -> str:
    return " & ".join(found.selection.oracles)


def _by_videos(found: Selected) -> Table:
    """Return the table of sets of videos: a row each, a column per coefficient."""
    names = found.options.coefficients
    titles = [COEFFICIENTS[name].title for name in names]
    shown = table(
        f"Agreement by set of videos: value [{found.options.level:.0%} interval]", ["videos"], titles
    )
    rows = _pooled(found)
    rows = rows[rows["oracles"] == _everyone(found)]
    for kind, told in KINDS.items():
        of = rows[rows["videos"] == kind]
        shown.add_row(told, *(_cell(of[of["statistic"] == name]) for name in names))
    return shown


def _by_oracles(found: Selected) -> Table:
    """Return the table of sets of oracles: videos passed, and the first coefficient on them and weighted."""
    names = found.options.coefficients
    name = next((name for name in names if COEFFICIENTS[name].of == "all"), names[0])
    title = COEFFICIENTS[name].title
    shown = table(
        f"By set of oracles: {title}", ["passed by"], ["videos", ESTIMAND, "weighted", "as good as"]
    )
    rows, known = _pooled(found), found.selection.weighting
    for row in records(known.head(MOST_SETS)):
        of = rows[(rows["oracles"] == row["oracles"]) & (rows["statistic"] == name)]
        cells = (_cell(of[of["videos"] == kind]) for kind in ("joint", "ipw"))
        effective = "" if row["effective"] is None else f"{row['effective']:,.0f}"
        shown.add_row(row["oracles"], f"{row['n_passed']:,}", *cells, effective)
    if len(known) > MOST_SETS:
        shown.caption = f"{len(known) - MOST_SETS} more sets in the results"
    return shown


def _cell(rows: pd.DataFrame) -> str:
    values = rows["value"].dropna()
    if rows.empty:
        return ""
    if values.empty:
        return "undefined"
    if len(rows) > 1:
        return f"{values.min():.3f} to {values.max():.3f}"
    row = rows.iloc[0]
    if pd.isna(row["low"]):
        return f"{row['value']:.3f} [no interval]"
    return f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def _remarks(found: Selected) -> Iterator[str]:
    """Yield what a reader has to know before any of these numbers stands for all videos."""
    first = found.selection.weighting.iloc[0]
    total, passed = int(first["n_videos"]), int(first["n_passed"])
    yield f"{passed:,} of {several(total, 'video')} passed by all: the headline holds {ESTIMAND}."
    if not pd.isna(first["effective"]):
        known = first["covariates"] or "nothing"
        yield f"Weighted by {known}: as good as {several(round(first['effective']), 'video')}."
    yield from (f"Weighting: {part}." for part in str(first["reason"] or "").split("; ") if part)
    tipping = found.selection.tipping
    for row in records(tipping[tipping["oracles"] == _everyone(found)]):
        if row["oracle_a"] is not None and len(found.selection.oracles) > 2:
            continue
        title, to = COEFFICIENTS[row["statistic"]].title, f"{row['threshold']:g}"
        if row["among_left_out"] is None:
            yield f"Tipping point, {title} to {to}: {row['reason']}."
        else:
            among = f"among the {several(row['n_left_out'], 'video')} left out"
            would = f"it would have to be {row['among_left_out']:.2f} {among}"
            yield f"Tipping point: for {title} of all to fall to {to}, {would}."
    yield from (f"{note}." for note in found.selection.notes)
    o = found.options
    resamples = f"{o.replicates:,} resamples of whole clusters, passing or not, seed {o.seed}"
    weighted = found.estimates.loc[found.estimates["videos"] == "ipw", "replicates"]
    fewer = weighted[weighted > 0].min()
    how = "in each" if not fewer < o.replicates else f"in the first {int(fewer):,} of them"
    yield f"{resamples}; the weights are fitted again {how}."
