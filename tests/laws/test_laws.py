"""One test per law, over every coefficient that declares it."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.numpy import arrays

from crossoracle.agreement.catalogue import COEFFICIENTS
from tests.handmade import rate, values

LAWS = {"symmetric", "antisymmetric", "perfect", "bounded", "distance", "monotone", "affine", "relabelled"}
close = {"abs": 1e-9, "rel": 1e-9, "nan_ok": True}
examples = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def obeying(law: str, reads: str | None = None) -> list[str]:
    return [name for name, c in COEFFICIENTS.items() if law in c.laws and reads in (None, c.reads)]


@st.composite
def ratings(draw):
    """Draw two or three oracles on a few short videos, in eighths, with gaps in scores and in flags."""
    length = draw(st.lists(st.integers(1, 6), min_size=1, max_size=6))
    shape = (draw(st.integers(2, 3)), sum(length))
    most = draw(st.sampled_from([1, 2, 8]))
    score = draw(arrays(np.int8, shape, elements=st.integers(0, most))) / 8
    kept = draw(arrays(np.int8, shape, elements=st.integers(-1, 1)))
    gaps = draw(arrays(np.bool_, shape, elements=st.booleans())) if draw(st.booleans()) else False
    return rate(np.where(gaps, np.nan, score), length, kept=kept)


def mapped(rated, to: dict[float, float]):
    """Return the same ratings with every score replaced."""
    known = ~np.isnan(rated.score)
    score = rated.score.copy()
    score[known] = [to[x] for x in rated.score[known]]
    return replace(rated, score=score)


def levels(rated) -> list[float]:
    return np.unique(rated.score[~np.isnan(rated.score)]).tolist()


def test_every_law_is_tested_and_every_coefficient_obeys_one():
    assert set().union(*(c.laws for c in COEFFICIENTS.values())) == LAWS
    assert not [name for name, c in COEFFICIENTS.items() if not c.laws]


@examples
@given(ratings(), st.randoms(use_true_random=False))
def test_symmetric_and_antisymmetric(rated, random):
    order = random.sample(range(len(rated.oracles)), len(rated.oracles))
    found = values(rated, *obeying("symmetric"), *obeying("antisymmetric"))
    moved = values(
        replace(rated, score=rated.score[order], kept=rated.kept[order]),
        *obeying("symmetric"),
        *obeying("antisymmetric"),
    )
    for (name, a, b), value in moved.items():
        first, second = (rated.oracles[order[rated.oracles.index(x)]] if x else "" for x in (a, b))
        sign = -1 if first > second and "antisymmetric" in COEFFICIENTS[name].laws else 1
        assert value == pytest.approx(sign * found[name, *sorted((first, second))], **close), name


@examples
@given(ratings())
def test_perfect(rated):
    k = len(rated.oracles)
    same = replace(rated, score=np.tile(rated.score[:1], (k, 1)), kept=np.tile(rated.kept[:1], (k, 1)))
    for key, value in values(same, *obeying("perfect")).items():
        assert np.isnan(value) or value == pytest.approx(1, **close), key


def test_perfect_agreement_has_a_value():
    score, kept = np.tile([0, 0.5, 1, 0.25, 0.75, 1], (3, 1)), np.tile([0, 1, 1, 0, 0, 1], (3, 1))
    found = values(rate(score, [3, 3], kept=kept), *obeying("perfect"))
    assert found == pytest.approx(dict.fromkeys(found, 1.0))


@examples
@given(ratings())
def test_bounded(rated):
    for (name, a, b), value in values(rated, *obeying("bounded")).items():
        c = COEFFICIENTS[name]
        assert np.isnan(value) or c.low - 1e-9 <= value <= c.high + 1e-9, (name, a, b)


@pytest.mark.parametrize(
    "rated",
    [
        rate([[0, 1, 0.5], [1, 0, 0.5]]),
        rate([[0] * 10, [1, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92, 0.91]]),
        rate([[0] + [1] * 10, [1] + [None] * 10], kept=[[0] + [1] * 10, [1] + [-1] * 10]),
    ],
    ids=["no variance between segments", "levels crowded at one end", "segments that one oracle rates"],
)
def test_bounded_where_ranges_are_easily_thought_narrower(rated):
    for key, value in values(rated, *obeying("bounded")).items():
        c = COEFFICIENTS[key[0]]
        assert np.isnan(value) or c.low - 1e-9 <= value <= c.high + 1e-9, key


@examples
@given(ratings())
def test_distance(rated):
    names = obeying("distance")
    k = len(rated.oracles)
    same = replace(rated, score=np.tile(rated.score[:1], (k, 1)), kept=np.tile(rated.kept[:1], (k, 1)))
    assert all(np.isnan(v) or v == 0 for v in values(same, *names).values())
    complete = replace(rated, score=np.nan_to_num(rated.score), kept=np.maximum(rated.kept, 0))
    found = values(complete, *names)
    assert all(value >= 0 for value in found.values())
    if k == 3:
        for name in names:
            sides = [found[name, "o0", "o1"], found[name, "o1", "o2"], found[name, "o0", "o2"]]
            assert 2 * max(sides) <= sum(sides) + 1e-12


@examples
@given(ratings(), st.data())
def test_monotone(rated, data):
    known = levels(rated)
    steps = data.draw(st.lists(st.integers(1, 50), min_size=len(known), max_size=len(known)))
    stretched = mapped(rated, dict(zip(known, np.cumsum(steps) / 512, strict=True)))
    names = obeying("monotone")
    assert values(stretched, *names) == pytest.approx(values(rated, *names), **close)


@examples
@given(ratings(), st.sampled_from([0.25, 0.5]), st.sampled_from([0, 0.125, 0.5]))
def test_affine(rated, slope, start):
    names = obeying("affine")
    moved = replace(rated, score=start + slope * rated.score)
    assert values(moved, *names) == pytest.approx(values(rated, *names), **close)


@examples
@given(ratings(), st.randoms(use_true_random=False))
def test_relabelled(rated, random):
    known = levels(rated)
    names = obeying("relabelled")
    other = mapped(rated, dict(zip(known, random.sample(known, len(known)), strict=True)))
    other = replace(other, kept=np.where(rated.kept < 0, -1, 1 - rated.kept))
    assert values(other, *names) == pytest.approx(values(rated, *names), **close)
