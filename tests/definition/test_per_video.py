"""The per_video table against a slow double loop: the mean over pairs, and what entered it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr

from crossoracle.agreement.run import Options, agree
from tests.handmade import random_ratings, rate


def _found(ratings):
    table = agree(ratings, Options(("spearman_within", "jaccard"), replicates=1, threads=1)).per_video
    return {(row.statistic, row.video_id): row for row in table.itertuples()}


def _slow(ratings, v):
    """Return, for each statistic, what each pair has: (value, segments that both rated)."""
    own = slice(ratings.offset[v], ratings.offset[v + 1])
    scores, kept = ratings.score[:, own], ratings.kept[:, own]
    found = {"spearman_within_all": {}, "jaccard_all": {}}
    for a, b in combinations(range(len(scores)), 2):
        both = ~np.isnan(scores[[a, b]]).any(axis=0)
        x, y = scores[a, both], scores[b, both]
        if both.any() and np.ptp(x) > 0 and np.ptp(y) > 0:
            found["spearman_within_all"][a, b] = (spearmanr(x, y).statistic, both)
        both = (kept[[a, b]] >= 0).all(axis=0)
        x, y = kept[a, both] == 1, kept[b, both] == 1
        if (x | y).any():
            found["jaccard_all"][a, b] = ((x & y).sum() / (x | y).sum(), both)
    return found


@pytest.mark.parametrize("missing", [0.1, 0.6])
def test_the_counts_are_of_what_entered(missing):
    ratings = random_ratings(np.random.default_rng(4), oracles=4, videos=40, missing=missing, longest=6)
    table, seen = _found(ratings), set()
    for v in range(ratings.videos):
        for statistic, pairs in _slow(ratings, v).items():
            row = table.get((statistic, ratings.video_id[v]))
            assert (row is None) == (not pairs)
            if row is None:
                continue
            assert row.value == pytest.approx(np.mean([value for value, _ in pairs.values()]), abs=1e-12)
            assert row.n_pairs == len(pairs)
            assert row.n_oracles == len({oracle for pair in pairs for oracle in pair})
            assert row.n_segments == np.any([both for _, both in pairs.values()], axis=0).sum()
            seen.add(row.n_pairs)
    assert len(seen) > 1


def test_an_oracle_that_rated_but_is_constant_does_not_count():
    row = _found(rate([[0.1, 0.5, 0.9], [0.2, 0.3, 0.4], [0.5, 0.5, 0.5]], [3]))[
        "spearman_within_all", "v00000"
    ]
    assert (row.n_oracles, row.n_pairs) == (2, 1)
