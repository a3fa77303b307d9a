"""From a script to pictures: an actor before a background, with a little noise of the camera."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from crossoracle.video.picture import Pixels
from crossoracle.video.synthetic.regime import ACTORS
from crossoracle.video.synthetic.script import Look, Script

SIDE = 96
NOISE = 2.0
"""Standard deviation of the noise, in levels of grey; more of it makes files much larger."""

SHAKES = 5
"""Pictures of noise that are drawn for a video; each frame takes one of them."""

GRAININESS = 25.0
"""How much the grains of a place differ, in levels of grey."""

PERIOD = 0.7
"""Of the stripes, in radii of the actor."""

TRIANGLE, SQUARE, STAR, CROSS, RING = range(len(ACTORS))

Image = NDArray[np.float32]
GREY = np.full(3, 150, dtype=np.float32)


def painted(
    script: Script, grain: tuple[int, int], background: np.random.Generator, camera: np.random.Generator
) -> Iterator[Pixels]:
    """Yield the frames of a script, uint8, (SIDE, SIDE, 3), RGB.

    Parameters
    ----------
    script : Script
        What happens.
    grain : (int, int)
        How many grains the place has from the top down and from side to side.
    background : Generator
        Draws the place, and the place that cutaways show: clips of one source have it in common.
    camera : Generator
        Draws the noise.
    """
    here, there = _place(grain, background), _place(grain, background)
    drift = background.uniform(-0.15, 0.15, 2)
    noise = camera.normal(0, NOISE, (SHAKES, SIDE, SIDE, 1)).astype(np.float32)
    shake = camera.integers(0, SHAKES, len(script.looks))
    for number, (look, away) in enumerate(zip(script.looks, script.away, strict=True)):
        canvas = _window(there if away else here, drift * number)
        if look is not None:
            _add(canvas, look)
        canvas += noise[shake[number]]
        yield np.clip(canvas, 0, 255, out=canvas).astype(np.uint8)


def _place(grain: tuple[int, int], rng: np.random.Generator) -> Image:
    """Draw a place somewhat larger than the picture: clouds of a muted colour."""
    import cv2

    side = SIDE * 2
    clouds = cv2.resize(rng.random((9, 9)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.random(grain).astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    tint = rng.uniform(0.75, 1.0, 3).astype(np.float32)
    grey = 65 + 50 * clouds + GRAININESS * fine
    return np.asarray(grey[..., None] * tint, dtype=np.float32)


def _window(place: Image, shift: NDArray[np.float64]) -> Image:
    x, y = (round(SIDE / 2 + step) for step in shift)
    return place[y : y + SIDE, x : x + SIDE].copy()


def _add(canvas: Image, look: Look) -> None:
    """Paint an actor onto a canvas, of which no more is touched than it covers."""
    import cv2

    radius, centre = look.size * SIDE, np.array([look.x, look.y]) * SIDE
    low, high = (np.clip(np.round(centre + way * (1.2 * radius + 1)), 0, SIDE).astype(int) for way in (-1, 1))
    window, centre = canvas[low[1] : high[1], low[0] : high[0]], centre - low
    if not window.size:
        return
    mask = np.zeros(window.shape[:2], dtype=np.uint8)
    outline = np.round((centre + radius * _outline(look.shape)) * 8).astype(np.int32)
    cv2.fillPoly(mask, [outline], 255, lineType=cv2.LINE_AA, shift=3)
    if look.shape == RING:
        middle = (round(float(centre[0])), round(float(centre[1])))
        cv2.circle(mask, middle, round(radius * 0.55), 0, -1, cv2.LINE_AA)
    cover = (mask.astype(np.float32) / 255 * look.contrast)[..., None]
    window *= 1 - cover
    window += cover * _surface(look, centre, radius, window.shape[:2])


@cache
def _outline(shape: int | None) -> NDArray[np.float64]:
    """Return the corners of a shape of radius 1, (corners, 2); a disc where it cannot be made out."""
    if shape == TRIANGLE:
        return _corners(3, 1.1, 1.1)
    if shape == SQUARE:
        return _corners(4, 1.05, 1.05)
    if shape == STAR:
        return _corners(10, 1.15, 0.45)
    if shape == CROSS:
        arm = 0.33
        quarter = np.array([[arm, -1.0], [arm, -arm], [1.0, -arm]])
        turns = ([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in np.arange(4) * np.pi / 2)
        return np.concatenate([quarter @ np.array(turn).T for turn in turns])
    return _corners(24, 1.0, 1.0)


def _corners(n: int, outer: float, inner: float) -> NDArray[np.float64]:
    angle = -np.pi / 2 + 2 * np.pi * np.arange(n) / n + (np.pi / 4 if n == 4 else 0)
    radius = np.where(np.arange(n) % 2 == 0, outer, inner)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius[:, None]


def _surface(look: Look, centre: NDArray[np.float64], radius: float, size: tuple[int, ...]) -> Image:
    """Return what the actor is made of: a colour, in stripes; grey and plain where these are missing."""
    colour = GREY if look.colour is None else _colour(look.colour)
    if look.stripes is None:
        return colour * np.float32(0.75)
    angle = np.pi * look.stripes / len(ACTORS)
    y, x = np.ogrid[: size[0], : size[1]]
    across = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
    bright = 0.7 + 0.3 * np.sin(2 * np.pi * across / (PERIOD * radius))
    return np.asarray(bright[..., None] * colour, dtype=np.float32)


@cache
def _colour(number: int) -> Image:
    """Return the colour of a class, RGB: hues stand at equal distances."""
    import cv2

    hue = np.array([[[180 // len(ACTORS) * number, 170, 225]]], dtype=np.uint8)
    return np.asarray(cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0], dtype=np.float32)
