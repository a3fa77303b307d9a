"""The recognizer that reads captions: against the slow definition, and through the verb on real videos."""

from __future__ import annotations

import json
import math

import duckdb
import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.encoders import codebook
from crossoracle.encoders.encoder import encoder
from crossoracle.errors import InputError
from crossoracle.provenance import Provenance
from crossoracle.recognizers.catalogue import family
from crossoracle.recognizers.narrative import Narrative
from crossoracle.tables import write
from tests.oracles.literature.painted import CAPTIONS, CLASSES, picture, study, train


@pytest.fixture(scope="module")
def tower(tmp_path_factory):
    return train(tmp_path_factory.mktemp("tower") / "tower.npz")


@pytest.fixture
def captions(tmp_path):
    (tmp_path / "captions.txt").write_text("\n".join(CAPTIONS))
    return str(tmp_path / "captions.txt")


@pytest.fixture
def recognizer(tower, captions):
    return Narrative(tower, CLASSES, captions=captions, frames=8)


def shown(colours):
    return np.stack([picture(colour, [5, i]) for i, colour in enumerate(colours)])


def test_it_is_in_the_catalogue():
    assert family("narrative").load() is Narrative
    assert family("narrative").open_vocabulary
    assert family("narrative").extra is None


def test_it_recognizes_what_is_told(recognizer):
    clips = [shown([None] * 3 + [colour] * 3 + [None] * 2) for colour in ("red", "green", "blue")]
    found = recognizer.predict([recognizer.prepare(clip) for clip in clips])
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_probabilities_are_read_from_the_words_alone(recognizer, tower):
    reads = encoder(tower)
    said = reads.texts([CAPTIONS[0]] * 3 + [CAPTIONS[3]] * 3 + [CAPTIONS[0]] * 2).astype(float)
    classes = reads.texts([f"a video of {label}" for label in CLASSES]).astype(float)
    mass = [sum(math.exp(reads.scale * float(s @ c)) for s in said) for c in classes]
    clip = recognizer.prepare(shown([None] * 3 + ["blue"] * 3 + [None] * 2))
    np.testing.assert_allclose(recognizer.predict([clip])[0], np.array(mass) / sum(mass), rtol=1e-5)


def test_clips_are_independent_of_each_other(recognizer):
    clips = [recognizer.prepare(shown(["red"] * 8)), recognizer.prepare(shown([None] * 4 + ["blue"] * 4))]
    both = recognizer.predict(clips)
    for clip, row in zip(clips, both, strict=True):
        np.testing.assert_array_equal(recognizer.predict([clip])[0], row)


def test_a_clip_of_one_frame_is_told_too(recognizer):
    assert recognizer.predict([recognizer.prepare(shown(["green"]))])[0].argmax() == 1


def test_descriptions_of_a_label_are_taken_together(tower, tmp_path):
    (tmp_path / "texts.toml").write_text(
        '[d]\n"red event" = ["red"]\n[e]\n"red event" = [["red square"]]\n"green event" = ["green"]\n'
    )
    made = Narrative(tower, CLASSES, descriptions=str(tmp_path / "texts.toml"))
    assert made._texts == (("red", "red square"), ("green",), ("a video of blue event",))


def test_what_it_depends_on_is_told(recognizer, tower, captions, tmp_path):
    told = recognizer.describe()
    assert json.loads(json.dumps(told)) == told
    assert tower not in json.dumps(told)
    assert captions not in json.dumps(told)
    changes = ({"tokens": 3}, {"seed": 1}, {"switch": 0.3}, {"scale": 2.0}, {"frames": 4}, {"captions": None})
    given = {"captions": captions, "frames": 8}
    assert all(Narrative(tower, CLASSES, **{**given, **change}).describe() != told for change in changes)


def test_a_codebook_of_another_encoder_is_refused(tower, captions, tmp_path):
    reads = encoder(tower)
    book = codebook.learn(reads.frames(list(shown([None, "red", "green", "blue"] * 3))), 4)
    book.save(tmp_path / "own.npz", reads.describe())
    book.save(tmp_path / "other.npz", {"family": "other"})
    own = Narrative(tower, CLASSES, captions=captions, codebook=str(tmp_path / "own.npz"))
    assert own.predict([own.prepare(shown(["red"] * 8))])[0].argmax() == 0
    other = Narrative(tower, CLASSES, captions=captions, codebook=str(tmp_path / "other.npz"))
    with pytest.raises(InputError, match="another encoder"):
        other.predict([other.prepare(shown(["red"] * 8))])


