"""The verb run: the steps of a study that are out of date."""

from __future__ import annotations

import json as json_format
import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crossoracle.cli.options import NO, PLACE, as_json, examples, flag

if TYPE_CHECKING:
    from rich.console import Console

    from crossoracle.workflow import Ran

STOPPED = 130
SHOWN = {
    "score": "scoring:show_scoring",
    "precheck": "flow:show_flow",
    "agree": "agreement:show_agreement",
    "predict": "predicting:show_predictions",
    "compare": "comparing:show_comparison",
    "floor": "floor:show_floors",
}
"""Where the rooms of the terminal show what a step came to."""

LOOK = ("report.html", "figures", "results")
"""What there is to look at, the best first."""


@click.command(
    epilog=examples(
        "crossoracle run study/",
        "crossoracle run study/ --pay",
        "crossoracle run study/ --json",
    )
)
@click.argument("study", type=PLACE)
@flag("--pay", help="Ask oracles that cost money too.")
@as_json
@click.pass_context
def run(context: click.Context, /, json: bool, study: Path, pay: bool) -> None:
    """Do what is out of date in a study, from scores to the report.

    The steps are score, precheck, agree, predict, compare, floor, draw and report. What each does is read
    from the study's study.toml. A step is done again when a table or a file that it is made from, its
    sections of study.toml, or a file that it made has changed; nothing else is done. Oracles that cost money,
    or may cost some, are only asked with --pay.
    """
    context.exit(run_and_show(study, pay=pay, as_json=json))


def run_and_show(study: Path, *, pay: bool = False, as_json: bool = False) -> int:
    """Run a study, show each step as its verb does, and return the exit code."""
    from crossoracle.terminal.asking import asking
    from crossoracle.terminal.progress import bar
    from crossoracle.terminal.screen import console
    from crossoracle.workflow import run

    screen, steps = console(), []
    with bar() as progress:
        for ran in run(study, pay=pay, progress=progress, watching=asking):
            steps.append(ran)
            if not as_json:
                _show(screen, ran, study)
    if as_json:
        names = ("step", "state", "why", "seconds")
        told = [{name: getattr(one, name) for name in names} for one in steps]
        click.echo(json_format.dumps(told, indent=1))
    else:
        there = [study / name for name in LOOK if (study / name).exists()]
        if there:
            screen.print(f"Look at {', then '.join(map(str, there))}.", style="bold")
    return _code(steps)


def _show(screen: Console, ran: Ran, study: Path) -> None:
    if ran.state != "done":
        screen.print(f"{ran.step}: {ran.state}{f' ({ran.why})' if ran.why else ''}", style="dim")
        return
    typed = f"$ crossoracle {ran.step} {shlex.quote(str(study))}"
    screen.print(f"\n{typed}   [{ran.seconds:.1f} s]", style="bold")
    if ran.step in SHOWN:
        module, name = SHOWN[ran.step].split(":")
        show: Callable[..., None] = getattr(import_module(f"crossoracle.terminal.{module}"), name)
        show(ran.outcome, as_json=False)
    else:
        for file in ran.outcome if ran.step == "draw" else (ran.outcome.file,):
            click.echo(file)


def _code(steps: list[Ran]) -> int:
    """Return 130 if somebody stopped it, 1 if a step came to no answer, else 0."""
    done: dict[str, Any] = {one.step: one.outcome for one in steps if one.state == "done"}
    if "score" in done and done["score"].interrupted:
        return STOPPED
    answers = {
        "score": lambda found: found.complete,
        "precheck": lambda found: found.joint,
        "agree": lambda found: found.comparable,
        "predict": lambda found: found.any_predicted,
        "compare": lambda found: found.comparable,
        "floor": lambda found: found.comparable,
    }
    return 0 if all(answers[name](found) for name, found in done.items() if name in answers) else NO
