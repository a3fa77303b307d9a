"""A study: a directory of tables, and one method per verb.

``Study("study/")`` finds the tables of a directory; plain files may be given in their place. The methods are
what the command line calls, so that both give the same results. An optional study.toml holds defaults::

    [agree]
    seed = 7
    oracles = ["human-1", "human-2"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.options import (
    AgreeOptions,
    CompareOptions,
    FloorOptions,
    Options,
    PowerOptions,
    PrecheckOptions,
    PredictOptions,
    changed,
    misfit,
    read_sections,
)
from crossoracle.oracles.settings import SECTIONS as ORACLE_SECTIONS
from crossoracle.tables.home import TABLES, Home
from crossoracle.tables.shard import place_of, shard_of

if TYPE_CHECKING:
    from crossoracle.agreement.progress import Tell
    from crossoracle.agreement.summary import Agreed
    from crossoracle.analysis.diagnostics.summary import Diagnosed
    from crossoracle.analysis.floors.summary import Floored
    from crossoracle.analysis.power.summary import Planned
    from crossoracle.analysis.selection.summary import Selected
    from crossoracle.analysis.summary import Compared
    from crossoracle.export.run import Dataset
    from crossoracle.importers.run import Imported
    from crossoracle.merging.run import Merged
    from crossoracle.oracles.conducting import Watching
    from crossoracle.oracles.controls.trial import Controlled
    from crossoracle.oracles.foreseeing import Foreseen
    from crossoracle.oracles.listing import Listed
    from crossoracle.oracles.run import Plan
    from crossoracle.oracles.settings import Settings
    from crossoracle.oracles.subset import Subset
    from crossoracle.oracles.summary import Scoring
    from crossoracle.precheck.summary import Flow
    from crossoracle.recognizers.summary import Predicted
    from crossoracle.report.page import Reported

Out = Path | str | None  # where results go, if not to the study's
RESULTS = ("precheck", "agree", "predict", "recognizers", "compare", "floor", "draw", "power")
SECTIONS = (*RESULTS, *ORACLE_SECTIONS)
RATED = ("videos", "scores", "prechecks")
DRAWING = {"figures": (str, True), "intervals": (str, False), "preset": (str, False)}
"""What [draw] takes beside the options of the figures: of which type, and whether several."""


@dataclass(frozen=True)
class Study(Home):
    """The tables of a study, and what can be done with them.

    Parameters
    ----------
    directory, scores, videos, prechecks, predictions
        As of `Home`: the study, or files in place of its tables.
    """

    def precheck(self, *, out: Path | str | None = None, **changes: Any) -> Flow:
        """Count the videos that pass the prechecks, and write results/flow.

        ``changes`` are fields of `PrecheckOptions`.
        """
        from crossoracle.precheck.summary import flow_of

        options = self._options("precheck", PrecheckOptions(), changes)
        with self._tables(options, *RATED) as (con, tables):
            found = flow_of(con, **tables, options=options)
        files = self._write({"flow": found.table}, out, self._provenance("precheck", found.options))
        return replace(found, files=files, told=tuple(filter(None, [self._figures_behind(out)])))

    def agree(
        self, *, out: Out = None, engine: str = "local", progress: Tell | None = None, **changes: Any
    ) -> Agreed:
        """Estimate how much the oracles agree, and write results/estimates and what belongs to it.

        ``changes`` are fields of `AgreeOptions`; ``engine`` "ray" has a cluster do it; ``progress`` is told
        how much is done.
        """
        from crossoracle.agreement.summary import LISTED, RESULTS, Tables, agree_on, choose
        from crossoracle.tables.earlier import Earlier
        from crossoracle.tables.outputs import remove_stale

        options = self._options("agree", AgreeOptions(), changes)
        with self._tables(options, *RATED) as (con, tables):
            chosen = choose(con, Tables(**tables), options, progress, engine)
        found = agree_on(chosen, options, progress, engine)
        results, earlier = found.tables(), Earlier.of(self._results(out), RESULTS)
        how = self._provenance("agree", found.options, replicates_wide=found.replicates_wide)
        files = self._write(results, out, how)
        remove_stale(set(RESULTS) - results.keys(), self._results(out))
        lines = earlier.told(how.options, LISTED, files), self._figures_behind(out)
        return replace(found, files=files, told=tuple(filter(None, lines)))

    def selection(
        self, *, out: Path | str | None = None, progress: Tell | None = None, **changes: Any
    ) -> Selected:
        """Estimate what the joint precheck selects, and write results/selection and what belongs to it.

        ``changes`` are fields of `PrecheckOptions`; ``progress`` is told what is done, and how much of it.
        """
        from crossoracle.analysis.selection.summary import Tables, selected

        options = self._options("precheck", PrecheckOptions(), changes)
        with self._tables(options, *RATED) as (con, tables):
            found = selected(con, Tables(**tables), options, progress)
        how = self._provenance("precheck --selection", found.options)
        return replace(found, files=self._write(found.selection.tables(), out, how))

    def diagnostics(
        self, *, out: Path | str | None = None, progress: Tell | None = None, **changes: Any
    ) -> Diagnosed:
        """Look at what agreement rests on, and write results/diagnostics and what belongs to it.

        ``changes`` are fields of `AgreeOptions`; ``progress`` is told what is done, and how much of it.
        """
        from crossoracle.agreement.summary import Tables
        from crossoracle.analysis.diagnostics.summary import diagnosed

        options = self._options("agree", AgreeOptions(), changes)
        with self._tables(options, *RATED) as (con, tables):
            found = diagnosed(con, Tables(**tables), options, progress)
        how = self._provenance("agree --diagnostics", found.options)
        return replace(found, files=self._write(found.diagnostics.tables(), out, how))

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
        from crossoracle.figures.catalogue import OPTIONS
        from crossoracle.oracles.init import init
        from crossoracle.recognizers.catalogue import FAMILIES

        return init(Path(directory), short=short, recognizers=FAMILIES, drawing=tuple(OPTIONS.values()))

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
        shard: str | None = None,
        engine: str = "local",
        watching: Watching | None = None,
        **changes: Any,
    ) -> Scoring:
        """Ask oracles about the videos, and write scores and prechecks into the study; every reply is kept.

        ``changes`` are fields of `ScoreOptions`; ``shard`` ("3/8") asks about some videos, in a directory of
        their own below the study; the other arguments are those of `How`.
        """
        from crossoracle.oracles.conducting import How
        from crossoracle.oracles.run import score

        return score(self._plan(changes, shard), How(resend, rebuild, batch, watching, engine))

    def foresee(self, *, batch: bool = False, shard: str | None = None, **changes: Any) -> Foreseen:
        """Forecast what `score` would take, without asking anybody; ``batch`` is whether it asks by batch."""
        from crossoracle.oracles.foreseeing import foresee

        return foresee(self._plan(changes, shard), batch=batch)

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
        self,
        *,
        out: Path | str | None = None,
        shard: str | None = None,
        engine: str = "local",
        progress: Tell | None = None,
        **changes: Any,
    ) -> Predicted:
        """Let frozen recognizers see videos under sampling conditions, and write the predictions.

        ``changes`` are fields of `PredictOptions`; ``out`` is the directory of predictions.parquet, the study
        by default, or that of the ``shard`` ("3/8"); ``engine`` "ray" has the workers of a cluster see the
        videos; ``progress`` is told how much is done.
        """
        from crossoracle.recognizers.reaching import sections
        from crossoracle.recognizers.run import Plan, predict

        options = self._options("predict", PredictOptions(), changes)
        part = shard_of(shard)
        home = Path(out) if out is not None else place_of(self._home(), part)
        known = self.directory / "predictions.parquet" if part and self.directory else None
        file = self._toml()
        named = {} if file is None else _sections(file).get("recognizers", {})
        tables = self.videos and Path(self.videos), self._paths("scores"), home / "predictions.parquet"
        plan = Plan(self.directory, *tables, sections(named, str(file)), options, known, part, engine)
        return predict(plan, progress)

    def compare(self, *, out: Out = None, progress: Tell | None = None, **changes: Any) -> Compared:
        """Compare accuracies under the conditions, and write them, their differences and curves to results/.

        ``changes`` are fields of `CompareOptions`; ``progress`` is told what is done, and how much of it.
        """
        from crossoracle.analysis.summary import Tables, compare_tables

        options = self._options("compare", CompareOptions(), changes)
        with self._tables(options, *TABLES) as (con, tables):
            found = compare_tables(con, Tables(**tables), options, progress)
        files = self._write(found.frames, out, self._provenance("compare", found.options, TABLES))
        return replace(found, files=files)

    def floor(
        self, *, out: Path | str | None = None, progress: Tell | None = None, **changes: Any
    ) -> Floored:
        """Compare arms with their repetitions, and write results/floors.

        ``changes`` are fields of `FloorOptions`; ``progress`` is told what is done, and how much of it.
        """
        from crossoracle.analysis.floors.summary import Tables, floor_tables

        options = self._options("floor", FloorOptions(), changes)
        with self._tables(options, *TABLES) as (con, tables):
            found = floor_tables(con, Tables(**tables), options, progress)
        how = self._provenance("floor", found.options, TABLES)
        return replace(found, files=self._write({"floors": found.floors.to_frame()}, out, how))

    def draw(
        self,
        figures: Sequence[str] | None = None,
        *,
        out: Path | str | None = None,
        intervals: str | None = None,
        **options: Any,
    ) -> list[Path]:
        """Draw figures into figures/ and set tables for a paper into tables/; return the files.

        All of them by default; with ``figures`` only these. ``intervals`` is how LaTeX shows bounds: brackets
        or subscript. ``options`` are those of the figures, and ``estimates``, ``flow``, ``per_video``,
        ``differences``, ``curves`` and ``floors``: files that take the place of the study's results.
        """
        from crossoracle.figures.run import draw
        from crossoracle.typeset.run import typeset

        told = self._drawing()
        set_as, chosen = told.pop("intervals", "brackets"), told.pop("figures", None)  # of all, not of one
        given = {name: value for name, value in options.items() if value not in (None, ())}
        drawn = draw(self.directory, figures or chosen, out=out, **{"scores": self.scores} | told | given)
        if figures or self.directory is None:
            return drawn
        place = out or self.directory / "tables"
        return drawn + typeset(self.directory / "results", place, intervals=intervals or set_as)

    def report(
        self, *, out: Path | str | None = None, pictures: bool = True, title: str | None = None
    ) -> Reported:
        """Write one HTML page of the study: by default report.html in it, with frames of its videos."""
        from crossoracle.report.page import report

        return report(self._home(), out=out, pictures=pictures, title=title)

    def power(self, *, out: Path | str | None = None, **changes: Any) -> Planned:
        """Plan a study from this one as a pilot, or from stated rates, and write results/plans.

        ``changes`` are fields of `PowerOptions`.
        """
        from crossoracle.analysis.power.summary import Tables, power_tables

        options = self._options("power", PowerOptions(), changes)
        with self._tables(options, *TABLES) as (con, tables):
            found = power_tables(con, Tables(**tables), options)
        how = self._provenance("power", options, TABLES)
        return replace(found, files=self._write({"plans": found.plans.to_frame()}, out, how))

    @staticmethod
    def merge(studies: Sequence[Path | str], out: Path | str, *, replace: bool = False) -> Merged:
        """Bring the tables and ledgers of several studies, or shards of one, into one study."""
        from crossoracle.merging.run import merge

        return merge(list(map(Path, studies)), Path(out), replace=replace)

    def export(self, out: Path | str, **about: Any) -> Dataset:
        """Write the tables of the study as a dataset: Parquet files, a card, Croissant metadata.

        ``about`` are fields of `About`, of which license is needed.
        """
        from crossoracle.export.about import About
        from crossoracle.export.run import export

        return export(self._home(), Path(out), About.of(self._home(), about))

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

    def _plan(self, changes: Mapping[str, Any], shard: str | None) -> Plan:
        from crossoracle.oracles.run import plan

        settings = self._settings()
        settings = replace(settings, score=changed(settings.score, changes, "score"))
        return plan(self._home(), self.videos and Path(self.videos), settings, shard_of(shard))

    def _settings(self) -> Settings:
        """Return what study.toml says about oracles; the defaults where there is none."""
        from crossoracle.oracles.settings import Settings, settings

        file = self._toml()
        if file is None:
            return Settings(self.directory)
        return settings(_sections(file), str(file), self.directory)

    def _drawing(self) -> dict[str, Any]:
        """Return what study.toml says about drawing."""
        from crossoracle.figures.catalogue import OPTIONS

        file = self._toml()
        told = dict(_sections(file).get("draw", {})) if file is not None else {}
        kinds = DRAWING | {one.name: (one.kind, one.many) for one in OPTIONS.values()}
        for name, value in told.items():
            if name not in kinds:
                raise UnknownNameError(f"option in {file} [draw]", name, kinds)
            if fault := misfit(name, value, *kinds[name]):
                raise InputError(f"{file} [draw]: {fault}")
        return told

    def _options(self, verb: str, options: Options, changes: Mapping[str, Any]) -> Options:
        """Return the options of a verb: the defaults, then study.toml, then what the caller changes."""
        file = self._toml()
        if file is not None:
            options = changed(options, _sections(file).get(verb, {}), f"{file} [{verb}]")
        return changed(options, changes, verb)


def _sections(file: Path) -> dict[str, dict[str, Any]]:
    return read_sections(file, SECTIONS)
