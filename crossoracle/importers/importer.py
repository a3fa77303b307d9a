"""What an importer is: a name, the function that reads its files, and the options that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from crossoracle.manifests import Manifest

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
class Importer(Manifest[Reader]):
    """The manifest of an importer; nothing is imported before `load`, which returns its `Reader`.

    Parameters
    ----------
    files : tuple of str
        The suffixes of its files.
    options : tuple of str
        The names of the options that it takes.
    directories : bool
        Whether it takes directories of such files, too.
    """

    noun: ClassVar[str] = "importer"

    files: tuple[str, ...]
    options: tuple[str, ...] = field(default_factory=tuple)
    directories: bool = False
