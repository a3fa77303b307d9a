"""precheck --selection, from files to files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.provenance import Provenance
from crossoracle.tables import connect, read, write

NAMES = ("selection", "selection_weighting", "selection_balance", "selection_tipping")
FEW = {"replicates": 99, "threads": 1}


@pytest.fixture
def study(tmp_path):
    """Return a study of three oracles; one video has no scores, and clips of one source come in pairs."""
    rng = np.random.default_rng(5)
    videos, scores, prechecks = [], [], []
    for i in range(60):
        known = {"dataset": "x" if i < 36 else "y", "video_id": f"v{i:02}"}
        clip = {"label": f"c{i % 3}", "cluster": f"s{i // 2}", "duration_s": 4.0 + i % 5}
        videos.append(known | clip)
        evidence = rng.random(8)
        for oracle in ("a", "b", "c"):
            outcome = "yes" if rng.random() < (0.95 if i % 3 else 0.6) and i else "no"
            prechecks.append(known | {"oracle": oracle, "outcome": outcome})
            for t in range(8) if i else ():
                score = round(float(np.clip(evidence[t] + rng.normal(0, 0.2), 0, 1)), 2)
                times = {"segment": t, "start_s": t / 2, "end_s": t / 2 + 0.5}
                scores.append(known | times | {"oracle": oracle, "score": score, "kept": score > 0.5})
    for name, rows in (("videos", videos), ("scores", scores), ("prechecks", prechecks)):
        write(name, pd.DataFrame(rows), tmp_path / f"{name}.parquet", provenance=Provenance("test", {}, {}))
    return tmp_path


def _read(file):
    with connect() as con:
        return read(con, file.stem, file).df()


def test_joint_pairwise_and_all_are_what_agree_estimates(study):
    found = Study(study).selection(**FEW).estimates
    for rule in ("joint", "pairwise", "all"):
        agreed = (
            Study(study)
            .agree(on=rule, coefficients=["cohen_kappa", "light_kappa"], **FEW)
            .estimates.to_frame()
        )
        rows = found[(found["videos"] == rule) & (found["oracles"] == "a & b & c")]
        key = ["statistic", "oracle_a", "oracle_b", "dataset"]
        both = agreed.merge(rows, on=key, suffixes=("", "_here"))
        assert len(both) == len(agreed) == 12
        np.testing.assert_allclose(both["value"], both["value_here"], atol=1e-12)
        np.testing.assert_array_equal(both["n_videos"], both["n_videos_here"])


def test_the_files_are_written_with_their_provenance_and_can_be_read(study, capfd):
    arguments = ["precheck", str(study), "--selection", "--replicates", "99", "--tipping", "0.2"]
    assert run(arguments) == 0
    out, err = capfd.readouterr()
    for name in NAMES:
        file = study / "results" / f"{name}.parquet"
        assert str(file) in out
        assert len(_read(file))
        told = json.loads(file.with_name(f"{file.name}.json").read_text())
        assert told["verb"] == "precheck --selection"
        assert told["options"]["tipping"] == 0.2
    assert "among videos that all oracles recognised" in err
    assert "the number of segments is no covariate: nobody scored 1 video" in " ".join(err.split())
    assert set(_read(study / "results" / "selection_tipping.parquet")["threshold"]) == {0.0, 0.2}
    rows = _read(study / "results" / "selection.parquet")
    assert set(rows["videos"]) == {"joint", "pairwise", "all", "category", "worst", "best", "ipw"}
    assert set(rows["oracles"]) == {"a & b & c", "a & b", "a & c", "b & c"}


def test_json_has_everything(study, capfd):
    assert run(["precheck", str(study), "--selection", "--replicates", "49", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert {*NAMES, "flow", "selection_notes", "files"} <= told.keys()


def test_the_same_seed_gives_the_same_and_another_does_not(study):
    one, two, other = (
        Study(study).selection(coefficients=["cohen_kappa"], seed=seed, **FEW).estimates for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not np.allclose(one["low"], other["low"], equal_nan=True)
    threaded = (
        Study(study).selection(coefficients=["cohen_kappa"], seed=1, replicates=99, threads=3).estimates
    )
    pd.testing.assert_frame_equal(one, threaded)


def test_options_of_the_selection_need_it(study, capfd):
    assert run(["precheck", str(study), "--tipping", "0.2"]) == 2
    assert "only with --selection" in capfd.readouterr().err


def test_without_scores_that_is_told(study, capfd):
    (study / "scores.parquet").unlink()
    assert run(["precheck", str(study), "--selection"]) == 2
    assert "needs them" in capfd.readouterr().err
