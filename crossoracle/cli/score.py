"""The verb score: oracles are asked about videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import (
    FILE,
    NO,
    PLACE,
    as_json,
    declared,
    engine,
    examples,
    flag,
    given,
    option,
    shard,
    together,
)
from crossoracle.oracles.settings import ScoreOptions

STOPPED = 130

caps = together(
    declared(ScoreOptions, "budget", metavar="USD", show_default="no cap"),
    declared(ScoreOptions, "max_calls", metavar="N", show_default="no cap"),
)


@click.command(
    epilog=examples(
        "crossoracle score study/ --dry-run",
        "crossoracle score study/ --oracle gpt-5.5 --oracle qwen3-vl-32b --budget 20",
        "crossoracle score study/ --oracle center --oracle motion --oracle random",
        "crossoracle score study/ --oracle qwen3-vl-32b --strategy greedy --limit 50",
        "crossoracle score study/ --rebuild",
        "crossoracle score study/ --shard 3/8",
        "crossoracle score study/ --oracle internvl --engine ray",
    )
)
@click.argument("study", type=PLACE)
@option("--videos", type=FILE, show_default="the study's", help="Videos instead of the study's.")
@declared(ScoreOptions, "oracles", flags=["--oracle"], metavar="NAME", show_default="all of study.toml")
@declared(ScoreOptions, "datasets", flags=["--dataset"], metavar="NAME", show_default="all")
@declared(ScoreOptions, "strategy")
@declared(ScoreOptions, "runs", metavar="N")
@declared(ScoreOptions, "prompt", metavar="NAME")
@declared(ScoreOptions, "verify_prompt", metavar="NAME")
@declared(ScoreOptions, "operator")
@declared(ScoreOptions, "threshold", metavar="P")
@declared(ScoreOptions, "limit", metavar="N", show_default="all videos")
@caps
@flag("--dry-run", help="Ask nobody: forecast calls, tokens, dollars and hours of each oracle.")
@flag("--resend", help="Ask again what may have been paid for without a reply.")
@flag(
    "--rebuild",
    help="Ask nobody: read the replies in the ledger again; videos without one keep the rows that they have.",
)
@shard
@engine(
    help="Where models in a process of ours run: here, or in the accelerators (or nodes) of a Ray cluster."
)
@flag("--batch", help="Ask by the batch APIs of OpenAI and Gemini, at half price; it may take a day.")
@as_json
@click.pass_context
def score(context: click.Context, /, json: bool, study: Path, videos: Path | None, **options: Any) -> None:
    """Ask oracles which segments of the videos carry the evidence for their action.

    Writes scores and prechecks into the study. Every reply is kept in its ledger: run again, the verb goes on
    where it stopped, and pays for nothing twice. What is not given is read from the study's study.toml.
    A shard has a ledger and caps of its own; `crossoracle merge` brings shards together.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.asking import asking
    from crossoracle.terminal.scoring import show_forecast, show_scoring

    how = {name: options.pop(name) for name in ("resend", "rebuild", "batch")}
    part, engine = options.pop("shard"), options.pop("engine")
    dry_run, changes = options.pop("dry_run"), given(context, options)
    asked = Study(study, videos=videos)
    if dry_run:
        _require_alone(how)
        show_forecast(asked.foresee(batch=how["batch"], shard=part, **changes), as_json=json)
        return
    found = asked.score(**how, shard=part, engine=engine, watching=asking, **changes)
    show_scoring(found, as_json=json)
    if found.interrupted:
        context.exit(STOPPED)
    if not found.complete:
        context.exit(NO)


def _require_alone(how: dict[str, bool]) -> None:
    """Refuse what a forecast would leave out without a word."""
    told = {"resend": "it counts what may have been paid for anyway", "rebuild": "that asks nobody either"}
    for name, why in told.items():
        if how[name]:
            raise click.UsageError(f"--dry-run with --{name}: {why}; leave one of the two out")
