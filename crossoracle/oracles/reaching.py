"""From a section of study.toml to an adapter: the preset, the options checked, the class loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit, urlunsplit

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.oracles.catalogue import ADAPTERS, PRESETS, adapter, adapters, preset
from crossoracle.oracles.oracle import Adapter, AdapterSpec
from crossoracle.oracles.settings import OracleOptions, OracleSection, Settings, dotted


def without_secrets(url: str) -> str:
    """Return an address without a name, a password or a query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@dataclass(frozen=True)
class Reached:
    """An oracle that can be asked: its name, how it is asked, and its adapter."""

    name: str
    options: OracleOptions
    spec: AdapterSpec
    adapter: Adapter


def chosen(settings: Settings, wanted: tuple[str, ...]) -> list[OracleSection]:
    """Return the sections of the oracles wanted; by default all that study.toml has.

    A preset, or an adapter that needs no options, can be wanted without a section.

    Raises
    ------
    UnknownNameError, InputError
        An oracle is not known, or there is none.
    """
    if not wanted and not settings.oracles:
        raise InputError(
            "found no oracle: give --oracle NAME, or a section [oracles.NAME] in study.toml "
            "(`crossoracle init` writes one to start from)"
        )
    known = {one.name: OracleSection(one.name, where=one.name) for one in (*PRESETS, *ADAPTERS)}
    known |= {name: OracleSection(name, where=name) for name in adapters()} | dict(settings.oracles)
    for name in wanted:
        if name not in known:
            raise UnknownNameError("oracle", name, known)
    return [known[name] for name in dict.fromkeys(wanted or settings.oracles)]


def specified(section: OracleSection) -> tuple[AdapterSpec, dict[str, Any]]:
    """Return the manifest of an oracle's adapter, and the options that it is given.

    Raises
    ------
    UnknownNameError, InputError
        The section names neither a preset nor an adapter that is known.
    """
    presets = {one.name for one in PRESETS}
    asked, by = section.options.preset, section.options.adapter
    if asked is None and by is None and section.name in presets:
        asked = section.name
    if asked is not None:
        found = preset(asked)
        return adapter(by or found.adapter), {**found.settings, **section.adapter}
    if by is None and section.name not in adapters():
        for below, value in section.adapter.items():
            if isinstance(value, Mapping):
                raise InputError(f"{section.where}: {dotted(section.name, below)}")
        raise InputError(
            f"{section.where}: found neither preset nor adapter, and no preset is called "
            f"{section.name!r}; write preset = or adapter = (`crossoracle oracles` lists them)"
        )
    return adapter(by or section.name), dict(section.adapter)


def reach(section: OracleSection, directory: Path | None = None) -> Reached:
    """Make the adapter of an oracle; nothing is asked yet.

    Parameters
    ----------
    directory : path, optional
        The study, which options that are paths are relative to.

    Raises
    ------
    UnknownNameError, InputError
        An option is not known, is missing, or has a value that it cannot have.
    NotInstalledError
        The adapter needs something that is not installed.
    """
    spec, given = specified(section)
    kind = spec.load()
    declared = options_of(kind)
    for name in given:
        if name not in declared:
            ours = [one.name for one in fields(OracleOptions)]
            raise UnknownNameError(f"option in {section.where}", name, [*declared, *ours])
    for name, one in declared.items():
        if name not in given and one.default is MISSING and one.default_factory is MISSING:
            raise InputError(f"{section.where}: found no {name}; adapter {spec.name} needs it")
    values = {name: _checked(kind, name, value, section.where) for name, value in given.items()}
    try:
        values |= _placed(kind, values, directory)
        return Reached(section.name, section.options, spec, kind(**values))
    except InputError as wrong:
        raise InputError(f"{section.where}: {wrong}") from wrong


def options_of(kind: type) -> dict[str, Field[Any]]:
    """Return the options of an adapter: the fields that it is made from."""
    return {one.name: one for one in fields(kind) if one.init and not one.name.startswith("_")}


def files_of(kind: type) -> tuple[str, ...]:
    """Return the options of an adapter that it declares as files."""
    return (*getattr(kind, "paths", ()), *getattr(kind, "places", ()))


def _checked(kind: type, name: str, value: Any, where: str) -> Any:
    """Return the value of an option, as the type of its field has it."""
    from pydantic import TypeAdapter, ValidationError

    hint = get_type_hints(kind)[name]
    if name.endswith("_env") and not str(value).isidentifier():  # and the value is not shown: it may be a key
        raise InputError(
            f"{where}: {name} is not the name of an environment variable; keys stay out of files"
        )
    try:
        return TypeAdapter(hint).validate_python(value)
    except ValidationError as error:
        told = error.errors()[0]["msg"].lower()
        raise InputError(f"{where}: {name} is {value!r}; {told}") from error


def _placed(kind: type, values: Mapping[str, Any], directory: Path | None) -> dict[str, Any]:
    """Return options that an adapter declares as files, relative to the study.

    Those in ``paths`` are paths, but for a mapping, which stands in place of a file; those in ``places`` are
    paths where the study has such a file, and names where it has none. Options that are sections of something
    else are placed as that declares them, by what the adapter's ``nested`` returns.
    """
    if directory is None:
        return {}
    nested = kind.nested(values, directory) if hasattr(kind, "nested") else {}
    given = {name: values[name] for name in getattr(kind, "paths", ()) if values.get(name)}
    named = {
        name: str(directory / value) if isinstance(value, str) else [str(directory / one) for one in value]
        for name, value in given.items()
        if not isinstance(value, Mapping)
    }
    known = {name: directory / values[name] for name in getattr(kind, "places", ()) if values.get(name)}
    return named | {name: str(path) for name, path in known.items() if path.exists()} | nested
