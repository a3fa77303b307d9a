"""Every coefficient of the catalogue equals its definition, written from the literature as plain loops."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from tests.definition import categories, scores, sets
from tests.definition.plain import plain
from tests.handmade import random_ratings, values

PAIR = categories.PAIR | scores.PAIR | sets.PAIR
ALL = categories.ALL | scores.ALL | sets.ALL
CASES = {
    "ties and gaps": {},
    "complete": {"missing": 0.0},
    "two oracles": {"oracles": 2},
    "four oracles, half missing": {"oracles": 4, "missing": 0.5},
    "no ties": {"levels": None},
    "two levels": {"levels": 2, "videos": 5},
    "long videos": {"longest": 20, "videos": 4},
    "hardly any data": {"videos": 2, "longest": 2, "missing": 0.4},
}
SEEDS = range(3)


@cache
def study(case: str, seed: int):
    ratings = random_ratings(np.random.default_rng(seed), **CASES[case])
    return ratings, plain(ratings), values(ratings)


@pytest.mark.parametrize("name", COEFFICIENTS)
@pytest.mark.parametrize("case", CASES)
def test_equals_the_slow_definition(name, case):
    for seed in SEEDS:
        ratings, videos, found = study(case, seed)
        for (statistic, a, b), value in found.items():
            if statistic == name:
                pair = (ratings.oracles.index(a), ratings.oracles.index(b)) if a else ()
                slow = PAIR[name](videos, *pair) if a else ALL[name](videos)
                assert value == pytest.approx(np.nan if slow is None else slow, abs=1e-10, nan_ok=True)


def test_no_coefficient_is_without_a_definition():
    assert {name for name, c in COEFFICIENTS.items() if c.of == "pair"} == PAIR.keys()
    assert {name for name, c in COEFFICIENTS.items() if c.of == "all"} == ALL.keys()


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_most_cases_have_a_value(name):
    found = [
        v for case in CASES for seed in SEEDS for (s, *_), v in study(case, seed)[2].items() if s == name
    ]
    assert np.isfinite(found).mean() > 0.7
