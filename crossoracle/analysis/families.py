"""Families: the differences that simultaneous bounds and Holm's adjustment hold for together.

A family is every contrast, of every oracle and run, of one metric, dataset and recognizer; the strata of one
kind are a family of their own, and so is the pooled data. Rows come one by one and their replicates are not
kept: of each resample only the largest |t| is.

References
----------
Romano & Wolf (2005), *Econometrica* 73:1237-1282 (max-|t|); Holm (1979), *Scand. J. Statist.* 6:65-70.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from crossoracle.analysis.predictions import Floats
from crossoracle.analysis.rows import Contrasted
from crossoracle.stats.intervals import SAME
from crossoracle.stats.multiplicity import holm_within
from crossoracle.tables.wording import several


@dataclass
class Families:
    """The largest |t| of every resample of each family, and the standard error of each row that entered."""

    level: float
    _largest: dict[str, Floats] = field(default_factory=dict)
    _errors: dict[int, float] = field(default_factory=dict)

    def add(self, position: int, row: Contrasted, deviations: Floats) -> None:
        """Add a row that has an interval; where one of its replicates is undefined, it does not count.

        ``deviations`` (choices, B) are replicates minus their estimates: of several choices the largest
        deviation counts, in units of the largest standard error.
        """
        se = float(np.nanstd(deviations, axis=1, ddof=1).max())
        if not se > SAME:
            return
        t = np.nan_to_num(np.abs(deviations).max(axis=0) / se)
        known = self._largest.get(row.family)
        self._largest[row.family] = t if known is None else np.maximum(known, t)
        self._errors[position] = se

    def finished(self, rows: Sequence[Contrasted]) -> tuple[Contrasted, ...]:
        """Return the rows with their bounds, adjusted p-values, and the size of their family."""
        wide = {name: float(np.quantile(t, self.level)) for name, t in self._largest.items()}
        adjusted = holm_within([row.family for row in rows], [row.p_signflip for row in rows])
        sizes = Counter(row.family for row in rows if row.p_signflip == row.p_signflip)
        found = []
        for i, row in enumerate(rows):
            half = wide[row.family] * self._errors[i] if i in self._errors else np.nan
            family = f"{row.family}: {several(sizes[row.family], 'contrast')}"
            row = replace(row, simultaneous_low=row.value - half, simultaneous_high=row.value + half)
            found.append(replace(row, family=family, p_holm=adjusted[i]))
        return tuple(found)
