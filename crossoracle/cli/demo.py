"""The verb demo: a whole study, on videos that it makes."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crossoracle.cli.options import PLACE, examples, option

MARK = "demo.json"


@click.command(
    epilog=examples(
        "crossoracle demo",
        "crossoracle demo --out /tmp/demo --seed 1",
    )
)
@option("--out", type=PLACE, default=Path("demo"), help="The directory of the study.")
@option("--seed", type=click.IntRange(min=0), default=0, help="Of the videos, and of everything random.")
@click.pass_context
def demo(context: click.Context, out: Path, seed: int) -> None:
    """Make a small study and take it through every step: no key, no weights, no download.

    Videos of three kinds are generated, in which it is known what matters: one short event, most of a scene,
    the order of two movements. Four small classifiers, trained on other videos of the kind, are the oracles;
    a fifth, frozen, is the recognizer. Stopped and started again, the verb goes on where it stopped.
    """
    from crossoracle.benchmark import prepare
    from crossoracle.cli.running import run_and_show
    from crossoracle.errors import InputError
    from crossoracle.terminal.progress import bar

    mark = out / MARK
    if not mark.is_file():
        if out.exists() and any(out.iterdir()) and not (out / "videos").is_dir():
            raise InputError(f"{out} is not empty: the demo wants a directory of its own; give another --out")
        with bar() as progress:
            prepare(out, seed, tell=progress)
        mark.write_text(json.dumps({"seed": seed}) + "\n", encoding="utf-8")
    found = json.loads(mark.read_text(encoding="utf-8")).get("seed")
    if found != seed:
        raise InputError(f"{out} holds the demo of seed {found}, not {seed}; give another --out")
    context.exit(run_and_show(out))
