"""Other libraries find the same values; `make test` installs all that the core may not be built upon."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.agreement import crosscheck
from crossoracle.agreement.crosscheck import Check, Checks, cross_check
from crossoracle.agreement.run import Options, agree
from crossoracle.results import Estimates
from tests.handmade import EVERYTHING, random_ratings, rate

CASES = {
    "ties and gaps": {"videos": 30},
    "complete": {"videos": 30, "missing": 0.0},
    "no ties": {"videos": 12, "levels": None},
    "two oracles": {"videos": 20, "oracles": 2},
}


def checks(ratings):
    return cross_check(ratings, agree(ratings, Options(EVERYTHING, replicates=1, threads=1)).estimates)


@pytest.mark.parametrize("case", CASES)
def test_values_are_those_of_other_libraries(case):
    found = checks(random_ratings(np.random.default_rng(1), **CASES[case]))
    assert len(found) > 10
    assert found.largest.difference < 1e-9, found.largest


def test_every_library_is_asked():
    found = checks(random_ratings(np.random.default_rng(2), videos=20, missing=0.0))
    assert {"scipy", "scikit-learn", "statsmodels", "krippendorff"} <= {c.library for c in found}
    assert len({c.statistic for c in found}) >= 20


@pytest.mark.parametrize("score", [[[0.7] * 6, [0.7] * 6], [[0.5, None] * 3, [None, 0.5] * 3]])
def test_nothing_is_asked_about_what_is_undefined(score):
    found = checks(rate(score, [3, 3], kept=np.ones((2, 6))))
    assert all(c.difference < 1e-9 for c in found)


def test_what_is_not_checked_is_named_with_the_reason(monkeypatch):
    monkeypatch.setattr(crosscheck, "find_spec", lambda name: None)
    found = checks(random_ratings(np.random.default_rng(2), videos=20))
    assert {c.library for c in found} == {"scipy", "scikit-learn"}
    assert {c.statistic for c in found} | found.unchecked.keys() == set(EVERYTHING)
    assert not {c.statistic for c in found} & found.unchecked.keys()
    assert found.unchecked["alpha_nominal"] == crosscheck.MISSING["krippendorff"]
    assert found.unchecked["conger_kappa"] == crosscheck.MISSING["irrCAC"]
    assert found.unchecked["fleiss_kappa"] == crosscheck.INCOMPLETE
    assert found.unchecked["icc_2_1"] == crosscheck.NO_COUNTERPART


def test_many_levels_and_undefined_values_are_reasons():
    found = checks(random_ratings(np.random.default_rng(2), videos=60, levels=None, missing=0.0))
    assert found.unchecked["kappa_linear"] == found.unchecked["alpha_interval"] == crosscheck.MANY_LEVELS
    found = checks(rate([[0.5] * 6, [0.5] * 6], [3, 3], kept=np.ones((2, 6))))
    assert found.unchecked["spearman"] == found.unchecked["cohen_kappa"] == crosscheck.UNDEFINED


def test_given_levels_are_a_reason():
    ratings = random_ratings(np.random.default_rng(2))
    found = cross_check(ratings, agree(ratings, Options(replicates=1)).estimates, as_they_come=False)
    assert "levels are given" in found.unchecked["cohen_kappa_levels"]


def test_nothing_to_check():
    assert cross_check(random_ratings(np.random.default_rng(3)), Estimates()).largest is None


def test_a_library_without_a_value_differs_most():
    checks = [Check("pearson", "a", "b", "scipy", 0.5, theirs) for theirs in (0.5, np.nan, 0.6)]
    assert np.isnan(Checks(tuple(checks)).largest.theirs)
