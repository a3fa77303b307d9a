"""The tables that figures read: those of a study, or given in their place; and the oracles that they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossoracle import tables
from crossoracle.errors import StudyError
from crossoracle.figures import selection
from crossoracle.figures.catalogue import HOMES
from crossoracle.figures.footage import Footage
from crossoracle.precheck import oracles_of
from crossoracle.provenance import digest

_SUFFIXES = (".parquet", ".csv", ".jsonl")
# Stay in DuckDB: figures ask them for what they show.
_LARGE = ("scores", "videos", "prechecks", "predictions", "removals")
# Read whatever is drawn, as colours go by the names of all oracles. Not floors: arms need not be oracles.
_NAMING = ("scores", "predictions", "removals", "estimates", "flow", "differences", "curves")


@dataclass(frozen=True)
class Inputs:
    """The tables, their digests, all the oracles that they name, and the videos where these are known."""

    tables: dict[str, Any]
    digests: dict[str, dict[str | Path, str]]
    oracles: list[str]
    footage: Footage | None = None

    @property
    def run(self) -> str:
        """The run that the estimates are of, so that pictures of scores show it too; 0 without estimates."""
        estimates = self.tables.get("estimates")
        runs = [] if estimates is None else estimates["run_a"].dropna().unique().tolist()
        return str(runs[0]) if len(runs) == 1 else "0"

    @classmethod
    def read(
        cls,
        study: str | Path | None,
        given: Mapping[str, str | Path | Sequence[str | Path] | None],
        names: Collection[str],
    ) -> Inputs:
        """Read the tables of these names, and those that name oracles, as far as they are there.

        Raises
        ------
        StudyError
            The study has no table.
        """
        con, files = tables.connect(), _files(study, given)
        wanted = {name: files[name] for name in files if name in {*names, *_NAMING}}
        found = {name: tables.read(con, name, *paths) for name, paths in wanted.items()}
        loaded = {name: rows if name in _LARGE else rows.df() for name, rows in found.items()}
        digests: dict[str, dict[str | Path, str]] = {
            name: {path: digest(path) for path in paths} for name, paths in wanted.items()
        }
        footage = Footage(found["videos"], files["videos"][0].parent) if "videos" in found else None
        return cls(loaded, digests, sorted(set(_oracles(loaded))), footage)


def _files(
    study: str | Path | None, given: Mapping[str, str | Path | Sequence[str | Path] | None]
) -> dict[str, tuple[Path, ...]]:
    """Return the files of every table that is there."""
    several = {name: (one,) if isinstance(one, str | Path) else one or () for name, one in given.items()}
    found = {name: tuple(map(Path, paths)) for name, paths in several.items() if paths}
    if study is None:
        return found
    for name, (room, _) in HOMES.items():
        stem = Path(study) / room / name
        there = [stem.with_suffix(suffix) for suffix in _SUFFIXES if stem.with_suffix(suffix).is_file()]
        found |= {name: (there[0],)} if there and name not in found else {}
    if not found:
        lacks = "it holds neither scores nor results to draw"
        raise StudyError(f"{study} is not a study: {lacks}; `crossoracle import` brings scores")
    return found


def _oracles(loaded: Mapping[str, Any]) -> Iterator[str]:
    for name in _NAMING:
        if name not in loaded:
            continue
        rows = loaded[name]
        if name in _LARGE:
            known = rows.filter("oracle IS NOT NULL").project("oracle").distinct()
            yield from (oracle for (oracle,) in known.fetchall())
        elif name == "estimates":
            pairs = selection.pairs(rows)
            yield from (*pairs["oracle_a"], *pairs["oracle_b"])
        elif name == "flow":
            yield from oracles_of(rows.query("kind == 'all_of'")["oracles"])
        else:
            yield from rows["oracle"].dropna()
