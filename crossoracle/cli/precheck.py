"""The verb precheck: which videos may be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import NO, as_json, examples, given, selection, study_and_tables, tables


@click.command(
    epilog=examples(
        "crossoracle precheck study/",
        "crossoracle precheck study/ --oracle gpt-5.5 --oracle qwen3-vl-32b",
        "crossoracle precheck --videos videos.csv --prechecks prechecks.csv --json",
    )
)
@study_and_tables
@selection
@as_json
@click.pass_context
def precheck(context: click.Context, /, json: bool, out: Path | None, **options: Any) -> None:
    """Count the videos that pass the prechecks of each oracle, and of every set of them.

    Writes results/flow. Shares have Wilson intervals, on the effective number of videos where several share a
    cluster.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.flow import show_flow

    found = Study(**tables(options)).precheck(out=out, **given(context, options))
    show_flow(found, as_json=json)
    if not found.joint:
        context.exit(NO)
