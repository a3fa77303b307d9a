"""The verb power: how many videos a study needs, or what a number of them can show."""

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
    given,
    option,
    study_and_tables,
    tables,
)
from crossoracle.options import PowerOptions


@click.command(
    epilog=examples(
        "crossoracle power pilot/ --contrast full_gap --detect 0.02",
        "crossoracle power pilot/ --contrast 'led@0 - motion' --size 600",
        "crossoracle power pilot/ --coefficient alpha_interval --oracle gpt-5.5 --oracle qwen --width 0.1",
        "crossoracle power --discordant 0.2 --detect 0.05 --power 0.9",
        "crossoracle power --kappa 0.4 --prevalence 0.3 --per-cluster 12 --icc 0.2 --width 0.1",
    )
)
@study_and_tables
@option("--predictions", type=FILE, show_default="the study's", help="Predictions instead of the study's.")
@declared(PowerOptions, "contrast", metavar="NAME", show_default="none")
@declared(PowerOptions, "coefficient", metavar="NAME", show_default="none")
@declared(PowerOptions, "detect", metavar="DIFFERENCE", show_default="that of the pilot")
@declared(PowerOptions, "width", metavar="WIDTH", show_default="none")
@declared(PowerOptions, "size", metavar="N", show_default="what is needed")
@declared(PowerOptions, "power")
@declared(PowerOptions, "discordant", metavar="SHARE", show_default="from the pilot")
@declared(PowerOptions, "kappa", show_default="from the pilot")
@declared(PowerOptions, "prevalence", metavar="SHARE", show_default="from the pilot")
@declared(PowerOptions, "per_cluster", metavar="M")
@declared(PowerOptions, "icc")
@declared(PowerOptions, "oracles", flags=["--oracle"], metavar="NAME", show_default="all of the pilot")
@declared(PowerOptions, "run")
@declared(PowerOptions, "recognizer", metavar="NAME", show_default="the only one")
@declared(PowerOptions, "metric")
@declared(PowerOptions, "cluster", metavar="COLUMN")
@declared(PowerOptions, "level")
@declared(PowerOptions, "simulations", metavar="N")
@declared(PowerOptions, "seed")
@as_json
@click.pass_context
def power(context: click.Context, /, json: bool, out: Path | None, **options: Any) -> None:
    """Plan a study: the videos that a contrast or an interval needs, or what a number of them shows.

    Variances come from a pilot, whose clusters are resampled to other numbers, or from stated rates. The
    closed form is where the search begins; the answer is simulated. Writes results/plans. What is not given
    is read from [power] of study.toml.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.power import show_plans

    found = Study(**tables(options, "predictions")).power(out=out, **given(context, options))
    show_plans(found, as_json=json)
    if not found.defined:
        context.exit(NO)
