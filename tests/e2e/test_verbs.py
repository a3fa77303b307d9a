"""The verbs on a generated study: what they print, what they write, how they leave."""

from __future__ import annotations

import json
import math
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.results import Estimates

QUICK = ("--replicates", "199")


def _read(path):
    return duckdb.connect().sql(f"select * from '{path}'").df()


@pytest.fixture
def own(study, tmp_path):
    """Return a copy of the study that a test may write to."""
    return shutil.copytree(study, tmp_path / "study")


@pytest.fixture
def prechecks(study):
    return study.parent / "prechecks.csv"


def test_import_again_changes_nothing(own, study, command):
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    done = command("import", "table", study.parent / "ratings.csv", "--out", own)
    assert done.returncode == 0
    assert "0 new, 2804 the same, 0 replaced" in done.stderr
    assert {path.name: path.read_bytes() for path in own.iterdir()} == before


def test_different_rows_are_refused_unless_replaced(own, study, generated, command, tmp_path):
    other = generated[0].copy()
    other.loc[0, "score"] = 0.999
    other.to_csv(tmp_path / "other.csv", index=False)
    done = command("import", "table", tmp_path / "other.csv", "--out", own)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "0.999" in done.stderr
    done = command("import", "table", tmp_path / "other.csv", "--out", own, "--replace")
    assert done.returncode == 0
    assert "0 new, 2803 the same, 1 replaced" in done.stderr


def test_precheck_writes_the_flow_and_prints_paths(own, prechecks, command):
    done = command("precheck", own, "--prechecks", prechecks)
    assert done.returncode == 0
    assert done.stdout.split() == [str(own / "results" / f"flow.{suffix}") for suffix in ("parquet", "csv")]
    assert "all of them" in done.stderr
    flow = _read(own / "results" / "flow.parquet")
    assert len(flow) == 4 * (15 + 16)
    sidecar = json.loads((own / "results" / "flow.csv.json").read_text())
    assert sidecar["verb"] == "precheck"
    assert len(sidecar["inputs"]) == 3


def test_precheck_without_prechecks_says_so(own, command):
    done = command("precheck", own)
    assert done.returncode == 0
    assert "no prechecks table: every video passes" in done.stderr


def test_precheck_where_no_video_passes_is_a_no(own, generated, command, tmp_path):
    generated[1].assign(outcome="no").to_csv(tmp_path / "prechecks.csv", index=False)
    done = command("precheck", own, "--prechecks", tmp_path / "prechecks.csv")
    assert done.returncode == 1
    done = command("agree", own, "--prechecks", tmp_path / "prechecks.csv", *QUICK)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_agree_writes_estimates_and_shows_them(own, prechecks, command):
    done = command("agree", own, "--prechecks", prechecks, "--seed", 7, *QUICK)
    assert done.returncode == 0, done.stderr
    names = ["estimates.parquet", "estimates.csv", "per_video.parquet"]
    assert done.stdout.split() == [str(own / "results" / name) for name in names]
    for words in (
        "oracle-a / oracle-b",
        "all datasets",
        "Rests on",
        "seed 7",
        "199 resamples",
        "Few clusters",
    ):
        assert words in done.stderr
    csv = (own / "results" / "estimates.csv").read_text().splitlines()
    assert csv[0].split(",") == Estimates.columns()
    estimates = _read(own / "results" / "estimates.parquet")
    assert set(estimates["dataset"]) == {"all", "demo-concentrated", "demo-ordered", "demo-redundant"}
    assert set(estimates["videos"]) == {"joint"}
    sidecar = json.loads((own / "results" / "estimates.parquet.json").read_text())
    assert sidecar["seed"] == 7
    assert sidecar["options"]["replicates"] == 199


def test_the_method_gives_the_same_tables_as_the_verb(own, prechecks, command):
    command("agree", own, "--prechecks", prechecks, "--out", own / "by-verb", *QUICK)
    Study(own, prechecks=prechecks).agree(out=own / "by-method", replicates=199)
    one, other = ((own / place / "estimates.csv").read_text() for place in ("by-verb", "by-method"))
    assert one == other


def test_options_of_study_toml_yield_to_the_command_line(own, command):
    (own / "study.toml").write_text('[agree]\nseed = 5\nreplicates = 99\nby = "none"\n')
    done = command("agree", own, "--replicates", 49)
    assert done.returncode == 0
    options = json.loads((own / "results" / "estimates.csv.json").read_text())["options"]
    assert (options["seed"], options["replicates"], options["by"]) == (5, 49, "none")


def test_differences_and_their_tests(own, command):
    done = command("agree", own, "--differences", "--coefficient", "cohen_kappa", "--by", "none", *QUICK)
    assert done.returncode == 0
    assert "of 15 differences between pairs, " in done.stderr
    assert len(_read(own / "results" / "agreement_differences.parquet")) == math.comb(6, 2)
    tests = _read(own / "results" / "tests.csv")
    assert list(tests["dataset"]) == ["all"]


def test_json_is_the_whole_result(study, command):
    done = command(
        "agree", "--scores", study / "scores.parquet", "--coefficient", "cohen_kappa", "--json", *QUICK
    )
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["files"] == []
    assert found["options"]["seed"] == 0
    assert {row["statistic"] for row in found["estimates"]} == {"cohen_kappa"}
    assert set(found["estimates"][0]) == set(Estimates.columns())


def test_oracles_can_be_chosen(study, command):
    chosen = ("--oracle", "oracle-d", "--oracle", "oracle-a")
    done = command("agree", "--scores", study / "scores.parquet", *chosen, "--json", *QUICK)
    pairs = {(row["oracle_a"], row["oracle_b"]) for row in json.loads(done.stdout)["estimates"]}
    assert pairs == {("oracle-a", "oracle-d"), (None, None)}


