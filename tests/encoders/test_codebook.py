"""Tokens of frames: the cheapest path against all paths, k-means in a file that knows its encoder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from crossoracle.encoders.codebook import Codebook, cheapest, learn, read
from crossoracle.errors import InputError
from crossoracle.provenance import Provenance, digest, read_sidecar

ENCODER = {"family": "two-tower", "version": "abc"}


def rows(seed=0, videos=3, frames=12, d=5):
    """Return frames around four directions."""
    rng = np.random.default_rng(seed)
    ways = np.eye(d)[:4]
    found = ways[rng.integers(0, 4, videos * frames)] + 0.05 * rng.normal(size=(videos * frames, d))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def total(costs, path, switch):
    changes = sum(a != b for a, b in pairwise(path))
    return sum(costs[i, state] for i, state in enumerate(path)) + switch * changes


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 4), st.sampled_from([0.0, 0.1, 0.5, 3.0]))
def test_no_path_is_cheaper(seed, n, states, switch):
    costs = np.random.default_rng(seed).integers(0, 8, (n, states)) / 4
    every = [total(costs, path, switch) for path in product(range(states), repeat=n)]
    assert total(costs, cheapest(costs, switch), switch) == pytest.approx(min(every))


def test_without_a_penalty_every_frame_has_its_nearest():
    costs = np.random.default_rng(1).random((20, 6))
    np.testing.assert_array_equal(cheapest(costs, 0.0), costs.argmin(axis=1))


def test_a_high_penalty_leaves_one_token():
    costs = np.random.default_rng(2).random((20, 6))
    assert set(cheapest(costs, 100.0).tolist()) == {int(costs.sum(axis=0).argmin())}


def test_of_no_frames_there_are_no_tokens():
    assert cheapest(np.empty((0, 3)), 0.1).shape == (0,)


def test_a_flicker_is_smoothed_away_and_a_change_stays():
    ways = np.eye(3)
    seen = ways[[0] * 5 + [1] + [0] * 4 + [2] * 6] + np.array([0.0, 0.0, 0.3])
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    book = Codebook(np.eye(3, dtype=np.float32))
    assert set(book.tokens(seen, 0.0)) == {0, 1, 2}
    assert book.tokens(seen, 0.6).tolist() == [0] * 10 + [2] * 6


def test_centres_are_the_directions_of_the_clusters():
    book = learn(rows(), 4)
    np.testing.assert_allclose(np.linalg.norm(book.centres, axis=1), 1, atol=1e-6)
    assert sorted(book.centres.argmax(axis=1)) == [0, 1, 2, 3]
    assert book.centres.max(axis=1).min() > 0.99


def test_the_same_seed_gives_the_same_codebook():
    same = [learn(rows(), 3, seed=7).centres for _ in range(2)]
    np.testing.assert_array_equal(*same)
    assert not np.array_equal(same[0], learn(rows(1), 3, seed=7).centres)


def test_threads_change_nothing_and_leave_nothing():
    def limits():
        return [one["num_threads"] for one in threadpool_info()]

    learn(rows(), 3)  # whatever is loaded for it is loaded
    before, alone = limits(), [learn(rows(seed), 4, seed=1).centres for seed in range(12)]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda seed: learn(rows(seed), 4, seed=1).centres, range(12)))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
    assert limits() == before


@pytest.mark.parametrize("size", [1, 2, 50])
def test_there_are_no_more_tokens_than_different_frames(size):
    twice = np.repeat(rows()[:2], 3, axis=0)
    assert len(learn(twice, size).centres) == min(size, 2)


@pytest.mark.parametrize(("frames", "size"), [(0, 4), (3, 0)])
def test_of_nothing_there_is_none(frames, size):
    with pytest.raises(InputError, match=f"found {frames} frames for {size} tokens, expected at least 1"):
        learn(rows()[:frames], size)


def test_what_is_written_is_read_again_with_where_it_is_from(tmp_path):
    book, file = learn(rows(), 4), tmp_path / "models" / "codebook.npz"
    book.save(file, ENCODER, Provenance("codebook", {}, {"size": 4}, seed=3))
    np.testing.assert_array_equal(read(file, ENCODER).centres, book.centres)
    told = read_sidecar(file)
    assert (told["sha256"], told["seed"], told["options"]) == (digest(file), 3, {"size": 4})


def test_with_another_encoder_it_means_nothing(tmp_path):
    learn(rows(), 2).save(tmp_path / "c.npz", ENCODER)
    with pytest.raises(InputError, match=r"c\.npz: found a codebook that was learned with another encoder"):
        read(tmp_path / "c.npz", {**ENCODER, "version": "def"})


def test_a_missing_or_damaged_file_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"gone\.npz: found no such file, expected a codebook"):
        read(tmp_path / "gone.npz", ENCODER)
    file = tmp_path / "c.npz"
    learn(rows(), 2).save(file, ENCODER)
    file.write_bytes(file.read_bytes()[:-60])
    with pytest.raises(InputError, match="found a damaged file, expected a codebook"):
        read(file, ENCODER)


def test_where_an_encoder_computes_changes_nothing_of_what_its_codebook_means(tmp_path):
    checkpoint = {"family": "image-text", "model": "clip", "version": "abc", "dtype": "float32"}
    here = {**checkpoint, "device": "cpu", "libraries": {"torch": "2.9.0"}}
    learn(rows(), 2).save(tmp_path / "c.npz", here)
    read(tmp_path / "c.npz", {**here, "device": "cuda", "libraries": {"torch": "3.0.0"}})
    for change in ("family", "model", "version", "dtype"):
        with pytest.raises(InputError, match="learned with another encoder"):
            read(tmp_path / "c.npz", {**here, change: "other"})


def test_it_remembers_what_it_was_learned_from(tmp_path):
    videos = frozenset({("d", "one"), ("d", "other")})
    replace(learn(rows(), 2), videos=videos).save(tmp_path / "c.npz", ENCODER)
    assert read(tmp_path / "c.npz", ENCODER).videos == videos
    Codebook(learn(rows(), 2).centres).save(tmp_path / "c.npz", ENCODER)
    assert read(tmp_path / "c.npz", ENCODER).videos == frozenset()
