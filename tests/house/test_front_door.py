"""The public names: there, few, and the same as those declared to type checkers."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest

import crossoracle


@pytest.mark.parametrize("name", crossoracle.__all__)
def test_every_name_resolves(name):
    assert getattr(crossoracle, name) is not None
    assert name in dir(crossoracle)


@pytest.mark.parametrize("name", sorted(set(crossoracle.__all__) - {"__version__"}))
def test_every_name_is_documented(name):
    assert inspect.getdoc(getattr(crossoracle, name))


def test_there_are_about_a_dozen():
    assert 10 <= len(crossoracle.__all__) <= 16


def test_type_checkers_see_the_same_names():
    tree = ast.parse(inspect.getsource(crossoracle))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname or alias.name for node in guarded.body for alias in node.names}
    assert seen | {"__version__"} >= set(crossoracle.__all__)


def test_a_star_import_brings_exactly_those():
    code = "from crossoracle import *; print(sorted(n for n in dir() if not n.startswith('__')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(done.stdout)) == {n for n in crossoracle.__all__ if not n.startswith("__")}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = crossoracle.no_such_name
