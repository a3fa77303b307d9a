"""What is said of classes beside their names, from a file: several texts per class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crossoracle.encoders import wording
from crossoracle.errors import InputError
from crossoracle.recognizers.labels import normalised

Texts = tuple[str, ...]
MEANING = "a list of texts by label, or by dataset and label"


def described(file: str, classes: Sequence[str]) -> dict[str, Texts]:
    """Return the texts about each class that a file describes; of classes in several datasets, all of them.

    Names are compared as `crossoracle.recognizers.labels` compares them.

    Raises
    ------
    InputError
        The file is missing or holds something else, or describes none of the classes.
    """
    found = wording.read(file, dict[str, Texts | dict[str, Texts]], MEANING)
    texts: dict[str, dict[str, None]] = {}
    for label, said in _labelled(found):
        texts.setdefault(normalised(label), {}).update(dict.fromkeys(said))
    made = {name: tuple(texts[normalised(name)]) for name in classes if normalised(name) in texts}
    if not made:
        raise InputError(
            f"{file}: found descriptions of {len(texts)} classes, none of which is among the "
            f"{len(classes)} of the videos; correct the labels"
        )
    return made


def _labelled(found: Mapping[str, Any]) -> Iterator[tuple[str, Texts]]:
    for name, said in found.items():
        if isinstance(said, Mapping):
            yield from said.items()
        else:
            yield name, said
