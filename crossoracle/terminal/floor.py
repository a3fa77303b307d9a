"""Noise floors on the terminal: what repetitions differ by, what is as good as one, and what each takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.analysis.floors.rows import (
    ACCURACY,
    ACCURACY_SD,
    CEILING,
    CROSS,
    DETECTABLE,
    DIFFERENCE,
    DISATTENUATED,
    INFERIOR,
    NON_INFERIOR,
    SELF,
    Floor,
)
from crossoracle.analysis.floors.spending import PER_VIDEO, TIMES
from crossoracle.analysis.floors.summary import Floored
from crossoracle.analysis.floors.verdict import kind_of
from crossoracle.stats.clusters import FEW
from crossoracle.tables.wording import several
from crossoracle.terminal.remarks import KINDS
from crossoracle.terminal.screen import console, hand_over, records, show, table

MOST_ROWS, MOST_LINES = 40, 12
WORDS = {SELF: "repetitions of {a}", CROSS: "{a} with {b}", DIFFERENCE: "{a} with {b}, minus the floor"}
WORDS |= {CEILING: "{a} with {b}, of the ceiling", DISATTENUATED: "{a} with {b}, disattenuated"}
SPENT = {
    "calls": "calls",
    "cost_usd": "dollars",
    "input_tokens": "tokens sent",
    "output_tokens": "tokens received",
}


def show_floors(found: Floored, *, as_json: bool) -> None:
    """Show agreement, what arms take and accuracy in a table each; then the claim, and what it rests on."""
    screen = console()
    for made in (_agreement(found), _spending(found), _accuracy(found)):
        if made.row_count:
            show(screen, made)
    if not found.comparable:
        screen.print("Nothing is comparable: no video has what every run of the arms needs.", style="bold")
    for row in found.claims:
        screen.print(claim(row, _times(found, row)), style="bold")
    for line in _remarks(found):
        screen.print(line)
    hand_over(found.files, (lambda: _record(found)) if as_json else None)


def claim(row: Floor, times: Floor | None = None) -> str:
    """Return what a difference shows, as one sentence."""
    a, b, title = row.arm_a, row.arm_b, COEFFICIENTS[row.statistic].title
    if row.verdict is None:
        return f"{title}: no verdict on {a} and {b}: {row.reason}"
    margin = f"a margin of {row.margin:.3f} ({row.margin_rule})"
    numbers = f"difference {row.value:+.3f}, one-sided {row.level:.0%} bound {row.bound:+.3f}, {margin}"
    if row.verdict == NON_INFERIOR:
        ratio = "" if times is None or times.value != times.value else f", with {_often(times)}"
        return f"{title}: {a} matches {b} within its noise floor{ratio} (non-inferior: {numbers})."
    if row.verdict == INFERIOR:
        return f"{title}: {a} agrees with {b} less than {b} with itself, by more than the margin ({numbers})."
    return f"{title}: it remains open whether {a} matches {b} within its noise floor ({numbers})."


def _often(times: Floor) -> str:
    """Return a ratio of calls in words; a small one the other way round, which is easier to read."""
    if 0 < times.value < 1 and times.low > 0:
        value, low, high = 1 / times.value, 1 / times.high, 1 / times.low
        return f"{value:.1f} [{low:.1f}, {high:.1f}] times fewer calls"
    return f"{times.value:.1f} {_bounds(times, 1)} times the calls"


def _times(found: Floored, row: Floor) -> Floor | None:
    same = {"arm_a": row.arm_a, "arm_b": row.arm_b, "dataset": row.dataset}
    return next(iter(found.floors.select(quantity=TIMES, statistic="calls", **same)), None)


def _agreement(found: Floored) -> Table:
    interval = f"{found.options.level:.0%} interval"
    numbers = ["value", interval, "margin", f"{found.options.level:.0%} bound", "verdict", "videos"]
    shown = table(
        f"Agreement of arms; the floor is that of {found.reference.name}", ["videos of", ""], numbers
    )
    rows = [row for row in found.floors if row.quantity in WORDS]
    last = ""
    for row in rows[:MOST_ROWS]:
        if row.statistic != last:
            shown.add_row(COEFFICIENTS[row.statistic].title, style="bold")
        last = row.statistic
        shown.add_row(
            row.dataset,
            WORDS[row.quantity].format(a=row.arm_a, b=row.arm_b),
            _number(row.value, "+" if row.quantity == DIFFERENCE else ""),
            _bounds(row),
            _number(row.margin, blank=True),
            _number(row.bound, "+", blank=True),
            row.verdict or "",
            f"{row.n_videos:,}",
        )
    return _captioned(shown, rows)


def _spending(found: Floored) -> Table:
    numbers = ["per video and run", f"{found.options.level:.0%} interval", "videos", "unknown"]
    shown = table("What the arms take, on the videos that are compared", ["arm", "of what"], numbers)
    for row in found.floors:
        known = row.quantity in (PER_VIDEO, TIMES) and row.dataset == "all" and row.value == row.value
        if not known:
            continue
        times = "x " if row.quantity == TIMES else ""
        arm = f"{row.arm_a} / {row.arm_b}" if row.arm_b else str(row.arm_a)
        values = f"{times}{_plain(row.value)}", f"[{_plain(row.low)}, {_plain(row.high)}]"
        shown.add_row(arm, SPENT[row.statistic], *values, f"{row.n_videos:,}", f"{row.n_left_out:,}")
    return shown


def _accuracy(found: Floored) -> Table:
    numbers = ["runs", "accuracy %", "SD over runs", f"{found.options.level:.0%} interval", "detectable"]
    shown = table("Accuracy over runs, in points", ["arm", "condition"], [*numbers, "videos"])
    of: dict[tuple[Any, ...], dict[str, Floor]] = {}
    metrics = [row.statistic for row in found.floors if row.quantity in (ACCURACY, DETECTABLE)]
    for row in found.floors:
        kinds = (ACCURACY, ACCURACY_SD, DETECTABLE)
        if row.quantity in kinds and row.dataset == "all" and row.statistic == metrics[0]:
            of.setdefault((row.recognizer, row.arm_a, row.condition), {})[row.quantity] = row
    for (recognizer, arm, condition), rows in list(of.items())[:MOST_ROWS]:
        last, spread = rows[DETECTABLE], rows.get(ACCURACY_SD)
        whose = f"{recognizer} / {arm or 'any'}" if recognizer else arm or "any"
        accuracy, sd = (_percent(rows[q].value) if q in rows else "" for q in (ACCURACY, ACCURACY_SD))
        bounds = f"[{_percent(spread.low)}, {_percent(spread.high)}]" if spread is not None else ""
        detectable = _percent(last.value)
        runs = str(last.n_runs_a) if last.n_runs_b is None else f"{last.n_runs_a} / {last.n_runs_b}"
        shown.add_row(whose, condition, runs, accuracy, sd, bounds, detectable, f"{last.n_videos:,}")
    return shown


def _captioned(shown: Table, rows: Sequence[Any]) -> Table:
    if len(rows) > MOST_ROWS:
        shown.caption = f"{len(rows) - MOST_ROWS} more rows in the results."
    return shown


def _number(value: float, sign: str = "", *, blank: bool = False) -> str:
    if value != value:
        return "" if blank else "undefined"
    return f"{value:{sign}.3f}"


def _plain(value: float) -> str:
    return "none" if value != value else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _percent(share: float) -> str:
    return "undefined" if share != share else f"{100 * share:.1f}"


def _bounds(row: Floor, digits: int = 3) -> str:
    return "none" if row.low != row.low else f"[{row.low:.{digits}f}, {row.high:.{digits}f}]"


def _remarks(found: Floored) -> Iterator[str]:
    """Yield what a reader of the tables has to know."""
    o = found.options
    yield f"Arms: {'; '.join(map(str, found.arms))}."
    yield f"Rests on {several(found.videos, 'video')} in {several(found.clusters, 'cluster')}."
    yield from found.notes[:MOST_LINES]
    if len(found.notes) > MOST_LINES:
        yield f"... and {len(found.notes) - MOST_LINES:,} more (--json has them all)"
    yield from _reasons(found)
    if 0 < found.clusters < FEW:
        yield f"Few clusters: an interval from fewer than {FEW} is itself uncertain."
    if found.claims:
        yield from _margin(found)
    if any(row.quantity == DETECTABLE for row in found.floors):
        yield "Detectable: the true difference that so many videos and runs show four times out of five."
    drawn = "whole clusters and of runs" if o.two_way else "whole clusters; the runs are those there are"
    resamples = several(o.replicates or 0, "resample")
    yield f"Intervals: {KINDS[o.interval]}, level {o.level:g}, {resamples} of {drawn}, seed {o.seed}."
    kind = kind_of(o.interval, two_way=o.two_way)
    if found.claims and kind != o.interval:
        yield f"Differences and verdicts: {KINDS[kind]}, so that no verdict hangs on the seed."


def _margin(found: Floored) -> Iterator[str]:
    absolute = found.options.margin != "half"
    what = "a number, as given" if absolute else "half of what repetitions of the reference differ by"
    told = "" if absolute else ", which is estimated too"
    yield f"Margin: {what}{told}. It counts only where it was fixed before the data were seen."
    if not found.shown:
        yield "Not shown for every arm and coefficient: a difference that is not found may still be there."


def _reasons(found: Floored) -> Iterator[str]:
    """Yield why rows lack a value or an interval, or what qualifies them."""
    counts: dict[str, int] = {}
    for row in found.floors:
        if row.reason and row.quantity != DETECTABLE and row.quantity not in (PER_VIDEO, TIMES):
            counts[row.reason] = counts.get(row.reason, 0) + 1
    for why, n in sorted(counts.items(), key=lambda known: -known[1])[:MOST_LINES]:
        yield f"{several(n, 'row')}: {why}"
    unknown = [row for row in found.floors if row.quantity == PER_VIDEO and row.value != row.value]
    names = ", ".join(dict.fromkeys(SPENT[row.statistic] for row in unknown))
    if names:
        yield f"Unknown, since the prechecks do not say it of every run: {names}."


def _record(found: Floored) -> dict[str, Any]:
    return {
        "floors": records(found.floors.to_frame()),
        "claims": [claim(row, _times(found, row)) for row in found.claims],
        "arms": {arm.name: [member.name for member in arm.members] for arm in found.arms},
        "options": asdict(found.options),
        "notes": found.notes,
        "videos": found.videos,
        "clusters": found.clusters,
        "shown": found.shown,
    }
