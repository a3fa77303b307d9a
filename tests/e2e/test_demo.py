"""The demonstration: a whole study on videos that it makes, from its seed alone."""

from __future__ import annotations

import json

import duckdb
import pytest

from crossoracle import benchmark
from crossoracle.cli import run
from crossoracle.cli.demo import MARK
from crossoracle.workflow import steps


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
