"""A table of a paper before it is set: groups of rows, and cells that are numbers with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from crossoracle.typeset.rounding import decimals

LONGEST = 100  # bytes of a name of files
STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


@dataclass(frozen=True)
class Cell:
    """A number with its interval.

    Parameters
    ----------
    value, low, high : float
        NaN where they are undefined.
    p : float, optional
        For stars.
    signed : bool
        Whether a plus is written before what is positive.
    """

    value: float
    low: float
    high: float
    p: float | None = None
    signed: bool = False

    @property
    def number(self) -> str:
        """The value, rounded by the precision of its interval."""
        return self._written(self.value)

    @property
    def bounds(self) -> tuple[str, str] | None:
        """Both bounds, rounded as the value; None where they are undefined."""
        return None if self.low != self.low else (self._written(self.low), self._written(self.high))

    @property
    def stars(self) -> str:
        """One to three, by the p-value; none where it is not below 0.05."""
        if self.p is None or self.p != self.p:
            return ""
        return next((stars for most, stars in STARS if self.p < most), "")

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return self.value == self.value

    def _written(self, number: float) -> str:
        sign = "+" if self.signed else ""
        text = f"{number:{sign}.{decimals(self.low, self.high)}f}"
        return text.replace("-0.", "0.") if float(text) == 0 else text


@dataclass(frozen=True)
class Sheet:
    """A table of a paper.

    Parameters
    ----------
    name : str
        Of its files.
    caption : str
        What it shows, and how to read it.
    head : tuple of str
        The titles of the columns; the first is that of the names of rows.
    groups : tuple of (str, rows)
        Each has a title and rows, and a row a name and one cell or None per further column.
    """

    name: str
    caption: str
    head: tuple[str, ...]
    groups: tuple[tuple[str, tuple[tuple[str, tuple[Cell | None, ...]], ...]], ...]

    @property
    def stem(self) -> str:
        """The name as that of a file and of a label, which is no path: recognizers may be called anything."""
        plain = "".join(sign if sign.isalnum() or sign in "-_.@" else "-" for sign in self.name)
        if len(plain.encode()) <= LONGEST:
            return plain
        short = plain.encode()[: LONGEST - 9].decode(errors="ignore")
        return f"{short}-{sha256(self.name.encode()).hexdigest()[:8]}"

    @property
    def starred(self) -> bool:
        """Whether any cell has stars."""
        return any(c is not None and c.stars for _, rows in self.groups for _, cells in rows for c in cells)
