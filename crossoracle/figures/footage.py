"""The videos behind a figure: what they show at an instant, and what they are called.

A figure is drawn whether the files are here or not: where no frame can be had, it says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from crossoracle.errors import CrossoracleError
from crossoracle.figures import selection

if TYPE_CHECKING:
    from crossoracle.figures.selection import Table
    from crossoracle.video.picture import Pixels

NO_TABLE = "no frames: the study has no table of videos"
NO_PATH = "no frames: nobody said where the video is"
NO_FILE = "no frames: the video is not where the table says"
NO_FRAME = "no frames: the video cannot be decoded"


@dataclass(frozen=True)
class Seen:
    """The frames of a video at some instants, or why there are none.

    Parameters
    ----------
    frames : tuple of uint8 array, (height, width, 3)
        RGB, one for each instant; empty where there are none.
    why : str
        Why there are none, for the figure to say.
    """

    frames: tuple[Pixels, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Footage:
    """The table of videos, and where its files are.

    Parameters
    ----------
    videos : table
        The videos table.
    root : Path
        What its paths are relative to: the directory of the table.
    """

    videos: Table
    root: Path = Path()

    def label(self, dataset: str, video_id: str) -> str | None:
        """Return the label of a video; None where it is not known."""
        return self._about(dataset, video_id, "label")

    def frames(self, dataset: str, video_id: str, instants_s: Sequence[float], long_side: int) -> Seen:
        """Return what a video shows at some instants; of the file nothing else is held in memory.

        Parameters
        ----------
        instants_s : sequence of float
            In seconds from the first frame, in any order.
        long_side : int
            Larger frames are scaled down to that many pixels.
        """
        path = self._about(dataset, video_id, "path")
        if path is None:
            return Seen(why=NO_PATH)
        if not (self.root / path).is_file():
            return Seen(why=NO_FILE)
        from crossoracle.video.decode import frames_at  # loads FFmpeg, which most figures do without

        try:
            found = frames_at(self.root / path, instants_s, long_side=long_side)
        except CrossoracleError:
            return Seen(why=NO_FRAME)
        return Seen(tuple(picture.pixels for picture in found))

    def _about(self, dataset: str, video_id: str, column: str) -> str | None:
        rows = selection.relation(self.videos)
        if column not in rows.columns:
            return None
        mine = rows.filter(selection.equals("dataset", dataset) & selection.equals("video_id", video_id))
        found = [value for (value,) in mine.select(column).limit(1).fetchall()]
        return None if not found or pd.isna(found[0]) else str(found[0])


def seen(
    footage: Footage | None, dataset: str, video_id: str, instants_s: Sequence[float], long_side: int
) -> Seen:
    """Return what `Footage.frames` returns; without any footage, why there is nothing."""
    if footage is None:
        return Seen(why=NO_TABLE)
    return footage.frames(dataset, video_id, instants_s, long_side)
