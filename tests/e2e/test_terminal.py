"""What people are shown where it is not the plain case, and what machines are handed."""

from __future__ import annotations

import json
from itertools import combinations

import pytest

from crossoracle.options import AgreeOptions
from crossoracle.outcomes import Agreed, Basis
from crossoracle.results import Differences, Estimate, Estimates, Tests
from crossoracle.terminal.agreement import show_agreement

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
    assert "1 row of all: an oracle is constant" in shown.err
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
