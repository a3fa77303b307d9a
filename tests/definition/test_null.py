"""The permutation null: one count per draw serves every set of videos; p-values are those of the draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crossoracle.agreement import null
from crossoracle.agreement.run import Options, agree
from crossoracle.stats.permutation import NULLS, p_value
from tests.handmade import random_ratings

NAMES = ("spearman_within", "cohen_kappa", "kendall_tau_b", "mean_abs_difference", "spearman_within_all")
DRAWS = 7


@pytest.fixture
def ratings():
    """Return ratings with labels; one label has a single video."""
    found = random_ratings(np.random.default_rng(8), videos=24, longest=9)
    labels = [f"label {v % 3}" for v in range(found.videos - 1)]
    return replace(found, label=np.array([*labels, "alone"], dtype=object))


def _estimates(ratings, **options):
    how = {"by": "none", "replicates": 1, "threads": 1, "seed": 3} | options
    return agree(ratings, Options(NAMES, **how)).estimates


def _key(e):
    return e.statistic, e.oracle_a, e.oracle_b, e.dataset, e.label


@pytest.mark.parametrize("by", ["dataset", "label"])
def test_p_values_are_those_of_the_draws(ratings, by):
    observed = _estimates(ratings, by=by, null=DRAWS)
    drawn = {
        name: [
            {_key(e): e.value for e in _estimates(null._moved(ratings, name, 3, d), by=by)}
            for d in range(DRAWS)
        ]
        for name in NULLS
    }
    for e in observed:
        sign = -1 if e.statistic == "mean_abs_difference" else 1
        of_each = [p_value(e.value, np.array([d[_key(e)] for d in drawn[name]]), sign) for name in NULLS]
        assert e.p_null == pytest.approx(np.fmax(*of_each), nan_ok=True), _key(e)
    assert np.isfinite([e.p_null for e in observed]).any()


def test_a_draw_is_counted_once_however_many_labels_there_are(ratings, monkeypatch):
    counted = []
    real = null.count
    monkeypatch.setattr(null, "count", lambda *given: counted.append(1) or real(*given))
    calls = {}
    for by in ("none", "label"):
        counted.clear()
        _estimates(ratings, by=by, null=DRAWS)
        calls[by] = len(counted)
    assert calls["none"] == calls["label"] == 2 * (1 + len(NULLS) * DRAWS)  # narrow and wide tallies


def test_slices_held_a_few_at_a_time_are_the_same(ratings, monkeypatch):
    whole = _estimates(ratings, by="label", null=DRAWS)
    monkeypatch.setattr(null, "HELD", 1)
    assert str(_estimates(ratings, by="label", null=DRAWS).to_frame()) == str(whole.to_frame())


def test_a_grid_that_would_not_fit_leaves_out_tau_b_alone(ratings, monkeypatch):
    monkeypatch.setattr(null, "LARGEST", 1)
    p = {e.statistic: e.p_null for e in _estimates(ratings, null=DRAWS)}
    assert np.isnan(p["kendall_tau_b"])
    assert np.isfinite([p["spearman_within"], p["cohen_kappa"]]).all()


def test_a_draw_knows_what_an_order_does_not_change(ratings):
    moved = null._moved(ratings, "shuffle", 3, 0)
    anew = replace(moved)  # with nothing known
    assert np.array_equal(moved.score, anew.score, equal_nan=True)
    assert not np.array_equal(moved.score, ratings.score, equal_nan=True)
    assert all(np.array_equal(x, y) for x, y in zip(moved.codes, anew.codes, strict=True))
    assert (moved.clusters, moved.centre) == (anew.clusters, anew.centre)