@pytest.mark.parametrize(("option", "value"), [("frames", 0), ("tokens", 0), ("switch", -1.0)])
def test_an_option_out_of_range_is_refused(tower, option, value):
    with pytest.raises(InputError, match=f"{option} is .*or more; change it"):
        Narrative(tower, CLASSES, **{option: value})


@pytest.mark.parametrize("option", ["captions", "codebook", "descriptions"])
def test_a_missing_file_is_one_clear_line(tower, tmp_path, option):
    with pytest.raises(InputError, match="gone: found no such file"):
        Narrative(tower, CLASSES, **{option: str(tmp_path / "gone")}).describe()


def test_it_predicts_a_study(tmp_path):
    videos = {
        "a": ([None, "red", "red", None], "red event"),
        "b": (["blue", "blue", None, None], "blue event"),
        "c": ([None, None, None, "green"], "red event"),
    }
    home = study(tmp_path, videos)
    (home / "study.toml").write_text(
        '[recognizers.told]\nfamily = "narrative"\nmodel = "tower.npz"\ncaptions = "captions.txt"\n'
    )
    Study(home).predict(conditions=("full",))
    rows = duckdb.sql(f"SELECT * FROM '{home / 'predictions.parquet'}' ORDER BY video_id").df()
    assert rows.top1.tolist()[:2] == ["red event", "blue event"]
    assert rows.correct1.tolist()[:2] == [True, True]


def test_two_datasets_share_labels_and_nothing_else(tmp_path):
    """What is predicted of one dataset is the same whatever else is in the study."""
    videos = {name: ([None, name, name, None], f"{name} event") for name in ("red", "blue", "green")}
    home = study(tmp_path, videos)
    rows = duckdb.sql(f"SELECT * FROM '{home / 'videos.parquet'}' ORDER BY video_id").df()
    rows["label"] = rows.label.str.replace(" ", "_")
    alone = predicted(home, rows)
    other = rows.assign(dataset="other", label=["blue_event", "empty-place", "red event"])
    both = predicted(home, pd.concat([rows, other]))
    pd.testing.assert_frame_equal(both[both.dataset == "painted"].reset_index(drop=True), alone)
    assert set(both[both.dataset == "other"].top1) <= set(other.label)


def predicted(home, rows):
    """Return the predictions of a study with these videos, made as if for the second time."""
    write("videos", rows, home / "videos.parquet", provenance=Provenance("test"))
    (home / "study.toml").write_text('[recognizers.narrative]\nmodel = "tower.npz"\nscale = 3.0\n')
    Study(home).predict(conditions=("full",), clips=2)
    return duckdb.sql(f"SELECT * FROM '{home / 'predictions.parquet'}' ORDER BY dataset, video_id").df()


def test_texts_are_those_of_the_dataset(tower, tmp_path):
    file = tmp_path / "texts.toml"
    file.write_text('[d]\nred_event = ["red"]\n[e]\n"red event" = ["red square"]\n')
    given = {"descriptions": str(file), "dataset": "d"}
    one, told = Narrative(tower, CLASSES, **given), Narrative(tower, CLASSES, **given).describe()
    assert one._texts == (("red",), ("a video of green event",), ("a video of blue event",))
    file.write_text(file.read_text().replace("red square", "square"))
    assert Narrative(tower, CLASSES, **given).describe() == told, "the texts of e are nothing to d"
    file.write_text(file.read_text().replace('["red"]', '["square"]'))
    assert Narrative(tower, CLASSES, **given).describe() != told


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_out_of_range_is_refused(tower, scale):
    with pytest.raises(InputError, match=r"scale = .*, expected a number above 0; change it"):
        Narrative(tower, CLASSES, scale=scale)


def test_an_empty_list_of_captions_is_told_at_once(tower, tmp_path):
    (tmp_path / "captions.txt").write_text("\n")
    with pytest.raises(InputError, match="found no caption"):
        Narrative(tower, CLASSES, captions=str(tmp_path / "captions.txt")).describe()
