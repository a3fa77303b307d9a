"""The program: its verbs, and how it leaves."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from crossoracle import __version__
from crossoracle.cli.options import examples, flag
from crossoracle.errors import CrossoracleError, UnknownNameError

WRONG, DEFECT, STOPPED, UNREAD = 2, 70, 130, 141

# In the order in which the data flow; a verb is the function NAME of the module NAME, but those ELSEWHERE.
VERBS = (
    *("demo", "init", "subset", "oracles", "score", "import", "controls"),
    *("precheck", "agree", "predict", "compare", "floor", "draw", "power", "report"),
    *("export", "merge", "run"),
)
ELSEWHERE = {"import": ("importing", "import_"), "run": ("running", "run")}


class Verbs(click.Group):
    """A group whose commands are loaded when they are asked for: no verb pays for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the data."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is no such verb."""
        if cmd_name not in VERBS:
            return None
        module, name = ELSEWHERE.get(cmd_name, (cmd_name, cmd_name))
        found: click.Command = getattr(import_module(f"crossoracle.cli.{module}"), name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return a command and its arguments; an unknown verb is told with the nearest."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            raise UnknownNameError("verb", args[0], VERBS)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    context_settings={
        "auto_envvar_prefix": "CROSSORACLE",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 110,
    },
    epilog=examples(
        "crossoracle import table ratings.csv --out study/",
        "crossoracle precheck study/",
        "crossoracle agree study/ --seed 7",
        "crossoracle draw study/",
    ),
)
@click.version_option(__version__, prog_name="crossoracle")
@flag("--debug", help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Which moments of a video matter, and do the oracles agree on it.

    Scores of video segments by several oracles (models or people) go in, agreement with honest intervals
    comes out. A study is a directory of tables; each verb reads some of them and adds what it makes.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("note: %(message)s"))
    notes = logging.getLogger("crossoracle")
    notes.addHandler(handler)
    click.get_current_context().call_on_close(lambda: notes.removeHandler(handler))


def main() -> None:
    """Run the command line on the arguments of this process, and leave with its exit code."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _unread()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; errors of the user become one line on stderr."""
    context = None
    try:
        with cli.make_context("crossoracle", list(arguments)) as context:
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return WRONG
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; nothing is half-written", err=True)
        return STOPPED
    except BrokenPipeError:
        return _unread()
    except (click.ClickException, CrossoracleError, OSError) as wrong:
        if context is not None and context.params["debug"]:
            traceback.print_exc()
        click.echo(f"error: {_line(wrong)}", err=True)
        return WRONG
    except Exception as defect:  # or Python would leave with 1, which means "no" here
        if _interrupted(defect):
            click.echo("stopped; nothing is half-written", err=True)
            return STOPPED
        if damaged := _damaged(defect):
            if context is not None and context.params["debug"]:
                traceback.print_exc()
            click.echo(f"error: {damaged}", err=True)
            return WRONG
        traceback.print_exc()
        return DEFECT
    return 0


def _interrupted(defect: Exception) -> bool:
    """Return whether this is how DuckDB tells of Ctrl-C: by its own type, or a plain one and these words."""
    duckdb = sys.modules.get("duckdb")
    if duckdb is not None and isinstance(defect, duckdb.InterruptException):
        return True
    return type(defect) is RuntimeError and str(defect) == "Query interrupted"


def _damaged(defect: Exception) -> str | None:
    """Return what to do where a ledger turns out to be damaged while it is read; nothing else is SQLite."""
    sqlite3 = sys.modules.get("sqlite3")
    if sqlite3 is None or not isinstance(defect, sqlite3.DatabaseError):
        return None
    found = " ".join(str(defect).split())[:200]
    return (
        f"ledger.sqlite: found a damaged database ({found}), expected the ledger of a study; keep this file, "
        "put a backup, or what the tools of SQLite recover of it, in its place, and run again"
    )


def _line(wrong: Exception) -> str:
    if isinstance(wrong, click.ClickException):
        return " ".join(wrong.format_message().split())
    if isinstance(wrong, OSError) and wrong.filename:
        return f"{wrong.filename}: {wrong.strerror}"
    return " ".join(str(wrong).split())


def _unread() -> int:
    """Leave quietly when nobody reads stdout any more (``crossoracle ... | head``)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return UNREAD
