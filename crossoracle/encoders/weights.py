"""Trained tensors in one safetensors file, with what belongs to them; nothing in it can be executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from crossoracle.atomic import Together
from crossoracle.errors import InputError
from crossoracle.provenance import Provenance, stage_sidecar

Tensors = dict[str, torch.Tensor]
ABOUT = "crossoracle"
"""The one entry of the metadata: with several, their order in the file would differ from time to time."""

FORMAT = 1


def write(path: Path, about: Mapping[str, Any], tensors: Tensors, made: Provenance | None = None) -> None:
    """Write tensors, whole or not at all, and where they come from beside them.

    Parameters
    ----------
    about : mapping
        What belongs to them, as JSON: its "kind" says what they are.
    made : Provenance, optional
        What went in; without it there is no sidecar.
    """
    told = json.dumps({**about, "format": FORMAT}, sort_keys=True)
    there = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with Together() as files:
        staged = files.staged(path)
        staged.write_bytes(save(there, metadata={ABOUT: told}))
        if made is not None:
            stage_sidecar(files, path, staged, made)


def read(path: Path, kind: str, device: str = "cpu") -> tuple[dict[str, Any], Tensors]:
    """Return what `write` was given.

    Raises
    ------
    InputError
        The file is not there, damaged or of another kind.
    """
    try:
        with safe_open(path, framework="pt", device=device) as file:
            told = json.loads((file.metadata() or {}).get(ABOUT, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, no mapping
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(f"{path}: found no whole {kind}, expected a trained one; train it again") from error
    if (told.get("kind"), told.get("format")) != (kind, FORMAT):
        what = told.get("kind", "tensors of something else")
        raise InputError(f"{path}: found {what}, expected a trained {kind}; train it again")
    return told, tensors
