"""The tree drawn in the docstring of errors.py is the tree of its classes."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from crossoracle import errors

LINE = re.compile(r"^(?P<indent>[ │├└─]*)(?P<name>\w+)(?: \((?P<bases>[\w, ]+)\))?")


def _drawn() -> dict[str, set[str]]:
    """Return for each class of the drawing the names of its bases: those in brackets and the one above it."""
    tree: dict[str, set[str]] = {}
    above: list[tuple[int, str]] = []
    for line in inspect.getdoc(errors).split("::")[1].split("Every message")[0].splitlines():
        if not (found := LINE.match(line.removeprefix("    "))):
            continue
        depth, name = len(found["indent"]), found["name"]
        above = [(d, n) for d, n in above if d < depth]
        beside = set((found["bases"] or "").split(", ")) - {""}
        tree[name] = beside | ({above[-1][1]} if above else {"Exception"})
        above.append((depth, name))
    return tree


def _classes() -> dict[str, type]:
    return {name: c for name, c in vars(errors).items() if inspect.isclass(c) and issubclass(c, Exception)}


def test_every_class_is_drawn():
    assert set(_drawn()) == set(_classes())


@pytest.mark.parametrize("name", sorted(_classes()))
def test_bases_are_drawn(name):
    ancestors = {base.__name__ for base in _classes()[name].__mro__[1:]}
    assert _drawn()[name] <= ancestors


def test_an_unknown_name_suggests_the_nearest():
    error = errors.UnknownNameError("oracle", "humn-1", ["human-2", "human-1"])
    assert str(error) == "unknown oracle 'humn-1': did you mean 'human-1'? known are human-1, human-2"
    assert isinstance(error, ValueError)
    assert isinstance(error, LookupError)


@pytest.mark.parametrize("name", sorted(_classes()))
def test_errors_of_other_processes_say_the_same(name):
    words = ("oracle", "moton", ("motion",)) if name == "UnknownNameError" else ("what was found",)
    error = _classes()[name](*words)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
