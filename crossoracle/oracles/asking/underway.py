"""What is under way, and how to stop: nothing new begins, and what has been sent is awaited and stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from crossoracle.errors import CrossoracleError
from crossoracle.oracles.oracle import CallFailed

Result = TypeVar("Result")


class Stopped(CrossoracleError, RuntimeError):
    """Nothing new is asked: the run was interrupted, or its budget is spent. Asked again, it goes on."""


class BudgetSpent(Stopped):
    """Another call would go beyond the budget."""


class TurnedAway(Stopped):
    """The provider takes no more calls with this key: it is wrong, may not do this, or is out of credit."""


class Underway:
    """The calls of one run, all oracles together.

    A call that has begun is shielded: whoever awaits it may be cancelled, its reply is stored all the same.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._calls: set[asyncio.Task[Any]] = set()
        self._waiting: set[asyncio.Task[Any]] = set()
        self._keys: dict[str, asyncio.Event] = {}

    def check(self) -> None:
        """Raise `Stopped` if nothing new may begin."""
        if self.reason is not None:
            raise Stopped(self.reason)

    def stop(self, reason: str) -> None:
        """Let nothing new begin: who waits for a turn, or to try again, gets `Stopped` at once."""
        if self.reason is None:
            self.reason = reason
        for task in tuple(self._waiting):
            task.cancel()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within the block, `stop` ends whatever the task awaits, but for a call under way (`carried`).

        Raises
        ------
        Stopped
            It did.
        """
        self.check()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an oracle is asked from a task of asyncio; use asyncio.run")
        self._waiting.add(task)
        try:
            yield
        except asyncio.CancelledError:
            # As in asyncio.timeout: a cancellation that is not our own goes on.
            if self.reason is not None and task.uncancel() == 0:
                raise Stopped(self.reason) from None
            raise
        finally:
            self._waiting.discard(task)

    async def carried(self, call: Coroutine[Any, Any, Result]) -> Result:
        """Await a call that goes on even if the caller does not.

        Raises
        ------
        Stopped
            It failed, and nothing new may begin: so it is not tried again.
        """
        task = asyncio.ensure_future(call)
        self._calls.add(task)
        task.add_done_callback(self._over)
        caller = asyncio.current_task()
        interruptible = caller in self._waiting
        self._waiting -= {caller}
        try:
            return await asyncio.shield(task)
        except CallFailed:
            self.check()
            raise
        finally:
            if interruptible and caller is not None:
                self._waiting.add(caller)

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Within the block, nobody else has this key: two who ask the same wait for one reply."""
        while key in self._keys:
            await self._keys[key].wait()
        done = self._keys[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._keys[key]
            done.set()

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._calls:
            await asyncio.wait(tuple(self._calls))

    def abort(self) -> None:
        """Give up what is under way; it counts as possibly paid."""
        for task in tuple(self._calls):
            task.cancel()

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._calls.discard(task)
        if not task.cancelled():
            task.exception()  # somebody has seen it, even if the caller is gone
