"""The verb power, from files to files, and from stated rates alone."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.tables import connect, read
from tests.analysis.floor.repeats import score_rows, scores_of

FEW = ["--simulations", "299"]


@pytest.fixture
def files(tmp_path):
    """Return the scores and the predictions of a pilot."""
    scores, length = scores_of({"a": 1, "b": 1, "c": 1}, 40, 1)
    score_rows(scores, length).to_csv(tmp_path / "scores.csv", index=False)
    rng = np.random.default_rng(3)
    rows = [
        {"dataset": "d", "video_id": f"v{v:03}", "recognizer": "r", "oracle": oracle, "condition": condition,
         "correct1": bool(rng.random() < 0.7)}
        for v in range(60) for oracle, condition in (("a", "led@0"), ("b", "led@0"), (None, "full"))
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "predictions.csv", index=False)
    return {name: str(tmp_path / f"{name}.csv") for name in ("scores", "predictions")}


def test_a_contrast_from_a_pilot(files, tmp_path, capsys):
    asked = ["power", "--predictions", files["predictions"], "--contrast", "full_gap", "--oracle", "a"]
    assert run([*asked, "--detect", "0.1", "--out", str(tmp_path / "out"), *FEW]) == 0
    shown = capsys.readouterr()
    text = " ".join(shown.err.split())
    assert "find a true difference of 10.0 points" in text
    assert "Pilot: 60 clusters" in text
    with connect() as con:
        plans = read(con, "plans", tmp_path / "out" / "plans.parquet").df()
    assert plans["answer"].sum() == 1
    assert (plans["pilot_clusters"] == 60).all()
    assert (plans["statistic"] == "led@0 - full, top1").all()
    found = Study(predictions=files["predictions"]).power(
        contrast="led@0 - full", oracles=("a",), detect=0.1, simulations=299
    )
    assert found.answer.clusters == plans.loc[plans["answer"], "clusters"].item()


def test_agreement_from_a_pilot_and_from_stated_rates(files, capsys):
    pair = ["--oracle", "a", "--oracle", "b"]
    asked = ["power", "--scores", files["scores"], "--coefficient", "spearman_within", *pair, *FEW]
    assert run([*asked, "--width", "0.1"]) == 0
    assert "clusters give spearman_within an interval 0.1" in " ".join(capsys.readouterr().err.split())
    stated = ["power", "--kappa", "0.4", "--prevalence", "0.3", "--size", "100", "--json", *FEW]
    assert run(stated) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["answer"].startswith("100 clusters give cohen_kappa an interval 0.")


def test_discordant_pairs_alone_and_what_a_size_detects(capsys):
    assert run(["power", "--discordant", "0.2", "--detect", "0.05", *FEW]) == 0
    assert "The closed form says" in capsys.readouterr().err
    assert run(["power", "--discordant", "0.2", "--size", "500", *FEW]) == 0
    assert "500 clusters find a true difference of 5." in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "expected one question"),
        (["--discordant", "0.2", "--kappa", "0.4"], "expected one question"),
        (["--discordant", "0.2"], "expected --detect DIFFERENCE, or --size N"),
        (["--discordant", "0.2", "--detect", "0.3"], "expected at most the share"),
        (["--discordant", "0.2", "--contrast", "full_gap"], "expected one of them"),
        (["--kappa", "0.4", "--width", "0.1"], "expected --prevalence beside it"),
        (["--kappa", "0.4", "--prevalence", "0.3"], "expected one of --width"),
        (
            ["--kappa", "0.4", "--prevalence", "0.3", "--width", "0.1", "--size", "9"],
            "expected one of --width",
        ),
        (["--contrast", "full_gap", "--detect", "0.1"], "found no predictions of a pilot"),
        (["--coefficient", "cohen_kappa", "--width", "0.1"], "found no scores of a pilot"),
        (
            ["--coefficient", "cohen_kappa", "--width", "0.1", "--detect", "0.1"],
            "--detect is for a difference",
        ),
        (["--discordant", "0.2", "--width", "0.1"], "--width is for agreement"),
    ],
)
def test_wrong_questions_are_one_line_and_2(capsys, wrong, told):
    assert run(["power", *wrong]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.err.count("\n") == 1


def test_several_oracles_of_a_pilot_are_to_be_chosen_from(files, capsys):
    assert run(["power", "--predictions", files["predictions"], "--contrast", "full_gap"]) == 2
    assert "found 2 (r a:0" in capsys.readouterr().err
    asked = ["power", "--scores", files["scores"], "--coefficient", "cohen_kappa", "--width", "0.1"]
    assert run(asked) == 2
    assert "found 3 oracles (a, b, c), expected two: choose by --oracle" in capsys.readouterr().err
    assert run(["power", "--predictions", files["predictions"], "--contrast", "polarity_gap"]) == 2
    assert "found no two conditions" in capsys.readouterr().err
