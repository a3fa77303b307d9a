"""What one oracle will be asked about the videos of a run: its questions, less those in the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.forecast import Forecast, Planned
from crossoracle.oracles.asking.post import waiting_in
from crossoracle.oracles.asking.spending import booked
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.direct import direct
from crossoracle.oracles.engaging import Engaged, strategy_of
from crossoracle.oracles.settings import Settings


@dataclass
class Reckoning:
    """What one oracle will be asked, as far as it has been counted.

    Parameters
    ----------
    engaged, asked, settings
        The oracle; it answers from the ledger alone.
    planned : dict
        By run, the questions about every video that was looked up.
    left : list of Planned
        Those about all the others.
    batch : bool
        Whether it is asked by batch, where nothing is asked again at once.
    seen, again : int
        Replies in the ledger that were read, and how many of them had to be asked for again.
    """

    engaged: Engaged
    asked: Asked
    settings: Settings
    batch: bool = False
    planned: dict[int, list[Planned]] = field(default_factory=lambda: defaultdict(list))
    left: list[Planned] = field(default_factory=list)
    seen: int = 0
    again: int = 0

    @property
    def greedy(self) -> bool:
        """Whether no more is known than the most calls that there can be."""
        return self.engaged.strategy == "greedy"

    async def look(self, clip: Clip, run: int) -> Planned:
        """Return what a video will take: what the ledger does not answer."""
        return await (self._removal if self.greedy else self._scoring)(clip, run)

    async def _scoring(self, clip: Clip, run: int) -> Planned:
        one = self.asked.planned("score", clip, sample=run)
        if one.calls or self.batch or not self.asked.ways.reask:
            return one
        with booked() as spent:
            found = await direct(self.asked, clip, run)
        self.seen += 1
        self.again += spent.calls + spent.failed > 1
        return replace(one, calls=0 if waiting_in(found.precheck["detail"]) else spent.failed)

    async def _removal(self, clip: Clip, run: int) -> Planned:
        """Return what greedy removal has left; answers that are there are read, to see how far it came."""
        n = len(clip.segments)
        one = self.asked.planned("verify", clip, sample=run)
        most = self.asked.most_calls(n * (n + 1) // 2)
        if one.calls:
            return replace(one, calls=most)
        with booked() as spent:
            await strategy_of(self.engaged, self.settings)(self.asked, clip, run)
        return replace(one, calls=max(most - spent.calls, 1) if spent.failed else 0)

    def extend(self, opened: int, run: int, videos: int) -> None:
        """Count videos that are not known: as many calls, and as large ones, as of those that were opened."""
        for place, like in enumerate(self.planned[run][:opened]):
            times = (place + 1) * videos // opened - place * videos // opened
            self.left.append(replace(like, calls=times * (like.calls if self.greedy else 1)))

    def forecast(self) -> Forecast:
        """Return what it will take; replies will have to be asked for again as often as until now."""
        every = [one for planned in self.planned.values() for one in planned] + self.left
        calls = sum(one.calls for one in every)
        if self.again and calls:
            every.append(replace(every[-1], calls=round(calls * self.again / self.seen)))
        found = self.asked.expectation.forecast(self.asked.name, every, self.asked.limits, batch=self.batch)
        return replace(found, most=self.greedy and found.calls > 0)
