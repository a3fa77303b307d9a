"""The verb controls: oracles that have scored videos are put to the test by what they said of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import InputError, StudyError, VideoError
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.running import Job, Ran
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.conducting import LEDGER, How, Opener, ask_all
from crossoracle.oracles.controls.control import controlled, wrong_of
from crossoracle.oracles.controls.controlling import Responses, control_rows, failure_rows
from crossoracle.oracles.controls.results import write_beside
from crossoracle.oracles.controls.scored import (
    Labels,
    Scored,
    count,
    labels_of,
    oracles_of,
    outcomes_of,
    scored,
)
from crossoracle.oracles.engaging import GREEDY, Engaged, called, engage, require_keys
from crossoracle.oracles.recording import frame
from crossoracle.oracles.settings import Settings
from crossoracle.oracles.videos import Videos, choose
from crossoracle.provenance import Provenance, digest
from crossoracle.tables import EDGE_S

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Trial:
    """Who is tested on what.

    Parameters
    ----------
    videos : Videos
        The videos to choose from; those count that an oracle has scored.
    scores, prechecks : tuple of path, and path
        The tables of the study, or those that were given; prechecks need not be there.
    """

    directory: Path
    settings: Settings
    videos: Videos
    scores: tuple[Path, ...]
    prechecks: Path | None
    engaged: Sequence[Engaged]


@dataclass(frozen=True)
class Controlled:
    """What `Study.controls` found.

    Parameters
    ----------
    controls, failures : pandas.DataFrame
        The rows of the oracles that were tested; the files hold those of others, too.
    left_out : dict of str to list of str
        By oracle, why videos could not be tested.
    stopped : dict of str to str
        Why an oracle did not come to the end.
    interrupted : bool
        Whether somebody stopped it.
    files : tuple of path
        The tables that were written.
    """

    controls: pd.DataFrame
    failures: pd.DataFrame
    left_out: dict[str, list[str]]
    stopped: dict[str, str]
    interrupted: bool
    files: tuple[Path, ...]

    @property
    def complete(self) -> bool:
        """Whether every video could be tested, every call was answered, and there is a P(YES) to tell of."""
        measured = self.controls.loc[self.controls["metric"] == "p_yes", "value"].notna().any()
        return bool(measured) and not (self.silent or self.stopped or any(self.left_out.values()))

    @property
    def silent(self) -> list[str]:
        """The oracles of which some questions brought no reply."""
        rows = self.failures
        here = (rows["asked"] == "controls") & (rows["outcome"] == "error") & (rows["n"] > 0)
        return sorted(set(rows.loc[here, "oracle"]))


def trial(
    directory: Path, scores: Sequence[Path], prechecks: Path | None, videos: Path | None, settings: Settings
) -> Trial:
    """Settle who is tested on what.

    Raises
    ------
    StudyError, InputError
        There are no scores; an oracle is not known, or has no scores in the run.
    """
    if not scores:
        raise StudyError(f"{directory}: found no scores to test; `crossoracle score` makes some")
    asked = settings.controls
    chosen = choose(videos, (), asked.limit, asked.cluster)
    there = oracles_of(scores, asked.run)
    wanted = asked.oracles or tuple(_scored_as(settings, there))
    missing = [name for name in wanted if name not in there]
    if missing or not wanted:
        of = ", ".join(missing) or "any oracle of study.toml"
        raise InputError(
            f"{', '.join(map(str, scores))}: found no scores of {of} in run {asked.run}; those with scores "
            f"are {', '.join(sorted(there)) or 'none'}: give --oracle or --run"
        )
    direct = replace(settings, score=replace(settings.score, strategy="direct"))
    engaged = [
        replace(one, name=name)
        for name in wanted
        for one in engage(direct, [name.removesuffix(GREEDY)], chosen.datasets)
    ]
    return Trial(directory, settings, chosen, tuple(scores), prechecks, engaged)


def _scored_as(settings: Settings, there: Collection[str]) -> Iterator[str]:
    """Yield what the oracles of study.toml are called in scores, where these have them."""
    for name, section in settings.oracles.items():
        yield from [each for each in (called(section, settings)[0], name) if each in there][:1]


def control(tried: Trial, out: Path, how: How) -> Controlled:
    """Test oracles, and write their rows into results/controls and results/failures; others stay there.

    Raises
    ------
    InputError
        A key is missing, or another process writes the ledger.
    """
    require_keys(tried.engaged)
    found: dict[str, list[Responses]] = defaultdict(list)
    left_out: dict[str, list[str]] = defaultdict(list)
    options = tried.settings.controls

    def take(oracle: str, done: Responses | str) -> None:
        if isinstance(done, str):
            left_out[oracle].append(done)
        else:
            found[oracle].append(done)

    totals = {one.name: count(tried.videos, tried.scores, one.name, options.run) for one in tried.engaged}
    with Ledger(tried.directory / LEDGER) as ledger:
        opener = Opener(tried.settings, ledger)
        jobs = partial(_jobs, tried, opener, labels_of(tried.videos, options.seed))
        budget = Budget(options.budget, options.max_calls)
        ran = asyncio.run(ask_all(tried.engaged, ledger, budget, how, jobs, totals, take))
    return _written(tried, out, found, left_out, ran)


def _jobs(
    tried: Trial, opener: Opener, labels: Labels, one: Engaged, asked: Asked
) -> Iterator[Job[Responses | str]]:
    for each in scored(tried.videos, tried.scores, one.name, tried.settings.controls.run):
        yield partial(_job, tried, opener, labels, asked, each)


async def _job(tried: Trial, opener: Opener, labels: Labels, asked: Asked, each: Scored) -> Responses | str:
    """Test an oracle on a video; return why it cannot be, where it cannot."""
    options, video = tried.settings.controls, each.video
    sample = int(options.run) if options.run.isdecimal() else 0
    other = wrong_of(video.dataset, video.video_id, video.label, labels[video.dataset], options.seed)
    try:
        clip = await opener(video, sample)
        _require_same(clip, each.borders)
        shown = await controlled(
            asked, clip, each.rated, other, points=options.points, operator=options.operator, sample=sample
        )
    except (InputError, VideoError) as wrong:
        return str(wrong)
    return Responses(video.dataset, video.video_id, video.cluster, tuple(shown))


def _require_same(clip: Clip, borders: Sequence[tuple[float, float]]) -> None:
    """Refuse a clip that is cut into other segments than those that were scored."""
    pairs = zip(clip.segments, borders, strict=False)
    apart = (max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairs)
    if len(clip.segments) != len(borders) or max(apart, default=0.0) > EDGE_S:
        raise InputError(
            f"{clip.dataset}/{clip.video_id}: {len(borders)} segments were scored, and it is now cut into "
            f"{len(clip.segments)}; set step_s in [frames] as it was, or score it again"
        )


def _written(
    tried: Trial,
    out: Path,
    found: Mapping[str, Sequence[Responses]],
    left_out: dict[str, list[str]],
    ran: Ran,
) -> Controlled:
    options = tried.settings.controls
    rows: dict[str, list[dict[str, Any]]] = {"controls": [], "failures": []}
    for one in tried.engaged:
        tested = sorted(found.get(one.name, ()), key=lambda each: (each.dataset, each.video_id))
        if tested:
            rows["controls"] += control_rows(
                one.name,
                options.run,
                tested,
                replicates=options.replicates,
                level=options.level,
                seed=options.seed,
            )
        prechecked = outcomes_of(tried.prechecks, one.name, options.run)
        said = [(each.dataset, shown.outcome) for each in tested for shown in each.shown if shown.outcome]
        for asked, outcomes in (("precheck", prechecked), ("controls", said)):
            rows["failures"] += failure_rows(one.name, options.run, asked, outcomes)
    tables = {name: frame(name, some) for name, some in rows.items()}
    whose = {(one.name, options.run) for one in tried.engaged if found.get(one.name)}
    files = write_beside(tables, whose, out, _provenance(tried))
    return Controlled(tables["controls"], tables["failures"], left_out, ran.stopped, ran.interrupted, files)


def _provenance(tried: Trial) -> Provenance:
    options = {
        "controls": asdict(tried.settings.controls),
        "frames": asdict(tried.settings.frames),
        "oracles": {one.name: one.told() for one in tried.engaged},
    }
    files = [tried.videos.file, *tried.scores, tried.prechecks]
    inputs: dict[str | Path, str] = {file: digest(file) for file in files if file is not None}
    return Provenance("controls", inputs, options, tried.settings.controls.seed)
