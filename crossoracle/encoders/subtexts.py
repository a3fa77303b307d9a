"""Sub-texts of classes: what is to be seen while an action happens, in files that people can read and edit.

For each dataset and label there is a list of candidate sets::

    [concentrated]
    "triangle event" = [["triangle", "red", "moving right"], ["red triangle", "it moves"]]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from crossoracle.encoders import wording
from crossoracle.errors import InputError

Sets = tuple[tuple[str, ...], ...]
"""Candidate sets of sub-texts of one class."""

Subtexts = Mapping[str, Mapping[str, Sets]]
"""By dataset and label."""

_Text = Annotated[str, Field(min_length=1)]
_Sets = Annotated[tuple[Annotated[tuple[_Text, ...], Field(min_length=1)], ...], Field(min_length=1)]
MEANING = "for each dataset and label a list of sets of sub-texts"


def read(file: str) -> Subtexts:
    """Read the sub-texts of a study.

    Raises
    ------
    InputError
        The file is missing or holds something else.
    """
    return wording.read(file, dict[str, dict[str, _Sets]], MEANING)


def of(found: Subtexts, dataset: str, label: str, file: str) -> Sets:
    """Return the sets of a class, however its name and that of its dataset are spelt.

    Raises
    ------
    InputError
        There are none.
    """
    sets = wording.spelt(wording.spelt(found, dataset) or {}, label)
    if sets is None:
        raise InputError(f"{file}: found no sub-texts of {label!r} of {dataset}, expected some; write them")
    return sets


def by_label(found: Subtexts, labels: tuple[str, ...], file: str) -> dict[str, Sets]:
    """Return the sets of labels, whichever dataset they belong to.

    Raises
    ------
    InputError
        A label has none, or two datasets say different things about it.
    """
    made: dict[str, Sets] = {}
    for label in labels:
        every = {named[label]: dataset for dataset, named in found.items() if label in named}
        if len(every) != 1:
            told = (
                f"sub-texts of {label!r} in {len(every)} datasets that differ" if every else f"no {label!r}"
            )
            raise InputError(f"{file}: found {told}, expected its sub-texts once; correct the file")
        made[label] = next(iter(every))
    return made
