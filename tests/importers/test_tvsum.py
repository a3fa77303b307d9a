from __future__ import annotations

import h5py
import numpy as np
import pytest

from crossoracle.errors import InputError, TableError
from crossoracle.importers.run import import_

FPS = 25
FIELDS = ("video", "category", "title", "length", "nframes", "user_anno", "gt_score")


def annotated(name, shots, seconds, people=20):
    """Return a video whose ratings are 1 + (shot + person) % 5, constant over a shot of 2 seconds."""
    frames = round(seconds * FPS)
    shot = (np.arange(frames) / FPS // 2).astype(int)
    assert shot.max() + 1 == shots
    ratings = 1.0 + (shot[:, None] + np.arange(people)) % 5
    return {
        "video": name,
        "category": "VT",
        "title": "Nettoyer l'évier: avant & après",
        "length": float(seconds),
        "nframes": float(frames),
        "user_anno": ratings,
        "gt_score": ratings.mean(axis=1),
    }


def write_mat(path, videos, *, transposed=True, leave_out=()):
    """Write what MATLAB writes for a 1 x n struct array with -v7.3: references, arrays transposed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        store, struct = file.create_group("#refs#"), file.create_group("tvsum50")
        for field in FIELDS:
            if field in leave_out:
                continue
            references = struct.create_dataset(field, (len(videos), 1), h5py.ref_dtype)
            for i, video in enumerate(videos):
                value = video[field]
                if isinstance(value, str):
                    data = np.array([ord(sign) for sign in value], np.uint16)[:, None]
                elif field == "user_anno":
                    data = value.T if transposed else value
                else:
                    data = np.atleast_2d(value)
                references[i, 0] = store.create_dataset(f"{field}{i}", data=data).ref
    return path


@pytest.fixture
def mat(tmp_path):
    return write_mat(tmp_path / "ydata-tvsum50.mat", [annotated("one", 4, 8), annotated("two", 6, 11.0)])


def test_a_shot_is_a_segment_and_a_person_an_oracle(mat, tmp_path, table_of):
    done = import_("tvsum", mat, tmp_path / "s")
    assert done.notes == ()
    rows = table_of(done)
    assert len(rows) == 20 * (4 + 6)
    assert sorted({r["oracle"] for r in rows}) == [f"human-{i:02}" for i in range(1, 21)]
    first = [r for r in rows if (r["video_id"], r["oracle"]) == ("two", "human-03")]
    assert [r["segment"] for r in first] == [0, 1, 2, 3, 4, 5]
    assert [(r["start_s"], r["end_s"]) for r in first[-2:]] == [(8.0, 10.0), (10.0, 11.0)]
    assert [r["score"] for r in first] == [0.5, 0.75, 1.0, 0.0, 0.25, 0.5]
    assert {r["kept"] for r in rows} == {None}


def test_the_category_is_the_label(mat, tmp_path, table_of):
    done = import_("tvsum", mat, tmp_path / "s", dataset="tv", run="1")
    assert [(v["dataset"], v["video_id"], v["label"], v["duration_s"]) for v in table_of(done, "videos")] == [
        ("tv", "one", "VT", 8.0),
        ("tv", "two", "VT", 11.0),
    ]
    assert table_of(done, "videos")[0]["attributes"] == '{"title": "Nettoyer l\'évier: avant & après"}'
    assert {r["run"] for r in table_of(done)} == {"1"}


def test_kept_at_is_a_rating(mat, tmp_path, table_of):
    rows = table_of(import_("tvsum", mat, tmp_path / "s", kept_at=4))
    assert all(r["kept"] == (r["score"] >= 0.75) for r in rows)


@pytest.mark.parametrize("kept_at", [0, 6])
def test_kept_at_is_within_the_scale(mat, tmp_path, kept_at):
    with pytest.raises(InputError, match=rf"--kept-at: found {kept_at}, expected a score in \[1, 5\]"):
        import_("tvsum", mat, tmp_path / "s", kept_at=kept_at)


def test_ratings_may_lie_either_way(mat, tmp_path, table_of):
    expected = table_of(import_("tvsum", mat, tmp_path / "s"))
    videos = [annotated("one", 4, 8), annotated("two", 6, 11.0)]
    other = write_mat(tmp_path / "other.mat", videos, transposed=False)
    assert table_of(import_("tvsum", other, tmp_path / "other")) == expected


def test_a_frame_rate_that_is_no_whole_number(tmp_path, table_of):
    video = annotated("long", 300, 600)
    # 29.97 frames a second, but shots of 60 frames: 0.6 s late at the end
    frames = round(600 * 29.97)
    shot = np.arange(frames) // 60
    video |= {"nframes": float(frames), "user_anno": 1.0 + (shot[:, None] + np.arange(20)) % 5}
    done = import_("tvsum", write_mat(tmp_path / "x.mat", [video]), tmp_path / "s")
    scores = [r["score"] for r in table_of(done) if r["oracle"] == "human-01"]
    assert scores == [(i % 5) / 4 for i in range(300)]


def test_shots_that_change_and_slivers_are_noted(tmp_path):
    video = annotated("odd", 5, 8.2)
    video["user_anno"][60:76, 0] += 1
    done = import_("tvsum", write_mat(tmp_path / "x.mat", [video]), tmp_path / "s")
    assert done.notes == (
        "ratings that change within the shot, taken at its middle: 1 shot",
        "1 video ends in a segment shorter than a quarter of the step: kept as it is",
    )


def shape_of(video):
    return {**video, "user_anno": video["user_anno"][:-1]}


def rating_of(video):
    return {**video, "user_anno": video["user_anno"] + 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            shape_of,
            "video one: found ratings of shape (20, 199) for 200 frames in 8 seconds, expected",
        ),
        (rating_of, "video one, field user_anno: found 6, expected a rating in [1, 5]"),
    ],
)
def test_wrong_ratings_are_refused(tmp_path, change, message):
    path = write_mat(tmp_path / "x.mat", [change(annotated("one", 4, 8))])
    with pytest.raises(TableError) as caught:
        import_("tvsum", path, tmp_path / "s")
    assert message in str(caught.value)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("left_out", FIELDS[:-1])
def test_a_missing_field_is_refused(tmp_path, left_out):
    path = write_mat(tmp_path / "x.mat", [annotated("one", 4, 8)], leave_out=(left_out,))
    with pytest.raises(TableError, match=f"{left_out}.*expected the MATLAB v7.3 file ydata-tvsum50.mat"):
        import_("tvsum", path, tmp_path / "s")


@pytest.mark.parametrize("content", [b"MATLAB 5.0 MAT-file", b"\x89HDF\r\n\x1a\n" + b"\0" * 99])
def test_a_file_that_is_not_hdf5_is_refused(tmp_path, content):
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"expected the MATLAB v7\.3 file") as caught:
        import_("tvsum", path, tmp_path / "s")
    assert "\n" not in str(caught.value)


def test_a_truncated_file_is_refused(mat, tmp_path):
    mat.write_bytes(mat.read_bytes()[:5000])
    with pytest.raises(TableError, match="truncated file"):
        import_("tvsum", mat, tmp_path / "s")
