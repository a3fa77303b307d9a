"""Frames by time, against decoding everything: every order of frames, every kind of clock."""

from __future__ import annotations

import hashlib
import struct

import av
import numpy as np
import pytest

from crossoracle.errors import InputError
from crossoracle.video.decode import Film, frames_at, probe, shown
from crossoracle.video.encode import jpeg
from tests.video.filming import KINDS, at, film, rolling, slow, texture

N = 90
COUNTED = {"no-pts.avi": "dts", "no-pts-h264.avi": "dts", "no-clock.h264": "rate"}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    directory = tmp_path_factory.mktemp("films")
    return {name: film(directory / name, N, **kind) for name, kind in KINDS.items()}


@pytest.fixture(params=KINDS)
def one(request, films):
    path = films[request.param]
    return path, slow(path, np.arange(N) / 25 if request.param in COUNTED else None)


@pytest.mark.parametrize("count", [1, 3, 12, 200])
def test_the_frame_shown_is_the_last_that_is_not_later(one, count):
    path, frames = one
    end = frames[-1][0]
    rng = np.random.default_rng(count)
    instants = [*rng.uniform(-0.5, end + 0.5, count), frames[count % N][0]]
    for instant, picture in zip(instants, frames_at(path, instants), strict=True):
        time, pixels = at(frames, instant)
        assert picture.time_s == pytest.approx(time, abs=1e-9)
        np.testing.assert_array_equal(picture.pixels, pixels)


def test_facts_are_measured(one):
    path, frames = one
    facts = probe(path)
    times = np.array([time for time, _ in frames])
    assert (facts.width, facts.height, facts.frames, facts.complete) == (128, 96, N, True)
    assert facts.timestamps == COUNTED.get(path.name, "pts")
    assert facts.variable_rate == bool(KINDS[path.name].get("variable"))
    assert 0 < facts.duration_s - times[-1] <= np.diff(times).max() + 1e-9
    assert facts.average_fps == pytest.approx(N / facts.duration_s)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.get("variable")])
def test_the_last_frame_lasts_as_long_as_the_others(films, name):
    assert probe(films[name]).duration_s == pytest.approx(N / 25, abs=1e-9)


def test_instants_that_are_i_over_fps_hit_frame_i(films):
    pictures = frames_at(films["constant.mp4"], [i * 0.04 for i in range(N)])
    assert [round(picture.time_s * 25) for picture in pictures] == list(range(N))


def test_instants_may_come_in_any_order_and_repeat(films):
    pictures = frames_at(films["constant.mp4"], [2.0, 0.1, 2.01, 0.1])
    assert [picture.time_s for picture in pictures] == pytest.approx([2.0, 0.08, 2.0, 0.08])
    assert pictures[1].pixels is pictures[3].pixels


def test_no_instants_no_frames(films):
    assert frames_at(films["constant.mp4"], []) == []


@pytest.mark.parametrize("instant", [float("nan"), float("inf")])
def test_instants_are_finite(films, instant):
    with pytest.raises(InputError, match="expected finite"):
        frames_at(films["constant.mp4"], [0.0, instant])


def test_the_digest_is_that_of_the_file(films):
    path = films["constant.mp4"]
    assert probe(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["constant.mp4", "variable.mkv", "vp9.webm"])
def test_what_nobody_looks_at_is_not_decoded(films, name, monkeypatch):
    decoded, play = [], Film._decoded
    monkeypatch.setattr(Film, "_decoded", lambda self: (decoded.append(f) or f for f in play(self)))
    end = probe(films[name]).duration_s
    decoded.clear()
    frames_at(films[name], [0.0, end / 2, end])
    assert len(decoded) < N / 2


def test_a_seek_that_lands_too_late_is_made_good(films, monkeypatch):
    frames, seen = slow(films["constant.mp4"]), []
    play = Film._play

    def late(self, since_s):
        seen.append(since_s)
        if since_s > 0:
            self._container.seek(int(self.timeline.keys[-1]), stream=self._stream)
        play(self, since_s)

    monkeypatch.setattr(Film, "_play", late)
    pictures = list(shown(films["constant.mp4"], [0.0, 1.5, 3.0]))
    assert len(seen) == 3  # the start, the seek, the start again
    for instant, picture in zip([0.0, 1.5, 3.0], pictures, strict=True):
        np.testing.assert_array_equal(picture.pixels, at(frames, instant)[1])


