"""What the verb power found, and the way to it: which question is asked, and where variances come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.errors import InputError, StudyError
from crossoracle.options import PowerOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from crossoracle.analysis.power.contrast import Contrast
    from crossoracle.analysis.power.rows import Plan, Plans


@dataclass(frozen=True)
class Planned:
    """What `Study.power` found, how it was made, and the files it was written to."""

    plans: Plans
    options: PowerOptions
    files: tuple[Path, ...] = ()

    @property
    def answer(self) -> Plan:
        """The plan that was asked for."""
        return next(plan for plan in self.plans if plan.answer)

    @property
    def defined(self) -> bool:
        """Whether the answer is a number."""
        answer = self.answer
        return answer.power == answer.power or answer.width == answer.width


@dataclass(frozen=True)
class Tables:
    """The relations of a pilot; all may be missing where rates are stated."""

    scores: DuckDBPyRelation | None = None
    videos: DuckDBPyRelation | None = None
    prechecks: DuckDBPyRelation | None = None
    predictions: DuckDBPyRelation | None = None


def power_tables(con: DuckDBPyConnection, tables: Tables, options: PowerOptions) -> Planned:
    """Plan a study, from a pilot or from stated rates.

    Raises
    ------
    InputError
        It is not clear what is asked.
    StudyError
        There is no pilot, and nothing is stated in its place.
    """
    _check(options)
    if options.contrast is not None or options.discordant is not None:
        return Planned(_contrast(con, tables, options), options)
    return Planned(_agreement(con, tables, options), options)


def _check(o: PowerOptions) -> None:
    contrast, agreement = (o.contrast, o.discordant), (o.coefficient, o.kappa)
    asked = [any(x is not None for x in some) for some in (contrast, agreement)]
    if asked[0] == asked[1]:
        raise InputError(
            "expected one question: --contrast or --discordant for a difference of accuracies, "
            "--coefficient or --kappa for the width of an interval"
        )
    if all(x is not None for x in contrast) or all(x is not None for x in agreement):
        raise InputError("found a pilot's name and a stated rate for the same question; expected one of them")
    if asked[1] and (o.width is None) == (o.size is None):
        raise InputError("expected one of --width (then the size is found) and --size (then the width is)")
    if asked[1] and o.detect is not None:
        raise InputError("--detect is for a difference of accuracies; expected --width for agreement")
    if asked[0] and o.width is not None:
        raise InputError("--width is for agreement; expected --detect for a difference of accuracies")
    if o.discordant is not None and o.detect is None and o.size is None:
        raise InputError("--discordant: expected --detect DIFFERENCE, or --size N, or both")
    if o.kappa is not None and o.prevalence is None:
        raise InputError("--kappa: expected --prevalence beside it, the share of segments that are kept")


def _contrast(con: DuckDBPyConnection, tables: Tables, o: PowerOptions) -> Plans:
    from crossoracle.analysis.power.planning import detectable, for_contrast
    from crossoracle.analysis.power.rows import CONTRAST, STATED, Plan

    if o.discordant is not None:
        one, row = _stated_contrast(o), Plan(CONTRAST, f"stated {o.metric}", STATED, 0, 0.0, answer=False)
    else:
        one, row = _pilot_contrast(con, tables, o)
    if o.detect is None and o.size is not None:
        return detectable(one, row, size=o.size, power=o.power)
    difference = o.detect if o.detect is not None else abs(one.value)
    if difference == 0:
        raise InputError("the pilot shows no difference at all; expected --detect DIFFERENCE")
    return for_contrast(one, row, difference=difference, size=o.size, power=o.power)


def _stated_contrast(o: PowerOptions) -> Contrast:
    from crossoracle.analysis.power.contrast import Contrast
    from crossoracle.analysis.power.stated import of_discordant

    found = of_discordant(o.discordant or 0.0, o.detect or 0.0, o.per_cluster, o.icc, o.seed)
    return Contrast(found, o.level, o.simulations, o.seed)


def _pilot_contrast(con: DuckDBPyConnection, tables: Tables, o: PowerOptions) -> tuple[Contrast, Plan]:
    from crossoracle.analysis.loading import load
    from crossoracle.analysis.power.contrast import Contrast
    from crossoracle.analysis.power.pilot import of_contrast
    from crossoracle.analysis.power.rows import CONTRAST, PILOT, Plan

    if tables.predictions is None:
        raise StudyError("found no predictions of a pilot: give --predictions FILE, or state --discordant")
    runs = (o.run,)
    p = load(con, tables.predictions, tables.videos, oracles=o.oracles, runs=runs, cluster=o.cluster)
    found, one = of_contrast(p, o)
    row = Plan(CONTRAST, f"{' - '.join(one.sides())}, {o.metric}", PILOT, 0, 0.0, answer=False)
    return Contrast(found, o.level, o.simulations, o.seed), replace(row, pilot_clusters=found.pilot)


def _agreement(con: DuckDBPyConnection, tables: Tables, o: PowerOptions) -> Plans:
    from crossoracle.agreement.loading import prepare
    from crossoracle.analysis.power.pilot import of_agreement
    from crossoracle.analysis.power.planning import for_width
    from crossoracle.analysis.power.rows import AGREEMENT, PILOT, Plan

    if o.kappa is not None:
        return _stated_agreement(o)
    if tables.scores is None:
        raise StudyError("found no scores of a pilot: give --scores FILE, or state --kappa and --prevalence")
    asked, (scores, videos) = tables.prechecks, (tables.scores, tables.videos)
    ratings = prepare(con, scores, videos, asked, oracles=o.oracles, run=o.run, cluster=o.cluster).ratings()
    one = of_agreement(ratings, o)
    row = Plan(AGREEMENT, o.coefficient or "", PILOT, 0, 0.0, answer=False, simulations=o.simulations)
    return for_width(one, replace(row, pilot_clusters=one.pilot), width=o.width, size=o.size)


def _stated_agreement(o: PowerOptions) -> Plans:
    from crossoracle.analysis.power import stated
    from crossoracle.analysis.power.planning import for_width
    from crossoracle.analysis.power.rows import AGREEMENT, STATED, Plan
    from crossoracle.analysis.power.width import Width

    rates = (o.kappa or 0.0, o.prevalence or 0.0, o.per_cluster, o.icc)
    population = stated.of_kappa(*rates, o.seed)
    one = Width(lambda n: stated.kappa_of(population.sums(n, o.simulations, o.seed)[0]), rates[0], o.level)
    row = Plan(AGREEMENT, "cohen_kappa", STATED, 0, 0.0, answer=False, simulations=o.simulations)
    if o.width is not None:
        closed = float(stated.size_for_kappa(*rates, o.width, o.level))
    else:
        closed = stated.width_for_kappa(*rates, o.size or 0, o.level)
    return for_width(one, replace(row, closed_form=closed), width=o.width, size=o.size)
