"""From a real video file to a clip: instants, segments, digests, and what is remembered."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crossoracle.errors import InputError
from crossoracle.oracles import opening
from crossoracle.oracles.opening import instants, open_clip
from crossoracle.oracles.settings import FrameOptions
from crossoracle.oracles.shelf import Shelf
from crossoracle.video import encode
from crossoracle.video.encode import write
from crossoracle.video.segments import cut

FPS, SECONDS = 10, 3


class Memory(dict):
    """Remembers in memory what the ledger would."""

    def recall(self, kind, key):
        return self.get((kind, key))

    def remember(self, kind, key, text):
        self[kind, key] = text


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Return a film whose brightness says which frame it is."""
    pictures = (np.full((48, 64, 3), 8 * i, dtype=np.uint8) for i in range(FPS * SECONDS))
    return write(tmp_path_factory.mktemp("films") / "film.mp4", pictures, fps=FPS)


def _open(film, remember=None, sample=0, **options):
    return open_clip(
        film, "d", "v", "waving", {"a": 1}, FrameOptions(**options), remember=remember, sample=sample
    )


def test_frames_stand_in_the_middle_of_their_share_of_time(film):
    clip = _open(film)
    assert [frame.time_s for frame in clip.frames] == [(j + 0.5) / 4 for j in range(12)]
    assert [frame.segment for frame in clip.frames] == [j // 2 for j in range(12)]
    assert clip.segments == tuple((i / 2, (i + 1) / 2) for i in range(6))
    assert (clip.dataset, clip.video_id, clip.label, clip.attributes) == ("d", "v", "waving", {"a": 1})


def test_a_frame_is_what_is_shown_at_its_instant(film):
    clip = _open(film, fps=5.0)
    for frame in clip.frames:
        expected = 8 * int(frame.time_s * FPS + 1e-9)
        assert abs(float(frame.pixels().mean()) - expected) < 4
        assert hashlib.sha256(frame.jpeg()).hexdigest() == frame.digest


def test_frames_are_thinned_evenly(film):
    clip = _open(film, max_frames=6)
    assert [frame.segment for frame in clip.frames] == list(range(6))
    steps = np.diff([frame.time_s for frame in clip.frames])
    assert np.allclose(steps, 0.5)


def test_a_segment_without_a_frame_says_which_options_to_change(film):
    with pytest.raises(
        InputError, match=r"d/v: segment \d has no frame: 6 segments, 5 frames.*max_frames.*step_s"
    ):
        _open(film, max_frames=5)


def test_pictures_are_scaled_down_and_never_up(film):
    assert _open(film, long_side=32).frames[0].pixels().shape == (24, 32, 3)
    assert _open(film, long_side=640).frames[0].pixels().shape == (48, 64, 3)


def test_what_was_opened_once_is_not_decoded_again(film, monkeypatch):
    memory = Memory()
    first = _open(film, memory)
    monkeypatch.setattr("crossoracle.video.decode.frames_at", _fail)
    monkeypatch.setattr("crossoracle.video.decode.probe", _fail)
    monkeypatch.setattr("crossoracle.provenance.digest", _fail)
    again = _open(film, memory)
    assert again == first
    assert again.digest == first.digest
    with pytest.raises(AssertionError):
        again.frames[0].jpeg()


def test_what_was_remembered_shows_the_same_pictures(film):
    memory = Memory()
    first = [frame.jpeg() for frame in _open(film, memory).frames]
    decoded = []
    again = _open(film, memory)
    decoded = [frame.jpeg() for frame in reversed(again.frames)]
    assert decoded[::-1] == first


@pytest.mark.parametrize(
    "changed", [{"step_s": 1.0}, {"fps": 8.0}, {"max_frames": 8}, {"long_side": 32}, {"quality": 50}]
)
def test_other_options_are_another_clip(film, changed):
    memory = Memory()
    assert _open(film, memory).digest != _open(film, memory, **changed).digest


def test_another_file_at_the_same_place_is_another_clip(tmp_path, film):
    memory, path = Memory(), tmp_path / "film.mp4"
    path.write_bytes(film.read_bytes())
    first = _open(path, memory)
    write(path, (np.full((48, 64, 3), 200, dtype=np.uint8) for _ in range(30)), fps=FPS)
    assert _open(path, memory).digest != first.digest


def test_clips_of_one_shelf_share_their_pictures(film, monkeypatch):
    from crossoracle.video import decode

    decoded, real = [], decode.frames_at
    monkeypatch.setattr(decode, "frames_at", lambda *of, **how: decoded.append(1) or real(*of, **how))
    memory, shelf = Memory(), Shelf(most=2)

    def opened(**options):
        clip = open_clip(film, "d", "v", "x", {}, FrameOptions(**options), remember=memory, shelf=shelf)
        return [frame.jpeg() for frame in clip.frames]

    first = opened()
    assert opened() == first
    assert len(decoded) == 1
    opened(fps=2.0), opened(fps=5.0)
    assert opened() == first
    assert len(decoded) == 4, "a shelf holds so many clips and no more"


@pytest.mark.parametrize(("quality", "told"), [(90, False), (40, True)])
def test_other_libraries_that_show_other_pictures_are_told(film, monkeypatch, caplog, quality, told):
    memory, real = Memory(), encode.jpeg
    first = _open(film, memory)
    opening._warn_of_other_pictures.cache_clear()
    monkeypatch.setattr(opening, "_versions", lambda: [1, "99.0", "5.0"])
    monkeypatch.setattr(encode, "jpeg", lambda pixels, _: real(pixels, quality))
    with caplog.at_level("WARNING", logger="crossoracle"):
        again = _open(film, memory)
    assert (again.digest != first.digest) == told
    assert ("frames come out otherwise with av 99.0 and cv2 5.0" in caplog.text) == told


def test_jitter_differs_by_run_repeats_and_stays_in_its_segment(film):
    still, first, again, other = (
        _open(film, sample=sample, jitter_s=jitter)
        for sample, jitter in ((1, 0.0), (0, 0.2), (0, 0.2), (1, 0.2))
    )
    assert _open(film).digest == still.digest
    assert first.digest == again.digest
    assert len({still.digest, first.digest, other.digest}) == 3
    times = [frame.time_s for frame in other.frames]
    assert times == sorted(times)
    for frame, before in zip(other.frames, still.frames, strict=True):
        start, end = other.segments[frame.segment]
        assert start <= frame.time_s < end
        assert abs(frame.time_s - before.time_s) <= 0.4  # two frames of a segment may change places


def test_a_file_that_breaks_off_is_said(tmp_path, film, caplog):
    path = tmp_path / "film.mkv"
    noise = np.random.default_rng(0).integers(0, 255, (30, 48, 64, 3), dtype=np.uint8)
    write(path, noise, fps=FPS)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    with caplog.at_level("WARNING", logger="crossoracle"):
        _open(path)
    assert "breaks off" in caplog.text


@given(st.floats(0.05, 40), st.floats(0.2, 3), st.floats(0.3, 9), st.integers(1, 64))
def test_every_segment_has_a_frame_or_there_is_an_error(duration, step, fps, most):
    segments = cut(duration, step)
    options = FrameOptions(step_s=step, fps=fps, max_frames=most)
    try:
        placed = instants(segments, options, "d/v")
    except InputError:
        assert most < max(len(segments) * 2, duration * fps)  # it is never refused without need
        return
    assert len(placed) <= most
    assert {segment for _, segment in placed} == set(range(len(segments)))
    assert all(segments.start_s(s) <= time < segments.end_s(s) for time, s in placed)
    assert placed == sorted(placed)


@given(st.integers(1, 200), st.integers(1, 64))
def test_thinning_leaves_even_distances(n, most):
    assume(n > most)
    segments = cut(float(n), float(n))
    placed = instants(segments, FrameOptions(step_s=float(n), fps=1.0, max_frames=most), "d/v")
    gaps = np.diff([time for time, _ in placed])
    assert len(placed) == most
    assert most == 1 or gaps.max() - gaps.min() <= 1 + 1e-9


def _fail(*_args, **_kwargs):
    raise AssertionError("decoded once more")
