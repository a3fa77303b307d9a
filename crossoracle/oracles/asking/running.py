"""Many videos, several oracles, one event loop: what is done is handed on; what is interrupted is not lost.

A job is one video and one oracle. Each oracle works through its own jobs, so that a slow one holds nobody up;
only the jobs under way are in memory.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from crossoracle.oracles.asking.spending import Spent, booked
from crossoracle.oracles.asking.underway import Stopped, Underway

Result = TypeVar("Result")
Job = Callable[[], Awaitable[Result]]
INTERRUPTED = "interrupted"
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Watch(Protocol):
    """Is told of every job that is done."""

    def __call__(self, oracle: str, spent: Spent) -> None:
        """Take notice; `spent` is what the job took."""


@dataclass
class Ran:
    """What a run came to.

    Parameters
    ----------
    done : dict of str to int
        Jobs that were finished, by oracle.
    spent : dict of str to Spent
        What they took.
    stopped : dict of str to str
        Why an oracle did not finish its jobs: interrupted, or the budget is spent.
    """

    done: dict[str, int] = field(default_factory=dict)
    spent: dict[str, Spent] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped the run."""
        return INTERRUPTED in self.stopped.values()


async def run_all(
    jobs: Mapping[str, Iterable[Job[Result]]],
    take: Callable[[str, Result, Spent], None],
    *,
    underway: Underway,
    width: int | Mapping[str, int] = 16,
    watch: Watch | None = None,
) -> Ran:
    """Do the jobs of all oracles, and hand on what each comes to as soon as it is there.

    The first Ctrl-C (or SIGTERM) lets nothing new begin; calls under way are awaited and stored. The second
    gives them up.

    Parameters
    ----------
    jobs : mapping of str to iterable of callable
        By oracle; taken one by one, when there is room.
    take : callable
        Is given the oracle, what a job returned, and what it took.
    underway : Underway
        The calls of the oracles that the jobs ask.
    width : int or mapping of str to int
        How many jobs of an oracle are under way at a time.
    watch : callable, optional
        Shows how far the run is.

    Raises
    ------
    KeyboardInterrupt
        At the second Ctrl-C.
    """
    widths = width if isinstance(width, Mapping) else dict.fromkeys(jobs, width)
    ran = Ran(dict.fromkeys(jobs, 0), {oracle: Spent() for oracle in jobs})
    lines = [
        _Line(oracle, iter(those), take, ran, underway, watch or _nobody) for oracle, those in jobs.items()
    ]
    workers = [asyncio.create_task(line.work()) for line in lines for _ in range(widths[line.oracle])]
    with _signals(underway, workers) as aborted:
        try:
            if workers:
                await asyncio.wait(workers)
        finally:
            if underway.reason is None and not all(worker.done() for worker in workers):
                underway.stop("cancelled")
            await underway.settled()
    if aborted:
        raise KeyboardInterrupt
    for worker in workers:
        worker.result()
    return ran


@dataclass
class _Line(Generic[Result]):
    """The jobs of one oracle, which several workers take from."""

    oracle: str
    jobs: Iterator[Job[Result]]
    take: Callable[[str, Result, Spent], None]
    ran: Ran
    underway: Underway
    watch: Watch

    async def work(self) -> None:
        """Do jobs until there are no more, or nothing new may begin."""
        try:
            while self.oracle not in self.ran.stopped:
                self.underway.check()
                job = next(self.jobs, None)
                if job is None:
                    return
                await self._do(job)
        except Stopped as stopped:  # another oracle may cost nothing, or have a key
            self.ran.stopped.setdefault(self.oracle, str(stopped))
        except Exception:
            self.underway.stop("an error")
            raise

    async def _do(self, job: Job[Result]) -> None:
        with booked() as spent:
            try:
                result = await job()
            finally:  # a job that was stopped halfway has been paid for, too
                self.ran.spent[self.oracle].add(spent)
        self.ran.done[self.oracle] += 1
        self.take(self.oracle, result, spent)
        self.watch(self.oracle, spent)


@contextmanager
def _signals(underway: Underway, workers: Iterable[asyncio.Task[None]]) -> Iterator[list[int]]:
    """Listen to Ctrl-C and SIGTERM; what it gives is no longer empty when the run was given up."""
    loop, aborted = asyncio.get_running_loop(), list[int]()

    def heard(number: int) -> None:
        if underway.reason is None:
            underway.stop(INTERRUPTED)
            return
        aborted.append(number)
        for worker in workers:
            worker.cancel()
        underway.abort()

    caught = [number for number in SIGNALS if _listen(loop, number, heard)]
    try:
        yield aborted
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


def _listen(loop: asyncio.AbstractEventLoop, number: int, heard: Callable[[int], None]) -> bool:
    try:
        loop.add_signal_handler(number, heard, number)
    except (NotImplementedError, RuntimeError, ValueError):
        return False  # not on this system, or not in this thread: Ctrl-C ends the run as any other program
    return True


def _nobody(oracle: str, spent: Spent) -> None:
    """Take no notice."""
