"""Perplexity and weights against slow, obvious definitions, and at their ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.encoders.storyboard import Told, coarse, cosines, fine, fits, perplexity, told, weighed

SCALE = 7.0


def rows(n, d=6, seed=0):
    """Return embeddings of length 1."""
    found = np.random.default_rng([seed, n, d]).normal(size=(n, d)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def tpp(text, subtexts):
    """Text prompt perplexity term by term, alpha(x) = beta(x) = 1/x."""
    total = 0.0
    for n, one in enumerate(subtexts):
        sigma = (float(one @ text) + 1) / 2
        others = [(float(one @ other) + 1) / 2 for m, other in enumerate(subtexts) if m != n]
        delta = 1 - sum(others) / len(others) if others else 1.0
        total += math.log((1 / sigma) * (1 / delta))
    return math.exp(-total / len(subtexts))


def softmax(values):
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    return [power / sum(powers) for power in powers]


def slow_coarse(words, frames):
    each = [softmax([SCALE * float(word @ frame) for frame in frames]) for word in words]
    return [sum(one[i] for one in each) / len(words) for i in range(len(frames))]


def slow_fine(parts, frames):
    best = [max(sum(float(w @ frame) for w in part) / len(part) for part in parts) for frame in frames]
    return softmax([SCALE * value for value in best])


@pytest.fixture
def one():
    parts = (rows(2, seed=3), rows(1, seed=4), rows(4, seed=5))
    return Told(rows(1, seed=1)[0], rows(3, seed=2), ("a", "b", "c"), parts, rows(3, seed=6))


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 6), st.integers(0, 10_000))
def test_perplexity_is_its_definition(n, seed):
    text, subtexts = rows(1, seed=seed)[0], rows(n, seed=seed + 1)
    assert perplexity(text, subtexts) == pytest.approx(tpp(text, subtexts), rel=1e-5)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 9), st.integers(0, 10_000))
def test_weights_are_their_definitions_and_sum_to_1(n, seed):
    frames, words = rows(n, seed=seed), rows(3, seed=seed + 1)
    parts = (rows(2, seed=seed + 2), rows(4, seed=seed + 3))
    np.testing.assert_allclose(coarse(words, frames, SCALE), slow_coarse(words, frames), rtol=1e-5)
    np.testing.assert_allclose(fine(parts, frames, SCALE), slow_fine(parts, frames), rtol=1e-5)
    assert coarse(words, frames, SCALE).sum() == pytest.approx(1)
    assert fine(parts, frames, SCALE).sum() == pytest.approx(1)


def test_near_and_different_sub_texts_have_the_highest_perplexity():
    text = np.array([1, 0, 0, 0], dtype=np.float32)
    turned = [math.cos(1.0), math.sin(1.0)]
    apart = np.array([[turned[0], turned[1], 0, 0], [turned[0], -turned[1], 0, 0]], dtype=np.float32)
    alike = np.array([[turned[0], turned[1], 0, 0], [turned[0], turned[1], 0.01, 0]], dtype=np.float32)
    far = -apart
    assert perplexity(text, apart) > perplexity(text, alike)
    assert perplexity(text, apart) > perplexity(text, far)


def test_perplexity_at_its_ends():
    text = np.array([1, 0], dtype=np.float32)
    assert perplexity(text, text[None]) == pytest.approx(1)
    assert perplexity(text, np.stack([text, text])) == 0
    assert perplexity(text, -text[None]) == 0


def test_fused_is_the_mean_of_both(one):
    frames = rows(8, seed=9)
    both = [weighed(one, frames, SCALE, kind) for kind in ("coarse", "fine")]
    np.testing.assert_allclose(weighed(one, frames, SCALE, "fused"), np.mean(both, axis=0))
    np.testing.assert_allclose(both[0], coarse(one.words, frames, SCALE))
    np.testing.assert_allclose(both[1], fine(one.parts, frames, SCALE))


def test_without_sub_texts_all_weights_are_coarse(one):
    bare = Told(one.text, one.words, (), (), np.empty((0, 6), dtype=np.float32))
    frames = rows(8, seed=9)
    for kind in ("coarse", "fine", "fused"):
        np.testing.assert_array_equal(weighed(bare, frames, SCALE, kind), coarse(one.words, frames, SCALE))


def test_equal_frames_have_equal_weights(one):
    frames = np.repeat(rows(1, seed=9), 5, axis=0)
    np.testing.assert_allclose(weighed(one, frames, SCALE, "fused"), 0.2)
    np.testing.assert_allclose(weighed(one, frames[:1], SCALE, "fused"), 1)


@pytest.mark.parametrize("kind", ["coarse", "fine", "fused"])
def test_a_clip_against_a_class_by_its_definition(one, kind):
    frames = rows(8, seed=9)
    weights = weighed(one, frames, SCALE, kind)
    seen = sum(weight * frame for weight, frame in zip(weights, frames, strict=True))
    mean = one.wholes.mean(axis=0)
    mean /= np.linalg.norm(mean)
    text = {"coarse": one.text, "fine": mean, "fused": one.text + mean}[kind]
    expected = float(seen @ text / np.linalg.norm(seen) / np.linalg.norm(text))
    assert cosines([one, one], frames, SCALE, kind) == pytest.approx([expected] * 2, abs=1e-5)


class Worded:
    """An encoder whose space has a direction for each letter."""

    def texts(self, texts):
        return np.stack([self._of(text) for text in texts])

    def words(self, text):
        return self.texts(text.split())

    def _of(self, text):
        row = np.array([text.count(chr(ord("a") + i)) for i in range(26)], dtype=np.float32)
        return row / np.linalg.norm(row)


def test_the_set_with_the_highest_perplexity_is_kept():
    candidates = [["ab", "ab"], ["a", "b"], ["xx", "yy"]]
    found = told(Worded(), "aa_b", candidates)
    values = [tpp(found.text, Worded().texts(texts)) if texts != ["ab", "ab"] else 0 for texts in candidates]
    assert found.subtexts == tuple(candidates[int(np.argmax(values))]) == ("a", "b")
    assert [len(part) for part in found.parts] == [1, 1]
    assert len(found.words) == 2
    np.testing.assert_allclose(fits(found.parts, found.wholes).diagonal(), 1, atol=1e-6)


def test_of_equal_sets_the_first_is_kept():
    assert told(Worded(), "a", [["b"], ["c"]]).subtexts == ("b",)


def test_one_sub_text_alone_gives_way_to_several():
    assert told(Worded(), "aa_b", [["aab"], ["ab", "ab"], ["ac", "bd"]]).subtexts == ("ac", "bd")
    assert told(Worded(), "aa_b", [["xx"], ["aab"]]).subtexts == ("aab",)
