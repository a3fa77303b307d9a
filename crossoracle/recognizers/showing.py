"""What a recognizer is shown of a video: which instants for every row, and what of them is hidden.

Two protocols. *repack* shows the frames that a condition chooses, as many as a clip has, wherever they stand.
*mask* shows the frames of the full video, and blanks those of segments that the condition leaves out; a
condition that leaves nothing out is then the full video.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossoracle.recognizers.videos import Key, Video
from crossoracle.sampling.condition import Condition
from crossoracle.sampling.density import Density
from crossoracle.sampling.frames import Placed, place
from crossoracle.sampling.run import Options, plan
from crossoracle.sampling.scored import Failure, Scored
from crossoracle.video.segments import cut

Motion = Callable[[Scored], NDArray[np.float64] | None]


@dataclass(frozen=True, eq=False)
class Shown:
    """What is seen under a condition.

    Parameters
    ----------
    instants : float array, (clips, frames)
        In seconds from the first frame, in the order in which they are shown.
    hidden : bool array, (clips, frames)
        Which of them are blanked.
    kept_fraction : float
        The share of the duration that can be seen.
    """

    instants: NDArray[np.float64]
    hidden: NDArray[np.bool_]
    kept_fraction: float


@dataclass(frozen=True)
class Asked:
    """Which conditions are shown, of which oracles, and how.

    Parameters
    ----------
    conditions : tuple of Condition
        Those that need no oracle are shown once.
    whose : tuple of (str, str)
        Oracles and runs.
    protocol : {"repack", "mask"}
        See above.
    sampling : Options
        Frames, clips and seed.
    step_s : float
        The length of a segment, in seconds, where no oracle divided the video.
    """

    conditions: tuple[Condition, ...]
    whose: tuple[tuple[str, str], ...]
    protocol: str
    sampling: Options
    step_s: float

    def rows(self) -> Iterator[Key]:
        """Yield what tells the rows of a video apart."""
        for condition in self.conditions:
            if condition.needs_oracle:
                yield from ((oracle, run, str(condition)) for oracle, run in self.whose)
            else:
                yield None, "0", str(condition)


def shown(video: Video, end_s: float, asked: Asked, motion: Motion) -> dict[Key, Shown | Failure]:
    """Return what is seen of a video in every row, or why nothing is.

    Parameters
    ----------
    end_s : float
        When the video ends, in seconds.
    motion : callable
        Returns how much moves in each segment; asked where a condition needs it.
    """
    found: dict[Key, Shown | Failure] = {}
    alone = [condition for condition in asked.conditions if not condition.needs_oracle]
    for condition, seen in zip(
        alone, _seen(_divided(video, end_s, asked), alone, asked, motion), strict=True
    ):
        found[None, "0", str(condition)] = seen
    guided = [condition for condition in asked.conditions if condition.needs_oracle]
    for oracle, run in asked.whose if guided else ():
        said = video.said.get((oracle, run), Failure("the oracle did not score this video"))
        fitted = said.until(end_s) if isinstance(said, Scored) else said
        for condition, seen in zip(guided, _seen(fitted, guided, asked, motion), strict=True):
            found[oracle, run, str(condition)] = seen
    return found


def _divided(video: Video, end_s: float, asked: Asked) -> Scored:
    """Return the video as the first oracle divided it that has divided this file; else in equal steps."""
    for said in video.said.values():
        fitted = said.until(end_s) if isinstance(said, Scored) else said
        if isinstance(fitted, Scored):
            return Scored.of(video.dataset, video.video_id, fitted.edges.tolist())
    return Scored.of(video.dataset, video.video_id, cut(end_s, asked.step_s).edges)


def _seen(
    video: Scored | Failure, conditions: Sequence[Condition], asked: Asked, motion: Motion
) -> list[Shown | Failure]:
    if isinstance(video, Failure):
        return [video for _ in conditions]
    show = _masked if asked.protocol == "mask" else _repacked
    return show(video, conditions, asked.sampling, motion)


def _repacked(
    video: Scored, conditions: Sequence[Condition], options: Options, motion: Motion
) -> list[Shown | Failure]:
    found: list[Shown | Failure] = []
    for planned in plan(video, conditions, options, motion):
        if planned.placed is None:
            found.append(Failure(planned.failure or "nothing can be seen"))
        else:
            found.append(_all_of(planned.placed, planned.kept_fraction))
    return found


def _all_of(placed: Placed, kept_fraction: float) -> Shown:
    return Shown(placed.instants, np.zeros(placed.instants.shape, dtype=np.bool_), kept_fraction)


def _masked(
    video: Scored, conditions: Sequence[Condition], options: Options, motion: Motion
) -> list[Shown | Failure]:
    full = place(
        Density(video.edges, np.ones(len(video.widths))), options.frames, options.clips, options.offset
    )
    if any("motion" in condition.form.needs for condition in conditions):
        video = replace(video, motion=motion(video))
    return [_blanked(full, condition.density(video, options.seed)) for condition in conditions]


def _blanked(full: Placed, density: Density | Failure) -> Shown | Failure:
    if isinstance(density, Failure):
        return density
    hidden = ~density.seen[full.segment]
    if hidden.all():
        return Failure("no frame of the full video stands in what is left to see")
    return Shown(full.instants, hidden, density.kept_fraction)
