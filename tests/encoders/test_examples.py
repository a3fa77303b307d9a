"""Videos to train on: which ones a table has, and what is seen of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crossoracle.encoders.examples import classes_of, examples, positions, watched
from crossoracle.encoders.features import FEATURES, SIDE
from crossoracle.encoders.sight import sight
from crossoracle.errors import InputError, TableError, VideoError
from crossoracle.video.decode import frames_at
from crossoracle.video.synthetic import generate


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("made"), regimes=("redundant",), videos=1, training=1)


def table(file, **columns):
    rows = {"dataset": "d", "video_id": ["v", "w"], "label": ["a", "b"], "path": "v.mp4"} | columns
    pd.DataFrame(rows).to_csv(file, index=False)
    return file


def test_examples_are_the_rows_of_a_table(made):
    found = examples(made.training)
    assert [one.video_id for one in found] == [f"train-{label}-000" for label in range(5)]
    assert all(one.path.is_file() for one in found)
    assert classes_of(found) == {"redundant": tuple(sorted(one.label for one in found))}
    assert len({one.digest for one in found}) == 5


def test_a_split_of_a_table(tmp_path):
    rows = {"video_id": list("vwxy"), "label": list("abab"), "split": ["train", "train", "test", "test"]}
    found = examples(table(tmp_path / "videos.csv", **rows), "train")
    assert [one.video_id for one in found] == ["v", "w"]
    assert len(examples(tmp_path / "videos.csv")) == 4


@pytest.mark.parametrize(
    ("columns", "split", "told"),
    [
        ({}, "train", "found no videos of the split 'train', expected"),
        ({"label": "a"}, None, r"found one class \(a\), expected at least two"),
        ({"label": ["a", None]}, None, "d/w: found no label, expected one of every video to train on"),
        ({"path": ["v.mp4", None]}, None, "d/w: found no path, expected one"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(tmp_path, columns, split, told):
    with pytest.raises(InputError, match=told):
        examples(table(tmp_path / "videos.csv", **columns), split)


def test_missing_files_are_refused(tmp_path):
    with pytest.raises(TableError, match="no such file"):
        examples(tmp_path / "videos.csv")
    found = examples(table(tmp_path / "videos.csv"))
    with pytest.raises(InputError, match=r"d/v: found no file .*v\.mp4, expected a video to train on"):
        _ = found[0].digest
    with pytest.raises(VideoError):
        list(watched(found, 2, len))


def test_frames_are_evenly_spaced(made):
    found = examples(made.training)
    seen = list(watched(found, 5, np.stack))
    assert positions(5).tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    for one, pictures in zip(found, seen, strict=True):
        expected = frames_at(one.path, [0.5, 1.5, 2.5, 3.5, 4.5])  # of 5 s
        np.testing.assert_array_equal(pictures, [picture.pixels for picture in expected])


def test_features_stand_one_behind_the_other(made):
    features = sight()
    pictures = next(watched(examples(made.training)[:1], 6, list))
    found = features.frames(pictures)
    small = np.stack([np.asarray(picture) for picture in pictures])
    assert found.shape == (6, 80 + 80 + 80 + 120)
    assert found.dtype == np.float32
    assert small.shape[1:] == (96, 96, 3)
    assert features.describe() == {"features": list(FEATURES), "side": SIDE}
    features.close()
