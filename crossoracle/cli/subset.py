"""The verb subset: a class-balanced part of a pool of videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import FILE, PLACE, as_json, declared, examples, given, option
from crossoracle.oracles.subset import SubsetOptions


@click.command(
    epilog=examples(
        "crossoracle subset --videos pool.csv --per-dataset 200 --seed 7 --out study/",
        "crossoracle subset --videos k400.parquet --videos ssv2.parquet --dataset ssv2 --out study/",
    )
)
@option(
    "--videos",
    required=True,
    multiple=True,
    type=FILE,
    show_default="none",
    help="The pool: a videos table, its paths absolute or relative to its directory; may be repeated.",
)
@declared(SubsetOptions, "per_dataset", "How many videos of each dataset.", metavar="N")
@option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="NAME",
    show_default="all",
    help="Only this dataset; may be repeated.",
)
@declared(SubsetOptions, "seed", "Seed of the draw.")
@declared(SubsetOptions, "without_files")
@option("--out", required=True, type=PLACE, show_default="none", help="The study; made where it is missing.")
@as_json
@click.pass_context
def subset(
    context: click.Context, /, json: bool, videos: tuple[Path, ...], out: Path, **options: Any
) -> None:
    """Draw a class-balanced, seeded subset of each dataset, and write it as the videos table of a study.

    Every class gives the same number of videos, small ones all they have; what cannot be divided evenly goes
    to classes that are drawn. A smaller subset with the same seed is part of a larger one. The files of the
    videos drawn must be there, and one of them must open, unless --without-files.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.scoring import show_subset

    show_subset(Study.subset(videos, out, **given(context, options)), as_json=json)
