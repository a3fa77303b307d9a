from __future__ import annotations

import gzip
import json
import logging
import os
import re

import duckdb
import pandas as pd
import pytest

from crossoracle import tables
from crossoracle.errors import TableError, UnknownNameError
from crossoracle.provenance import digest, read_sidecar
from crossoracle.tables.catalogue import TABLES

HEADER = "dataset,video_id,oracle,segment,start_s,end_s,score,kept\n"
GOOD = HEADER + "d,a,o,0,0,0.5,0.25,true\nd,a,o,1,0.5,1,,\n"
ROWS = [
    ("d", "a", "o", "0", 0, 0.0, 0.5, 0.25, True, None, None),
    ("d", "a", "o", "0", 1, 0.5, 1.0, None, None, None, None),
]


def refused(con, path, name="scores"):
    """Return the one line with which a file is refused."""
    with pytest.raises(TableError) as caught:
        tables.read(con, name, path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    assert "expected" in line or "cannot be read" in line
    return line


def write_csv(path, text):
    path.write_text(text)
    return path


@pytest.fixture(params=["csv", "csv.gz", "jsonl", "jsonl.gz", "ndjson", "parquet"])
def good(request, tmp_path):
    """The same two rows in every format, written by something other than crossoracle."""
    path = tmp_path / f"scores.{request.param}"
    frame = pd.read_csv(write_csv(tmp_path / "source", GOOD), dtype={"kept": "boolean"})
    if request.param == "parquet":
        duckdb.from_df(frame).write_parquet(str(path))
    elif "csv" in request.param:
        with gzip.open(path, "wt") if "gz" in request.param else open(path, "w") as file:
            file.write(GOOD)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


def test_every_format_reads_alike(con, good):
    rows = tables.read(con, "scores", good)
    assert rows.columns == list(TABLES["scores"].names)
    assert [str(kind) for kind in rows.types] == (
        ["VARCHAR"] * 4 + ["BIGINT"] + ["DOUBLE"] * 3 + ["BOOLEAN"] + ["VARCHAR"] * 2
    )
    assert rows.fetchall() == ROWS


def test_several_files_are_one_table(con, tmp_path):
    first = write_csv(tmp_path / "a.csv", GOOD)
    second = tmp_path / "b.parquet"
    con.sql(
        "SELECT 'd' dataset, 'z' video_id, 'o' oracle, 0 segment, 0 start_s, 1 end_s, 1 score"
    ).write_parquet(str(second))
    rows = tables.read(con, "scores", first, second)
    assert [row[1] for row in rows.fetchall()] == ["a", "a", "z"]


def test_a_name_with_glob_signs_is_one_file(con, tmp_path):
    write_csv(tmp_path / "a1.csv", HEADER + "d,wrong,o,0,0,1,1,\n")
    path = write_csv(tmp_path / "a[1].csv", GOOD)
    assert tables.read(con, "scores", path).fetchall() == ROWS


def test_folders_of_a_path_are_no_columns(con, tmp_path):
    folder = tmp_path / "run=7"
    folder.mkdir()
    assert tables.read(con, "scores", write_csv(folder / "s.csv", GOOD)).fetchall() == ROWS


def test_names_of_columns_ignore_case_and_ids_stay_text(con, tmp_path):
    path = write_csv(tmp_path / "s.csv", GOOD.replace("score", "Score").replace("d,a,", "d,007,"))
    assert tables.read(con, "scores", path).project("video_id, score").fetchall() == [
        ("007", 0.25),
        ("007", None),
    ]


def test_numbers_written_as_other_numbers_are_taken(con, tmp_path):
    path = write_csv(tmp_path / "s.csv", HEADER + "d,a,o,0.0,0,5e-1,nan,1.0\nd,a,o,1.0,0.5,1,1,0\n")
    rows = tables.read(con, "scores", path).project("segment, end_s, score, kept").fetchall()
    assert rows == [(0, 0.5, None, True), (1, 1.0, 1.0, False)]


def test_nan_and_empty_text_read_as_null(con, tmp_path):
    path = tmp_path / "s.parquet"
    con.sql(
        "SELECT 'd' dataset, 'a' video_id, 'o' oracle, '' run, 0.0 segment, 0 start_s, 1 end_s, "
        "'nan'::DOUBLE score, '' reason"
    ).write_parquet(str(path))
    assert tables.read(con, "scores", path).project("run, segment, score, reason").fetchall() == [
        ("0", 0, None, None)
    ]


def test_defaults_fill_what_is_absent(con, tmp_path):
    path = write_csv(tmp_path / "v.csv", "dataset,video_id,label,cluster\nd,a,x,\nd,b,,s\n")
    rows = tables.read(con, "videos", path).project("video_id, label, cluster").fetchall()
    assert rows == [("a", "x", "a"), ("b", None, "s")]


def test_unknown_columns_are_named_in_one_line(con, tmp_path, caplog):
    lines = zip(GOOD.splitlines(), ("mood,sky", "1,2", "3,4"), strict=True)
    path = write_csv(tmp_path / "s.csv", "".join(f"{line},{more}\n" for line, more in lines))
    with caplog.at_level(logging.WARNING, "crossoracle"):
        assert tables.read(con, "scores", path).fetchall() == ROWS
    assert caplog.messages == [f"{path}: ignored columns: mood, sky (not in scores)"]


BAD_ROWS = {
    "score above 1": (
        "d,b,o,0,0,1,1.2,",
        "line {third}, column score: found 1.2, expected a number in [0, 1], or nothing",
    ),
    "score below 0": (
        "d,b,o,0,0,1,-0.1,",
        "line {third}, column score: found -0.1, expected a number in [0, 1]",
    ),
    "infinite score": (
        "d,b,o,0,0,1,inf,",
        "line {third}, column score: found inf, expected a number in [0, 1]",
    ),
    "score of text": (
        "d,b,o,0,0,1,abc,",
        "line {third}, column score: found abc, expected a number in [0, 1], or nothing",
    ),
    "end before start": (
        "d,b,o,0,2,1,1,",
        "line {third}, column end_s: found end_s = 1.0, start_s = 2.0, expected end_s > start_s",
    ),
    "empty segment": (
        "d,b,o,0,1,1,1,",
        "line {third}, column end_s: found end_s = 1.0, start_s = 1.0, expected",
    ),
    "no video": ("d,,o,0,0,1,1,", "line {third}, column video_id: found nothing, expected text; fill it in"),
    "no start": (
        "d,b,o,0,,1,1,",
        "line {third}, column start_s: found nothing, expected a number of at least 0",
    ),
    "half a segment": (
        "d,b,o,1.5,0,1,1,",
        "line {third}, column segment: found 1.5, expected a whole number of at least 0",
    ),
    "segment -1": (
        "d,b,o,-1,0,1,1,",
        "line {third}, column segment: found -1, expected a whole number of at least 0",
    ),
    "kept maybe": (
        "d,b,o,0,0,1,1,maybe",
        "line {third}, column kept: found maybe, expected true or false, or nothing",
    ),
    "kept 2": ("d,b,o,0,0,1,1,2", "line {third}, column kept: found 2, expected true or false, or nothing"),
    "the name of all": (
        "all,b,o,0,0,1,1,",
        'line {third}, column dataset: found dataset = all, expected another name than "all"',
    ),
    "duplicate key": (
        "d,a,o,1,0.5,1,1,",
        "line {third}: found the key of line {second} again (dataset = d, video_id = a, oracle = o, run = 0, "
        "segment = 1)",
    ),
}


@pytest.mark.parametrize(("row", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_bad_row_is_named_in_one_line(con, tmp_path, row, message, suffix):
    path = write_csv(tmp_path / "s.csv", GOOD + row + "\n")
    if suffix == "jsonl":
        text = pd.read_csv(path, dtype=str).to_json(orient="records", lines=True)
        path = write_csv(tmp_path / "s.jsonl", text)
    second, third = (3, 4) if suffix == "csv" else (2, 3)
    assert message.format(second=second, third=third) in refused(con, path)


@pytest.mark.parametrize("value", ["[1, 2]", "{'a': 1}", "DATE '2020-01-01'", "'x'::BLOB"])
def test_a_parquet_file_with_odd_types_is_refused_alike(con, tmp_path, value):
    path = tmp_path / "s.parquet"
    con.sql(
        f"SELECT 'd' dataset, 'a' video_id, 'o' oracle, 0 segment, 0 start_s, 1 end_s, {value} score"
    ).write_parquet(str(path))
    assert "row 1, column score: found" in refused(con, path)


def test_further_bad_rows_are_counted(con, tmp_path):
    path = write_csv(tmp_path / "s.csv", HEADER + "".join(f"d,b,o,{i},0,1,2,\n" for i in range(5)))
    assert "line 2, column score" in (line := refused(con, path))
    assert line.endswith("(4 more such rows)")


def test_a_duplicate_over_two_files_names_both(con, tmp_path):
    first, second = write_csv(tmp_path / "a.csv", GOOD), write_csv(tmp_path / "b.csv", GOOD)
    with pytest.raises(
        TableError, match=re.escape(f"{second}, line 2: found the key of line 2 of {first} again")
    ):
        tables.read(con, "scores", first, second)


def test_the_same_file_twice_is_one_file(con, tmp_path):
    path = write_csv(tmp_path / "a.csv", GOOD)
    assert len(tables.read(con, "scores", path, path).fetchall()) == 2


def test_a_missing_column_is_named(con, tmp_path):
    path = write_csv(tmp_path / "s.csv", "dataset,video_id,oracle,segment,start_s,score\nd,a,o,0,0,1\n")
    line = refused(con, path)
    assert "found no column end_s (found dataset, video_id, oracle, segment, start_s, score)" in line


def test_outcomes_are_a_closed_list(con, tmp_path):
    path = write_csv(tmp_path / "p.csv", "dataset,video_id,oracle,outcome\nd,a,o,yes\nd,b,o,maybe\n")
    line = refused(con, path, "prechecks")
    assert "line 3, column outcome: found maybe, expected one of yes, no, skip, refused" in line


def test_a_failed_prediction_has_no_outcome(con, tmp_path):
    path = write_csv(
        tmp_path / "p.csv", "video_id,condition,correct1,failure\na,full,,none kept\nb,full,1,none kept\n"
    )
    assert "line 3, column correct1: found correct1 = true, failure = none kept" in refused(
        con, path, "predictions"
    )


def test_an_input_without_rows_is_refused_and_a_result_is_not(con, tmp_path):
    assert "found no rows" in refused(con, write_csv(tmp_path / "s.csv", HEADER))
    path = write_csv(tmp_path / "t.csv", ",".join(TABLES["tests"].names) + "\n")
    assert tables.read(con, "tests", path).fetchall() == []


BAD_FILES = {
    "nothing": ("s.csv", b"", "found an empty file"),
    "nothing in parquet": ("s.parquet", b"", "found an empty file"),
    "a first line of nothing": ("s.csv", b"\n1,2\n", "found an empty first line"),
    "one name twice": ("s.csv", b"score,Score\n1,2\n", "found the column 'Score' twice"),
    "no name": ("s.csv", b"score,\n1,2\n", "found a column without a name"),
    "a ragged line": (
        "s.csv",
        GOOD.encode() + b"d,a\n",
        "s.csv, line 4: found 2 values, expected 8, one for each column; correct the line",
    ),
    "a line too long": (
        "s.csv",
        GOOD.encode() + b"\n" + GOOD.splitlines()[1].encode() + b",1\n",
        "s.csv, line 5: found 9 values, expected 8, one for each column",
    ),
    "an open quote": (
        "s.csv",
        GOOD.encode() + b'd,"a,o,1,2,3,4,5\n',
        "s.csv, line 4: found a quote that is not closed",
    ),
    "text behind a quote": (
        "s.csv",
        GOOD.encode() + b'd,"a"b,o,2,1,2,1,\n',
        "s.csv, line 4: found a quote that is not closed, or text behind one that is",
    ),
    "not UTF-8": (
        "s.csv",
        GOOD.encode() + b"d,caf\xe9,o,2,1,2,1,\n",
        "s.csv, line 4: found a byte that is not UTF-8 (0xE9), expected UTF-8; save the file as UTF-8",
    ),
    "a header that is not UTF-8": (
        "s.csv",
        "vidéo,score\n1,2\n".encode("latin-1"),
        "s.csv, line 1: found a byte that is not UTF-8 (0xE9), expected UTF-8",
    ),
    "JSON that is not UTF-8": (
        "s.jsonl",
        '{"label": "x"}\n{"label": "é"}\n'.encode("latin-1"),
        "s.jsonl, line 2: found a byte that is not UTF-8 (0xE9)",
    ),
    "two kinds of line end": (
        "s.csv",
        GOOD.replace("true\n", "true\r\n").encode() + b"\n",
        "s.csv, line 2: found a line that ends in CR LF, expected LF as on the first line",
    ),
    "not gzip": ("s.csv.gz", GOOD.encode(), "cannot be read"),
    "not JSON": (
        "s.jsonl",
        b'{"a": 1}\n{"a": \n',
        "line 2: found text that is not JSON, expected a JSON object",
    ),
    "no object": ("s.jsonl", b'{"a": 1}\n[1]\n', "line 2: found a JSON array, expected a JSON object"),
    "an unknown suffix": ("s.xlsx", b"x", "found .xlsx, expected a table file ending in .parquet, .csv"),
    "no suffix": ("scores", b"x", "found no suffix, expected a table file"),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_file_is_refused_in_one_line(con, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    assert message in refused(con, path)


def test_a_line_is_one_of_the_file_whatever_stands_on_it(con, tmp_path):
    quoted = GOOD.replace("d,a,", '"d\nd","a\n",', 1).replace("\n", "\n\n")
    path = write_csv(tmp_path / "s.csv", quoted + "d,b,o,0,0,1,1.2,\n")
    number = quoted.count("\n") + 1
    assert f"s.csv, line {number}, column score: found 1.2" in refused(con, path)
    lines = '\n{"dataset": "d", "video_id": 1}\n\n  \n[1]\n'
    assert "s.jsonl, line 5: found a JSON array" in refused(con, write_csv(tmp_path / "s.jsonl", lines))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_truncated_parquet_file_is_refused(con, tmp_path, share):
    path = tmp_path / "s.parquet"
    con.sql(
        "SELECT 'd' dataset, 'v' || i video_id, 'o' oracle, 0 segment, 0 start_s, 1 end_s, random() score "
        "FROM range(9999) t(i)"
    ).write_parquet(str(path))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "is it truncated" in refused(con, path)


@pytest.mark.parametrize("column", ["reason", "score", "video_id"])
def test_damage_is_found_wherever_it_is(con, tmp_path, column):
    path = tmp_path / "s.parquet"
    con.sql(
        "SELECT 'd' dataset, 'v' || i video_id, 'o' oracle, 0 segment, 0 start_s, 1 end_s, random() score, "
        "md5(i::varchar) reason FROM range(9999) t(i)"
    ).write_parquet(str(path), compression="zstd")
    found = "SELECT data_page_offset, total_compressed_size FROM parquet_metadata(?) WHERE path_in_schema = ?"
    ((at, size),) = con.execute(found, [str(path), column]).fetchall()
    data = bytearray(path.read_bytes())
    data[at + size // 4 : at + size // 2] = bytes(size // 2 - size // 4)
    path.write_bytes(data)
    assert "is it truncated" in refused(con, path)


def test_a_column_whose_name_is_no_text_is_one_line(con, tmp_path):
    path = tmp_path / "s.parquet"
    con.sql("SELECT 'd' dataset, 'x' reason").write_parquet(str(path))
    path.write_bytes(path.read_bytes().replace(b"reason", b"reas\xffn"))
    assert "cannot be read" in refused(con, path)


def test_a_missing_file_is_refused(con, tmp_path):
    assert "found no such file" in refused(con, tmp_path / "s.csv")
    assert "found no such file" in refused(con, tmp_path / "s.parquet")


def test_what_crossoracle_wrote_is_not_validated_again(con, tmp_path, scores, provenance):
    path = tables.write("scores", scores, tmp_path / "s.csv", provenance=provenance)
    before = read_sidecar(path)
    wrong = path.read_text().replace("0.0,0.5,1.0", "0.0,0.5,1.5")
    path.write_text(wrong)
    assert "found 1.5" in refused(con, path)
    # a digest that fits stands for a validation by the same declaration, and for no other
    sidecar = path.with_name("s.csv.json")
    fitting = {**before, "sha256": digest(path)}
    sidecar.write_text(json.dumps(fitting))
    assert len(tables.read(con, "scores", path).fetchall()) == 3
    sidecar.write_text(json.dumps({**fitting, "validated": "scores-of-another-version"}))
    assert "found 1.5" in refused(con, path)


def test_nothing_is_left_of_a_connection(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with tables.connect(memory="30MB", threads=1) as con:
        con.execute("CREATE TABLE t AS SELECT hash(i) h, hash(i + 1) g FROM range(2000000) t(i)")
        con.execute("SELECT h FROM t ORDER BY g, h LIMIT 1 OFFSET 1999999").fetchall()
    assert os.listdir(tmp_path) == []


VIDEOS = "dataset,video_id,label,Source,year\nd,a,x,s,1999\nd,b,x,,\n"


def test_a_further_column_is_kept_as_text(con, tmp_path, caplog):
    path = write_csv(tmp_path / "videos.csv", VIDEOS)
    rows = tables.read(con, "videos", path, also=["source", "year", "cluster"])
    assert rows.columns == [*TABLES["videos"].names, "source", "year"]
    assert rows.project("source, year, cluster").fetchall() == [("s", "1999", "a"), (None, None, "b")]
    assert caplog.messages == []


def test_a_further_column_must_be_in_the_file(con, tmp_path):
    path = write_csv(tmp_path / "videos.csv", VIDEOS)
    known = "known are Source, dataset, label, video_id, year"
    with pytest.raises(UnknownNameError, match=rf"videos\.csv 'yeer': did you mean 'year'\? {known}"):
        tables.read(con, "videos", path, also=["yeer"])
    with pytest.raises(UnknownNameError, match="'split'"):  # declared, but nothing would be in it
        tables.read(con, "videos", path, also=["split"])


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_separator_is_named(con, tmp_path, sign, name):
    path = write_csv(tmp_path / "scores.csv", GOOD.replace(",", sign))
    line = refused(con, path)
    assert f"found columns separated by {name}, expected commas" in line
