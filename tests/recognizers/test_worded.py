"""Recognizers that compare frames with words, on a small two-tower: storyboard, and zero-shot as by CLIP."""

from __future__ import annotations

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from crossoracle import Study
from crossoracle.encoders.encoder import encoder
from crossoracle.encoders.storyboard import cosines, told
from crossoracle.errors import InputError
from crossoracle.provenance import Provenance
from crossoracle.recognizers.catalogue import family
from crossoracle.tables import write
from tests.oracles.literature.painted import CLASSES, COLOURS, picture, study, train

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


def twice(home, section):
    """Return the predictions of two datasets that have the same class, but not in the same words."""
    rows = study(home, {"a": ([None, "red"], "red_event"), "b": ([None, "green"], "green_event")})
    table = duckdb.sql(f"SELECT * FROM '{rows / 'videos.parquet'}'").df()
    other = table.assign(dataset="other", label=table.label.str.replace("_", " "))
    third = table.assign(dataset="third", label="grey event")
    write("videos", pd.concat([table, other, third]), home / "videos.parquet", provenance=Provenance("test"))
    texts = {"painted": {"red_event": [["red"]], "green_event": [["green"]]}}
    texts["other"] = {"red event": [["red square"]], "green event": [["green square"]]}
    (home / "subtexts.json").write_text(json.dumps(texts))
    (home / "study.toml").write_text(f'[recognizers.one]\ndatasets = ["painted", "other"]\n{section}')
    Study(home).predict(conditions=("full",))
    return duckdb.sql(f"SELECT * FROM '{home / 'predictions.parquet'}' ORDER BY dataset, video_id").df()


@pytest.mark.parametrize(
    "section",
    [
        'family = "storyboard"\nmodel = "tower.npz"\nsubtexts = "subtexts.json"',
        'family = "clip-zero-shot"\nmodel = "tower.npz"',
        'family = "narrative"\nmodel = "tower.npz"\ndescriptions = "subtexts.json"',
    ],
)
def test_datasets_may_spell_and_describe_a_class_differently(tmp_path, section):
    found = twice(tmp_path, section)
    assert found.failure.isna().all()
    assert found.dataset.tolist() == ["other"] * 2 + ["painted"] * 2, "nothing is asked of the third"
    assert found.correct1.all()


def test_sub_texts_are_those_of_the_dataset(files, tmp_path):
    both = {"d": SUBTEXTS["painted"], "e": {label: [["square", "red"]] for label in CLASSES}}
    (tmp_path / "both.json").write_text(json.dumps(both))
    kind = family("storyboard").load()
    made = kind(files[0], str(tmp_path / "both.json"), CLASSES, dataset="d")
    assert made.describe() == kind(*files, CLASSES).describe()
    with pytest.raises(InputError, match="in 2 datasets that differ"):
        kind(files[0], str(tmp_path / "both.json"), CLASSES).describe()
    with pytest.raises(InputError, match="found no sub-texts of 'red event' of f"):
        kind(files[0], str(tmp_path / "both.json"), CLASSES, dataset="f").describe()
