"""Make the pictures of README and docs from the demonstration: `make pictures`.

They are the figures that `crossoracle draw` made, made smaller: of at most so many PIXELS and COLOURS, since
they are looked at on a page and stored beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).with_name("pictures")
FIGURES = ("timelines", "precheck-flow", "agreement-matrix", "contrasts", "alpha-curves")
PIXELS, COLOURS = (1500, 1150), 128


def make(study: Path, out: Path = PICTURES) -> list[Path]:
    """Write the pictures from the figures of a study, and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    return [_smaller(study / "figures" / f"{name}.png", out / f"{name}.png") for name in FIGURES]


def _smaller(figure: Path, picture: Path) -> Path:
    with Image.open(figure) as image:
        plain = image.convert("RGB")
    plain.thumbnail(PIXELS, Image.Resampling.LANCZOS)
    plain.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)
    return picture


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python docs/draw.py STUDY, where `crossoracle demo` made STUDY")
    for path in make(Path(sys.argv[1])):
        print(path)