def test_large_frames_are_scaled_down_and_small_ones_are_not_enlarged(films):
    small = frames_at(films["constant.mp4"], [0.0], long_side=64)[0].pixels
    assert small.shape == (48, 64, 3)
    full = frames_at(films["constant.mp4"], [0.0], long_side=448)[0].pixels
    assert full.shape == (96, 128, 3)
    halves = full.reshape(48, 2, 64, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small, halves, atol=1)
    with pytest.raises(InputError, match="long side 0"):
        frames_at(films["constant.mp4"], [0.0], long_side=0)


def test_colours_are_red_green_blue(tmp_path):
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 255
    pixels = frames_at(film(tmp_path / "red.mp4", pictures=[red] * 3), [0.0])[0].pixels
    np.testing.assert_allclose(pixels.reshape(-1, 3).mean(axis=0), [255, 0, 0], atol=4)


@pytest.mark.parametrize("turn", [(q, h, v) for q in (0, 90, 180, 270) for h in (0, 1) for v in (0, 1)])
def test_frames_are_turned_as_the_file_says(tmp_path, turn):
    if not hasattr(av.video.stream.VideoStream, "set_display_rotation"):
        pytest.skip("this PyAV cannot write a display matrix")
    angle, left_right, upside_down = turn
    path = film(tmp_path / "turned.mp4", 3, rotation=(angle, bool(left_right), bool(upside_down)))
    expected = np.rot90(slow(path)[0][1], angle // 90)
    expected = expected[:, ::-1] if left_right else expected
    expected = expected[::-1] if upside_down else expected
    facts = probe(path)
    assert (facts.height, facts.width) == expected.shape[:2]
    np.testing.assert_array_equal(frames_at(path, [0.0])[0].pixels, expected)


@pytest.mark.parametrize(("orientation", "quarters"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_a_photo_is_turned_as_its_camera_says(tmp_path, orientation, quarters):
    entry = struct.pack(">HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"MM\0*" + struct.pack(">I", 8) + entry + bytes(4)
    plain = jpeg(texture())
    path, upright = tmp_path / "photo.jpg", tmp_path / "upright.jpg"
    path.write_bytes(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
    upright.write_bytes(plain)
    expected = np.rot90(frames_at(upright, [0.0])[0].pixels, quarters)
    np.testing.assert_array_equal(frames_at(path, [0.0])[0].pixels, expected)
    assert (probe(path).height, probe(path).width) == expected.shape[:2]


def test_one_frame_is_a_video(tmp_path):
    path = film(tmp_path / "one.mp4", 1)
    facts = probe(path)
    assert (facts.frames, facts.variable_rate) == (1, False)
    assert facts.duration_s > 0
    assert len({id(p.pixels) for p in frames_at(path, [0.0, 0.5, 9.0])}) == 1


def test_sound_that_lasts_longer_does_not_make_the_video_longer(tmp_path):
    facts = probe(film(tmp_path / "sound.mp4", 25, audio_s=3))
    assert facts.duration_s == pytest.approx(1.0)
    assert facts.complete


@pytest.mark.parametrize(("skip", "length"), [(0, 30), (20, 40), (13, 47), (12, 24)])
def test_what_an_edit_list_hides_is_not_there(tmp_path, skip, length):
    path = film(tmp_path / "whole.mp4", 60)
    content = bytearray(path.read_bytes())
    edit = content.find(b"elst") + 12
    _, begins = struct.unpack(">Ii", content[edit : edit + 8])
    media_clock = begins // 2  # the first frame is two frames late, for the sake of reordering
    content[edit : edit + 8] = struct.pack(">Ii", length * 40, begins + skip * media_clock)
    trimmed = tmp_path / "trimmed.mp4"
    trimmed.write_bytes(content)
    facts = probe(trimmed)
    assert (facts.frames, facts.complete, facts.variable_rate) == (length, True, False)
    assert facts.duration_s == pytest.approx(length / 25)
    originals = frames_at(path, [(skip + i + 0.5) / 25 for i in range(length)])
    pictures = frames_at(trimmed, [(i + 0.5) / 25 for i in range(length)])
    for i, (picture, original) in enumerate(zip(pictures, originals, strict=True)):
        assert picture.time_s == pytest.approx(i / 25)
        np.testing.assert_array_equal(picture.pixels, original.pixels)


def test_a_dropped_frame_makes_the_rate_variable(tmp_path):
    pictures = rolling(30)
    path = tmp_path / "dropped.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.height, stream.width, stream.pix_fmt = 96, 128, "yuvj420p"
        for i, picture in enumerate(pictures):
            if i != 11:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuvj420p")
                frame.pts = i
                out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    facts = probe(path)
    assert (facts.frames, facts.variable_rate) == (29, True)
    assert frames_at(path, [11.5 / 25])[0].time_s == pytest.approx(10 / 25)
