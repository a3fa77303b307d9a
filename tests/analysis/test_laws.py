"""What must not change a difference, and what must turn it around."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.analysis.flips import Flips
from crossoracle.stats.resampling import BLOCK, ClusterWeights
from tests.analysis.made import compared, only, predictions, random_outcomes, weights_of

LED, FULL, INVERTED, BOTTOM = ("a", "led@0"), (None, "full"), ("a", "inverted@0"), ("a", "bottom")
ASKED = ("led@0 - inverted@0",)


@settings(max_examples=20)
@given(st.integers(2, 40), st.integers(0, 10**6))
def test_the_other_way_round_is_the_negative(videos, seed):
    p = predictions(random_outcomes([LED, INVERTED], videos, seed, lost=0.1))
    weights = weights_of(p, 40)
    one = compared(p, "led@0 - inverted@0", weights=weights).differences
    two = compared(p, "inverted@0 - led@0", weights=weights).differences
    for a, b in zip(one, two, strict=True):
        turned = [-b.value, -b.high, -b.low, -b.simultaneous_high, -b.simultaneous_low, -b.tango_high]
        found = [a.value, a.low, a.high, a.simultaneous_low, a.simultaneous_high, a.tango_low]
        assert found == pytest.approx(turned, abs=1e-9, nan_ok=True)
        assert (a.b, a.c) == (b.c, b.b)
        assert [a.p_signflip, a.p_mcnemar] == pytest.approx([b.p_signflip, b.p_mcnemar], nan_ok=True)


def test_a_condition_that_nobody_contrasts_changes_nothing():
    outcomes = random_outcomes([LED, INVERTED, BOTTOM, FULL], 60, lost=0.2)
    few = {key: outcomes[key] for key in (LED, INVERTED)}
    seen = np.flatnonzero(~np.isnan([few[LED], few[INVERTED]]).all(axis=0))
    all_, some = (
        {key: np.asarray(values)[seen] for key, values in table.items()} for table in (outcomes, few)
    )
    one = compared(predictions(all_), *ASKED).differences
    two = compared(predictions(some), *ASKED).differences
    assert repr(one) == repr(two)


def test_the_names_of_the_videos_do_not_matter():
    p = predictions(random_outcomes([LED, FULL], 40), cluster=[i // 2 for i in range(40)])
    other = replace(p, video_id=np.array([f"other {i}" for i in range(40)], dtype=object))
    assert repr(compared(p).differences) == repr(compared(other).differences)


def test_the_order_of_the_clusters_goes_with_their_weights():
    outcomes = random_outcomes([LED, FULL], 40)
    p = predictions(outcomes)
    weights, turned = weights_of(p, 50), {key: np.asarray(v)[::-1] for key, v in outcomes.items()}
    other = replace(weights, matrices={"d": weights.matrices["d"][:, ::-1]})
    one, two = compared(p, weights=weights), compared(predictions(turned), weights=other)
    for a, b in zip(one.differences, two.differences, strict=True):
        assert [a.value, a.low, a.high] == pytest.approx([b.value, b.low, b.high], abs=1e-12)


def test_a_condition_without_oracle_is_joined_to_every_oracle():
    outcomes = random_outcomes([LED, ("b", "led@0"), FULL], 30)
    found = compared(predictions(outcomes))
    assert [row.oracle for row in found.differences.select(dataset="all")] == ["a", "b"]
    copied = {("a", "led@0"): outcomes[LED], ("a", "full"): outcomes[FULL]}
    own = only(compared(predictions(copied)), contrast="full_gap")
    joined = only(found, contrast="full_gap", oracle="a")
    assert (own.value, own.low, own.high, own.b, own.c) == (
        joined.value,
        joined.low,
        joined.high,
        joined.b,
        joined.c,
    )
    assert len(found.accuracies.select(condition="full", dataset="all")) == 1


def test_threads_and_the_size_of_a_pass_change_nothing(monkeypatch):
    from crossoracle.analysis import resampled

    p = predictions(random_outcomes([LED, FULL, INVERTED], 50), label=np.array(["x", "y"] * 25, dtype=object))
    one = compared(p, by="class", threads=1, replicates=300)
    monkeypatch.setattr(resampled, "HELD", 1)
    monkeypatch.setattr(resampled, "CHUNK", 1)
    two = compared(p, by="class", threads=2, replicates=300)
    assert one.differences.to_frame().equals(two.differences.to_frame())
    assert one.accuracies.to_frame().equals(two.accuracies.to_frame())


def test_weights_are_those_of_agreement():
    """The same clusters and seed give the same draws, so replicates of both are joint."""
    p = predictions(random_outcomes([LED, FULL], 30), cluster=[i // 3 for i in range(30)])
    drawn = ClusterWeights({"d": 10}, 199, 7)
    one, two = compared(p, seed=7), compared(p, weights=drawn.stored(), seed=7)
    assert repr(one.differences) == repr(two.differences)


def test_another_seed_gives_other_bounds():
    p = predictions(random_outcomes([LED, FULL], 60))
    assert only(compared(p), contrast="full_gap").low != only(compared(p, seed=1), contrast="full_gap").low


def test_flips_are_fair_signs_and_fewer_are_a_prefix_of_more():
    flips = Flips({"d": BLOCK + 100}, 200, 1)
    first = flips.block("d", 0, 200, 0)
    assert set(np.unique(first)) == {-1, 1}
    assert abs(first.mean()) < 5 / np.sqrt(first.size)
    assert np.array_equal(flips.block("d", 70, 130, 0), first[70:130])
    assert not np.array_equal(flips.block("d", 0, 64, 1), first[:64, :100])
    assert not np.array_equal(Flips({"e": BLOCK}, 200, 1).block("e", 0, 64, 0), first[:64])
