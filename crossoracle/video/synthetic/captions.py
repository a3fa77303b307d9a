"""What is to be seen in a generated video, in words: frame by frame, and of each class.

A caption names what the script shows in a frame (shape, colour, stripes, movement, or that nothing is there),
neither the class nor how much a segment counts. Where the order of movements makes the class, it says whether
something moves first or in the end. Sub-texts are what somebody who knows the classes says of each, in the
same words: several sets of them, good ones and poorer ones, as language models write them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crossoracle.video.synthetic.regime import ACTORS, Regime
from crossoracle.video.synthetic.script import Look, Script

COLOURS = ("red", "lime", "green", "blue", "purple")
STRIPES = ("upright", "steeply rising", "gently rising", "gently falling", "steeply falling")
WAYS = ("right", "left", "down", "up")
EMPTY = "empty place"
CIRCLING, STILL = "circling", "standing still"
SLOW, FAST, CUT = 0.005, 0.06, 0.14
"""Shares of the picture from frame to frame: what stands still is slower than the first, what circles is
faster than the second, and beyond the third it is another actor."""

Step = NDArray[np.float64]


def captions(regime: Regime, script: Script) -> tuple[str, ...]:
    """Return what is to be seen in each frame of a script."""
    half = len(script.looks) / 2
    moves = _moves(script.looks)
    return tuple(
        EMPTY if look is None else _caption(look, move, first=i < half, ordered=regime.ordered)
        for i, (look, move) in enumerate(zip(script.looks, moves, strict=True))
    )


def subtexts(regime: Regime) -> dict[str, list[list[str]]]:
    """Return the candidate sets of sub-texts of each class of a regime."""
    if regime.ordered:
        return {label: list(_sweep(*label.split(" then "))) for label in regime.classes}
    return {label: list(_act(number)) for number, label in enumerate(regime.classes)}


def _caption(look: Look, move: str, *, first: bool, ordered: bool) -> str:
    colour = "grey" if look.colour is None else COLOURS[look.colour]
    shape = "blob" if look.shape is None else ACTORS[look.shape]
    stripes = "plain" if look.stripes is None else f"{STRIPES[look.stripes]} stripes"
    if ordered and move in WAYS:
        move = f"{move} then elsewhere" if first else f"elsewhere then {move}"
    told = f"moving {move}" if move not in (CIRCLING, STILL) else move
    return f"{colour} {shape}, {stripes}, {told}"


def _moves(looks: tuple[Look | None, ...]) -> list[str]:
    """Return how the actor of each frame moves: to the next frame that shows it, or from the one before."""
    steps = [_step(one, other) for one, other in pairwise(looks)]
    after, before = [*steps, None], [None, *steps]
    return [_way(before[i] if after[i] is None else after[i]) for i in range(len(looks))]


def _step(one: Look | None, other: Look | None) -> Step | None:
    """Return how far an actor goes to the right and downwards, or None where there is no such actor."""
    if one is None or other is None:
        return None
    step = np.array([other.x - one.x, other.y - one.y])
    return step if np.hypot(*step) < CUT else None


def _way(step: Step | None) -> str:
    if step is None or np.hypot(*step) < SLOW:
        return STILL
    if np.hypot(*step) > FAST:
        return CIRCLING
    right, down = step.tolist()
    if abs(right) > abs(down):
        return "right" if right > 0 else "left"
    return "down" if down > 0 else "up"


def _act(number: int) -> Iterator[list[str]]:
    """Yield sets of sub-texts of a class that is told by four cues."""
    shape, colour, stripes = ACTORS[number], COLOURS[number], STRIPES[number]
    move = CIRCLING if number == len(WAYS) else f"moving {WAYS[number]}"
    yield [shape, colour, f"{stripes} stripes", move]
    yield [f"{colour} {shape}", f"{shape}, {stripes} stripes", f"{shape}, {move}"]
    yield [f"{colour} {shape}", f"{colour} {shape}, {move}", shape]


def _sweep(first: str, then: str) -> Iterator[list[str]]:
    """Yield sets of sub-texts of a class that is told by the order of two movements."""
    yield [f"moving {first} then elsewhere", f"moving elsewhere then {then}"]
    yield [f"moving {first}", f"moving {then}"]
    yield [f"{first} then", f"then {then}", "moving"]
