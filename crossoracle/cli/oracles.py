"""The verb oracles: who can be asked."""

from __future__ import annotations

from pathlib import Path

import click

from crossoracle.cli.options import NO, PLACE, as_json, examples, flag, option


@click.command(
    epilog=examples(
        "crossoracle oracles",
        "crossoracle oracles study/",
        "crossoracle oracles study/ --probe --oracle gpt-5.5",
    )
)
@click.argument("study", required=False, type=PLACE)
@option(
    "--oracle",
    "names",
    multiple=True,
    metavar="NAME",
    show_default="all of study.toml",
    help="Only probe this oracle; may be repeated.",
)
@flag("--probe", help="Find out, with a call or two each, what the oracles can do; the ledger remembers it.")
@as_json
@click.pass_context
def oracles(
    context: click.Context, /, json: bool, study: Path | None, names: tuple[str, ...], probe: bool
) -> None:
    """List oracles, presets and adapters: installed or not, whether a key is there, what they can do.

    A key itself is never shown. Capabilities are those that were found when the oracle was probed or asked.
    """
    if names and not probe:
        raise click.UsageError("--oracle chooses what is probed; give --probe too, or leave it out")
    from crossoracle.config import Study
    from crossoracle.terminal.oracles import show_oracles

    found = Study(study).oracles(names, probe=probe)
    show_oracles(found, as_json=json)
    if any(one.failed for one in found):
        context.exit(NO)
