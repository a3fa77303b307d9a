"""The verb run: the steps of a study that are out of date, in the order in which the data flows.

A step is out of date when something that it is made from is not what it was when `run` did it last: a table
that it reads, a file that study.toml names, what study.toml says to it, the version of crossoracle, the size
or the time of a video file; or when a file that it made is gone, or one of its own another. What was is
written into run.json, beside study.toml.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from crossoracle import __version__
from crossoracle.atomic import replace_text
from crossoracle.config import SECTIONS, Study
from crossoracle.figures.catalogue import HOMES
from crossoracle.options import read_sections
from crossoracle.provenance import digest
from crossoracle.report.material import RESULTS as REPORTED
from crossoracle.tables import motion
from crossoracle.tables.holding import held
from crossoracle.tables.home import TABLES

RECORD = "run.json"
State = Literal["done", "up to date", "left out"]
Tell = Callable[[str, float], None]
Watching = Any


@dataclass(frozen=True)
class Home:
    """A study that is run: its directory, what its study.toml says, and whether calls may be paid for."""

    directory: Path
    sections: Mapping[str, Mapping[str, Any]]
    pay: bool = False

    def has(self, *tables: str) -> bool:
        """Whether the study has all of these tables."""
        return all((self.directory / f"{name}.parquet").is_file() for name in tables)


@dataclass(frozen=True)
class Step:
    """A verb as a step of `run`.

    Parameters
    ----------
    name : str
        The verb.
    reads : tuple of str
        The files that it is made from, relative to the study, as far as they are there; patterns of `glob`.
    told : tuple of str
        The sections of study.toml that change what it makes.
    missing : callable
        Given the study, returns why there is nothing to do for it, or None.
    do : callable
        Does it, and returns what the method of `Study` returns.
    files : callable
        Given what it returned, the files that are its own: if one is changed, the step is done again. Tables
        that several verbs write into are no step's own.
    whole : callable
        Given what it returned, whether it came to the end; if not, the next run goes on with it.
    shared : tuple of str
        The tables that it writes rows into, among those of other verbs: it is done again if one is gone.
    looks : bool
        Whether it looks at the video files.
    """

    name: str
    reads: tuple[str, ...]
    told: tuple[str, ...]
    missing: Callable[[Home], str | None]
    do: Callable[[Home, Tell, Watching], Any]
    files: Callable[[Any], Sequence[Path]] = lambda found: found.files
    whole: Callable[[Any], bool] = lambda found: True
    shared: tuple[str, ...] = ()
    looks: bool = False


@dataclass(frozen=True)
class Ran:
    """What `run` came to with one step.

    Parameters
    ----------
    step : str
        The verb.
    state : {"done", "up to date", "left out"}
        Left out is what the study has nothing for.
    why : str
        Why it is left out; empty otherwise.
    outcome : object
        What the method of `Study` returned, where it was done.
    seconds : float
        How long it took.
    """

    step: str
    state: State
    why: str = ""
    outcome: Any = field(default=None, repr=False)
    seconds: float = 0.0


def run(
    directory: Path | str, *, pay: bool = False, progress: Tell | None = None, watching: Watching = None
) -> Iterator[Ran]:
    """Do the steps of a study that are out of date, and yield what each came to.

    Parameters
    ----------
    directory : path
        The study.
    pay : bool
        Whether oracles that cost money, or may cost some, are asked.
    progress : callable, optional
        Told what is being done, and which share of it is done.
    watching : callable, optional
        Shows how far oracles are (`How.watching`).

    Raises
    ------
    StudyError
        The directory is no study.
    CrossoracleError
        Another process runs it, or a step has bad input; the steps before that are not done again.
    """
    directory = Path(directory)
    Study(directory)  # or it is none
    file = directory / "study.toml"
    home = Home(directory, read_sections(file, SECTIONS) if file.is_file() else {}, pay)
    with held(directory / RECORD, "running this study"):
        known = _Record.of(directory)
        for step in STEPS:
            yield _run(step, home, known, progress or (lambda what, share: None), watching)


def _run(step: Step, home: Home, known: _Record, tell: Tell, watching: Watching) -> Ran:
    if why := step.missing(home):
        return Ran(step.name, "left out", why)
    origin = _origin(step, home)
    if known.holds(step.name, origin):
        return Ran(step.name, "up to date")
    began = time.monotonic()
    found = step.do(home, tell, watching)
    if step.whole(found):
        known.keep(step, origin, step.files(found))
    return Ran(step.name, "done", outcome=found, seconds=time.monotonic() - began)


def _origin(step: Step, home: Home) -> str:
    """Return the digest of all that a step is made from."""
    told = {name: home.sections.get(name, {}) for name in step.told}
    read = (file.relative_to(home.directory) for name in step.reads for file in home.directory.glob(name))
    files = {*(file.as_posix() for file in read), *_named(told, home.directory)}
    digests = {name: digest(home.directory / name) for name in files}
    every = {"files": digests, "told": told, "pay": home.pay and step.name == "score", "by": __version__}
    every |= {"videos": _looked_at(home.directory)} if step.looks else {}
    return hashlib.sha256(json.dumps(every, sort_keys=True, default=str).encode()).hexdigest()


def _looked_at(directory: Path) -> str:
    """Return the digest of the sizes and times of the video files; they are too many to be read for it."""
    from crossoracle.tables import connect, read

    seen, table = hashlib.sha256(), directory / "videos.parquet"
    if not table.is_file():
        return ""
    with connect() as con:
        rows = read(con, "videos", table).project("path")
        for (path,) in rows.fetchall():
            seen.update(f"{path}: {_stamp(directory / path) if path else None}\n".encode())
    return seen.hexdigest()


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        state = file.stat()
    except (OSError, ValueError):
        return None
    return state.st_size, state.st_mtime_ns


def _named(told: Any, directory: Path) -> Iterator[str]:
    """Yield the files that options name, as they name them: models, prompts, tables to replay."""
    if isinstance(told, str):
        if told and os.path.isfile(directory / told):  # never fails: a long text is no file
            yield told
    elif isinstance(told, Mapping | list):
        for one in told.values() if isinstance(told, Mapping) else told:
            yield from _named(one, directory)


@dataclass(frozen=True)
class _Record:
    """run.json: by step, the digest of what it was made from, those of its files, and its shared tables."""

    directory: Path
    steps: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, directory: Path) -> _Record:
        try:
            found = json.loads((directory / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):  # half a file, or none: all is done again
            found = {}
        steps = found if isinstance(found, dict) else {}
        return cls(directory, {name: known for name, known in steps.items() if _understood(known)})

    def holds(self, step: str, origin: str) -> bool:
        """Whether a step was made from this, and its files are as it made them."""
        known = self.steps.get(step, {})
        files = {self.directory / name: sha for name, sha in known.get("made", {}).items()}
        return (
            known.get("from") == origin
            and all((self.directory / name).is_file() for name in known.get("shared", ()))
            and all(file.is_file() and digest(file) == sha for file, sha in files.items())
        )

    def keep(self, step: Step, origin: str, files: Sequence[Path]) -> None:
        """Write down that a step is done; run.json is replaced as a whole."""
        made = {os.path.relpath(file, self.directory): digest(file) for file in files}
        shared = [name for name in step.shared if (self.directory / name).is_file()]
        self.steps[step.name] = {"from": origin, "made": made, "shared": shared}
        replace_text(self.directory / RECORD, json.dumps(self.steps, indent=1) + "\n")


def _understood(known: Any) -> bool:
    """Return whether this is what `_Record.keep` writes of a step; what somebody else wrote is forgotten."""
    made, shared = (known.get("made", {}), known.get("shared", [])) if isinstance(known, dict) else (0, 0)
    names = [*made, *shared] if isinstance(made, dict) and isinstance(shared, list) else [None]
    return all(isinstance(name, str) and "\0" not in name for name in names)


def _unscored(home: Home) -> str | None:
    if not home.sections.get("oracles"):
        return "study.toml has no [oracles.NAME]"
    if not home.has("videos"):
        return "the study has no videos.parquet"
    return None if _asked(home) else "every oracle costs money: give --pay"


def _asked(home: Home) -> tuple[str, ...]:
    """Return the oracles that are asked: without ``pay`` only those that are free for certain."""
    from crossoracle.oracles.paying import free
    from crossoracle.oracles.settings import settings

    known = settings(home.sections, str(home.directory / "study.toml"), home.directory)
    wanted = known.score.oracles or tuple(known.oracles)
    return wanted if home.pay else tuple(name for name in wanted if free(known, name))


def _score(home: Home, tell: Tell, watching: Watching) -> Any:
    return Study(home.directory).score(watching=watching, oracles=_asked(home))


def _unagreed(home: Home) -> str | None:
    if not home.has("scores"):
        return "the study has no scores.parquet"
    from crossoracle.tables import connect, read

    with connect() as con:
        rows = read(con, "scores", home.directory / "scores.parquet")
        oracles = rows.aggregate("count(DISTINCT oracle)").fetchall()[0][0]
    return None if oracles > 1 else "the scores are of one oracle"


def _unpredicted(home: Home) -> str | None:
    if not home.sections.get("recognizers"):
        return "study.toml has no [recognizers.NAME]"
    return None if home.has("videos") else "the study has no videos.parquet"


def _shared(found: Any) -> Sequence[Path]:
    """Return no file: the tables that it writes into are others' as well."""
    return ()


