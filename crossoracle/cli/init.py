"""The verb init: a study.toml to start from."""

from __future__ import annotations

from pathlib import Path

import click

from crossoracle.cli.options import PLACE, as_json, examples, flag


@click.command(
    epilog=examples(
        "crossoracle init study/",
        "crossoracle init study/ --short",
    )
)
@click.argument("directory", type=PLACE)
@flag("--short", help="Only what most studies change, in some 30 lines.")
@as_json
def init(directory: Path, short: bool, json: bool) -> None:
    """Write a study.toml that explains itself: every option, its default and what it means, four presets.

    A file that is there is never overwritten.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.screen import hand_over

    path = Study.init(directory, short=short)
    hand_over([path], dict if json else None)
