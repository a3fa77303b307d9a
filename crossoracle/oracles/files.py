"""Whether the files of a pool of videos are there: better known before a night of work than after it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.errors import InputError, VideoError
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

FIRST = 3  # how many are named
WITHOUT = "--without-files draws without looking"


def look_for(pool: Sequence[Path], drawn: DuckDBPyRelation, home: Path) -> None:
    """Look for the files of the videos that were drawn, and open one of them.

    Parameters
    ----------
    pool : sequence of path
        The tables that the videos come from, for messages.
    drawn : duckdb.DuckDBPyRelation
        Rows of the videos table; videos without a path need no file.
    home : path
        What relative paths are relative to.

    Raises
    ------
    InputError
        One has no file, or not one of them is a video.
    """
    rows = drawn.filter("path IS NOT NULL").project("dataset || '/' || video_id AS video, path")
    # the directory of the study need not be there yet, so ".." cannot be followed through it
    place = home.resolve()
    found = rows.order("video").fetchall()
    needed = [(video, Path(os.path.normpath(place / path))) for video, path in found]
    missing = [one for one in needed if not one[1].is_file()]
    named = ", ".join(map(str, pool))
    if missing:
        raise InputError(
            f"{named}: found no file for {len(missing):,} of {several(len(needed), 'video')} that were drawn "
            f"({_named(missing)}), expected paths relative to the directory of the pool, or absolute; "
            f"correct the column path, or {WITHOUT}"
        )
    _open_one(named, needed)


def _open_one(named: str, needed: Sequence[tuple[str, Path]]) -> None:
    """Refuse files of which none is a video; one that is suffices, others become rows with a reason."""
    from crossoracle.video.opening import opened

    why = ""
    for _, path in needed:
        try:
            with opened(path):
                return
        except VideoError as error:
            why = why or str(error)
    if needed:
        raise InputError(
            f"{named}: found no video among {several(len(needed), 'file')} of those drawn: {why}; {WITHOUT}"
        )


def _named(missing: Sequence[tuple[str, Path]]) -> str:
    first = [f"{video}: {path}" for video, path in missing[:FIRST]]
    return "; ".join(first) + ("; ..." if len(missing) > FIRST else "")
