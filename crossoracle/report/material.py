"""What a report is made of: the tables of a study as far as they are there, and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import StudyError
from crossoracle.figures.catalogue import FIGURES
from crossoracle.provenance import digest, read_sidecar
from crossoracle.tables import connect, read
from crossoracle.tables.home import TABLES

if TYPE_CHECKING:
    import pandas as pd

RESULTS = {
    "flow": "precheck",
    "selection": "precheck",
    "estimates": "agree",
    "per_video": "agree",
    "agreement_differences": "agree",
    "tests": "agree",
    "accuracies": "compare",
    "differences": "compare",
    "directions": "compare",
    "heterogeneity": "compare",
    "disagreement": "compare",
    "landmarks": "compare",
    "compare_tests": "compare",
    "curves": "compare",
    "floors": "floor",
    "controls": "controls",
    "failures": "controls",
}
"""The results that a report shows, in the order of the page, and the verbs that make them."""


@dataclass(frozen=True)
class Origin:
    """Where a file of the study comes from.

    Parameters
    ----------
    name, verb : str
        What it is called, and what made it.
    options, versions : mapping
        As they were, resolved.
    written : str
        When.
    stale : tuple of str
        The files it was made from that are others now.
    """

    name: str
    verb: str
    options: Mapping[str, Any]
    versions: Mapping[str, str]
    written: str
    stale: tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """A study as a report sees it.

    Parameters
    ----------
    directory : Path
        The study.
    results : mapping of str to DataFrame
        The results that are there, by name.
    origins : tuple of Origin
        Where they come from.
    figures : tuple of Path
        Those that were drawn, as SVG.
    """

    directory: Path
    results: Mapping[str, pd.DataFrame]
    origins: tuple[Origin, ...]
    figures: tuple[Path, ...]
    toml: str = field(default="", repr=False)

    @classmethod
    def of(cls, directory: Path) -> Material:
        """Read a study.

        Raises
        ------
        StudyError
            It has no results yet.
        """
        files = {name: directory / "results" / f"{name}.parquet" for name in RESULTS}
        files = {name: file for name, file in files.items() if file.is_file()}
        if not files:
            raise StudyError(
                f"{directory}: found no results; `crossoracle run {directory}` or `crossoracle agree "
                f"{directory}` makes some"
            )
        with connect() as con:
            results = {name: read(con, name, file).df() for name, file in files.items()}
        figures = tuple(sorted((directory / "figures").glob("*.svg"), key=_place))
        tables = (directory / f"{name}.parquet" for name in TABLES)
        made = (*tables, *files.values(), *figures)
        origins = tuple(found for file in made if (found := _origin(file)))
        toml = directory / "study.toml"
        text = toml.read_text(encoding="utf-8") if toml.is_file() else ""
        return cls(directory, results, origins, figures, text)

    @cached_property
    def oracles(self) -> tuple[str, ...]:
        """Every oracle that the tables name, in order."""
        found: set[str] = set()
        with connect() as con:
            for name in ("scores", "prechecks"):
                if (file := self.table(name)) is not None:
                    rows = read(con, name, file).select("oracle").distinct().fetchall()
                    found |= {oracle for (oracle,) in rows}
        return tuple(sorted(found))

    @property
    def run(self) -> str:
        """The run that the estimates are of, so that the scores shown are those compared; 0 without them."""
        estimates = self.results.get("estimates")
        runs = [] if estimates is None else estimates["run_a"].dropna().unique().tolist()
        return str(runs[0]) if len(runs) == 1 else "0"

    def table(self, name: str) -> Path | None:
        """Return the file of a table of the study, or None."""
        if name not in TABLES:
            raise KeyError(name)
        file = self.directory / f"{name}.parquet"
        return file if file.is_file() else None

    def options(self, verb: str) -> Mapping[str, Any]:
        """Return how a verb was told to work, when its results were made."""
        return next((one.options for one in self.origins if one.verb == verb), {})

    @property
    def versions(self) -> Mapping[str, str]:
        """The libraries that made the results; where they differ, all that took part."""
        found: dict[str, dict[str, None]] = {}
        for one in self.origins:
            for name, version in one.versions.items():
                if version is not None:
                    found.setdefault(name, {})[str(version)] = None
        return {name: " and ".join(versions) for name, versions in found.items()}


def _place(figure: Path) -> tuple[int, str]:
    """Return where a figure stands: as in the catalogue, those of others behind."""
    names = list(FIGURES)
    return (names.index(figure.stem) if figure.stem in names else len(names)), figure.stem


def _origin(file: Path) -> Origin | None:
    told = read_sidecar(file)
    if told is None:
        return None
    stale = [name for name, sha in told.get("inputs", {}).items() if _other(file.parent / name, sha)]
    options, versions = (told.get(name) or {} for name in ("options", "versions"))
    written = str(told.get("written", ""))
    return Origin(file.name, str(told.get("verb")), options, versions, written, tuple(stale))


def _other(file: Path, sha: str) -> bool:
    return not file.is_file() or digest(file) != sha
