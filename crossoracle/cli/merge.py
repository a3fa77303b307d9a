"""The verb merge: several studies, or the shards of one, become one."""

from __future__ import annotations

from pathlib import Path

import click

from crossoracle.cli.options import PLACE, as_json, examples, flag, option


@click.command(
    epilog=examples(
        "crossoracle merge study/shards/* --out study/",
        "crossoracle merge monday/ tuesday/ --out study/",
        "crossoracle merge study/shards/* --out study/ --replace",
    )
)
@click.argument("studies", nargs=-1, required=True, type=PLACE)
@option(
    "--out",
    required=True,
    type=PLACE,
    show_default="none",
    help="The study that they go to; made if missing.",
)
@flag("--replace", help="Where two have different rows for a key, take the later one instead of stopping.")
@as_json
def merge(studies: tuple[Path, ...], out: Path, replace: bool, json: bool) -> None:
    """Bring the tables and ledgers of several studies, or shards of one, into one study.

    Nothing is lost and nothing doubled: the same again changes nothing, shards may still be at work, and
    calls are counted ledger by ledger. Different rows for one key stop the merge, and nothing is written;
    but a precheck that failed gives way to one that did not.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.merging import show_merged

    show_merged(Study.merge(studies, out, replace=replace), as_json=json)
