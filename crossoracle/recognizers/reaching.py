"""From a section [recognizers.NAME] of study.toml to a recognizer: the options checked, the class loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.recognizers.catalogue import families, family
from crossoracle.recognizers.recognizer import Recognizer, RecognizerSpec

OURS = ("family", "datasets")
"""Options of every section, beside those of its family."""

CLASSES = "classes"
"""What a recognizer with an open vocabulary is given beside its options."""


@dataclass(frozen=True)
class Section:
    """A recognizer as study.toml has it: its options are not yet checked; without datasets it is for all."""

    name: str
    family: str
    options: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""
    datasets: tuple[str, ...] = ()

    @property
    def spec(self) -> RecognizerSpec:
        """The manifest of its family."""
        return family(self.family)


def sections(found: Mapping[str, Any], where: str) -> dict[str, Section]:
    """Read the sections [recognizers.NAME].

    Parameters
    ----------
    found : mapping
        What the file has below "recognizers".
    where : str
        The name of the file, for messages.

    Raises
    ------
    InputError, UnknownNameError
        A section names no family, or one that is not known.
    """
    read: dict[str, Section] = {}
    for name, section in found.items():
        here = f"{where} [recognizers.{name}]"
        if not isinstance(section, Mapping):
            raise InputError(f"{here}: found {section!r}, expected a section [recognizers.NAME]")
        of = section.get("family", name if name in families() else None)
        if of is None:
            known = ", ".join(families())
            raise InputError(f"{here}: found no family; write family = and one of {known}")
        if not isinstance(of, str) or of not in families():
            raise UnknownNameError(f"family in {here}", str(of), families())
        datasets = section.get("datasets", [])
        if not isinstance(datasets, list) or not all(isinstance(one, str) for one in datasets):
            raise InputError(f"{here}: datasets is {datasets!r}; expected a list of texts")
        options = {name: value for name, value in section.items() if name not in OURS}
        read[name] = Section(name, of, options, here, tuple(datasets))
    return read


def chosen(known: Mapping[str, Section], wanted: Sequence[str]) -> list[Section]:
    """Return the recognizers wanted; by default all that study.toml has.

    A family that needs no options can be wanted without a section.

    Raises
    ------
    UnknownNameError, InputError
        A recognizer is not known, or there is none.
    """
    if not wanted and not known:
        raise InputError(
            "found no recognizer: give --recognizer NAME, or a section [recognizers.NAME] with its family in "
            "study.toml"
        )
    every = {name: Section(name, name, where=f"recognizer {name}") for name in families()} | dict(known)
    for name in wanted:
        if name not in every:
            raise UnknownNameError("recognizer", name, every)
    return [every[name] for name in dict.fromkeys(wanted or known)]


def reach(section: Section, directory: Path | None, classes: Sequence[str]) -> Recognizer:
    """Make a recognizer; its model is loaded when it is first needed.

    Parameters
    ----------
    directory : path, optional
        The study, which options that are paths are relative to.
    classes : sequence of str
        The labels of the videos, for a recognizer that takes any.

    Raises
    ------
    UnknownNameError, InputError
        An option is not known, is missing, or has a value that it cannot have.
    NotInstalledError
        The family needs something that is not installed.
    """
    spec = section.spec
    kind = spec.load()
    declared = options_of(kind)
    for name in section.options:
        if name not in declared:
            raise UnknownNameError(f"option in {section.where}", name, [*declared, *OURS])
    for name, one in declared.items():
        if name not in section.options and one.default is MISSING and one.default_factory is MISSING:
            raise InputError(
                f"{section.where}: found no {name}, which {spec.name} needs; write it into study.toml"
            )
    values = {name: _checked(kind, name, value, section.where) for name, value in section.options.items()}
    if spec.open_vocabulary:
        values[CLASSES] = tuple(classes)
    values |= _placed(kind, declared, values, directory)
    return kind(**values)


def options_of(kind: type) -> dict[str, Field[Any]]:
    """Return the options of a recognizer: the fields that it is made from."""
    return {
        one.name: one
        for one in fields(kind)
        if one.init and not one.name.startswith("_") and one.name != CLASSES
    }


def _placed(
    kind: type, declared: Mapping[str, Field[Any]], values: Mapping[str, Any], directory: Path | None
) -> dict[str, str]:
    """Return options that a class declares as paths (``paths``), relative to the study if they are there."""
    if directory is None:
        return {}
    given = {name: values.get(name, declared[name].default) for name in getattr(kind, "paths", ())}
    return {
        name: str(directory / path) for name, path in given.items() if path and (directory / path).exists()
    }


def _checked(kind: type, name: str, value: Any, where: str) -> Any:
    """Return the value of an option, as the type of its field has it."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(get_type_hints(kind)[name]).validate_python(value)
    except ValidationError as error:
        told = error.errors()[0]["msg"].lower()
        raise InputError(f"{where}: {name} is {value!r}; {told}") from error
