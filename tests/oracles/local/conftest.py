"""Clips of a real H.264 video in which a square moves, and questions about them."""

from __future__ import annotations

import hashlib
from functools import partial

import av
import numpy as np
import pytest

from crossoracle.oracles.clip import Clip, Frame
from crossoracle.video.encode import jpeg
from tests.oracles.local import tiny
from tests.oracles.putting import ask, describe

__all__ = ["ask", "describe"]

LOCAL = ("torch", "transformers", "llguidance")
WIDTH, HEIGHT, FPS = 96, 64, 8


def picture(x):
    """Return a picture with a textured square at a place."""
    rng = np.random.default_rng(1)
    ground = np.repeat(np.repeat(rng.integers(90, 120, (HEIGHT // 4, WIDTH // 4, 3)), 4, 0), 4, 1)
    square = np.repeat(np.repeat(rng.integers(0, 255, (6, 6, 3)), 4, 0), 4, 1)
    x = round(x)
    ground[20:44, x : x + 24] = square[:, : max(0, min(24, WIDTH - x))]
    return ground.astype(np.uint8)


def _filmed(path, places):
    """Write a video of the square at these places, and return its frames as a decoder shows them."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for x in places:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture(x), format="rgb24")))
        out.mux(stream.encode())
    with av.open(str(path)) as film:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in film.decode(video=0)]


@pytest.fixture
def film(tmp_path):
    """Return a function from the places of the square to a clip of half-second segments."""

    def filmed(places, *, step=0.5, video_id="v", label="a square that moves"):
        frames = []
        for time, pixels in _filmed(tmp_path / f"{video_id}.mp4", places):
            data = jpeg(pixels)
            digest = hashlib.sha256(data).hexdigest()
            frames.append(Frame(time, int(time / step), digest, partial(bytes, data)))
        segments = tuple((k * step, (k + 1) * step) for k in range(frames[-1].segment + 1))
        return Clip("d", video_id, label, segments, tuple(frames))

    return filmed


@pytest.fixture
def clip(film):
    """Four segments of four frames; the square moves in the third alone."""
    return film([10] * 8 + [14, 18, 22, 26] + [26] * 4)


@pytest.fixture(scope="session")
def tiny_models(torch, tmp_path_factory):
    """The directory of one small random model of each family."""
    place = tmp_path_factory.mktemp("models")
    return {family: tiny.save(family, place / family) for family in tiny.FAMILIES}


@pytest.fixture(params=tiny.FAMILIES)
def tiny_model(request, tiny_models):
    return tiny_models[request.param]
