"""What one column of a table is: its type, unit and range, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "real", "flag"]

SQL_TYPES: dict[Kind, str] = {"text": "VARCHAR", "integer": "BIGINT", "real": "DOUBLE", "flag": "BOOLEAN"}
NOUNS: dict[Kind, str] = {
    "text": "text",
    "integer": "a whole number",
    "real": "a number",
    "flag": "true or false",
}


@dataclass(frozen=True)
class Column:
    """The declaration of a column: it validates input, types output and documents both.

    Parameters
    ----------
    name, type, meaning : str
        What it is called, "text", "integer", "real" or "flag", and what a reader should know.
    unit : str
        The unit of its values, empty where there is none.
    low, high : float, optional
        The closed range of its values.
    nullable : bool
        Whether a value may be missing.
    required : bool
        Whether every file must have the column.
    default : str or float, optional
        What stands where the column or its value is missing.
    default_from : str
        The column whose value stands there instead.
    choices : tuple of str
        The only values that are allowed.
    remedy : str
        What to do about a value that is wrong.
    """

    name: str
    type: Kind
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    nullable: bool = False
    required: bool = True
    default: str | float | None = None
    default_from: str = ""
    choices: tuple[str, ...] = ()
    remedy: str = "correct the value"

    @property
    def expected(self) -> str:
        """What a value must be, in words: "a number in [0, 1], or nothing"."""
        words = f"one of {', '.join(self.choices)}" if self.choices else NOUNS[self.type]
        if self.low is not None and self.high is not None:
            words += f" in [{self.low:g}, {self.high:g}]"
        elif self.low is not None:
            words += f" of at least {self.low:g}"
        elif self.high is not None:
            words += f" of at most {self.high:g}"
        return f"{words}, or nothing" if self.nullable else words
