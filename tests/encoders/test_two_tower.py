"""The small two-tower: what is said of a frame is found again, and its parts mean what the docstrings say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from crossoracle.encoders.correlating import learn, tokens_of
from crossoracle.encoders.encoder import encoder
from crossoracle.encoders.features import FEATURES, prepared
from crossoracle.encoders.two_tower import parts, stacked
from crossoracle.errors import InputError
from crossoracle.provenance import digest
from tests.oracles.literature.painted import CAPTIONS, COLOURS, picture, train

PICTURES = (None, *COLOURS)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return train(tmp_path_factory.mktemp("towers") / "two-tower.npz")


@pytest.fixture
def tower(file):
    return encoder(file)


def invented(n=600, seed=0):
    """Return features of frames in which words are to be seen, with noise, and what is said of them."""
    rng = np.random.default_rng(seed)
    words = np.array(["red", "green", "blue"]), np.array(["ring", "star"])
    which = rng.integers(0, 3, n), rng.integers(0, 2, n)
    said = [f"{words[0][i]} {words[1][j]}, here" for i, j in zip(*which, strict=True)]
    seen = np.concatenate([np.eye(3)[which[0]], np.eye(2)[which[1]]], axis=1)
    return np.concatenate([seen, rng.normal(size=(n, 4))], axis=1) + rng.normal(0, 0.1, (n, 9)), said


def test_embeddings_have_length_1_and_one_row_for_each(tower):
    frames = [picture(colour, [1, i]) for i, colour in enumerate(PICTURES)]
    rows, texts, words = tower.frames(frames), tower.texts(CAPTIONS), tower.words("a red square")
    assert rows.shape == (4, texts.shape[1])
    assert words.shape == (2, texts.shape[1]), "it was never told what a means"
    for found in (rows, texts, words):
        assert found.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_new_pictures_are_nearest_to_what_is_to_be_seen_in_them(tower):
    texts = tower.texts(CAPTIONS)
    for number, colour in enumerate(PICTURES):
        rows = tower.frames([picture(colour, [7, number, i]) for i in range(6)])
        assert ((rows @ texts.T).argmax(axis=1) == number).mean() > 0.8


def test_words_are_found_in_features_whatever_else_is_said():
    rows, said = invented()
    towers = learn(rows, said)
    assert "here" not in towers.tokens, "what is said of every frame tells none apart"
    assert {"red", "ring", "red ring"} <= set(towers.tokens)
    seen = towers.see(invented(seed=1)[0])
    _, told = invented(seed=1)
    for word in ("red", "star"):
        text = towers.read(word)[0]
        near, has = seen @ (text / np.linalg.norm(text)), np.array([word in one for one in told])
        assert near[has].min() > near[~has].max()


def test_a_text_is_the_sum_of_what_its_words_bring():
    towers = learn(*invented())
    of = {token: towers.words[i] for i, token in enumerate(towers.tokens)}
    apart, together = towers.read("red, ring"), towers.read("Red_ring")
    np.testing.assert_allclose(apart, [of["red"], of["ring"]])
    pair = of["red ring"] / 2
    np.testing.assert_allclose(together, [of["red"] + pair, of["ring"] + pair])
    np.testing.assert_allclose(towers.read("red unheard ring"), apart)  # a pair has nothing between its words
    assert towers.read("unheard of").shape == (0, towers.words.shape[1])


def test_canonical_correlations_by_their_definition():
    """Directions are those of Cxx^-1/2 Cxy Cyy^-1/2: the product of both towers is its slow definition."""
    from scipy.linalg import sqrtm

    rows, said = invented(200)
    towers = learn(rows, said)
    x = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-3)
    y = np.array([[token in tokens_of(one) for token in towers.tokens] for one in said], dtype=float)
    spread = y.std(axis=0)
    y = (y - y.mean(axis=0)) / spread
    shrunk = [0.9 * one.T @ one / 200 + 0.1 * np.eye(one.shape[1]) for one in (x, y)]
    inverse = [np.linalg.inv(one) for one in shrunk]
    # sum_k s_k u_k v_k' of the whitened covariance is that covariance itself, here turned back into x and y
    whole = inverse[0] @ (x.T @ y / 200) @ inverse[1] / spread
    np.testing.assert_allclose(towers.pictures @ towers.words.T, whole, atol=1e-8)
    white = (
        np.linalg.inv(np.real(sqrtm(shrunk[0]))) @ (x.T @ y / 200) @ np.linalg.inv(np.real(sqrtm(shrunk[1])))
    )
    strength = np.linalg.svd(white)[1]
    kept = np.diag(towers.pictures.T @ shrunk[0] @ towers.pictures)
    np.testing.assert_allclose(kept, strength[: len(kept)], atol=1e-8)


def test_the_scale_makes_the_captions_likeliest():
    rows, said = invented()
    towers = learn(rows, said)
    distinct = sorted(set(said))
    read = np.stack([towers.read(one).sum(axis=0) for one in distinct])
    cosines = towers.see(rows) @ (read / np.linalg.norm(read, axis=1, keepdims=True)).T
    own = np.arange(len(said)), [distinct.index(one) for one in said]

    def likely(scale):
        return (scale * cosines - np.log(np.exp(scale * cosines).sum(axis=1, keepdims=True)))[own].mean()

    best = float(towers.scale)
    assert 1 < best <= 100
    assert likely(best) > max(likely(best * 0.8), likely(min(best * 1.2, 120)) - 1e-6)


def test_learning_again_gives_the_same_numbers(file, tmp_path):
    again = train(tmp_path / "again.npz")
    with np.load(file) as one, np.load(again) as other:
        assert one.files == other.files
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])


def test_the_order_of_time_is_seen_in_what_moves():
    rows = {name: np.ones((5, 2), dtype=np.float32) for name in FEATURES}
    found = stacked(rows)
    assert found.shape == (5, 2 * (len(FEATURES) + 2))
    np.testing.assert_array_equal(found[:, -4], [1, 1, 0, 0, 0])
    np.testing.assert_array_equal(found[:, -2], [0, 0, 1, 1, 1])


def test_frames_are_prepared_once_with_the_same_result(tower):
    frames = [picture("red", [3, i]) for i in range(3)]
    np.testing.assert_array_equal(tower.prepare(frames), prepared(frames))
    np.testing.assert_array_equal(tower.embed(tower.prepare(frames)), tower.frames(frames))
    assert not tower.alone


def test_words_that_nobody_told_it_are_one_line(tower):
    for ask in (lambda: tower.texts(["red", "dancing"]), lambda: tower.words("dancing, quickly")):
        with pytest.raises(InputError, match="found no word that it was trained on in 'dancing") as caught:
            ask()
        assert "\n" not in str(caught.value)


def test_descriptions_tell_files_apart(tower, file, tmp_path):
    told = tower.describe()
    assert json.loads(json.dumps(told)) == told
    assert told["version"] == digest(file)
    copy = tmp_path / "other.npz"
    shutil.copy(file, copy)
    assert encoder(str(copy)).describe() == told


def test_a_file_that_changes_is_read_again_once_it_was_let_go(file, tmp_path):
    copy = tmp_path / "changing.npz"
    shutil.copy(file, copy)
    made = encoder(str(copy))
    assert made.words("red").shape == (1, made.texts(["red"]).shape[1])
    told = made.describe()
    learn(*invented()).save(copy)
    assert made.describe() == told, "what is told is what is used"
    assert made.texts(["red"]).shape == made.words("red").shape
    made.close()
    assert made.describe() != told
    assert len(made.words("ring star")) == 2


@pytest.mark.parametrize("kind", ["missing", "damaged", "judge"])
def test_what_is_no_two_tower_is_one_line(file, tmp_path, kind):
    path = tmp_path / f"{kind}.npz"
    if kind == "damaged":
        data = Path(file).read_bytes()
        path.write_bytes(data[: len(data) // 2])
    elif kind == "judge":
        from crossoracle.encoders import saved

        saved.write(path, "judge", {}, {})
    with pytest.raises(InputError, match="expected") as caught:
        encoder(str(path)).texts(["red"])
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_captions_that_tell_nothing_apart_are_refused():
    with pytest.raises(InputError, match="found 0 words in 20 of them"):
        learn(np.random.default_rng(0).normal(size=(20, 3)), ["the same"] * 20)


def test_punctuation_parts_a_text():
    assert parts("Putting_[something] ONTO-top, then: off!") == [
        ["putting"],
        ["something"],
        ["onto", "top"],
        ["then"],
        ["off"],
    ]
    assert parts("...") == []


def test_a_decomposed_accent_is_no_border_of_words():
    composed, decomposed = "\u00c9clair caf\u00e9", "E\u0301clair cafe\u0301"
    assert parts(decomposed) == parts(composed) == [["\u00e9clair", "caf\u00e9"]]
