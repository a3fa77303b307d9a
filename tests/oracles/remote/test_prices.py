"""What replies cost: from the price list, half of it for flex and batches, None where it is unknown."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crossoracle.oracles.adapters.envelope import sealed
from crossoracle.oracles.adapters.prices import Used, cost_usd
from tests.oracles.remote.provider import ANTHROPIC, GEMINI, OPENAI, Dialect, score_question

MILLION = Used(1_000_000, 1_000_000)
DATE = {"date": "Sat, 21 Nov 2026 10:00:00 GMT"}

# US dollars per million tokens in and out, from the price list of genai-prices 0.2.
LISTED = {"openai": (5.0, 30.0), "gemini": (2.0, 12.0), "anthropic": (5.0, 25.0)}


def _cost(dialect: Dialect, body: dict, *, tier: str | None = None, **options: object) -> float | None:
    adapter = dialect.adapter(model=dialect.model, **options)
    return adapter.read(sealed(json.dumps(body), DATE, tier=tier), score_question()).cost_usd


def _expected(dialect: Dialect, given: int = 100, written: int = 10) -> float:
    per_input, per_output = LISTED[dialect.name]
    return (given * per_input + written * per_output) / 1e6


def test_tokens_are_priced_as_billed_thoughts_included(dialect: Dialect) -> None:
    body = dialect.reply("{}")
    if dialect.name == "anthropic":
        body["usage"] |= {"input_tokens": 100, "cache_read_input_tokens": 0}
    assert _cost(dialect, body) == pytest.approx(_expected(dialect))


def test_tokens_from_a_cache_cost_a_tenth() -> None:
    # 90 fresh tokens and 10 from the cache, which cost a tenth at Anthropic
    assert _cost(ANTHROPIC, ANTHROPIC.reply("{}")) == pytest.approx(_expected(ANTHROPIC, 91))


def test_a_batch_costs_half(dialect: Dialect) -> None:
    body = dialect.reply("{}")
    whole = _cost(dialect, body)
    assert whole is not None
    assert _cost(dialect, body, tier="batch") == pytest.approx(whole / 2)


@pytest.mark.parametrize("dialect", [OPENAI, GEMINI], ids=["openai", "gemini"])
def test_flex_costs_half_where_it_was_granted(dialect: Dialect) -> None:
    body, told = dialect.reply("{}"), dialect.reply("{}")
    if dialect is OPENAI:
        told["service_tier"] = "default"
    else:
        told["usageMetadata"]["serviceTier"] = "standard"
    assert _cost(dialect, body, service_tier="flex") == pytest.approx(_expected(dialect) / 2)
    assert _cost(dialect, told, service_tier="flex") == pytest.approx(_expected(dialect))


def test_an_unknown_model_has_an_unknown_price(dialect: Dialect) -> None:
    body = dialect.reply("{}")
    body.update({name: "nobody-knows-1" for name in ("model", "modelVersion") if name in body})
    assert _cost(dialect, body) is None
    assert _cost(dialect, body, priced_as=dialect.model) is not None
    assert _cost(dialect, body, priced_as="free") == 0.0


def test_a_server_of_ones_own_has_an_unknown_price(dialect: Dialect) -> None:
    assert _cost(dialect, dialect.reply("{}"), base_url="http://127.0.0.1:9/v1") is None


def test_azure_is_priced_by_the_model_that_answered() -> None:
    url = "https://mine.openai.azure.com/openai/v1/"
    body = OPENAI.reply("{}") | {"model": "gpt-4o"}
    assert _cost(OPENAI, body, base_url=url) == cost_usd(
        Used(100, 10), "gpt-4o", provider="azure", at=datetime(2026, 11, 21, tzinfo=UTC)
    )


def test_tokens_that_were_not_counted_have_no_price(dialect: Dialect) -> None:
    body = {name: value for name, value in dialect.reply("{}").items() if "usage" not in name}
    assert _cost(dialect, body) is None


def test_a_tier_with_a_price_of_its_own_that_is_not_listed_is_unknown() -> None:
    assert cost_usd(MILLION, "gpt-4o", provider="openai", tier="scale") is None
    assert cost_usd(MILLION, "gpt-4o", provider="openai", tier="default") == 12.5


def test_nothing_used_costs_nothing() -> None:
    assert cost_usd(Used(0, 0), "gpt-4o", provider="openai") == 0.0


def test_a_blocked_prompt_costs_what_was_sent() -> None:
    assert _cost(GEMINI, GEMINI.refusal) == pytest.approx(_expected(GEMINI, 100, 0))
