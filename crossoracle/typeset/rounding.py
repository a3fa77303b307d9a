"""How many digits a number is worth: as many as its own interval lets one read."""

from __future__ import annotations

import math

FEWEST, MOST = 1, 4
SIGNIFICANT = 2
WITHOUT = 2


def decimals(low: float, high: float) -> int:
    """Return the number of decimals that leaves half the width of an interval two significant digits.

    Between 1 and 4; 2 where there is no interval, or none of any width.

    Examples
    --------
    >>> decimals(0.577, 0.644), decimals(0.12, 0.98), decimals(1.0, 1.0)
    (3, 2, 2)
    """
    half = (high - low) / 2
    if not half > 0 or not math.isfinite(half):
        return WITHOUT
    return min(max(SIGNIFICANT - 1 - math.floor(math.log10(half)), FEWEST), MOST)
