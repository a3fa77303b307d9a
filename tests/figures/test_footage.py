"""Frames of videos in figures: which they are, how large, and what is said where there are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Canvas

from crossoracle.figures import filmstrip, footage
from crossoracle.figures.footage import Footage, seen
from tests.figures.single import film, pictures, shade, shades


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    room = tmp_path_factory.mktemp("videos")
    film(room / "good.mp4", 3.0, (48, 200))
    (room / "bad.mp4").write_bytes(b"no video")
    paths = {"good": "good.mp4", "bad": "bad.mp4", "gone": "gone.mp4", "unsaid": None, "it's": "good.mp4"}
    rows = pd.DataFrame({"video_id": list(paths), "path": list(paths.values()), "dataset": "d"})
    return Footage(rows.assign(label=["a label", None, None, None, None]), room)


def test_frames_are_those_of_their_instants_in_any_order(videos):
    instants = (2.05, 0.15, 1.55)
    found = videos.frames("d", "good", instants, 80)
    assert found.why == ""
    assert [
        abs(int(frame.mean()) - shade(t)) <= 3 for frame, t in zip(found.frames, instants, strict=True)
    ] == [True] * 3
    assert {frame.shape for frame in found.frames} == {(19, 80, 3)}


@pytest.mark.parametrize(
    ("video", "why"),
    [
        ("bad", footage.NO_FRAME),
        ("gone", footage.NO_FILE),
        ("unsaid", footage.NO_PATH),
        ("unheard-of", footage.NO_PATH),
    ],
)
def test_a_video_without_frames_says_why(videos, video, why):
    assert videos.frames("d", video, [0.5], 80) == footage.Seen((), why)


def test_without_a_table_of_videos_that_is_said():
    assert seen(None, "d", "v", [0.0], 80).why == footage.NO_TABLE


def test_a_label_may_be_unknown(videos):
    assert [videos.label("d", name) for name in ("good", "bad", "unheard-of")] == ["a label", None, None]
    assert Footage(videos.videos.drop(columns="label")).label("d", "good") is None
    assert Footage(videos.videos.drop(columns="path")).frames("d", "good", [0.0], 80).why == footage.NO_PATH


def test_a_quote_in_a_name_is_only_a_quote(videos):
    assert len(videos.frames("d", "it's", [0.0], 80).frames) == 1


def test_pixels_are_budgeted():
    for count in (1, 12, 100, 1000):
        assert count * filmstrip.long_side(count) ** 2 <= max(filmstrip.PIXELS, count * filmstrip.SMALLEST**2)
    assert filmstrip.long_side(0) == filmstrip.long_side(1) == filmstrip.LARGEST


@pytest.mark.parametrize("aspect", [0.5, 1.0, 4.0])
def test_a_slot_has_the_aspect_asked_for_and_its_frame_whole_in_the_middle(aspect):
    frames = [np.full((40, 60, 3), 10 * k, dtype=np.uint8) for k in range(1, 4)]
    sheet = filmstrip.mosaic([frames[0], None, frames[2]], aspect)
    assert sheet.shape[1] / 3 / sheet.shape[0] == pytest.approx(aspect, rel=0.03)
    assert shades(sheet, 3) == [10, 255, 30]
    assert [(sheet == 10 * k).all(axis=2).sum() for k in (1, 2, 3)] == [2400, 0, 2400]


@pytest.mark.parametrize("limits", [(0, 4), (4, 0)])
def test_frames_stand_upright_in_their_part_whatever_the_axes_do(limits):
    panel = Canvas().add_subplot()
    panel.set(xlim=(10, 20), ylim=limits)
    frame = np.zeros((30, 30, 3), dtype=np.uint8)
    frame[:15] = 200  # the upper half is light
    filmstrip.lay(panel, [frame, frame], (10, 20), (1, 2), 1.0)
    panel.figure.draw_without_rendering()
    (room,) = panel.child_axes
    box = room.get_window_extent()
    ends = panel.transData.transform([(10, 1), (20, 2)])
    low, high = sorted(ends[:, 1])
    assert low - 1 <= box.y0 < box.y1 <= high + 1
    assert ends[0, 0] - 1 <= box.x0 < box.x1 <= ends[1, 0] + 1
    bottom, top = room.get_ylim()
    assert bottom > top  # rows of the picture run downwards
    assert pictures(panel)[0][2, 15].mean() == 200


def test_where_nothing_is_seen_nothing_is_laid_and_why_is_said():
    panel = Canvas().add_subplot()
    filmstrip.lay(panel, [None, None], (0, 1), (0, 1), 1.0)
    assert not panel.child_axes
    filmstrip.say(panel, footage.Seen(why="because"), 0, 0)
    assert [text.get_text() for text in panel.texts] == ["because"]
