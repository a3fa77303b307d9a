"""The verb precheck: which videos may be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import (
    NO,
    as_json,
    declared,
    examples,
    flag,
    given,
    selection,
    study_and_tables,
    tables,
)
from crossoracle.options import PrecheckOptions

MORE = ("coefficients", "replicates", "tipping", "seed", "threads")


@click.command(
    epilog=examples(
        "crossoracle precheck study/",
        "crossoracle precheck study/ --oracle gpt-5.5 --oracle qwen3-vl-32b",
        "crossoracle precheck study/ --selection --coefficient light_kappa --tipping 0.4",
        "crossoracle precheck --videos videos.csv --prechecks prechecks.csv --json",
    )
)
@study_and_tables
@selection
@flag(
    "--selection",
    help="Also estimate what the joint precheck selects: other sets of videos, reweighted, bounded.",
)
@declared(
    PrecheckOptions,
    "coefficients",
    flags=["--coefficient"],
    metavar="NAME",
    show_default="within-video Spearman and Cohen's kappa, of pairs and their means",
)
@declared(PrecheckOptions, "replicates")
@declared(PrecheckOptions, "tipping", metavar="X", show_default="0 alone")
@declared(PrecheckOptions, "seed")
@declared(PrecheckOptions, "threads", show_default="all cores")
@as_json
@click.pass_context
def precheck(
    context: click.Context, /, json: bool, selection: bool, out: Path | None, **options: Any
) -> None:
    """Count the videos that pass the prechecks of each oracle, and of every set of them.

    Writes results/flow. Shares have Wilson intervals, on the effective number of videos where several share a
    cluster. With --selection also results/selection, selection_weighting, selection_balance and
    selection_tipping: how far agreement among videos that all oracles recognised may stand for all videos.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.flow import show_flow
    from crossoracle.terminal.progress import bar

    study = Study(**tables(options))
    changes = given(context, options)
    if not selection and (alone := [name for name in MORE if name in changes]):
        raise click.UsageError(f"{', '.join(alone)}: only with --selection")
    found, selected = study.precheck(out=out, **changes), None
    if selection:
        with bar() as progress:
            selected = study.selection(out=out, progress=progress, **changes)
    show_flow(found, as_json=json, selected=selected)
    if not found.joint:
        context.exit(NO)
