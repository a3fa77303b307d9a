"""A run that is killed at any stage goes on where it was, and comes to what an undisturbed one comes to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crossoracle.workflow import steps
from tests.faults.dying import MOMENTS
from tests.faults.study import half_written, make, program, tables

DONE = tuple(step for step in steps() if step != "predict")
"""The steps that the study has something for: it asks no recognizer, its predictions are imported."""


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """Return the tables of a study that was run in peace."""
    study = make(tmp_path_factory.mktemp("calm") / "study")
    done = program("run", study)
    assert done.returncode in (0, 1), done.stderr
    return tables(study)


def kill(study: Path, step: str, moment: str) -> None:
    command = [sys.executable, "-m", "tests.faults.dying", str(study), step, moment]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == -signal.SIGKILL, f"{step} was to die {moment}: {done.stderr[-1000:]}"


def killed_everywhere(study: Path, moments: tuple[str, ...]) -> int:
    """Kill one run after the other, each at a later stage; return how many."""
    kills = 0
    for step in DONE:
        for moment in moments:
            kill(study, step, moment)
            kills += 1
            tables(study)  # each of them can be read as a whole
    return kills


def _goes_on(study: Path, calm: dict) -> None:
    done = program("run", study)
    assert done.returncode in (0, 1), done.stderr
    assert tables(study) == calm
    assert half_written(study) == []
    assert "[0." not in program("run", study).stderr, "a third run has nothing to do"


def test_killed_in_the_middle_of_every_step(tmp_path, calm):
    study = make(tmp_path / "study")
    assert killed_everywhere(study, ("moved",)) == len(DONE)
    _goes_on(study, calm)


@pytest.mark.slow
def test_killed_at_every_moment_of_every_step(tmp_path, calm):
    study = make(tmp_path / "study")
    assert killed_everywhere(study, MOMENTS) == len(MOMENTS) * len(DONE)
    _goes_on(study, calm)
