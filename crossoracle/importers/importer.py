"""What an importer is: a name, the function that reads its files, and the options that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from crossoracle.errors import NotInstalledError, install

if TYPE_CHECKING:
    import duckdb


class Finding(NamedTuple):
    """One thing that was noticed of a file or a video: what it is, of which, and why."""

    finding: str
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Extract:
    """What foreign files say, as rows of tables.

    Parameters
    ----------
    tables : dict of str to duckdb.DuckDBPyRelation
        Rows by the name of their table; columns that they lack take their defaults.
    notes : tuple of str
        What the reader of a paper would have to be told, one line each.
    findings : sequence of Finding
        Everything that the notes count, one by one; they go into a file beside the tables.
    """

    tables: dict[str, duckdb.DuckDBPyRelation]
    notes: tuple[str, ...] = ()
    findings: Sequence[Finding] = ()


class Reader(Protocol):
    """The function behind an importer; its keyword arguments are the options of its `Importer`."""

    def __call__(self, con: duckdb.DuckDBPyConnection, files: Sequence[Path], **options: Any) -> Extract:
        """Read files through a connection; the relations of the extract live as long as it does."""


@dataclass(frozen=True)
class Importer:
    """The manifest of an importer; nothing is imported before `load`.

    Parameters
    ----------
    name, meaning : str
        What it is called, and what it reads.
    reader : str
        Where the `Reader` is: "package.module:function".
    files : tuple of str
        The suffixes of its files.
    options : tuple of str
        The names of the options that it takes.
    extra : str, optional
        The extra of crossoracle that brings what it needs.
    directories : bool
        Whether it takes directories of such files, too.
    """

    name: str
    meaning: str
    reader: str
    files: tuple[str, ...]
    options: tuple[str, ...] = field(default_factory=tuple)
    extra: str | None = None
    directories: bool = False

    def load(self) -> Reader:
        """Import and return the reader.

        Raises
        ------
        NotInstalledError
            It needs something that is not installed; the message says how to install it.
        """
        module, _, function = self.reader.partition(":")
        try:
            return cast(Reader, getattr(import_module(module), function))
        except ModuleNotFoundError as error:
            found = f"import {self.name}: found no module {error.name}"
            raise NotInstalledError(f"{found}; {install(self.extra, error.name)}") from error
