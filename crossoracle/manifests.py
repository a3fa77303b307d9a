"""What other packages may add to: things by name, each with a manifest that loads nothing heavy.

Importers, adapters of oracles and families of recognizers are found in the same way. A catalogue lists its
built-in manifests; a package brings one more by an entry point of the catalogue's group that names it. What
a manifest stands for is imported when it is wanted, and not before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, ClassVar, Generic, TypeVar, cast

from crossoracle.errors import InputError, NotInstalledError, UnknownNameError, install

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Manifest(Generic[Loaded]):
    """What is known of a thing before it is loaded.

    Parameters
    ----------
    name, meaning : str
        What it is called, and what it is for.
    path : str
        Where it is: "package.module:name".
    extra : str, optional
        The extra of crossoracle that brings what it needs.
    """

    noun: ClassVar[str]
    """What messages call it ("importer")."""

    name: str
    meaning: str
    path: str
    extra: str | None = field(default=None, kw_only=True)

    def load(self) -> Loaded:
        """Import and return what the manifest stands for.

        Raises
        ------
        NotInstalledError
            It needs something that is not installed; the message says how to install it.
        """
        module, _, name = self.path.partition(":")
        try:
            return cast(Loaded, getattr(import_module(module), name))
        except ModuleNotFoundError as error:
            found = f"{self.noun} {self.name}: found no module {error.name or error}"
            raise NotInstalledError(f"{found}; {install(self.extra, error.name)}") from error


M = TypeVar("M", bound=Manifest[Any])


def every(group: str, built_in: Sequence[M]) -> dict[str, M]:
    """Return the manifests of a group by name: the built-in ones, then those of other packages.

    Raises
    ------
    InputError
        Two have the same name.
    """
    known: dict[str, M] = {}
    for one in (*built_in, *(point.load() for point in entry_points(group=group))):
        if one.name in known:
            both = f"{known[one.name].path} and {one.path}"
            raise InputError(
                f"{one.noun} {one.name!r}: found two ({both}), expected one; uninstall the package of one"
            )
        known[one.name] = one
    return known


def find(noun: str, name: str, known: Mapping[str, M]) -> M:
    """Return the manifest of a name.

    Raises
    ------
    UnknownNameError
        None has that name; the message names the nearest.
    """
    if name not in known:
        raise UnknownNameError(noun, name, known)
    return known[name]
