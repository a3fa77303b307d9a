"""A frozen recognizer as a teacher: what it loses on clips of a few frames.

It is one of the families of recognizers, made by the name that study.toml gives; nothing here knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import InputError, UnknownNameError

Frames = NDArray[np.uint8]
Floats = NDArray[np.float64]
ROOM = "crossoracle.recognizers"
LEAST = 1e-12
"""The lowest probability that counts: the loss of 0 would be infinite."""


class Frozen(Protocol):
    """A recognizer that learns nothing; those of study.toml are."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes, in the order of its probabilities."""

    @property
    def frames(self) -> int:
        """How many frames a clip has."""

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on beside frames and names of classes."""

    def prepare(self, frames: Frames) -> Frames:
        """Return frames of one video as small as it takes them."""

    def predict(self, clips: Sequence[Frames]) -> Floats:
        """Return the probability of each class for each clip, (clips, classes)."""

    def close(self) -> None:
        """Let go of the memory."""


def frozen(family: str, model: str, options: Mapping[str, Any], labels: Sequence[str]) -> Frozen:
    """Make a recognizer.

    Parameters
    ----------
    family : str
        Its family, as in a section [recognizers.NAME].
    model : str
        Its file or directory.
    options : mapping
        Further options of that family.
    labels : sequence of str
        The classes, for a family that takes any.

    Raises
    ------
    UnknownNameError, InputError
        The family or one of its options is not known.
    NotInstalledError
        It needs something that is not installed.
    """
    spec = import_module(f"{ROOM}.catalogue").family(family)
    kind = spec.load()
    known = {one.name for one in fields(kind) if one.init and not one.name.startswith("_")}
    for name in options:
        if name not in known:
            raise UnknownNameError(f"option of recognizer {family}", name, known)
    given = {"model": model, **options, **({"classes": tuple(labels)} if spec.open_vocabulary else {})}
    try:
        made: Frozen = kind(**given)
    except TypeError as error:
        raise InputError(f"recognizer {family}: {error}; correct recognizer_options") from error
    return made


def placed(family: str, options: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """Return options of a recognizer as a section [recognizers.NAME] has them: files relative to the study.

    Parameters
    ----------
    family : str
        Whose ``paths`` they are; those that the study does not have stay as they are.

    Raises
    ------
    UnknownNameError, NotInstalledError
        The family is not known, or needs something that is not installed.
    """
    kind = import_module(f"{ROOM}.catalogue").family(family).load()
    given = {name: options.get(name) for name in getattr(kind, "paths", ())}
    files = {name: directory / value for name, value in given.items() if isinstance(value, str)}
    return {**options, **{name: str(file) for name, file in files.items() if file.exists()}}


def stacked(pictures: Sequence[Frames]) -> Frames:
    """Return pictures of a video as one array, as large as the first: in some files the size changes."""
    import cv2

    height, width = pictures[0].shape[:2]
    return np.stack(
        [
            one if one.shape[:2] == (height, width) else np.asarray(cv2.resize(one, (width, height)))
            for one in pictures
        ]
    )


@dataclass(frozen=True, eq=False)
class Teacher:
    """A recognizer, asked about the classes of one dataset.

    Parameters
    ----------
    recognizer : Frozen
        Who is asked.
    among : int array, (classes,)
        Where the classes of the dataset are among its own.
    batch : int
        Clips that it is asked about at a time.
    """

    recognizer: Frozen
    among: NDArray[np.int64]
    batch: int = 256

    @classmethod
    def of(cls, recognizer: Frozen, dataset: str, classes: Sequence[str]) -> Teacher:
        """Return the teacher of a dataset.

        Raises
        ------
        InputError
            The recognizer does not know one of its classes.
        """
        labels = import_module(f"{ROOM}.labels")
        named = [labels.Label(dataset, name) for name in classes]
        found = labels.mapped(named, recognizer.classes, "of the one-step-sampler").index
        return cls(recognizer, np.array([found[label] for label in named]))

    def probabilities(self, clips: Sequence[Frames]) -> Floats:
        """Return the probability of each class of the dataset, (clips, classes), of clips of any length."""
        shown = [clip[spread(len(clip), self.recognizer.frames)] for clip in clips]
        parts = [shown[i : i + self.batch] for i in range(0, len(shown), self.batch)]
        found = np.concatenate([self.recognizer.predict(part) for part in parts])[:, self.among]
        return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)

    def losses(self, clips: Sequence[Frames], own: NDArray[np.int64]) -> Floats:
        """Return the negative logarithm of the probability of each clip's class, (clips,)."""
        p = self.probabilities(clips)[np.arange(len(own)), own]
        return np.asarray(-np.log(np.maximum(p, LEAST)), dtype=np.float64)


def spread(there: int, wanted: int) -> NDArray[np.int64]:
    """Return which of some frames stand in a clip, (wanted,), in the order of time: each as often, or nearly.

    Examples
    --------
    >>> spread(3, 6).tolist()
    [0, 0, 1, 1, 2, 2]
    """
    return ((2 * np.arange(wanted) + 1) * there) // (2 * wanted)
