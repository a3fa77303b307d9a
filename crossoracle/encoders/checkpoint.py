"""A model of transformers, identified and loaded: a repository at a commit, or a directory by its digest."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from crossoracle.encoders.devices import device_of, require_device
from crossoracle.errors import InputError, NotInstalledError, first_line, install
from crossoracle.provenance import digest

PARTS = {".json", ".jinja", ".txt", ".model", ".safetensors", ".bin"}
"""The suffixes of the files that a model consists of."""

DTYPES = ("auto", "float32", "bfloat16", "float16")
LIBRARIES = ("torch", "torchvision", "transformers")


@dataclass(frozen=True)
class Checkpoint:
    """A model that can be loaded, and where it will compute.

    Parameters
    ----------
    source, revision : str and str or None
        What transformers loads it from: a directory, or a repository and a commit.
    name, version : str
        What it is called on every machine; the commit, or the digest of the directory.
    device, dtype : str
        Such as "cuda" and "bfloat16".
    """

    source: str
    revision: str | None
    name: str
    version: str
    device: str
    dtype: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version[:12]}"

    def describe(self, *others: str) -> dict[str, Any]:
        """Return, as JSON, what identifies the model and how it computes; libraries, and ``others``, too."""
        libraries = {name: version(name) for name in (*LIBRARIES, *others)}
        of = {"model": self.name, "version": self.version, "device": self.device, "dtype": self.dtype}
        return {**of, "libraries": libraries}

    def load(self, kind: Any, **options: Any) -> Any:
        """Return what a class of transformers loads from here: a configuration, a processor, a model.

        Raises
        ------
        InputError, NotInstalledError
            It cannot be loaded, or needs something that is not installed.
        """
        with loading(self.name):
            return kind.from_pretrained(
                self.source, revision=self.revision, trust_remote_code=False, **options
            )

    def model(self, kind: Any) -> Any:
        """Return the model of a class of transformers, frozen, on its device.

        Raises
        ------
        InputError, NotInstalledError
            It cannot be loaded, or the device is not there, or has not enough memory.
        """
        require_device(self.device)
        if not sys.stderr.isatty():
            transformers.utils.logging.disable_progress_bar()
        made = self._weighted(kind)
        try:
            return made.to(self.device).eval().requires_grad_(False)
        except RuntimeError as error:
            raise InputError(
                f"model {self.name}: cannot be put on {self.device} ({first_line(error)}), expected room for "
                f"all its weights in {self.dtype}; free it, or take another device, dtype or model"
            ) from error

    def _weighted(self, kind: Any) -> Any:
        """Return the model with its weights, where these are of the sizes that its configuration says."""
        made, told = self.load(
            kind,
            dtype=getattr(torch, self.dtype),
            ignore_mismatched_sizes=True,  # it is told here
            output_loading_info=True,
        )
        if wrong := sorted(told["mismatched_keys"]):
            name, found, expected = wrong[0]
            raise InputError(
                f"model {self.name}: found weights {name} of shape {tuple(found)}, expected "
                f"{tuple(expected)} by its config.json; take both from one model"
            )
        return made


def identify(model: str, revision: str | None, device: str, dtype: str) -> Checkpoint:
    """Find out which model a path or a name stands for; every byte of a directory is read once.

    Raises
    ------
    InputError
        There is neither a directory with a model nor a repository that can be reached.
    """
    if dtype not in DTYPES:
        raise InputError(f"model {model}: dtype is {dtype!r}, expected one of {', '.join(DTYPES)}")
    place = Path(model)
    if place.is_dir() and revision is not None:
        raise InputError(f"model {model}: found a directory, expected no revision with it; drop revision")
    if place.is_dir() and not (place / "config.json").is_file():
        raise InputError(f"model {model}: found no config.json in the directory; expected a saved model")
    with loading(model):
        config = transformers.AutoConfig.from_pretrained(model, revision=revision, trust_remote_code=False)
    if place.is_dir():
        parts = sorted(path for path in place.iterdir() if path.suffix in PARTS and path.is_file())
        listing = "\n".join(f"{path.name} {digest(path)}" for path in parts)
        commit, name, made = None, place.resolve().name, hashlib.sha256(listing.encode()).hexdigest()
    else:
        commit = str(getattr(config, "_commit_hash", None) or revision or "main")
        name, made = model, commit
    stored = config.dtype or getattr(config.get_text_config(), "dtype", None) or torch.float32
    dtype = str(stored).removeprefix("torch.") if dtype == "auto" else dtype
    return Checkpoint(model, commit, name, made, device_of(device), dtype)


@contextmanager
def loading(model: str) -> Iterator[None]:
    """Turn what goes wrong while a model is loaded into one line."""
    try:
        yield
    except ImportError as error:
        told = f"model {model}: {first_line(error)}; {install('local')}"
        raise NotInstalledError(told) from error
    except (OSError, EOFError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"model {model}: found nothing that can be loaded ({first_line(error)}), expected a "
            "model in a directory or repository, as transformers saves it; check the name, and whether all "
            "files are whole"
        ) from error


@contextmanager
def computing(checkpoint: Checkpoint, what: str, advice: str) -> Iterator[None]:
    """Compute without gradients; a device that is full is told in one line.

    Parameters
    ----------
    what, advice : str
        What is computed at a time ("8 clips"), and how it would need less memory.

    Raises
    ------
    InputError
        The device is not there, or has not enough memory.
    """
    require_device(checkpoint.device)
    try:
        with torch.inference_mode():
            yield
    except torch.OutOfMemoryError as error:
        raise InputError(
            f"model {checkpoint.name}: {what} at a time need more memory than {checkpoint.device} "
            f"has; {advice}, and run again: it goes on where it stopped"
        ) from error
