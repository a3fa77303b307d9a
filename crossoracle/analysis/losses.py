"""What was left out of a comparison, in words: failed and missing conditions, contrasts not possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from crossoracle.analysis.catalogue import comparisons
from crossoracle.analysis.contrast import Contrast
from crossoracle.analysis.predictions import FAILED, MISSING, Group, Predictions, View
from crossoracle.analysis.strata import Stratified
from crossoracle.analysis.sweeps import FULL, ORDERS, swept
from crossoracle.analysis.tallying import COVERED, Line
from crossoracle.options import METRICS
from crossoracle.tables.wording import several


def named(group: Group | View) -> str:
    """Return how a group is called in a line: recognizer, oracle and run, as far as they are there."""
    whose = [group.recognizer or "", group.oracle or "", f"run {group.run}" if group.run != "0" else ""]
    return " / ".join(part for part in whose if part) or "the recognizer"


def lost(p: Predictions, why: Mapping[View, str]) -> Iterator[str]:
    """Yield one line per view and dataset that lacks videos: how many failed and how many have no row."""
    for i, view in enumerate(p.views):
        seen = p.seen(view.recognizer)
        for name, place in zip(p.datasets, p.places, strict=True):
            state = p.state[i, place][seen[place]]
            failed, missing = int((state == FAILED).sum()), int((state == MISSING).sum())
            if missing == len(state) or not failed + missing:
                continue
            reason = f" (most often: {why[view]})" if failed and view in why else ""
            parts = [f"{failed:,} failed{reason}"] * bool(failed) + [f"{missing:,} are missing"] * bool(
                missing
            )
            of = f"{view.condition} of {named(view)}, {name}: of {several(len(state), 'video')} "
            yield f"{of}{' and '.join(parts)}; left out of all that needs them"


def absent(p: Predictions, wanted: Sequence[Contrast]) -> Iterator[str]:
    """Yield the contrasts that no group has the conditions of."""
    there = {one.contrast for group in p.groups for one in comparisons(wanted, list(group.views))}
    names = [f"{one.name} ({one.formula})" for one in wanted if one.name not in there]
    if names:
        yield f"not compared, for lack of conditions: {', '.join(names)}"


def untold(p: Predictions) -> Iterator[str]:
    """Yield the orders whose areas rest on the shares asked for: no prediction tells the actual ones."""
    for order in ORDERS:
        views = [i for i, v in enumerate(p.views) for names in swept([v.condition], order).values() if names]
        if FULL in p.conditions and views and np.isnan(p.kept[views]).all():
            yield f"areas of {order}@f rest on the shares asked for: its predictions have no kept_fraction"


def unmeasured(p: Predictions, metrics: Sequence[str]) -> Iterator[str]:
    """Yield the metrics that were asked for, or could be, and that no prediction has."""
    for name in (name for name in metrics or METRICS if name not in p.metrics):
        yield f"{name} is not compared: no prediction has it"


def unstratified(strata: Stratified) -> Iterator[str]:
    """Yield how many videos belong to no stratum."""
    for group in strata.predictions.groups:
        n = strata.unknown(group)
        if n:
            yield f"{named(group)}: {several(n, 'video')} without {strata.by}, in no stratum"


def unchosen(lines: Sequence[Line], p: Predictions) -> Iterator[str]:
    """Yield the conditions that were no choice, since too many videos lack them."""
    for line in lines:
        if line.stratum is None and line.passed_over:
            where = "all datasets" if line.places == (-1,) else p.datasets[line.places[0]]
            less = f"under {COVERED:.0%} of the videos have them"
            names = ", ".join(line.passed_over)
            yield f"score_gain of {named(line.group)}, {where}: no choice were {names} ({less})"
