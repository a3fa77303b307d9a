"""The search for the number of clusters, or for what a number of them shows; and the rows around the answer.

The closed form is where the search begins. What is simulated there corrects it by the square law (power and
width depend on the root of the number of clusters), a few times over; so the answer was itself simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, isfinite, sqrt
from statistics import fmean

import numpy as np
from scipy.special import ndtri

from crossoracle.analysis.power.contrast import Contrast
from crossoracle.analysis.power.rows import AGREEMENT, CONTRAST, Plan, Plans
from crossoracle.analysis.power.width import Width
from crossoracle.errors import InputError
from crossoracle.stats.paired import wilson

STEPS, LAST = 6, 4  # corrections at most, and widths that are averaged, since each is a simulated one
FEWEST, MOST = 4, 2_000_000  # clusters of a plan
SHARES = (0.5, 0.75, 1.0, 1.5, 2.0)  # of the answer, that are shown beside it
SURE = 0.999  # a simulated power beyond which its distance from the target says little


def for_contrast(one: Contrast, row: Plan, *, difference: float, size: int | None, power: float) -> Plans:
    """Return the plans that find a difference with some power, around the answer.

    Parameters
    ----------
    difference : float
        What is to be found, in accuracy (0 to 1).
    size : int, optional
        Clusters of the study, where they are given; then its power is the answer.
    """
    row = replace(row, question=CONTRAST, value=one.value, level=one.level, difference=difference)
    row = replace(row, closed_form=one.size_closed(difference, power), simulations=one.simulations)
    answer = size or _size_for_power(one, difference, power, row.closed_form)
    return Plans(tuple(_with_power(one, replace(row, answer=n == answer), n) for n in _around(answer)))


def detectable(one: Contrast, row: Plan, *, size: int, power: float) -> Plans:
    """Return the plan of so many clusters, with the difference that it finds with some power."""
    delta = one.detectable_closed(size, power)
    row = replace(row, question=CONTRAST, value=one.value, level=one.level, closed_form=delta, answer=True)
    row = replace(row, simulations=one.simulations)
    reach = float(ndtri((1 + one.level) / 2))
    for _ in range(STEPS):
        found = one.power(size, delta)
        if abs(found - power) <= _noise(power, one.simulations) or not 0 < found < 1:
            break
        delta *= max(reach + ndtri(power), 0.1) / max(reach + ndtri(min(found, SURE)), 0.1)
    return Plans((_with_power(one, replace(row, difference=delta), size),))


def _size_for_power(one: Contrast, difference: float, power: float, start: float) -> int:
    size, reach = _whole(start), float(ndtri((1 + one.level) / 2))
    for _ in range(STEPS):
        found = one.power(size, difference)
        if abs(found - power) <= _noise(power, one.simulations):
            break
        root = max(reach + ndtri(power), 0.1) / max(reach + ndtri(np.clip(found, 1 - SURE, SURE)), 0.1)
        again = _whole(size * float(root) ** 2)
        if again == size:
            break
        size = again
    return size


def _noise(power: float, simulations: int) -> float:
    return float(np.sqrt(power * (1 - power) / simulations))


def _with_power(one: Contrast, row: Plan, clusters: int) -> Plan:
    found = one.power(clusters, row.difference)
    bounds = wilson(found * one.simulations, one.simulations)
    row = replace(row, clusters=clusters, videos=clusters * one.population.videos, power=found)
    return replace(row, power_low=bounds.low, power_high=bounds.high)


def for_width(one: Width, row: Plan, *, width: float | None, size: int | None) -> Plans:
    """Return the plans whose interval is so wide, around the answer; or how wide it is with a given size.

    Raises
    ------
    InputError
        No number of clusters that could be drawn is enough.
    """
    row = replace(row, question=AGREEMENT, value=one.value, level=one.level)
    answer = size or _size_for_width(one, width or 0.0, row)
    found = []
    for n in _around(answer):
        wide = one.width(n)
        why = None if isfinite(wide) else "undefined in more than 5% of the planned studies"
        plan = replace(row, clusters=n, videos=n * one.videos, answer=n == answer)
        found.append(replace(plan, width=wide, reason=why))
    return Plans(tuple(found))


def _size_for_width(one: Width, width: float, row: Plan) -> int:
    """Return the size at which the width, which goes with its root, is met: by the last few simulated."""
    size = _whole(row.closed_form if isfinite(row.closed_form) else max(one.pilot, FEWEST))
    scaled: list[float] = []
    for _ in range(STEPS):
        found = one.width(size)
        if not isfinite(found):
            size = _whole(2 * size)
            continue
        scaled.append(found * sqrt(size))
        size = _whole((fmean(scaled[-LAST:]) / width) ** 2)
    if not scaled:
        none = f"found no interval in planned studies of up to {size // 2:,} clusters"
        raise InputError(f"--width: {none}, expected one; the coefficient is undefined in most of them")
    return size


def _whole(clusters: float) -> int:
    if not clusters <= MOST:
        raise InputError(
            f"the plan would need more than {MOST:,} clusters; expected a larger difference or width"
        )
    return max(ceil(clusters), FEWEST)


def _around(answer: int) -> Iterator[int]:
    yield from dict.fromkeys(max(round(share * answer), 2) for share in SHARES)
