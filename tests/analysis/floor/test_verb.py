"""The verb floor, from files to files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.tables import connect, read
from tests.analysis.floor.repeats import precheck_rows, score_rows, scores_of

ARMS = ["--arm", "greedy=g:0,1,2,3", "--arm", "direct=d:0,1,2"]
FEW = ["--replicates", "199"]


def _predictions(videos):
    rng = np.random.default_rng(2)
    rows = [
        {"dataset": "d", "video_id": f"v{v:03}", "recognizer": "r", "oracle": oracle, "run": str(r),
         "condition": condition, "correct1": bool(rng.random() < 0.7)}
        for v in range(videos) for r in range(3) for oracle, condition in (("g", "led@0"), (None, "full"))
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def files(tmp_path):
    """Return the tables of a study as options, and where results go."""
    scores, length = scores_of({"g": 4, "d": 3}, 40, 1)
    frames = {"scores": score_rows(scores, length), "prechecks": precheck_rows(scores, 40)}
    options = []
    for name, frame in (frames | {"predictions": _predictions(40)}).items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        options += [f"--{name}", str(tmp_path / f"{name}.csv")]
    return [*options, "--out", str(tmp_path / "out")]


def test_the_claim_is_one_sentence_with_its_margin_and_the_calls(files, tmp_path, capsys):
    assert run(["floor", *files, *ARMS, *FEW, "--strict"]) == 0
    shown = capsys.readouterr()
    text = " ".join(shown.err.split())
    assert "Spearman's rho within videos: direct matches greedy within its noise floor, with 25." in text
    assert "times fewer calls (non-inferior: difference" in text
    assert "(half the floor))." in text
    assert "It counts only where it was fixed before the data were seen." in text
    assert "led@0 - full" in text
    assert shown.out.split() == [str(tmp_path / "out" / f"floors.{kind}") for kind in ("parquet", "csv")]
    how = json.loads((tmp_path / "out" / "floors.parquet.json").read_text())
    assert how["options"]["margin"] == "half"
    assert len(how["inputs"]) == 3


def test_the_table_is_as_declared_and_the_method_gives_the_same(files, tmp_path):
    assert run(["floor", *files, *ARMS, *FEW, "--coefficient", "cohen_kappa", "--seed", "5"]) == 0
    with connect() as con:
        written = read(con, "floors", tmp_path / "out" / "floors.parquet").df()
    study = Study(**{name: tmp_path / f"{name}.csv" for name in ("scores", "prechecks", "predictions")})
    arms = ("greedy=g:0,1,2,3", "direct=d:0,1,2")
    found = study.floor(arms=arms, coefficients=("cohen_kappa",), replicates=199, seed=5)
    assert found.shown
    assert found.files == ()
    frame, keys = found.floors.to_frame(), ["quantity", "arm_a", "arm_b", "statistic", "condition"]
    ours, theirs = (some.fillna(dict.fromkeys(keys, "")).sort_values(keys) for some in (frame, written))
    assert list(theirs["quantity"]) == list(ours["quantity"])
    for name in ("value", "low", "high", "bound"):
        np.testing.assert_array_equal(theirs[name].to_numpy(float), ours[name].to_numpy(float))
    assert set(written["verdict"].dropna()) == {"non-inferior"}


def test_strict_leaves_with_1_where_the_claim_is_not_shown(files, capsys):
    hard = [*ARMS, *FEW, "--margin", "0.0001", "--coefficient", "spearman_within"]
    assert run(["floor", *files, *hard]) == 0
    assert "it remains open whether direct matches greedy" in " ".join(capsys.readouterr().err.split())
    assert run(["floor", *files, *hard, "--strict"]) == 1
    one_arm = ["--arm", "greedy=g", "--coefficient", "cohen_kappa", *FEW]
    assert run(["floor", *files, *one_arm]) == 0
    assert run(["floor", *files, *one_arm, "--strict"]) == 1


def test_json_has_rows_claims_and_arms(files, capsys):
    assert run(["floor", *files, *ARMS, *FEW, "--two-way", "--coefficient", "cohen_kappa", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["arms"] == {"greedy": ["g:0", "g:1", "g:2", "g:3"], "direct": ["d:0", "d:1", "d:2"]}
    assert len(found["claims"]) == 1
    assert found["options"]["two_way"] is True
    (row,) = [row for row in found["floors"] if row["quantity"] == "difference"]
    assert row["resampled"] == "videos and runs"


def test_without_arms_every_repeated_oracle_is_one_and_predictions_alone_have_floors(files, tmp_path, capsys):
    assert run(["floor", *files, *FEW, "--coefficient", "cohen_kappa"]) == 0
    assert "Arms: d (d:0, d:1, d:2); g (g:0, g:1, g:2, g:3)." in " ".join(capsys.readouterr().err.split())
    assert run(["floor", "--predictions", str(tmp_path / "predictions.csv"), *FEW]) == 0
    assert "Accuracy over runs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--arm", "greedy=gg:0"], "unknown oracle in --arm greedy=gg:0: 'gg'"),
        (["--arm", "greedy=g:0,9"], "unknown run of g in --arm greedy=g:0,9: '9'"),
        (["--arm", "a=g:0,1", "--arm", "b=g:1,2"], "found g:1 twice"),
        (["--arm", "a=g:0"], "arm a has one run (g:0)"),
        ([*ARMS, "--floor-of", "gready"], "did you mean 'greedy'"),
        ([*ARMS, "--margin", "some"], 'expected "half" or a number above 0'),
        ([*ARMS, "--coefficient", "kohen_kappa"], "did you mean 'cohen_kappa'"),
        ([*ARMS, "--coefficient", "bias_index"], "has no floor"),
    ],
)
def test_wrong_input_is_one_line_and_2(files, capsys, wrong, told):
    assert run(["floor", *files, *wrong]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_a_study_without_tables_says_what_it_needs(tmp_path, capsys):
    (tmp_path / "study.toml").write_text('[floor]\nmargin = "0.05"\n')
    assert run(["floor", str(tmp_path)]) == 2
    assert "found neither scores nor predictions" in capsys.readouterr().err
