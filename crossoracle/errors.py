"""The tree of what can go wrong.

::

    CrossoracleError
    ├── InputError (ValueError)                 something that was given is wrong: exit code 2
    │   ├── TableError                          a file, a column or a row of a table
    │   ├── ConflictError                       different rows for a key that is already there
    │   └── StudyError                          a directory that is not a study, or lacks a table
    ├── UnknownNameError (InputError, LookupError)   a name that no catalogue or table knows
    ├── VideoError (ValueError)                 a file that cannot be shown as a video, or a part of one
    └── NotInstalledError (ImportError)         an optional dependency that is missing

Every message says what was found, what was expected and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CrossoracleError(Exception):
    """Anything that crossoracle itself raises."""


class InputError(CrossoracleError, ValueError):
    """Something that was given is wrong; nothing has been written."""


class TableError(InputError):
    """A table file, one of its columns or one of its rows is wrong."""


class ConflictError(InputError):
    """Different rows were offered for a key that a table already holds."""


class StudyError(InputError):
    """A directory is not a study, or lacks the table that a verb needs."""


class UnknownNameError(InputError, LookupError):
    """A name that is not in a catalogue or a table; the message names the nearest.

    Parameters
    ----------
    kind : str
        What the name should have been, in the singular ("oracle", "coefficient").
    name : str
        What was found.
    known : iterable of str
        What was expected.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(f"unknown {kind} {name!r}: {hint}known are {', '.join(names) or 'none'}")
        self.kind, self.name, self.known = kind, name, tuple(names)

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, tuple[str, ...]]]:
        """Let it be told by another process: an error is made from its message there, by default."""
        return type(self), (self.kind, self.name, self.known)


class VideoError(CrossoracleError, ValueError):
    """A file is missing, is not a video, or has nothing that can be decoded."""


class NotInstalledError(CrossoracleError, ImportError):
    """An optional dependency is missing; the message names the extra that brings it."""


def first_line(error: BaseException) -> str:
    """Return the first line of what a library says at length."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def install(extra: str | None, module: str | None = None) -> str:
    """Return what to type for an extra of crossoracle, from a registry or from a clone; or for a module.

    Examples
    --------
    >>> install("local")
    "pip install 'crossoracle[local]', or in a clone pip install '.[local]'"
    >>> install(None, "torch")
    "pip install 'torch'"
    """
    if extra is None:
        return f"pip install '{module}'"
    return f"pip install 'crossoracle[{extra}]', or in a clone pip install '.[{extra}]'"
