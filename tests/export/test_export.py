"""export: what is written can be read by others, says what it is, and gives nothing away."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.errors import InputError, StudyError, UnknownNameError
from crossoracle.export.published import HIDDEN
from crossoracle.provenance import Provenance
from crossoracle.tables import write
from crossoracle.tables.catalogue import table

ABOUT = {"license": "CC-BY-4.0", "creators": ["A. Author"], "url": "https://example.org/moments"}
TYPES = {"text": "sc:Text", "integer": "sc:Integer", "real": "sc:Float", "flag": "sc:Boolean"}
SQL = {"sc:Text": "VARCHAR", "sc:Integer": "BIGINT", "sc:Float": "DOUBLE", "sc:Boolean": "BOOLEAN"}
ORACLE = {
    "adapter": "openai",
    "model": "org/Model-7B",
    "base_url": "http://gpu7.internal:8000/v1",
    "api_key_env": "MY_SERVER_KEY",
    "strategy": "direct",
    "prompt for d": "scoring_general.v1 sha256:" + "ab" * 32,
}
OPTIONS = {"frames": {"step_s": 0.5, "fps": 4.0}, "oracles": {"mine": ORACLE}}
DETAILS = {
    "{home}/videos/a b/v.mp4: no such file": "videos/a b/v.mp4: no such file",
    "{study}/videos/v.mp4: not opened (at /else/where/x/y.mp4)": "videos/v.mp4: not opened (at y.mp4)",
    "HTTP 500 from http://gpu7.internal:8000/v1/chat: error": "HTTP 500 from (address): error",
    r"C:\Users\me\clips\v.mp4 is missing": "v.mp4 is missing",
    "YES, but P(YES) = 0.4 from logprobs; 5 of 6 and/or more": None,
    "asked 3/5 times, at 12:30": None,
}


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "people" / "me"))
    home = tmp_path / "moments"
    home.mkdir()
    names = [f"v{i}" for i in range(len(DETAILS))]
    videos = [
        {
            "dataset": "d",
            "video_id": v,
            "label": "jump | up",
            "path": f"{tmp_path}/films/{v}.mp4",
            "class_id": 3,
        }
        for v in names
    ]
    scores = [
        {
            "dataset": "d",
            "video_id": v,
            "oracle": "mine",
            "segment": i,
            "start_s": i / 2,
            "end_s": i / 2 + 0.5,
        }
        | {"score": 0.25 * i, "kept": bool(i)}
        for v in names
        for i in range(3)
    ]
    places = {"home": tmp_path / "people" / "me", "study": home}
    prechecks = [
        {
            "dataset": "d",
            "video_id": v,
            "oracle": "mine",
            "outcome": "error",
            "detail": detail.format(**places),
        }
        for v, detail in zip(names, DETAILS, strict=True)
    ]
    how = Provenance("score", {home / "videos.parquet": "0"}, OPTIONS)
    for name, rows in (("videos", videos), ("scores", scores), ("prechecks", prechecks)):
        write(name, pd.DataFrame(rows), home / f"{name}.parquet", provenance=how)
    return home


@pytest.fixture
def dataset(study, tmp_path) -> Path:
    Study(study).export(tmp_path / "dataset", **ABOUT)
    return tmp_path / "dataset"


def _croissant(dataset: Path) -> dict:
    return json.loads((dataset / "croissant.json").read_text())


def _card(dataset: Path) -> tuple[dict, str]:
    _, front, text = (dataset / "README.md").read_text().split("---\n", 2)
    return yaml.safe_load(front), text


def test_the_rows_are_those_of_the_study(study, dataset):
    for name in ("scores", "videos"):
        shown = ", ".join(one for one in table(name).names if one not in HIDDEN.get(name, ()))
        one, other = (
            duckdb.sql(f"SELECT {shown} FROM '{file}'").fetchall()
            for file in (study / f"{name}.parquet", dataset / "data" / f"{name}.parquet")
        )
        assert one == other
        assert one


def test_nothing_of_this_machine_is_in_any_file(study, dataset, tmp_path):
    files = [file for file in dataset.rglob("*") if file.is_file()]
    assert sorted(str(file.relative_to(dataset)) for file in files) == [
        *("README.md", "croissant.json"),
        *(f"data/{name}.parquet" for name in ("prechecks", "scores", "videos")),
    ]
    texts = [file.read_text() for file in files if file.suffix != ".parquet"]
    for file in (file for file in files if file.suffix == ".parquet"):
        texts += map(str, duckdb.sql(f"SELECT * FROM '{file}'").fetchall())
    for text in texts:
        for private in (str(tmp_path), "gpu7", "MY_SERVER_KEY", "Users", "else/", "moments/"):
            assert private not in text


def test_messages_keep_what_is_no_place(dataset):
    found = duckdb.sql(
        f"SELECT detail FROM '{dataset / 'data/prechecks.parquet'}' ORDER BY video_id"
    ).fetchall()
    assert [one for (one,) in found] == [instead or detail for detail, instead in DETAILS.items()]


def test_the_metadata_has_what_the_standard_asks_for(dataset):
    said = _croissant(dataset)
    assert said["@type"] == "sc:Dataset"
    assert said["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    for name in ("@context", "name", "description", "license", "url", "creator", "datePublished", "version"):
        assert said[name]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", said["datePublished"])
    context = said["@context"]
    assert (context["@vocab"], context["cr"]) == ("https://schema.org/", "http://mlcommons.org/croissant/")
    assert context["dct"] == "http://purl.org/dc/terms/"
    for term in ("recordSet", "field", "source", "extract", "fileObject", "column", "key"):
        assert context[term] == f"cr:{term}"
    assert context["dataType"] == {"@id": "cr:dataType", "@type": "@vocab"}


def test_the_files_are_what_the_metadata_says(dataset):
    said = _croissant(dataset)
    assert len(said["distribution"]) == 3
    for one in said["distribution"]:
        assert one["@type"] == "cr:FileObject"
        content = (dataset / one["contentUrl"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["contentSize"] == f"{len(content)} B"
        assert one["encodingFormat"] == "application/x-parquet"


def test_every_column_of_every_file_is_a_field_and_the_other_way_round(dataset):
    said = _croissant(dataset)
    files = {one["@id"]: one["contentUrl"] for one in said["distribution"]}
    ids = [*files]
    for records in said["recordSet"]:
        assert records["@type"] == "cr:RecordSet"
        ids += [records["@id"], *(one["@id"] for one in records["field"])]
        (source,) = {one["source"]["fileObject"]["@id"] for one in records["field"]}
        rows = duckdb.sql(f"SELECT * FROM '{dataset / files[source]}'")
        there = dict(zip(rows.columns, map(str, rows.types), strict=True))
        fields = {one["source"]["extract"]["column"]: one for one in records["field"]}
        assert {name: SQL[one["dataType"]] for name, one in fields.items()} == there
        for name, one in fields.items():
            column = table(records["name"])[name]
            assert (one["@type"], one["@id"]) == ("cr:Field", f"{records['name']}/{name}")
            assert one["dataType"] == TYPES[column.type]
            assert one["description"].startswith(column.meaning)
        known = {one["@id"] for one in records["field"]}
        assert {one["@id"] for one in records["key"]} <= known
        keys = ", ".join(f'"{one["@id"].partition("/")[2]}"' for one in records["key"])
        ((n, distinct),) = rows.aggregate(f"count(*), count(DISTINCT ({keys}))").fetchall()
        assert n == distinct > 0
    assert len(ids) == len(set(ids))


def test_the_card_is_read_by_the_hub_and_by_people(dataset):
    front, text = _card(dataset)
    assert front["license"] == "cc-by-4.0"
    assert front["size_categories"] == ["n<1K"]
    assert {one["config_name"]: one["data_files"] for one in front["configs"]} == {
        name: f"data/{name}.parquet" for name in ("videos", "scores", "prechecks")
    }
    assert [one["config_name"] for one in front["configs"] if one.get("default")] == ["scores"]
    assert text.startswith("\n# moments\n")
    assert (
        "| mine | openai | org/Model-7B | direct | step_s = 0.5, fps = 4.0 | scoring_general.v1 sha256:abab"
        in text
    )
    for name in ("videos", "scores", "prechecks"):
        for column in table(name).columns:
            assert (f"| `{column.name}` | {column.type} |" in text) or column.name in HIDDEN.get(name, ())


@pytest.mark.parametrize(
    ("license", "expected"),
    [
        ("MIT", {"license": "mit"}),
        ("https://example.org/terms", {"license": "other", "license_link": "https://example.org/terms"}),
        (
            "Terms of ours: research only",
            {"license": "other", "license_name": "Terms of ours: research only"},
        ),
    ],
)
def test_any_licence_is_one_that_the_hub_takes(study, tmp_path, license, expected):
    Study(study).export(tmp_path / "dataset", **{**ABOUT, "license": license})
    front, _ = _card(tmp_path / "dataset")
    assert front.items() >= expected.items()
    assert _croissant(tmp_path / "dataset")["license"] == license


def test_a_key_in_a_value_stops_the_export(study, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "jump | up")
    with pytest.raises(
        InputError, match="table videos, column label: found the value of OPENAI_API_KEY"
    ) as wrong:
        Study(study).export(tmp_path / "dataset", **ABOUT)
    assert "jump" not in str(wrong.value)
    assert not (tmp_path / "dataset" / "README.md").exists()
    assert not list(tmp_path.glob("dataset/data/*"))


def test_again_takes_the_place_of_the_earlier_one(study, dataset):
    (study / "prechecks.parquet").unlink()
    Study(study).export(dataset, **ABOUT)
    assert not (dataset / "data" / "prechecks.parquet").exists()
    assert {one["name"] for one in _croissant(dataset)["recordSet"]} == {"videos", "scores"}


def test_other_peoples_files_are_left_alone(study, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    for place, told in ((tmp_path / "full", "found other files"), (study, "found the study itself")):
        with pytest.raises(InputError, match=told):
            Study(study).export(place, **ABOUT)
    assert [one.name for one in (tmp_path / "full").iterdir()] == ["thesis.tex"]


def test_what_is_missing_is_told(study, tmp_path, capsys):
    with pytest.raises(InputError, match="found no licence: give --license"):
        Study(study).export(tmp_path / "dataset")
    with pytest.raises(UnknownNameError, match="did you mean 'license'"):
        Study(study).export(tmp_path / "dataset", licence="MIT")
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "study.toml").write_text("")
    with pytest.raises(StudyError, match="found no table to export"):
        Study(tmp_path / "bare").export(tmp_path / "dataset", **ABOUT)
    assert run(["export", str(study), "--out", str(tmp_path / "dataset"), "--license", "MIT", "--json"]) == 0
    shown = capsys.readouterr()
    assert "give --url and --creator" in shown.err
    told = json.loads(shown.out)
    assert [one["name"] for one in told["tables"]] == ["videos", "scores", "prechecks"]
    assert all(Path(file).is_file() for file in told["files"])
