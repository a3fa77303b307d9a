"""The verb controls: oracles put to the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import FILE, NO, PLACE, as_json, declared, examples, flag, given, option
from crossoracle.cli.score import STOPPED
from crossoracle.oracles.settings import ControlOptions


@click.command(
    epilog=examples(
        "crossoracle controls study/ --oracle qwen3-vl-32b --limit 50",
        "crossoracle controls study/ --oracle gpt-5.5 --operator black --budget 5",
        "crossoracle controls study/ --oracle qwen3-vl-32b+greedy --points 5 --json",
    )
)
@click.argument("study", type=PLACE)
@option("--videos", type=FILE, show_default="the study's", help="Videos instead of the study's.")
@option(
    "--scores",
    multiple=True,
    type=FILE,
    show_default="the study's",
    help="Scores instead of the study's; may be repeated.",
)
@option("--prechecks", type=FILE, show_default="the study's", help="Prechecks instead of the study's.")
@option("--out", type=PLACE, show_default="STUDY/results", help="Where the results go.")
@declared(ControlOptions, "oracles", flags=["--oracle"], metavar="NAME", show_default="all of study.toml")
@declared(ControlOptions, "run")
@declared(ControlOptions, "operator")
@declared(ControlOptions, "points", metavar="N")
@declared(ControlOptions, "limit", metavar="N", show_default="all videos")
@declared(ControlOptions, "cluster", metavar="COLUMN")
@declared(ControlOptions, "replicates", metavar="B")
@declared(ControlOptions, "level")
@declared(ControlOptions, "seed")
@declared(ControlOptions, "budget", metavar="USD", show_default="no cap")
@declared(ControlOptions, "max_calls", metavar="N", show_default="no cap")
@flag("--resend", help="Ask again what may have been paid for without a reply.")
@as_json
@click.pass_context
def controls(
    context: click.Context, /, json: bool, study: Path, out: Path | None, resend: bool, **options: Any
) -> None:
    """Test oracles by their own scores: whether they see the action in what they call important, only there.

    Each video is shown whole, by its kept segments alone, by the others alone, whole under a wrong label, and
    along deletion and insertion curves. Writes results/controls and results/failures; rows of other oracles
    and runs stay there. Replies are kept in the study's ledger: run again, the verb goes on where it stopped.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.asking import asking
    from crossoracle.terminal.controls import show_controls

    tables = {name: options.pop(name) for name in ("videos", "scores", "prechecks")}
    changes = given(context, options)
    found = Study(study, **tables).controls(out=out, resend=resend, watching=asking, **changes)
    show_controls(found, as_json=json)
    if found.interrupted:
        context.exit(STOPPED)
    if not found.complete:
        context.exit(NO)
