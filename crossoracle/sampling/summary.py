"""How often a condition failed, or was the full video after all, and how much of the kept set it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from crossoracle.sampling.run import Plan, Planned


@dataclass
class Summary:
    """One condition over all videos.

    Parameters
    ----------
    condition : str
        Its name.
    videos : int
        How many were planned.
    failures : Counter
        How many of them failed, by reason.
    equal : Counter
        How many showed the very same frames as a plainer condition, by its name.
    """

    condition: str
    videos: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    _kept: float = 0.0
    _overlap: float = 0.0
    _with_overlap: int = 0

    def add(self, row: Planned) -> None:
        """Count a video."""
        self.videos += 1
        if row.failure is not None:
            self.failures[row.failure] += 1
            return
        if row.equals is not None:
            self.equal[row.equals] += 1
        self._kept += row.kept_fraction
        if not np.isnan(row.overlap):
            self._overlap += row.overlap
            self._with_overlap += 1

    @property
    def failed(self) -> int:
        """Videos of which nothing is seen."""
        return self.failures.total()

    @property
    def kept_fraction(self) -> float:
        """Mean share of the duration that can be seen, over videos that did not fail; NaN without any."""
        seen = self.videos - self.failed
        return self._kept / seen if seen else np.nan

    @property
    def overlap(self) -> float:
        """Mean share of the duration that can be seen and is kept, over those with kept flags; or NaN."""
        return self._overlap / self._with_overlap if self._with_overlap else np.nan


def summarise(plans: Iterable[Plan]) -> list[Summary]:
    """Go through plans once, and return a summary per condition, in their order."""
    found: dict[str, Summary] = {}
    for plan in plans:
        for row in plan.rows:
            name = str(row.condition)
            found.setdefault(name, Summary(name)).add(row)
    return list(found.values())
