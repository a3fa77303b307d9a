"""The verb compare, from files to files."""

from __future__ import annotations

import json
import re
import subprocess

import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.provenance import Provenance
from crossoracle.tables import connect, read, write

WRITTEN = (
    "accuracies",
    "differences",
    "curves",
    "landmarks",
    "directions",
    "heterogeneity",
    "disagreement",
    "compare_tests",
)


@pytest.fixture
def study(tmp_path):
    """Return a study of two oracles and two datasets, clips of one source in pairs."""
    rng = np.random.default_rng(2)
    rows, videos = [], []
    for i in range(80):
        known = {"dataset": "x" if i < 50 else "y", "video_id": f"v{i:02}"}
        videos.append(known | {"label": f"c{i % 3}", "cluster": f"s{i // 2}", "duration_s": 1.0 + i})
        for oracle, condition in ((None, "full"), ("a", "led@0"), ("b", "led@0"), ("a", "inverted@0")):
            failed = condition == "inverted@0" and i % 10 == 0
            right = None if failed else bool(rng.random() < (0.4 if condition == "inverted@0" else 0.8))
            row = {"oracle": oracle, "condition": condition, "correct1": right, "kept_fraction": 0.5}
            rows.append(known | row | {"failure": "everything is kept" if failed else None})
    home = tmp_path / "study"
    home.mkdir()
    for name, table in (("predictions", rows), ("videos", videos)):
        _write(name, pd.DataFrame(table), home)
    return home


def _write(name, rows, home):
    write(name, rows, home / f"{name}.parquet", provenance=Provenance("made", {}, {}))


def _read(path):
    with connect() as con:
        return read(con, path.stem, path).df()


@pytest.fixture
def command(capsys):
    """Return a function that runs ``crossoracle compare ARGUMENTS...`` in this process."""

    def once(*arguments):
        code = run(["compare", *map(str, arguments)])
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return once


def test_results_are_written_and_can_be_read_again(study, command):
    done = command(study, "--replicates", 199)
    assert done.returncode == 0, done.stderr
    written = {f"{name}.{suffix}" for name in WRITTEN for suffix in ("parquet", "csv")}
    assert {path.name for path in (study / "results").iterdir()} == written | {f"{n}.json" for n in written}
    frames = [_read(study / "results" / f"differences.{suffix}") for suffix in ("parquet", "csv")]
    pd.testing.assert_frame_equal(*frames)
    assert set(frames[0]["contrast"]) == {"polarity_gap", "full_gap"}
    assert set(frames[0]["dataset"]) == {"all", "x", "y"}
    sidecar = json.loads((study / "results" / "differences.parquet.json").read_text())
    assert "predictions.parquet" in json.dumps(sidecar)


def test_the_terminal_says_what_was_left_out(study, command):
    text = " ".join(command(study, "--replicates", 199).stderr.split())
    assert "Accuracy under each condition" in text
    assert "polarity_gap: led@0 -" in text
    assert "of 50 videos 5 failed (most often: everything is kept)" in text
    assert "not compared, for lack of conditions: eps (led@0 - bottom)" in text
    assert "top1, all datasets: 3 contrasts" in text
    assert "McNemar and Tango are left out" in text


def test_json_is_the_whole_result(study, command):
    done = command(study, "--replicates", 199, "--json", "--by", "duration", "--contrast", "led@0 - full")
    record = json.loads(done.stdout)
    assert {row["stratum"] for row in record["differences"]} == {
        None,
        *(f"duration {i}/4" for i in range(1, 5)),
    }
    assert {row["contrast"] for row in record["differences"]} == {"led@0 - full"}
    assert record["options"]["oracles"] == ["a", "b"]


def test_the_method_gives_the_same(study, command):
    found = Study(study).compare(replicates=199)
    written = _read(study / "results" / "differences.parquet")
    assert command(study, "--replicates", 199).returncode == 0
    assert found.comparable
    again = _read(study / "results" / "differences.parquet")
    pd.testing.assert_frame_equal(written, again)
    assert len(found.differences) == len(again)


def test_study_toml_sets_defaults(study):
    (study / "study.toml").write_text('[compare]\nreplicates = 99\nmetrics = ["top1"]\nlevel = 0.9\n')
    assert Study(study).compare().options.level == 0.9
    assert Study(study).compare(level=0.8).options.replicates == 99


