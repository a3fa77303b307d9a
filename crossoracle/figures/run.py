"""The finished tables of a study in, its figures out.

A figure NAME is saved as NAME.pdf, NAME.svg, NAME.png (300 dpi) and NAME.csv, which holds the plotted
numbers; each has its provenance beside it. The files of all figures appear together when all are complete.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures import style
from crossoracle.figures.catalogue import FIGURES, HOMES, OPTIONS, figure
from crossoracle.figures.figure import Figure
from crossoracle.figures.inputs import Inputs
from crossoracle.figures.presets import PRINT
from crossoracle.figures.presets import preset as find
from crossoracle.figures.saving import Batch
from crossoracle.options import misfit
from crossoracle.provenance import Provenance

log = logging.getLogger("crossoracle")


def draw(
    study: str | Path | None = None,
    names: Sequence[str] | None = None,
    *,
    out: str | Path | None = None,
    preset: str | None = None,
    **given: Any,
) -> list[Path]:
    """Draw figures of a study and save them.

    Parameters
    ----------
    study : path, optional
        The directory of the study.
    names : sequence of str, optional
        The figures; default all whose tables are there.
    out : path, optional
        Directory of the figures; default figures/ in the study.
    preset : str, optional
        The place in which they are printed (`presets`); default any journal.
    **given
        Options of the figures (`Figure.options`); and by their names (`catalogue.HOMES`) table files that
        take the place of the study's: a path, of scores also several. None stands for the default.

    Returns
    -------
    list of Path
        The files written, in order; the log says which figures are skipped for a missing table.
    """
    wanted = [figure(name) for name in dict.fromkeys(names or FIGURES)]
    place = find(preset or PRINT.name)
    files = {name: given.pop(name) for name in HOMES if name in given and name not in OPTIONS}
    asked = _given(given)
    room, names_read = _room(study, out), {name for one in wanted for name in one.behind}
    inputs = Inputs.read(study, files, names_read)
    chosen = {"run": inputs.run} | asked
    written: list[Path] = []
    with Batch() as batch, style.using(place):
        for one in _drawable(wanted, inputs, room):
            mine = {option.name: chosen[option.name] for option in one.options if option.name in chosen}
            strict = bool(names or mine.keys() & asked.keys())
            written += _figure(one, inputs, batch, room, mine, strict=strict)
    return written


def _room(study: str | Path | None, out: str | Path | None) -> Path:
    """Return where the figures go."""
    if out is not None:
        return Path(out)
    if study is None:
        raise InputError("found neither a study nor --out DIR: say where the figures go")
    return Path(study) / "figures"


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    for name in options:
        if name not in OPTIONS:
            raise UnknownNameError("option of a figure", name, OPTIONS)
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    for name, value in given.items():
        if fault := misfit(name, value, OPTIONS[name].kind, OPTIONS[name].many):
            raise InputError(f"draw: {fault}")
    return given


def _drawable(wanted: Sequence[Figure], inputs: Inputs, room: Path) -> list[Figure]:
    """Return the figures whose tables are there; say in one line for each table which lack it."""
    lacking: dict[str, list[Figure]] = {}
    for one in wanted:
        missing = next((name for name in one.reads if name not in inputs.tables), None)
        if missing is not None:
            lacking.setdefault(missing, []).append(one)
    for name, some in lacking.items():
        _not_drawn(some, room, f"no {name} table, which `crossoracle {HOMES[name][1]}` makes")
    gone = [one for some in lacking.values() for one in some]
    return [one for one in wanted if one not in gone]


def _figure(
    one: Figure, inputs: Inputs, batch: Batch, room: Path, options: dict[str, Any], *, strict: bool
) -> list[Path]:
    read = [inputs.tables[name] for name in one.reads]
    seen = {"footage": inputs.footage} if one.frames else {}
    try:
        rows = one.numbers(*read, **options, **seen)
        ax = one.paint(rows, oracles=inputs.oracles, footage=inputs.footage)
    except InputError as error:
        if strict:
            raise
        _not_drawn([one], room, str(error))
        return []
    digests = {path: sha for name in one.behind for path, sha in inputs.digests.get(name, {}).items()}
    resolved = {"figure": one.name} | one.defaults() | options | {"oracles": inputs.oracles}
    resolved |= {"preset": style.used().name}
    return batch.save(ax, rows, room / one.name, Provenance("draw", digests, resolved))


def _not_drawn(some: Sequence[Figure], room: Path, why: str) -> None:
    """Say that figures are not drawn, and which earlier ones stay."""
    files = [room / f"{one.name}.pdf" for one in some]
    there = [str(file) for file in files if file.exists()]
    what = "is an earlier one" if len(there) == 1 else "are earlier ones"
    stays = f"; {', '.join(there)} {what}" if there else ""
    verb = "is" if len(some) == 1 else "are"
    log.warning("%s %s not drawn: %s%s", ", ".join(one.name for one in some), verb, why, stays)
