"""Files that appear whole or not at all: written beside their place, and renamed when they are complete."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4


@dataclass
class Together:
    """Files that appear together when the block ends, or not at all when it fails; no other file is left.

    Examples
    --------
    ``with Together() as files: files.staged("a.txt").write_text("a")``
    """

    _moves: dict[Path, Path] = field(default_factory=dict)
    _litter: list[Path] = field(default_factory=list)
    _near: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for target, temporary in self._moves.items():
                    os.replace(temporary, target)
        finally:
            for temporary in self._litter:
                temporary.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno and not error.filename and self._near is not None:
                error.filename = str(self._near)  # a full disk does not say which file it has no room for

    def staged(self, target: str | Path, suffix: str = ".tmp") -> Path:
        """Return where to write what is to become a file; its directory is made.

        Parameters
        ----------
        target : path
            Where it will stand.
        suffix : str
            How the temporary name ends, for writers that read the format from it.
        """
        self._moves[Path(target)] = temporary = self.spare(target, suffix)
        return temporary

    def spare(self, near: str | Path, suffix: str = ".tmp") -> Path:
        """Return a hidden name beside a path, for what is deleted when the block ends."""
        self._near = near = Path(near)
        near.parent.mkdir(parents=True, exist_ok=True)
        self._litter.append(near.with_name(f".{near.name}.{uuid4().hex[:12]}{suffix}"))
        return self._litter[-1]


def replace_text(path: str | Path, text: str) -> Path:
    """Write a text file, whole or not at all, and return its path; its directory is made."""
    with Together() as files:
        files.staged(path).write_text(text, encoding="utf-8")
    return Path(path)
