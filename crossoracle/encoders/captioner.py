"""What a captioner wrote about videos, each caption with its time.

The file has one JSON object a line::

    {"dataset": "diving48", "video_id": "v1", "time_s": 1.5, "caption": "a woman jumps off a board"}

Blank captions are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from crossoracle.errors import InputError
from crossoracle.provenance import digest
from crossoracle.tables.wording import several

log = logging.getLogger("crossoracle")

Timed = tuple[tuple[float, str], ...]
"""Times in seconds with captions, in the order of time."""

EXPECTED = "dataset, video_id, time_s and caption as JSON"


class Line(BaseModel, strict=True):
    """A caption of one instant."""

    dataset: str
    video_id: str
    time_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    caption: str


def written(file: Path) -> Mapping[tuple[str, str], Timed]:
    """Return the captions of each video, by dataset and video_id.

    Raises
    ------
    InputError
        The file is not there, or a line of it is something else; the message names the line.
    """
    if not file.is_file():
        raise InputError(f"{file}: found no such file, expected lines of {EXPECTED}; correct the path")
    return _written(str(file), digest(file))


@lru_cache(4)
def _written(file: str, version: str) -> Mapping[tuple[str, str], Timed]:
    """Return the captions in a file as it is now."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    blank = 0
    with open(file, "rb") as lines:
        for number, text in enumerate(lines, 1):
            if text.strip():
                line = _line(text, f"{file}, line {number}")
                if line.caption.strip():
                    found.setdefault((line.dataset, line.video_id), []).append((line.time_s, line.caption))
                else:
                    blank += 1
    if blank:
        log.warning("%s: left out %s", file, several(blank, "blank caption"))
    return {video: tuple(sorted(captions)) for video, captions in found.items()}


def _line(text: bytes, where: str) -> Line:
    try:
        return Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"{name}: " for name in first["loc"])
        raise InputError(
            f"{where}: {place}{first['msg'].lower()}; expected {EXPECTED}; correct it"
        ) from error
