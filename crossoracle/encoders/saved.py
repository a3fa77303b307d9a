"""Linear classifiers in one file, with what belongs to them; nothing in it can be executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from crossoracle.encoders.linear import Linear
from crossoracle.errors import InputError
from crossoracle.video.stored import load, save

FORMAT = 1
ARRAYS = ("centre", "spread", "weights", "bias")


def write(path: Path, kind: str, about: Mapping[str, Any], heads: Mapping[str, Linear]) -> None:
    """Write classifiers by name, whole or not at all."""
    names = [{"name": name, "classes": list(head.classes)} for name, head in heads.items()]
    told = {"kind": kind, "format": FORMAT, "heads": names, **about}
    arrays = {
        f"{array}{i}": getattr(head, array) for i, head in enumerate(heads.values()) for array in ARRAYS
    }
    save(path, about=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8), **arrays)


def read(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, Linear]]:
    """Return what `write` was given.

    Raises
    ------
    InputError
        The file is not there, damaged or of another kind.
    """
    found = load(path, "about")
    told = json.loads(bytes(found[0])) if found else {}
    if (told.get("kind"), told.get("format")) != (kind, FORMAT):
        what = told.get("kind", "no file of trained classifiers")
        raise InputError(f"{path}: found {what}, expected a {kind} that was trained before; train it again")
    heads = {}
    for i, head in enumerate(told["heads"]):
        arrays = load(path, *(f"{array}{i}" for array in ARRAYS))
        if arrays is None:
            raise InputError(f"{path}: found a damaged {kind}, expected a whole one; train it again")
        heads[head["name"]] = Linear(tuple(head["classes"]), *arrays)
    return told, heads
