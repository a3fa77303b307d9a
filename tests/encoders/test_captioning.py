"""Captions: a list in a file, what tells a frame, and what words alone say of the classes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crossoracle.encoders.captioning import captioned, captions, looked_up, runs
from crossoracle.encoders.codebook import Codebook
from crossoracle.errors import InputError


def unit(rows):
    rows = np.asarray(rows, dtype=np.float64)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_a_list_is_one_caption_a_line(tmp_path):
    file = tmp_path / "captions.txt"
    file.write_text("a red star\n\n  moving   right \na red star\n", encoding="utf-8")
    assert captions(file) == ("a red star", "moving right")


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no such file"), (b"\xff\xfe\x00", "not UTF-8"), (b" \n\n", "found no caption")],
)
def test_a_bad_list_is_one_clear_line(tmp_path, content, told):
    if content is not None:
        (tmp_path / "captions.txt").write_bytes(content)
    with pytest.raises(InputError, match=rf"captions\.txt: .*{told}.*one a line"):
        captions(tmp_path / "captions.txt")


def test_a_frame_is_told_by_the_caption_of_its_token():
    book = Codebook(unit([[1, 0, 0.2], [0, 1, 0.2]]).astype(np.float32))
    texts = unit([[0, 1, 0], [0, 0, 1], [1, 0, 0]]).astype(np.float32)
    seen = unit([[1, 0.1, 0], [0.9, 0.2, 0], [0.1, 1, 0]])
    assert captioned(seen, book, texts, 0.0).tolist() == [2, 2, 0]


def test_neighbours_that_are_told_alike_are_one():
    found = runs(np.array([3, 3, 3, 1, 3]))
    assert [(one.caption, one.first, one.last) for one in found] == [(3, 0, 2), (1, 3, 3), (3, 4, 4)]
    assert runs(np.array([], dtype=np.int64)) == ()
    assert [(one.first, one.last) for one in runs(np.array([0]))] == [(0, 0)]


def test_probabilities_are_those_of_the_slow_definition():
    rng = np.random.default_rng(0)
    told, classes, scale = unit(rng.normal(size=(7, 4))), unit(rng.normal(size=(3, 4))), 9.0
    mass = [sum(math.exp(scale * sum(s * t)) for s in told) for t in classes]
    np.testing.assert_allclose(looked_up(told, classes, scale), np.array(mass) / sum(mass), rtol=1e-12)


def test_one_place_is_enough_to_tell_a_class():
    ways = np.eye(3)
    told = ways[[2] * 15 + [0]]
    found = looked_up(told, ways[:2], 20.0)
    assert found[0] > 0.99
    assert looked_up(ways[[2] * 16], ways[:2], 20.0) == pytest.approx([0.5, 0.5])


def test_large_scales_do_not_overflow():
    found = looked_up(np.eye(2), unit([[1, 0], [1, 1]]), 1e4)
    assert found == pytest.approx([1, 0])
    assert np.isfinite(found).all()


def test_a_mark_of_the_byte_order_is_no_caption(tmp_path):
    (tmp_path / "captions.txt").write_text("a red star\n", encoding="utf-8-sig")
    assert captions(tmp_path / "captions.txt") == ("a red star",)
