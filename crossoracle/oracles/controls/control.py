"""Sanity controls: whether an oracle sees the action by what it calls important, and not without it.

For each video that an oracle recognised and scored, it is asked about the whole video, about the segments
that it kept alone, about the others alone, about the whole video under the label of another one, and along
two curves: without its highest segments (deletion), and with these alone (insertion). An oracle whose scores
mean what it sees has a low deletion curve and a high insertion curve.

References
----------
Petsiuk, Das & Saenko (2018), BMVC (deletion and insertion); Adebayo et al. (2018), NeurIPS (sanity checks).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crossoracle.oracles.asking.together import together
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Oracle, Verified


@dataclass(frozen=True)
class Rated:
    """What an oracle said of the segments of a video: its scores, and its kept set."""

    scores: tuple[float | None, ...]
    kept: tuple[bool | None, ...]


@dataclass(frozen=True)
class Probe:
    """One thing to show: which control, at which point of a curve, and which segments are gone."""

    control: str
    x: float | None
    gone: frozenset[int]


@dataclass(frozen=True)
class Shown:
    """What an oracle said to a `Probe`; ``outcome`` None means that there was nothing to show."""

    control: str
    x: float | None
    p_yes: float | None
    outcome: str | None


def probes(rated: Rated, points: int) -> list[Probe]:
    """Return what to show of a video.

    The curves stand at the shares x = 0, 1/points, 2/points and so on of its K segments, rounded to whole
    segments (halves up): deletion at x below 1, where at least one segment is left, and insertion at x above
    0, with at least one. The highest scores come first, of equal ones the lower segment, unrated ones last.
    """
    n = len(rated.scores)
    every = frozenset(range(n))
    kept = frozenset(segment for segment, is_kept in enumerate(rated.kept) if is_kept)
    order = sorted(every, key=lambda s: (-_score(rated.scores[s]), s))
    found = [
        Probe("whole", None, frozenset()),
        Probe("wrong-label", None, frozenset()),
    ]
    if any(flag is not None for flag in rated.kept):
        found += [Probe("keep-important", None, every - kept), Probe("keep-filler", None, kept)]
    for step in range(points):
        removed = min(_share(n, step, points), n - 1)
        found.append(Probe("deletion", step / points, frozenset(order[:removed])))
    for step in range(1, points + 1):
        shown = max(_share(n, step, points), 1)
        found.append(Probe("insertion", step / points, frozenset(order[shown:])))
    return found


async def controlled(
    oracle: Oracle,
    clip: Clip,
    rated: Rated,
    wrong: Mapping[str, Any] | None,
    *,
    points: int,
    operator: str,
    sample: int,
) -> list[Shown]:
    """Ask an oracle about everything that is to be shown of a video; each different clip once.

    Parameters
    ----------
    wrong : mapping, optional
        Label and attributes of another video; None where no other label is there.
    """
    plan = probes(rated, points)
    asked: dict[tuple[bool, frozenset[int]], Clip] = {}
    for probe in plan:
        other = probe.control == "wrong-label"
        if len(probe.gone) < len(clip.segments) and not (other and wrong is None):
            asked[other, probe.gone] = _clip(clip, probe, wrong if other else None, operator)
    found = await together(oracle.verify(one, sample=sample) for one in asked.values())
    said = dict(zip(asked, found, strict=True))
    return [_shown(probe, said.get((probe.control == "wrong-label", probe.gone))) for probe in plan]


def _clip(clip: Clip, probe: Probe, wrong: Mapping[str, Any] | None, operator: str) -> Clip:
    changed = replace(clip, **wrong) if wrong is not None else clip
    return changed.without(probe.gone, operator)


def _shown(probe: Probe, said: Verified | None) -> Shown:
    if said is None:
        return Shown(probe.control, probe.x, None, None)
    return Shown(probe.control, probe.x, said.p_yes, said.read.outcome)


def area(curve: Sequence[float | None]) -> float | None:
    """Return the area under a curve at even distances, by trapezoids, over its width: its mean height.

    Undefined (None) where a point is.

    Examples
    --------
    >>> area([1.0, 0.5, 0.0]), area([1.0, None])
    (0.5, None)
    """
    heights = [height for height in curve if height is not None]
    if len(heights) < len(curve) or len(curve) < 2:
        return None
    return (sum(heights) - (heights[0] + heights[-1]) / 2) / (len(heights) - 1)


def wrong_of(
    dataset: str, video_id: str, label: str, labels: Mapping[str, Any], seed: int
) -> dict[str, Any] | None:
    """Return label and attributes of a video with another label, drawn by (seed, dataset, video_id).

    Parameters
    ----------
    labels : mapping
        For each label of the dataset, the attributes of a video that has it.
    """
    others = sorted(name for name in labels if name != label)
    if not others:
        return None
    digest = hashlib.sha256(f"{seed}/{dataset}/{video_id}".encode()).digest()
    chosen = others[int.from_bytes(digest[:8], "big") % len(others)]
    return {"label": chosen, "attributes": labels[chosen]}


def _share(n: int, step: int, points: int) -> int:
    """Return step / points of n, rounded to a whole number, halves up, in whole numbers."""
    return (2 * n * step + points) // (2 * points)


def _score(score: float | None) -> float:
    return -1.0 if score is None else score
