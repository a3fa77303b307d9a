"""Cochran's Q in `compare`: whether a recognizer is right equally often under all conditions."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import cochrans_q

from tests.analysis.made import FAIL, compared, predictions, random_outcomes

KEYS = [(None, "full"), ("a", "led@0"), ("a", "inverted@0")]


def _tests(found):
    return [test for test in found.tests if "Cochran" in test.family]


def test_it_is_that_of_statsmodels_on_the_videos_with_all_conditions():
    outcomes = random_outcomes(KEYS, 60, seed=3)
    outcomes["a", "led@0"] = np.where(np.arange(60) < 5, FAIL, outcomes["a", "led@0"])
    (test,) = _tests(compared(predictions(outcomes)))
    rows = np.array([outcomes[key] for key in KEYS]).T[5:].astype(int)
    expected = cochrans_q(rows)
    assert test.statistic == pytest.approx(expected.statistic)
    assert (test.df, test.p, test.p_adjusted) == ("2", *[pytest.approx(expected.pvalue)] * 2)
    assert test.test == "a: 3 conditions, 55 videos"


def test_there_is_none_where_a_cluster_holds_several_videos():
    outcomes = random_outcomes(KEYS, 60, seed=3)
    assert not _tests(compared(predictions(outcomes, cluster=[i // 2 for i in range(60)])))


def test_two_conditions_are_left_to_mcnemar():
    assert not _tests(compared(predictions(random_outcomes(KEYS[1:], 60, seed=3))))


def test_pooled_and_by_dataset_are_families_of_their_own():
    outcomes = random_outcomes(KEYS, 60, seed=3)
    found = _tests(compared(predictions(outcomes, dataset=["d"] * 30 + ["e"] * 30)))
    assert [test.dataset for test in found] == ["all", "d", "e"]
    assert len({test.family for test in found}) == 3


def test_answers_that_are_all_equal_are_undefined():
    (test,) = _tests(compared(predictions({key: [1.0] * 9 for key in KEYS})))
    assert np.isnan([test.statistic, test.p, test.p_adjusted]).all()
