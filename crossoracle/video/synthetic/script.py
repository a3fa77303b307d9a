"""What happens in a generated video, frame by frame, and how much evidence each segment carries.

Everything is drawn by name: (seed, dataset, video, purpose). So a video is the same whichever others there
are, and in whatever order they are made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crossoracle.video.segments import Segments, cut
from crossoracle.video.synthetic.regime import CUES, SWEEPS, Regime

Floats = NDArray[np.float64]
FPS = 10
DURATION_S = 5.0
STEP_S = 0.5
"""Segments of the truth: as long as oracles are asked about by default."""

SPEED = 0.3
"""How far an actor moves in a second, as a share of the picture."""

PERIOD_S, REACH = 1.0, 0.16
"""How long an actor circles until it is back, and how far away from the middle."""

SWEEP = 0.3
"""How far a sweep goes to either side of the middle, as a share of the picture."""

ACTOR_SIZE, SWEEP_SIZE = (0.2, 0.28), 0.2

STRANGER_S, STRANGER_SIZE = (0.3, 0.6), (0.14, 0.2)
HEADINGS = {"right": (1.0, 0.0), "left": (-1.0, 0.0), "down": (0.0, 1.0), "up": (0.0, -1.0)}


@dataclass(frozen=True)
class Look:
    """An actor in one frame; a cue that cannot be seen is None.

    Parameters
    ----------
    shape, colour, stripes : int or None
        The class whose cue each is.
    x, y : float
        Its middle, as shares of the picture.
    size, contrast : float
        Its radius as a share of the picture, and how clearly it stands out.
    """

    shape: int | None
    colour: int | None
    stripes: int | None
    x: float
    y: float
    size: float
    contrast: float


@dataclass(frozen=True)
class Script:
    """A video before it is painted.

    Parameters
    ----------
    looks : tuple of Look or None
        Per frame, what is to be seen beside the background.
    away : tuple of bool
        Per frame, whether the camera shows another place.
    importance : float array, (segments,)
        How much of the evidence that a segment could show it does show, in [0, 1].
    """

    looks: tuple[Look | None, ...]
    away: tuple[bool, ...]
    importance: Floats


def stream(seed: int, *name: str) -> np.random.Generator:
    """Return the random numbers for a purpose."""
    digest = hashlib.sha256(json.dumps([seed, *name]).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype="<u4"))


@cache
def segments() -> Segments:
    """Return where the truth about a video is cut."""
    return cut(DURATION_S, STEP_S)


def script(regime: Regime, label: int, rng: np.random.Generator) -> Script:
    """Write what happens in a video of a class."""
    shown = evidence(regime, rng)
    if regime.ordered:
        looks, clear = _sweeps(regime, label, shown, rng)
    else:
        looks, clear = _acts(regime, label, shown, rng)
    away = (shown < 0) & regime.cutaways
    _strangers(regime, looks, shown, rng)
    return Script(tuple(looks), tuple(away.tolist()), _per_segment(clear))


def evidence(regime: Regime, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the interval of evidence that each frame belongs to, counted from 0; -1 for filler.

    Every interval lies in a part of the video of its own, and leaves some filler in it.
    """
    frames = round(DURATION_S * FPS)
    shown = np.full(frames, -1)
    bounds = np.linspace(0, frames, regime.pieces + 1)
    for piece, (first, last) in enumerate(pairwise(bounds.tolist())):
        length = rng.uniform(*regime.share) * (last - first)
        start = rng.uniform(first, last - length)
        shown[round(start) : round(start + length)] = piece
    return shown


