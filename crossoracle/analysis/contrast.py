"""What a contrast is: a declaration that finds, among the conditions there are, what to take from what.

A comparison is paired by video: the sum of some conditions minus the sum of others, over the videos that have
them all. Where there is a choice, the first side is the best of several conditions, and the choice is made
anew in every resample, so that having chosen is part of the uncertainty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """One paired difference.

    Parameters
    ----------
    contrast : str
        The name of the contrast it belongs to.
    plus, minus : tuple of str
        Conditions that are added and taken away.
    best : tuple of str
        Conditions of which the best is added too; empty where there is no choice.
    areas : bool
        Whether the sides are orders of segments ("budget", "random"), and what differs the areas under them.
    """

    contrast: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    best: tuple[str, ...] = ()
    areas: bool = False

    @property
    def conditions(self) -> tuple[str, ...]:
        """Every condition that a video must have to enter."""
        return (*self.plus, *self.minus, *self.best)

    @property
    def simple(self) -> bool:
        """Whether one condition is taken from one other."""
        return len(self.plus) == len(self.minus) == 1 and not self.best and not self.areas

    def sides(self, chosen: str = "") -> tuple[str, str]:
        """Return what is written as the two sides; ``chosen`` is the best condition on the data."""
        if self.best:
            return chosen or f"best of {len(self.best)}", " - ".join(self.minus)
        if self.areas:
            return f"area({self.plus[0]}@f)", f"area({self.minus[0]}@f)"
        if self.simple:
            return self.plus[0], self.minus[0]
        (a, not_b), (not_a, b) = self.plus, self.minus
        return f"{a} - {not_a}", f"{b} - {not_b}"


Found = Iterator[Comparison]


@dataclass(frozen=True)
class Contrast:
    """A contrast, declared.

    Parameters
    ----------
    name, title : str
        What it is called in tables, and what people read.
    formula : str
        What is taken from what, as it is written.
    meaning : str
        What it shows.
    among : callable
        Takes the names of the conditions there are, in order, and yields the comparisons that they allow.
    """

    name: str
    title: str
    formula: str
    meaning: str
    among: Callable[[Sequence[str]], Found]


def pair(contrast: str, a: str, b: str) -> Callable[[Sequence[str]], Found]:
    """Return what finds one condition minus another, where both are there."""

    def among(conditions: Sequence[str]) -> Found:
        if a in conditions and b in conditions:
            yield Comparison(contrast, (a,), (b,))

    return among
