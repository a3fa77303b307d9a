"""The claim "as good as a repetition": non-inferiority of cross-agreement against self-agreement.

    D = A(x, ref) - A(ref, ref'),    non-inferior when D > -margin, surely enough

The margin is a number, or a share of the floor: of what separates the reference from perfect agreement with
itself, 1 - A(ref, ref') (A(ref, ref') itself for a distance, where 0 is perfect). Its rule has to be fixed
before the data are seen. A share is estimated too, so it is re-estimated in each resample: the verdict reads

    T = D + margin    (with its sign turned for a distance)

"non-inferior" when the lower one-sided bound of T is above 0, "inferior" when the upper one is below, else
"inconclusive". Not to find a difference is no proof that there is none; so there is no verdict from that.
``bound`` is the bound of T minus the margin, so that it can be held against -margin (margin for a distance).

The bounds are those of `CLAIMS`, whatever the interval of other rows: it is made for bounds that hold one by
one, and a verdict does not hang on a seed. How often an arm that is worse by exactly the margin is called
non-inferior stands in docs/coverage_downstream.md.

References
----------
Piaggio et al. (2012), *JAMA* 308:2594-2604 (reporting of non-inferiority); Hasselblad & Kong (2001), *Drug
Inf. J.* 35:435-449 (a margin that is a share of an estimate).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from crossoracle.agreement.coefficient import Coefficient
from crossoracle.analysis.floors.averaging import Averaged, combined
from crossoracle.analysis.floors.rows import INCONCLUSIVE, INFERIOR, NON_INFERIOR
from crossoracle.errors import InputError
from crossoracle.results import NAN, Interval
from crossoracle.stats.intervals import interval

HALF = "half"
CLAIMS = "hall"  # the interval that verdicts rest on: see docs/coverage_downstream.md


def kind_of(kind: str, *, two_way: bool) -> str:
    """Return the interval of a difference and of its bounds: `CLAIMS`, but where runs are resampled too.

    The jackknife leaves out clusters of videos, never runs; so there it is the interval asked for.
    """
    return kind if two_way else CLAIMS


@dataclass(frozen=True)
class Margin:
    """How much worse than a repetition still counts as equal: a share of the floor, or a number."""

    share: float | None = None
    absolute: float | None = None

    @classmethod
    def read(cls, text: str) -> Margin:
        """Return a margin as it is written: "half" of the floor, or a number.

        Raises
        ------
        InputError
            It is neither, or not above 0.
        """
        if text == HALF:
            return cls(share=0.5)
        try:
            number = float(text)
        except ValueError:
            number = NAN
        if not (math.isfinite(number) and number > 0):
            raise InputError(f'margin is {text!r}; expected "half" or a number above 0, such as 0.05')
        return cls(absolute=number)

    def __str__(self) -> str:
        return "half the floor" if self.share is not None else "absolute"


@dataclass(frozen=True)
class Judged:
    """A difference with its margin, the one-sided bounds that are held against it, and the verdict."""

    difference: Averaged
    margin: float
    bound: float
    upper_bound: float
    verdict: str | None
    reason: str | None


def judge(
    cross: Averaged, own: Averaged, c: Coefficient, margin: Margin, *, level: float, kind: str
) -> Judged:
    """Return the verdict on cross-agreement against the self-agreement of the reference.

    Undefined (no verdict) when the difference or its bounds are.
    """
    difference = combined([(1.0, cross), (-1.0, own)])
    t = _excess(cross, own, c, margin)
    sign = direction(c)
    size = t.value - sign * difference.value
    nothing = Interval(level=level, kind=kind, reason=difference.barred)
    found = (
        nothing if difference.barred else interval(t.value, t.replicates, t.jackknife, one_sided(level), kind)
    )
    verdict = None
    if math.isfinite(found.low) and math.isfinite(found.high):
        verdict = NON_INFERIOR if found.low > 0 else INFERIOR if found.high < 0 else INCONCLUSIVE
    low, high = (sign * (bound - size) for bound in (found.low, found.high))
    return Judged(difference, size, low, high, verdict, found.reason or difference.reason)


def _excess(cross: Averaged, own: Averaged, c: Coefficient, margin: Margin) -> Averaged:
    """Return T: by how much the difference stays above the margin."""
    sign = direction(c)
    if margin.share is None:
        return combined([(sign, cross), (-sign, own)], margin.absolute or 0.0)
    perfect = 1.0 if sign > 0 else 0.0
    return combined([(sign, cross), (-sign * (1 + margin.share), own)], sign * margin.share * perfect)


def direction(c: Coefficient) -> float:
    """Return 1 where large values mean agreement, -1 for a distance."""
    return -1.0 if "distance" in c.laws else 1.0


def one_sided(level: float) -> float:
    """Return the level of the interval whose bounds each hold with the given level: 0.9 for 0.95.

    Raises
    ------
    InputError
        There is no such interval.
    """
    if level <= 0.5:
        raise InputError(f"level is {level}; expected a number above 0.5, such as 0.95, for one-sided bounds")
    return 2 * level - 1
