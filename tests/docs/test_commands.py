"""Every command in README and docs does what the page says, in the order of the page."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from crossoracle.cli import cli
from crossoracle.figures.catalogue import FIGURES
from tests.docs.pages import NEEDS, ROOT, RUN, Block, blocks, name, named, pages

CONTEXT = click.Context(cli)
COMMANDS = {verb: cli.get_command(CONTEXT, verb) for verb in cli.list_commands(CONTEXT)}
DRAWN = {"docs/literature.md", "docs/thesis.md"}  # with every figure
LONG = DRAWN | {  # run by `make test-docs`
    *("README.md", "docs/howto/noise_floor.md", "docs/howto/resume.md", "docs/howto/labels.md"),
    *("docs/tutorial.md", "docs/scale.md", "docs/howto/reporting.md", "docs/howto/new_coefficient.md"),
    *("docs/howto/paid.md", "docs/howto/vllm.md"),
}
RUNNABLE = [
    pytest.param(page, id=name(page), marks=[pytest.mark.slow] * (name(page) in LONG))
    for page in pages()
    if any(b.language in RUN and not b.needs for b in blocks(page))
]
SMALL = {
    "CROSSORACLE_AGREE_REPLICATES": "199",
    "CROSSORACLE_COMPARE_REPLICATES": "199",
    "CROSSORACLE_FLOOR_REPLICATES": "199",
    "CROSSORACLE_CONTROLS_REPLICATES": "199",
    "CROSSORACLE_POWER_SIMULATIONS": "199",
}
FIGURE = "CROSSORACLE_DRAW_FIGURES"
NOWHERE = "http://127.0.0.1:9"  # the port that discards: what would go out ends there
PIP = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INPUT": "1"}


def _environment(home: Path) -> dict[str, str]:
    """Return what the shell of a reader knows: crossoracle, no key, no network."""
    kept = {
        k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_KEY")) and "CROSSORACLE" not in k
    }
    site = home.parent / "site"  # what a page installs goes there
    return {
        **kept,
        **SMALL,
        **PIP,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PIP_TARGET": str(site),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")])),
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "COLUMNS": "100",
    }


def _script(block: Block) -> str:
    if block.file:
        place = shlex.quote(block.file)
        return f"mkdir -p -- $(dirname {place})\ncat > {place} <<'END-OF-FILE'\n{block.text}END-OF-FILE"
    if block.language == "python":
        return f"python - <<'END-OF-SCRIPT'\n{block.text}END-OF-SCRIPT"
    return block.text.rstrip()


def _run(page: Path, home: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run all that can be run of a page, in its order, where the files of a reader are."""
    run = [b for b in blocks(page) if not b.needs and (b.language in RUN or b.file)]
    script = "\n".join(f"at={b.line}\n{_script(b)}" for b in run)
    stop = "set -euo pipefail\ntrap 'echo \"stopped in the block at line $at\" >&2' ERR\n"
    return subprocess.run(
        ["bash", "-c", stop + script],
        cwd=home,
        env={**_environment(home), **more},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("page", RUNNABLE)
def test_every_command_works(page, reader, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(reader, home)
    drawn = FIGURES if name(page) in DRAWN else ["agreement-matrix"]
    done = _run(page, home, {FIGURE: " ".join(drawn)})
    assert done.returncode == 0, f"{name(page)}: {done.stderr[-3000:]}"
    missing = [path for path in named(page) if not (home / path).exists()]
    assert not missing, f"{name(page)} speaks of files that its commands do not make"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_numbers_of_the_tutorial_are_those_of_the_demonstration(tmp_path):
    page = ROOT / "docs" / "tutorial.md"
    (tmp_path / "home").mkdir()
    done = _run(page, tmp_path / "home", dict.fromkeys(SMALL, "") | {"COLUMNS": "200"})
    assert done.returncode == 0, done.stderr[-3000:]
    printed = " ".join((done.stdout + done.stderr).split())
    quoted = [" ".join(b.text.split()) for b in blocks(page) if b.title == "what it prints, in part"]
    assert len(quoted) == 2
    for part in (part for text in quoted for part in re.split(r" (?=Rests on )", text)):
        assert part in printed, part


@pytest.mark.parametrize("page", pages(), ids=name)
def test_what_is_not_run_says_why(page):
    for block in blocks(page):
        if block.needs:
            assert NEEDS.fullmatch(block.needs), (name(page), block.line, block.needs)


@pytest.mark.parametrize("page", pages(), ids=name)
def test_only_shell_blocks_hold_commands(page):
    """A command in a block of another language would never be run."""
    for block in blocks(page):
        if block.language not in RUN and not block.file:
            assert not any(
                line.startswith(("crossoracle ", "$ crossoracle ")) for line in block.text.splitlines()
            ), (
                name(page),
                block.line,
            )


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_verb_and_option_exists(page):
    for block in blocks(page):
        for words in block.commands:
            if len(words) < 2 or words[1].startswith("-"):
                continue
            assert words[1] in COMMANDS, (name(page), words)
            known = {flag for p in COMMANDS[words[1]].params for flag in p.opts} | {"--help"}
            used = {w.partition("=")[0] for w in words if w.startswith("--")}
            assert used <= known, (name(page), words, used - known)
