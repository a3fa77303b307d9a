"""The verb agree: scores into estimates of agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import (
    NO,
    as_json,
    declared,
    engine,
    examples,
    flag,
    given,
    selection,
    study_and_tables,
    tables,
)
from crossoracle.options import AgreeOptions


def _numbers(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[float, ...] | None:
    try:
        return None if text is None else tuple(map(float, text.split(",")))
    except ValueError:
        told = f"levels is {text!r}; expected a list of numbers such as 0,0.5,1"
        raise click.BadParameter(told, context, parameter) from None


@click.command(
    epilog=examples(
        "crossoracle agree study/ --seed 7",
        "crossoracle agree study/ --oracle human-1 --oracle human-2 --oracle human-3 --differences",
        "crossoracle agree study/ --coefficient spearman_within --interval bca --null 999",
        "crossoracle agree study/ --diagnostics",
        "crossoracle agree study/ --engine ray",
        "crossoracle agree --scores a.csv --scores b.csv --json > agreement.json",
    )
)
@study_and_tables
@selection
@declared(AgreeOptions, "on", show_default="joint where prechecks exist")
@declared(AgreeOptions, "by")
@declared(
    AgreeOptions,
    "coefficients",
    flags=["--coefficient"],
    metavar="NAME",
    show_default="all that are defined",
)
@declared(AgreeOptions, "replicates", show_default="9999, fewer where the work is large")
@declared(AgreeOptions, "interval")
@declared(AgreeOptions, "seed")
@declared(AgreeOptions, "null", metavar="N")
@declared(AgreeOptions, "differences")
@declared(AgreeOptions, "bins", metavar="K", show_default="scores as they are")
@declared(
    AgreeOptions,
    "levels",
    type=str,
    callback=_numbers,
    metavar="X,Y,...",
    show_default="the scores found",
)
@declared(AgreeOptions, "cross_check")
@declared(AgreeOptions, "threads", show_default="all cores")
@engine(help="Where the work is done: here, or by all cores of a Ray cluster.")
@flag("--diagnostics", help="Also look at what the estimates rest on: time, classes, influence, subsets.")
@as_json
@click.pass_context
def agree(context: click.Context, /, json: bool, diagnostics: bool, out: Path | None, **options: Any) -> None:
    """Estimate how far the oracles agree, pair by pair and all together.

    Writes results/estimates and per_video, with --differences also agreement_differences and tests. Intervals
    come from resampling whole clusters. With --diagnostics also results/diagnostics and its parts, which say
    what the estimates rest on. What is not given is read from [agree] of the study's study.toml.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.agreement import show_agreement
    from crossoracle.terminal.progress import bar

    study, engine, diagnosed = Study(**tables(options)), options.pop("engine"), None
    changes = given(context, options)
    with bar() as progress:
        found = study.agree(out=out, engine=engine, progress=progress, **changes)
        if diagnostics:
            diagnosed = study.diagnostics(out=out, progress=progress, **changes)
    show_agreement(found, as_json=json, diagnosed=diagnosed)
    if not found.comparable:
        context.exit(NO)
