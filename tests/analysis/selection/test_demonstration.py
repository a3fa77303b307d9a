"""The joint precheck selects: kappa is 0.40 over all videos, and higher among those that all recognised."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.agreement.catalogue import find
from crossoracle.analysis.selection.covariates import design
from crossoracle.analysis.selection.population import restricted
from crossoracle.analysis.selection.reweighted import reweighted
from crossoracle.analysis.selection.run import Asked, select
from crossoracle.analysis.selection.weighting import Propensity
from crossoracle.stats.resampling import ClusterWeights
from tests.analysis.selection.generated import population

TRUTH = 0.40


def _pooled(found):
    rows = found.estimates.query("statistic == 'cohen_kappa' and dataset == 'all'")
    return rows.set_index("videos")


@pytest.fixture(scope="module")
def told():
    return select(population(3000, 21), Asked(("cohen_kappa",), replicates=199))


@pytest.fixture(scope="module")
def untold():
    return select(population(3000, 21, told=False), Asked(("cohen_kappa",), replicates=199))


def test_the_joint_precheck_raises_kappa(told):
    rows = _pooled(told)
    assert rows.loc["all", "value"] == pytest.approx(TRUTH, abs=0.03)
    assert rows.loc["joint", "low"] > TRUTH + 0.15
    assert rows.loc["worst", "value"] < TRUTH < rows.loc["best", "value"]


def test_weighting_finds_the_truth_where_the_covariates_explain_passing(told):
    rows, (known,) = _pooled(told), told.weighting.itertuples()
    assert rows.loc["ipw", "value"] == pytest.approx(TRUTH, abs=0.04)
    assert rows.loc["ipw", "low"] < TRUTH < rows.loc["ipw", "high"]
    assert known.auc > 0.8
    assert known.effective < 0.7 * known.n_passed
    assert known.largest_before > 0.5
    assert known.largest_after < 0.1
    assert "explain little" not in known.reason


def test_weighting_changes_nothing_where_they_do_not_and_says_so(untold):
    rows, (known,) = _pooled(untold), untold.weighting.itertuples()
    assert rows.loc["ipw", "value"] == pytest.approx(rows.loc["joint", "value"], abs=0.01)
    assert rows.loc["ipw", "low"] > TRUTH + 0.15
    assert known.auc < 0.6
    assert "explain little" in known.reason
    assert "what no covariate tells is not weighted away" in known.reason


def test_the_interval_of_the_weighted_estimate_covers():
    hits = {"expanded": 0, "jackknife": 0}
    studies = 100
    for seed in range(studies):
        p = population(150, 1000 + seed)
        joint = p.joint((0, 1))
        model = Propensity.of(p.ratings, design(p), joint)
        weights = ClusterWeights(p.ratings.clusters, 399, 0).stored()
        own = restricted(p.ratings, (0, 1), joint)
        e = reweighted(own, model, find(["cohen_kappa"]), weights, 399, threads=1)[0]
        hits["expanded"] += e.low <= TRUTH <= e.high
        hits["jackknife"] += e.jackknife_low <= TRUTH <= e.jackknife_high
    assert all(0.89 * studies <= n for n in hits.values()), hits
    assert np.sum(list(hits.values())) < 2 * studies