def test_by_label(study, command):
    chosen = ("--by", "label", "--coefficient", "cohen_kappa")
    done = command("agree", study, "--out", study.parent / "by-label", *chosen, "--json", *QUICK)
    labels = {row["label"] for row in json.loads(done.stdout)["estimates"]}
    assert labels == {None, *(f"action {i}" for i in range(1, 6))}


def test_cross_check_agrees(study, command):
    done = command("agree", "--scores", study / "scores.parquet", "--cross-check", "--json", *QUICK)
    assert done.returncode == 0
    assert "largest difference" in done.stderr
    checks = json.loads(done.stdout)["checks"]
    assert {check["library"] for check in checks} >= {"krippendorff", "scikit-learn", "scipy"}
    assert max(abs(check["ours"] - check["theirs"]) for check in checks) < 1e-9


def test_draw_lists_and_draws(own, command):
    assert "agreement-matrix" in command("draw", "--list").stdout
    command("agree", own, *QUICK)
    done = command("draw", own, "--figure", "agreement-matrix")
    assert done.returncode == 0
    suffixes = ("pdf", "svg", "png", "csv")
    assert done.stdout.split() == [str(own / "figures" / f"agreement-matrix.{suffix}") for suffix in suffixes]


def test_draw_takes_tables_and_options_of_the_figures(own, command, tmp_path):
    command("agree", own, *QUICK)
    tables = ("--estimates", own / "results" / "estimates.csv", "--out", tmp_path)
    done = command("draw", *tables, "--statistic", "jaccard", "--dataset", "demo-ordered")
    assert done.returncode == 0, done.stderr
    matrix = _read(tmp_path / "agreement-matrix.csv")
    assert (set(matrix["statistic"]), set(matrix["dataset"])) == ({"jaccard"}, {"demo-ordered"})
    assert "timelines, film are not drawn: no per_video table" in done.stderr


@pytest.mark.slow
def test_flags_without_scores_go_all_the_way(generated, command, tmp_path):
    generated[0].drop(columns="score").to_csv(tmp_path / "kept.csv", index=False)
    assert command("import", "table", tmp_path / "kept.csv", "--out", tmp_path / "study").returncode == 0
    done = command("agree", tmp_path / "study", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "Cohen's kappa" in done.stderr
    assert "undefined" not in done.stderr.split("Rests on")[0]
    done = command("draw", tmp_path / "study")
    assert done.returncode == 0
    assert "agreement-matrix shows Cohen's kappa: Spearman's rho within videos is undefined" in done.stderr
    assert (tmp_path / "study" / "figures" / "timelines.png").is_file()


def test_draw_without_results_is_a_no(own, command):
    done = command("draw", own, "--figure", "agreement-matrix")
    assert done.returncode == 1
    assert "crossoracle agree" in done.stderr


def test_a_reader_that_stops_reading_is_no_error(study):
    words = [
        sys.executable,
        "-m",
        "crossoracle",
        "agree",
        "--scores",
        study / "scores.parquet",
        "--json",
        *QUICK,
    ]
    process = subprocess.Popen([*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors


def test_an_interrupt_is_one_line_and_130(study, tmp_path):
    words = [sys.executable, "-m", "crossoracle", "agree", study, "--out", tmp_path / "out"]
    slow = ["--replicates", "1000000"]
    process = subprocess.Popen([*map(str, words), *slow], stderr=subprocess.PIPE, text=True)
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("defect", "code"),
    [
        (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), 130),
        (RuntimeError("Query interrupted"), 130),  # what DuckDB makes of Ctrl-C
        (ValueError("uninterrupted"), 70),
        (RuntimeError("the connection was interrupted"), 70),
    ],
    ids=lambda value: str(value),
)
def test_only_what_was_stopped_counts_as_stopped(monkeypatch, capsys, defect, code):
    def fail(out):
        raise defect

    monkeypatch.setattr("crossoracle.cli.demo._found", fail)
    assert run(["demo", "--out", "nowhere"]) == code
    assert ("Traceback" in capsys.readouterr().err) is (code == 70)


def test_segmentations_that_differ_are_listed(generated, command, tmp_path):
    ratings = generated[0].copy()
    moved = (ratings["dataset"] == "demo-ordered") & (ratings["video_id"] == "video-03")
    ratings.loc[moved & (ratings["oracle"] == "oracle-b"), "start_s"] += 0.25
    ratings.to_csv(tmp_path / "scores.csv", index=False)
    done = command("agree", "--scores", tmp_path / "scores.csv", "--json", *QUICK)
    assert done.returncode == 0
    assert "demo-ordered video-03: oracle-a / oracle-b, oracle-b / oracle-c" in done.stderr
    counts = {
        (row["oracle_a"], row["oracle_b"]): row["n_videos"]
        for row in json.loads(done.stdout)["estimates"]
        if (row["statistic"], row["dataset"]) == ("mean_difference", "all")
    }
    assert {pair for pair, n in counts.items() if n == 59} == {
        ("oracle-a", "oracle-b"),
        ("oracle-b", "oracle-c"),
        ("oracle-b", "oracle-d"),
    }


def test_the_permutation_null_gives_p_values(study, command):
    chosen = ("--coefficient", "cohen_kappa", "--by", "none", "--null", "19")
    done = command("agree", "--scores", study / "scores.parquet", *chosen, "--json", *QUICK)
    assert {row["p_null"] for row in json.loads(done.stdout)["estimates"]} == {1 / 20}
