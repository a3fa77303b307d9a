"""How far a long run is: a bar on stderr that vanishes when it is done; without a terminal there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from crossoracle.agreement.progress import Tell
from crossoracle.terminal.screen import console


@contextmanager
def bar() -> Iterator[Tell]:
    """Show a bar for the length of a ``with`` block; what is done is told to what it gives."""
    screen = console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as shown:
        task = shown.add_task("", total=None)

        def tell(what: str, share: float) -> None:
            # a step that has not begun to count pulses
            shown.update(task, description=what, completed=share, total=1.0 if share else None)

        yield tell
