"""The recognizer of the probe: it tells classes that differ in time alone, and survives its file."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.encoders.classifier import learn, load
from crossoracle.encoders.features import SIDE
from crossoracle.errors import InputError
from crossoracle.recognizers.probe import Probe

FRAMES = 6


def _clip(direction: int, seed: int) -> np.ndarray:
    """Return a clip in which a bright square moves to the right, or the same frames backwards."""
    rng = np.random.default_rng(seed)
    clip = rng.integers(40, 60, (FRAMES, SIDE, SIDE, 3)).astype(np.uint8)
    row = int(rng.integers(4, SIDE - 16))
    for i in range(FRAMES):
        clip[i, row : row + 12, 2 + 6 * i : 14 + 6 * i] = 230
    return clip[::direction]


@pytest.fixture(scope="module")
def trained():
    clips = [_clip(direction, seed) for seed in range(30) for direction in (1, -1)]
    return learn(clips, ["right", "left"] * 30)


def test_the_order_of_time_is_seen(trained):
    unseen = [_clip(direction, seed) for seed in range(100, 120) for direction in (1, -1)]
    p = trained.probabilities(unseen)
    assert p.shape == (40, 2)
    assert p.sum(axis=1) == pytest.approx(1)
    right = p[:, trained.classes.index("right")] > 0.5
    assert np.mean(right == np.tile([True, False], 20)) > 0.9


def test_a_file_gives_the_same_answers(trained, tmp_path):
    trained.save(tmp_path / "recognizer.npz")
    again, clip = load(tmp_path / "recognizer.npz"), _clip(1, 7)
    assert again.classes == trained.classes
    assert again.frames == FRAMES
    assert np.array_equal(again.probabilities([clip]), trained.probabilities([clip]))


def test_the_recognizer_of_a_study_reads_it(trained, tmp_path):
    trained.save(tmp_path / "recognizer.npz")
    probe = Probe(str(tmp_path / "recognizer.npz"))
    assert tuple(probe.classes) == trained.classes
    assert probe.frames == FRAMES
    assert str(trained.head.bias.tolist()) not in str(probe.describe()), "a digest, not the weights"


def test_any_other_file_is_refused(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(InputError, match="train it again"):
        load(path)
