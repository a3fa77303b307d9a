"""Every verb explains itself: what it does, its defaults, its environment variables, examples."""

from __future__ import annotations

import dataclasses
import re

import click
import pytest
from click.testing import CliRunner

from crossoracle.agreement.levels import MOST
from crossoracle.agreement.run import Options
from crossoracle.cli import cli
from crossoracle.figures.catalogue import OPTIONS
from crossoracle.options import AgreeOptions, PrecheckOptions, allowed
from crossoracle.stats.intervals import KINDS

ORDER = ["demo", "init", "subset", "oracles", "score", "import", "controls", "precheck", "agree"]
ORDER += ["predict", "compare", "floor", "draw", "power", "report", "export", "merge", "run"]
VERBS = set(ORDER)
CONTEXT = click.Context(cli)
COMMANDS = {name: cli.get_command(CONTEXT, name) for name in cli.list_commands(CONTEXT)}


def _help(*verb: str) -> str:
    done = CliRunner().invoke(cli, [*verb, "--help"], prog_name="crossoracle")
    assert done.exit_code == 0, done.output
    return done.output


def _options(verb: str) -> list[click.Option]:
    return [p for p in COMMANDS[verb].params if isinstance(p, click.Option)]


def test_the_verbs_are_those_of_the_data_flow_in_order():
    assert set(COMMANDS) == VERBS
    assert list(cli.list_commands(click.Context(cli))) == ORDER


@pytest.mark.parametrize("verb", [(), *((verb,) for verb in sorted(VERBS))])
def test_help_ends_with_examples(verb):
    _, heading, examples = _help(*verb).partition("\n  Examples:\n")
    assert heading
    assert f"crossoracle {' '.join(verb)}".strip() in examples


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_examples_use_options_that_exist(verb):
    known = {name for option in _options(verb) for name in option.opts}
    used = set(re.findall(r"(?<!\S)--[a-z-]+", COMMANDS[verb].epilog))
    assert used <= known


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_option_says_what_it_is_and_its_variable(verb):
    text = " ".join(_help(verb).split())
    for option in _options(verb):
        assert option.help
        if option.name != "help":
            assert f"CROSSORACLE_{verb}_{option.name}".upper() in text
            assert option.show_default


@pytest.mark.parametrize(("verb", "options"), [("agree", AgreeOptions), ("precheck", PrecheckOptions)])
def test_defaults_are_those_of_the_methods(verb, options):
    shown = {option.name: option for option in _options(verb)}
    for field in dataclasses.fields(options):
        default = shown[field.name].default
        unset = default is None or default == () or not isinstance(default, bool | int | float | str)
        assert default == field.default or (unset and field.default in ((), None, False)), field.name


def test_draw_takes_every_option_of_the_figures():
    shown = {option.name: option for option in _options("draw")}
    for name, declared in OPTIONS.items():
        assert shown[name].help == declared.meaning
        assert shown[name].show_default == declared.default


def test_ranges_are_those_of_agreement():
    assert allowed(AgreeOptions, "bins").high == MOST
    assert allowed(AgreeOptions, "interval").choices == KINDS


def test_defaults_are_those_of_agreement():
    for field in dataclasses.fields(Options):
        if field.name != "weights":
            assert field.default == getattr(AgreeOptions, field.name)


def test_an_option_can_come_from_the_environment():
    done = CliRunner().invoke(cli, ["agree", "nowhere"], env={"CROSSORACLE_AGREE_SEED": "not a number"})
    assert "CROSSORACLE_AGREE_SEED" in done.output or "--seed" in done.output
