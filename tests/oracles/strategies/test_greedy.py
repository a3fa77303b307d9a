"""Greedy removal: the order, the threshold, ties, what fails, and how many calls it takes."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossoracle.oracles.greedy import Greedy
from crossoracle.oracles.oracle import Verified
from crossoracle.replies import VerifyRead


def _ask(oracle, clip, **how):
    return asyncio.run(Greedy(**how)(oracle, clip, 0))


def _weighted(*weights: float):
    """Return a script: P(YES) is the share of the weights that is shown."""
    return lambda shown: sum(weights[i] for i in shown) / sum(weights)


def test_what_can_be_spared_goes_first(scripted, clip):
    oracle = scripted(_weighted(1, 6, 2, 1))
    found = _ask(oracle, clip(4))
    # 0 and 3 are spared at once (ties: the lower first), then 2; without 1 the rest would be 0
    assert [row["score"] for row in found.scores] == [0 / 3, 1.0, 2 / 3, 1 / 3]
    assert [row["kept"] for row in found.scores] == [False, True, False, False]
    assert found.precheck["outcome"] == "yes"
    assert found.precheck["calls"] == 1 + 4 + 3 + 2 == len(oracle.asked)


def test_it_stops_where_nothing_more_can_be_spared(scripted, clip):
    oracle = scripted(_weighted(1, 3, 3, 3))
    found = _ask(oracle, clip(4))
    # without 0: 0.9; then without any other: 0.6; then 0.3, which is too little
    assert [row["score"] for row in found.scores] == [0.0, 1 / 3, 1.0, 1.0]
    assert [row["kept"] for row in found.scores] == [False, False, True, True]
    assert found.precheck["calls"] == 1 + 4 + 3 + 2


def test_p_yes_must_stay_above_the_threshold_not_at_it(scripted, clip):
    oracle = scripted(_weighted(1, 1))
    assert [row["kept"] for row in _ask(oracle, clip(2)).scores] == [True, True]
    assert [row["kept"] for row in _ask(oracle, clip(2), threshold=0.49).scores] == [False, True]


def test_every_p_yes_is_recorded_with_its_round(scripted, clip):
    oracle = scripted(_weighted(1, 3, 4))
    rows = _ask(oracle, clip(3)).removals
    shown = [(row["step"], row["segment"], round(row["p_yes"], 3), row["removed"]) for row in rows]
    assert shown == [
        (0, None, 1.0, False),
        (1, 0, 0.875, True),
        (1, 1, 0.625, False),
        (1, 2, 0.5, False),
        (2, 1, 0.5, False),
        (2, 2, 0.375, False),
    ]


def test_the_verifications_of_a_round_run_at_the_same_time(scripted, clip):
    oracle = scripted(_weighted(1, 1, 1, 1, 1))
    _ask(oracle, clip(5))
    assert oracle.most_at_once == 5


@pytest.mark.parametrize(("p", "outcome", "n"), [(0.9, "yes", 1), (0.1, "no", 0)])
def test_a_video_of_one_segment(p, outcome, n, scripted, clip):
    found = _ask(scripted(lambda shown: p), clip(1))
    assert found.precheck["outcome"] == outcome
    assert found.precheck["calls"] == 1
    assert [(row["score"], row["kept"]) for row in found.scores] == [(1.0, True)] * n


@pytest.mark.parametrize("outcome", ["no", "skip", "refused", "unparsed", "truncated", "error"])
def test_a_video_that_is_not_recognised_is_asked_about_once(outcome, scripted, clip):
    oracle = scripted(lambda shown: outcome)
    found = _ask(oracle, clip(4))
    assert found.precheck["outcome"] == outcome
    assert found.precheck["detail"] == "scripted"
    assert found.scores == []
    assert len(oracle.asked) == 1


def test_a_verification_without_p_yes_spares_its_segment(scripted, clip):
    oracle = scripted(lambda shown: "refused" if shown == {1, 2} else _weighted(1, 4, 5)(shown))
    found = _ask(oracle, clip(3))
    assert [row["removed"] for row in found.removals if row["step"] == 1] == [False, True, False]
    assert "1 verification without P(YES)" in found.precheck["detail"]
    assert found.precheck["cost_usd"] == 0.25 * found.precheck["calls"]


def test_a_call_that_failed_for_good_ends_the_video_without_scores(scripted, clip):
    oracle = scripted(lambda shown: "error" if len(shown) == 2 else 0.9)
    found = _ask(oracle, clip(3))
    assert found.precheck["outcome"] == "error"
    assert found.precheck["detail"] == "scripted"
    assert found.scores == []


def test_an_oracle_without_p_yes_is_told_so(scripted, clip):
    from dataclasses import replace

    oracle = scripted(lambda shown: 0.9)
    real = oracle.verify

    async def verify(clip, *, sample=0):
        return replace(await real(clip, sample=sample), p_yes=None)

    oracle.verify = verify
    found = _ask(oracle, clip(3))
    assert found.precheck["outcome"] == "error"
    assert "--strategy direct" in found.precheck["detail"]


@pytest.mark.parametrize("operator", ["black", "freeze", "blur", "mean"])
def test_masked_clips_keep_their_shape(operator, scripted, clip):
    seen = []

    class Looking(scripted):
        async def verify(self, clip, *, sample=0):
            seen.append((clip.segments, len(clip.frames), clip.digest))
            return Verified(VerifyRead("yes"), 0.9, "logprobs", None)

    whole = clip(3)
    _ask(Looking(None), whole, operator=operator)
    assert {(segments, n) for segments, n, _ in seen} == {(whole.segments, 3)}
    assert len({digest for *_, digest in seen}) == 1 + 3 + 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 9))
def test_it_is_the_slow_search(scripted, clip, weights, tenths):
    """The same rule, written as plainly as possible."""
    n, threshold = len(weights), tenths / 10
    p = _weighted(*weights)
    left, order = set(range(n)), []
    while len(left) > 1:
        best = max(sorted(left), key=lambda i: p(left - {i}))
        if not p(left - {best}) > threshold:
            break
        left.remove(best)
        order.append(best)
    found = _ask(scripted(p), clip(n), threshold=threshold)
    assert {row["segment"] for row in found.scores if row["kept"]} == left
    scores = {row["segment"]: row["score"] for row in found.scores}
    assert [scores[i] for i in order] == [rank / (n - 1) for rank in range(len(order))]
    assert all(scores[i] == 1 for i in left)
    steps = [row["step"] for row in found.removals if row["removed"]]
    assert all(b == a + 1 for a, b in pairwise(steps))
