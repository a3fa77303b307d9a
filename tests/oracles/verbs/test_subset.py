"""subset: class-balanced, seeded, nested, and blind to the alphabet."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.oracles.subset import allocated
from crossoracle.tables import connect, read
from crossoracle.video.encode import write


def _pool(path, sizes, *, order=1):
    rows = [
        {"dataset": dataset, "video_id": f"{label}-{i}", "label": label, "path": f"clips/{label}-{i}.mp4"}
        for (dataset, label), n in sizes.items()
        for i in range(n)
    ]
    pd.DataFrame(rows[::order]).to_csv(path, index=False)
    return path


def _subset(pool, out, **changes):
    """Draw where the files of the videos do not matter."""
    return Study.subset(pool, out, without_files=True, **changes)


def _drawn(path):
    with connect() as con:
        return read(con, "videos", path).df()


SIZES = {("k400", f"class {i:02}"): 5 for i in range(40)} | {("ssv2", "big"): 30, ("ssv2", "small"): 2}


def test_every_class_gives_the_same_and_small_ones_all_they_have(tmp_path):
    pool = _pool(tmp_path / "pool.csv", SIZES)
    found = _subset(pool, tmp_path / "study", per_dataset=20)
    drawn = _drawn(found.path)
    counts = drawn.groupby(["dataset", "label"]).size()
    assert counts["k400"].tolist() == [1] * 20
    assert counts["ssv2"].to_dict() == {"big": 18, "small": 2}
    assert [(row["dataset"], row["drawn"], row["pool"]) for row in found.counts] == [
        ("k400", 20, 200),
        ("ssv2", 20, 32),
    ]


def test_what_cannot_be_divided_does_not_go_to_the_first_of_the_alphabet(tmp_path):
    pool = _pool(tmp_path / "pool.csv", SIZES)
    drawn = _drawn(_subset(pool, tmp_path / "study", per_dataset=20).path)
    chosen = sorted(drawn.loc[drawn["dataset"] == "k400", "label"])
    assert chosen != [f"class {i:02}" for i in range(20)]
    assert sum(label >= "class 20" for label in chosen) >= 4  # 10 expected; fewer than 4 in 1 of 5,000 seeds


def test_the_order_of_the_rows_changes_nothing_and_the_seed_everything(tmp_path):
    ids = []
    for name, order, seed in (("a", 1, 0), ("b", -1, 0), ("c", 1, 1)):
        pool = _pool(tmp_path / f"{name}.csv", SIZES, order=order)
        drawn = _drawn(_subset(pool, tmp_path / name, per_dataset=20, seed=seed).path)
        ids.append(list(drawn["video_id"]))
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


def test_another_class_leaves_the_others_alone(tmp_path):
    few = _pool(tmp_path / "few.csv", {("d", "a"): 9, ("d", "b"): 9})
    more = _pool(tmp_path / "more.csv", {("d", "a"): 9, ("d", "b"): 9, ("d", "c"): 9})
    small, large = (
        set(_drawn(_subset(pool, tmp_path / str(n), per_dataset=n).path)["video_id"])
        for pool, n in ((few, 4), (more, 6))
    )
    assert small < large


def test_paths_still_lead_to_the_files(tmp_path):
    (tmp_path / "pools").mkdir()
    pool = _pool(tmp_path / "pools" / "pool.csv", {("d", "a"): 3})
    rows = pd.read_csv(pool)
    rows.loc[0, "path"] = "/elsewhere/a.mp4"
    rows.loc[1, "path"] = None
    rows.to_csv(pool, index=False)
    study = tmp_path / "deep" / "study"
    drawn = _drawn(_subset(pool, study, per_dataset=3).path).set_index("video_id")
    assert drawn.loc["a-0", "path"] == "/elsewhere/a.mp4"
    assert pd.isna(drawn.loc["a-1", "path"])
    assert (study / drawn.loc["a-2", "path"]).resolve() == (
        tmp_path / "pools" / "clips" / "a-2.mp4"
    ).resolve()


def test_videos_without_a_label_are_left_out_and_counted(tmp_path, capsys):
    pool = _pool(tmp_path / "pool.csv", {("d", "a"): 3})
    rows = pd.read_csv(pool)
    rows.loc[0, "label"] = None
    rows.to_csv(pool, index=False)
    assert run(["subset", "--without-files", "--videos", str(pool), "--out", str(tmp_path / "study")]) == 0
    assert "note: 1 video without a label: left out" in capsys.readouterr().err
    assert len(_drawn(tmp_path / "study" / "videos.parquet")) == 2


def test_two_pools_are_one(tmp_path):
    one, other = (_pool(tmp_path / f"{d}.csv", {(d, "a"): 5}) for d in "xy")
    drawn = _drawn(_subset([one, other], tmp_path / "study", per_dataset=2).path)
    assert drawn.groupby("dataset").size().to_dict() == {"x": 2, "y": 2}


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("de"), st.sampled_from("abcdefg")), st.integers(1, 9), min_size=1
    ),
    st.integers(1, 70),
)
def test_shares_are_as_even_as_can_be(there, n):
    found, larger = allocated(there, sorted(there), n), allocated(there, sorted(there), n + 1)
    for dataset in {name for name, _ in there}:
        mine = [one for one in there if one[0] == dataset]
        assert sum(found[one] for one in mine) == min(n, sum(there[one] for one in mine))
        most = max(found[one] for one in mine)
        assert all(found[one] >= min(there[one], most - 1) for one in mine)
        assert all(found[one] <= larger[one] <= there[one] for one in mine)


def test_the_verb_writes_a_study_and_says_so(tmp_path, capsys):
    pool = _pool(tmp_path / "pool.csv", SIZES)
    words = [
        "subset",
        "--without-files",
        "--videos",
        str(pool),
        "--per-dataset",
        "10",
        "--dataset",
        "ssv2",
        "--seed",
        "3",
    ]
    assert run([*words, "--out", str(tmp_path / "s"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == [
        {"dataset": "ssv2", "drawn": 10, "pool": 32, "classes": 2, "smallest": 2, "largest": 8}
    ]
    record = json.loads((tmp_path / "s" / "videos.parquet.json").read_text())
    assert record["verb"] == "subset"
    assert record["seed"] == 3
    assert record["options"]["per_dataset"] == 10


@pytest.fixture
def films(tmp_path):
    """Return a pool of four videos of one class that are there, in a directory of their own."""
    pool = _pool(tmp_path / "pool.csv", {("d", "a"): 4})
    for i in range(4):
        place = tmp_path / "clips" / f"a-{i}.mp4"
        place.parent.mkdir(exist_ok=True)
        write(place, [np.full((48, 64, 3), 60 * i, dtype=np.uint8)] * 4, fps=4)
    return pool


def test_files_are_looked_for_where_the_pool_says(films, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path.parent)  # relative to the pool, wherever one stands
    found = Study.subset(films, tmp_path / "deep" / "study", per_dataset=2)
    paths = _drawn(found.path)["path"]
    assert all((tmp_path / "deep" / "study" / path).is_file() for path in paths)


def test_missing_files_that_are_wanted_are_counted_and_named(films, tmp_path, capsys):
    for i in (0, 2):
        (tmp_path / "clips" / f"a-{i}.mp4").unlink()
    words = ["subset", "--videos", str(films), "--out", str(tmp_path / "study")]
    assert run([*words, "--per-dataset", "4"]) == 2
    error = capsys.readouterr().err
    assert f"{films}: found no file for 2 of 4 videos that were drawn (d/a-0: " in error
    assert f"; d/a-2: {(tmp_path / 'clips' / 'a-2.mp4').resolve()})" in error
    assert not (tmp_path / "study").exists()
    assert run([*words, "--per-dataset", "4", "--without-files"]) == 0


def test_missing_files_that_nobody_wants_are_no_matter(films, tmp_path):
    drawn = set(_drawn(Study.subset(films, tmp_path / "one", per_dataset=1).path)["video_id"])
    for i in range(4):
        if f"a-{i}" not in drawn:
            (tmp_path / "clips" / f"a-{i}.mp4").unlink()
    assert set(_drawn(Study.subset(films, tmp_path / "two", per_dataset=1).path)["video_id"]) == drawn


def test_files_of_which_none_is_a_video_stop_clearly(films, tmp_path):
    for i in range(4):
        (tmp_path / "clips" / f"a-{i}.mp4").write_text("no film")
    with pytest.raises(
        InputError, match=r"found no video among 4 files of those drawn: .*a-0\.mp4: found nothing"
    ):
        Study.subset(films, tmp_path / "study", per_dataset=4)
    write(tmp_path / "clips" / "a-3.mp4", [np.zeros((48, 64, 3), dtype=np.uint8)] * 4, fps=4)
    Study.subset(films, tmp_path / "study", per_dataset=4)


def test_videos_without_a_path_need_no_file(tmp_path):
    pool = _pool(tmp_path / "pool.csv", {("d", "a"): 3})
    pd.read_csv(pool).drop(columns="path").to_csv(pool, index=False)
    assert len(_drawn(Study.subset(pool, tmp_path / "study", per_dataset=3).path)) == 3


def test_wrong_input_is_one_line(tmp_path):
    pool = _pool(tmp_path / "pool.csv", {("d", "a"): 3})
    with pytest.raises(UnknownNameError, match="unknown dataset 'e'"):
        _subset(pool, tmp_path / "s", datasets=("e",))
    with pytest.raises(InputError, match="per_dataset is 0"):
        _subset(pool, tmp_path / "s", per_dataset=0)
    _subset(pool, tmp_path / "s")
    with pytest.raises(InputError, match="found the pool itself"):
        _subset(tmp_path / "s" / "videos.parquet", tmp_path / "s")
    assert not (tmp_path / "s" / ".videos").exists()
