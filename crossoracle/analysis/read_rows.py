"""The rows that readings become: curves and their landmarks, and what is said across oracles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crossoracle.analysis.across.disagreement import PARTS, Foretelling, Telling
from crossoracle.analysis.across.rows import Disagreement, Foretold, Heterogeneity, Spread
from crossoracle.analysis.across.spread import Across, Comparing
from crossoracle.analysis.curves.drawing import GAP, Area, Curve
from crossoracle.analysis.curves.making import Making
from crossoracle.analysis.curves.rows import Curves, Landmark, Landmarks, Point
from crossoracle.analysis.estimating import Rowing
from crossoracle.analysis.reading import Read
from crossoracle.results import Test, Tests
from crossoracle.stats.multiplicity import holm_within


@dataclass
class ReadRows:
    """The rows found so far; a reading is forgotten when its rows are made."""

    rowing: Rowing
    points: list[Point] = field(default_factory=list)
    landmarks: list[Landmark] = field(default_factory=list)
    spreads: list[Spread] = field(default_factory=list)
    foretold: list[Foretold] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)

    def add(self, read: Read) -> None:
        """Add the rows of a reading, each kind by what it is of."""
        what, making = read.reading.what, Making(self.rowing)
        if isinstance(what, Curve):
            self.points += making.points(read, what)
            if what.family == GAP:
                self.landmarks.append(making.crossing(read, what))
        elif isinstance(what, Area):
            self.landmarks.append(making.area(read, what))
        elif isinstance(what, Across):
            spreads, tests = Comparing(self.rowing).rows(read, what)
            self.spreads += spreads
            self.tests += tests
        elif isinstance(what, Foretelling):
            telling = Telling(self.rowing)
            rows = telling.rows(read, what)
            self.foretold += rows
            self.tests += [telling.test(row) for row in rows if row.part == PARTS[-1]]
        else:
            raise TypeError(f"no rows are made of {what!r}")

    def sorted(self, order: Mapping[str, int]) -> dict[str, Any]:
        """Return the rows by the name of what `compare` returns, those of all datasets first."""

        def ordered(rows: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(sorted(rows, key=lambda row: order[row.dataset]))

        return {
            "curves": Curves(ordered(self.points)),
            "landmarks": Landmarks(ordered(self.landmarks)),
            "heterogeneity": Heterogeneity(ordered(self.spreads)),
            "disagreement": Disagreement(ordered(self.foretold)),
            "tests": Tests(ordered(adjusted(self.tests))),
        }


def adjusted(tests: Sequence[Test]) -> list[Test]:
    """Return tests, adjusted within their family (Holm); a p-value that is undefined does not count."""
    p = holm_within([test.family for test in tests], [test.p for test in tests])
    return [replace(test, p_adjusted=q) for test, q in zip(tests, p, strict=True)]
