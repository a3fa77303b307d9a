"""The runner: which files appear, what is in them, what is said of those that do not."""

from __future__ import annotations

import json
import logging

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Canvas
from matplotlib.image import imread

from crossoracle import tables
from crossoracle.errors import InputError, StudyError, UnknownNameError
from crossoracle.figures import matrix
from crossoracle.figures.catalogue import FIGURES, HOMES
from crossoracle.figures.run import draw
from crossoracle.provenance import Provenance, digest

KINDS = ("pdf", "svg", "png", "csv")


@pytest.fixture(scope="module")
def place(study, tmp_path_factory):
    room = tmp_path_factory.mktemp("study")
    made_by = Provenance("test")
    for name, (where, _) in HOMES.items():
        tables.write(name, getattr(study, name), room / where / f"{name}.parquet", provenance=made_by)
    return room


@pytest.fixture(scope="module")
def drawn(place):
    before = dict(mpl.rcParams)
    written = draw(place)
    assert dict(mpl.rcParams) == before
    return written


@pytest.mark.slow
def test_every_figure_is_saved_in_four_forms_with_provenance(place, drawn):
    assert [path.name for path in drawn] == [f"{name}.{kind}" for name in FIGURES for kind in KINDS]
    assert {path.parent for path in drawn} == {place / "figures"}
    for path in drawn:
        record = json.loads(path.with_name(path.name + ".json").read_text())
        assert record["sha256"] == digest(path)
        assert record["verb"] == "draw"
        inputs = {str((place / "figures" / name).resolve()) for name in record["inputs"]}
        assert inputs <= {str(file.resolve()) for file in place.rglob("*.parquet")}
    assert len(list((place / "figures").iterdir())) == 2 * len(drawn)


def test_the_sidecar_holds_the_resolved_options(place, drawn, study):
    record = json.loads((place / "figures" / "timelines.pdf.json").read_text())
    assert record["options"]["k"] == 3
    assert record["options"]["run"] == "0"
    assert record["options"]["oracles"] == sorted(study.oracles)


def test_a_pdf_embeds_truetype_and_no_type_3(drawn):
    for path in drawn:
        if path.suffix == ".pdf":
            content = path.read_bytes()
            assert b"/FontFile2" in content
            assert b"/Type3" not in content


def test_a_picture_has_print_width_and_is_not_blank(drawn):
    for path in drawn:
        if path.suffix == ".png":
            picture = imread(path)[..., :3]
            width = {"column": 975, "page": 2025}[FIGURES[path.stem].width]
            assert picture.shape[1] == width
            assert 0.01 < (picture.mean(axis=2) < 0.9).mean() < 0.6


def test_an_svg_needs_no_font(drawn):
    for path in drawn:
        if path.suffix == ".svg":
            assert "<text" not in path.read_text()


def test_the_csv_holds_the_plotted_numbers(place, drawn, study):
    found = pd.read_csv(place / "figures" / "agreement-matrix.csv", float_precision="round_trip")
    wanted = matrix.numbers(study.estimates)
    for column in ("value", "low", "high"):
        assert np.array_equal(found[column], wanted[column])
    assert list(found["oracle_row"]) == list(wanted["oracle_row"])


def test_the_same_again_is_the_same_bit_for_bit(place, drawn, tmp_path):
    again = draw(place, ["agreement-matrix"], out=tmp_path)
    assert [digest(path) for path in again] == [digest(place / "figures" / path.name) for path in again]


def test_a_missing_table_is_named_with_the_verb_that_makes_it(place, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="crossoracle"):
        written = draw(scores=place / "scores.parquet", out=tmp_path)
    assert {path.stem for path in written} == {"score-distributions", "kept-share", "alpha-diagram"}
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 14  # one for each table, however many figures lack it
    told = "agreement-matrix, agreement-forest are not drawn: no estimates table"
    assert lines[0] == f"{told}, which `crossoracle agree` makes"
    assert "no flow table, which `crossoracle precheck` makes" in lines[1]
    assert "noise-floor is not drawn: no floors table, which `crossoracle floor` makes" in lines


