"""What was learned of the videos of some datasets: parameters by dataset, and how rows are standardised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from crossoracle.encoders.schooling import Course, Losses, Progress, schooled
from crossoracle.encoders.weights import Tensors, read, write
from crossoracle.provenance import Provenance

Video = tuple[str, str]
"""The dataset and the video_id of a video."""

Rows = NDArray[np.float32]
LEAST_SPREAD = 1e-3
CENTRE, SPREAD = "centre", "spread"


@dataclass(frozen=True, eq=False)
class Taught:
    """What is seen of the training videos of a dataset: (videos, frames, d), and the class of each video."""

    rows: Rows
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Learned:
    """Parameters by dataset.

    Parameters
    ----------
    classes : mapping of str to tuple of str
        The classes of each dataset, in the order of their numbers.
    tensors : mapping of str to tensor
        Those of dataset i have names that begin with "i/".
    device : str
        Where it is computed.
    videos : frozenset of (str, str)
        The dataset and the video_id of all that it was learned from.
    """

    classes: Mapping[str, tuple[str, ...]]
    tensors: Tensors
    device: str = "cpu"
    videos: frozenset[Video] = frozenset()

    def own(self, dataset: str) -> Tensors:
        """Return the parameters of a dataset, by their own names."""
        return part(self.tensors, list(self.classes).index(dataset))

    def rows(self, dataset: str, rows: Rows) -> torch.Tensor:
        """Return rows, (..., d), standardised as those that were learned from."""
        own = self.own(dataset)
        seen = torch.as_tensor(rows, dtype=torch.float32, device=self.device)
        return (seen - own[CENTRE]) / own[SPREAD]

    def trained(
        self, starts: Sequence[Tensors], losses: Losses, course: Course, progress: Progress | None
    ) -> Learned:
        """Return the same with parameters that were trained, from those of each dataset before training."""
        begin = {
            f"{i}/{name}": tensor.to(self.device)
            for i, start in enumerate(starts)
            for name, tensor in start.items()
        }
        return replace(self, tensors=self.tensors | schooled(begin, losses, course, progress))

    def save(self, path: Path, kind: str, recipe: str, made: Provenance | None = None) -> None:
        """Write it into a file, and where it comes from beside it."""
        told = [[name, list(labels)] for name, labels in self.classes.items()]
        about = {"kind": kind, "recipe": recipe, "classes": told, "videos": sorted(self.videos)}
        write(path, about, self.tensors, made)


def load(path: Path, kind: str, device: str = "cpu") -> tuple[Learned, str]:
    """Read what was learned, and its recipe: a digest of all that it depends on.

    Raises
    ------
    InputError
        The file is not there, damaged or of another kind.
    """
    about, tensors = read(path, kind, device)
    classes = {name: tuple(labels) for name, labels in about["classes"]}
    videos = frozenset((dataset, video_id) for dataset, video_id in about.get("videos", ()))
    return Learned(classes, tensors, device, videos), about["recipe"]


def settled(taught: Mapping[str, Taught], device: str) -> Learned:
    """Return what is known before training: the classes, and how rows are standardised."""
    classes = {name: tuple(sorted(set(one.labels))) for name, one in taught.items()}
    tensors: Tensors = {}
    for i, one in enumerate(taught.values()):
        flat = one.rows.reshape(-1, one.rows.shape[-1]).astype(np.float64)
        spread = np.maximum(flat.std(axis=0), LEAST_SPREAD)
        for name, values in ((CENTRE, flat.mean(axis=0)), (SPREAD, spread)):
            tensors[f"{i}/{name}"] = torch.as_tensor(values, dtype=torch.float32, device=device)
    return Learned(classes, tensors, device)


def part(tensors: Tensors, number: int) -> Tensors:
    """Return the tensors of one dataset, by their own names."""
    begins = f"{number}/"
    return {name.removeprefix(begins): one for name, one in tensors.items() if name.startswith(begins)}
