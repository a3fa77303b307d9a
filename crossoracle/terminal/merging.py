"""What merge and export show on the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crossoracle.export.run import Dataset
from crossoracle.merging.run import Merged
from crossoracle.terminal.screen import console, hand_over, show, table


def show_merged(found: Merged, *, as_json: bool) -> None:
    """Show what each table and the ledger gained."""
    screen = console()
    shown = table("Merged", ["table"], ["new", "the same", "replaced"])
    for name, count in found.counts.items():
        shown.add_row(name, f"{count.new:,}", f"{count.same:,}", f"{count.replaced:,}")
    if found.counts:
        show(screen, shown)
    if found.ledger is not None:
        questions, replies = f"{found.ledger.questions:,}", f"{found.ledger.replies:,}"
        screen.print(f"The ledger took over {questions} questions and {replies} replies.")
    _notes(screen, found.notes)
    hand_over(list(found.paths.values()), (lambda: _record(found)) if as_json else None)


def show_exported(found: Dataset, *, as_json: bool) -> None:
    """Show what a dataset has."""
    screen = console()
    shown = table("Exported", ["table"], ["rows", "bytes"])
    for one in found.tables:
        shown.add_row(one.name, f"{one.rows:,}", f"{one.size:,}")
    show(screen, shown)
    _notes(screen, found.notes)
    hand_over(list(found.files), (lambda: asdict(found)) if as_json else None)


def _notes(screen: Any, notes: tuple[str, ...]) -> None:
    for note in notes:
        screen.print(f"note: {note}")


def _record(found: Merged) -> dict[str, Any]:
    return {
        "tables": {name: asdict(count) for name, count in found.counts.items()},
        "ledger": None if found.ledger is None else asdict(found.ledger),
        "notes": found.notes,
    }
