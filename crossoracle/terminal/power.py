"""A plan on the terminal: the answer as one sentence, and other numbers of clusters beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.table import Table

from crossoracle.analysis.power.rows import CONTRAST, PILOT, Plan
from crossoracle.analysis.power.summary import Planned
from crossoracle.stats.clusters import FEW
from crossoracle.tables.wording import several
from crossoracle.terminal.screen import console, hand_over, records, show, table


def show_plans(found: Planned, *, as_json: bool) -> None:
    """Show plans around the answer, the answer, and what it rests on."""
    screen = console()
    show(screen, _table(found))
    screen.print(sentence(found), style="bold")
    for line in _remarks(found):
        screen.print(line)
    hand_over(found.files, (lambda: _record(found)) if as_json else None)


def sentence(found: Planned) -> str:
    """Return the answer as one sentence."""
    plan, clusters = found.answer, several(found.answer.clusters, "cluster")
    size = (
        clusters if plan.videos == plan.clusters else f"{clusters} ({several(round(plan.videos), 'video')})"
    )
    if plan.question == CONTRAST:
        bounds = f"[{100 * plan.power_low:.0f}, {100 * plan.power_high:.0f}]"
        power = f"{100 * plan.power:.0f} % {bounds} of the time"
        return (
            f"{size} find a true difference of {100 * plan.difference:.1f} points {power} ({plan.statistic})."
        )
    if plan.width != plan.width:
        return f"{size} give {plan.statistic} no interval: {plan.reason}."
    return f"{size} give {plan.statistic} an interval {plan.width:.3f} wide."


def _table(found: Planned) -> Table:
    contrast = found.answer.question == CONTRAST
    what = "power" if contrast else f"width of the {found.options.level:.0%} interval"
    shown = table(f"Planned studies: {found.answer.statistic}", [""], ["clusters", "videos", what])
    for plan in found.plans:
        number = f"{100 * plan.power:.0f} %" if contrast else _width(plan)
        mark = "asked for" if plan.answer else ""
        shown.add_row(mark, f"{plan.clusters:,}", f"{plan.videos:,.0f}", number)
    return shown


def _width(plan: Plan) -> str:
    return "undefined" if plan.width != plan.width else f"{plan.width:.3f}"


def _remarks(found: Planned) -> Iterator[str]:
    """Yield what a reader of the answer has to know."""
    plan, o = found.answer, found.options
    if plan.source == PILOT:
        value = f"{100 * plan.value:+.1f} points" if plan.question == CONTRAST else f"{plan.value:.3f}"
        yield f"Pilot: {several(plan.pilot_clusters, 'cluster')}, {value}; others are taken to be like them."
        if plan.pilot_clusters < 2 * FEW:
            yield "A small pilot: how its clusters vary is itself uncertain, and so is the plan."
    else:
        yield f"Stated: {o.per_cluster:,} a cluster, correlation {o.icc:g} within it."
    if plan.source == PILOT and plan.question == CONTRAST and o.detect is None and o.size is None:
        yield "The difference is the pilot's own, which is often too large: better give --detect."
    if plan.closed_form == plan.closed_form:
        yield f"The closed form says {_closed(found)}."
    yield f"Simulated: {several(plan.simulations, 'planned study', 'planned studies')} each, seed {o.seed}."


def _closed(found: Planned) -> str:
    plan, o = found.answer, found.options
    if plan.question == CONTRAST and o.detect is None and o.size is not None:
        return f"{100 * plan.closed_form:.1f} points"
    if plan.question != CONTRAST and o.size is not None:
        return f"{plan.closed_form:.3f} wide"
    power = f" for {100 * o.power:.0f} %" if plan.question == CONTRAST else ""
    return f"{plan.closed_form:,.0f} clusters{power}"


def _record(found: Planned) -> dict[str, Any]:
    return {
        "plans": records(found.plans.to_frame()),
        "answer": sentence(found),
        "options": asdict(found.options),
    }
