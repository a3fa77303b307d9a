"""How much moves: still, moving, twice as fast, and not known."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.errors import InputError
from crossoracle.video import decode
from crossoracle.video.motion import flow_magnitude, motion_per_segment
from crossoracle.video.segments import Segments, cut
from tests.video.filming import film, rolling, texture


def square(offsets: list[float]) -> list[np.ndarray]:
    """Return pictures of a textured square on a dim ground, moved to the right by whole pixels."""
    pictures = []
    for offset in offsets:
        picture = texture(1) // 4
        left = 10 + round(offset)
        picture[30:62, left : left + 32] = texture(2)[:32, :32]
        pictures.append(picture)
    return pictures


def test_a_square_that_moves_moves_more(tmp_path):
    offsets = [*[0] * 25, *range(25), *[24] * 25]
    path = film(tmp_path / "square.mp4", pictures=square(offsets))
    still, moving, after = motion_per_segment(path, cut(3, 1))
    assert moving > 5 * max(still, after)


@pytest.mark.parametrize("step", [1, 2])
def test_the_speed_of_a_pan_is_measured_in_long_sides_a_second(tmp_path, step):
    path = film(tmp_path / "pan.mp4", pictures=rolling(50, step))
    speeds = motion_per_segment(path, cut(2, 0.5))
    np.testing.assert_allclose(speeds, step * 25 / 128, rtol=0.15)


def test_twice_as_fast_is_about_twice_as_much(tmp_path):
    slow = film(tmp_path / "slow.mp4", pictures=square([i // 2 for i in range(50)]))
    fast = film(tmp_path / "fast.mp4", pictures=square(list(range(50))))
    ratio = motion_per_segment(fast, cut(2, 1)) / motion_per_segment(slow, cut(2, 1))
    np.testing.assert_allclose(ratio, 2, rtol=0.25)


def test_the_speed_does_not_depend_on_how_often_one_looks(tmp_path):
    path = film(tmp_path / "pan.mkv", pictures=rolling(50, 1), variable=True)
    even = film(tmp_path / "even.mp4", pictures=rolling(50, 1))
    for often in (5, 8, 12.5):
        np.testing.assert_allclose(motion_per_segment(even, cut(2, 1), fps=often), 25 / 128, rtol=0.15)
    uneven = motion_per_segment(path, cut(2, 2))
    assert uneven == pytest.approx(1 / 0.065 / 128, rel=0.3)  # 65 ms a frame on average


def test_smaller_pictures_have_the_same_speed(tmp_path):
    path = film(tmp_path / "pan.mp4", pictures=rolling(25, 1))
    np.testing.assert_allclose(motion_per_segment(path, cut(1, 1), size=64), 25 / 128, rtol=0.2)


def test_too_few_frames_are_undefined_and_not_zero(tmp_path):
    path = film(tmp_path / "pan.mp4", pictures=rolling(25, 1))
    edges = Segments((0.0, 0.05, 0.1, 0.6, 1.0, 3.0))
    values = motion_per_segment(path, edges)
    assert values.shape == (5,)
    np.testing.assert_array_equal(np.isnan(values), [True, True, False, False, True])
    one = film(tmp_path / "one.mp4", 1)
    assert np.isnan(motion_per_segment(one, cut(1, 1))).all()


def test_nothing_moves_in_a_video_of_one_picture(tmp_path):
    path = film(tmp_path / "still.mp4", pictures=[texture()] * 25)
    assert motion_per_segment(path, cut(1, 0.5)) == pytest.approx([0, 0], abs=2e-3)


def test_what_was_measured_is_kept(tmp_path, monkeypatch):
    path, cache = film(tmp_path / "pan.mp4", pictures=rolling(25, 1)), tmp_path / "kept"
    segments = Segments((0.0, 0.05, 1.0))
    first = motion_per_segment(path, segments, cache=cache)
    np.testing.assert_array_equal(first, motion_per_segment(path, segments))
    moved = path.rename(tmp_path / "renamed.mp4")
    with monkeypatch.context() as patch:
        patch.setattr(decode, "shown", None)
        np.testing.assert_array_equal(motion_per_segment(moved, segments, cache=cache), first)
    motion_per_segment(moved, segments, fps=5, cache=cache)
    motion_per_segment(moved, segments, size=64, cache=cache)
    motion_per_segment(moved, cut(1, 0.5), cache=cache)
    assert len(list(cache.iterdir())) == 4


def test_what_is_damaged_is_measured_again(tmp_path):
    path, cache = film(tmp_path / "pan.mp4", pictures=rolling(25, 1)), tmp_path / "kept"
    first = motion_per_segment(path, cut(1, 0.5), cache=cache)
    (file,) = cache.iterdir()
    content = file.read_bytes()
    for damage in (b"", content[:-20], content[:150] + bytes([content[150] ^ 1]) + content[151:]):
        file.write_bytes(damage)
        np.testing.assert_array_equal(motion_per_segment(path, cut(1, 0.5), cache=cache), first)
        assert file.read_bytes() == content


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (8, 224), (12, 224), (31, 32), (200, 3), (224, 126)])
def test_pictures_of_any_shape_have_a_flow(size):
    big = texture(size=(260, 260))
    one, other = big[: size[0], : size[1]], np.roll(big, 1, axis=1)[: size[0], : size[1]]
    assert np.isfinite(flow_magnitude(one, other))
    assert flow_magnitude(one, one) == pytest.approx(0, abs=1e-3)


def test_pictures_of_two_sizes_have_none():
    with pytest.raises(InputError, match="expected one size"):
        flow_magnitude(texture(), texture(size=(64, 64)))


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
def test_one_must_look_sometimes(tmp_path, fps):
    with pytest.raises(InputError, match="motion: found fps"):
        motion_per_segment(film(tmp_path / "film.mp4", 2), cut(1, 1), fps=fps)
