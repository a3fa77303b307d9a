"""What an encoder is: pictures and texts in one space, so that cosines say which text fits which picture.

There are two families. A file that ends in .npz is a small `crossoracle.encoders.two_tower`, which needs no
more than NumPy; everything else is a checkpoint of transformers (`crossoracle.encoders.image_text`), such as
CLIP or SigLIP. Nothing is loaded before it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.two_tower import SUFFIX, TwoTower
from crossoracle.errors import NotInstalledError, install

Rows = NDArray[np.float32]
"""Embeddings of length 1, one a row."""

Picture = NDArray[np.uint8]
"""A picture, (height, width, 3), RGB."""

SHARED = 4
"""Checkpoints that are kept open at a time: all who name the same one share its weights."""


class Encoder(Protocol):
    """Pictures and texts in one space; safe to be used from several threads."""

    @property
    def scale(self) -> float:
        """What cosines are multiplied by before a softmax over texts: exp of CLIP's logit scale."""

    @property
    def alone(self) -> bool:
        """Whether each picture is seen by itself; if not, what is before and after it counts, too."""

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that embeddings depend on: family and digest; no weights are loaded."""

    def prepare(self, frames: Sequence[Picture]) -> NDArray[np.uint8]:
        """Return pictures of any size as small as they are looked at, (n, height, width, 3)."""

    def embed(self, prepared: NDArray[np.uint8]) -> Rows:
        """Return the embeddings, (n, d), of prepared pictures in the order of time."""

    def frames(self, frames: Sequence[Picture]) -> Rows:
        """Return the embeddings, (n, d), of pictures of any size in the order of time."""

    def texts(self, texts: Sequence[str]) -> Rows:
        """Return the embeddings of texts, (m, d).

        Raises
        ------
        InputError
            A text has no word that the encoder knows.
        """

    def words(self, text: str) -> Rows:
        """Return the embeddings of the words of a text in their order, (words, d); unknown ones are left out.

        Raises
        ------
        InputError
            The encoder knows none of them.
        """

    def close(self) -> None:
        """Let go of memory; what is needed again is loaded again."""


def encoder(model: str, *, revision: str | None = None, device: str = "auto", dtype: str = "auto") -> Encoder:
    """Return an encoder; its weights are loaded when they are first needed.

    Parameters
    ----------
    model : str
        The path of a trained two-tower (.npz), of a directory as transformers saves it, or the name of a
        repository on the Hugging Face hub.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        Of a checkpoint: "auto" takes the accelerator where there is one, and the type of the weights.

    Raises
    ------
    NotInstalledError
        A checkpoint is wanted, and torch or transformers is not there.
    """
    if model.endswith(SUFFIX):
        return TwoTower(model)
    return _checkpoint(model, revision, device, dtype)


@lru_cache(SHARED)
def _checkpoint(model: str, revision: str | None, device: str, dtype: str) -> Encoder:
    try:
        module = import_module("crossoracle.encoders.image_text")
    except ModuleNotFoundError as error:
        raise NotInstalledError(f"model {model}: {_missing(error)}; {install('local')}") from error
    made: Encoder = module.ImageText(model, revision, device, dtype)
    return made


def _missing(error: ModuleNotFoundError) -> str:
    """Return what is not installed: the first cause that names it, as transformers does not."""
    cause: BaseException | None = error
    while isinstance(cause, ModuleNotFoundError):
        if cause.name:
            return f"{cause.name} is not installed"
        cause = cause.__cause__
    return str(error)
