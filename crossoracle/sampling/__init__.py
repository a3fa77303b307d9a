"""Scores in, frames out: a condition is a density over time, and frames stand at its quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossoracle.sampling.catalogue import CONDITIONS, parse
    from crossoracle.sampling.condition import Condition
    from crossoracle.sampling.density import Density
    from crossoracle.sampling.frames import Placed, place, shown, shuffled
    from crossoracle.sampling.run import Options, Plan, Planned, plan, plans
    from crossoracle.sampling.scored import Failure, Scored
    from crossoracle.sampling.summary import Summary, summarise

_HOMES = {
    "CONDITIONS": "catalogue",
    "Condition": "condition",
    "Density": "density",
    "Failure": "scored",
    "Options": "run",
    "Placed": "frames",
    "Plan": "run",
    "Planned": "run",
    "Scored": "scored",
    "Summary": "summary",
    "parse": "catalogue",
    "place": "frames",
    "plan": "run",
    "plans": "run",
    "shown": "frames",
    "shuffled": "frames",
    "summarise": "summary",
}

__all__ = [
    "CONDITIONS",
    "Condition",
    "Density",
    "Failure",
    "Options",
    "Placed",
    "Plan",
    "Planned",
    "Scored",
    "Summary",
    "parse",
    "place",
    "plan",
    "plans",
    "shown",
    "shuffled",
    "summarise",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
