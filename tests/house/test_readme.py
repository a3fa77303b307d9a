"""What the README says can be typed exists: make targets, verbs, options, public names."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import crossoracle
from crossoracle.cli import cli
from crossoracle.oracles.init import SHORT

CONTEXT = click.Context(cli)
COMMANDS = {name: cli.get_command(CONTEXT, name) for name in cli.list_commands(CONTEXT)}
ROOT = Path(__file__).parents[2]
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


@pytest.fixture(scope="module")
def readme() -> str:
    path = ROOT / "README.md"
    assert path.is_file(), "README.md is missing: it is what pip and a newcomer read first"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def commands(readme) -> list[list[str]]:
    """Return the words of every `crossoracle VERB ...` line in a code block; a backslash continues a line."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", readme, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    words = [line.partition("#")[0].removeprefix("$ ").split() for line in lines if "crossoracle " in line]
    return [w for w in words if w and w[0].rsplit("/", 1)[-1] == "crossoracle"]


def test_commands_are_shown(commands):
    assert {words[1] for words in commands} >= set(COMMANDS)


def test_commands_exist(commands):
    for words in commands:
        if words[1].startswith("-"):
            continue
        assert words[1] in COMMANDS, words
        known = {name for p in COMMANDS[words[1]].params for name in p.opts} | {"--help"}
        assert {w.partition("=")[0] for w in words if w.startswith("--")} <= known, words


def test_make_targets_exist(readme):
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    assert set(re.findall(r"\bmake ([a-z]+)\b(?=`|\n)", readme)) <= targets
    assert re.search(r"\bmake demo\b", readme)
    assert re.search(r"\bmake test\b", readme)


def test_imported_names_exist(readme):
    for names in re.findall(r"from crossoracle import ([\w, ]+)", readme):
        assert {name.strip() for name in names.split(",")} <= set(crossoracle.__all__)


def test_the_minimal_study_is_the_one_that_init_writes(readme):
    assert f"```toml\n{SHORT.strip()}\n```" in readme


def test_files_it_links_to_exist(readme):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", readme):
        assert (ROOT / target).exists(), target
