"""The verb score: videos in, scores and prechecks out, by way of the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from crossoracle.errors import InputError, VideoError
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.batches import unsettled_of
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.post import MISSING, waiting_in
from crossoracle.oracles.asking.running import Job
from crossoracle.oracles.conducting import LEDGER, How, Opener, ask_all
from crossoracle.oracles.engaging import Engaged, engage, require_difference, require_keys, strategy_of
from crossoracle.oracles.recording import Recorder
from crossoracle.oracles.requiring import require_p_yes
from crossoracle.oracles.settings import Settings, require_datasets
from crossoracle.oracles.sharding import take_over
from crossoracle.oracles.spreading import spread
from crossoracle.oracles.strategy import Labelled
from crossoracle.oracles.summary import Asking, Scoring, ratios
from crossoracle.oracles.videos import Video, Videos, choose
from crossoracle.provenance import Provenance, digest
from crossoracle.tables.shard import Shard, place_of


@dataclass(frozen=True)
class Plan:
    """Who is asked about what: settled before anything is asked.

    Parameters
    ----------
    directory, study : path
        Where ledger and tables go, and the study; the same unless a shard is asked.
    settings, videos, engaged : Settings, Videos and sequence of Engaged
        How, about what, and who.
    """

    directory: Path
    settings: Settings
    videos: Videos
    engaged: Sequence[Engaged]
    study: Path

    @property
    def jobs(self) -> int:
        """How many jobs each oracle has: videos times runs."""
        return self.videos.count * self.settings.score.runs

    def provenance(self) -> Provenance:
        """Return what is recorded beside the tables."""
        options = {
            "frames": asdict(self.settings.frames),
            "score": asdict(self.settings.score),
            "datasets": {name: asdict(one) for name, one in self.settings.datasets.items()},
            "oracles": {one.name: one.told() for one in self.engaged},
        }
        files = [self.videos.file, self.study / "study.toml"]
        return Provenance("score", {file: digest(file) for file in files if file.is_file()}, options)


def plan(directory: Path, videos: Path | None, settings: Settings, shard: Shard | None = None) -> Plan:
    """Settle who is asked about what; what a shard brings goes to a directory of its own.

    Raises
    ------
    InputError
        An oracle, a dataset, a prompt or a video is not there, or two runs would be repeats.
    """
    asked = settings.score
    chosen = choose(videos, asked.datasets, asked.limit, shard=shard)
    require_datasets(settings, set(chosen.datasets))
    engaged = engage(settings, asked.oracles, chosen.datasets)
    require_p_yes(engaged)
    if asked.runs > 1:
        require_difference(engaged, settings.frames.jitter_s > 0)
    return Plan(place_of(directory, shard), settings, chosen, engaged, directory)


def score(planned: Plan, how: How) -> Scoring:
    """Ask oracles about videos, and write the tables of the study.

    Rows of a video take the place of those that the same run of the same oracle has of it; a video that was
    not asked about, because the run was stopped, keeps its rows.

    Raises
    ------
    InputError
        A key is missing, another process writes the ledger, or a rebuild is to ask.
    """
    if how.rebuild and (how.batch or how.resend):
        asks = "--batch" if how.batch else "--resend"
        raise InputError(f"--rebuild asks nobody, and {asks} would; give one of the two")
    if not how.rebuild:
        require_keys(planned.engaged)
    take_over(planned.study, planned.videos.shard)
    planned.directory.mkdir(parents=True, exist_ok=True)
    recorder = Recorder(planned.directory, planned.provenance())
    tally = {one.name: Asking(one.name, one.strategy, planned.jobs) for one in planned.engaged}

    def take(oracle: str, found: Labelled) -> None:
        missing = how.rebuild and MISSING in _details(found)
        if not missing and not waiting_in(found.precheck.get("detail")):
            recorder.add(found)  # what is left out keeps the rows that it has
        if not (missing and oracle in stopped):  # why is said once
            tally[oracle].add(found)

    stopped: dict[str, str] = {}
    options, totals = planned.settings.score, dict.fromkeys(tally, planned.jobs)
    with Ledger(planned.directory / LEDGER) as ledger:
        stopped |= _batches(planned, ledger, how)
        if how.batch:
            how = replace(how, rebuild=True)  # what the batches did not bring is asked by the next run
        jobs = partial(_jobs, planned, Opener(planned.settings, ledger))
        budget = Budget(options.budget, options.max_calls)
        try:
            with spread(planned.engaged, "local" if how.rebuild else how.engine) as engaged:
                ran = asyncio.run(
                    ask_all(engaged, ledger, budget, how, jobs, totals, take, recorder.keep_writing)
                )
        finally:
            recorder.flush()
        taken = ledger.totals()
        notes = (*ledger.notes, *recorder.mixed())
    for name, one in tally.items():
        one.finish(ran.spent[name], ran.stopped.get(name, stopped.get(name)), taken.get(name))
    prechecks = planned.directory / "prechecks.parquet"
    compared = ratios(prechecks) if prechecks.is_file() else ()
    return Scoring(tuple(tally.values()), ran.interrupted, compared, tuple(recorder.written.values()), notes)


def _batches(planned: Plan, ledger: Ledger, how: How) -> dict[str, str]:
    """Ask by batch, or look whether open ones are done; return why an oracle did not come to the end."""
    if how.batch:
        from crossoracle.oracles.batching import ask_by_batch

        return ask_by_batch(planned, ledger, how)
    if not how.rebuild and unsettled_of(ledger, vanished=how.resend):
        from crossoracle.oracles.batching import look_at_batches

        look_at_batches(planned, ledger, vanished=how.resend)
    return {}


def _details(found: Labelled) -> list[str]:
    return str(found.precheck.get("detail")).split("; ")


def _jobs(planned: Plan, opener: Opener, one: Engaged, asked: Asked) -> Iterator[Job[Labelled]]:
    for sample in range(planned.settings.score.runs):
        for video in planned.videos:
            yield partial(_job, planned, opener, one, asked, video, sample)


async def _job(
    planned: Plan, opener: Opener, one: Engaged, asked: Asked, video: Video, sample: int
) -> Labelled:
    """Open a video and ask about it; one that cannot be opened, or put into words, is an error of its own."""
    try:
        clip = await opener(video, sample)
        return await strategy_of(one, planned.settings)(asked, clip, sample)
    except (InputError, VideoError) as wrong:
        key = {"dataset": video.dataset, "video_id": video.video_id, "oracle": one.name, "run": str(sample)}
        return Labelled([], {**key, "outcome": "error", "calls": 0, "detail": str(wrong)}, [])