def test_nothing_comparable_is_an_answer(study, tmp_path, command):
    rows = _read(study / "predictions.parquet")
    path = tmp_path / "one.csv"
    rows[rows["condition"] == "full"].to_csv(path, index=False)
    done = command("--predictions", path, "--replicates", 99)
    assert done.returncode == 1
    assert "Nothing is comparable" in done.stderr
    assert "full" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--contrast", "led@0 - bottom"], "'bottom'"),
        (["--by", "confidence"], "--by confidence: found nothing to go by"),
        (["--oracle", "c"], "unknown oracle 'c'"),
        (["--metric", "top3"], "unknown metric 'top3'"),
        (["--cluster", "source"], "unknown column"),
    ],
)
def test_wrong_input_is_one_line(study, arguments, told, command):
    done = command(study, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_study_without_predictions_is_told_so(study, command):
    (study / "predictions.parquet").unlink()
    done = command(study)
    assert done.returncode == 2
    assert "found no predictions" in done.stderr


def test_an_oracle_with_scores_alone_is_named(study, command):
    rows = [{"video_id": "v00", "segment": 0, "start_s": 0.0, "end_s": 1.0, "score": 0.5}]
    _write("scores", pd.DataFrame(rows).assign(dataset="x", oracle="silent"), study)
    assert "silent has no predictions" in command(study, "--replicates", 99).stderr


@pytest.fixture
def swept(study):
    """Return a study with sweeps, and scores of two oracles that disagree more on some videos."""
    rng = np.random.default_rng(3)
    known = _read(study / "predictions.parquet")
    rows, scores = [], []
    for i, (dataset, video) in enumerate(
        known[["dataset", "video_id"]].drop_duplicates().itertuples(index=False)
    ):
        for oracle in "ab":
            one = {"dataset": dataset, "video_id": video, "oracle": oracle}
            for condition, rate in (("led@0.5", 0.8), ("inverted@0.5", 0.7), ("budget@0.3", 0.6)):
                right = bool(rng.random() < rate)
                rows.append(one | {"condition": condition, "correct1": right, "kept_fraction": 0.3})
            if oracle == "a":
                rows[-1]["kept_fraction"] = 0.35
            for k in range(6):
                score = k / 5 if oracle == "a" or i % 2 else float(rng.random())
                edges = {"segment": k, "start_s": float(k), "end_s": k + 1.0}
                scores.append(one | edges | {"score": score, "kept": score > 0.5})
        rows.append(
            {"dataset": dataset, "video_id": video, "condition": "random@0.3", "correct1": bool(i % 2)}
        )
    pd.concat([known, pd.DataFrame(rows)]).pipe(lambda table: _write("predictions", table, study))
    _write("scores", pd.DataFrame(scores), study)
    return study


def test_curves_and_what_is_across_oracles_are_written(swept, command):
    done = command(swept, "--replicates", 199)
    assert done.returncode == 0, done.stderr
    for name in WRITTEN:
        frames = [_read(swept / "results" / f"{name}.{suffix}") for suffix in ("parquet", "csv")]
        pd.testing.assert_frame_equal(*frames)
        assert (name, len(frames[0]) > 0) == (name, True)
    curves = _read(swept / "results" / "curves.parquet")
    assert {"led", "inverted", "gap"} == set(curves["family"])
    differences = _read(swept / "results" / "differences.parquet")
    assert "area_random" in set(differences["contrast"])
    told = _read(swept / "results" / "disagreement.parquet")
    assert set(told["statistic"]) == {"spearman_within_all", "jaccard_all"}
    tests = _read(swept / "results" / "compare_tests.parquet")
    assert tests["family"].str.startswith(("equality of oracles", "disagreement")).all()


def test_the_terminal_tells_curves_and_oracles_in_sentences(swept, command):
    text = " ".join(command(swept, "--replicates", 199).stderr.split())
    assert "led and inverted meet at alpha =" in text
    assert "area under insertion:budget (a): 0." in text
    assert re.search(r"full_gap: (positive|negative) for (all )?\d", text)
    assert "SD between oracles" in text
    assert "in the quarter of most disagreement" in text
    record = json.loads(command(swept, "--replicates", 199, "--json").stdout)
    assert set(WRITTEN) < set(record)


def test_without_scores_disagreement_is_said_to_be_unknown(study, command):
    assert "disagreement is not set against accuracy: there are no scores" in " ".join(
        command(study, "--replicates", 99).stderr.split()
    )


def test_disagreement_is_of_the_oracles_asked_for_or_not_at_all(swept, command):
    """Scores of a are taken away: what a and b disagree on is not known, whoever else has scores."""
    scores = _read(swept / "scores.parquet")
    other = scores[scores["oracle"] == "a"].assign(oracle="z")
    _write("scores", pd.concat([scores[scores["oracle"] == "b"], other]), swept)
    done = command(swept, "--replicates", 99, "--oracle", "a")
    text = " ".join(done.stderr.split())
    told = "disagreement is not set against accuracy: found 0 of 1 oracle with scores, expected at least 2"
    assert told in text
    assert _read(swept / "results" / "disagreement.parquet").empty


def test_a_line_of_no_oracle_has_no_empty_brackets(swept, command):
    rows = _read(swept / "predictions.parquet")
    free = rows[rows["oracle"].isna() | (rows["oracle"] == "a")].assign(oracle=None)
    free = free.drop_duplicates(["dataset", "video_id", "condition"])
    _write("predictions", free, swept)
    text = command(swept, "--replicates", 99).stderr
    assert "led and inverted" in text
    assert "()" not in text
