"""What the verbs have in common: how an option is declared, which options several take, examples."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial, reduce
from pathlib import Path
from typing import Any, TypeVar, get_origin, get_type_hints

import click
from click.shell_completion import CompletionItem

from crossoracle.nodes import ENGINES
from crossoracle.options import AgreeOptions, allowed, default, meaning, wrong

Command = TypeVar("Command", bound=Callable[..., Any])

NO = 1  # the exit code of a verb that is done, and whose answer is no
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PLACE = click.Path(path_type=Path)

option = partial(click.option, show_default=True, show_envvar=True)
flag = partial(option, is_flag=True)


def together(*declared: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator that declares several options."""
    return lambda command: reduce(lambda done, one: one(done), reversed(declared), command)


class Declared(click.ParamType[Any]):
    """A value as the options of a verb declare it: what is wrong is told as study.toml and Python tell it."""

    def __init__(self, kind: type, option: str) -> None:
        self.kind, self.option = kind, option
        hint = str(get_type_hints(kind)[option])
        self.plain = click.FLOAT if "float" in hint else click.INT if "int" in hint else click.STRING
        range_ = allowed(kind, option)
        self.choices = range_.choices if range_ is not None else ()
        self.name = f"[{'|'.join(self.choices)}]" if self.choices else self.plain.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value, typed and within its range."""
        with suppress(click.BadParameter):  # told below, with what is expected
            value = self.plain.convert(value, param, ctx)
        if told := wrong(self.kind, self.option, value):
            self.fail(told, param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the choices that begin as typed."""
        return [CompletionItem(choice) for choice in self.choices if choice.startswith(incomplete)]


def declared(kind: type, name: str, help: str = "", **how: Any) -> Callable[[Command], Command]:
    """Return the command-line option of a field of a verb's options, which brings default, help and range.

    ``how`` takes what `click.option` takes; "flags" are the names, ``--name`` by default.
    """
    flags, of = how.pop("flags", ["--" + name.replace("_", "-")]), get_type_hints(kind)[name]
    how = {"default": default(kind, name), "help": help or meaning(kind, name)} | how
    if of is bool:
        return flag(*flags, name, **how)
    if get_origin(of) is tuple:
        return option(*flags, name, multiple=True, **how)
    typed = Declared(kind, name)
    metavar = typed.name if typed.choices else typed.name.upper()
    more: dict[str, Any] = {"type": typed, "metavar": metavar}
    return option(*flags, name, **more | how)


study_and_tables = together(
    click.argument("study", required=False, type=PLACE),
    option("--scores", multiple=True, type=FILE, help="Scores instead of the study's; may be repeated."),
    option("--videos", type=FILE, help="Videos instead of the study's."),
    option("--prechecks", type=FILE, help="Prechecks instead of the study's."),
    option("--out", type=PLACE, show_default="STUDY/results", help="Where the results go."),
)
selection = together(
    declared(AgreeOptions, "oracles", flags=["--oracle"], metavar="NAME", show_default="all with scores"),
    declared(AgreeOptions, "run"),
    declared(AgreeOptions, "cluster", metavar="COLUMN"),
    declared(AgreeOptions, "level"),
)
shard = option(
    "--shard",
    metavar="I/N",
    show_default="all videos",
    help="Only the I-th of N parts of the videos, into STUDY/shards/I-of-N.",
)
engine = partial(option, "--engine", type=click.Choice(ENGINES), default=ENGINES[0])
as_json = flag("--json", help="Print the results on stdout, as JSON.")


def examples(*lines: str) -> str:
    """Return commands as the last lines of a help text."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def given(context: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that the user chose: the others may be set by study.toml."""
    default = click.core.ParameterSource.DEFAULT
    return {name: v for name, v in options.items() if context.get_parameter_source(name) != default}


def tables(options: dict[str, Any], *more: str) -> dict[str, Any]:
    """Take the study and its tables out of the options; ``more`` are those beside the usual ones."""
    names = ("scores", "videos", "prechecks", *more)
    return {"directory": options.pop("study")} | {name: options.pop(name) for name in names}
