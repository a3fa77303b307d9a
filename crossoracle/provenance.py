"""Where an artefact comes from: digests of what went in, and the sidecar beside what came out.

Every artefact ``x`` that crossoracle writes has ``x.json`` beside it: the verb, the digests of its inputs,
the resolved options, the seed, the versions of the libraries, the time, and the digest of ``x`` itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from uuid import uuid4

LIBRARIES = ("crossoracle", "numpy", "scipy", "duckdb")


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
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sidecar_path(path: str | Path) -> Path:
    """Return where the sidecar of an artefact stands: its name with ``.json`` behind it."""
    return Path(f"{path}.json")


def beside(path: str | Path) -> Path:
    """Return a new hidden name in the same directory: written and renamed, no reader sees half a file."""
    path = Path(path)
    return path.with_name(f".{path.name}.{uuid4().hex[:12]}.tmp")


def sidecar_text(
    artefact: str | Path, provenance: Provenance, *, directory: Path, facts: Mapping[str, Any] | None = None
) -> str:
    """Return the text of a sidecar.

    Parameters
    ----------
    artefact : path
        The finished file, under its final or a temporary name.
    provenance : Provenance
        What went in.
    directory : Path
        Where the artefact will stand; the inputs are named relative to it where possible.
    facts : mapping, optional
        More that is known about the artefact.
    """
    record = {
        "sha256": digest(artefact),
        **(facts or {}),
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
    target = sidecar_path(path)
    temporary = beside(target)
    temporary.write_text(
        sidecar_text(path, provenance, directory=target.parent, facts=facts), encoding="utf-8"
    )
    os.replace(temporary, target)
    return target


def read_sidecar(path: str | Path) -> dict[str, Any] | None:
    """Return what the sidecar of an artefact says, or None where there is none that can be read."""
    try:
        record = json.loads(sidecar_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


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