def _undrawn(home: Home) -> str | None:
    there = home.has("scores") or not _unreported(home)
    return None if there else "the study has no scores.parquet and no results"


def _draw(home: Home, tell: Tell, watching: Watching) -> Any:
    return Study(home.directory).draw()


def _unfloored(home: Home) -> str | None:
    if "floor" not in home.sections:
        return "study.toml has no [floor]"
    there = [name for name in ("scores", "predictions") if home.has(name)]
    if not there:
        return "the study has no scores.parquet and no predictions.parquet"
    if home.sections["floor"].get("arms") or any(_most_runs(home, name) > 1 for name in there):
        return None
    return "no oracle has two runs, and [floor] names no arms"


def _most_runs(home: Home, table: str) -> int:
    """Return how many runs the oracle has that has most of them."""
    from crossoracle.tables import connect, read

    with connect() as con:
        rows = read(con, table, home.directory / f"{table}.parquet").filter("oracle IS NOT NULL")
        runs = rows.aggregate("count(DISTINCT run) AS runs", "oracle").max("runs").fetchall()[0][0]
    return int(runs or 0)


def _unreported(home: Home) -> str | None:
    there = any((home.directory / name).is_file() for name in RESULTS)
    return None if there else "the study has no results"


def _report(home: Home, tell: Tell, watching: Watching) -> Any:
    return Study(home.directory).report()