def _acts(
    regime: Regime, label: int, shown: NDArray[np.int64], rng: np.random.Generator
) -> tuple[list[Look | None], Floats]:
    """Let an actor show the cues of its class, some of them wrong, some of them not always."""
    n, frames = len(regime.classes), len(shown)
    lie = rng.random(len(CUES)) < regime.lies
    cues = np.where(lie, (label + rng.integers(1, n, len(CUES))) % n, label)
    hidden = rng.random((len(segments()), len(CUES))) < regime.missing
    size, contrast = rng.uniform(*ACTOR_SIZE), rng.uniform(regime.faint, 1.0)
    looks: list[Look | None] = [None] * frames
    clear = np.zeros(frames)
    for piece in range(regime.pieces):
        inside, middle = np.flatnonzero(shown == piece), rng.uniform(0.4, 0.6, 2)
        since = -len(inside) / FPS / 2
        for frame in inside:
            seen = ~hidden[segments().of(frame / FPS)]
            since += seen[3] / FPS  # where its movement cannot be seen, it stands still
            shape, colour, stripes = (int(cues[i]) if seen[i] else None for i in range(3))
            looks[frame] = Look(shape, colour, stripes, *_moved(int(cues[3]), since, middle), size, contrast)
            clear[frame] = (seen & ~lie).mean()
    return looks, clear


def _moved(motion: int, since_s: float, middle: Floats) -> tuple[float, float]:
    """Return where an actor is that passes a middle, in the direction of a class; in the last it circles."""
    if motion == len(HEADINGS):
        turn = 2 * np.pi * since_s / PERIOD_S
        step = REACH * np.array([np.cos(turn), np.sin(turn)])
    else:
        step = SPEED * since_s * np.array(list(HEADINGS.values())[motion])
    x, y = middle + step
    return float(x), float(y)


def _sweeps(
    regime: Regime, label: int, shown: NDArray[np.int64], rng: np.random.Generator
) -> tuple[list[Look | None], Floats]:
    """Let a thing of any look cross the picture twice."""
    headings = [HEADINGS[word] for word in SWEEPS[label].split("-then-")]
    shape, colour, stripes = (int(cue) for cue in rng.integers(0, 5, 3))
    contrasts = rng.permutation([rng.uniform(0.9, 1.0), rng.uniform(regime.faint, regime.faint + 0.1)])
    looks: list[Look | None] = [None] * len(shown)
    clear = np.zeros(len(shown))
    for piece, (heading, contrast) in enumerate(zip(headings, contrasts, strict=True)):
        frames, lane = np.flatnonzero(shown == piece), rng.uniform(0.3, 0.7)
        clear[frames] = contrast
        for place, frame in zip(np.linspace(-SWEEP, SWEEP, len(frames)), frames, strict=True):
            x, y = (0.5 + place * h if h else lane for h in heading)
            looks[frame] = Look(shape, colour, stripes, x, y, SWEEP_SIZE, contrast)
    return looks, clear


def _strangers(
    regime: Regime, looks: list[Look | None], shown: NDArray[np.int64], rng: np.random.Generator
) -> None:
    """Let things appear in the filler, each of whose cues is that of any class."""
    filler = np.flatnonzero(shown < 0)
    for _ in range(regime.strangers):
        first = int(rng.choice(filler))
        length = round(rng.uniform(*STRANGER_S) * FPS)
        shape, colour, stripes, motion = (int(cue) for cue in rng.integers(0, len(regime.classes), len(CUES)))
        middle, size = rng.uniform(0.3, 0.7, 2), rng.uniform(*STRANGER_SIZE)
        contrast = rng.uniform(regime.faint, 1.0)
        for since, frame in enumerate(range(first, min(first + length, len(shown)))):
            if shown[frame] < 0:
                place = _moved(motion, (since - length / 2) / FPS, middle)
                looks[frame] = Look(shape, colour, stripes, *place, size, contrast)


def _per_segment(clear: Floats) -> Floats:
    """Return the mean of each segment's frames."""
    where = segments()
    of = [where.of(frame / FPS) for frame in range(len(clear))]
    return np.bincount(of, clear, len(where)) / np.bincount(of, minlength=len(where))


def decisive(importance: Sequence[float] | Floats) -> list[bool]:
    """Return which segments decide: those that show at least half of what a segment could."""
    return [value >= 0.5 for value in importance]
