from __future__ import annotations

import json
import os

import duckdb
import pandas as pd
import pytest

from crossoracle import tables
from crossoracle.errors import ConflictError, TableError
from crossoracle.provenance import Provenance, digest, read_sidecar

SUFFIXES = ["parquet", "csv", "csv.gz", "jsonl"]


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    return tmp_path / f"scores.{request.param}"


def content(path):
    with tables.connect() as con:
        return tables.read(con, "scores", path).fetchall()


def state(folder):
    """Return every file of a folder with its bytes: what must not change."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_rows_come_back_in_the_order_of_the_key(path, scores, provenance):
    assert tables.write("scores", scores, path, provenance=provenance) == path
    assert content(path) == [
        ("d", "a", "o", "0", 0, 0.0, 0.5, 0.1 + 0.2, False, None, None),
        ("d", "a", "o", "0", 1, 0.5, 1.0, None, None, None, None),
        ("d", "b", "o", "0", 0, 0.0, 0.5, 1.0, True, None, None),
    ]
    assert sorted(os.listdir(path.parent)) == [path.name, f"{path.name}.json"]


def test_a_relation_is_written_like_a_frame(con, tmp_path, scores, provenance):
    one = tables.write("scores", scores, tmp_path / "one.csv", provenance=provenance)
    other = tables.write("scores", con.from_df(scores), tmp_path / "other.csv", provenance=provenance)
    assert one.read_bytes() == other.read_bytes()


def test_a_frame_of_objects_is_written(tmp_path, provenance):
    frame = pd.DataFrame(
        {
            "dataset": ["d"] * 2001,
            "video_id": [*range(2000), "x"],
            "label": [None] * 2000 + ["last"],
            "class_id": [None] * 2000 + [7],
        },
        dtype=object,
    )
    path = tables.write("videos", frame, tmp_path / "v.parquet", provenance=provenance)
    last = duckdb.sql(
        f"SELECT label, class_id, typeof(class_id) FROM '{path}' WHERE video_id = 'x'"
    ).fetchall()
    assert last == [("last", 7, "BIGINT")]


def test_nan_never_enters_a_file(tmp_path, provenance):
    frame = pd.DataFrame({"family": "f", "test": "t", "dataset": "all", "df": "3, 1547"}, index=[0])
    frame[["statistic", "p", "p_adjusted"]] = float("nan")
    path = tables.write("tests", frame, tmp_path / "tests.csv", provenance=provenance)
    assert path.read_text().splitlines()[1] == 'f,t,all,,"3, 1547",,'


def test_a_result_without_rows_is_a_file_with_a_header(tmp_path, provenance):
    names = ["dataset", "video_id", "statistic", "value", "n_segments", "n_oracles", "n_pairs"]
    path = tables.write("per_video", pd.DataFrame(columns=names), tmp_path / "p.csv", provenance=provenance)
    assert path.read_text() == ",".join(names) + "\n"


def test_the_same_rows_make_the_same_file(tmp_path, scores, provenance):
    one, other = (
        tables.write("scores", rows, tmp_path / name, provenance=provenance)
        for name, rows in [("a.parquet", scores), ("b.parquet", scores[::-1])]
    )
    assert digest(one) == digest(other)


def test_the_sidecar_says_where_an_artefact_comes_from(tmp_path, scores):
    source = tmp_path / "in.csv"
    source.write_text("x")
    provenance = Provenance("agree", {source: digest(source)}, {"level": 0.95, "path": source}, seed=7)
    path = tables.write("scores", scores, tmp_path / "results" / "s.csv", provenance=provenance)
    record = read_sidecar(path)
    assert record["sha256"] == digest(path)
    assert record["table"] == "scores"
    assert record["verb"] == "agree"
    assert record["inputs"] == {"../in.csv": digest(source)}
    assert record["options"] == {"level": 0.95, "path": str(source)}
    assert record["seed"] == 7
    assert record["versions"]["duckdb"] == duckdb.__version__
    assert record["written"].endswith("+00:00")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("score", 1.2, "row 1, column score: found 1.2, expected a number in [0, 1], or nothing"),
        ("end_s", 0.0, "row 1, column end_s: found end_s = 0.0, start_s = 0.0, expected end_s > start_s"),
        ("oracle", None, "row 1, column oracle: found nothing, expected text"),
        ("kept", "perhaps", "row 1, column kept: found perhaps, expected true or false, or nothing"),
    ],
)
def test_wrong_rows_leave_what_was_there(tmp_path, scores, provenance, column, value, message):
    path = tables.write("scores", scores, tmp_path / "s.csv", provenance=provenance)
    before = state(tmp_path)
    scores[column] = scores[column].astype(object)
    scores.loc[0, column] = value
    with pytest.raises(TableError) as caught:
        tables.write("scores", scores, path, provenance=provenance)
    assert f"rows for {path}, {message}" in str(caught.value)
    assert state(tmp_path) == before


def test_duplicate_rows_are_not_written(tmp_path, scores, provenance):
    with pytest.raises(TableError, match="row 4: found the key of row 1 again"):
        tables.write("scores", pd.concat([scores, scores]), tmp_path / "s.csv", provenance=provenance)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("verb", ["write", "upsert"])
@pytest.mark.parametrize("broken", ["os.fsync", "os.replace", "crossoracle.tables.writing.stage_sidecar"])
def test_a_failure_in_the_middle_leaves_the_old_file_and_no_litter(
    tmp_path, scores, provenance, monkeypatch, verb, broken
):
    path = tables.write("scores", scores, tmp_path / "s.parquet", provenance=provenance)
    before = state(tmp_path)

    def fail(*_args, **_kwargs):
        raise OSError("no space left on device")

    other = scores.assign(oracle="p")
    with monkeypatch.context() as patch:
        patch.setattr(broken, fail)
        with pytest.raises(OSError, match="no space left"):
            getattr(tables, verb)("scores", other, path, provenance=provenance)
    assert state(tmp_path) == before


def test_a_place_that_cannot_be_written_to_is_an_os_error(tmp_path, scores, provenance):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        tables.write("scores", scores, tmp_path / "file" / "s.csv", provenance=provenance)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OSError, match=r"folder\.csv"):
        tables.write("scores", scores, tmp_path / "folder.csv", provenance=provenance)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.csv"]


def test_a_batch_appears_whole_or_not_at_all(tmp_path, scores, provenance):
    def write(last):
        with tables.Batch() as batch:
            batch.write("scores", scores, tmp_path / "a.csv", provenance=provenance)
            batch.write("scores", last, tmp_path / "b.csv", provenance=provenance)

    with pytest.raises(TableError, match="column score"):
        write(scores.assign(score=2))
    assert os.listdir(tmp_path) == []
    with tables.Batch() as batch:
        batch.write("scores", scores, tmp_path / "a.csv", provenance=provenance)
        batch.upsert("scores", scores, tmp_path / "b.csv", provenance=provenance)
        assert not (tmp_path / "a.csv").exists()
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.csv.json", "b.csv", "b.csv.json"]


def test_an_unknown_suffix_is_refused_before_anything_is_done(tmp_path, scores, provenance):
    for verb in (tables.write, tables.upsert):
        with pytest.raises(TableError, match=r"found \.xlsx, expected a table file ending in"):
            verb("scores", scores, tmp_path / "s.xlsx", provenance=provenance)


def test_files_are_readable_by_others_as_any_file(tmp_path, scores, provenance):
    path = tables.write("scores", scores, tmp_path / "s.parquet", provenance=provenance)
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_an_upsert_counts_what_is_new_the_same_and_replaced(path, scores, provenance):
    assert tables.upsert("scores", scores, path, provenance=provenance) == tables.Upserted(3, 0, 0)
    before = state(path.parent)
    assert tables.upsert("scores", scores[::-1], path, provenance=provenance) == tables.Upserted(0, 3, 0)
    assert state(path.parent) == before
    more = pd.concat([scores, scores.assign(oracle="p")])
    assert tables.upsert("scores", more, path, provenance=provenance) == tables.Upserted(3, 3, 0)
    changed = scores.assign(score=[0.5, 0.5, 0.1 + 0.2])
    done = tables.upsert("scores", changed, path, replace=True, provenance=provenance)
    assert done == tables.Upserted(0, 1, 2)
    assert str(done) == "0 new, 1 the same, 2 replaced"
    assert [(row[1], row[2], row[4], row[7]) for row in content(path)] == [
        ("a", "o", 0, 0.1 + 0.2),
        ("a", "o", 1, 0.5),
        ("a", "p", 0, 0.1 + 0.2),
        ("a", "p", 1, None),
        ("b", "o", 0, 0.5),
        ("b", "p", 0, 1.0),
    ]


def test_different_rows_for_a_key_are_refused(path, scores, provenance):
    tables.upsert("scores", scores, path, provenance=provenance)
    before = state(path.parent)
    with pytest.raises(ConflictError) as caught:
        tables.upsert("scores", scores.assign(score=[0.5, 0.25, 0.1 + 0.2]), path, provenance=provenance)
    assert str(caught.value) == (
        f"{path}, column score: found 0.25 for a key that holds nothing (dataset = d, video_id = a, "
        "oracle = o, run = 0, segment = 1) (1 more such row); nothing was changed: use --replace to take the "
        "new rows"
    )
    assert state(path.parent) == before


def test_missing_values_in_a_key_agree_with_each_other(tmp_path, provenance):
    frame = pd.DataFrame({"video_id": ["a"], "condition": ["full"], "correct1": [True]})
    path = tmp_path / "predictions.csv"
    assert tables.upsert("predictions", frame, path, provenance=provenance).new == 1
    assert tables.upsert("predictions", frame, path, provenance=provenance).same == 1
    with pytest.raises(ConflictError, match=r"dataset = nothing, video_id = a"):
        tables.upsert("predictions", frame.assign(correct1=False), path, provenance=provenance)


def test_columns_that_new_rows_lack_keep_their_old_values(tmp_path, provenance):
    path = tmp_path / "videos.csv"
    known = pd.DataFrame({"dataset": ["d"], "video_id": ["a"], "label": ["x"], "cluster": ["s"]})
    tables.upsert("videos", known, path, provenance=provenance)
    bare = pd.DataFrame({"dataset": ["d", "d"], "video_id": ["a", "b"]})
    assert tables.upsert("videos", bare, path, provenance=provenance) == tables.Upserted(1, 1, 0)
    with tables.connect() as con:
        rows = tables.read(con, "videos", path).project("video_id, label, cluster").fetchall()
    assert rows == [("a", "x", "s"), ("b", None, "b")]


def test_new_rows_that_lack_a_value_nobody_knows_are_refused(tmp_path, scores, provenance):
    path = tmp_path / "s.csv"
    with pytest.raises(
        TableError, match="row 1, column start_s: found nothing, expected a number of at least 0"
    ):
        tables.upsert("scores", scores.drop(columns="start_s"), path, provenance=provenance)
    assert os.listdir(tmp_path) == []
    with pytest.raises(TableError, match="found no column oracle"):
        tables.upsert("scores", scores.drop(columns="oracle"), path, provenance=provenance)


def test_a_damaged_table_is_not_added_to(tmp_path, scores, provenance):
    path = tables.write("scores", scores, tmp_path / "s.parquet", provenance=provenance)
    path.write_bytes(path.read_bytes()[:-9])
    before = state(tmp_path)
    with pytest.raises(TableError, match="is it truncated"):
        tables.upsert("scores", scores, path, provenance=provenance)
    assert state(tmp_path) == before


def test_the_history_of_a_table_is_kept(tmp_path, scores, provenance):
    path = tmp_path / "s.csv"
    for oracle in "abc":
        tables.upsert("scores", scores.assign(oracle=oracle), path, provenance=Provenance(f"import {oracle}"))
    record = json.loads((tmp_path / "s.csv.json").read_text())
    assert record["verb"] == "import c"
    assert [old["verb"] for old in record["history"]] == ["import a", "import b"]
    tables.write("scores", scores, path, provenance=provenance)
    assert "history" not in read_sidecar(path)
