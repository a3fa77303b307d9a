"""What a table is: its columns, its key, and what must hold within a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from crossoracle.errors import UnknownNameError
from crossoracle.tables.column import Column


@dataclass(frozen=True)
class Check:
    """A rule that every row must obey.

    Parameters
    ----------
    rule : str
        An SQL condition over the columns of the row; it may be null (unknown), but not false.
    columns : tuple of str
        The columns it speaks of, the one to blame first.
    expected : str
        The rule in words.
    """

    rule: str
    columns: tuple[str, ...]
    expected: str


@dataclass(frozen=True)
class Table:
    """The declaration of a table.

    Parameters
    ----------
    name, meaning : str
        What it is called and what one row is.
    columns : tuple of Column
        In the order in which they are written.
    key : tuple of str
        The columns that identify a row; missing values count as equal.
    checks : tuple of Check
        What must hold within a row.
    result : bool
        Whether crossoracle computes the table (then it may have no rows) or is given it.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    result: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in order."""
        return tuple(column.name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownNameError(f"column of {self.name}", name, self.names)
