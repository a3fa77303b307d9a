"""What a class is called: by its descriptions, or by its name in a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from crossoracle.encoders.describing import about, called, class_rows, descriptions, sentence_wrong
from crossoracle.encoders.encoder import encoder
from crossoracle.errors import InputError
from tests.oracles.literature.painted import train

LABELS = ("red_event", "green event")


@pytest.fixture(scope="module")
def tower(tmp_path_factory):
    return encoder(train(tmp_path_factory.mktemp("tower") / "tower.npz"))


def test_without_a_description_a_class_is_called_by_its_name():
    assert called(LABELS, "a video of {label}", {"green event": ("green", "square")}) == (
        ("a video of red event",),
        ("green", "square"),
    )


def test_sets_of_descriptions_are_taken_together(tmp_path):
    told = {"d": {"green event": [["green", "square"], ["green"]], "red_event": ["red"]}, "other": {}}
    (tmp_path / "texts.json").write_text(json.dumps(told))
    (tmp_path / "texts.toml").write_text('[d]\n"green event" = [["green", "square"]]\n')
    assert descriptions(str(tmp_path / "texts.json")) == {
        "d": {"green event": ("green", "square"), "red_event": ("red",)},
        "other": {},
    }
    assert descriptions(str(tmp_path / "texts.toml")) == {"d": {"green event": ("green", "square")}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file, expected texts by dataset and label"),
        ("[d]\nred_event = 3\n", "expected texts by dataset and label"),
        ("[d]\nred_event = []\n", "d / red_event: found no text"),
        ("[d", "cannot be read"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path, content, told):
    if content is not None:
        (tmp_path / "texts.toml").write_text(content)
    with pytest.raises(InputError, match=rf"texts\.toml: .*{told}"):
        descriptions(str(tmp_path / "texts.toml"))


def test_a_sentence_needs_a_place_for_the_label():
    assert sentence_wrong("a video of {label}.") is None
    assert "expected {label} in it" in sentence_wrong("a video")


def test_a_class_is_the_mean_of_its_texts(tower):
    found = class_rows(tower, (("red", "red square"), ("green square",)))
    slow = np.mean([tower.texts(["red"])[0], tower.texts(["red square"])[0]], axis=0)
    np.testing.assert_allclose(found[0], slow / np.linalg.norm(slow), atol=1e-6)
    np.testing.assert_allclose(found[1], tower.texts(["green square"])[0], atol=1e-6)


FOUND = {"high_kicks": {"red_event": ("red",), "Green event": ("green",)}, "e": {"red event": ("square",)}}


def test_descriptions_are_found_by_names_however_they_are_spelt():
    found = about(FOUND, "high kicks", LABELS, "f")
    assert called(("red event", "green_event", "blue event"), "{label}", found) == (
        ("red",),
        ("green",),
        ("blue event",),
    )


def test_without_a_dataset_the_texts_of_all_are_taken_together():
    assert about(FOUND, None, LABELS, "f") == {"red event": ("red", "square"), "green event": ("green",)}


def test_a_dataset_of_whose_classes_none_is_described_is_refused():
    with pytest.raises(
        InputError, match=r"f: e: found texts of 1 class \(red event\), none of which .* the 1"
    ):
        about(FOUND, "e", ["rad event"], "f")


def test_a_dataset_that_is_not_described_is_told(caplog):
    assert about(FOUND, "f", LABELS, "f.toml") == {}
    assert caplog.messages == ["f.toml: found no texts of f: its classes are called by their names"]