def test_a_table_that_does_not_fit_skips_its_figure(place, study, tmp_path, caplog):
    path = tmp_path / "estimates.parquet"
    rows = study.estimates[study.estimates["oracle_a"].isna()]
    tables.write("estimates", rows, path, provenance=Provenance("test"))
    with caplog.at_level(logging.WARNING, logger="crossoracle"):
        written = draw(estimates=path, out=tmp_path / "figures")
    assert {path.stem for path in written} == {"agreement-forest"}
    (told,) = [line for line in caplog.messages if line.startswith("agreement-matrix is not drawn: ")]
    assert told.endswith("the estimates have no statistic of pairs of oracles: a matrix needs one")
    with pytest.raises(InputError):
        draw(names=["agreement-matrix"], estimates=path, out=tmp_path / "figures")


def test_an_option_reaches_the_figures_that_take_it(place, tmp_path):
    draw(place, ["agreement-matrix"], out=tmp_path, statistic="cohen_kappa", dataset="k400", run=None)
    found = pd.read_csv(tmp_path / "agreement-matrix.csv")
    assert set(found["statistic"]) == {"cohen_kappa"}
    assert set(found["dataset"]) == {"k400"}


def test_misspelt_names_are_named(place, tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'agreement-matrix'"):
        draw(place, ["agreement-matrx"], out=tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean 'statistic'"):
        draw(place, out=tmp_path, statistik="cohen_kappa")
    with pytest.raises(UnknownNameError, match="did you mean 'cohen_kappa'"):
        draw(place, out=tmp_path, statistic="cohen_kapa")
    assert not list(tmp_path.iterdir())


def test_a_directory_that_is_no_study(tmp_path):
    with pytest.raises(StudyError, match="is not a study"):
        draw(tmp_path)
    with pytest.raises(InputError, match="neither a study"):
        draw(scores=tmp_path / "scores.parquet")


def test_a_failure_leaves_nothing_behind(place, tmp_path, monkeypatch):
    real = Canvas.savefig

    def fail(self, path, **options):
        if options["format"] == "png":
            raise OSError("disk full")
        real(self, path, **options)

    monkeypatch.setattr(Canvas, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(place, ["agreement-matrix"], out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_wrong_option_leaves_every_figure_as_it_was(place, tmp_path):
    room, names = tmp_path / "figures", ["agreement-matrix", "timelines"]
    draw(place, names, out=room)
    before = {path: path.read_bytes() for path in room.iterdir()}
    with pytest.raises(InputError, match="k is 0"):  # of the timelines, which come after the matrix
        draw(place, names, out=room, statistic="cohen_kappa", k=0)
    assert {path: path.read_bytes() for path in room.iterdir()} == before


def test_a_failure_of_the_last_figure_leaves_every_figure_as_it_was(place, tmp_path, monkeypatch):
    room, names = tmp_path / "figures", ["agreement-matrix", "score-distributions"]
    draw(place, names, out=room)
    before = {path: path.read_bytes() for path in room.iterdir()}
    real = pd.DataFrame.to_csv

    def fail(self, path, **options):
        if "score-distributions" in str(path):
            raise OSError("disk full")
        return real(self, path, **options)

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(place, names, out=room, statistic="cohen_kappa")
    assert {path: path.read_bytes() for path in room.iterdir()} == before


def test_a_figure_named_twice_is_drawn_once(place, tmp_path):
    assert len(draw(place, ["agreement-matrix"] * 2, out=tmp_path)) == len(KINDS)
    assert len(list(tmp_path.iterdir())) == 2 * len(KINDS)


def test_an_earlier_figure_that_stays_is_told(place, tmp_path, caplog):
    draw(place, ["timelines"], out=tmp_path)
    with caplog.at_level(logging.WARNING, logger="crossoracle"):
        draw(scores=place / "scores.parquet", out=tmp_path)
    (told,) = [line for line in caplog.messages if line.startswith("timelines")]
    assert told.endswith(f"makes; {tmp_path / 'timelines'}.pdf is an earlier one")


def test_several_files_of_scores_are_one_table(study, tmp_path):
    made_by, parts = Provenance("test"), []
    for name, rows in study.scores.groupby("oracle"):
        parts.append(tables.write("scores", rows, tmp_path / f"{name}.parquet", provenance=made_by))
    draw(names=["score-distributions"], scores=parts, out=tmp_path / "figures")
    found = pd.read_csv(tmp_path / "figures" / "score-distributions.csv")
    assert set(found["oracle"]) == set(study.oracles)
    record = json.loads((tmp_path / "figures" / "score-distributions.csv.json").read_text())
    assert len(record["inputs"]) == len(study.oracles)
