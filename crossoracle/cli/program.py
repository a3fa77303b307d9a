"""The program: its verbs, and how it leaves."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence

import click

from crossoracle import __version__
from crossoracle.cli.agree import agree
from crossoracle.cli.compare import compare
from crossoracle.cli.controls import controls
from crossoracle.cli.draw import draw
from crossoracle.cli.importing import import_
from crossoracle.cli.init import init
from crossoracle.cli.options import examples, flag
from crossoracle.cli.oracles import oracles
from crossoracle.cli.precheck import precheck
from crossoracle.cli.predict import predict
from crossoracle.cli.score import score
from crossoracle.cli.subset import subset
from crossoracle.errors import CrossoracleError

WRONG, DEFECT, STOPPED, UNREAD = 2, 70, 130, 141


class InOrder(click.Group):
    """A group that lists its commands as they are declared."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(self.commands)


@click.group(
    cls=InOrder,
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


for verb in (init, subset, oracles, score, import_, controls, precheck, agree, predict, compare, draw):
    cli.add_command(verb)


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
        if "interrupted" in str(defect).lower():  # how DuckDB tells of Ctrl-C
            click.echo("stopped; nothing is half-written", err=True)
            return STOPPED
        traceback.print_exc()
        return DEFECT
    return 0


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
