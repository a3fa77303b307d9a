"""The verb merge: the tables and ledgers of several studies, or shards of one, into one study.

Merging the same again changes nothing, so a merge that was stopped is simply run again, and shards can be
merged while they are still at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossoracle.errors import StudyError
from crossoracle.merging.rows import Places, Rows, beaten, merged
from crossoracle.oracles.asking.joining import Joined, join, version_of
from crossoracle.oracles.conducting import LEDGER
from crossoracle.provenance import Provenance, digest, read_sidecar
from crossoracle.tables import Batch, Upserted, connect
from crossoracle.tables.wording import several

TABLES = ("videos", "scores", "prechecks", "removals", "predictions", "motion", "findings")


@dataclass(frozen=True)
class Merged:
    """What a merge did.

    Parameters
    ----------
    counts : dict of str to Upserted
        For each table, how many rows were new in the study, the same, and replaced.
    paths : dict of str to Path
        Where each table is.
    ledger : Joined or None
        What its ledger took over; None where there was none.
    notes : tuple of str
        What is worth knowing, one line each.
    """

    counts: dict[str, Upserted]
    paths: dict[str, Path]
    ledger: Joined | None
    notes: tuple[str, ...]


def merge(studies: Sequence[Path], out: Path, *, replace: bool = False) -> Merged:
    """Merge studies into one, which is made where it is missing; its own rows and replies count as the first.

    Parameters
    ----------
    studies : sequence of path
        Directories with tables, a ledger, or both.
    out : path
        The study that they go to; it may be one of them.
    replace : bool
        Whether the later of two different rows stands.

    Raises
    ------
    StudyError
        One of them has nothing to merge.
    ConflictError
        Two have different rows for a key, and not `replace`; nothing was written.
    InputError
        A ledger is in use by another process, or cannot be read.
    """
    own = out.resolve()
    others = tuple(one for one in dict.fromkeys(map(Path, studies)) if one.resolve() != own)
    places = Places((out, *others))
    for directory in others:
        _require_something(directory)
    ledgers = [one / LEDGER for one in others if (one / LEDGER).is_file()]
    for ledger in ledgers:
        version_of(ledger)  # what is wrong with one is told before the first is joined
    with connect() as con, Batch() as batch:
        beaten(con, places)
        found = {name: merged(con, name, places, replace=replace) for name in TABLES}
        there = {name: rows for name, rows in found.items() if rows is not None}
        for name, rows in there.items():
            _stage(batch, name, rows, places, replace)
        brought = [join(out / LEDGER, ledger) for ledger in ledgers]
    counts = {name: rows.counts for name, rows in there.items()}
    return Merged(
        counts, {name: places.file(0, name) for name in there}, _sum(brought), _notes(places, brought)
    )


def _require_something(directory: Path) -> None:
    places = Places((directory,))
    if not (directory / LEDGER).is_file() and not any(list(places.there(name)) for name in TABLES):
        found = "a directory without tables and ledger" if directory.is_dir() else "no such directory"
        raise StudyError(f"{directory}: found {found}, expected a study or a shard of one; check the path")


def _stage(batch: Batch, name: str, rows: Rows, places: Places, replace: bool) -> None:
    """Prepare a table, if anything in it changes; its history is that of all places, each event once."""
    if not rows.changed:
        return
    past: dict[str, dict[str, Any]] = {}
    inputs: dict[str | Path, str] = {}
    for number, file in places.there(name):
        record = read_sidecar(file) or {}
        earlier = record.pop("history", [])
        for event in [*earlier, record] if record else earlier:
            past.setdefault(str(event.get("sha256")), event)
        if number:
            inputs[file] = digest(file)
    how = Provenance("merge", inputs, {"replace": replace})
    batch.write(name, rows.rows, places.file(0, name), provenance=how, history=list(past.values()))


def _sum(brought: Sequence[Joined]) -> Joined | None:
    if not brought:
        return None
    questions, replies, twice = (sum(values) for values in zip(*map(_row, brought), strict=True))
    return Joined(questions, replies, twice)


def _row(one: Joined) -> tuple[int, int, int]:
    return one.questions, one.replies, one.twice


def _notes(places: Places, brought: Sequence[Joined]) -> tuple[str, ...]:
    notes = []
    if twice := sum(one.twice for one in brought):
        notes.append(
            f"{several(twice, 'question')} had been asked in two ledgers, and answered twice; the reply that "
            "came into the study first stands"
        )
    tomls = [one / "study.toml" for one in places.directories[1:] if (one / "study.toml").is_file()]
    if tomls and not (places.out / "study.toml").is_file():
        notes.append(
            f"{places.out} has no study.toml: copy one there before more is asked, such as {tomls[0]}"
        )
    return tuple(notes)
