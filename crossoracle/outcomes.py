"""What the verbs hand back: results, what they rest on, and the files that they were written to."""

from __future__ import annotations

from dataclasses import dataclass
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
    ``clusters`` clusters, as good as ``effective`` clusters of one size.
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


@dataclass(frozen=True)
class Agreed:
    """What `Study.agree` found, what it rests on, how it was asked for, and the files it was written to.

    ``checks`` are the values that other libraries give, where a cross-check was asked for.
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
    )
