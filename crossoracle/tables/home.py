"""Where the tables of a study are: in its directory, or in plain files given in their place."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd
    from _typeshed import DataclassInstance
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from crossoracle.provenance import Provenance

    Read = dict[str, DuckDBPyRelation | None]

TABLES = ("scores", "videos", "prechecks", "predictions")


@dataclass(frozen=True)
class Home:
    """The tables of a study.

    Parameters
    ----------
    directory : path, optional
        The study. Without it the tables must be given, and results are only written where ``out`` says.
    scores : path or sequence of path
        Score tables, instead of the study's.
    videos, prechecks, predictions : path, optional
        Tables instead of the study's; it need not have them.

    Raises
    ------
    StudyError
        The directory is a file, or not a study: it has no table and no study.toml, and no table but prechecks
        is given.
    """

    directory: Path | None = None
    scores: Sequence[Path | str] | Path | str = ()
    videos: Path | None = None
    prechecks: Path | None = None
    predictions: Path | None = None

    def __post_init__(self) -> None:
        set_ = partial(object.__setattr__, self)  # the way to fill in a frozen dataclass
        scores = [self.scores] if isinstance(self.scores, str | Path) else self.scores
        set_("scores", tuple(map(Path, scores)))
        if self.directory is None:
            return
        directory = Path(self.directory)
        set_("directory", directory)
        if directory.is_file():
            wanted = "the directory of a study; give a table of scores as --scores FILE"
            raise StudyError(f"{directory}: found a file, expected {wanted}")
        own = {name: directory / f"{name}.parquet" for name in TABLES}
        there = any(file.is_file() for file in (directory / "study.toml", *own.values()))
        if not (self.scores or self.videos or self.predictions or there):
            found = "a directory without scores.parquet" if directory.is_dir() else "no such directory"
            raise StudyError(f"{directory} is not a study: found {found}; `crossoracle import` makes one")
        set_("scores", self.scores or ((own["scores"],) if own["scores"].is_file() else ()))
        for name in TABLES[1:]:
            set_(name, getattr(self, name) or (own[name] if own[name].is_file() else None))

    def _home(self) -> Path:
        if self.directory is None:
            raise StudyError("found no study: name the directory that the tables and the ledger go to")
        return self.directory

    def _toml(self) -> Path | None:
        """Return the study.toml, where there is one."""
        file = None if self.directory is None else self.directory / "study.toml"
        return file if file is not None and file.is_file() else None

    def _paths(self, name: str) -> tuple[Path, ...]:
        given = getattr(self, name)
        return tuple(given) if name == "scores" else () if given is None else (given,)

    def _read(self, con: DuckDBPyConnection, name: str, also: Sequence[str] = ()) -> DuckDBPyRelation | None:
        from crossoracle.tables.reading import read

        paths = self._paths(name)
        return read(con, name, *paths, also=also) if paths else None

    @contextmanager
    def _tables(self, options: DataclassInstance, *names: str) -> Iterator[tuple[DuckDBPyConnection, Read]]:
        """Open tables by name, as far as they are there, for as long as the block lasts.

        ``options`` may say how many threads read them, and which column of videos names the cluster.
        """
        from crossoracle.tables.reading import connect

        also = {"videos": (getattr(options, "cluster", "cluster"),)}
        with connect(threads=getattr(options, "threads", None)) as con:
            yield con, {name: self._read(con, name, also.get(name, ())) for name in names}

    def _results(self, out: Path | str | None) -> Path | None:
        return Path(out) if out is not None else self.directory and self.directory / "results"

    def _provenance(
        self, verb: str, options: DataclassInstance, names: Sequence[str] = TABLES[:3], **more: Any
    ) -> Provenance:
        """Return where the results of a verb come from, which read the tables of these names."""
        from crossoracle.provenance import Provenance, digest

        inputs = [path for name in names for path in self._paths(name)]
        digests: dict[str | Path, str] = {path: digest(path) for path in inputs}
        return Provenance(verb, digests, asdict(options) | more, getattr(options, "seed", None))

    def _write(
        self, tables: Mapping[str, pd.DataFrame], out: Path | str | None, provenance: Provenance
    ) -> tuple[Path, ...]:
        from crossoracle.tables.outputs import write_results

        return write_results(tables, self._results(out), provenance)

    def _figures_behind(self, out: Path | str | None) -> str | None:
        """Return a line on the figures of the study that show earlier results, where there are any."""
        from crossoracle.tables.earlier import outdated

        results = self._results(out)
        if self.directory is None or results is None:
            return None
        names = outdated(self.directory / "figures", results)
        anew = f"`crossoracle draw {shlex.quote(str(self.directory))}` draws them anew"
        return f"figures/ shows earlier results ({', '.join(names)}): {anew}." if names else None
