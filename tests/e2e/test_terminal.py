"""What people are shown where it is not the plain case, and what machines are handed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from crossoracle.agreement.crosscheck import Checks
from crossoracle.agreement.summary import Agreed, Basis
from crossoracle.options import AgreeOptions
from crossoracle.results import Differences, Estimate, Estimates, Test, Tests
from crossoracle.terminal.agreement import show_agreement
from crossoracle.terminal.screen import hand_over

NAMES = tuple(f"rater-{i:02}" for i in range(20))


def _agreed(*estimates: Estimate, oracles=("a", "b"), notes=()) -> Agreed:
    basis = Basis(oracles, ("d",), "all", 30, 30, 30, 30.0, 300, prechecked=False)
    return Agreed(
        Estimates(estimates), Differences(), Tests(), None, basis, AgreeOptions(), tuple(notes), files=()
    )


def _pair(a="a", b="b", **columns) -> Estimate:
    return Estimate("cohen_kappa", a, "0", b, "0", n_clusters=30, **columns)


def test_an_undefined_value_says_so_and_why(capsys):
    show_agreement(_agreed(_pair(reason="an oracle is constant")), as_json=False)
    shown = capsys.readouterr()
    assert "undefined" in shown.err
    assert "1 row, pooled: an oracle is constant" in shown.err
    assert not shown.out


def test_a_value_without_an_interval_says_so(capsys):
    show_agreement(_agreed(_pair(value=0.5, reason="only 3 videos have a kept segment")), as_json=False)
    shown = capsys.readouterr().err
    assert "0.500 [no interval]" in shown
    assert "only 3 videos" in shown


def test_many_pairs_are_cut_to_those_that_agree_most_and_least(capsys):
    pairs = list(combinations(NAMES, 2))
    rows = [_pair(a, b, value=i / len(pairs), low=0.0, high=1.0) for i, (a, b) in enumerate(pairs)]
    show_agreement(_agreed(*rows, oracles=NAMES), as_json=False)
    shown = capsys.readouterr().err
    assert shown.count(" / ") == 12
    assert "rater-18 / rater-19" in shown
    assert "rater-00 / rater-01" in shown
    assert "178 more pairs" in shown


def test_many_notes_are_counted(capsys):
    show_agreement(_agreed(_pair(value=0.5), notes=[f"note {i}" for i in range(100)]), as_json=False)
    assert "and 92 more" in capsys.readouterr().err


def test_json_is_unrounded_and_without_nan(capsys):
    show_agreement(_agreed(_pair(value=1 / 3)), as_json=True)
    out = capsys.readouterr().out
    assert "NaN" not in out
    row = json.loads(out)["estimates"][0]
    assert row["value"] == 1 / 3
    assert row["low"] is None
    assert row["n_clusters"] == pytest.approx(30)


def test_one_is_singular(capsys):
    found = _agreed(_pair(value=0.5, n_left_out=1, replicates=1))
    basis = replace(found.basis, videos=1, of_videos=1, clusters=1, effective=1.0, segments=1)
    show_agreement(replace(found, basis=basis), as_json=False)
    shown = " ".join(capsys.readouterr().err.split())
    assert (
        "Rests on 1 of 1 video (no prechecks: every video passes), 1 cluster (as good as 1 of one size)"
        in shown
    )
    assert "Left out of Cohen's kappa: 1 video in which" in shown
    assert "1 resample of whole clusters" in shown
    assert "1 videos" not in shown


def test_other_segments_are_a_reason_to_be_left_out(capsys):
    found = _agreed(_pair(value=0.5, n_left_out=14))
    show_agreement(replace(found, basis=replace(found.basis, off_grid=14)), as_json=False)
    told = " ".join(capsys.readouterr().err.split())
    assert "14 videos in which an oracle is silent or has other segments." in told


def test_few_clusters_of_pooled_rows_are_called_so(capsys):
    show_agreement(_agreed(replace(_pair(value=0.5), n_clusters=7)), as_json=False)
    assert "Few clusters: pooled (7)." in capsys.readouterr().err


def test_a_pair_has_its_own_videos(capsys):
    found = _agreed(_pair(value=0.5))
    basis = replace(found.basis, rule="pairwise", prechecked=True, of_a_pair=(20, 25))
    show_agreement(replace(found, basis=basis), as_json=False)
    assert "Rests on 20 to 25 videos a pair" in capsys.readouterr().err


def test_nothing_comparable_is_said_plainly(capsys):
    found = _agreed(
        _pair(reason="no video"), notes=["a recognised 2 of 3 videos", "b recognised 0 of 3 videos"]
    )
    show_agreement(
        replace(found, basis=replace(found.basis, videos=0, effective=float("nan"))), as_json=False
    )
    assert capsys.readouterr().err.splitlines() == [
        "Nothing is comparable: no video is recognised by every oracle.",
        "a recognised 2 of 3 videos",
        "b recognised 0 of 3 videos",
    ]


@pytest.mark.parametrize(("error", "told"), [(0.0004, False), (0.0021, True)])
def test_a_monte_carlo_error_that_the_digits_hide_is_told(error, told, capsys):
    show_agreement(_agreed(_pair(value=0.5, low=0.4, high=0.6, mc_low=0.0001, mc_high=error)), as_json=False)
    assert ("Monte Carlo standard error of the bounds above: up to 0.0021" in capsys.readouterr().err) == told


def test_kappa_stands_beside_prevalence_and_bias(capsys):
    indices = [
        replace(_pair(value=v), statistic=s) for s, v in (("prevalence_index", -0.3), ("bias_index", 0.1))
    ]
    show_agreement(_agreed(_pair(value=0.5), *indices), as_json=False)
    assert "prevalence index -0.30 to -0.30, bias index 0.10 to 0.10" in capsys.readouterr().err


def test_columns_that_are_undefined_everywhere_give_way(capsys):
    headline = replace(_pair(reason="no scores"), statistic="spearman_within")
    show_agreement(_agreed(headline, _pair(value=0.5)), as_json=False)
    assert "Spearman" not in capsys.readouterr().err


def test_what_was_not_checked_is_told_with_the_reason(capsys):
    checks = Checks((), {"icc_2_1": "no library defines the same", "jaccard": "no library defines the same"})
    show_agreement(replace(_agreed(_pair(value=0.5)), checks=checks), as_json=False)
    shown = " ".join(capsys.readouterr().err.split())
    assert "Not checked, 2 coefficients: no library defines the same (icc_2_1, jaccard)." in shown


def _on_a_terminal(words: list[str]) -> tuple[int, str]:
    """Run a command whose stderr is a terminal; return its exit code and what the terminal was sent."""
    master, slave = pty.openpty()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    sent = b""
    try:
        while some := os.read(master, 4096):
            sent += some
    except OSError:  # how Linux says that nobody writes any more
        pass
    finally:
        os.close(master)
    return process.wait(timeout=60), sent.decode()


def test_progress_is_a_bar_on_a_terminal_and_nothing_elsewhere(study, command):
    arguments = ["agree", "--scores", str(study / "scores.parquet"), "--replicates", "99"]
    code, sent = _on_a_terminal([sys.executable, "-m", "crossoracle", *arguments])
    assert code == 0
    assert "reading the tables" in sent
    assert "Rests on" in sent
    done = command(*arguments)
    assert "reading the tables" not in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    "why", ["150 and 200 levels in 2,345 clusters: give --bins K", "needs at least two clusters"]
)
def test_a_reason_that_speaks_of_clusters_is_told(why, capsys):
    show_agreement(_agreed(_pair(reason=f"{why}; warning: 7 clusters")), as_json=False)
    told = " ".join(capsys.readouterr().err.split())
    assert f"1 row, pooled: {why}" in told
    assert "warning" not in told


def test_one_cluster_is_told_once(capsys):
    one = replace(_pair(value=0.5, reason="warning: 1 cluster"), n_clusters=1)
    show_agreement(_agreed(one), as_json=False)
    told = capsys.readouterr().err
    assert "Few clusters: pooled (1)." in told
    assert "warning" not in told


def test_json_is_json_where_nothing_is_comparable(capsys):
    found = _agreed(_pair(reason="no video"))
    found = replace(found, basis=replace(found.basis, videos=0, effective=float("nan")))
    show_agreement(found, as_json=True)
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["basis"]["effective"] is None


def test_json_has_numbers_of_numpy_as_numbers(capsys):
    hand_over([Path("a.csv")], lambda: {"n": np.int64(3), "x": [np.float64(0.5), np.inf], "at": Path("b")})
    known = {"n": 3, "x": [0.5, None], "at": "b", "files": ["a.csv"]}
    assert json.loads(capsys.readouterr().out) == known


def test_json_refuses_what_it_does_not_know():
    with pytest.raises(TypeError, match="object"):
        hand_over([], lambda: {"n": object()})


def test_undefined_tests_are_not_in_the_family(capsys):
    tests = (
        Test("f", "cohen_kappa: Hotelling T2", "all", 3.0, "2, 9", 0.02, 0.02),
        Test("f", "b", "all", np.nan, "", np.nan),
    )
    found = replace(_agreed(_pair(value=0.5)), tests=Tests(tests), options=AgreeOptions(differences=True))
    show_agreement(found, as_json=False)
    assert "p = 0.02, 0.02 after Holm over 1 test" in " ".join(capsys.readouterr().err.split())
