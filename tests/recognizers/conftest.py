"""A study of real videos in which segments have colours, and what two oracles said about them."""

from __future__ import annotations

import av
import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.provenance import Provenance
from crossoracle.recognizers import catalogue
from crossoracle.recognizers.recognizer import RecognizerSpec
from crossoracle.tables import write
from tests.recognizers import colours
from tests.video.filming import film

RGB = {"r": (220, 20, 20), "g": (20, 220, 20), "b": (20, 20, 220), "k": (20, 20, 20)}
LABELS = {"r": "red thing", "g": "Green thing", "b": "blue_thing"}
SPEC = RecognizerSpec("colours", "for tests", "tests.recognizers.colours:Colours")


def coloured(path, letters, fps=25, size=(48, 64), **options):
    """Write a video of half-second segments in these colours; numbers of frames are whole."""
    counts = [13 if i % 2 == 0 else 12 for i in range(len(letters))]
    pictures = [
        np.full((*size, 3), RGB[letter], np.uint8)
        for letter, n in zip(letters, counts, strict=True)
        for _ in range(n)
    ]
    return film(path, pictures=pictures, **options)


def ten_bit(path):
    """Write half a second of green in ten bits a colour."""
    green = np.full((48, 64, 3), RGB["g"], np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx265", rate=25, options={"x265-params": "log-level=none"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p10le"
        for _ in range(13):
            picture = av.VideoFrame.from_ndarray(green, format="rgb24").reformat(format="yuv420p10le")
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def said(video_id, oracle, kept, scores=None, run="0", end=None):
    """Return rows of scores: "101" keeps the first and the last segment of half a second."""
    end = end or len(kept) * 0.5
    return [
        {
            "dataset": "d",
            "video_id": video_id,
            "oracle": oracle,
            "run": run,
            "segment": i,
            "start_s": i * 0.5,
            "end_s": end if i == len(kept) - 1 else (i + 1) * 0.5,
            "score": None if scores is None else scores[i],
            "kept": mark == "1",
        }
        for i, mark in enumerate(kept)
    ]


@pytest.fixture(autouse=True)
def _family(monkeypatch):
    monkeypatch.setattr(catalogue, "FAMILIES", (*catalogue.FAMILIES, SPEC))
    for calls in colours.CALLS.values():
        calls.clear()


@pytest.fixture
def calls():
    return colours.CALLS


@pytest.fixture
def home(tmp_path):
    """Three videos of four seconds: one colour for the last second, black or another before."""
    place = tmp_path / "study"
    (place / "videos").mkdir(parents=True)
    letters = {"v1": "kkkkkkrr", "v2": "bbbbbbgg", "v3": "bbbbbbbb"}
    for name, colours_of in letters.items():
        coloured(place / "videos" / f"{name}.mp4", colours_of)
    rows = [
        {
            "dataset": "d",
            "video_id": name,
            "label": LABELS[of[-1]],
            "path": f"videos/{name}.mp4",
            "split": "test",
        }
        for name, of in letters.items()
    ]
    table("videos", rows, place)
    scores = [row for name in letters for row in said(name, "good", "00000011", [0, 0, 0, 0, 0, 0, 0.9, 1])]
    scores += said("v1", "none", "00000000") + said("v2", "none", "11111111")
    table("scores", scores, place)
    (place / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\n')
    return place


def table(name, rows, place):
    write(name, pd.DataFrame(rows), place / f"{name}.parquet", provenance=Provenance("test"))


@pytest.fixture
def predict(home):
    """Return a function that predicts, and returns the predictions by video, oracle and condition."""

    def predicts(*conditions, **changes):
        predicts.found = Study(home).predict(conditions=conditions, **changes)
        return rows(home)

    return predicts


def rows(home):
    """Return the predictions of a study as dictionaries, by video, oracle, run and condition."""
    frame = _frame(home)
    frame = frame.astype(object).where(frame.notna(), None)
    keys = ["recognizer", "video_id", "oracle", "run", "condition"]
    return {tuple(row[key] for key in keys): row for row in frame.to_dict("records")}


def _frame(home):
    import duckdb

    with duckdb.connect() as con:
        return con.sql(f"SELECT * FROM '{home / 'predictions.parquet'}'").df()
