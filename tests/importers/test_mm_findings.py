"""What an import of label files leaves beside the tables: every finding by name, and motion."""

from __future__ import annotations

import csv
import json

import pytest

from crossoracle.errors import TableError
from crossoracle.importers.run import import_
from tests.importers.test_mm import FORMATS, imported, label_file, needs_examples

__all__ = ["imported"]


def _listed(study):
    with open(study / "import-findings.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_every_malformed_file_is_listed(imported, tmp_path):
    done, _, _ = imported(*["{"] * 7, label_file(segments=[]), label_file())
    rows = _listed(tmp_path / "study")
    assert [row["name"].rpartition("/")[2] for row in rows] == [f"{n}.json" for n in range(8)]
    assert [row["detail"] for row in rows] == ["no JSON"] * 7 + ["found no segments"]
    assert {(row["format"], row["oracle"], row["run"], row["finding"]) for row in rows} == {
        ("mm", "qwen", "0", "left out, cannot be read")
    }
    assert done.listing == f"all of them by name, 8 findings: {tmp_path / 'study' / 'import-findings.csv'}"
    assert done.listing in str(done)
    assert done.notes[0].endswith("; ...)")


def test_findings_of_one_import_leave_those_of_others(imported, tmp_path):
    study, files = tmp_path / "study", tmp_path / "files"
    imported("{", label_file())
    before = (study / "import-findings.csv").read_bytes()
    files.mkdir()
    (files / "a.json").write_text("[")
    (files / "b.json").write_text(json.dumps(label_file()))
    import_("mm", files, study, oracle="gpt")
    assert [row["oracle"] for row in _listed(study)] == ["gpt", "qwen"]
    (files / "a.json").unlink()
    assert import_("mm", files, study, oracle="gpt").listing is None
    assert (study / "import-findings.csv").read_bytes() == before


def test_the_same_findings_again_change_nothing(imported, tmp_path):
    study, files = tmp_path / "study", tmp_path / "files"
    files.mkdir()
    (files / "a.json").write_text("{")
    (files / "b.json").write_text(json.dumps(label_file()))
    import_("mm", files, study, oracle="qwen")
    before = {file.name: file.read_bytes() for file in study.iterdir()}
    import_("mm", files, study, oracle="qwen")
    assert {file.name: file.read_bytes() for file in study.iterdir()} == before


def test_without_findings_there_is_no_file(imported, tmp_path):
    done, _, _ = imported(label_file())
    assert done.listing is None
    assert not (tmp_path / "study" / "import-findings.csv").exists()


def test_segments_that_overlap_are_malformed(imported):
    segments = [
        {"index": 0, "start_s": 0, "end_s": 1, "label": "important", "weight": 1},
        {"index": 1, "start_s": 0.9, "end_s": 2, "label": "important", "weight": 1},
    ]
    done, prechecks, _ = imported(label_file(video_id="w", segments=segments), label_file())
    assert [row["video_id"] for row in prechecks] == ["v"]
    assert "found segment 1 from 0.9 s, where the one before ends at 1 s" in done.notes[0]


def test_spaces_around_a_video_are_left_out(imported):
    done, prechecks, _ = imported(label_file(video_id=" v "))
    assert [row["video_id"] for row in prechecks] == ["v"]
    assert done.notes[0].startswith("spaces around the video_id left out: 1 file (")


def test_manifests_alone_hold_no_labels(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text("video_id,n_segments,precheck_passed\nv,2,True\n")
    message = (
        r"found no label file \(1 manifest or other CSV file, without labels\), expected at least one; give"
    )
    with pytest.raises(TableError, match=message):
        import_("mm", path, tmp_path / "study", oracle="qwen")


def _cache(video="v", values=(0.3, None), path="d/v.mp4"):
    segments = [
        {"index": i, "start_s": i * 0.5, "end_s": (i + 1) * 0.5, "mean_flow_magnitude": value}
        for i, value in enumerate(values)
    ]
    return json.dumps({"video_id": video, "video_path": path, "fps": 25.0, "segments": segments})


def test_motion_needs_no_oracle_and_no_labels(tmp_path, table_of):
    (tmp_path / "v.json").write_text(_cache())
    done = import_("mm", tmp_path / "v.json", tmp_path / "study")
    assert list(done.paths) == ["motion"]
    assert [tuple(row.values()) for row in table_of(done, "motion")] == [
        ("d", "v", 0, 0.0, 0.5, 0.3),
        ("d", "v", 1, 0.5, 1.0, None),
    ]


def test_motion_that_is_no_motion_is_listed(tmp_path, table_of):
    files = tmp_path / "files"
    files.mkdir()
    wrong = {
        "a": _cache("a"),
        "b": _cache("a"),
        "c": _cache("a", (0.4, None)),
        "d": _cache("d", (-1.0,)),
        "e": _cache("e", path=None),
        "f": _cache("f").replace('"index": 1', '"index": 2'),
    }
    for name, text in wrong.items():
        (files / f"{name}.json").write_text(text)
    done = import_("mm", files, tmp_path / "study")
    assert {row["video_id"] for row in table_of(done, "motion")} == {"a"}
    assert table_of(done, "motion")[0]["motion"] == 0.3
    told = {row["finding"]: row["detail"] for row in _listed(tmp_path / "study")}
    assert {finding.partition(",")[0] for finding in told} == {
        "left out",
        "motion without a folder in video_path",
        "motion found again",
        "motion found again with other values or segments",
    }
    assert len(_listed(tmp_path / "study")) == 5


@needs_examples
def test_every_cache_of_the_examples_is_read(tmp_path, table_of):
    done = import_("mm", FORMATS / "15_motion_cache", tmp_path / "study")
    rows = table_of(done, "motion")
    assert {(row["dataset"], row["video_id"]) for row in rows} == {
        ("k400", "qA1-x_Zz9bQ_000010_000020"),
        ("ssv2", "900001"),
        ("diving48", "INV0Dive_00042"),
    }
    assert [row["motion"] for row in rows if row["dataset"] == "ssv2"] == [0.3, 0.41, 0.52, 0.63, 0.74, 0.85]
