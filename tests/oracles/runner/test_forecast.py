"""What asking will take: by rules of thumb first, then as replies took; an unknown price is none."""

from __future__ import annotations

import asyncio

import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.anthropic import Anthropic
from crossoracle.oracles.adapters.center import Center
from crossoracle.oracles.adapters.gemini import Gemini
from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.entries import Mean
from crossoracle.oracles.asking.forecast import Expectation, Planned
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.asking.sizes import Size, size
from crossoracle.oracles.asking.underway import BudgetSpent
from tests.oracles.runner.labelling import clip
from tests.oracles.runner.scripted import Scripted, oracle, verified, yes

LOCAL = "http://127.0.0.1:1/v1"
PICTURES = {
    "gpt, low detail": (OpenAI(model="gpt-5.5"), 85),
    "gpt, high detail": (OpenAI(model="gpt-5.5", detail="high"), 255),
    "Qwen3-VL": (OpenAI(model="Qwen/Qwen3-VL-32B-Instruct", base_url=LOCAL), 14 * 8),
    "Qwen2.5-VL": (OpenAI(model="Qwen/Qwen2.5-VL-7B-Instruct", base_url=LOCAL), 16 * 9),
    "InternVL3": (OpenAI(model="OpenGVLab/InternVL3-38B-hf", base_url=LOCAL), 256),
    "Gemini 3": (Gemini(model="gemini-3.1-pro"), 1120),
    "Gemini 3, video": (Gemini(model="gemini-3.1-pro", media="video"), 70),
    "Gemini 2": (Gemini(model="gemini-2.5-flash"), 258),
    "Claude": (Anthropic(model="claude-sonnet-4-5"), 448 * 252 / 750),
}


@pytest.mark.parametrize(("adapter", "picture"), PICTURES.values(), ids=PICTURES)
def test_pictures_by_the_rules_of_their_providers(adapter, picture):
    found = size(adapter, "verify", clip("a"), 400)
    assert found.input_tokens == pytest.approx(100 + 4 * (picture + 12))


def test_thoughts_are_billed():
    plain = size(OpenAI(model="gpt-5.5", reasoning_effort="none"), "score", clip("a"), 400)
    assert plain.output_tokens == 80 + 4 * 45
    for effort in ("low", "medium", "high", "xhigh"):
        adapter = OpenAI(model="gpt-5.5", reasoning_effort=effort)
        assert size(adapter, "score", clip("a"), 400).output_tokens > plain.output_tokens
    assert size(Gemini(model="gemini-3.1-pro"), "score", clip("a"), 400).output_tokens > 1000


def test_local_oracles_take_nothing():
    expectation = Expectation(Center(), {})
    planned = [Planned("score", expectation.size("score", clip("a"), 400), 100)]
    found = expectation.forecast("center", planned, Limits())
    assert (found.calls, found.input_tokens, found.output_tokens, found.usd, found.hours) == (100, 0, 0, 0, 0)


def test_prices_are_the_lists():
    # gpt-4o: $2.50 and $10 for a million tokens in and out
    expectation = Expectation(OpenAI(model="gpt-4o"), {})
    found = expectation.forecast("o", [Planned("score", Size(1000, 100), 1000)], Limits(in_flight=10))
    assert found.usd == pytest.approx(1000 * (1000 * 2.5e-6 + 100 * 10e-6))
    assert not found.observed
    unknown = Expectation(OpenAI(model="nobody-knows"), {})
    assert unknown.forecast("o", [Planned("score", Size(1000, 100), 1)], Limits()).usd is None
    assert unknown.forecast("o", [Planned("score", Size(1000, 100), 0)], Limits()).usd == 0


def test_replies_tell_it_better():
    means = {"score": Mean(10, 500.0, 50.0, 0.25, 6.0)}
    expectation = Expectation(OpenAI(model="gpt-4o"), means)
    expected = expectation.size("score", clip("a"), 400)
    assert expected == Size(500.0, 50.0)
    found = expectation.forecast("o", [Planned("score", expected, 1200)], Limits(in_flight=4))
    assert found.usd == pytest.approx(300.0)
    assert found.hours == pytest.approx(1200 * 6 / 4 / 3600)
    assert found.observed


