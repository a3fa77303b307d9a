"""How far the asking of oracles is: a bar for each on stderr, with rate, cost so far and estimated end.

They vanish when it is done, and are not there without a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from crossoracle.oracles.asking.running import Watch
from crossoracle.oracles.asking.spending import Spent
from crossoracle.terminal.screen import console

FOR_RATE_S = 60.0
"""The rate is that of the last minute, since answers from the ledger come much faster than others."""


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """Return videos per minute."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{60 * speed:,.0f}/min")


@contextmanager
def asking(totals: Mapping[str, int], screen: Console | None = None) -> Iterator[Watch]:
    """Show a bar for each oracle for the length of a ``with`` block; gives what is told of every job done.

    Parameters
    ----------
    totals : mapping of str to int
        How many videos each oracle is asked about.
    screen : Console, optional
        Where they are shown; stderr by default.
    """
    screen = screen or console()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("{task.fields[cost]}"),
        TimeRemainingColumn(),
    )
    shown = Progress(
        *columns,
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
        speed_estimate_period=FOR_RATE_S,
    )
    sums = {oracle: Spent() for oracle in totals}
    with shown:
        tasks = {oracle: shown.add_task(oracle, total=total, cost="") for oracle, total in totals.items()}

        def tell(oracle: str, spent: Spent) -> None:
            sums[oracle].add(spent)
            shown.update(tasks[oracle], advance=1, cost=_cost(sums[oracle]))

        yield tell


def _cost(spent: Spent) -> str:
    if spent.cost_usd is None:
        return "price unknown"
    return f"${spent.cost_usd:.2f}" if spent.cost_usd else ""
