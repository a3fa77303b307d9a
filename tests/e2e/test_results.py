"""What the verbs hand back, and what they say about the files that were there before."""

from __future__ import annotations

import shutil

import pytest

from crossoracle import Study
from crossoracle.analysis.rows import Accuracies, Contrasts
from crossoracle.analysis.summary import Compared
from crossoracle.options import CompareOptions
from crossoracle.oracles.summary import Asking, Scoring
from crossoracle.tables.earlier import Earlier, outdated

NARROW = {"oracles": ["oracle-a", "oracle-b"], "coefficients": ["icc_2_1"]}


@pytest.fixture
def own(study, tmp_path):
    """Return a copy of the study without results, that a test may write to."""
    return shutil.copytree(study, tmp_path / "study", ignore=shutil.ignore_patterns("results", "figures"))


def _agree(study, **more):
    return Study(study).agree(**{"replicates": 49} | more)


def test_a_narrower_result_says_what_it_takes_the_place_of(own):
    assert _agree(own).told == ()
    assert _agree(own, seed=5).told == ()  # other numbers, and no less
    (told,) = _agree(own, **NARROW).told
    start = (
        f"Narrower than the earlier results in {own / 'results'}: without 2 oracles (oracle-c, oracle-d), "
    )
    assert told.startswith(start)
    assert told.endswith(
        " coefficients. Replaced: estimates.parquet, estimates.csv; removed: per_video.parquet."
    )
    assert not (own / "results" / "per_video.parquet").exists()
    assert _agree(own).told == ()


def test_results_that_are_removed_are_told_alone(own):
    _agree(own, differences=True)
    (told,) = _agree(own).told
    names = [
        f"{name}.{suffix}" for name in ("agreement_differences", "tests") for suffix in ("parquet", "csv")
    ]
    assert told.endswith(f"; removed: {', '.join(names)}.")
    assert "without" not in told


def test_rows_that_are_no_longer_there_are_told(own):
    _agree(own, by="label")
    (told,) = _agree(own, by="none").told
    assert "without rows by label. Replaced: estimates.parquet, estimates.csv, per_video.parquet." in told
    assert _agree(own, by="dataset").told == ()


def test_nothing_is_said_of_results_elsewhere(own, tmp_path):
    _agree(own)
    assert _agree(own, out=tmp_path / "elsewhere", **NARROW).told == ()
    assert Study(scores=own / "scores.parquet").agree(replicates=9, **NARROW).told == ()


def test_a_sidecar_that_cannot_be_read_says_nothing(own):
    _agree(own)
    (own / "results" / "estimates.parquet.json").write_text("{")
    assert _agree(own, **NARROW).told == ()


@pytest.mark.slow
def test_figures_of_earlier_results_are_named(own):
    _agree(own)
    Study(own).precheck()
    names = ["agreement-matrix", "precheck-flow", "score-distributions"]
    Study(own).draw(names)
    assert _agree(own).told == ()  # the same again, to the last bit
    (told,) = _agree(own, seed=1).told
    assert told == (
        f"figures/ shows earlier results (agreement-matrix): `crossoracle draw {own}` draws them anew."
    )
    (told,) = Study(own).precheck(level=0.9).told
    assert "(agreement-matrix, precheck-flow)" in told
    Study(own).draw(names)
    assert outdated(own / "figures", own / "results") == []
    (own / "results" / "flow.parquet").unlink()
    assert outdated(own / "figures", own / "results") == ["precheck-flow"]


def test_the_command_line_ends_with_it(own, command):
    _agree(own)
    Study(own).draw(["agreement-matrix"])
    narrow = ["--oracle", "oracle-a", "--oracle", "oracle-b", "--coefficient", "icc_2_1"]
    done = command("agree", own, "--replicates", 49, *narrow)
    last = " ".join(done.stderr.split()).partition("Narrower than ")[2]
    assert last.endswith("draws them anew.")
    assert "figures/ shows earlier results (agreement-matrix)" in last


def test_no_directory_has_no_earlier_results():
    assert Earlier.of(None, ["estimates"]).told({}, {"oracles": "oracle"}, ()) is None


def test_reprs_are_one_short_line(own):
    found = _agree(own, **NARROW)
    assert repr(found) == f"Agreed({len(found.estimates)} estimates of 2 oracles, 60 videos; 2 files)"
    flow = Study(own).precheck()
    assert repr(flow) == "Flow(4 oracles, 60 of 60 videos by all; 2 files)"
    compared = Compared(Accuracies(()), Contrasts(()), CompareOptions(), (), 7, 7, ("d",))
    assert repr(compared) == "Compared(0 accuracies and 0 differences of 7 videos; 0 files)"
    asking = Asking("a", "direct", 3)
    asking.outcomes.update(["yes", "no"])
    scoring = Scoring((asking,), False, (), (), ())
    assert repr(scoring) == "Scoring(1 oracle, 2 videos asked about; 0 files)"
