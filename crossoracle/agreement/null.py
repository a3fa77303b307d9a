"""The permutation null of agreement: what remains when each oracle's segments trade places within videos.

Scores and kept flags move together. Two nulls are drawn, shuffles and rotations (`stats.permutation`); the
larger p-value is reported, so that a claim must stand against both.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from crossoracle.agreement.coefficient import Coefficient
from crossoracle.agreement.concordance import grid
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Tallied, point
from crossoracle.agreement.tallying import Row, count, part, rows_of
from crossoracle.stats.permutation import NULLS, p_value, within_videos

LARGEST = 1 << 24  # cells of the largest grid of levels that a draw may build
Where = tuple[Row, str, str | None]


def p_values(
    ratings: Ratings,
    study: Tallied,
    wanted: Sequence[Coefficient],
    draws: int,
    seed: int,
    threads: int | None = None,
) -> dict[Where, float]:
    """Return the p-value of every row and slice of a study; none where ``draws`` is 0.

    Undefined for coefficients that do not depend on the order within videos, and for Kendall's tau-b of
    scores with so many levels that its grid would not fit.
    """
    if draws == 0:
        return {}
    observed = _points(ratings, study, wanted)
    found: dict[Where, float] = {}
    for null in NULLS:
        with ThreadPoolExecutor(threads) as pool:
            drawn = list(
                pool.map(
                    lambda d, null=null: _points(_moved(ratings, null, seed, d), study, wanted), range(draws)
                )
            )
        for where, value in observed.items():
            orientation = where[0].coefficient.orientation
            if orientation:
                p = p_value(value, np.array([d[where] for d in drawn]), orientation)
                found[where] = max(p, found.get(where, 0.0))
    return found


def _moved(ratings: Ratings, null: str, seed: int, draw: int) -> Ratings:
    key = [seed, NULLS.index(null), draw]
    rngs = [np.random.default_rng([*key, g]) for g in range(len(ratings.oracles))]
    return ratings.rearranged([within_videos(ratings.length, null, rng=rng) for rng in rngs])


def _points(ratings: Ratings, study: Tallied, wanted: Sequence[Coefficient]) -> dict[Where, float]:
    keys = {row: key for row, key in study.keys.items() if row not in study.refused}
    counts = count(ratings, keys.values())
    wide = {
        row: ""
        for row, key in keys.items()
        if key in study.pairs and grid(counts.by_key[key].about) > LARGEST
    }
    parts = tuple(part(ratings, p.stratum, p.videos, counts) for p in study.parts)
    moved = Tallied(counts.by_key, keys, parts, study.slices, {}, wide)
    found: dict[Where, float] = {}
    for where in study.slices:
        values = point(moved, where)
        for c in wanted:
            pairs = [v for row, v in values.items() if row.coefficient.name == c.mean_of]
            if pairs:
                values[rows_of(c, len(ratings.oracles))[0]] = float(np.mean(pairs))
        found |= {(row, where.dataset, where.label): v for row, v in values.items()}
    return found
