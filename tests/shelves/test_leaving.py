"""A jackknife from sums says what one from values says, whole or in parts."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.estimation import Sampled
from crossoracle.agreement.leaving import LeftOut, Moments
from crossoracle.agreement.tallying import Row
from crossoracle.stats.equality import jackknife_covariance
from crossoracle.stats.intervals import Jackknife

NOTHING = np.empty(0)
KAPPA = COEFFICIENTS["cohen_kappa"]
PAIRS = ((0, 1), (0, 2), (1, 2))


def samples(rng: np.random.Generator, sizes: tuple[int, ...], *, all_enter: bool = False) -> list[Sampled]:
    """Return three rows whose left-out values depend on each other, some of which clusters do not enter."""
    n = sum(sizes)
    stratum = np.repeat(np.arange(len(sizes)), sizes)
    common = rng.exponential(size=n) / n
    found = []
    for g, pair in enumerate(PAIRS):
        enters = np.ones(n, dtype=bool) if all_enter else rng.random(n) > 0.2
        theta = 0.3 + 0.1 * g
        left = np.where(enters, theta + common * (g + 1) + rng.standard_normal(n) / n + stratum / n, theta)
        strata = tuple(f"s{h}" for h in range(len(sizes)))
        found.append(Sampled(Row(KAPPA, pair), theta, NOTHING, left, enters, stratum, strata, np.ones(n)))
    return found


def part(rows: list[Sampled], some: np.ndarray) -> Moments:
    keep = {name: [getattr(s, name)[some] for s in rows] for name in ("left_out", "enters", "stratum")}
    return Moments.of([replace(s, **{name: of[i] for name, of in keep.items()}) for i, s in enumerate(rows)])


def summed(rows: list[Sampled], parts: int = 3) -> LeftOut:
    stratum, names = rows[0].stratum, rows[0].strata
    places = {name: np.flatnonzero(stratum == h) for h, name in enumerate(names)}
    return LeftOut(
        {
            name: reduce(add, (part(rows, some) for some in np.array_split(of, parts) if len(some)))
            for name, of in places.items()
        }
    )


@pytest.mark.parametrize("sizes", [(50,), (30, 21, 1), (2, 40)])
@pytest.mark.parametrize("all_enter", [True, False])
def test_a_jackknife_from_sums_is_that_from_values(sizes, all_enter):
    rows = samples(np.random.default_rng(len(sizes)), sizes, all_enter=all_enter)
    found = summed(rows)
    for at, s in enumerate(rows):
        alike(found.jackknife(at), s.jackknife, s.value)
    for a, b in ((0, 1), (2, 0)):
        one, two = rows[a], rows[b]
        enters = one.enters | two.enters
        values = Jackknife((one.left_out - two.left_out)[enters], one.stratum[enters])
        alike(found.between(a, b), values, one.value - two.value)


def alike(one: Jackknife, other: Jackknife, theta: float) -> None:
    assert (one.clusters, one.strata) == (other.clusters, other.strata)
    assert one.se == pytest.approx(other.se, rel=1e-12)
    assert one.acceleration == pytest.approx(other.acceleration, rel=1e-10)
    assert one.bias(theta) == pytest.approx(other.bias(theta), rel=1e-10)
    assert one.p(0.01) == pytest.approx(other.p(0.01), rel=1e-10)


@pytest.mark.parametrize("which", [(0, 1, 2), (0, 2)])
def test_a_covariance_from_sums_is_that_from_values(which):
    rows = samples(np.random.default_rng(3), (30, 21, 1))
    covariance, free = summed(rows).covariance(which)
    enters = np.any([rows[a].enters for a in which], axis=0)
    stratum = rows[0].stratum[enters]
    expected = jackknife_covariance(np.stack([rows[a].left_out[enters] for a in which]), stratum)
    np.testing.assert_allclose(covariance, expected, rtol=1e-12)
    assert free == enters.sum() - len(np.unique(stratum))


def test_an_undefined_left_out_value_is_no_standard_error():
    rows = samples(np.random.default_rng(1), (9,), all_enter=True)
    rows[1].left_out[4] = np.nan
    found = summed(rows)
    assert np.isnan(found.jackknife(1).se)
    assert np.isnan(found.jackknife(1).acceleration)
    assert np.isnan(found.between(0, 1).se)
    assert found.between(0, 2).se > 0


def test_one_cluster_is_no_standard_error():
    rows = samples(np.random.default_rng(1), (1, 1), all_enter=True)
    assert np.isnan(summed(rows, 1).jackknife(0).se)
    assert summed(rows, 1).alone(0) == []


def test_strata_of_one_cluster_are_named():
    rows = samples(np.random.default_rng(1), (5, 1), all_enter=True)
    assert summed(rows, 1).alone(0) == ["s1"]
