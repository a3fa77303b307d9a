"""A small study of generated videos, and oracles that learn from its training videos."""

from __future__ import annotations

import asyncio
import shutil
from importlib import import_module

import pytest

from crossoracle.encoders import classifier, features
from crossoracle.encoders.examples import examples, watched
from crossoracle.video.synthetic import generate
from tests.oracles.putting import ask, clips_of, describe, question

__all__ = ["ask", "describe"]

ROOM = "crossoracle.oracles.adapters.literature"
SECTIONS = """
[oracles.action-sensitivity]
train = "training.parquet"
model = "models/action-sensitivity.safetensors"
epochs = 25

[recognizers.probe]
model = "models/recognizer.npz"

[oracles.one-step-sampler]
train = "training.parquet"
model = "models/one-step-sampler.safetensors"
recognizer = "models/recognizer.npz"
epochs = 4
"""


@pytest.fixture(scope="session", autouse=True)
def _with_torch(torch):
    """Without the library these tests are skipped."""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, torch):
    """Return a study with both oracles and a recognizer; nobody writes into it."""
    home = tmp_path_factory.mktemp("trained")
    made = generate(home, seed=3, regimes=("concentrated", "redundant"), videos=2, training=5)
    known = examples(made.training)
    frames = list(watched(known, 16, features.prepared))
    classifier.learn(frames, [one.label for one in known]).save(home / "models" / "recognizer.npz")
    (home / "study.toml").write_text(SECTIONS, encoding="utf-8")
    return home


@pytest.fixture
def home(prepared, tmp_path):
    """Return a copy of the study."""
    shutil.copytree(prepared, tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture(scope="session")
def clips(prepared):
    """Return the clips of the study, by dataset and name."""
    return clips_of(prepared)


@pytest.fixture
def clip(clips):
    return clips["concentrated", "test-0-000"]


def sensitivity_of(home, **options):
    kind = import_module(f"{ROOM}.action_sensitivity").ActionSensitivity
    file = home / "models" / "action-sensitivity.safetensors"
    usual = {"model": str(file), "train": str(home / "training.parquet"), "epochs": 25}
    return kind(**(usual | options))


def sampler_of(home, **options):
    kind = import_module(f"{ROOM}.one_step_sampler").OneStepSampler
    file, judge = home / "models" / "one-step-sampler.safetensors", home / "models" / "recognizer.npz"
    usual = {"model": str(file), "train": str(home / "training.parquet"), "epochs": 4}
    return kind(**(usual | {"recognizer": str(judge)} | options))


MADE = {"action-sensitivity": sensitivity_of, "one-step-sampler": sampler_of}


@pytest.fixture(params=list(MADE))
def made(request, torch):
    """Return a function from a study and options to an oracle, of each kind."""
    return MADE[request.param]


@pytest.fixture(scope="session")
def schooled(prepared, tmp_path_factory):
    """Return a study in which both have learned, and the two oracles by name."""
    home = tmp_path_factory.mktemp("schooled") / "study"
    shutil.copytree(prepared, home)
    found = {name: make(home) for name, make in MADE.items()}
    clip = next(iter(clips_of(home).values()))
    for oracle in found.values():
        asyncio.run(oracle.ask(question("verify", clip)))
    return home, found


@pytest.fixture(params=list(MADE))
def oracle(request, schooled):
    return schooled[1][request.param]
