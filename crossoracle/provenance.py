"""Where an artefact comes from: digests of what went in, and the sidecar beside what came out.

Every artefact ``x`` that crossoracle writes has ``x.json`` beside it: the verb, the digests of its inputs,
the resolved options, the seed, the versions of the libraries, the time, and the digest of ``x`` itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from crossoracle.atomic import Together

LIBRARIES = ("crossoracle", "numpy", "scipy", "duckdb")

FIELDS: Mapping[str, type] = {"inputs": dict, "options": dict, "history": list}
"""Fields of a sidecar that others look into, and what they are; one that is something else is not there."""

SETTLED_NS = 2_000_000_000
"""How long ago a file must have changed for its digest to be remembered: file systems have coarse clocks."""


@dataclass(frozen=True)
class Provenance:
    """What a verb read and how it was told to work.

    Parameters
    ----------
    verb : str
        The verb that ran ("agree").
    inputs : mapping of path to str
        The SHA-256 digest of every file that was read.
    options : mapping
        The resolved options, defaults included.
    seed : int, optional
        The seed of everything random; None where nothing is.
    """

    verb: str
    inputs: Mapping[str | Path, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None


def digest(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal; a file that has not changed since is not read again."""
    state = os.stat(path)
    changed_ns = max(state.st_mtime_ns, state.st_ctime_ns)
    look = _digest if time.time_ns() - changed_ns > SETTLED_NS else _digest.__wrapped__
    return look(
        os.path.abspath(path), (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, changed_ns)
    )


@lru_cache(256)
def _digest(path: str, state: tuple[int, ...]) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sidecar_path(path: str | Path) -> Path:
    """Return where the sidecar of an artefact stands: its name with ``.json`` behind it."""
    return Path(f"{path}.json")


def stage_sidecar(
    files: Together,
    target: str | Path,
    written: str | Path,
    provenance: Provenance,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Let the sidecar of a file appear together with it.

    Parameters
    ----------
    files : Together
        What the file belongs to.
    target, written : path
        Where the file will stand, and where it stands now, complete.
    provenance : Provenance
        What went in.
    facts : mapping, optional
        More that is known about the file.
    """
    text = _sidecar_text(written, provenance, Path(target).parent, facts or {})
    files.staged(sidecar_path(target)).write_text(text, encoding="utf-8")


def _sidecar_text(
    written: str | Path, provenance: Provenance, directory: Path, facts: Mapping[str, Any]
) -> str:
    """Return the text of a sidecar; the inputs are named relative to the directory where possible."""
    record = {
        "sha256": digest(written),
        **facts,
        "verb": provenance.verb,
        "inputs": {_relative(path, directory): sha for path, sha in provenance.inputs.items()},
        "options": dict(provenance.options),
        "seed": provenance.seed,
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES},
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(record, indent=2, default=str, ensure_ascii=False) + "\n"


def write_sidecar(
    path: str | Path, provenance: Provenance, *, facts: Mapping[str, Any] | None = None
) -> Path:
    """Write the sidecar of a finished artefact beside it, whole or not at all, and return its path."""
    with Together() as files:
        stage_sidecar(files, path, path, provenance, facts)
    return sidecar_path(path)


def read_sidecar(path: str | Path) -> dict[str, Any] | None:
    """Return what the sidecar of an artefact says, or None where there is none that can be read."""
    try:
        record = json.loads(sidecar_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    return {name: value for name, value in record.items() if isinstance(value, FIELDS.get(name, object))}


def _relative(path: str | Path, directory: Path) -> str:
    try:
        return Path(os.path.relpath(path, directory)).as_posix()
    except ValueError:  # another drive
        return str(path)


@cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
