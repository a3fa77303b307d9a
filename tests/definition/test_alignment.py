"""A video whose segments differ between two oracles is left out of what compares them, and no more."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from tests.handmade import estimates, random_ratings, subset

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
close = {"abs": 1e-12, "nan_ok": True}


@pytest.fixture(scope="module")
def broken():
    """Ratings of which some videos are apart for some pairs of oracles."""
    rng = np.random.default_rng(4)
    ratings = random_ratings(rng, videos=25, datasets=1)
    apart = np.triu(rng.random((ratings.videos, 3, 3)) < 0.25, 1)
    return replace(ratings, aligned=~(apart | apart.transpose(0, 2, 1)))


def test_pairs_are_compared_where_they_line_up(broken):
    found = estimates(broken, levels=LEVELS)
    for a, b in combinations(range(3), 2):
        whole = replace(subset(broken, np.flatnonzero(broken.aligned[:, a, b])), aligned=None)
        alone = estimates(whole, levels=LEVELS)
        for key in [key for key in found if key[1:] == (broken.oracles[a], broken.oracles[b])]:
            assert found[key].value == pytest.approx(alone[key].value, **close), key
            assert found[key].n_segments == alone[key].n_segments
            assert found[key].n_left_out == alone[key].n_left_out + broken.videos - whole.videos


def test_all_oracles_are_compared_where_all_line_up(broken):
    found = estimates(broken, levels=LEVELS)
    alone = estimates(subset(broken, np.flatnonzero(broken.aligned.all(axis=(1, 2)))), levels=LEVELS)
    for name in [name for name, c in COEFFICIENTS.items() if c.of == "all" and not c.mean_of]:
        assert found[name, "", ""].value == pytest.approx(alone[name, "", ""].value, **close), name
