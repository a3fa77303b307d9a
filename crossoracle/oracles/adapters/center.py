"""The oracle that believes in the middle: what any other must beat to have looked at the video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from crossoracle.oracles.adapters.plain import Plain
from crossoracle.oracles.clip import Border
from crossoracle.oracles.oracle import Question


@dataclass(frozen=True)
class Center(Plain):
    """Rates a segment by how near its middle is to the middle of the video."""

    name: ClassVar[str] = "center"

    def rated(self, question: Question) -> Sequence[float]:
        """Return one score per segment; see `nearness`."""
        return nearness(question.clip.segments)


def nearness(segments: Sequence[Border]) -> list[float]:
    """Return 1 - |m - c| / h for each segment: m its middle, c that of all, h half of the whole duration.

    Examples
    --------
    >>> nearness([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)])
    [0.25, 0.75, 0.75, 0.25]
    """
    first, last = segments[0][0], segments[-1][1]
    center, half = (first + last) / 2, (last - first) / 2
    return [1 - abs((start + end) / 2 - center) / half for start, end in segments]
