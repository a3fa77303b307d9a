"""How fast an oracle is asked, and how often again: calls under way, rates, and the one layer of retries."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar

from crossoracle.errors import InputError, NotInstalledError, install
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.oracle import CallFailed

Result = TypeVar("Result")
MINUTE_S = 60.0
SAME_FAULT = 3
"""So many failures with the same status, 500 or more, and no word of when to come back, are permanent."""

LONGEST_WAIT_S = 60.0

# stamina logs every retry; without a handler Python would print that in the middle of a progress bar.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Limits:
    """What one oracle bears.

    Parameters
    ----------
    in_flight : int
        Most calls under way at a time.
    requests_per_minute, tokens_per_minute : float, optional
        Spread evenly: a minute's worth is never sent at once.
    attempts : int
        How often a call is tried; one that may have been paid for is not tried again.
    patience_s : float
        How long it is tried.
    wait_s : float
        How long to wait before the second try; doubled each time, a minute at most.

    Raises
    ------
    InputError
        A limit is not above 0.
    """

    in_flight: int = 8
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    attempts: int = 5
    patience_s: float = 600.0
    wait_s: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not value > 0:
                raise InputError(f"limits of an oracle: {name} = {value}, expected more than 0; change it")


class Gate:
    """Where calls of one oracle wait for their turn.

    Parameters
    ----------
    limits : Limits
        How many go through.
    underway : Underway
        By whom they are stopped.
    """

    def __init__(self, limits: Limits, underway: Underway) -> None:
        self.limits = limits
        self._underway = underway
        self._slots = asyncio.Semaphore(limits.in_flight)
        self._requests = _rate(limits.requests_per_minute)
        self._tokens = _rate(limits.tokens_per_minute)
        self._line = asyncio.Lock()
        self._closed_until = 0.0

    async def through(self, call: Callable[[], Awaitable[Result]], tokens: float) -> Result:
        """Make a call when its turn has come, and again where that may help.

        Parameters
        ----------
        call : callable
            Makes it once; raises `CallFailed`.
        tokens : float
            How many it will take, as far as one knows.

        Raises
        ------
        CallFailed
            Of the last try.
        Stopped
            Nothing new may begin.
        """
        with self._underway.waiting():
            async with self._slots:
                async for attempt in _attempts(Patience(self)):
                    with attempt:
                        await self._turn(tokens)
                        return await call()
        raise RuntimeError("retries ended without a result or a failure")

    def pause(self, seconds: float) -> None:
        """Let no call of this oracle begin for a while: its provider asked for that."""
        self._closed_until = max(self._closed_until, time.monotonic() + seconds)

    async def _turn(self, tokens: float) -> None:
        while (pause := self._closed_until - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            async with self._line:  # one after the other, or all would come through together at the end
                while tokens > 0:
                    part = min(tokens, self._tokens.max_rate)
                    await self._tokens.acquire(part)
                    tokens -= part


@dataclass
class Patience:
    """Decides, failure by failure of one call, whether to try again and when."""

    gate: Gate
    began: float = field(default_factory=time.monotonic)
    status: int | None = None
    same: int = 0

    def __call__(self, failure: Exception) -> bool | float:
        """Return whether to try again, or after how many seconds."""
        if not isinstance(failure, CallFailed) or not failure.transient:
            return False
        wait = failure.retry_after_s
        if wait is not None:
            left = self.gate.limits.patience_s - (time.monotonic() - self.began)
            if wait > left:  # nobody else need wait that long either
                return False
            self.gate.pause(wait)
        if failure.possibly_paid:  # again only if somebody says so
            return False
        if wait is not None:
            return wait
        self.same = self.same + 1 if failure.status == self.status else 1
        self.status = failure.status
        return failure.status is None or failure.status < 500 or self.same < SAME_FAULT


def _attempts(patience: Patience) -> Any:
    """Return the tries of a call; one, where the library for more is not installed.

    It comes with every adapter that has somebody to try again with.
    """
    limits = patience.gate.limits
    try:
        from stamina import retry_context
    except ModuleNotFoundError:
        return _once()
    return retry_context(
        on=patience,
        attempts=limits.attempts,
        timeout=limits.patience_s,
        wait_initial=limits.wait_s,
        wait_max=max(LONGEST_WAIT_S, limits.wait_s),
        wait_jitter=limits.wait_s,
    )


async def _once() -> AsyncIterator[Any]:
    yield nullcontext()


def _rate(per_minute: float | None) -> Any:
    """Return a limiter that lets a second's worth through at once, and at least one."""
    if per_minute is None:
        return None
    try:
        from aiolimiter import AsyncLimiter
    except ModuleNotFoundError as error:
        raise NotInstalledError(
            f"limits per minute: found no module aiolimiter; {install('remote')}"
        ) from error
    burst = max(1.0, per_minute / MINUTE_S)
    return AsyncLimiter(burst, burst / per_minute * MINUTE_S)
