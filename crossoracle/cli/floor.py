"""The verb floor: what repeated runs differ by anyway, and what is as good as a repetition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import (
    FILE,
    NO,
    as_json,
    declared,
    examples,
    flag,
    given,
    option,
    study_and_tables,
    tables,
)
from crossoracle.options import FloorOptions


@click.command(
    epilog=examples(
        "crossoracle floor study/ --arm greedy=qwen-greedy:0,1,2,3 --arm direct=qwen-direct:0,1,2",
        "crossoracle floor study/ --arm a=gpt-5.5:0,1,2 --arm b=qwen:0,1,2 --margin 0.05 --strict",
        "crossoracle floor study/ --coefficient alpha_interval --floor-of qwen-greedy --two-way",
        "crossoracle floor --predictions predictions.csv --out results/",
    )
)
@study_and_tables
@option("--predictions", type=FILE, show_default="the study's", help="Predictions instead of the study's.")
@declared(
    FloorOptions,
    "arms",
    flags=["--arm"],
    metavar="NAME=ORACLE:RUNS",
    show_default="every oracle with several runs",
)
@declared(FloorOptions, "floor_of", metavar="ARM", show_default="the first arm")
@declared(
    FloorOptions,
    "coefficients",
    flags=["--coefficient"],
    metavar="NAME",
    show_default="spearman_within, kappa_quadratic, cohen_kappa",
)
@declared(FloorOptions, "margin", metavar="half|NUMBER")
@declared(FloorOptions, "two_way")
@declared(FloorOptions, "on", show_default="joint where there are prechecks")
@declared(FloorOptions, "cluster", metavar="COLUMN")
@declared(FloorOptions, "replicates", metavar="N", show_default="9999, fewer for wide statistics")
@declared(FloorOptions, "interval")
@declared(FloorOptions, "level")
@declared(FloorOptions, "bins", metavar="K", show_default="none")
@declared(FloorOptions, "seed")
@declared(FloorOptions, "threads", show_default="all cores")
@flag("--strict", help="Leave with 1 unless every arm is shown to be non-inferior.")
@as_json
@click.pass_context
def floor(context: click.Context, /, json: bool, strict: bool, out: Path | None, **options: Any) -> None:
    """Learn how much two runs of the same thing differ, and what is as good as a repetition.

    Writes results/floors: how much each arm agrees with itself and with the reference, and whether the latter
    is non-inferior by the one-sided bound of the difference; calls, cost and tokens; accuracy over runs. Fix
    the margin before you look. What is not given is read from [floor] of study.toml.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.floor import show_floors
    from crossoracle.terminal.progress import bar

    study = Study(**tables(options, "predictions"))
    with bar() as progress:
        found = study.floor(out=out, progress=progress, **given(context, options))
    show_floors(found, as_json=json)
    if not found.comparable or (strict and not found.shown):
        context.exit(NO)
