"""The options of the verbs that compute: their names, types and defaults, once.

The command line shows these defaults, study.toml and the methods of `Study` may change them. A value that
is None or empty is worked out from the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from crossoracle.errors import InputError, UnknownNameError


@dataclass(frozen=True)
class PrecheckOptions:
    """The options of `Study.precheck`."""

    oracles: tuple[str, ...] = ()
    run: str = "0"
    cluster: str = "cluster"
    level: float = 0.95


@dataclass(frozen=True)
class AgreeOptions:
    """The options of `Study.agree`."""

    oracles: tuple[str, ...] = ()
    run: str = "0"
    on: str | None = None
    by: str = "dataset"
    cluster: str = "cluster"
    coefficients: tuple[str, ...] = ()
    replicates: int | None = None
    interval: str = "expanded"
    level: float = 0.95
    seed: int = 0
    null: int = 0
    differences: bool = False
    bins: int | None = None
    levels: tuple[float, ...] | None = None
    cross_check: bool = False
    threads: int | None = None


Options = TypeVar("Options", PrecheckOptions, AgreeOptions)


def changed(options: Options, changes: Mapping[str, Any], where: str) -> Options:
    """Return options with some of them changed.

    Parameters
    ----------
    changes : mapping
        Names of options and their new values; lists count as tuples.
    where : str
        Where the changes come from, for messages ("study.toml [agree]").

    Raises
    ------
    UnknownNameError
        A name that is no option; the message gives the nearest.
    InputError
        A value of the wrong type.
    """
    hints = get_type_hints(type(options))
    for name, value in changes.items():
        if name not in hints:
            raise UnknownNameError(f"option in {where}", name, hints)
        if not _fits(value, hints[name]):
            told = {f.name: f.type for f in fields(options)}[name]
            raise InputError(f"{where}: {name} is {value!r}; expected {told}")
    frozen: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in changes.items()}
    return replace(options, **frozen)


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, list | tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint in (int, float):
        return isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
    return isinstance(value, hint)
