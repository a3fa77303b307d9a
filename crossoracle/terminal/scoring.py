"""What the verbs about oracles show on the terminal: subsets, outcomes, controls, adapters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from crossoracle.oracles.asking.budget import UNPRICED
from crossoracle.oracles.foreseeing import Foreseen
from crossoracle.oracles.subset import Subset
from crossoracle.oracles.summary import Asking, Scoring
from crossoracle.tables.catalogue import PRECHECKS
from crossoracle.tables.wording import several
from crossoracle.terminal.screen import MOST, console, hand_over, show, table

OUTCOMES = PRECHECKS["outcome"].choices


def show_subset(found: Subset, *, as_json: bool) -> None:
    """Show how many videos were drawn of each dataset and class."""
    screen = console()
    shown = table("Videos drawn", ["dataset"], ["drawn", "of", "classes", "per class"])
    for row in found.counts[:MOST]:
        few, most = row["smallest"], row["largest"]
        numbers = [f"{row[name]:,}" for name in ("drawn", "pool", "classes")]
        shown.add_row(str(row["dataset"]), *numbers, f"{few}" if few == most else f"{few} to {most}")
    if len(found.counts) > MOST:
        shown.caption = f"{len(found.counts) - MOST} more datasets"
    show(screen, shown)
    if found.unlabelled:
        screen.print(f"note: {several(found.unlabelled, 'video')} without a label: left out")
    hand_over([found.path], (lambda: asdict(found)) if as_json else None)


def show_forecast(found: Foreseen, *, as_json: bool) -> None:
    """Show what each oracle would take."""
    screen = console()
    shown = table("Forecast", ["oracle"], ["calls", "tokens in", "tokens out", "US dollars", "hours", "from"])
    for one in found.forecasts:
        usd = "unknown" if one.usd is None else f"{one.usd:,.2f}"
        calls = f"up to {one.calls:,}" if one.most else f"{one.calls:,}"
        tokens = [calls, f"{one.input_tokens:,.0f}", f"{one.output_tokens:,.0f}"]
        source = "its replies" if one.observed else "rules of thumb"
        shown.add_row(one.oracle, *tokens, usd, f"{one.hours:,.2f}".removesuffix(".00"), source)
    show(screen, shown)
    if found.looked_at < found.videos:
        screen.print(
            f"{found.looked_at} of {several(found.videos, 'video')} looked at, now or when they were asked "
            "about; the rest taken as alike."
        )
    if any(one.most for one in found.forecasts):
        screen.print("Greedy removal ends earlier where P(YES) falls: these are the most calls there can be.")
    _failed(screen, found.failed)
    hand_over([], (lambda: _forecast_record(found)) if as_json else None)


def _failed(screen: Console, failed: Sequence[str]) -> None:
    if failed:
        screen.print(f"note: {several(len(failed), 'video')} cannot be opened, such as {failed[0]}")


def _forecast_record(found: Foreseen) -> dict[str, Any]:
    return {
        "forecasts": [asdict(one) for one in found.forecasts],
        "videos": found.videos,
        "looked_at": found.looked_at,
        "failed": found.failed,
    }


def show_scoring(found: Scoring, *, as_json: bool) -> None:
    """Show the outcomes of each oracle, what it took, and what is left to do."""
    screen = console()
    used = [name for name in OUTCOMES if any(one.outcomes[name] for one in found.oracles)]
    shown = table("Outcomes", ["oracle"], ["videos", *used, "calls", "of them new", "failed", "US dollars"])
    for one in found.oracles:
        counts = [f"{one.outcomes[name]:,}" for name in used]
        calls = [f"{n:,}" for n in (one.spent.calls, one.spent.fresh, one.spent.failed_calls)]
        shown.add_row(one.oracle, f"{one.done:,} of {one.jobs:,}", *counts, *calls, _usd(one))
    show(screen, shown)
    for line in (*found.notes, *_remarks(found)):
        screen.print(f"note: {line}")
    hand_over(found.files, (lambda: _scoring_record(found)) if as_json else None)


def _usd(one: Asking) -> str:
    return "unknown" if one.spent.cost_usd is None else f"{one.spent.cost_usd:,.2f}"


def _remarks(found: Scoring) -> Iterator[str]:
    for one in found.oracles:
        if one.stopped:
            left = several(one.jobs - one.done - one.waiting.total(), "video")
            again = "" if UNPRICED in one.stopped else "; run it again to go on"
            yield f"{one.oracle}: {one.stopped}; {left} not asked about{again}"
        if one.outcomes["error"]:
            told = "; ".join(one.details)
            yield f"{one.oracle}: {several(one.outcomes['error'], 'error')}, such as {told}"
        if one.useless:
            yield (
                f"{one.oracle}: no reply could be used, such as that on {one.unread[0]}; look at its prompt "
                "and max_output_tokens, or set structured = true if its server can"
            )
        for batch, waiting in one.waiting.items():
            left = several(waiting, "question")
            yield (
                f"{one.oracle}: {left} waiting in batch {batch}; left out of this run, run it again when the "
                "batch is done"
            )
        if one.possibly_paid:
            calls = several(one.possibly_paid, "call")
            open_ = (
                f"{several(one.lost, 'question')} not asked again, --resend asks" if one.lost else "settled"
            )
            yield f"{one.oracle}: {calls} without a reply, possibly paid for ({open_})"
        if one.disagree:
            yield (
                f"{one.oracle}: in {several(one.disagree, 'video')} the important set and the scores "
                "disagree; both are kept as they are"
            )
    for ratio in found.ratios:
        yield (
            f"{ratio.oracle}: greedy removal takes {ratio.greedy:.1f} calls a video, direct scoring "
            f"{ratio.direct:.1f}: {ratio.ratio:.1f} times as many ({several(ratio.videos, 'video')})"
        )


def _scoring_record(found: Scoring) -> dict[str, Any]:
    return {
        "oracles": [vars(one) | {"done": one.done, "spent": asdict(one.spent)} for one in found.oracles],
        "ratios": [asdict(one) | {"ratio": one.ratio} for one in found.ratios],
        "interrupted": found.interrupted,
        "complete": found.complete,
        "notes": found.notes,
    }
