"""Embeddings are made once: by picture where each is seen alone, else by clip; a directory keeps them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from crossoracle.encoders import embedded as room
from crossoracle.encoders.embedded import embedded, forget


class Counting:
    """An encoder that notes what it is shown."""

    def __init__(self, alone, version=1):
        self.alone, self.version, self.shown = alone, version, []

    def describe(self):
        return {"family": "counting", "version": self.version, "alone": self.alone}

    def frames(self, frames):
        self.shown.append([int(frame[0, 0, 0]) for frame in frames])
        values = np.array(self.shown[-1], dtype=np.float32)
        before = values if self.alone else np.cumsum(values)
        return np.stack([values, before], axis=1)


class Seen:
    def __init__(self, number):
        self.number, self.digest = number, f"picture {number}"

    def pixels(self):
        return np.full((2, 2, 3), self.number, dtype=np.uint8)


def clip(*numbers):
    return SimpleNamespace(frames=[Seen(number) for number in numbers])


@pytest.fixture(autouse=True)
def _nothing_held():
    room._held.clear()
    yield
    room._held.clear()


def test_a_picture_that_is_seen_alone_is_embedded_once():
    one = Counting(alone=True)
    np.testing.assert_array_equal(embedded(one, clip(3, 4, 3))[:, 0], [3, 4, 3])
    np.testing.assert_array_equal(embedded(one, clip(4, 5))[:, 0], [4, 5])
    assert one.shown == [[3, 4], [5]]
    other = Counting(alone=True, version=2)
    embedded(other, clip(4))
    assert other.shown == [[4]]


def test_pictures_that_are_seen_together_are_embedded_together():
    one = Counting(alone=False)
    np.testing.assert_array_equal(embedded(one, clip(3, 4, 3))[:, 1], [3, 7, 10])
    embedded(one, clip(3, 4, 3))
    np.testing.assert_array_equal(embedded(one, clip(3, 4))[:, 1], [3, 7])
    assert one.shown == [[3, 4, 3], [3, 4]]


@pytest.mark.parametrize("alone", [True, False])
def test_a_directory_keeps_them_from_run_to_run(tmp_path, alone):
    place = str(tmp_path / "cache" / "embeddings")
    first = embedded(Counting(alone), clip(1, 2, 1), place)
    room._held.clear()
    again = Counting(alone)
    np.testing.assert_array_equal(embedded(again, clip(1, 2, 1), place), first)
    assert again.shown == []
    (file,) = (tmp_path / "cache" / "embeddings").iterdir()
    file.write_bytes(b"damaged")
    room._held.clear()
    np.testing.assert_array_equal(embedded(again, clip(1, 2, 1), place), first)
    assert again.shown != []


def test_who_asks_meanwhile_waits_and_is_handed_the_same():
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    class Slow(Counting):
        begun, go = Event(), Event()

        def frames(self, frames):
            self.begun.set()
            assert self.go.wait(10)
            return super().frames(frames)

    one = Slow(alone=False)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(embedded, one, clip(1, 2))
        assert one.begun.wait(10)
        second = pool.submit(embedded, one, clip(1, 2))
        one.go.set()
        np.testing.assert_array_equal(first.result(10), second.result(10))
    assert one.shown == [[1, 2]]
    assert not room._at_work


def test_what_is_in_memory_is_kept_in_the_directory_too(tmp_path):
    one = Counting(alone=True)
    first = embedded(one, clip(1, 2))
    embedded(one, clip(1, 2), str(tmp_path))
    room._held.clear()
    np.testing.assert_array_equal(embedded(one, clip(1, 2), str(tmp_path)), first)
    assert one.shown == [[1, 2]]


def test_a_failure_leaves_the_way_free():
    class Failing(Counting):
        def frames(self, frames):
            raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        embedded(Failing(alone=True), clip(1))
    assert embedded(Counting(alone=True), clip(1)).shape == (1, 2)


def test_memory_has_an_end(monkeypatch):
    monkeypatch.setattr(room, "REMEMBERED", 2)
    one = Counting(alone=True)
    embedded(one, clip(1, 2))
    embedded(one, clip(1))  # used last
    embedded(one, clip(3))
    embedded(one, clip(1, 2))
    assert one.shown == [[1, 2], [3], [2]]


@pytest.mark.parametrize("alone", [True, False])
def test_what_is_held_of_an_encoder_can_be_let_go(alone):
    one, other = Counting(alone), Counting(alone, version=2)
    for each in (one, other):
        embedded(each, clip(1, 2))
    forget(one)
    for each in (one, other):
        embedded(each, clip(1, 2))
    assert (one.shown, other.shown) == ([[1, 2]] * 2, [[1, 2]])
