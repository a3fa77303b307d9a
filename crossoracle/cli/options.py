"""What the verbs have in common: how an option is declared, which options several take, examples."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from crossoracle.options import AgreeOptions

Command = TypeVar("Command", bound=Callable[..., Any])

NO = 1  # the exit code of a verb that is done, and whose answer is no
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PLACE = click.Path(path_type=Path)

option = partial(click.option, show_default=True, show_envvar=True)
flag = partial(option, is_flag=True)


def together(*declared: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator that declares several options."""
    return lambda command: reduce(lambda done, one: one(done), reversed(declared), command)


study_and_tables = together(
    click.argument("study", required=False, type=PLACE),
    option("--scores", multiple=True, type=FILE, help="Scores instead of the study's; may be repeated."),
    option("--videos", type=FILE, help="Videos instead of the study's."),
    option("--prechecks", type=FILE, help="Prechecks instead of the study's."),
    option("--out", type=PLACE, show_default="STUDY/results", help="Where the results go."),
)
selection = together(
    option(
        "--oracle",
        "oracles",
        multiple=True,
        metavar="NAME",
        show_default="all",
        help="Only this oracle; may be repeated.",
    ),
    option("--run", default=AgreeOptions.run, help="The repetition of each oracle that counts."),
    option(
        "--cluster",
        default=AgreeOptions.cluster,
        metavar="COLUMN",
        help="The column of videos that names what is resampled.",
    ),
    option(
        "--level",
        default=AgreeOptions.level,
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        help="Level of the intervals.",
    ),
)
as_json = flag("--json", help="Print the results on stdout, as JSON.")


def examples(*lines: str) -> str:
    """Return commands as the last lines of a help text."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def given(context: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that the user chose: the others may be set by study.toml."""
    default = click.core.ParameterSource.DEFAULT
    return {name: v for name, v in options.items() if context.get_parameter_source(name) != default}


def tables(options: dict[str, Any]) -> dict[str, Any]:
    """Take the study and its tables out of the options."""
    study = options.pop("study")
    return {"directory": study} | {name: options.pop(name) for name in ("scores", "videos", "prechecks")}
