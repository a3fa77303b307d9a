"""What the verbs hand back: results, what they rest on, and the files that they were written to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crossoracle.options import AgreeOptions, PrecheckOptions
from crossoracle.stats.clusters import effective_number

if TYPE_CHECKING:
    import pandas as pd

    from crossoracle.agreement.crosscheck import Checks
    from crossoracle.agreement.ratings import Ratings
    from crossoracle.results import Differences, Estimates, Tests


@dataclass(frozen=True)
class Flow:
    """What `Study.precheck` found: the flow table, and the files it was written to."""

    table: pd.DataFrame
    oracles: tuple[str, ...]
    options: PrecheckOptions
    files: tuple[Path, ...]

    @property
    def joint(self) -> int:
        """Number of videos that every oracle recognised."""
        pooled = self.table[(self.table["dataset"] == "all") & (self.table["kind"] == "all_of")]
        return int(pooled["n"].iloc[-1])


@dataclass(frozen=True)
class Basis:
    """What estimates rest on.

    ``videos`` of ``of_videos`` are compared, by the rule "joint", "pairwise" or "all"; they come from
    ``clusters`` clusters, as good as ``effective`` clusters of one size. By "pairwise", ``of_a_pair`` is the
    fewest and the most videos that both oracles of a pair recognised and rated.
    """

    oracles: tuple[str, ...]
    datasets: tuple[str, ...]
    rule: str
    videos: int
    of_videos: int
    clusters: int
    effective: float
    segments: int
    prechecked: bool
    of_a_pair: tuple[int, int] | None = None


@dataclass(frozen=True)
class Agreed:
    """What `Study.agree` found, what it rests on, how it was made, and the files it was written to.

    ``options`` are those that were used: what was left to the data is filled in. ``checks`` are the values
    that other libraries give, where a cross-check was asked for.
    """

    estimates: Estimates
    differences: Differences
    tests: Tests
    checks: Checks | None
    basis: Basis
    options: AgreeOptions
    notes: tuple[str, ...]
    files: tuple[Path, ...]

    @property
    def comparable(self) -> bool:
        """Whether anything could be compared: at least one estimate is defined."""
        return any(estimate.value == estimate.value for estimate in self.estimates)


def basis_of(ratings: Ratings, of_videos: int, *, prechecked: bool) -> Basis:
    """Say what estimates rest on; ``of_videos`` is the number of videos that they were chosen from."""
    first = np.cumsum([0, *ratings.clusters.values()])
    in_cluster = np.bincount(first[ratings.dataset] + ratings.cluster)
    return Basis(
        oracles=ratings.oracles,
        datasets=ratings.datasets,
        rule=ratings.rule,
        videos=ratings.videos,
        of_videos=of_videos,
        clusters=len(in_cluster),
        effective=effective_number(in_cluster),
        segments=int(ratings.offset[-1]),
        prechecked=prechecked,
        of_a_pair=_of_a_pair(ratings) if ratings.rule == "pairwise" else None,
    )


def _of_a_pair(ratings: Ratings) -> tuple[int, int]:
    rated = ~np.isnan(ratings.score) | (ratings.kept >= 0)
    by_video = np.stack([ratings.per_video(row) > 0 for row in rated])
    pairs = combinations(range(len(by_video)), 2)
    counts = [np.count_nonzero(by_video[a] & by_video[b] & ratings.lined_up((a, b))) for a, b in pairs]
    return int(min(counts)), int(max(counts))


def resolved(options: AgreeOptions, ratings: Ratings, estimates: Estimates) -> tuple[AgreeOptions, int]:
    """Return the options as they were used, and the replicates of wide statistics, which may be fewer."""
    from crossoracle.agreement.catalogue import COEFFICIENTS
    from crossoracle.agreement.coefficient import StackTally

    names = tuple(dict.fromkeys(e.statistic for e in estimates))
    most: dict[bool, int] = {True: 0, False: 0}
    for e in estimates:
        base = COEFFICIENTS[COEFFICIENTS[e.statistic].mean_of or e.statistic]
        narrow = isinstance(base.tally, StackTally)
        most[narrow] = max(most[narrow], e.replicates)
    used = replace(options, oracles=ratings.oracles, on=ratings.rule, coefficients=names)
    return replace(used, replicates=most[True] or most[False]), most[False]