@pytest.mark.parametrize(
    ("limits", "hours"),
    [
        (Limits(in_flight=1000, requests_per_minute=20), 1.0),
        (Limits(in_flight=1000, tokens_per_minute=5500), 2.0),
    ],
)
def test_limits_decide_the_hours(limits, hours):
    expectation = Expectation(OpenAI(model="gpt-4o"), {"score": Mean(10, 500.0, 50.0, 0.25, 6.0)})
    found = expectation.forecast("o", [Planned("score", Size(500.0, 50.0), 1200)], limits)
    assert found.hours == pytest.approx(hours)


def test_what_the_ledger_knows_is_no_call(ledger):
    adapter = Scripted.of(yes())

    async def work():
        asked = oracle(ledger, adapter)
        await verified(asked, ["a", "b"])
        planned = [asked.planned("verify", clip(video)) for video in "abc"]
        planned.append(asked.planned("verify", clip("a"), times=6))
        return asked.expectation.forecast("o", planned, asked.limits), len(adapter.asked)

    found, asked = asyncio.run(work())
    assert (found.calls, found.input_tokens, found.usd, asked) == (7, 70, 3.5, 2)


def test_a_budget_reserves_what_is_under_way():
    budget = Budget(usd=1.0)
    reserved = [budget.take("o", 0.3) for _ in range(3)]
    with pytest.raises(BudgetSpent, match=r"the budget of \$1 is spent \(\$0 so far\)"):
        budget.take("o", 0.3)
    budget.settle("o", reserved[0], 0.1)
    budget.settle("o", reserved[1], None)
    budget.take("o", 0.3)
    assert (budget.spent_usd, budget.made) == (pytest.approx(0.4), 4)
    with pytest.raises(BudgetSpent):
        budget.take("o", 0.1)
    budget.take("free", 0.0)


@pytest.mark.parametrize("wrong", [{"usd": -1.0}, {"calls": -1}, {"usd": float("nan")}])
def test_budgets_are_checked(wrong):
    with pytest.raises(InputError, match="expected 0 or more"):
        Budget(**wrong)


def test_what_batches_cost_is_kept_apart():
    expected = Size(1000.0, 100.0)  # $0.0035 by the list
    for mean, single, batch in (
        (Mean(2, 1000.0, 100.0, None, None, 0.001), 0.0035, 0.001),
        (Mean(2, 1000.0, 100.0, 0.003, 6.0), 0.003, 0.00175),
    ):
        expectation = Expectation(OpenAI(model="gpt-4o"), {"score": mean})
        assert expectation.usd("score", expected) == pytest.approx(single)
        assert expectation.usd("score", expected, batch=True) == pytest.approx(batch)
    for tier, batch in ((None, 0.002), ("flex", 0.004)):  # flex costs half as it is
        adapter = OpenAI(model="nobody-knows", service_tier=tier)
        expectation = Expectation(adapter, {"score": Mean(2, 1000.0, 100.0, 0.004, 6.0)})
        assert expectation.usd("score", expected, batch=True) == pytest.approx(batch)


@pytest.mark.parametrize(("priced_as", "usd"), [(None, None), ("free", 0.0), ("gpt-4o", 0.0035)])
def test_a_price_that_is_declared_later_counts(priced_as, usd):
    adapter = OpenAI(model="nobody-knows", priced_as=priced_as)
    expectation = Expectation(adapter, {"score": Mean(2, 1000.0, 100.0, None, 6.0)})
    assert expectation.usd("score", Size(1000.0, 100.0)) == (None if usd is None else pytest.approx(usd))


def test_a_batch_takes_a_day_and_half_the_price():
    expectation = Expectation(OpenAI(model="gpt-4o"), {})
    found = expectation.forecast("o", [Planned("score", Size(1000, 100), 10)], Limits(), batch=True)
    assert (found.usd, found.hours) == (pytest.approx(0.0175), 24.0)
