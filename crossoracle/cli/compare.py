"""The verb compare: predictions into accuracies, differences and curves, by oracle and across oracles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import FILE, NO, PLACE, as_json, declared, examples, given, option
from crossoracle.options import CompareOptions

TABLES = ("predictions", "videos", "prechecks")


@click.command(
    epilog=examples(
        "crossoracle compare study/",
        "crossoracle compare study/ --contrast full_gap --contrast 'led@0 - motion' --metric top1",
        "crossoracle compare study/ --by duration --cluster source --json > differences.json",
        "crossoracle compare --predictions predictions.csv --replicates 999 --out results/",
    )
)
@click.argument("study", required=False, type=PLACE)
@option("--predictions", type=FILE, show_default="the study's", help="Predictions instead of the study's.")
@option("--videos", type=FILE, show_default="the study's", help="Videos instead of the study's.")
@option("--prechecks", type=FILE, show_default="the study's", help="Prechecks instead of the study's.")
@option("--out", type=PLACE, show_default="STUDY/results", help="Where the results go.")
@declared(
    CompareOptions,
    "contrasts",
    flags=["--contrast"],
    metavar="NAME",
    show_default="all that the conditions allow",
)
@declared(
    CompareOptions,
    "metrics",
    flags=["--metric"],
    metavar="NAME",
    show_default="all that the predictions have",
)
@declared(CompareOptions, "by", show_default="none")
@declared(CompareOptions, "oracles", flags=["--oracle"], metavar="NAME", show_default="all with predictions")
@declared(CompareOptions, "recognizers", flags=["--recognizer"], metavar="NAME", show_default="all")
@declared(CompareOptions, "runs", flags=["--run"], metavar="NAME", show_default="all")
@declared(CompareOptions, "cluster", metavar="COLUMN")
@declared(CompareOptions, "replicates", metavar="N")
@declared(CompareOptions, "interval")
@declared(CompareOptions, "level")
@declared(CompareOptions, "seed")
@declared(CompareOptions, "threads", show_default="all cores")
@as_json
@click.pass_context
def compare(context: click.Context, /, json: bool, out: Path | None, **options: Any) -> None:
    """Compare how often recognizers are right under the conditions, paired by video.

    Writes results/accuracies, differences, curves and landmarks (areas, crossings); across oracles
    directions, heterogeneity, disagreement and compare_tests. Intervals come from resampling whole clusters,
    p-values from flipping the signs of whole clusters; simultaneous bounds and Holm's adjustment hold for
    every contrast of one metric, dataset and recognizer. What is not given is read from [compare] of
    study.toml.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.comparing import show_comparison
    from crossoracle.terminal.progress import bar

    study, tables = options.pop("study"), {name: options.pop(name) for name in TABLES}
    with bar() as progress:
        found = Study(study, **tables).compare(out=out, progress=progress, **given(context, options))
    show_comparison(found, as_json=json)
    if not found.comparable:
        context.exit(NO)
