"""The probe reads a classifier from its file, and says what it says."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from crossoracle.errors import InputError
from crossoracle.recognizers.catalogue import family
from crossoracle.recognizers.probe import READER, Probe
from crossoracle.recognizers.reaching import reach, sections
from tests.recognizers.colours import Colours


@pytest.fixture
def reader(monkeypatch):
    """In place of `crossoracle.encoders.classifier`: a file holds how sharply colours are told apart."""

    def load(path):
        made = Colours(sharpness=float(np.load(path)["sharpness"]))
        names = {name: getattr(made, name) for name in ("classes", "frames", "prepare")}
        return SimpleNamespace(**names, probabilities=made.predict)

    monkeypatch.setitem(sys.modules, READER, SimpleNamespace(load=load))


def test_it_is_read_from_the_study(home, predict, reader):
    np.savez(home / "recognizer.npz", sharpness=4.0)
    found = predict("full", "led@0", oracles=("good",), recognizers=("probe",))
    assert found["probe", "v2", "good", "0", "led@0"]["correct1"]
    plain = predict("led@0", oracles=("good",), recognizers=("tiny",))
    assert (
        found["probe", "v2", "good", "0", "led@0"]["p_true"]
        == plain["tiny", "v2", "good", "0", "led@0"]["p_true"]
    )


def test_another_file_is_another_model(home, predict, reader):
    np.savez(home / "recognizer.npz", sharpness=4.0)
    predict("full", recognizers=("probe",))
    predict("full", recognizers=("probe",))
    assert (predict.found.new, predict.found.replaced) == (0, 0)
    np.savez(home / "recognizer.npz", sharpness=5.0)
    predict("full", recognizers=("probe",))
    assert predict.found.replaced == 3


def test_its_file_can_stand_anywhere(home, tmp_path, reader):
    np.savez(tmp_path / "else.npz", sharpness=4.0)
    known = sections({"p": {"family": "probe", "model": str(tmp_path / "else.npz")}}, "study.toml")
    assert reach(known["p"], home, ()).classes == ("Red thing", "green_thing", "BLUE thing")


def test_without_its_file_it_is_refused(tmp_path):
    assert family("probe").load() is Probe
    with pytest.raises(InputError, match=r"found no file .*, expected a trained classifier"):
        Probe(str(tmp_path / "no.npz")).describe()
