"""The verb demo: a whole study, on videos that it makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import PLACE, examples, option

MARK = "demo.json"
WHICH = ("probes", "literature")


@click.command(
    epilog=examples(
        "crossoracle demo",
        "crossoracle demo --out /tmp/demo --seed 1",
        "crossoracle demo --out literature --oracles literature",
    )
)
@option("--out", type=PLACE, default=Path("demo"), help="The directory of the study.")
@option("--seed", type=click.IntRange(min=0), default=0, help="Of the videos, and of everything random.")
@option(
    "--oracles",
    type=click.Choice(WHICH),
    default=WHICH[0],
    help="The four classifiers, or beside them four importance signals of the literature.",
)
@click.pass_context
def demo(context: click.Context, out: Path, seed: int, oracles: str) -> None:
    """Make a small study and take it through every step: no key, no weights, no download.

    Videos of three kinds are generated, in which it is known what matters: one short event, most of a scene,
    the order of two movements. Four small classifiers, trained on other videos of the kind, are the oracles;
    a fifth, frozen, is the recognizer. Stopped and started again, the verb goes on where it stopped.

    With --oracles literature there are four more: saliency, storyboard, test-time and narrative. They compare
    frames with words, by a small two-tower that is trained along with the others.
    """
    from crossoracle.atomic import replace_text
    from crossoracle.benchmark import prepare
    from crossoracle.cli.running import run_and_show
    from crossoracle.errors import InputError
    from crossoracle.terminal.progress import bar

    found = _found(out)
    chosen: dict[str, Any] = {"seed": seed} | ({} if oracles == WHICH[0] else {"oracles": oracles})
    if found is None:  # marked before anything is made: what is stopped half-way is known to be a demo
        found = chosen | {"prepared": False}
        replace_text(out / MARK, json.dumps(found) + "\n")
    held = {"seed": found.get("seed"), "oracles": found.get("oracles", WHICH[0])}
    for name, wanted in (("seed", seed), ("oracles", oracles)):
        if held[name] != wanted:
            raise InputError(f"{out} holds the demo of {name} {held[name]}, not {wanted}; give another --out")
    if not found.get("prepared", True):
        with bar() as progress:
            prepare(out, seed, tell=progress, literature=oracles == "literature")
        replace_text(out / MARK, json.dumps(chosen | {"prepared": True}) + "\n")
    context.exit(run_and_show(out))


def _found(out: Path) -> dict[str, Any] | None:
    """Return what the mark of a demo says, or None where there is nothing; all else is left alone."""
    from crossoracle.errors import InputError

    mark = out / MARK
    if mark.is_file():
        try:
            said = json.loads(mark.read_text(encoding="utf-8"))
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise InputError(f"{mark}: found no mark of a demo in it; give another --out")
        return said
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty: the demo wants a directory of its own; give another --out")
    return None
