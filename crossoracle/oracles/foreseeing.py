"""What a run of score would take, before it is run: every oracle's questions, less those in the ledger.

Of direct scoring every video is looked up, so that its calls are exact. A video that this ledger has seen is
not opened for that, and one that it has not seen was not asked about; so only some are opened, to know how
long they are. Of greedy removal the next question depends on the last answer: told are the most calls there
can be, less those in the ledger, of the videos that are opened, and as many for the others.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crossoracle.errors import InputError, VideoError
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.forecast import Forecast
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.conducting import LEDGER
from crossoracle.oracles.opening import CLIP, FILE, open_clip
from crossoracle.oracles.reckoning import Reckoning
from crossoracle.oracles.run import Plan
from crossoracle.oracles.settings import Settings
from crossoracle.oracles.sharding import take_over
from crossoracle.oracles.videos import Video

LOOKED_AT = 200  # videos that are opened: enough to know how long they are


@dataclass(frozen=True)
class Foreseen:
    """What a run would take.

    Parameters
    ----------
    forecasts : tuple of Forecast
        One per oracle; of greedy removal the most calls there can be.
    videos, looked_at : int
        How many there are, and how many were opened, now or when they were asked about; the others are taken
        to be as long as these, and not asked about.
    failed : tuple of str
        Why videos could not be opened.
    """

    forecasts: tuple[Forecast, ...]
    videos: int
    looked_at: int
    failed: tuple[str, ...]


class Unseen(Exception):
    """The ledger knows nothing of a video."""


@dataclass
class Looking:
    """The ledger's memory of videos, by which clips are made; in haste, it opens none.

    Parameters
    ----------
    ledger : Ledger
        Whose memory it is.
    hasty : bool
        Whether a video that would have to be opened is `Unseen` instead.
    """

    ledger: Ledger
    hasty: bool = False
    moved: bool = False
    _new: bool = False
    _opened: set[str] = field(default_factory=set)

    def recall(self, kind: str, key: str) -> str | None:
        """Return a text, or None.

        Files that are elsewhere than they were (``moved``) are read to recognise them, also in haste.
        """
        found = self.ledger.recall(kind, key)
        if kind == FILE:
            self._new = found is None
        self.moved |= kind == CLIP and found is not None and self._new and key not in self._opened
        if self.hasty and found is None and not (kind == FILE and self.moved):
            raise Unseen(key)
        return found

    def remember(self, kind: str, key: str, text: str) -> None:
        """Keep a text; in haste nothing, since every text waits for the disk."""
        if not self.hasty:
            self._opened.add(key)
            self.ledger.remember(kind, key, text)

    def clips(self, settings: Settings, video: Video) -> dict[int, Clip | None]:
        """Return the clip of a video in every run; None where the ledger has not seen it."""
        options, runs = settings.frames_of(video.dataset), range(settings.score.runs)
        of = (video.path, video.dataset, video.video_id, video.label, video.attributes, options)
        if not settings.frames.jitter_s:
            return dict.fromkeys(runs, self._clip(of, 0))
        return {run: self._clip(of, run) for run in runs}

    def _clip(self, of: tuple[Any, ...], run: int) -> Clip | None:
        try:
            return open_clip(*of, remember=self, sample=run)
        except Unseen:
            if of[0].is_file():
                return None
            raise VideoError(f"{of[0]}: no such file; correct the path, or leave the video out") from None


def foresee(plan: Plan, *, batch: bool = False) -> Foreseen:
    """Forecast a run: nothing is asked. Videos are opened, and the ledger remembers what was seen of them.

    Parameters
    ----------
    batch : bool
        Whether it asks by batch: at half price, within a day.

    Raises
    ------
    InputError
        An oracle cannot be asked by batch.
    """
    if batch:
        from crossoracle.oracles.batching import require_batches

        require_batches(plan.engaged)
    take_over(plan.study, plan.videos.shard)
    plan.directory.mkdir(parents=True, exist_ok=True)
    with Ledger(plan.directory / LEDGER) as ledger:
        return asyncio.run(_foresee(plan, ledger, batch))


async def _foresee(plan: Plan, ledger: Ledger, batch: bool) -> Foreseen:
    underway, budget = Underway(), Budget()
    reckoned = []
    for one in plan.engaged:
        one.recall(ledger)
        asked = one.asked(ledger, budget, underway, one.ways(resend=True, offline=True))
        reckoned.append(Reckoning(one, asked, plan.settings, batch))
    walk = Walk(plan, Looking(ledger), reckoned)
    await walk.open_some()
    await walk.look_up_others()
    walk.extend()
    forecasts = tuple(one.forecast() for one in reckoned)
    return Foreseen(forecasts, plan.videos.count, walk.looked_at, tuple(walk.failed))


@dataclass
class Walk:
    """The videos of a run as they are gone through: first some that are opened, then all the others.

    Parameters
    ----------
    opened, looked_at : int
        Videos that were opened for this, and those of which something is known.
    unseen : Counter
        By run, videos that the ledger does not know.
    """

    plan: Plan
    looking: Looking
    reckoned: Sequence[Reckoning]
    opened: int = 0
    looked_at: int = 0
    unseen: Counter[int] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def places(self) -> set[int]:
        """Which videos are opened: some, at even distances."""
        count = self.plan.videos.count
        step = max(count / LOOKED_AT, 1.0)
        return {int(step * i) for i in range(min(count, LOOKED_AT))}

    async def open_some(self) -> None:
        """Look some videos up, and open those that the ledger does not know."""
        places = self.places
        for place, video in enumerate(self.plan.videos):
            if place in places:
                self.opened += await self._look_up(video, self.reckoned)

    async def look_up_others(self) -> None:
        """Look the others up; nobody needs that of greedy removal alone."""
        places, asked = self.places, [one for one in self.reckoned if not one.greedy]
        self.looking.hasty = True
        if not asked or len(places) == self.plan.videos.count:
            return
        for place, video in enumerate(self.plan.videos):
            if place not in places:
                await self._look_up(video, asked)

    async def _look_up(self, video: Video, asked: Sequence[Reckoning]) -> bool:
        """Count a video; return whether it could be opened."""
        try:
            clips = self.looking.clips(self.plan.settings, video)
            known = [(run, clip) for run, clip in clips.items() if clip is not None]
            found = [(one, run, await one.look(clip, run)) for run, clip in known for one in asked]
        except (InputError, VideoError) as wrong:
            self.failed.append(str(wrong))
            return False
        for one, run, planned in found:
            one.planned[run].append(planned)
        self.unseen.update(clips.keys() - dict(known).keys())
        self.looked_at += bool(known)
        return True

    def extend(self) -> None:
        """Count the videos that were not looked up."""
        others = self.plan.videos.count - len(self.places)
        for one in self.reckoned:
            for run in range(self.plan.settings.score.runs):
                one.extend(self.opened, run, others if one.greedy else self.unseen[run])
