"""What a dataset says of itself: by its owner, and by its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossoracle.errors import InputError, UnknownNameError

DESCRIPTION = "Which segments of videos carry the evidence for their action, as oracles scored them."

WANTED = {"url": "--url", "creators": "--creator"}
"""What Croissant asks for, and nobody but the owner knows."""


@dataclass(frozen=True)
class About:
    """What the owner of a dataset says of it.

    Parameters
    ----------
    license : str
        Its licence: an identifier of SPDX ("CC-BY-4.0"), or the address of its text.
    name : str
        What it is called.
    description : str
        What it is, in a sentence or two.
    creators : tuple of str
        Who made it.
    url : str or None
        Where it will be found.
    citation : str or None
        How to cite it.
    version, date : str
        Which version, and of what day.
    """

    license: str
    name: str
    description: str
    creators: tuple[str, ...] = ()
    url: str | None = None
    citation: str | None = None
    version: str = "1.0.0"
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def __post_init__(self) -> None:
        for name in ("license", "name", "description"):
            value = getattr(self, name)
            if not value.strip() or "\n" in value:
                raise InputError(f"{name} is {value!r}; expected a line of text: give --{name}")

    @classmethod
    def of(cls, study: Path, said: Mapping[str, Any]) -> About:
        """Return what is said of a study, and otherwise its name and what all such datasets are."""
        known = {"name": study.resolve().name, "description": DESCRIPTION}
        given = {name: value for name, value in said.items() if value not in (None, (), [])}
        for name in given.keys() - {one.name for one in fields(cls)}:
            raise UnknownNameError("option in export", name, [one.name for one in fields(cls)])
        if "license" not in given:
            raise InputError(
                "found no licence: give --license, such as CC-BY-4.0, or the address of its text; nobody may "
                "use a dataset without one"
            )
        if "creators" in given:
            given["creators"] = tuple(given["creators"])
        return cls(**{**known, **given})

    @property
    def missing(self) -> tuple[str, ...]:
        """The options by which to say what Croissant asks for and was not said."""
        return tuple(option for name, option in WANTED.items() if not getattr(self, name))


@dataclass(frozen=True)
class Exported:
    """One table of a dataset.

    Parameters
    ----------
    name : str
        Of the table.
    file : str
        Its file, relative to the dataset.
    sha256, size, rows : str and int
        Its digest, its bytes and its rows.
    """

    name: str
    file: str
    sha256: str
    size: int
    rows: int
