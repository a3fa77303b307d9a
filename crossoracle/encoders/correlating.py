"""How a two-tower is learned from captioned frames: regularised canonical correlations, in closed form.

Tokens are the words of captions and their pairs of neighbours, but for those that stand in nearly all or
hardly any. With X standardised features and Y standardised tokens, both covariances are shrunk towards the
identity, and the singular vectors of Cxx^(-1/2) Cxy Cyy^(-1/2) span the space.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.two_tower import PAIR, Floats, Towers, parts, unit
from crossoracle.errors import InputError

DIMENSIONS, LEAST_STRENGTH = 32, 0.02
"""Of the space: so many directions, of which each is a correlation of at least so much."""

SHRINKAGE = 0.1
"""How far covariances are drawn towards the identity."""

RARE, COMMON = 0.005, 0.95
"""Tokens of a smaller or a larger share of the captions are left out."""

LEAST_SPREAD = 1e-3
SCALES = (1.0, 100.0)
"""Between which the scale of cosines is sought; CLIP holds its own below 100."""


def learn(rows: NDArray[np.floating], captions: Sequence[str]) -> Towers:
    """Learn from frames and what is said of each.

    Parameters
    ----------
    rows : float array, (n, features)
        As of `crossoracle.encoders.two_tower.stacked`.
    captions : sequence of str
        One for each row.

    Raises
    ------
    InputError
        The captions have no words by which frames could be told apart.
    """
    import scipy.linalg  # loaded before its threads are limited
    from threadpoolctl import threadpool_limits

    told = [tokens_of(caption) for caption in captions]
    counts = Counter(token for one in told for token in one)
    known = sorted(token for token, n in counts.items() if RARE <= n / len(told) <= COMMON)
    if len(known) < 2:
        raise InputError(
            f"captions: found {len(known)} words in {len(told)} of them that tell frames apart, expected "
            "several; describe what differs between frames"
        )
    said = np.array([[token in one for token in known] for one in told], dtype=np.float64)
    with threadpool_limits(1):  # how many there are would change the last digits
        found = _directions(np.asarray(rows, dtype=np.float64), said, scipy.linalg)
        return _scaled(Towers(tuple(known), *found, np.array(1.0)), rows, captions)


def tokens_of(text: str) -> set[str]:
    """Return the words of a text, and its pairs of neighbours.

    Examples
    --------
    >>> sorted(tokens_of("red ring, circling"))
    ['circling', 'red', 'red ring', 'ring']
    """
    return {token for part in parts(text) for token in (*part, *map(PAIR.join, pairwise(part)))}


def _directions(x: Floats, said: Floats, linalg: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """Return centre and spread of features, and what leads from them and from tokens into the space.

    The sign of a direction is open; here, the largest of its features counts positively.
    """
    centre, spread = x.mean(axis=0), np.maximum(x.std(axis=0), LEAST_SPREAD)
    x, weight = (x - centre) / spread, said.std(axis=0)
    y = (said - said.mean(axis=0)) / weight
    roots = [linalg.cholesky(_shrunk(one.T @ one / len(one)), lower=True) for one in (x, y)]
    both = linalg.solve_triangular(roots[0], x.T @ y / len(x), lower=True)
    both = linalg.solve_triangular(roots[1], both.T, lower=True).T
    left, strength, right = linalg.svd(both, full_matrices=False)
    kept = np.flatnonzero(strength > LEAST_STRENGTH)[:DIMENSIONS]
    root = np.sqrt(strength[kept])
    pictures = linalg.solve_triangular(roots[0], left[:, kept] * root, lower=True, trans="T")
    words = linalg.solve_triangular(roots[1], right[kept].T * root, lower=True, trans="T")
    sign = np.sign(pictures[np.abs(pictures).argmax(axis=0), np.arange(len(kept))])
    return centre, spread, pictures * sign, words * sign / weight[:, None]


def _shrunk(covariance: Floats) -> Floats:
    return (1 - SHRINKAGE) * covariance + SHRINKAGE * np.eye(len(covariance))


def _scaled(towers: Towers, rows: NDArray[np.floating], captions: Sequence[str]) -> Towers:
    """Return towers with the scale at which the captions of frames are likeliest among all that there are."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    distinct, which = np.unique(np.array(captions), return_inverse=True)
    read = [towers.read(str(one)).sum(axis=0) for one in distinct]
    cosines = (towers.see(rows) @ unit(np.stack(read)).T).astype(np.float64)
    own = np.arange(len(cosines)), which

    def loss(scale: float) -> float:
        return -float(log_softmax(scale * cosines, axis=1)[own].mean())

    best = minimize_scalar(loss, bounds=SCALES, method="bounded").x
    return replace(towers, scale=np.array(float(best)))
