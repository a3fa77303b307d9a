from __future__ import annotations

import os
from importlib.metadata import EntryPoint

import pandas as pd
import pytest

from crossoracle import manifests
from crossoracle.cli import run as command_line
from crossoracle.errors import ConflictError, InputError, NotInstalledError, TableError, UnknownNameError
from crossoracle.importers import catalogue
from crossoracle.importers.catalogue import BUILT_IN, importer, importers
from crossoracle.importers.importer import Extract, Importer
from crossoracle.importers.run import import_
from crossoracle.provenance import digest, read_sidecar
from crossoracle.tables import Upserted

SCORES = "dataset,video_id,oracle,segment,start_s,end_s,score,label\nd,a,o,0,0,1,0.5,x\nd,a,o,1,1,2,1,x\n"


@pytest.fixture
def scores(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(SCORES)
    return path


def read(con, files, *, dataset="echo", said_so="echoed"):
    """Name one video after the file: the importer of a package that the tests pretend to have."""
    rows = con.from_df(pd.DataFrame({"dataset": [dataset], "video_id": [files[0].name], "label": ["x"]}))
    return Extract({"videos": rows}, (said_so,))


def test_the_same_import_again_changes_nothing(tmp_path, scores):
    study = tmp_path / "study"
    first = import_("table", scores, study)
    assert first.counts == {"videos": Upserted(1, 0, 0), "scores": Upserted(2, 0, 0)}
    assert first.paths == {name: study / f"{name}.parquet" for name in ("videos", "scores")}
    before = {file.name: file.read_bytes() for file in study.iterdir()}
    second = import_("table", scores, study)
    assert second.counts == {"videos": Upserted(0, 1, 0), "scores": Upserted(0, 2, 0)}
    assert {file.name: file.read_bytes() for file in study.iterdir()} == before
    assert str(second).splitlines()[1] == "scores: 0 new, 2 the same, 0 replaced"


def test_one_conflict_stops_every_table(tmp_path, scores):
    study = tmp_path / "study"
    import_("table", scores, study)
    before = {file.name: file.read_bytes() for file in study.iterdir()}
    scores.write_text(SCORES.replace("d,a,o,1,1,2,1,x", "d,a,o,1,1,2,0.75,x\nd,b,o,0,0,1,1,y"))
    with pytest.raises(ConflictError, match=r"column score: found 0\.75 for a key that holds 1\.0"):
        import_("table", scores, study)
    assert {file.name: file.read_bytes() for file in study.iterdir()} == before
    assert import_("table", scores, study, replace=True).counts["scores"] == Upserted(1, 1, 1)


def test_a_wrong_file_leaves_no_study(tmp_path, scores):
    scores.write_text(SCORES.replace("0.5", "1.2"))
    with pytest.raises(TableError):
        import_("table", scores, tmp_path / "study")
    assert os.listdir(tmp_path) == ["scores.csv"]


def test_the_sidecar_holds_digests_and_resolved_options(tmp_path, scores):
    done = import_("table", [scores], tmp_path / "study", kept_at=0.75, score=(), map=None)
    record = read_sidecar(done.paths["scores"])
    assert record["verb"] == "import table"
    assert record["inputs"] == {"../scores.csv": digest(scores)}
    assert record["options"]["kept_at"] == 0.75
    assert record["options"]["score_range"] == [0.0, 1.0]
    assert record["options"]["replace"] is False


def test_slivers_are_counted_and_kept(tmp_path, scores):
    scores.write_text(SCORES.replace("1,1,2,1,x", "1,1,1.2,1,x"))
    done = import_("table", scores, tmp_path / "study")
    assert done.notes == ("1 video ends in a segment shorter than a quarter of the step: kept as it is",)
    assert done.counts["scores"].new == 2


@pytest.mark.parametrize(
    ("format", "options", "message"),
    [
        (
            "table",
            {"kept_share": 0.3},
            "import table: found --kept-share, expected one of --dataset, --oracle",
        ),
        ("tvsum", {"rescale": "none"}, "import tvsum: found --rescale, expected one of --dataset, --run"),
        ("table", {"score": ["a"]}, "--score: found 'a', expected COLUMN=ORACLE"),
        ("table", {"score": ["a="]}, "--score: found 'a=', expected COLUMN=ORACLE"),
        ("table", {"map": ["score=a", "score=b"]}, "--map: found 'score' twice, expected it once"),
        ("qvhighlights", {"predictions": ["m"]}, "--predictions: found 'm', expected NAME=FILE"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path, scores, format, options, message):
    with pytest.raises(InputError) as caught:
        import_(format, scores, tmp_path / "study", **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path, scores):
    for files, options in [(tmp_path / "no.csv", {}), (scores, {"predictions": {"m": tmp_path / "no.csv"}})]:
        with pytest.raises(TableError, match=r"no\.csv: found no such file"):
            import_("qvhighlights", files, tmp_path / "study", **options)


def test_an_unknown_format_names_the_nearest():
    with pytest.raises(UnknownNameError, match="unknown format 'qvhighlight': did you mean 'qvhighlights'"):
        importer("qvhighlight")


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda one: one.name)
def test_a_manifest_lists_the_options_of_its_reader(built_in):
    reader = built_in.load()
    assert set(built_in.options) == set(reader.__kwdefaults__)


@pytest.fixture
def installed(monkeypatch):
    """Pretend that a package with importers is installed."""

    def install(*brought):
        for number, manifest in enumerate(brought):
            monkeypatch.setattr(catalogue, f"PLUGIN_{number}", manifest, raising=False)
        points = [
            EntryPoint(manifest.name, f"{catalogue.__name__}:PLUGIN_{number}", catalogue.GROUP)
            for number, manifest in enumerate(brought)
        ]
        monkeypatch.setattr(manifests, "entry_points", lambda group: points)

    return install


def test_other_packages_bring_importers(tmp_path, scores, installed, table_of):
    installed(Importer("echo", "what the test says", f"{__name__}:read", (".csv",), ("dataset",)))
    assert set(importers()) == {*(one.name for one in BUILT_IN), "echo"}
    done = import_("echo", scores, tmp_path / "study", dataset="z")
    assert done.notes == ("echoed",)
    assert [(v["dataset"], v["video_id"]) for v in table_of(done, "videos")] == [("z", "scores.csv")]


def test_an_option_of_another_packages_importer_is_given_by_its_name(tmp_path, scores, installed, capsys):
    installed(Importer("echo", "what the test says", f"{__name__}:read", (".csv",), ("dataset", "said_so")))
    words = ["import", "echo", str(scores), "--out", str(tmp_path / "study"), "--dataset", "z"]
    assert command_line([*words, "--option", "said-so=loud and = clear"]) == 0
    assert "note: loud and = clear" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["loud"], "found 'loud', expected NAME=VALUE"),
        (["=loud"], "found '=loud', expected NAME=VALUE"),
        (["dataset=z"], "found dataset, expected it as --dataset"),
        (["said=1", "said=2"], "found said, expected it once"),
        (["said=1"], "import table: found --said, expected one of --dataset"),
    ],
)
def test_an_option_by_name_that_makes_no_sense(tmp_path, scores, capsys, given, message):
    words = ["import", "table", str(scores), "--out", str(tmp_path / "study")]
    assert command_line([*words, *(part for one in given for part in ("--option", one))]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_a_name_taken_twice_is_refused(installed):
    installed(Importer("tvsum", "another", "elsewhere:read", (".csv",)))
    with pytest.raises(
        InputError, match=r"importer 'tvsum': found two \(crossoracle.*tvsum:read and elsewhere:read\)"
    ):
        importers()


def test_what_is_not_installed_says_how_to_install_it():
    manifest = Importer("far", "far away", "no_such_package.far:read", (".csv",), extra="far")
    with pytest.raises(
        NotInstalledError, match=r"no module no_such_package; pip install 'crossoracle\[far\]'"
    ):
        manifest.load()
