"""Which model it is, beyond doubt: a repository at a commit, or a directory with the digest of its files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from crossoracle.errors import InputError
from crossoracle.provenance import digest

PARTS = {".json", ".jinja", ".txt", ".model", ".safetensors", ".bin"}
"""The suffixes of the files that a model consists of."""


@dataclass(frozen=True)
class Checkpoint:
    """A model that can be loaded.

    Parameters
    ----------
    source : str
        What transformers loads it from: the path of a directory, or the name of a repository.
    revision : str or None
        The commit of the repository; None for a directory.
    name : str
        What it is called, the same on every machine.
    version : str
        The commit, or the digest of the directory.
    """

    source: str
    revision: str | None
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version[:12]}"


def identify(model: str, revision: str | None) -> Checkpoint:
    """Find out which model a path or a name stands for.

    Every byte of a directory is read once; that takes about as long as loading its weights.

    Raises
    ------
    InputError
        There is neither a directory with a model nor a repository that can be reached.
    """
    place = Path(model)
    if not place.is_dir():
        commit = _commit(model, revision)
        return Checkpoint(model, commit, model, commit)
    if revision is not None:
        raise InputError(f"model {model}: found a directory, expected no revision with it; drop revision")
    parts = sorted(path for path in place.iterdir() if path.suffix in PARTS and path.is_file())
    if not any(path.name == "config.json" for path in parts):
        raise InputError(f"model {model}: found no config.json in the directory; expected a saved model")
    listing = "\n".join(f"{path.name} {digest(path)}" for path in parts)
    return Checkpoint(model, None, place.resolve().name, hashlib.sha256(listing.encode()).hexdigest())


def _commit(model: str, revision: str | None) -> str:
    """Return the commit that a revision of a repository (by default the newest that is known) stands for."""
    from transformers import AutoConfig

    try:
        commit = AutoConfig.from_pretrained(model, revision=revision, trust_remote_code=False)._commit_hash
    except (OSError, ValueError) as error:
        raise InputError(
            f"model {model}: found no such directory, nor a repository of that name ({first_line(error)}); "
            "check the name"
        ) from error
    return str(commit or revision or "main")


def first_line(error: Exception) -> str:
    """Return the first line of what a library says at length."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
