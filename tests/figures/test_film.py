"""Films by their artists: frames above the scores of all oracles, on one axis of time."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError
from crossoracle.figures import film, footage, style, timelines
from tests.figures.single import footage_of, pictures, shade, shades


@pytest.fixture(scope="module")
def rows(study):
    return film.numbers(study.per_video, study.scores)


@pytest.fixture(scope="module")
def videos(rows, tmp_path_factory):
    return footage_of(rows, tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def ax(rows, videos):
    return film.paint(rows, footage=videos)


def by_label(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def test_the_videos_are_the_first_of_the_timelines(study, rows):
    wanted = timelines.numbers(study.per_video, study.scores, k=1)
    found = rows[rows["mark"] == "segment"]
    for column in ("group", "dataset", "video_id", "oracle", "segment", "start_s", "end_s"):
        assert list(found[column]) == list(wanted[column]), column
    assert np.array_equal(found["score"], wanted["score"], equal_nan=True)


def test_a_frame_stands_in_the_middle_of_each_of_equal_parts(rows):
    for _, video in rows.groupby("video_id"):
        instants = video.loc[video["mark"] == "frame", "instant_s"]
        end = video["end_s"].max()
        assert len(instants) == min(film.FRAMES, video["segment"].nunique())
        assert list(instants) == pytest.approx((np.arange(len(instants)) + 0.5) * end / len(instants))


def test_the_frames_shown_are_those_of_the_instants_from_left_to_right(rows, ax):
    for (dataset, name), video in rows.groupby(["dataset", "video_id"]):
        instants = video.loc[video["mark"] == "frame", "instant_s"]
        (sheet,) = pictures(by_label(ax)[f"frames {dataset}/{name}"])
        found = shades(sheet, len(instants))
        assert all(abs(a - shade(t)) <= 3 for a, t in zip(found, instants, strict=True)), (found, instants)


def test_frames_and_cells_share_their_time(rows, ax):
    ax.figure.draw_without_rendering()
    for (dataset, name), _ in rows.groupby(["dataset", "video_id"]):
        above, below = (by_label(ax)[f"{kind}{dataset}/{name}"] for kind in ("frames ", ""))
        (room,) = [room for room in above.child_axes if room.get_label() == "frames"]
        seen, cells = room.get_window_extent(), below.get_window_extent()
        assert (seen.x0, seen.x1) == pytest.approx((cells.x0, cells.x1), abs=2)


def test_a_row_of_cells_for_each_oracle_in_its_colour(study, rows, ax):
    looks = style.looks(study.oracles)
    for (dataset, name), video in rows[rows["mark"] == "segment"].groupby(["dataset", "video_id"]):
        panel = by_label(ax)[f"{dataset}/{name}"]
        assert [label.get_text() for label in panel.get_yticklabels()] == sorted(study.oracles)
        bars = [bar for bar in panel.patches if bar.get_height() < 0.3]
        kept = video[video["kept"].astype(bool)]
        assert [(bar.get_x(), to_hex(bar.get_facecolor())) for bar in bars] == [
            (row.start_s, to_hex(looks[row.oracle].colour)) for row in kept.itertuples()
        ]


def test_a_video_can_be_named(study):
    found = film.numbers(study.per_video, study.scores, video="v0007")
    assert set(found["video_id"]) == {"v0007"}
    again = film.numbers(study.per_video, study.scores, video=f"{found['dataset'].iloc[0]}/v0007")
    assert again.equals(found)
    with pytest.raises(InputError, match="found no video 'v7'; expected a video_id, or DATASET/VIDEO_ID"):
        film.numbers(study.per_video, study.scores, video="v7")
    both = study.scores.assign(video_id="v0000")
    with pytest.raises(InputError, match="name one of diving48/v0000, k400/v0000, ssv2/v0000"):
        film.numbers(study.per_video, both, video="v0000")


def test_without_the_file_the_scores_are_drawn_and_that_is_said(rows):
    panels = by_label(film.paint(rows))
    told = [text.get_text() for panel in panels.values() for text in panel.texts]
    assert told == [footage.NO_TABLE] * 2
    assert sum(len(panel.patches) for panel in panels.values()) > 40


def test_the_label_is_known_from_the_videos(study, videos, rows):
    assert rows["label"].isna().all()
    assert set(film.numbers(study.per_video, study.scores, footage=videos)["label"]) == {"a label"}
