"""The verb agree: scores into estimates of agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import (
    NO,
    as_json,
    examples,
    flag,
    given,
    option,
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
        told = f"{text!r} is not a list of numbers such as 0,0.5,1"
        raise click.BadParameter(told, context, parameter) from None


@click.command(
    epilog=examples(
        "crossoracle agree study/ --seed 7",
        "crossoracle agree study/ --oracle human-1 --oracle human-2 --oracle human-3 --differences",
        "crossoracle agree study/ --coefficient spearman_within --interval bca --null 999",
        "crossoracle agree --scores a.csv --scores b.csv --json > agreement.json",
    )
)
@study_and_tables
@selection
@option(
    "--on",
    type=click.Choice(["joint", "pairwise", "all"]),
    show_default="joint where prechecks exist",
    help="Videos that every oracle recognised, or both of a pair, or all.",
)
@option(
    "--by",
    default=AgreeOptions.by,
    type=click.Choice(["dataset", "label", "none"]),
    help="What is estimated beside the pooled rows.",
)
@option(
    "--coefficient",
    "coefficients",
    multiple=True,
    metavar="NAME",
    show_default="all that are defined",
    help="Only this coefficient; may be repeated.",
)
@option(
    "--replicates",
    type=click.IntRange(1),
    show_default="9999, fewer where the work is large",
    help="Number of resamples.",
)
@option(
    "--interval",
    default=AgreeOptions.interval,
    help="How intervals are constructed.",
    type=click.Choice(["expanded", "percentile", "bca", "jackknife"]),
)
@option("--seed", default=AgreeOptions.seed, type=click.IntRange(0), help="Seed of everything random.")
@option(
    "--null",
    default=AgreeOptions.null,
    type=click.IntRange(0),
    metavar="N",
    help="Draws of the permutation null.",
)
@flag("--differences", help="Compare every two pairs of oracles, and test whether all are equal.")
@option(
    "--bins", type=click.IntRange(2), show_default="scores as they are", help="Equal bins that become levels."
)
@option(
    "--levels",
    callback=_numbers,
    metavar="X,Y,...",
    show_default="the scores found",
    help="Levels of the scores.",
)
@flag("--cross-check", help="Compute the values again with independent libraries.")
@option("--threads", type=click.IntRange(1), show_default="all cores", help="Threads at work.")
@as_json
@click.pass_context
def agree(context: click.Context, /, json: bool, out: Path | None, **options: Any) -> None:
    """Estimate how far the oracles agree, pair by pair and all together.

    Writes results/estimates and per_video, with --differences also agreement_differences and tests. Intervals
    come from resampling whole clusters. What is not given is read from [agree] of the study's study.toml.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.agreement import show_agreement

    found = Study(**tables(options)).agree(out=out, **given(context, options))
    show_agreement(found, as_json=json)
    if not found.comparable:
        context.exit(NO)
