"""Frames into files, and back."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.errors import InputError
from crossoracle.video.decode import frames_at, probe
from crossoracle.video.encode import jpeg, pixels, write
from tests.video.filming import distance, rolling, texture


def test_a_jpeg_is_the_same_bytes_each_time_and_nearly_the_picture():
    picture = texture()
    assert jpeg(picture) == jpeg(picture.copy())
    assert jpeg(picture).startswith(b"\xff\xd8")
    assert abs(pixels(jpeg(picture, 95)).astype(int) - picture).mean() < 4
    assert len(jpeg(picture, 50)) < len(jpeg(picture, 90))


def test_pictures_that_are_near_are_not_neighbours():
    one, other = rolling(2)
    assert distance(one, other) > 20


def test_red_stays_red():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    np.testing.assert_allclose(pixels(jpeg(red))[8, 8], [255, 0, 0], atol=3)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_only_pictures_become_jpegs(wrong):
    with pytest.raises(InputError, match="expected uint8"):
        jpeg(wrong)


@pytest.mark.parametrize("wrong", [b"", b"no image at all"])
def test_only_images_become_pixels(wrong):
    with pytest.raises(InputError, match="not an image"):
        pixels(wrong)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("fps", [25, 29.97, 30000 / 1001, 6.4, 0.5])
def test_a_constant_rate_is_read_back(tmp_path, suffix, fps):
    path = write((tmp_path / "out").with_suffix(suffix), rolling(12), fps=fps)
    facts = probe(path)
    assert (facts.frames, facts.variable_rate, facts.complete) == (12, False, True)
    assert facts.duration_s == pytest.approx(12 / fps, rel=1e-4, abs=2e-3)
    shown = frames_at(path, [(i + 0.5) / fps for i in range(12)])
    for picture, original in zip(shown, rolling(12), strict=True):
        assert distance(picture.pixels, original) < 8


def test_times_are_read_back(tmp_path):
    times = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.3, 12))
    path = write(tmp_path / "out.mp4", iter(rolling(12)), times_s=times)
    facts = probe(path)
    shown = frames_at(path, times - times[0] + 1e-3)
    np.testing.assert_allclose([p.time_s for p in shown], times - times[0], atol=2e-5)
    assert facts.variable_rate
    assert facts.duration_s == pytest.approx(times[-1] - times[0] + times[-1] - times[-2], abs=1e-4)


def test_the_same_pictures_are_the_same_bytes(tmp_path):
    one = write(tmp_path / "one.mp4", rolling(9), fps=10).read_bytes()
    assert write(tmp_path / "two.mp4", rolling(9), fps=10).read_bytes() == one


@pytest.mark.parametrize("size", [(97, 129), (96, 127), (33, 64)])
def test_odd_sizes_become_even(tmp_path, size):
    picture = texture(size=size)
    path = write(tmp_path / "odd.mp4", [picture] * 3, fps=5)
    shown = frames_at(path, [0.0])[0].pixels
    assert shown.shape == (size[0] + size[0] % 2, size[1] + size[1] % 2, 3)
    assert distance(shown[: size[0], : size[1]], picture) < 8


@pytest.mark.parametrize(
    ("pictures", "options", "message"),
    [
        ([], {"fps": 5}, "no pictures"),
        (rolling(2), {}, "both or none"),
        (rolling(2), {"fps": 5, "times_s": [0, 1]}, "both or none"),
        (rolling(2), {"fps": 0}, "fps 0"),
        (rolling(2), {"fps": -1}, "fps -1"),
        (rolling(2), {"fps": float("nan")}, "fps nan"),
        (rolling(2), {"times_s": [0.5, 0.5]}, "do not increase"),
        (rolling(2), {"times_s": [1.0, 0.5]}, "do not increase"),
        (rolling(2), {"times_s": [0.5, float("inf")]}, "not a number of seconds"),
        (rolling(3), {"times_s": [0, 1]}, "more pictures for 2 times"),
        (rolling(1), {"times_s": [0, 1]}, "1 pictures for 2 times"),
        ([texture(), texture(size=(64, 64))], {"fps": 5}, "expected one size"),
        (rolling(2), {"fps": 5, "codec": "no-such-codec"}, "no-such-codec"),
        (rolling(2), {"fps": 5, "codec": "aac"}, "aac"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(tmp_path, pictures, options, message):
    with pytest.raises(InputError, match=message):
        write(tmp_path / "out.mp4", pictures, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file(tmp_path):
    path = write(tmp_path / "out.mp4", rolling(3), fps=5)
    before = path.read_bytes()
    with pytest.raises(InputError):
        write(path, rolling(3), times_s=[0, 1])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
