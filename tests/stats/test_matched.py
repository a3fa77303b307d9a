"""Matched outcomes against published tables, and against what must hold of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar

from crossoracle.stats.matched import (
    cochran_q,
    mcnemar_midp,
    newcombe,
    tango,
    tango_noninferior,
    tango_score,
)

TWELVE = "0001 0001 0001 1111 1001 0101 1001 0001 0100 0000 1001 0011"
COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).filter(lambda t: sum(t) > 0)


@pytest.mark.parametrize(
    ("b", "c", "n", "level", "low", "high"),
    [
        (1, 7, 21, 0.95, -0.5172323, -0.026003),  # Bentur et al. (2009), in Fagerland et al. (2014)
        (9, 3, 32, 0.95, -0.0270905, 0.3896975),  # Tango (1998), Table VII
        (0, 1, 44, 0.90, -0.0956624, 0.0365169),  # Tango (1998), Table V
        (16, 8, 86, 0.95, -0.0196589, 0.2069108),  # Agresti & Min (2005)
        (40, 20, 160, 0.95, 0.030865, 0.218064),  # PropCIs::scoreci.mp
    ],
)
def test_tango_as_published(b, c, n, level, low, high):
    found = tango(b, c, n, level)
    assert (found.low, found.high) == pytest.approx((low, high), abs=3e-6)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((20, 12, 2, 16), 0.0562, 0.3292),  # Newcombe (1998), method 10
        ((1, 1, 7, 12), -0.507, -0.026),  # Bentur et al. (2009), in Fagerland et al. (2014)
    ],
)
def test_newcombe_as_published(counts, low, high):
    found = newcombe(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-4)


@given(counts=st.tuples(*[st.integers(0, 60)] * 4).filter(lambda t: sum(t) > 0))
def test_newcombe_holds_the_difference_and_mirrors(counts):
    both, b, c, neither = counts
    value = (b - c) / sum(counts)
    found, mirrored = newcombe(*counts), newcombe(both, c, b, neither)
    assert -1 - 1e-9 <= found.low <= value <= found.high <= 1 + 1e-9
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), abs=1e-12)
    assert newcombe(0, 0, 0, 0).reason == "no pairs"


def test_noninferiority_as_published():
    # Tango (1998), Table V: z = 1.709, p = 0.044 against a margin of 10 %
    assert tango_score(0, 1, 44, -0.1) == pytest.approx(1.709, abs=6e-4)
    assert tango_noninferior(0, 1, 44, 0.1) == pytest.approx(0.044, abs=6e-4)


def test_midp_as_published():
    assert mcnemar_midp(1, 7) == pytest.approx(0.0391, abs=6e-5)  # Fagerland et al. (2013)
    assert mcnemar_midp(0, 0) == 1


def test_cochran_as_published():
    # statsmodels' own example, 12 subjects and 4 conditions
    right = np.array(
        [[int(digit) for digit in row] for row in TWELVE.split()],
        dtype=bool,
    )
    q, df, p = cochran_q(right)
    assert (q, df, p) == pytest.approx((13.2857143, 3, 0.00405776), abs=1e-6)


def test_cochran_of_equal_answers_is_undefined():
    assert np.isnan(cochran_q(np.ones((5, 3), dtype=bool))[0])


@given(COUNTS)
def test_midp_lies_below_the_exact_test_and_is_symmetric(counts):
    b, c, _ = counts
    assert mcnemar_midp(b, c) == mcnemar_midp(c, b)
    assert mcnemar_midp(b, c) <= mcnemar([[0, b], [c, 0]], exact=True).pvalue + 1e-12


@given(COUNTS)
def test_tango_holds_the_difference_and_mirrors(counts):
    b, c, rest = counts
    n = b + c + rest
    found, mirrored = tango(b, c, n), tango(c, b, n)
    assert -1 <= found.low <= (b - c) / n <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-7)


def test_nothing_to_compare_is_undefined():
    assert np.isnan(tango(0, 0, 0).low)
    assert tango(0, 0, 0).reason == "no pairs"
