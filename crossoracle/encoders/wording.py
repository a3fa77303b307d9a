"""Texts about classes in files: .toml or .json, checked against what is expected, and written as TOML.

Names of datasets and classes are compared in a normalised form, as `normalised` says.
"""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from crossoracle.errors import InputError
from crossoracle.provenance import digest

Known = TypeVar("Known")


def read(file: str, kind: type[Known], meaning: str) -> Known:
    """Return what a .toml or .json file holds, checked against a type.

    Parameters
    ----------
    file : str
        Its path.
    kind : type
        As pydantic checks it.
    meaning : str
        What is expected in it, for messages.

    Raises
    ------
    InputError
        The file is missing, damaged, or holds something else.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError(
            f"{path}: found no such file, expected {meaning} in .toml or .json; correct the path"
        )
    try:
        return TypeAdapter(kind).validate_python(_parsed(str(path), digest(path)))
    except ValidationError as error:
        first = error.errors()[0]
        place = " / ".join(map(str, first["loc"]))
        raise InputError(
            f"{path}: {place or 'the file'}: {first['msg'].lower()}; expected {meaning}; correct it"
        ) from error


@lru_cache(16)
def _parsed(file: str, version: str) -> Any:
    """Return what a file holds as it is now."""
    text = Path(file).read_bytes()
    try:
        return json.loads(text) if file.endswith(".json") else tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # of both parsers; bytes that are no text
        raise InputError(f"{file}: found what cannot be read ({error}); correct it") from error


def normalised(name: str) -> str:
    """Return a name in the form in which names are compared.

    Examples
    --------
    >>> normalised("Putting_[something] ONTO  something-else")
    'putting something onto something else'
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in folded).split())


def spelt(found: Mapping[str, Known], name: str) -> Known | None:
    """Return what stands under a name, or else under one that is the same in its normalised form; or None."""
    if name in found:
        return found[name]
    return next((one for other, one in found.items() if normalised(other) == normalised(name)), None)


def written(found: Mapping[str, Any]) -> str:
    """Return a mapping from datasets to lists, or to mappings of labels to lists, as TOML.

    Examples
    --------
    >>> print(written({"d": ["a b", "c"], "e": {"f": [["g"]]}}))
    d = ["a b", "c"]
    <BLANKLINE>
    [e]
    f = [["g"]]
    <BLANKLINE>
    """
    lists = [_line(name, value) for name, value in found.items() if not isinstance(value, Mapping)]
    tables = [
        "\n".join([f"[{_key(name)}]", *(_line(label, sets) for label, sets in value.items())])
        for name, value in found.items()
        if isinstance(value, Mapping)
    ]
    return "\n\n".join(filter(None, ["\n".join(lists), *tables])) + "\n"


def _line(name: str, value: Any) -> str:
    return f"{_key(name)} = {_quoted(value)}"


def _key(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isascii() and plain.isalnum() else _quoted(name)


def _quoted(value: Any) -> str:
    """Return texts and lists of them as JSON, which TOML reads alike but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
