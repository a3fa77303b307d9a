"""Arrays in files of their own: whole or not there, and not believed when damaged."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from crossoracle.atomic import Together

DAMAGE = (BadZipFile, EOFError, KeyError, ValueError, zlib.error)


def save(path: Path, **arrays: NDArray[Any]) -> int:
    """Write named arrays beside a place and rename them into it; return the size in bytes.

    Raises
    ------
    OSError
        The disk is full, or the directory is not ours.
    """
    with Together() as files, open(files.staged(path), "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
        size = file.tell()
    return size


def load(path: Path, *names: str) -> tuple[NDArray[Any], ...] | None:
    """Return arrays by name, or None where the file is missing or damaged (zip files carry checksums)."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return tuple(arrays[name] for name in names)
    except (*DAMAGE, OSError):
        return None
