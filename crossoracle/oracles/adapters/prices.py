"""What a reply costs, by a price list that comes with a library and is read without a network.

An unknown price is None, never 0. Batches and the flex tier cost half; the price list knows some of these
prices and not others, so the discount is taken here, from the standard price.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

FREE = "free"
STANDARD_TIERS = (None, "auto", "default", "standard", "standard_only", "unspecified")
MOST_TOKENS = 2**40
"""No reply takes more; the totals of millions of them still are numbers that databases know."""

HALF_PRICE_TIERS = ("flex", "batch")


@dataclass(frozen=True)
class Used:
    """The tokens of one reply as they are billed.

    Parameters
    ----------
    input_tokens, output_tokens : int or None
        All tokens in, cached ones included; all tokens out, thoughts included. None where the provider did
        not say.
    cached_tokens, written_tokens : int
        Of those in, how many were read from a cache, and written to one.
    """

    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int = 0
    written_tokens: int = 0

    def counted(self) -> Used:
        """Return the same, without what is no number of tokens."""
        given, out = _number(self.input_tokens), _number(self.output_tokens)
        return Used(given, out, _number(self.cached_tokens) or 0, _number(self.written_tokens) or 0)


def cost_usd(
    used: Used,
    model: str,
    *,
    provider: str,
    url: str | None = None,
    tier: str | None = None,
    at: datetime | None = None,
) -> float | None:
    """Return what tokens cost in dollars.

    Undefined (None) when the provider did not count the tokens, when the price list does not know the model,
    or when the tier has a price of its own that it does not know.

    Parameters
    ----------
    used : Used
        The tokens.
    model : str
        The model, as the price list or the provider calls it; "free" costs nothing.
    provider : str
        Whose price list: "openai", "google", "anthropic".
    url : str, optional
        Where the model was reached, if that says more than `provider` about who is paid (Azure).
    tier : str, optional
        The service tier, or "batch".
    at : datetime, optional
        When it was asked; now by default.
    """
    if model == FREE:
        return 0.0
    if used.input_tokens is None or used.output_tokens is None:
        return None
    standard = _listed(used, model, provider, url, None, at)
    if standard is None or tier in STANDARD_TIERS:
        return standard
    if tier in HALF_PRICE_TIERS:
        return standard / 2
    special = _listed(used, model, provider, url, tier, at)
    return special if special != standard else None


def _number(value: Any) -> int | None:
    """Return a number of tokens; None for what is none, such as one that no computer can add up."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if fits else None


def _listed(
    used: Used, model: str, provider: str, url: str | None, tier: str | None, at: datetime | None
) -> float | None:
    from genai_prices import Usage, calc_price

    usage = Usage(
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cache_read_tokens=used.cached_tokens or None,
        cache_write_tokens=used.written_tokens or None,
    )
    context = {"service_tier": tier} if tier else None
    try:
        if url is not None:
            price = calc_price(
                usage, model, provider_api_url=url, genai_request_timestamp=at, price_context=context
            )
        else:
            price = calc_price(
                usage, model, provider_id=provider, genai_request_timestamp=at, price_context=context
            )
    except (LookupError, ValueError):
        return None
    return float(price.total_price)
