"""How a run goes, whatever it asks: ledger, budget and limits around the jobs of several oracles."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.running import Job, Ran, Watch, run_all
from crossoracle.oracles.asking.spending import Spent
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.engaging import Engaged
from crossoracle.oracles.listing import LEDGER
from crossoracle.oracles.opening import open_clip
from crossoracle.oracles.settings import Settings
from crossoracle.oracles.shelf import Shelf
from crossoracle.oracles.videos import Video

__all__ = ["LEDGER", "How", "Opener", "Watching", "ask_all"]

Watching = Callable[[Mapping[str, int]], AbstractContextManager[Watch]]
Result = TypeVar("Result")


@dataclass(frozen=True)
class How:
    """What is asked of one run of a verb, and is no setting of the study.

    Parameters
    ----------
    resend : bool
        Ask again what may have been paid for without a reply.
    rebuild : bool
        Ask nothing; read the replies in the ledger once more.
    batch : bool
        Ask by the batch APIs, at half price, and wait for the answers.
    watching : callable, optional
        Given the number of jobs of each oracle, shows how far they are.
    engine : {"local", "ray"}
        Where models run that are in a process of ours.
    """

    resend: bool = False
    rebuild: bool = False
    batch: bool = False
    watching: Watching | None = None
    engine: str = "local"


async def ask_all(
    engaged: Sequence[Engaged],
    ledger: Ledger,
    budget: Budget,
    how: How,
    jobs: Callable[[Engaged, Asked], Iterator[Job[Result]]],
    totals: Mapping[str, int],
    take: Callable[[str, Result], None],
    beside: Callable[[], Awaitable[None]] | None = None,
) -> Ran:
    """Do the jobs of all oracles, and hand on what each comes to.

    Parameters
    ----------
    jobs : callable
        Gives the jobs of an oracle, one by one.
    totals : mapping of str to int
        How many these are.
    take : callable
        Is given the oracle and what a job came to.
    beside : callable, optional
        Runs all the while; if it fails, nothing more is asked.
    """
    underway = Underway()
    for one in engaged:
        one.recall(ledger)
    ways = {one.name: one.ways(resend=how.resend, offline=how.rebuild) for one in engaged}
    asked = {one.name: jobs(one, one.asked(ledger, budget, underway, ways[one.name])) for one in engaged}
    widths = {one.name: one.limits().in_flight + 2 for one in engaged}  # some are opening their video
    watching = asyncio.ensure_future(beside()) if beside is not None else None

    def taken(oracle: str, found: Result, spent: Spent) -> None:
        if watching is not None and watching.done():
            watching.result()
        take(oracle, found)

    shown = how.watching(totals) if how.watching else nullcontext(None)
    try:
        with shown as watch:
            return await run_all(asked, taken, underway=underway, width=widths, watch=watch)
    finally:
        await _ended(watching)
        for one in engaged:
            one.remember(ledger)
            await one.reached.adapter.close()


async def _ended(task: asyncio.Future[None] | None) -> None:
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@dataclass(frozen=True)
class Opener:
    """Opens the videos of a run; oracles that ask about the same one share its pictures.

    Parameters
    ----------
    settings : Settings
        How videos are cut, and what is shown of them.
    ledger : Ledger
        What remembers them.
    """

    settings: Settings
    ledger: Ledger
    _shelf: Shelf = field(default_factory=Shelf)
    _opening: Underway = field(default_factory=Underway)

    async def __call__(self, video: Video, sample: int) -> Clip:
        """Open a video as a clip, beside the event loop.

        Raises
        ------
        InputError, VideoError
            It cannot be opened, or cut as the settings say.
        """
        options = self.settings.frames_of(video.dataset)
        of = (video.path, video.dataset, video.video_id, video.label, video.attributes, options)
        opened = partial(open_clip, *of, remember=self.ledger, sample=sample, shelf=self._shelf)
        async with self._opening.alone(f"{video.path}"):  # who waits finds the pictures, and takes no thread
            return await asyncio.to_thread(opened)
