"""What a class is called in the space of an encoder: the mean of the texts that describe it.

Descriptions are a file, .toml or .json, from datasets to labels to texts; sets of texts, as storyboards have
them, are taken together::

    [concentrated]
    "triangle event" = ["a red triangle", "something moving right"]

A class without a description is called by its label, in a sentence such as "a video of {label}". Names are
compared in their normalised form (`crossoracle.encoders.wording`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from crossoracle.encoders.encoder import Encoder, Rows
from crossoracle.encoders.two_tower import unit
from crossoracle.encoders.wording import normalised, read
from crossoracle.errors import InputError
from crossoracle.tables.wording import several

log = logging.getLogger("crossoracle")
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


def about(
    found: Mapping[str, Mapping[str, Texts]], dataset: str | None, labels: Sequence[str], file: str
) -> dict[str, Texts]:
    """Return the texts about the classes of a dataset, or of all of them together, by normalised name.

    Raises
    ------
    InputError
        There are some of the dataset, but none of its classes.
    """
    made: dict[str, Texts] = {}
    for name, classes in found.items():
        if dataset is None or normalised(name) == normalised(dataset):
            for label, texts in classes.items():
                before = made.get(normalised(label), ())
                made[normalised(label)] = tuple(dict.fromkeys((*before, *texts)))
    who = dataset or "all datasets"
    if made and not made.keys() & set(map(normalised, labels)):
        raise InputError(
            f"{file}: {who}: found texts of {several(len(made), 'class', 'classes')} ({next(iter(made))}), "
            f"none of which is among the {len(labels)} of the videos; correct the labels"
        )
    if not made:
        _note(file, who)
    return made


@lru_cache
def _note(file: str, who: str) -> None:
    """Say once that there are no texts."""
    log.warning("%s: found no texts of %s: its classes are called by their names", file, who)


def called(labels: Sequence[str], sentence: str, described: Mapping[str, Texts]) -> tuple[Texts, ...]:
    """Return the texts of each class: what is said of its normalised name, or the sentence with its name."""
    return tuple(
        described.get(normalised(label), (sentence.replace(PLACE, label.replace("_", " ")),))
        for label in labels
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
