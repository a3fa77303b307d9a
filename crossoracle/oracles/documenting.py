"""What the options of a class mean, from its declaration: for whoever writes them down.

A class whose module needs an extra is not imported for that: its declaration is read from its source, so that
its options are the same wherever they are written down.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

HEAVY = ("local",)
"""Extras whose libraries take seconds to import."""


class Manifest(Protocol):
    """What adapters and recognizers are listed as."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def meaning(self) -> str:
        """What it is."""

    @property
    def path(self) -> str:
        """Where its class is: "package.module:Class"."""

    @property
    def extra(self) -> str | None:
        """The extra that brings what it needs."""

    def load(self) -> type:
        """Import the class."""


class Explained(Protocol):
    """An option that says itself what it means, and in words what stands for it when it is not given."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def meaning(self) -> str:
        """What it chooses."""

    @property
    def default(self) -> str:
        """What stands for it."""


@dataclass(frozen=True)
class Declared:
    """An option as its class declares it.

    Parameters
    ----------
    name : str
        What it is called.
    default : str
        As it is shown: "= 3", "(none)", "(to be given)".
    meaning : str
        What its docstring says.
    """

    name: str
    default: str
    meaning: str


def declared(spec: Manifest) -> list[Declared]:
    """Return the options of an adapter or a recognizer, in order."""
    return list(_from_source(spec.path) if spec.extra in HEAVY else _from_class(spec.load()))


def documented(kind: type) -> Mapping[str, str]:
    """Return what the parameters of a class mean, from its docstring and those of its bases."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        found |= _meanings(one.__doc__)
    return found


def shown(default: Any) -> str:
    """Return a default as a file in TOML would have it."""
    if default is MISSING:
        return "(to be given)"
    return "(none)" if default is None else f"= {json.dumps(default, ensure_ascii=False)}"


def _from_class(kind: type) -> Iterator[Declared]:
    meanings = documented(kind)
    for one in fields(kind):
        if one.init and not one.name.startswith("_"):
            default = None if one.default_factory is not MISSING else one.default
            yield Declared(one.name, shown(default), meanings.get(one.name, ""))


def _from_source(path: str) -> Iterator[Declared]:
    lines: dict[str, ast.expr | None] = {}
    meanings: dict[str, str] = {}
    for found in _line_of(path):
        meanings |= _meanings(ast.get_docstring(found))
        for line in found.body:
            if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
                continue
            name = line.target.id
            if not name.startswith("_") and "ClassVar" not in ast.unparse(line.annotation):
                lines[name] = line.value
    for name, value in lines.items():
        yield Declared(name, _written(value), meanings.get(name, ""))


def _line_of(path: str) -> Iterator[ast.ClassDef]:
    """Yield the declarations of a class's bases in its own package, the farthest first, and its own."""
    found, imported = _declaration(path)
    for base in found.bases:
        where = imported.get(ast.unparse(base), "")
        if where.partition(".")[0] == path.partition(".")[0]:
            yield from _line_of(where)
    yield found


@cache
def _declaration(path: str) -> tuple[ast.ClassDef, dict[str, str]]:
    """Return the declaration of a class, "package.module:Class", and where the names in its file are from."""
    module, _, name = path.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"found no source of {module}; install crossoracle again", name=module)
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    imported = {
        one.asname or one.name: f"{line.module}:{one.name}"
        for line in tree.body
        if isinstance(line, ast.ImportFrom)
        for one in line.names
    }
    here = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}
    return here[name], imported | {one: f"{module}:{one}" for one in here}


def _written(expression: ast.expr | None) -> str:
    """Return a default as it is shown; a calculation as it stands there."""
    if expression is None:
        return shown(MISSING)
    if isinstance(expression, ast.Call) and ast.unparse(expression.func) == "field":
        return shown(None)  # made anew for each: an empty list or mapping
    try:
        return shown(ast.literal_eval(expression))
    except ValueError:
        return f"= {ast.unparse(expression)}"


def _meanings(doc: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    _, _, after = inspect.cleandoc(doc or "").partition("Parameters\n----------\n")
    section = re.split(r"\n\n", after)[0]
    for names, meaning in re.findall(r"^(\w[\w, ]*?) :[^\n]*\n((?:    [^\n]*\n?)+)", section, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), " ".join(meaning.split()))
    return found
