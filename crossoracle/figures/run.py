"""The finished tables of a study in, its figures out.

A figure NAME is saved as NAME.pdf, NAME.svg, NAME.png (300 dpi) and NAME.csv, which holds the plotted
numbers; each has its provenance beside it. The files of all figures appear together when all are complete.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossoracle import tables
from crossoracle.errors import InputError, StudyError, UnknownNameError
from crossoracle.figures import selection
from crossoracle.figures.catalogue import FIGURES, OPTIONS, figure
from crossoracle.figures.figure import Figure
from crossoracle.figures.flow import oracles_of
from crossoracle.figures.saving import Batch
from crossoracle.provenance import Provenance, digest

log = logging.getLogger("crossoracle")

# Where a study keeps each table, and the verb that makes it.
_HOMES = {
    "scores": ("", "import"),
    "flow": ("results", "precheck"),
    "estimates": ("results", "agree"),
    "per_video": ("results", "agree"),
    "differences": ("results", "compare"),
    "curves": ("results", "compare"),
    "floors": ("results", "floor"),
}
_SUFFIXES = (".parquet", ".csv", ".jsonl")


def draw(
    study: str | Path | None = None,
    names: Sequence[str] | None = None,
    *,
    scores: str | Path | Sequence[str | Path] | None = None,
    estimates: str | Path | None = None,
    flow: str | Path | None = None,
    per_video: str | Path | None = None,
    differences: str | Path | None = None,
    curves: str | Path | None = None,
    floors: str | Path | None = None,
    out: str | Path | None = None,
    **options: Any,
) -> list[Path]:
    """Draw figures of a study and save them.

    Parameters
    ----------
    study : path, optional
        The directory of the study.
    names : sequence of str, optional
        The figures; default all whose tables are there.
    scores, estimates, flow, per_video, differences, curves, floors : path, optional
        Table files that take the place of the study's; scores may be several.
    out : path, optional
        Directory of the figures; default figures/ in the study.
    **options
        Options of the figures (`Figure.options`); None stands for the default.

    Returns
    -------
    list of Path
        The files written, in order; the log says which figures are skipped for a missing table.
    """
    wanted = [figure(name) for name in dict.fromkeys(names or FIGURES)]
    asked = _given(options)
    every = () if scores is None else (scores,) if isinstance(scores, str | Path) else tuple(scores)
    single = {"flow": flow, "estimates": estimates, "per_video": per_video, "differences": differences}
    single |= {"curves": curves, "floors": floors}
    files = _files(study, {"scores": every} | {name: (p,) for name, p in single.items() if p is not None})
    room, inputs = _room(study, out), _Inputs.read(files)
    given = {"run": inputs.run} | asked
    written: list[Path] = []
    with Batch() as batch:
        for one in _drawable(wanted, inputs, room):
            mine = {option.name: given[option.name] for option in one.options if option.name in given}
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
    return {name: value for name, value in options.items() if value is not None and value != ()}


def _files(
    study: str | Path | None, given: Mapping[str, Sequence[str | Path]]
) -> dict[str, tuple[Path, ...]]:
    """Return the files of every table that is there."""
    found = {name: tuple(map(Path, paths)) for name, paths in given.items() if paths}
    if study is None:
        return found
    for name, (room, _) in _HOMES.items():
        stem = Path(study) / room / name
        there = [stem.with_suffix(suffix) for suffix in _SUFFIXES if stem.with_suffix(suffix).is_file()]
        found |= {name: (there[0],)} if there and name not in found else {}
    if "scores" not in found:
        raise StudyError(
            f"{study} is not a study: it holds no scores.parquet; `crossoracle import` makes one"
        )
    return found


@dataclass(frozen=True)
class _Inputs:
    """The tables (scores stays in DuckDB), their digests, and all the oracles that they name."""

    tables: dict[str, Any]
    digests: dict[str, dict[str | Path, str]]
    oracles: list[str]

    @property
    def run(self) -> str:
        """The run that the estimates are of, so that pictures of scores show it too; 0 without estimates."""
        estimates = self.tables.get("estimates")
        runs = [] if estimates is None else estimates["run_a"].dropna().unique().tolist()
        return str(runs[0]) if len(runs) == 1 else "0"

    @classmethod
    def read(cls, files: dict[str, tuple[Path, ...]]) -> _Inputs:
        con = tables.connect()
        found = {name: tables.read(con, name, *paths) for name, paths in files.items()}
        loaded = {name: rows if name == "scores" else rows.df() for name, rows in found.items()}
        digests: dict[str, dict[str | Path, str]] = {
            name: {path: digest(path) for path in paths} for name, paths in files.items()
        }
        return cls(loaded, digests, _oracles(loaded))


def _oracles(loaded: Mapping[str, Any]) -> list[str]:
    names: set[str] = set()
    if "scores" in loaded:
        names |= {name for (name,) in loaded["scores"].project("oracle").distinct().fetchall()}
    if "estimates" in loaded:
        pairs = selection.pairs(loaded["estimates"])
        names |= {*pairs["oracle_a"], *pairs["oracle_b"]}
    if "flow" in loaded:
        names |= {*oracles_of(loaded["flow"].query("kind == 'all_of'")["oracles"])}
    for name in ("differences", "curves"):  # not floors: the arms of a study need not be oracles
        if name in loaded:
            names |= {*loaded[name]["oracle"].dropna()}
    return sorted(names)


def _drawable(wanted: Sequence[Figure], inputs: _Inputs, room: Path) -> list[Figure]:
    """Return the figures whose tables are there; say in one line for each table which lack it."""
    lacking: dict[str, list[Figure]] = {}
    for one in wanted:
        missing = next((name for name in one.reads if name not in inputs.tables), None)
        if missing is not None:
            lacking.setdefault(missing, []).append(one)
    for name, some in lacking.items():
        _not_drawn(some, room, f"no {name} table, which `crossoracle {_HOMES[name][1]}` makes")
    gone = [one for some in lacking.values() for one in some]
    return [one for one in wanted if one not in gone]


def _figure(
    one: Figure, inputs: _Inputs, batch: Batch, room: Path, options: dict[str, Any], *, strict: bool
) -> list[Path]:
    read = [inputs.tables[name] for name in one.reads]
    try:
        rows = one.numbers(*read, **options)
        ax = one.draw(*read, oracles=inputs.oracles, **options)
    except InputError as error:
        if strict:
            raise
        _not_drawn([one], room, str(error))
        return []
    digests = {path: sha for name in one.reads for path, sha in inputs.digests[name].items()}
    resolved = {"figure": one.name} | one.defaults() | options | {"oracles": inputs.oracles}
    return batch.save(ax, rows, room / one.name, Provenance("draw", digests, resolved))


def _not_drawn(some: Sequence[Figure], room: Path, why: str) -> None:
    """Say that figures are not drawn, and which earlier ones stay."""
    files = [room / f"{one.name}.pdf" for one in some]
    there = [str(file) for file in files if file.exists()]
    what = "is an earlier one" if len(there) == 1 else "are earlier ones"
    stays = f"; {', '.join(there)} {what}" if there else ""
    verb = "is" if len(some) == 1 else "are"
    log.warning("%s %s not drawn: %s%s", ", ".join(one.name for one in some), verb, why, stays)
