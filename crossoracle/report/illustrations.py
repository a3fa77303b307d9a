"""The figures of a report, each an image of its own: drawn, or photographed where the page has no room."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossoracle.figures.catalogue import FIGURES

MOST = 3_500_000
"""Characters of all figures together; beyond it the largest become JPEGs of their PNG."""

WIDE, QUALITY = 1600, 75


@dataclass(frozen=True)
class Illustration:
    """A figure as the page shows it: name, address of its image, title, how to read it, and width."""

    name: str
    source: str
    title: str
    meaning: str
    width: str


def illustrations(files: Sequence[Path]) -> list[Illustration]:
    """Return figures as images: in one of its own each, so that no two share the names inside an SVG.

    Parameters
    ----------
    files : sequence of Path
        Drawn as SVG; the PNG of a figure stands beside it.
    """
    sources = {file: _address("svg+xml", file.read_bytes()) for file in files}
    for file in sorted(files, key=lambda one: -len(sources[one])):
        if sum(map(len, sources.values())) <= MOST:
            break
        sources[file] = _photographed(file) or sources[file]
    return [_illustration(file, source) for file, source in sources.items()]


def _illustration(file: Path, source: str) -> Illustration:
    known = FIGURES.get(file.stem)
    if known is None:  # drawn by somebody else
        return Illustration(file.stem, source, file.stem, "", "page")
    return Illustration(file.stem, source, known.title, known.meaning, known.width)


def _photographed(file: Path) -> str | None:
    """Return a figure as a JPEG of its PNG; None where that is not there, or is no smaller."""
    import cv2

    from crossoracle.video.encode import jpeg, pixels

    png = file.with_suffix(".png")
    if not png.is_file():
        return None
    found = pixels(png.read_bytes())
    high = round(found.shape[0] * WIDE / found.shape[1])
    if found.shape[1] > WIDE:
        found = cv2.resize(found, (WIDE, high), interpolation=cv2.INTER_AREA).astype(found.dtype)
    packed = jpeg(found, QUALITY)
    return _address("jpeg", packed) if len(packed) < file.stat().st_size else None


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
