"""What a run of score would take, before it is run: every oracle's questions, less those in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from crossoracle.errors import InputError, VideoError
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.forecast import Forecast, Planned
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.conducting import LEDGER, opened
from crossoracle.oracles.engaging import Engaged
from crossoracle.oracles.run import Plan
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
        How many there are, and how many were opened; the others are taken to be like these.
    failed : tuple of str
        Why videos could not be opened.
    """

    forecasts: tuple[Forecast, ...]
    videos: int
    looked_at: int
    failed: tuple[str, ...]


def foresee(plan: Plan) -> Foreseen:
    """Forecast a run: nothing is asked. Videos are opened, and the ledger remembers what was seen of them."""
    plan.directory.mkdir(parents=True, exist_ok=True)
    with Ledger(plan.directory / LEDGER) as ledger:
        return asyncio.run(_foresee(plan, ledger))


async def _foresee(plan: Plan, ledger: Ledger) -> Foreseen:
    underway, budget = Underway(), Budget()
    asked = [
        one.asked(ledger, budget, underway, one.ways(resend=True, offline=False)) for one in plan.engaged
    ]
    clips, failed = await _clips(plan, ledger)
    runs = range(plan.settings.score.runs)
    share = plan.videos.count / max(len(clips) + len(failed), 1)
    forecasts = [
        one.expectation.forecast(one.name, _planned(engaged, one, clips, runs, share), one.limits)
        for engaged, one in zip(plan.engaged, asked, strict=True)
    ]
    return Foreseen(tuple(forecasts), plan.videos.count, len(clips) + len(failed), tuple(failed))


async def _clips(plan: Plan, ledger: Ledger) -> tuple[list[Mapping[int, Clip]], list[str]]:
    """Open some videos at even distances, once for every run whose frames differ."""
    step = max(plan.videos.count / LOOKED_AT, 1.0)
    places = {int(step * i) for i in range(min(plan.videos.count, LOOKED_AT))}
    clips: list[Mapping[int, Clip]] = []
    failed: list[str] = []
    for place, video in enumerate(islice(plan.videos, plan.videos.count)):
        if place not in places:
            continue
        try:
            clips.append(await _every_run(plan, video, ledger))
        except (InputError, VideoError) as wrong:
            failed.append(str(wrong))
    return clips, failed


async def _every_run(plan: Plan, video: Video, ledger: Ledger) -> dict[int, Clip]:
    first = await opened(plan.settings, video, ledger, 0)
    if not plan.settings.frames.jitter_s:
        return dict.fromkeys(range(plan.settings.score.runs), first)
    rest = range(1, plan.settings.score.runs)
    return {0: first} | {run: await opened(plan.settings, video, ledger, run) for run in rest}


def _planned(
    engaged: Engaged, asked: Asked, clips: Sequence[Mapping[int, Clip]], runs: range, share: float
) -> Iterator[Planned]:
    """Yield the questions of an oracle; where every video was opened, those in the ledger take nothing."""
    for place, clip in enumerate(clips):
        times = int((place + 1) * share) - int(place * share)  # so many videos this one stands for
        for run in runs:
            if engaged.strategy == "greedy":
                n = len(clip[run].segments)
                yield asked.planned("verify", clip[run], sample=run, times=times * n * (n + 1) // 2)
            else:
                yield asked.planned("score", clip[run], sample=run, times=times)
