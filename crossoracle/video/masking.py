"""Segments hidden from view: what is shown in place of the frames that are removed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.video.picture import Pixels

T = TypeVar("T")
SIGMA = 1 / 12
"""Of the blur, as a share of the long side: shapes as large as a hand in a full scene are gone."""


@dataclass(frozen=True)
class Operator:
    """A way to remove segments.

    Parameters
    ----------
    name, meaning : str
        What it is called and what it does.
    operation : str
        What it does to the pixels of each removed frame, for `applied`; empty where they are not used.
    """

    name: str
    meaning: str
    operation: str = ""


OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("cut", "Removed frames are left out; the rest is joined."),
        Operator("black", "Removed frames are black.", "black"),
        Operator(
            "freeze", "The last frame before the removed ones stands still; at the start, the first after."
        ),
        Operator("blur", "Removed frames are blurred beyond recognition.", "blur"),
        Operator("mean", "Removed frames are filled with their mean colour.", "mean"),
    )
}


def mask(
    frames: Sequence[T], segment_of: Sequence[int], removed: Collection[int], operator: str
) -> list[tuple[int, str]]:
    """Return what is shown instead of a sequence of frames; no pixels are needed.

    Parameters
    ----------
    frames : sequence
        The frames, in the order of time.
    segment_of : sequence of int
        The segment of each frame.
    removed : collection of int
        The segments that are removed.
    operator : str
        One of `OPERATORS`.

    Returns
    -------
    list of (int, str)
        For each frame shown, which frame it comes from, and what is to be `applied` to its pixels. All
        operators but "cut" show as many frames as there are.

    Raises
    ------
    InputError
        There is not one segment for each frame, or "freeze" finds no frame that is left.
    UnknownNameError
        There is no such operator.
    """
    if operator not in OPERATORS:
        raise UnknownNameError("operator", operator, OPERATORS)
    if len(frames) != len(segment_of):
        raise InputError(f"mask: found {len(segment_of)} segments of {len(frames)} frames, expected one each")
    gone = [segment in removed for segment in segment_of]
    if operator == "cut":
        return [(i, "") for i in range(len(frames)) if not gone[i]]
    if operator == "freeze":
        return [(i, "") for i in _frozen(gone)]
    operation = OPERATORS[operator].operation
    return [(i, operation if hidden else "") for i, hidden in enumerate(gone)]


def applied(pixels: Pixels, operation: str) -> Pixels:
    """Return pixels as an operation of `mask` leaves them; the empty operation leaves them as they are.

    Raises
    ------
    UnknownNameError
        There is no such operation.
    """
    operations: dict[str, Callable[[Pixels], Pixels]] = {
        "": lambda same: same,
        "black": black,
        "blur": blur,
        "mean": mean,
    }
    if operation not in operations:
        raise UnknownNameError("operation", operation, operations)
    return operations[operation](pixels)


def black(pixels: Pixels) -> Pixels:
    """Return a black picture of the same size."""
    return np.zeros_like(pixels)


def blur(pixels: Pixels) -> Pixels:
    """Return a picture under a Gaussian whose sigma is a twelfth of its long side.

    A wide one is computed on a quarter of the size, a hundred times as fast, and differs by at most 1 in 255.
    """
    import cv2

    height, width = pixels.shape[:2]
    sigma = max(1.0, SIGMA * max(height, width))
    coarse = 4 if sigma >= 8 else 1
    size = (max(1, round(width / coarse)), max(1, round(height / coarse)))
    small = cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma / coarse)
    return np.rint(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)).astype(np.uint8)


def mean(pixels: Pixels) -> Pixels:
    """Return a picture of the same size in the mean colour."""
    colour = np.rint(pixels.reshape(-1, pixels.shape[-1]).mean(axis=0)).astype(np.uint8)
    return np.broadcast_to(colour, pixels.shape).copy()


def _frozen(gone: Sequence[bool]) -> list[int]:
    """Return for each frame the last that is left up to it, or the first that is left."""
    standing = next((i for i, hidden in enumerate(gone) if not hidden), None)
    if standing is None and gone:
        raise InputError("mask: found every frame removed, expected one to freeze; leave a segment")
    sources = []
    for i, hidden in enumerate(gone):
        standing = standing if hidden else i
        sources.append(int(standing or 0))
    return sources
