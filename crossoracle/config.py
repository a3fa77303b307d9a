"""A study: a directory of tables, and one method per verb.

``Study("study/")`` finds the tables of a directory; plain files may be given in their place. The methods are
what the command line calls, so that both give the same results. An optional study.toml holds defaults::

    [agree]
    seed = 7
    oracles = ["human-1", "human-2"]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, asdict, dataclass, fields, replace
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection, DuckDBPyRelation

from crossoracle.errors import StudyError
from crossoracle.options import (
    AgreeOptions,
    CompareOptions,
    Options,
    PrecheckOptions,
    PredictOptions,
    changed,
    read_sections,
)
from crossoracle.oracles.settings import SECTIONS as ORACLE_SECTIONS
from crossoracle.outcomes import Agreed, Flow, basis_of, resolved

if TYPE_CHECKING:
    import pandas as pd

    from crossoracle.agreement.progress import Tell
    from crossoracle.agreement.ratings import Ratings
    from crossoracle.analysis.summary import Compared
    from crossoracle.importers.run import Imported
    from crossoracle.oracles.conducting import Watching
    from crossoracle.oracles.controls.trial import Controlled
    from crossoracle.oracles.foreseeing import Foreseen
    from crossoracle.oracles.listing import Listed
    from crossoracle.oracles.run import Plan
    from crossoracle.oracles.settings import Settings
    from crossoracle.oracles.subset import Subset
    from crossoracle.oracles.summary import Scoring
    from crossoracle.provenance import Provenance
    from crossoracle.recognizers.summary import Predicted

SECTIONS = ("precheck", "agree", "predict", "recognizers", "compare", *ORACLE_SECTIONS)
TABLES = ("scores", "videos", "prechecks", "predictions")


@dataclass(frozen=True)
class Study:
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
        The directory is not a study: it has no table and no study.toml, and no table but prechecks is given.
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
        own = {name: directory / f"{name}.parquet" for name in TABLES}
        there = any(file.is_file() for file in (directory / "study.toml", *own.values()))
        if not (self.scores or self.videos or self.predictions or there):
            found = "a directory without scores.parquet" if directory.is_dir() else "no such directory"
            raise StudyError(f"{directory} is not a study: found {found}; `crossoracle import` makes one")
        set_("scores", self.scores or ((own["scores"],) if own["scores"].is_file() else ()))
        for name in TABLES[1:]:
            set_(name, getattr(self, name) or (own[name] if own[name].is_file() else None))

    def precheck(self, *, out: Path | str | None = None, **changes: Any) -> Flow:
        """Count the videos that pass the prechecks, and write results/flow.

        ``changes`` are fields of `PrecheckOptions`.
        """
        from crossoracle.precheck import compared, flow
        from crossoracle.tables import connect

        options = self._options("precheck", PrecheckOptions(), changes)
        how = {name: getattr(options, name) for name in ("run", "cluster", "level")}
        with connect() as con:
            scores, prechecks = self._read(con, "scores"), self._read(con, "prechecks")
            oracles = compared(scores, prechecks, options.oracles, options.run)
            videos = self._videos(con, options.cluster, scores, prechecks)
            table = flow(con, prechecks, videos, oracles, **how)
        options = replace(options, oracles=oracles)
        files = self._write({"flow": table}, out, self._provenance("precheck", options))
        return Flow(table, oracles, options, files)

    def agree(self, *, out: Path | str | None = None, progress: Tell | None = None, **changes: Any) -> Agreed:
        """Estimate how much the oracles agree, and write results/estimates and what belongs to it.

        ``changes`` are fields of `AgreeOptions`; ``progress`` is told what is done, and how much of it.
        """
        from crossoracle.agreement import run
        from crossoracle.agreement.catalogue import find
        from crossoracle.agreement.crosscheck import cross_check
        from crossoracle.tables import connect
        from crossoracle.tables.outputs import remove_stale

        options = self._options("agree", AgreeOptions(), changes)
        asked = run.Options(**{f.name: getattr(options, f.name) for f in _shared(run.Options)})
        find(options.coefficients)  # a wrong name is told before the scores are read
        if progress is not None:
            progress("reading the tables", 0.0)
        with connect(threads=options.threads) as con:
            ratings, of_videos = self._ratings(con, options)
        found = run.agree(ratings, asked, progress)
        as_they_come = options.bins is None and options.levels is None
        checks = (
            cross_check(ratings, found.estimates, as_they_come=as_they_come) if options.cross_check else None
        )
        tables = {"estimates": found.estimates.to_frame()}
        if len(found.per_video):
            tables["per_video"] = found.per_video
        if options.differences:
            tables["agreement_differences"] = found.differences.to_frame()
            tables["tests"] = found.tests.to_frame()
        used, wide = resolved(options, ratings, found.estimates)
        files = self._write(tables, out, self._provenance("agree", used, replicates_wide=wide))
        remove_stale({"per_video", "agreement_differences", "tests"} - tables.keys(), self._results(out))
        return Agreed(
            found.estimates,
            found.differences,
            found.tests,
            checks,
            basis_of(ratings, of_videos, prechecked=self.prechecks is not None),
            used,
            found.notes,
            files,
        )

    def _ratings(self, con: DuckDBPyConnection, options: AgreeOptions) -> tuple[Ratings, int]:
        """Return the ratings that are compared, and the number of videos that they were chosen from."""
        from crossoracle.agreement.loading import load

        scores, prechecks = (self._read(con, name) for name in ("scores", "prechecks"))
        videos = self._read(con, "videos", also=(options.cluster,))
        if scores is None:
            raise StudyError("found no scores: give a study or --scores FILE")
        chosen = {name: getattr(options, name) for name in ("oracles", "run", "on", "cluster")}
        every = scores.select("dataset", "video_id")
        if videos is not None:
            every = every.union(videos.select("dataset", "video_id"))
        every = every.distinct()
        ratings = load(con, scores, videos, prechecks, **chosen)
        return ratings, every.aggregate("count(*)").fetchall()[0][0]

    @staticmethod
    def import_(
        directory: Path | str,
        format: str,
        files: Path | str | Sequence[Path | str],
        *,
        replace: bool = False,
        **options: Any,
    ) -> Imported:
        """Bring foreign files into the tables of a study, which is made where it is missing.

        ``options`` are those of the importer of the format.
        """
        from crossoracle.importers.run import import_

        return import_(format, files, directory, replace=replace, **options)

    @staticmethod
    def init(directory: Path | str, *, short: bool = False) -> Path:
        """Write a study.toml that explains itself into a directory; return its path."""
        from crossoracle.oracles.init import init

        return init(Path(directory), short=short)

    @staticmethod
    def subset(pool: Path | str | Sequence[Path | str], out: Path | str, **changes: Any) -> Subset:
        """Draw a class-balanced subset of videos tables, and write it as the videos of a study.

        ``changes`` are fields of `SubsetOptions`.
        """
        from crossoracle.oracles.subset import SubsetOptions, subset

        files = [pool] if isinstance(pool, str | Path) else pool
        return subset(list(map(Path, files)), Path(out), changed(SubsetOptions(), changes, "subset"))

    def score(
        self,
        *,
        resend: bool = False,
        rebuild: bool = False,
        batch: bool = False,
        watching: Watching | None = None,
        **changes: Any,
    ) -> Scoring:
        """Ask oracles about the videos, and write scores and prechecks into the study; every reply is kept.

        ``changes`` are fields of `ScoreOptions`; the other arguments are those of `How`.
        """
        from crossoracle.oracles.conducting import How
        from crossoracle.oracles.run import score

        return score(self._plan(changes), How(resend, rebuild, batch, watching))

    def foresee(self, **changes: Any) -> Foreseen:
        """Forecast what `score` would take, without asking anybody."""
        from crossoracle.oracles.foreseeing import foresee

        return foresee(self._plan(changes))

    def controls(
        self,
        *,
        out: Path | str | None = None,
        resend: bool = False,
        watching: Watching | None = None,
        **changes: Any,
    ) -> Controlled:
        """Put oracles to the test by what they scored, and write results/controls and results/failures.

        ``changes`` are fields of `ControlOptions`.
        """
        from crossoracle.oracles.conducting import How
        from crossoracle.oracles.controls.trial import control, trial

        settings, home = self._settings(), self._home()
        settings = replace(settings, controls=changed(settings.controls, changes, "controls"))
        tried = trial(home, self._paths("scores"), self.prechecks, self.videos, settings)
        return control(tried, self._results(out) or home, How(resend, watching=watching))

    def predict(
        self, *, out: Path | str | None = None, progress: Tell | None = None, **changes: Any
    ) -> Predicted:
        """Let frozen recognizers see videos under sampling conditions, and write the predictions.

        ``changes`` are fields of `PredictOptions`; ``out`` is the directory of predictions.parquet, the study
        by default; ``progress`` is told what is done, and how much of it.
        """
        from crossoracle.recognizers.reaching import sections
        from crossoracle.recognizers.run import Plan, predict

        options = self._options("predict", PredictOptions(), changes)
        home = Path(out) if out is not None else self._home()
        file = None if self.directory is None else self.directory / "study.toml"
        known = _sections(file).get("recognizers", {}) if file is not None and file.is_file() else {}
        tables = self.videos and Path(self.videos), self._paths("scores"), home / "predictions.parquet"
        return predict(Plan(self.directory, *tables, sections(known, str(file)), options), progress)

    def compare(
        self, *, out: Path | str | None = None, progress: Tell | None = None, **changes: Any
    ) -> Compared:
        """Compare accuracies under the conditions, and write results/accuracies and results/differences.

        ``changes`` are fields of `CompareOptions`; ``progress`` is told what is done, and how much of it.
        """
        from crossoracle.analysis.summary import Tables, compare_tables
        from crossoracle.tables import connect

        options = self._options("compare", CompareOptions(), changes)
        with connect(threads=options.threads) as con:
            tables = {name: self._read(con, name) for name in ("predictions", "prechecks", "scores")}
            videos = self._read(con, "videos", also=(options.cluster,))
            found = compare_tables(con, Tables(videos=videos, **tables), options, progress)
        frames = {"accuracies": found.accuracies.to_frame(), "differences": found.differences.to_frame()}
        files = self._write(frames, out, self._provenance("compare", found.options))
        return replace(found, files=files)

    def oracles(self, names: Sequence[str] = (), *, probe: bool = False) -> list[Listed]:
        """List the oracles of the study, the presets and the adapters; probe some, where that is wanted.

        Parameters
        ----------
        names : sequence of str
            Which to probe; by default all sections of study.toml.
        probe : bool
            Find out, with a call or two each, what they can do; the ledger remembers it.
        """
        from crossoracle.oracles.listing import survey

        return survey(self._settings(), names, probe=probe)

    def _home(self) -> Path:
        if self.directory is None:
            raise StudyError("found no study: name the directory that the tables and the ledger go to")
        return self.directory

    def _plan(self, changes: Mapping[str, Any]) -> Plan:
        from crossoracle.oracles.run import plan

        settings = self._settings()
        settings = replace(settings, score=changed(settings.score, changes, "score"))
        return plan(self._home(), self.videos and Path(self.videos), settings)

    def _settings(self) -> Settings:
        """Return what study.toml says about oracles; the defaults where there is none."""
        from crossoracle.oracles.settings import Settings, settings

        file = None if self.directory is None else self.directory / "study.toml"
        if file is None or not file.is_file():
            return Settings(self.directory)
        return settings(_sections(file), str(file), self.directory)

    def _options(self, verb: str, options: Options, changes: Mapping[str, Any]) -> Options:
        """Return the options of a verb: the defaults, then study.toml, then what the caller changes."""
        file = None if self.directory is None else self.directory / "study.toml"
        if file is not None and file.is_file():
            options = changed(options, _sections(file).get(verb, {}), f"{file} [{verb}]")
        return changed(options, changes, verb)

    def _read(self, con: DuckDBPyConnection, name: str, also: Sequence[str] = ()) -> DuckDBPyRelation | None:
        from crossoracle.tables import read

        paths = self._paths(name)
        return read(con, name, *paths, also=also) if paths else None

    def _paths(self, name: str) -> tuple[Path, ...]:
        given = getattr(self, name)
        return tuple(given) if name == "scores" else () if given is None else (given,)

    def _provenance(
        self, verb: str, options: PrecheckOptions | AgreeOptions | CompareOptions, **more: Any
    ) -> Provenance:
        from crossoracle.provenance import Provenance, digest

        names = TABLES if verb == "compare" else TABLES[:3]
        inputs = [path for name in names for path in self._paths(name)]
        digests: dict[str | Path, str] = {path: digest(path) for path in inputs}
        return Provenance(verb, digests, asdict(options) | more, getattr(options, "seed", None))

    def _results(self, out: Path | str | None) -> Path | None:
        return Path(out) if out is not None else self.directory and self.directory / "results"

    def _write(
        self, tables: Mapping[str, pd.DataFrame], out: Path | str | None, provenance: Provenance
    ) -> tuple[Path, ...]:
        from crossoracle.tables.outputs import write_results

        return write_results(tables, self._results(out), provenance)

    def draw(
        self, figures: Sequence[str] | None = None, *, out: Path | str | None = None, **options: Any
    ) -> list[Path]:
        """Draw figures, all of them by default, into figures/; return the files.

        ``options`` are those of the figures, and ``estimates``, ``flow`` and ``per_video``: files that take
        the place of the study's results.
        """
        from crossoracle.figures.run import draw

        return draw(self.directory, figures, out=out, **{"scores": self.scores} | options)

    def _videos(
        self, con: DuckDBPyConnection, cluster: str, *others: DuckDBPyRelation | None
    ) -> DuckDBPyRelation:
        """Return the videos table, or the videos that the other tables speak of, each its own cluster."""
        from crossoracle.precheck import cluster_of

        videos = self._read(con, "videos", also=(cluster,))
        if videos is not None:
            return videos
        named = [rows.select("dataset", "video_id") for rows in others if rows is not None]
        every = reduce(DuckDBPyRelation.union, named).distinct()
        return every.project(f"*, {cluster_of(None, cluster)} as cluster")


def _shared(kind: type[Any]) -> Iterator[Field[Any]]:
    """Yield the fields of a dataclass that are options of `Study.agree` too."""
    ours = {field.name for field in fields(AgreeOptions)}
    return (field for field in fields(kind) if field.name in ours)


def _sections(file: Path) -> dict[str, dict[str, Any]]:
    return read_sections(file, SECTIONS)
