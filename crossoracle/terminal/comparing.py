"""Accuracies and their differences on the terminal, in per cent and points, and what was left out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from crossoracle.analysis.rows import Accuracy, Contrasted
from crossoracle.analysis.summary import Compared
from crossoracle.stats.clusters import FEW
from crossoracle.tables.wording import several
from crossoracle.terminal.compared import sentences
from crossoracle.terminal.remarks import KINDS
from crossoracle.terminal.screen import console, hand_over, records, show, table

MOST_ROWS = 40
MOST_LINES = 12
PLAIN = ("preservation", "shuffle_damage")  # what is compared tells these


def show_comparison(found: Compared, *, as_json: bool) -> None:
    """Show one table of accuracies, one of contrasts, and what they rest on."""
    screen = console()
    accuracies, differences = _shown(found, found.accuracies), _shown(found, found.differences)
    if accuracies:
        show(screen, _accuracies(found, accuracies))
    if differences:
        show(screen, _differences(found, differences))
    if not found.comparable:
        screen.print("Nothing is comparable: no video has a prediction for both sides.", style="bold")
    for line in (*sentences(found), *_remarks(found)):
        screen.print(line)
    hand_over(found.files, (lambda: _record(found)) if as_json else None)


def _shown(found: Compared, rows: Sequence[Any]) -> list[Any]:
    """Return the rows to show: of the first metric, all videos, and one dataset once."""
    metric = found.options.metrics[0] if found.options.metrics else "top1"
    only = found.datasets[0] if len(found.datasets) == 1 else None
    return [row for row in rows if row.metric == metric and row.stratum is None and row.dataset != only]


def _accuracies(found: Compared, rows: Sequence[Accuracy]) -> Table:
    names = ["videos", _heading(found), "condition"]
    interval = f"{found.options.level:.0%} interval"
    numbers = [f"{rows[0].metric} %", interval, "n", "failed", "missing", "seen %"]
    shown = table("Accuracy under each condition", names, numbers)
    for row in rows[:MOST_ROWS]:
        shown.add_row(
            *_whose(found, row),
            row.condition,
            _percent(row.value),
            _bounds(row.low, row.high),
            *(f"{n:,}" for n in (row.n_videos, row.n_failed, row.n_missing)),
            _percent(row.kept_fraction) if row.kept_fraction == row.kept_fraction else "",
        )
    return _captioned(shown, rows)


def _differences(found: Compared, rows: Sequence[Contrasted]) -> Table:
    names = ["videos", _heading(found), "contrast"]
    interval = f"{found.options.level:.0%} interval"
    numbers = ["points", interval, "all at once", "n", "left out", "p", "p Holm"]
    shown = table(f"Contrasts, {rows[0].metric}, paired by video", names, numbers)
    for row in rows[:MOST_ROWS]:
        shown.add_row(
            *_whose(found, row),
            _contrast(row),
            _percent(row.value, sign="+"),
            _bounds(row.low, row.high),
            _bounds(row.simultaneous_low, row.simultaneous_high),
            f"{row.n_videos:,}",
            f"{row.n_left_out:,}",
            _p(row.p_signflip),
            _p(row.p_holm),
        )
    return _captioned(shown, rows)


def _captioned(shown: Table, rows: Sequence[Any]) -> Table:
    if len(rows) > MOST_ROWS:
        shown.caption = f"{len(rows) - MOST_ROWS} more rows in the results."
    return shown


def _heading(found: Compared) -> str:
    return "recognizer / oracle" if len(found.options.recognizers) > 1 else "oracle"


def _whose(found: Compared, row: Accuracy | Contrasted) -> tuple[str, str]:
    """Return the dataset, and the oracle with what tells it apart."""
    run = f" (run {row.run})" if len(found.options.runs) > 1 else ""
    recognizer = f"{row.recognizer} / " if len(found.options.recognizers) > 1 else ""
    return row.dataset, f"{recognizer}{row.oracle or 'any'}{run}"


def _contrast(row: Contrasted) -> str:
    """Return a contrast as it is written; its name too, where what is compared does not tell it."""
    of = f"{row.condition_a} - {row.condition_b}"
    if row.contrast.startswith("shuffle_damage_"):
        return f"({row.condition_a}) - ({row.condition_b})"
    return of if row.contrast in (of, *PLAIN) else f"{row.contrast}: {of}"


def _percent(share: float, sign: str = "") -> str:
    return "undefined" if share != share else f"{100 * share:{sign}.1f}"


def _bounds(low: float, high: float) -> str:
    return "none" if low != low else f"[{100 * low:.1f}, {100 * high:.1f}]"


def _p(p: float) -> str:
    return "" if p != p else f"{p:.4f}" if p >= 1e-4 else f"{p:.0e}"


def _remarks(found: Compared) -> Iterator[str]:
    """Yield what a reader of the tables has to know."""
    o = found.options
    yield f"Rests on {several(found.videos, 'video')} in {several(found.clusters, 'cluster')}."
    yield from found.notes[:MOST_LINES]
    if len(found.notes) > MOST_LINES:
        yield f"... and {len(found.notes) - MOST_LINES:,} more (--json has them all)"
    yield from _reasons(found)
    if 0 < found.clusters < FEW:
        yield f"Few clusters: an interval from fewer than {FEW} is itself uncertain."
    if found.differences:
        families = list(dict.fromkeys(row.family for row in found.differences))
        yield f"Simultaneous bounds and p Holm hold within a family: {'; '.join(families[:4])}" + (
            f"; and {several(len(families) - 4, 'more family', 'more families')}." if families[4:] else "."
        )
        yield f"p: signs of whole clusters flipped (exact up to 20, else {o.replicates:,} random flips)."
    if any(row.n_clusters < row.n_videos for row in found.differences):
        yield "McNemar and Tango are left out where a cluster has several videos: there they are not valid."
    resamples = several(o.replicates, "resample")
    yield f"Intervals: {KINDS[o.interval]}, level {o.level:g}, {resamples} of whole clusters, seed {o.seed}."


def _reasons(found: Compared) -> Iterator[str]:
    """Yield why rows that are shown lack a value or an interval."""
    counts: dict[str, int] = {}
    for row in (*_shown(found, found.accuracies), *_shown(found, found.differences)):
        if row.reason and row.low != row.low:
            counts[row.reason] = counts.get(row.reason, 0) + 1
    for why, n in sorted(counts.items(), key=lambda known: -known[1])[:MOST_LINES]:
        yield f"No interval in {several(n, 'row')}: {why}"


def _record(found: Compared) -> dict[str, Any]:
    return {
        **{name: records(frame) for name, frame in found.frames.items()},
        "options": asdict(found.options),
        "notes": found.notes,
        "videos": found.videos,
        "clusters": found.clusters,
        "datasets": found.datasets,
    }
