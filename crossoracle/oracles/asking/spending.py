"""What asking has taken, counted where it is wanted: for a video, an oracle, a run of the verb."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

Number = TypeVar("Number", int, float)


@dataclass
class Spent:
    """What some calls took together.

    A call counts when it brought a reply, whether in this run or an earlier one (then the ledger knows what
    it took): so the same questions give the same sums, however often they are asked again.

    Parameters
    ----------
    calls : int
        Replies.
    fresh : int
        Those of them that were not in the ledger.
    failed : int
        Questions that have no reply, whether they were put or not.
    failed_calls : int
        Calls of this run that brought no reply, tries after failures included.
    input_tokens, output_tokens : int or None
        As billed; None where one of the replies does not say.
    cost_usd : float or None
        None where the price of one is unknown.
    latency_s : float
        How long the calls took, one after the other.
    """

    calls: int = 0
    fresh: int = 0
    failed: int = 0
    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cost_usd: float | None = 0.0
    latency_s: float = 0.0
    failed_calls: int = 0

    def add(self, other: Spent) -> None:
        """Count what another stands for."""
        self.calls += other.calls
        self.fresh += other.fresh
        self.failed += other.failed
        self.failed_calls += other.failed_calls
        self.input_tokens = _sum(self.input_tokens, other.input_tokens)
        self.output_tokens = _sum(self.output_tokens, other.output_tokens)
        self.cost_usd = _sum(self.cost_usd, other.cost_usd)
        self.latency_s += other.latency_s


@dataclass(frozen=True)
class Booking:
    """Under which step calls are booked, and who counts them."""

    step: str = ""
    counting: tuple[Spent, ...] = ()


NOWHERE = Booking()
_BOOKING: ContextVar[Booking] = ContextVar("booking", default=NOWHERE)


@contextmanager
def booked(step: str | None = None) -> Iterator[Spent]:
    """Count everything that is asked inside a ``with`` block, tasks started there included.

    Parameters
    ----------
    step : str, optional
        What the ledger is to say about why it was asked; by default the same as outside.
    """
    outside = _BOOKING.get()
    spent = Spent()
    inside = Booking(outside.step if step is None else step, (*outside.counting, spent))
    token = _BOOKING.set(inside)
    try:
        yield spent
    finally:
        _BOOKING.reset(token)


def step_now() -> str:
    """Return the step that calls are booked under."""
    return _BOOKING.get().step


def count(spent: Spent) -> None:
    """Count a call wherever calls are counted now."""
    for counting in _BOOKING.get().counting:
        counting.add(spent)


def _sum(known: Number | None, more: Number | None) -> Number | None:
    return None if known is None or more is None else known + more