def _without(table: str) -> Callable[[Home], str | None]:
    return lambda home: None if home.has(table) else f"the study has no {table}.parquet"


RESULTS = tuple(f"results/{name}.parquet" for name in REPORTED)
DRAWN = tuple(f"{room or '.'}/{name}.parquet" for name, (room, _) in HOMES.items())
IN = tuple(f"{name}.parquet" for name in TABLES)
STEPS = (
    Step(
        "score",
        ("videos.parquet",),
        ("frames", "score", "datasets", "oracles"),
        _unscored,
        _score,
        _shared,
        lambda found: found.complete and not found.interrupted,
        ("scores.parquet", "prechecks.parquet"),
        looks=True,
    ),
    Step(
        "precheck",
        IN[:3],
        ("precheck",),
        _without("prechecks"),
        lambda home, tell, _: Study(home.directory).precheck(),
    ),
    Step(
        "agree",
        IN[:3],
        ("agree",),
        _unagreed,
        lambda home, tell, _: Study(home.directory).agree(progress=tell),
    ),
    Step(
        "predict",
        (*IN[:2], motion.NAME),
        ("predict", "recognizers"),
        _unpredicted,
        lambda home, tell, _: Study(home.directory).predict(progress=tell),
        _shared,
        shared=("predictions.parquet",),
        looks=True,
    ),
    Step(
        "compare",
        IN,
        ("compare",),
        _without("predictions"),
        lambda home, tell, _: Study(home.directory).compare(progress=tell),
    ),
    Step(
        "floor",
        IN,
        ("floor",),
        _unfloored,
        lambda home, tell, _: Study(home.directory).floor(progress=tell),
    ),
    Step("draw", (*IN, *RESULTS, *DRAWN), ("draw",), _undrawn, _draw, lambda found: found, looks=True),
    Step(
        "report",
        (*IN, *RESULTS, "figures/*.svg"),
        SECTIONS,
        _unreported,
        _report,
        lambda found: (found.file,),
        looks=True,
    ),
)


def steps() -> tuple[str, ...]:
    """Return the names of the steps, in order."""
    return tuple(step.name for step in STEPS)
