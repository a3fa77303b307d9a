"""Recognizers that compare frames with words, on a small two-tower: storyboard, and zero-shot as by CLIP."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import softmax

from crossoracle.encoders.encoder import encoder
from crossoracle.encoders.storyboard import cosines, told
from crossoracle.errors import InputError
from crossoracle.recognizers.catalogue import family
from tests.oracles.literature.painted import CLASSES, COLOURS, picture, train

SUBTEXTS = {"painted": {label: [[f"{label.split()[0]} square", "square"]] for label in CLASSES}}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return train(tmp_path_factory.mktemp("worded") / "two-tower.npz")


@pytest.fixture
def files(model, tmp_path):
    file = tmp_path / "subtexts.json"
    file.write_text(json.dumps(SUBTEXTS))
    return model, str(file)


@pytest.fixture
def storyboard(files):
    return family("storyboard").load()(files[0], files[1], CLASSES)


@pytest.fixture
def zero_shot(model):
    return family("clip-zero-shot").load()(model, CLASSES)


@pytest.fixture(params=["storyboard", "zero_shot"])
def either(request):
    return request.getfixturevalue(request.param)


def clip(colour, seed):
    """Return frames of which the second half shows a square."""
    return np.stack([picture(colour if i > 3 else None, [5, seed, i]) for i in range(8)])


def test_classes_are_told_apart(either):
    clips = [either.prepare(clip(colour, seed)) for colour in COLOURS for seed in range(3)]
    found = either.predict(clips)
    assert found.shape == (9, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == np.repeat(np.arange(3), 3)).mean() >= 8 / 9


def test_clips_do_not_depend_on_those_beside_them(either):
    clips = [either.prepare(clip(colour, 1)) for colour in COLOURS]
    together = either.predict([*clips, clips[0]])
    np.testing.assert_allclose(together[:3], np.concatenate([either.predict([one]) for one in clips]))
    np.testing.assert_array_equal(together[0], together[3])


@pytest.mark.parametrize("weights", ["fused", "coarse", "fine"])
def test_probabilities_are_the_softmax_of_cosines(files, weights):
    made = family("storyboard").load()(*files, CLASSES, weights=weights, scale=5.0)
    one, frames = encoder(files[0]), made.prepare(clip("red", 1))
    every = [told(one, label, SUBTEXTS["painted"][label]) for label in CLASSES]
    expected = softmax(one.scale * cosines(every, one.embed(frames), 5.0, weights))
    np.testing.assert_allclose(made.predict([frames])[0], expected)


def test_descriptions_are_json_and_tell_options_apart(files, storyboard, zero_shot, tmp_path):
    made = storyboard.describe()
    assert json.loads(json.dumps(made)) == made
    other = tmp_path / "other.json"
    other.write_text(json.dumps(SUBTEXTS).replace("red square", "red"))
    kind = family("storyboard").load()
    for changed in (
        kind(files[0], str(other), CLASSES),
        kind(*files, CLASSES, weights="fine"),
        kind(*files, CLASSES, scale=2.0),
        kind(*files, CLASSES, frames=3),
    ):
        assert changed.describe() != made
    assert "pooling" not in zero_shot.describe(), "it is described as before there were descriptions"


@pytest.mark.parametrize(("option", "value"), [("frames", 0), ("scale", 0.0), ("scale", float("nan"))])
def test_options_out_of_range_are_refused(files, option, value):
    with pytest.raises(InputError, match=rf"{option} (is|=) "):
        family("storyboard").load()(*files, CLASSES, **{option: value})


def test_a_class_without_sub_texts_is_one_line(files):
    made = family("storyboard").load()(*files, (*CLASSES, "grey event"))
    with pytest.raises(InputError, match="found no 'grey event', expected its sub-texts once"):
        made.describe()
