"""Frames kept on disk: the same frames, within a limit, for several processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from crossoracle.errors import InputError
from crossoracle.video import decode
from crossoracle.video.cache import FrameCache
from crossoracle.video.decode import frames_at, probe
from crossoracle.video.picture import Picture
from tests.video.filming import film


def noise(seed: int) -> Picture:
    return Picture(seed / 7, np.random.default_rng(seed).integers(0, 256, (60, 80, 3), dtype=np.uint8))


ONE = 15_000  # bytes, about, of such a picture


def size(directory) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def test_a_frame_comes_back_as_it_was(tmp_path):
    cache = FrameCache(tmp_path / "frames", 10**8)
    assert cache.get("d", 0.1, None) is None
    cache.put("d", 0.1, None, noise(1))
    found = cache.get("d", 0.1, None)
    assert found.time_s == noise(1).time_s
    np.testing.assert_array_equal(found.pixels, noise(1).pixels)


@pytest.mark.parametrize("other", [("e", 0.1, None), ("d", 0.2, None), ("d", 0.1, 448)])
def test_a_frame_is_known_by_file_time_and_size(tmp_path, other):
    cache = FrameCache(tmp_path, 10**8)
    cache.put("d", 0.1, None, noise(1))
    assert cache.get(*other) is None


def test_videos_are_decoded_once(tmp_path, monkeypatch):
    path = film(tmp_path / "film.mp4", 30)
    cache, digest = FrameCache(tmp_path / "frames", 10**8), probe(path).digest
    instants = [0.9, 0.1, 0.5, 0.1]
    expected = frames_at(path, instants, long_side=64)
    assert [p.time_s for p in cache.frames_at(path, instants, digest=digest, long_side=64)] == [
        p.time_s for p in expected
    ]
    monkeypatch.setattr(decode, "shown", None)
    for theirs, ours in zip(
        expected, cache.frames_at(path, instants, digest=digest, long_side=64), strict=True
    ):
        assert ours.time_s == theirs.time_s
        np.testing.assert_array_equal(ours.pixels, theirs.pixels)


def test_only_what_is_missing_is_decoded(tmp_path, monkeypatch):
    path = film(tmp_path / "film.mp4", 30)
    cache, digest = FrameCache(tmp_path / "frames", 10**8), probe(path).digest
    cache.frames_at(path, [0.1, 0.5], digest=digest)
    asked, shown = [], decode.shown
    monkeypatch.setattr(decode, "shown", lambda p, t, **k: asked.extend(t) or shown(p, t, **k))
    found = cache.frames_at(path, [0.5, 0.3, 0.1], digest=digest)
    assert asked == [0.3]
    assert [p.time_s for p in found] == pytest.approx([0.48, 0.28, 0.08])


def test_what_was_not_looked_at_for_longest_goes_first(tmp_path):
    cache = FrameCache(tmp_path, 10 * ONE)
    for i in range(9):
        cache.put("d", i, None, noise(i))
        time.sleep(0.02)
    assert cache.get("d", 0, None)
    time.sleep(0.02)
    for i in range(9, 13):
        cache.put("d", i, None, noise(i))
        time.sleep(0.02)
    left = [i for i in range(13) if cache.get("d", i, None)]
    assert 0 in left
    assert 12 in left
    assert 1 not in left
    assert left[1:] == list(range(left[1], 13))


def test_the_directory_stays_within_its_limit(tmp_path):
    cache = FrameCache(tmp_path, 20 * ONE)
    for i in range(100):
        cache.put("d", i, None, noise(i))
        assert size(tmp_path) <= 1.1 * 20 * ONE + ONE
    assert size(tmp_path) > 0.7 * 20 * ONE


def test_a_directory_of_an_earlier_process_counts(tmp_path):
    for i in range(30):
        FrameCache(tmp_path, 10**8).put("d", i, None, noise(i))
    FrameCache(tmp_path, 10 * ONE).put("d", 99, None, noise(99))
    assert size(tmp_path) <= 10 * ONE


def test_damage_is_a_miss_and_is_written_anew(tmp_path):
    cache = FrameCache(tmp_path, 10**8)
    cache.put("d", 0, None, noise(0))
    (file,) = (f for f in tmp_path.rglob("*") if f.is_file())
    content = file.read_bytes()
    for damage in (b"", content[: len(content) // 2], content[:2000] + b"\0\1\2\3" + content[2004:]):
        file.write_bytes(damage)
        assert cache.get("d", 0, None) is None
        cache.put("d", 0, None, noise(0))
        np.testing.assert_array_equal(cache.get("d", 0, None).pixels, noise(0).pixels)


def test_what_a_crash_left_is_swept_away(tmp_path):
    FrameCache(tmp_path, 10**8).put("d", 0, None, noise(0))
    room = next(tmp_path.iterdir())
    old, new = room / ".old.npz.1.tmp", room / ".new.npz.2.tmp"
    for file in (old, new):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    FrameCache(tmp_path, 10**8).put("d", 1, None, noise(1))
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_positive(tmp_path, limit):
    with pytest.raises(InputError, match="frame cache: found limit"):
        FrameCache(tmp_path, limit)


PROCESS = """
import sys
from pathlib import Path
import numpy as np
from crossoracle.video.cache import FrameCache
from tests.video.test_cache import noise
cache = FrameCache(Path(sys.argv[1]), int(sys.argv[2]))
rng = np.random.default_rng(int(sys.argv[3]))
for _ in range(120):
    i = int(rng.integers(50))
    found = cache.get("d", i, None)
    if found is None:
        cache.put("d", i, None, noise(i))
    else:
        assert found.time_s == noise(i).time_s
        assert np.array_equal(found.pixels, noise(i).pixels)
"""


def test_processes_share_a_directory(tmp_path):
    limit = 25 * ONE
    command = [sys.executable, "-c", PROCESS, str(tmp_path), str(limit)]
    processes = [
        subprocess.Popen([*command, str(seed)], stderr=subprocess.PIPE, text=True) for seed in range(3)
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert errors == ["", "", ""]
    assert size(tmp_path) <= 1.3 * limit + 3 * ONE
    assert not list(tmp_path.rglob("*.tmp"))
