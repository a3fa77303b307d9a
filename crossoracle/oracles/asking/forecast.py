"""What asking will take, before anything is asked: calls, tokens, dollars, hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from crossoracle.oracles.adapters.prices import HALF_PRICE_TIERS, Used, cost_usd
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.asking.entries import Mean
from crossoracle.oracles.asking.limits import MINUTE_S, Limits
from crossoracle.oracles.asking.sizes import Size, size
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Answer, Kind

BATCH_HOURS = 24.0
"""By when providers answer a batch."""

FIRST_TOKEN_S, TOKENS_PER_S = 1.5, 60.0
"""How long a call takes, as far as no reply has told it."""


@dataclass(frozen=True)
class Planned:
    """One question, and how often it (or one of its size) is put."""

    kind: Kind
    size: Size
    calls: int = 1


@dataclass(frozen=True)
class Forecast:
    """What an oracle is going to take.

    Parameters
    ----------
    oracle : str
        Who.
    calls : int
        Calls that the ledger cannot answer.
    input_tokens, output_tokens : float
        In all of them.
    usd : float or None
        None where the price is not known.
    hours : float
        As far as the limits allow; of a batch the day that its provider may take.
    observed : bool
        Whether replies of this model told what a call takes; else rules of thumb did.
    most : bool
        Whether these are the most calls there can be, rather than those that there will be.
    """

    oracle: str
    calls: int
    input_tokens: float
    output_tokens: float
    usd: float | None
    hours: float
    observed: bool
    most: bool = False


class Expectation:
    """What a call of an oracle takes: by rules of thumb, or as its replies took on average.

    Parameters
    ----------
    adapter : Adapter
        How it is reached; remote ones have a price list. One that only has words for another, who is shown no
        picture, names it (``behind``).
    means : mapping of str to Mean
        What the ledger says, by kind of question.
    """

    def __init__(self, adapter: Any, means: dict[str, Mean]) -> None:
        self._adapter = getattr(adapter, "behind", adapter)
        self._in_words = self._adapter is not adapter
        self._means = {kind: _Sum.of(mean) for kind, mean in means.items()}

    @property
    def observed(self) -> bool:
        """Whether any reply is known."""
        return bool(self._means)

    def learn(self, kind: Kind, answer: Answer, latency_s: float) -> None:
        """Take a new reply into account."""
        known = self._means.setdefault(kind, _Sum())
        known.add((answer.input_tokens, answer.output_tokens, answer.cost_usd, latency_s))

    def size(self, kind: Kind, clip: Clip, letters: int) -> Size:
        """Return the tokens of a question."""
        rule = size(self._adapter, kind, replace(clip, frames=()) if self._in_words else clip, letters)
        if kind not in self._means:
            return rule
        asked, said, _, _ = self._means[kind].means()
        return Size(
            rule.input_tokens if asked is None else asked, rule.output_tokens if said is None else said
        )

    def usd(self, kind: Kind, expected: Size, *, batch: bool = False) -> float | None:
        """Return the price of a call, or of a question in a batch; None where it is not known.

        It is what replies of the same way cost; what the price list says where none tells it, or where
        another model's price is declared (``priced_as``). Adapters without a price list count as free until a
        reply of theirs says what it cost.
        """
        single, by_batch = self._costs(kind)
        adapter = self._adapter
        if not isinstance(adapter, Remote):
            return single if kind in self._means else 0.0
        known = by_batch if batch else single
        if known is not None and adapter.priced_as is None:
            return known
        tier = "batch" if batch else adapter.service_tier
        listed = self._listed(adapter, expected, tier)
        if listed is not None or adapter.priced_as is not None:
            return listed
        if batch:  # a tier at half price is that of a batch
            return single if single is None or adapter.service_tier in HALF_PRICE_TIERS else single / 2
        return None if by_batch is None else 2 * by_batch

    def _costs(self, kind: Kind) -> tuple[float | None, float | None]:
        """Return what a reply cost on average: of single calls, and by batch."""
        if kind not in self._means:
            return None, None
        return self._means[kind].means()[2], self._means[kind].batch_usd

    def _listed(self, adapter: Remote, expected: Size, tier: str | None) -> float | None:
        """Return what so many tokens cost by the price list."""
        used = Used(round(expected.input_tokens), round(expected.output_tokens))
        return cost_usd(
            used,
            adapter.priced_as or adapter.model,
            provider=adapter.provider,
            url=None if adapter.priced_as else adapter.base_url,
            tier=tier,
        )

    def seconds(self, kind: Kind, expected: Size) -> float:
        """Return how long a call takes."""
        known = self._means[kind].means()[3] if kind in self._means else None
        if known is not None:
            return known
        return FIRST_TOKEN_S + expected.output_tokens / TOKENS_PER_S if expected.output_tokens else 0.0

    def forecast(
        self, oracle: str, planned: Iterable[Planned], limits: Limits, *, batch: bool = False
    ) -> Forecast:
        """Return what questions will take.

        Parameters
        ----------
        oracle : str
            Who is asked.
        planned : iterable of Planned
            The questions that the ledger cannot answer.
        limits : Limits
            They decide how long it takes.
        batch : bool
            Whether they are put by batch: at its price, within a day.
        """
        calls, asked, said, usd, seconds = 0, 0.0, 0.0, 0.0, 0.0
        unknown = False
        for one in planned:
            price = self.usd(one.kind, one.size, batch=batch)
            unknown |= price is None and one.calls > 0
            calls += one.calls
            asked += one.calls * one.size.input_tokens
            said += one.calls * one.size.output_tokens
            usd += one.calls * (price or 0.0)
            seconds += one.calls * self.seconds(one.kind, one.size)
        minutes = max(
            seconds / limits.in_flight / MINUTE_S,
            calls / limits.requests_per_minute if limits.requests_per_minute else 0.0,
            (asked + said) / limits.tokens_per_minute if limits.tokens_per_minute else 0.0,
        )
        hours = minutes / 60 if not batch else BATCH_HOURS if calls else 0.0
        return Forecast(oracle, calls, asked, said, None if unknown else usd, hours, self.observed)


class _Sum:
    """Sums and counts of tokens in, tokens out, cost and latency, of the replies that say it.

    Single calls alone bring new ones, so what a reply costs by batch stays as it was.
    """

    def __init__(self) -> None:
        self.sums, self.counts = [0.0] * 4, [0] * 4
        self.batch_usd: float | None = None

    @classmethod
    def of(cls, mean: Mean) -> _Sum:
        found = cls()
        found.batch_usd = mean.batch_usd
        known = (mean.input_tokens, mean.output_tokens, mean.cost_usd, mean.latency_s)
        for place, value in enumerate(known):
            if value is not None:
                found.sums[place], found.counts[place] = value * mean.replies, mean.replies
        return found

    def add(self, values: Iterable[float | None]) -> None:
        for place, value in enumerate(values):
            if value is not None:
                self.sums[place] += value
                self.counts[place] += 1

    def means(self) -> list[float | None]:
        return [total / n if n else None for total, n in zip(self.sums, self.counts, strict=True)]
