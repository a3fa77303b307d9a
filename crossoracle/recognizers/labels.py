"""From what a videos table calls a class to what a recognizer calls it.

The number of the class comes first, where the videos table has one; else the name does. Names are compared in
a normalised form: compatibility characters resolved (NFKC), case folded, and every run of characters that are
neither letters nor digits written as one space. So "Pouring_water " is "pouring water", and brackets do not
count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crossoracle.encoders.wording import normalised
from crossoracle.errors import InputError
from crossoracle.tables.wording import several

__all__ = ["NAMED", "Label", "Mapping", "distinct", "mapped", "normalised"]

NAMED = 10
"""Labels that an error lists; of further ones it gives the number."""


@dataclass(frozen=True, order=True)
class Label:
    """What the videos table calls a class of a dataset; either may be missing, not both."""

    dataset: str
    name: str = ""
    class_id: int | None = None

    def __str__(self) -> str:
        number = "" if self.class_id is None else f" (class_id {self.class_id})"
        return f"{self.name or 'no label'}{number}"


@dataclass(frozen=True)
class Mapping:
    """Where each label is among the classes, and what is worth knowing about it."""

    index: dict[Label, int]
    notes: tuple[str, ...] = ()


def distinct(names: Iterable[str]) -> list[str]:
    """Return names in their order: of those that are the same when they are compared, the first.

    Examples
    --------
    >>> distinct(["brush_hair", "Cut", "brush hair"])
    ['Cut', 'brush hair']
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        found.setdefault(normalised(name), name)
    return list(found.values())


def mapped(labels: Iterable[Label], classes: Sequence[str], recognizer: str) -> Mapping:
    """Find the class of every label.

    Parameters
    ----------
    labels : iterable of Label
        What the videos table has.
    classes : sequence of str
        The names of the recognizer's classes.
    recognizer : str
        What it is called, for messages.

    Raises
    ------
    InputError
        Some labels have no class, or a number and a name stand for different classes; they are listed.
    """
    named = _by_name(classes)
    index: dict[Label, int] = {}
    wrong: dict[Label, str] = {}
    for label in sorted(set(labels), key=lambda one: (one.dataset, one.name, one.class_id or 0)):
        found = _place(label, classes, named)
        if isinstance(found, str):
            wrong[label] = found
        else:
            index[label] = found
    if wrong:
        raise InputError(_told(wrong, recognizer, len(classes)))
    return Mapping(index, tuple(_by_number_alone(index, named)))


def _by_name(classes: Sequence[str]) -> dict[str, list[int]]:
    named: dict[str, list[int]] = {}
    for i, name in enumerate(classes):
        named.setdefault(normalised(name), []).append(i)
    return named


def _place(label: Label, classes: Sequence[str], named: dict[str, list[int]]) -> int | str:
    """Return the class of a label, or what is wrong with it."""
    same = named.get(normalised(label.name), []) if label.name else []
    if label.class_id is None:
        if len(same) > 1:
            return f"the name of {len(same)} classes"
        return same[0] if same else "no such class"
    if label.class_id >= len(classes) or label.class_id < 0:
        return f"the last class is {len(classes) - 1}"
    if same and label.class_id not in same:
        return f"{label.name!r} is class {same[0]}"
    return label.class_id


def _told(wrong: dict[Label, str], recognizer: str, count: int) -> str:
    listed = [f"{label.dataset}: {label}: {why}" for label, why in list(wrong.items())[:NAMED]]
    more = f"; and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    return (
        f"recognizer {recognizer}: found {several(len(wrong), 'label')} without one of its {count} classes "
        f"({'; '.join(listed)}{more}); correct label or class_id in the videos table, or choose "
        "datasets with --dataset"
    )


def _by_number_alone(index: dict[Label, int], named: dict[str, list[int]]) -> Iterable[str]:
    """Say which datasets rest on numbers that no name confirms: they may be those of another list."""
    for dataset in sorted({label.dataset for label in index}):
        of = [label for label in index if label.dataset == dataset and label.class_id is not None]
        if of and not any(normalised(label.name) in named for label in of):
            yield (
                f"{dataset}: {several(len(of), 'class', 'classes')} found by class_id alone; none of the "
                "names is one of the recognizer's: see that both count alike"
            )
