"""Where figures are printed: the widths, the height, the size and the face of letters that a place asks for.

All faces come with matplotlib, so that a figure is the same on every machine: DejaVu Sans, and STIX, a free
face of the proportions of Times, which has DejaVu Sans for the letters that it lacks.

References
----------
The author kits of NeurIPS 2025 (text block 5.5 x 9 in), CVPR 2026 (6.875 x 8.875 in, columns of 3.25 in) and
ACL (A4, 16.0 x 24.7 cm, columns of 7.7 cm).
"""

from __future__ import annotations

from dataclasses import dataclass

from crossoracle.errors import UnknownNameError

_SANS, _TIMES = ("DejaVu Sans",), ("STIXGeneral", "DejaVu Sans")


@dataclass(frozen=True)
class Preset:
    """A place in which figures are printed.

    Parameters
    ----------
    name, meaning : str
        What it is called, and what it is for.
    column, page : float
        Inches: the width of a column, or of one of two figures side by side; and of the whole text block.
    height : float
        Inches: the height of the text block.
    points : float
        The size of letters.
    faces : tuple of str
        Their face; a letter that it lacks is taken from the next.
    breadth : float
        How broad its letters are on average, in those of DejaVu Sans of the same size.
    """

    name: str
    meaning: str
    column: float
    page: float
    height: float
    points: float
    faces: tuple[str, ...] = _SANS
    breadth: float = 1.0

    @property
    def widths(self) -> dict[str, float]:
        """The widths in inches by their names."""
        return {"column": self.column, "page": self.page}


_DECLARED = (
    Preset("print", "a page of two columns, of any journal", 3.25, 6.75, 9.0, 7.0),
    Preset(
        "neurips", "NeurIPS: one column; two narrow figures side by side", 2.7, 5.5, 9.0, 8.0, _TIMES, 0.84
    ),
    Preset("cvpr", "CVPR: two columns", 3.25, 6.875, 8.875, 8.0, _TIMES, 0.84),
    Preset("acl", "ACL: two columns, A4", 3.03, 6.3, 9.72, 8.0, _TIMES, 0.84),
    Preset("slides", "slides of 13.33 x 7.5 inches, below a title", 6.0, 12.3, 6.3, 12.0),
)
PRESETS = {preset.name: preset for preset in _DECLARED}
PRINT = PRESETS["print"]


def preset(name: str) -> Preset:
    """Return the preset of a name.

    Raises
    ------
    UnknownNameError
        There is none; the message gives the nearest.
    """
    if name not in PRESETS:
        raise UnknownNameError("preset of figures", name, PRESETS)
    return PRESETS[name]
