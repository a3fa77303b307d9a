"""A codebook from videos: real files, its provenance, and errors that say what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.encoders import codebook, tokens
from crossoracle.encoders.encoder import encoder
from crossoracle.encoders.examples import examples
from crossoracle.errors import InputError
from crossoracle.provenance import digest, read_sidecar
from tests.oracles.literature.painted import CAPTIONS, study

VIDEOS = {
    "a": ([None, "red", "red", None], "red event"),
    "b": (["blue", "blue", None, None], "blue event"),
    "c": ([None, "green", None, "green"], "green event"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return study(tmp_path_factory.mktemp("study"), VIDEOS)


def test_tokens_stand_for_what_the_videos_show(home):
    book = tokens.write(home / "videos.parquet", str(home / "tower.npz"), home / "book.npz", size=4, frames=8)
    reads = encoder(str(home / "tower.npz"))
    told = (book.centres @ reads.texts(CAPTIONS).T).argmax(axis=1)
    assert sorted(told) == [0, 1, 2, 3]
    np.testing.assert_array_equal(codebook.read(home / "book.npz", reads.describe()).centres, book.centres)


def test_where_it_is_from_stands_beside_it(home):
    tokens.write(home / "videos.parquet", str(home / "tower.npz"), home / "book.npz", size=3, seed=5)
    told = read_sidecar(home / "book.npz")
    assert (told["verb"], told["seed"], told["sha256"]) == ("codebook", 5, digest(home / "book.npz"))
    assert told["inputs"] == {f"{name}.mp4": digest(home / f"{name}.mp4") for name in VIDEOS}
    assert told["options"]["size"] == 3
    assert told["options"]["encoder"]["version"] == digest(home / "tower.npz")
    assert len(examples(home / "videos.parquet")) == 3


def test_the_same_videos_give_the_same_codebook(home):
    made = [
        tokens.write(home / "videos.parquet", str(home / "tower.npz"), home / name, size=4).centres
        for name in ("one.npz", "other.npz")
    ]
    np.testing.assert_array_equal(*made)


def test_without_videos_there_is_none(home):
    with pytest.raises(InputError, match="no videos of the split 'train'"):
        tokens.write(home / "videos.parquet", str(home / "tower.npz"), home / "book.npz", split="train")


def test_the_codebook_knows_which_videos_it_is_from(home):
    book = tokens.write(home / "videos.parquet", str(home / "tower.npz"), home / "book.npz", size=3)
    assert book.videos == {(one.dataset, one.video_id) for one in examples(home / "videos.parquet")}
    reads = encoder(str(home / "tower.npz"))
    assert codebook.read(home / "book.npz", reads.describe()).videos == book.videos


def test_its_encoder_is_the_one_that_is_asked_for(home, monkeypatch):
    made = []

    def noted(model, **options):
        made.append(options)
        return encoder(model, **options)

    monkeypatch.setattr(tokens, "encoder", noted)
    asked = {"revision": "abc", "device": "cpu", "dtype": "float32"}
    tokens.write(home / "videos.parquet", str(home / "tower.npz"), home / "book.npz", size=3, **asked)
    assert made == [asked]
