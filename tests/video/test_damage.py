"""Files that are not what they seem: the right frames, or one clear line."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest

from crossoracle.errors import CrossoracleError, VideoError
from crossoracle.video.decode import frames_at, probe
from tests.video.filming import at, film, rolling, slow, sound

N = 50
CUT = {
    "a.mp4": {"container": {"movflags": "faststart"}},
    "a.mkv": {},
    "a.webm": {"codec": "libvpx-vp9"},
    "a.flv": {},
    "a.avi": {"codec": "mpeg4", "clock": 25},
    "a.ts": {},
    "sound.mp4": {"container": {"movflags": "faststart"}, "audio_s": 2},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    directory = tmp_path_factory.mktemp("whole")
    return {name: film(directory / name, N, **kind) for name, kind in CUT.items()}


def one_line(error: pytest.ExceptionInfo, path: Path) -> str:
    text = str(error.value)
    assert text.startswith(f"{path}: found ")
    assert ", expected " in text
    assert "\n" not in text
    return text


def told(function, path: Path):
    """Return what a function makes of a file, or None where it says in one line why nothing."""
    try:
        return function(path)
    except VideoError as error:
        text = str(error)
    if "\n" in text or not text.startswith(f"{path}: found "):
        pytest.fail(f"an error that is not one clear line: {text!r}")
    return None


@pytest.mark.parametrize("name", CUT)
def test_a_file_that_was_cut_off_shows_what_is_left(whole, name, tmp_path):
    content, frames = whole[name].read_bytes(), slow(whole[name])
    shown = []
    for length in np.linspace(1, len(content) - 1, 25).astype(int):
        path = tmp_path / f"{length}-{name}"
        path.write_bytes(content[:length])
        facts = told(probe, path)
        pictures = told(lambda path: frames_at(path, [i / 25 for i in range(N)]), path)
        assert (facts is None) == (pictures is None)
        if facts is None:
            continue
        shown.append(facts.duration_s)
        short = facts.duration_s < N / 25 - 1e-6
        assert facts.complete != short or name.endswith(".ts")  # a transport stream has no header
        for i, picture in enumerate(pictures):
            assert picture.time_s <= i / 25 + 1e-9
            np.testing.assert_array_equal(picture.pixels, at(frames, picture.time_s + 1e-6)[1])
        # the last frames may lean on one that is lost
        assert facts.duration_s - 6.01 / 25 <= pictures[-1].time_s < facts.duration_s
    assert len(shown) > 5
    assert sorted(shown) == shown


def test_an_index_at_the_end_is_lost_with_the_end(tmp_path):
    path = film(tmp_path / "late.mp4", 20)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(VideoError) as error:
        probe(path)
    assert "Invalid data" in one_line(error, path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi", "a.webm"])
def test_damage_inside_a_file_is_survived(whole, name, tmp_path):
    content = np.frombuffer(whole[name].read_bytes(), dtype=np.uint8)
    survivors = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        damaged = content.copy()
        damaged[rng.integers(200, len(content), 10)] = rng.integers(0, 256, 10)
        path = tmp_path / f"{seed}-{name}"
        path.write_bytes(damaged.tobytes())
        pictures = told(lambda path: frames_at(path, np.arange(0, 2, 0.1).tolist()), path)
        if pictures is None:
            continue
        survivors += 1
        assert [picture.time_s for picture in pictures] == sorted(picture.time_s for picture in pictures)
        assert all(picture.pixels.dtype == np.uint8 for picture in pictures)
    assert survivors > 5


@pytest.mark.parametrize("function", [probe, lambda path: frames_at(path, [0.0])])
class TestNoVideo:
    def test_missing(self, function, tmp_path):
        path = tmp_path / "missing.mp4"
        with pytest.raises(VideoError) as error:
            function(path)
        assert "no such file" in one_line(error, path)

    def test_directory(self, function, tmp_path):
        with pytest.raises(VideoError) as error:
            function(tmp_path)
        assert "a directory" in one_line(error, tmp_path)

    def test_an_address_is_not_fetched(self, function):
        with pytest.raises(VideoError, match="no such file"):
            function("http://127.0.0.1:9/video.mp4")

    @pytest.mark.parametrize("seed", range(3))
    def test_garbage(self, function, tmp_path, seed):
        path = tmp_path / "garbage.mp4"
        path.write_bytes(np.random.default_rng(seed).bytes(30_000))
        with pytest.raises(VideoError) as error:
            function(path)
        assert "nothing that can be decoded" in one_line(error, path)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("empty.mp4", ""),
            ("notes.txt", "these are notes\n" * 99),
            ("notes.mp4", "these are notes\n" * 99),
            ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n"),
            ("list.ffconcat", "ffconcat version 1.0\nfile a.mp4\n"),
            ("words.srt", "1\n00:00:00,000 --> 00:00:01,000\nhello\n"),
        ],
    )
    def test_text(self, function, tmp_path, whole, name, text):
        for other in ("a.ts", "a.mp4"):
            (tmp_path / other).write_bytes(whole[other].read_bytes())
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(VideoError) as error:
            function(path)
        one_line(error, path)

    def test_sound_alone(self, function, tmp_path):
        path = sound(tmp_path / "sound.mp4")
        with pytest.raises(VideoError) as error:
            function(path)
        assert "no video stream (only audio)" in one_line(error, path)

    def test_a_wave_file(self, function, tmp_path):
        path = tmp_path / "sound.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            file.writeframes(bytes(16000))
        with pytest.raises(VideoError, match="only audio"):
            function(path)

    def test_the_cover_of_an_album_is_no_video(self, function, tmp_path):
        path = tmp_path / "song.mp3"
        with av.open(str(path), "w") as out:
            song = out.add_stream("libmp3lame", rate=16000, layout="mono")
            cover = out.add_stream("mjpeg", rate=1)
            cover.height, cover.width, cover.pix_fmt = 96, 128, "yuvj420p"
            picture = av.VideoFrame.from_ndarray(rolling(1)[0], format="rgb24").reformat(format="yuvj420p")
            out.mux(cover.encode(picture))
            out.mux(cover.encode(None))
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), "fltp", "mono")
            silence.sample_rate = 16000
            out.mux(song.encode(silence))
            out.mux(song.encode(None))
        with pytest.raises(VideoError, match="no video stream"):
            function(path)

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
    def test_no_frames(self, function, tmp_path, suffix):
        path = (tmp_path / "none").with_suffix(suffix)
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=25)
            stream.height, stream.width, stream.pix_fmt = 96, 128, "yuv420p"
            out.start_encoding()
        with pytest.raises(VideoError) as error:
            function(path)
        one_line(error, path)


def test_the_error_is_a_value_error_of_this_package():
    assert issubclass(VideoError, ValueError)
    assert issubclass(VideoError, CrossoracleError)


@pytest.mark.parametrize("name", ["a b:c%03d#é.mp4", "-dash.mp4", "http:colon.mp4"])
def test_names_are_names(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    film(Path("plain.mp4"), 3).rename(name)
    assert probe(name).frames == 3


def test_words_inside_a_file_may_be_in_any_encoding(tmp_path):
    path = tmp_path / "words.mkv"
    with av.open(str(path), "w") as out:
        out.metadata["title"] = "TITLEOFTHEFILM"
        stream = out.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = 96, 128, "yuv420p"
        frame = av.VideoFrame.from_ndarray(rolling(1)[0], format="rgb24").reformat(format="yuv420p")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    content = path.read_bytes()
    assert b"TITLEOFTHEFILM" in content
    path.write_bytes(content.replace(b"TITLEOFTHEFILM", b"\xff\xfe\xe9" + b"LEOFTHEFILM"))
    assert probe(path).frames == 1


def test_nothing_is_printed(whole, tmp_path, capfd):
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole["a.mp4"].read_bytes()[:-3000])
    frames_at(path, [0.0, 1.9])
    assert capfd.readouterr() == ("", "")
