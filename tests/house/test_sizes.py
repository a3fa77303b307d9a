"""A module is one idea, a function one step; a docstring is read, not scrolled."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "crossoracle").rglob("*.py"))
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=MODULES, ids=_name)
def module(request) -> Path:
    return request.param


def test_modules_have_at_most_400_lines(module):
    assert len(module.read_text().splitlines()) <= 400


def test_functions_have_at_most_50_lines(module):
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 50
    }
    assert not long


def test_docstrings_have_at_most_25_lines(module):
    long = {
        getattr(node, "name", "module"): len(text.splitlines())
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node) or "")
        if len(text.splitlines()) > 25
    }
    assert not long


def test_nothing_is_validated_by_assert(module):
    assert not [
        node.lineno for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Assert)
    ]


def test_modules_are_named_after_what_is_in_them(module):
    assert module.stem not in {"utils", "util", "helpers", "base", "common", "manager", "misc"}
