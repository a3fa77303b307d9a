"""Which classes a dataset has: oracles that compare texts need to know what else an action could be.

They are given as a mapping from the dataset to its labels (a section [oracles.NAME.classes] of study.toml),
or as a file with such a mapping, .toml or .json::

    concentrated = ["triangle event", "square event"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossoracle.encoders.wording import read
from crossoracle.errors import InputError
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import CallFailed

Classes = Mapping[str, tuple[str, ...]]
"""The labels of each dataset, in the order of their probabilities."""


def known(classes: str | Mapping[str, Sequence[str]]) -> Classes:
    """Return the labels of each dataset, as they are given or read from a file.

    Raises
    ------
    InputError
        The file is missing or not such a mapping, or a dataset has the same label twice, or none.
    """
    where = classes if isinstance(classes, str) else "classes"
    found: Classes = (
        read(classes, dict[str, tuple[str, ...]], "labels by dataset")
        if isinstance(classes, str)
        else {dataset: tuple(labels) for dataset, labels in classes.items()}
    )
    for dataset, labels in found.items():
        if not labels or len(set(labels)) < len(labels):
            told = f"{len(labels)} labels of {dataset}, {len(set(labels))} of them different"
            raise InputError(f"{where}: found {told}; expected each label once; correct the list")
    return found


def among(found: Classes, clip: Clip, who: str) -> tuple[tuple[str, ...], int]:
    """Return the classes of a clip's dataset, and where its label is among them.

    Raises
    ------
    CallFailed
        The label, or the dataset, is not among them; or there is no other class to compare with.
    """
    labels = found.get(clip.dataset, ())
    if not clip.label or clip.label not in labels:
        raise CallFailed(
            f"{who}, {clip.dataset}/{clip.video_id}: found {clip.label!r}, which is none of the "
            f"{len(labels)} classes of {clip.dataset} that it was given; complete the option classes",
            transient=False,
        )
    if len(labels) < 2:
        raise CallFailed(
            f"{who}, {clip.dataset}/{clip.video_id}: found {clip.label!r} as the only class of "
            f"{clip.dataset}, expected another one beside it; complete the option classes",
            transient=False,
        )
    return labels, labels.index(clip.label)
