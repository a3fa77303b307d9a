"""The demonstration: a whole study on videos that it makes, from its seed alone."""

from __future__ import annotations

import json

import duckdb
import pytest

from crossoracle import benchmark
from crossoracle.cli import run
from crossoracle.cli.demo import MARK
from crossoracle.encoders.features import FEATURES
from crossoracle.workflow import steps

FEW = """
[draw]
figures = ["agreement-matrix", "precheck-flow"]
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Return the directory of a small demonstration, and what it said."""
    with pytest.MonkeyPatch.context() as patch:
        for name, number in (("videos", 3), ("training", 5)):
            patch.setitem(benchmark.prepare.__kwdefaults__, name, number)
        home = tmp_path_factory.mktemp("shown") / "demo"
        assert run(["demo", "--out", str(home)]) == 0
    return home


def test_every_step_is_done_and_there_is_something_to_look_at(shown):
    for made in ("report.html", "figures/agreement-matrix.png", "tables/agreement-pairs.tex"):
        assert (shown / made).stat().st_size > 1000
    done = json.loads((shown / "run.json").read_text())
    assert set(done) == set(steps()) - {"floor"}


def test_four_oracles_score_three_datasets_and_a_recognizer_sees_the_conditions(shown):
    scores = duckdb.read_parquet(str(shown / "scores.parquet")).df()
    assert scores["oracle"].nunique() == 4
    assert set(scores["dataset"]) == {"concentrated", "ordered", "redundant"}
    predictions = duckdb.read_parquet(str(shown / "predictions.parquet")).df()
    assert set(predictions["condition"]) == set(benchmark.CONDITIONS)


@pytest.mark.slow
def test_oracles_of_the_literature_score_beside_the_others(tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        for name, number in (("videos", 3), ("training", 4)):
            patch.setitem(benchmark.prepare.__kwdefaults__, name, number)
        patch.setattr(benchmark, "CONDITIONS", ("full", "led@0"))
        patch.setattr(benchmark, "STUDY", benchmark.STUDY + FEW)
        home = tmp_path / "demo"
        assert run(["demo", "--out", str(home), "--oracles", "literature"]) == 0
    capsys.readouterr()
    scores = duckdb.read_parquet(str(home / "scores.parquet")).df()
    assert set(scores["oracle"]) == {*FEATURES, *benchmark.LITERATURE}
    predictions = duckdb.read_parquet(str(home / "predictions.parquet")).df()
    assert set(predictions["oracle"].dropna()) == set(scores["oracle"])
    prechecks = duckdb.read_parquet(str(home / "prechecks.parquet")).df()
    assert set(prechecks["outcome"]) == {"yes", "no"}
    assert set(json.loads((home / "run.json").read_text())) == set(steps()) - {"floor"}
    page = (home / "report.html").read_text()
    assert all(name in page for name in benchmark.LITERATURE)

    assert run(["demo", "--out", str(home)]) == 2, "a demonstration keeps its oracles"
    assert "holds the demo of oracles literature, not probes" in capsys.readouterr().err
    assert run(["demo", "--out", str(home), "--oracles", "literature"]) == 0
    assert capsys.readouterr().err.count("up to date") == len(steps()) - 1


def test_a_demo_without_the_literature_has_none_later(shown, capsys):
    assert not (shown / "models" / "two-tower.npz").exists()
    assert run(["demo", "--out", str(shown), "--oracles", "literature"]) == 2
    assert "holds the demo of oracles probes, not literature" in capsys.readouterr().err
    assert json.loads((shown / MARK).read_text()) == {"seed": 0, "prepared": True}


def test_again_it_goes_on_and_does_nothing(shown, capsys):
    assert run(["demo", "--out", str(shown)]) == 0
    told = capsys.readouterr().err
    assert told.count("up to date") == len(steps()) - 1
    assert "$ crossoracle" not in told


def test_another_seed_wants_another_directory(shown, capsys):
    assert run(["demo", "--out", str(shown), "--seed", "1"]) == 2
    assert "holds the demo of seed 0" in capsys.readouterr().err


def test_a_directory_of_somebody_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert run(["demo", "--out", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert not (tmp_path / MARK).exists()


def test_a_study_of_somebody_with_videos_is_left_alone(tmp_path, capsys):
    (tmp_path / "videos").mkdir()
    (tmp_path / "study.toml").write_text("[agree]\nseed = 7\n")
    assert run(["demo", "--out", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert {file.name for file in tmp_path.iterdir()} == {"videos", "study.toml"}
    assert (tmp_path / "study.toml").read_text() == "[agree]\nseed = 7\n"


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_file_that_only_has_the_name_of_the_mark_is_none(tmp_path, capsys, text):
    (tmp_path / MARK).write_text(text)
    assert run(["demo", "--out", str(tmp_path)]) == 2
    assert f"{MARK}: found no mark of a demo" in capsys.readouterr().err
    assert (tmp_path / MARK).read_text() == text


def test_stopped_while_it_is_prepared_it_is_prepared_again(tmp_path, monkeypatch):
    """What is stopped is the making of the study; what it is made of is another test's."""
    tries = []

    def prepare(home, seed, *, tell, literature):
        assert not literature
        tries.append(seed)
        (home / "videos").mkdir(exist_ok=True)
        if len(tries) == 1:
            raise KeyboardInterrupt
        (home / "study.toml").write_text("")

    monkeypatch.setattr(benchmark, "prepare", prepare)
    home = tmp_path / "demo"
    assert run(["demo", "--out", str(home), "--seed", "3"]) == 130
    assert run(["demo", "--out", str(home), "--seed", "4"]) == 2
    assert run(["demo", "--out", str(home), "--seed", "3"]) == 0
    assert run(["demo", "--out", str(home), "--seed", "3"]) == 0
    assert tries == [3, 3], "prepared once, and not again when it is whole"
    assert json.loads((home / MARK).read_text()) == {"seed": 3, "prepared": True}
