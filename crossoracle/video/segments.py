"""Segments: a video cut along its time, half-open, without gaps."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from crossoracle.errors import InputError

SLACK = 1e-9
"""Steps by which a duration may miss a whole number of them, for want of digits."""

MOST = 1_000_000
"""More segments than that are a mistake in the units."""


@dataclass(frozen=True)
class Segments:
    """Where a video is cut: segment i is [edges[i], edges[i + 1]).

    Parameters
    ----------
    edges : tuple of float
        In seconds, increasing; one more than there are segments.

    Raises
    ------
    InputError
        There are fewer than two edges, or they do not increase.
    """

    edges: tuple[float, ...]

    def __post_init__(self) -> None:
        finite = all(math.isfinite(edge) for edge in self.edges)
        if len(self.edges) < 2 or not finite or any(b <= a for a, b in pairwise(self.edges)):
            raise InputError(
                f"segments: found edges {self.edges}, expected two or more numbers that increase"
            )

    def __len__(self) -> int:
        return len(self.edges) - 1

    def start_s(self, i: int) -> float:
        """Return where segment i starts; the instant belongs to it."""
        return self.edges[range(len(self))[i]]

    def end_s(self, i: int) -> float:
        """Return where segment i ends; the instant no longer belongs to it."""
        return self.edges[range(len(self))[i] + 1]

    @property
    def borders(self) -> tuple[tuple[float, float], ...]:
        """Start and end of every segment, in seconds."""
        return tuple(pairwise(self.edges))

    def of(self, time_s: float) -> int:
        """Return the segment that an instant belongs to.

        Raises
        ------
        InputError
            The instant lies before the first segment, or not before the end of the last.
        """
        if not self.edges[0] <= time_s < self.edges[-1]:
            raise InputError(
                f"segments: found {time_s!r} s, expected an instant in [{self.edges[0]}, {self.edges[-1]})"
            )
        return bisect_right(self.edges, time_s) - 1


def cut(duration_s: float, step_s: float, *, sliver: float = 0.25) -> Segments:
    """Cut a video into steps of equal length; what is left over is the last segment.

    Parameters
    ----------
    duration_s, step_s : float
        In seconds. A video that is shorter than a step is one segment.
    sliver : float
        A last segment shorter than this share of a step joins its neighbour; 0 keeps every one.

    Raises
    ------
    InputError
        A length is not a positive number, the share is not in [0, 1], or there would be too many segments.

    Examples
    --------
    >>> cut(1.6, 0.5).edges
    (0.0, 0.5, 1.0, 1.6)
    >>> cut(1.6, 0.5, sliver=0).edges
    (0.0, 0.5, 1.0, 1.5, 1.6)
    """
    _require("duration", duration_s)
    _require("step", step_s)
    if not 0 <= sliver <= 1:
        raise InputError(f"segments: found sliver {sliver!r}, expected a share in [0, 1]")
    steps = duration_s / step_s
    if steps > MOST:
        raise InputError(
            f"segments: found {duration_s!r} s in steps of {step_s!r} s, expected at most {MOST:,} steps; "
            "both are in seconds"
        )
    whole = math.floor(steps + SLACK)
    left = steps - whole
    joins = whole >= 1 and (left <= SLACK or left < sliver - SLACK)
    inner = range(whole if joins else whole + 1)
    return Segments((*(i * step_s for i in inner), duration_s))


def _require(what: str, length_s: float) -> None:
    if not (math.isfinite(length_s) and length_s > 0):
        raise InputError(f"segments: found {what} {length_s!r} s, expected a positive number of seconds")
