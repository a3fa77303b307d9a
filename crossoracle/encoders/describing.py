"""What a class is called in the space of an encoder: the mean of the texts that describe it.

Descriptions are a file, .toml or .json, from datasets to labels to texts; sets of texts, as storyboards have
them, are taken together::

    [concentrated]
    "triangle event" = ["a red triangle", "something moving right"]

A class without a description is called by its label, in a sentence such as "a video of {label}".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from crossoracle.encoders.encoder import Encoder, Rows
from crossoracle.encoders.two_tower import unit
from crossoracle.encoders.wording import read
from crossoracle.errors import InputError

PLACE = "{label}"
Texts = tuple[str, ...]


def descriptions(file: str) -> dict[str, dict[str, Texts]]:
    """Return the texts in a file, by dataset and label.

    Raises
    ------
    InputError
        The file is missing or holds something else, or describes a class by nothing.
    """
    kind = dict[str, dict[str, list[str] | list[list[str]]]]
    found: dict[str, dict[str, Texts]] = {}
    for dataset, labels in read(file, kind, "texts by dataset and label").items():
        found[dataset] = {label: _flat(texts) for label, texts in labels.items()}
        for label, texts in found[dataset].items():
            if not texts:
                raise InputError(f"{file}: {dataset} / {label}: found no text, expected at least one; add it")
    return found


def called(labels: Sequence[str], sentence: str, described: Mapping[str, Texts]) -> tuple[Texts, ...]:
    """Return the texts of each class: its descriptions, or the sentence with its name."""
    return tuple(
        described.get(label, (sentence.replace(PLACE, label.replace("_", " ")),)) for label in labels
    )


def sentence_wrong(sentence: str) -> str | None:
    """Return what is wrong with a sentence for labels, or None."""
    return None if PLACE in sentence else f"found {sentence!r}, expected {PLACE} in it; add it"


def class_rows(encoder: Encoder, texts: Sequence[Texts]) -> Rows:
    """Return the embedding of each class, (classes, d): the mean of its texts, brought to length 1.

    Raises
    ------
    InputError
        A text has no word that the encoder knows.
    """
    every = encoder.texts([text for some in texts for text in some])
    ends = np.cumsum([len(some) for some in texts])[:-1]
    return unit(np.stack([part.mean(axis=0) for part in np.split(every, ends)]))


def _flat(texts: Sequence[str] | Sequence[Sequence[str]]) -> Texts:
    every = [text for one in texts for text in ([one] if isinstance(one, str) else one)]
    return tuple(dict.fromkeys(every))
