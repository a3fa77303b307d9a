"""What the README says can be typed exists: make targets, verbs, options, public names."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import crossoracle
from crossoracle.cli import cli
from crossoracle.oracles.init import SHORT
from tests.docs.pages import blocks

CONTEXT = click.Context(cli)
COMMANDS = {name: cli.get_command(CONTEXT, name) for name in cli.list_commands(CONTEXT)}
ROOT = Path(__file__).parents[2]
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


@pytest.fixture(scope="module")
def readme() -> str:
    path = ROOT / "README.md"
    assert path.is_file(), "README.md is missing: it is what pip and a newcomer read first"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def commands() -> list[list[str]]:
    """Return the words of every line in a code block that calls crossoracle; tests/docs runs them."""
    return [words for block in blocks(ROOT / "README.md") for words in block.commands]


def test_commands_are_shown(commands):
    assert {words[1] for words in commands} >= set(COMMANDS)


def test_make_targets_exist(readme):
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    assert set(re.findall(r"\bmake ([a-z-]+)\b(?=`|\n| +#)", readme)) <= targets
    assert re.search(r"\bmake demo\b", readme)
    assert re.search(r"\bmake test\b", readme)


def test_the_first_screen_has_a_picture_and_a_command(readme):
    screen = "\n".join(readme.splitlines()[:25])
    assert screen.index("![") < screen.index("```bash")
    assert "crossoracle agree" in screen


def test_imported_names_exist(readme):
    for names in re.findall(r"from crossoracle import ([\w, ]+)", readme):
        assert {name.strip() for name in names.split(",")} <= set(crossoracle.__all__)


def test_the_minimal_study_is_the_one_that_init_writes(readme):
    assert f"```toml\n{SHORT.strip()}\n```" in readme


def test_files_it_links_to_exist(readme):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", readme):
        assert (ROOT / target).exists(), target
