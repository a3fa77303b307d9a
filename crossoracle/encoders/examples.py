"""Labelled videos to train on: rows of a videos table, each looked at once, at evenly spaced instants.

Of T frames, frame j is the one shown at (j + 1/2) / T of the duration; its relative position is that share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import InputError
from crossoracle.provenance import digest

Pixels = NDArray[np.uint8]
Seen = TypeVar("Seen")
WORKERS = 2
"""Videos that are decoded at a time; what is seen of them does not depend on it."""


@dataclass(frozen=True)
class Example:
    """A video to train on: where it is from, its class, and its file, ready to be opened."""

    dataset: str
    video_id: str
    label: str
    path: Path

    @property
    def digest(self) -> str:
        """SHA-256 of its file.

        Raises
        ------
        InputError
            There is no such file.
        """
        try:
            return digest(self.path)
        except OSError as error:
            raise InputError(
                f"{self.dataset}/{self.video_id}: found no file {self.path}, expected a video to train on; "
                "correct its path"
            ) from error


def examples(table: Path, split: str | None = None) -> tuple[Example, ...]:
    """Return the videos of a table in the order of dataset and video_id.

    Parameters
    ----------
    table : path
        A videos table; relative paths in it are relative to its directory.
    split : str, optional
        Only videos of this split; all by default.

    Raises
    ------
    TableError
        It is no videos table, or not there.
    InputError
        There are none, one has no label or no path, or a dataset has a single class.
    """
    from crossoracle.tables import connect, read

    with connect(threads=1) as con:
        read(con, "videos", table).create_view("there")
        rows = con.execute(
            "SELECT dataset, video_id, label, path, split FROM there ORDER BY dataset, video_id"
        ).fetchall()
    chosen = [row for row in rows if split is None or row[4] == split]
    if not chosen:
        told = "no videos" if split is None else f"no videos of the split {split!r}"
        raise InputError(f"{table}: found {told}, expected labelled ones to train on; give another table")
    for dataset, video_id, label, path, _ in chosen:
        if not (label and path):
            lacks = "path" if label else "label"
            told = f"found no {lacks}, expected one of every video to train on; fill it in"
            raise InputError(f"{table}: {dataset}/{video_id}: {told}")
    home = Path(table).parent
    found = tuple(
        Example(dataset, video_id, label, home / path) for dataset, video_id, label, path, _ in chosen
    )
    for dataset, classes in classes_of(found).items():
        if len(classes) < 2:
            told = f"found one class ({classes[0]}), expected at least two; add videos of others"
            raise InputError(f"{table}: {dataset}: {told}")
    return found


def classes_of(some: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """Return the classes of each dataset, sorted."""
    datasets = sorted({one.dataset for one in some})
    return {name: tuple(sorted({one.label for one in some if one.dataset == name})) for name in datasets}


def positions(frames: int) -> NDArray[np.float64]:
    """Return the relative positions of evenly spaced frames, (frames,)."""
    return (np.arange(frames) + 0.5) / frames


def watched(
    some: Sequence[Example], frames: int, look: Callable[[list[Pixels]], Seen], workers: int = WORKERS
) -> Iterator[Seen]:
    """Yield what is made of the frames of each video, in their order.

    Parameters
    ----------
    frames : int
        How many are taken of each.
    look : callable
        Takes them, RGB, in the order of time; called from several threads.

    Raises
    ------
    VideoError
        A file cannot be decoded.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="watching") as pool:
        yield from pool.map(partial(_watch, frames=frames, look=look), some)


def _watch(one: Example, frames: int, look: Callable[[list[Pixels]], Seen]) -> Seen:
    from crossoracle.video.decode import frames_at, timeline

    line = timeline(one.path)
    instants = positions(frames) * line.end_s
    return look([picture.pixels for picture in frames_at(one.path, instants.tolist(), line=line)])
