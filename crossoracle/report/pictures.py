"""One picture of every video of a report, small enough that the page of 600 videos stays small."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from crossoracle.errors import CrossoracleError

MOST = 3_000_000
"""Characters of all pictures together."""

RUNGS = ((160, 60), (160, 45), (128, 45), (128, 30), (96, 30))
"""Long side and quality: the first that fits, and the last where none does."""


def illustrate(records: Sequence[dict[str, Any]], directory: Path) -> None:
    """Add a picture to the videos whose file is here; one that cannot be read has none."""
    each = MOST // max(len(records), 1)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(partial(_picture, directory, each), records)
        for record, picture in zip(records, found, strict=True):
            record["picture"] = picture


def _picture(directory: Path, most: int, record: Mapping[str, Any]) -> str | None:
    if record["path"] is None or not (directory / record["path"]).is_file():
        return None
    from crossoracle.video.decode import frames_at

    try:
        found = frames_at(directory / record["path"], [best(record["scores"])], long_side=RUNGS[0][0])
    except CrossoracleError:
        return None
    return _small(found[0].pixels, most) if found else None


def _small(pixels: Any, most: int) -> str:
    """Return a picture as the address of a JPEG, no longer than that if a rung allows it."""
    import cv2

    from crossoracle.video.encode import jpeg

    address = ""
    for side, quality in RUNGS:
        scale = min(1.0, side / max(pixels.shape[:2]))
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        shrunk = pixels if scale == 1 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        packed = base64.b64encode(jpeg(shrunk, quality)).decode("ascii")
        address = f"data:image/jpeg;base64,{packed}"
        if len(address) <= most:
            break
    return address


def best(said: Mapping[str, Sequence[Sequence[Any]]]) -> float:
    """Return the middle of the segment with the highest mean score; 0 where there is none."""
    sums: dict[tuple[float, float], list[float]] = {}
    for start, end, score in _scored(said):
        sums.setdefault((start, end), []).append(score)
    if not sums:
        return 0.0
    start, end = max(sums, key=lambda edges: (sum(sums[edges]) / len(sums[edges]), -edges[0]))
    return (start + end) / 2


def _scored(said: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[tuple[float, float, float]]:
    for segments in said.values():
        for start, end, score, _ in segments:
            if score is not None:
                yield start, end, score
