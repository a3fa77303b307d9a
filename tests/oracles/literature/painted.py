"""A small world for tests: pictures of coloured squares, a two-tower that learned their words, and clips."""

from __future__ import annotations

import hashlib
from functools import partial

import numpy as np
import pandas as pd

from crossoracle.encoders.correlating import learn
from crossoracle.encoders.features import FEATURES, prepared
from crossoracle.encoders.two_tower import stacked
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.provenance import Provenance
from crossoracle.tables import write
from crossoracle.video.encode import jpeg
from tests.video.filming import film

FPS = 25
SIDE, STEP_S, PER_SEGMENT = 48, 0.5, 2
COLOURS = {"red": (220, 40, 40), "green": (40, 200, 40), "blue": (50, 60, 220)}
CAPTIONS = ("empty place", "red square", "green square", "blue square")
CLASSES = ("red event", "green event", "blue event")


def picture(colour, seed):
    """Return a grey place with noise, and a square of a colour in it where one is named."""
    rng = np.random.default_rng(seed)
    canvas = rng.integers(90, 130, (SIDE, SIDE, 1)).repeat(3, axis=2).astype(np.uint8)
    if colour:
        x, y = rng.integers(6, 20, 2)
        canvas[y : y + 20, x : x + 20] = np.array(COLOURS[colour]) + rng.integers(-20, 20, 3)
    return canvas


def train(path):
    """Write a two-tower that has seen and been told of each kind of picture; return its path as text."""
    rows, said = [], []
    for video in range(10):
        for number, colour in enumerate((None, *COLOURS)):
            frames = prepared([picture(colour, [video, number, i]) for i in range(4)])
            rows.append(stacked({name: feature.of(frames) for name, feature in FEATURES.items()}))
            said += [CAPTIONS[number]] * 4
    learn(np.concatenate(rows), said).save(path)
    return str(path)


def clip(colours, label, *, seed=0, dataset="painted", video_id="v"):
    """Return a clip with the square of a colour, or none, in each segment."""
    frames = []
    for i in range(len(colours) * PER_SEGMENT):
        segment = i // PER_SEGMENT
        data = jpeg(picture(colours[segment], [99, seed, i]))
        digest = hashlib.sha256(data).hexdigest()
        frames.append(Frame((i + 0.5) * STEP_S / PER_SEGMENT, segment, digest, partial(bytes, data)))
    borders = tuple((i * STEP_S, (i + 1) * STEP_S) for i in range(len(colours)))
    return Clip(dataset, video_id, label, borders, tuple(frames))


def study(home, videos):
    """Make a directory into a study of real videos.

    Parameters
    ----------
    videos : mapping of str to (colours, label)
        What each shows in every half second, and its class.
    """
    rows = []
    for number, (name, (colours, label)) in enumerate(videos.items()):
        places = [colours[int(i / FPS / STEP_S)] for i in range(round(len(colours) * STEP_S * FPS))]
        pictures = [picture(colour, [7, number, i // 3]) for i, colour in enumerate(places)]
        film(home / f"{name}.mp4", pictures=pictures, options={"crf": "12"})
        rows.append({"dataset": "painted", "video_id": name, "label": label, "path": f"{name}.mp4"})
    write("videos", pd.DataFrame(rows), home / "videos.parquet", provenance=Provenance("test"))
    train(home / "tower.npz")
    (home / "captions.txt").write_text("\n".join(CAPTIONS))
    classes = ", ".join(f'"{name}"' for name in CLASSES)
    (home / "classes.toml").write_text(f"painted = [{classes}]\n")
    return home
