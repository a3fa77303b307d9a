"""What is said across oracles, against slow definitions: one resample, one left-out cluster at a time."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from crossoracle.analysis.across.directions import directions
from crossoracle.analysis.rows import Contrasted
from crossoracle.analysis.run import Known, compare
from crossoracle.options import CompareOptions
from crossoracle.stats.equality import equal
from crossoracle.stats.intervals import tail_levels
from crossoracle.stats.multiplicity import holm, simultaneous
from tests.analysis.made import FAIL, compared, predictions, random_outcomes, replicates, weights_of

B, N, ORACLES = 80, 96, ("a", "b", "c")
KEYS = [(None, "full"), *((o, c) for o in ORACLES for c in ("led@0", "inverted@0"))]


@pytest.fixture(scope="module", params=[0.0, 0.08], ids=["complete", "with gaps"])
def made(request):
    outcomes = random_outcomes(KEYS, N, seed=7, lost=request.param)
    p = predictions(outcomes, dataset=["x"] * 56 + ["y"] * 40, cluster=[i // 2 for i in range(N)])
    weights = weights_of(p, B)
    return p, _gaps(outcomes), weights, compared(p, weights=weights)


def _gaps(outcomes):
    right = {key: np.where(np.array(v) < 0, np.nan, np.array(v, dtype=float)) for key, v in outcomes.items()}
    return [right[o, "led@0"] - right[o, "inverted@0"] for o in ORACLES]


def _mean(values):
    def statistic(videos):
        some = [values[i] for i in videos if not np.isnan(values[i])]
        return sum(some) / len(some) if some else np.nan

    return statistic


def _spread(found, quantity, **columns):
    columns = {"contrast": "polarity_gap", "dataset": "all", "quantity": quantity} | columns
    return found.heterogeneity.select(**columns)


def _covariance(p, gaps):
    """Return the stratified jackknife covariance of the gaps, one cluster left out at a time."""
    known = ~np.isnan(gaps).all(axis=0)
    clusters = sorted({(p.dataset[i], p.cluster[i]) for i in np.flatnonzero(known)})
    left = np.array(
        [
            [
                np.nanmean(np.where([(p.dataset[i], p.cluster[i]) != c for i in range(N)], d, np.nan))
                for d in gaps
            ]
            for c in clusters
        ]
    )
    covariance = np.zeros((len(gaps), len(gaps)))
    for d in (0, 1):
        some = left[[c[0] == d for c in clusters]]
        deviations = some - some.mean(axis=0)
        covariance += (len(some) - 1) / len(some) * deviations.T @ deviations
    return covariance, len(clusters)


def test_hotelling_is_that_of_the_joint_jackknife(made):
    p, gaps, _, found = made
    covariance, clusters = _covariance(p, gaps)
    expected = equal(np.array([np.nanmean(d) for d in gaps]), covariance, clusters - 1)
    (test,) = [t for t in found.tests if t.test == "polarity_gap: Hotelling T2" and t.dataset == "all"]
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert test.df == f"{expected.df[0]}, {expected.df[1]}"
    assert test.p == pytest.approx(expected.p, rel=1e-9)


def test_the_largest_t_is_of_all_pairs(made):
    p, gaps, weights, found = made
    reps = [replicates(p, weights, _mean(d)) for d in gaps]
    own = [np.nanmean(d) for d in gaps]
    pairs = list(combinations(range(3), 2))
    joint = np.stack([reps[i] - reps[j] for i, j in pairs])
    d = np.array([own[i] - own[j] for i, j in pairs])
    se = joint.std(axis=1, ddof=1)
    largest = (np.abs(d) / se).max()
    beyond = sum((np.abs(joint[:, b] - d) / se).max() >= largest for b in range(B))
    (test,) = [t for t in found.tests if t.test == "polarity_gap: max-|t|" and t.dataset == "all"]
    assert test.statistic == pytest.approx(largest, rel=1e-9)
    assert test.p == pytest.approx((beyond + 1) / (B + 1))
    low, high = simultaneous(d, joint)
    rows = _spread(found, "difference")
    assert [(row.oracle, row.other) for row in rows] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [row.simultaneous_low for row in rows] == pytest.approx(low, abs=1e-9)
    assert [row.simultaneous_high for row in rows] == pytest.approx(high, abs=1e-9)


def test_the_standard_deviation_is_less_its_noise(made):
    p, gaps, weights, found = made
    own = np.array([np.nanmean(d) for d in gaps])
    covariance, _ = _covariance(p, gaps)
    noise = sum(
        covariance[i, i] + covariance[j, j] - 2 * covariance[i, j] for i, j in combinations(range(3), 2)
    )
    reps = np.stack([replicates(p, weights, _mean(d)) for d in gaps])
    reach = np.quantile([np.std(reps[:, b] - own, ddof=1) for b in range(B)], 0.95)
    (row,) = _spread(found, "sd_between")
    # the mean over pairs of (x_i - x_j)^2 / 2 is the variance, and so it is for its noise
    assert row.value == pytest.approx(np.sqrt(max(0, own.var(ddof=1) - noise / 6)), abs=1e-12)
    assert row.low == pytest.approx(max(0, own.std(ddof=1) - reach), abs=1e-12)
    assert row.high == pytest.approx(own.std(ddof=1) + reach, abs=1e-12)
    assert row.low <= row.value <= row.high
    known = ~np.isnan(gaps)
    assert (row.n_videos, row.n_joint) == (known.any(axis=0).sum(), known.all(axis=0).sum())


def test_means_without_one_oracle(made):
    p, gaps, weights, found = made
    reps = [replicates(p, weights, _mean(d)) for d in gaps]
    for i, oracle in enumerate(ORACLES):
        (row,) = _spread(found, "mean_without", oracle=oracle)
        others = [j for j in range(3) if j != i]
        assert row.value == pytest.approx(np.mean([np.nanmean(gaps[j]) for j in others]), abs=1e-12)
        joint = np.mean([reps[j] for j in others], axis=0)
        assert joint.min() <= row.low <= row.high <= joint.max()


def test_directions_count_signs_and_significance(made):
    *_, found = made
    rows = found.directions.select(contrast="polarity_gap", dataset="all")
    assert [row.oracle for row in rows] == list(ORACLES)
    for row in rows:
        (own,) = found.differences.select(contrast="polarity_gap", dataset="all", oracle=row.oracle)
        assert (row.value, row.p_holm) == (own.value, own.p_holm)
        assert row.direction == ("positive" if own.value > 0 else "negative" if own.value < 0 else "zero")
        assert row.significant == (own.p_holm < 0.05)
        assert row.all_positive == all(r.value > 0 for r in rows)
    assert not any(row.contrast == "preservation" for row in found.directions)


@pytest.mark.parametrize(
    ("values", "all_positive"),
    [
        ((0.1, 0.2), True),
        ((0.1, -0.2), False),
        ((0.1, np.nan), None),
        ((-0.1, np.nan), False),
        ((0.1, 0.0), False),
    ],
)
def test_what_is_undefined_leaves_open_whether_all_are_positive(values, all_positive):
    rows = [
        Contrasted(
            "eps", "all", "r", o, "0", "led@0", "bottom", None, "top1", v, p_holm=0.01 if v == v else np.nan
        )
        for o, v in zip("ab", values, strict=True)
    ]
    found = directions(rows, 0.95)
    assert {row.all_positive for row in found} == {all_positive}
    assert found[0].all_significant == (None if np.isnan(values[1]) else True)
    assert not len(directions(rows[:1], 0.95))


def test_tests_are_adjusted_within_their_family(made):
    *_, found = made
    for family in {test.family for test in found.tests}:
        some = found.tests.select(family=family)
        assert len({test.test for test in some}) == len(some)
        assert [t.p_adjusted for t in some] == pytest.approx(holm(np.array([t.p for t in some])), nan_ok=True)


def test_an_oracle_without_a_video_is_left_out_and_named():
    outcomes = random_outcomes(KEYS, 60, seed=7)
    outcomes["c", "led@0"] = [FAIL] * 60
    found = compared(predictions(outcomes))
    (row,) = _spread(found, "sd_between")
    assert (row.n_oracles, row.reason) == (2, "undefined for c")
    assert {r.oracle for r in _spread(found, "mean_without")} == {"a", "b"}


def test_oracles_that_say_the_same_do_not_differ():
    outcomes = random_outcomes(KEYS[:3], 60, seed=7)
    copied = {("b", c): outcomes["a", c] for c in ("led@0", "inverted@0")}
    found = compared(predictions(outcomes | copied))
    (row,) = _spread(found, "sd_between")
    assert row.value == 0
    assert np.isnan([row.low, row.high]).all()
    assert row.reason.startswith("oracles say the same in every resample")
    for test in found.tests.select(dataset="all"):
        assert np.isnan([test.p, test.p_adjusted]).all()


def test_what_hangs_on_one_cluster_has_no_standard_deviation_and_says_so():
    """Oracle c has the contrast in one cluster alone: without it, it has none."""
    outcomes = random_outcomes(KEYS, 60, seed=7)
    outcomes["c", "led@0"] = np.where(np.arange(60) < 2, outcomes["c", "led@0"], FAIL)
    found = compared(predictions(outcomes, cluster=[i // 2 for i in range(60)]))
    (row,) = _spread(found, "sd_between")
    assert np.isnan([row.value, row.low, row.high]).all()
    assert row.reason == "undefined when one cluster is left out"


@pytest.mark.parametrize(
    ("clusters", "told"), [(2, "of the resamples are undefined, more than 5%"), (5, "conditional on the")]
)
def test_resamples_without_an_oracle_are_counted_before_there_is_an_interval(clusters, told):
    """Of 30 clusters oracle c has two (13 % of the resamples have neither), or five (0.4 % have none)."""
    outcomes = random_outcomes(KEYS, 60, seed=7)
    outcomes["c", "led@0"] = np.where(np.arange(60) < 2 * clusters, [1, 1, 1, 0] * 15, FAIL)
    outcomes["c", "inverted@0"] = np.zeros(60)
    found = compared(predictions(outcomes, cluster=[i // 2 for i in range(60)]), replicates=999)
    (row,) = _spread(found, "sd_between")
    assert row.value >= 0
    assert told in row.reason
    assert np.isnan(row.low) == np.isnan(row.high) == (clusters == 2)
    (largest,) = [t for t in found.tests if t.test == "polarity_gap: max-|t|" and t.dataset == "all"]
    assert np.isnan(largest.p) == (clusters == 2)


def test_one_oracle_has_nothing_across():
    found = compared(predictions(random_outcomes(KEYS[:3], 40)))
    assert len(found.directions) == len(found.heterogeneity) == 0
    assert not [test for test in found.tests if "oracles" in test.family]


@pytest.fixture(scope="module")
def disagreeing():
    rng = np.random.default_rng(5)
    d = rng.random(N).round(2)
    d[::9] = np.nan
    outcomes = random_outcomes(KEYS[:2], N, seed=8, lost=0.05)
    outcomes[None, "full"] = np.where(rng.random(N) < 0.9 - 0.6 * np.nan_to_num(d), 1.0, 0.0)
    label = np.array([f"c{i % 6}" for i in range(N)], dtype=object)
    p = predictions(
        outcomes, dataset=["x"] * 56 + ["y"] * 40, cluster=[i // 2 for i in range(N)], label=label
    )
    weights = weights_of(p, B)
    known = Known(disagreement={"spearman_within_all": d})
    found = compare(p, CompareOptions(replicates=B, threads=1), known, weights=weights)
    return p, d, outcomes, weights, found


def _foretold(found, part, **columns):
    columns = {"condition": "full", "against": "accuracy", "dataset": "all", "part": part} | columns
    (row,) = found.disagreement.select(**columns)
    return row


def test_quarters_of_disagreement(disagreeing):
    p, d, outcomes, _weights, found = disagreeing
    y = np.array(outcomes[None, "full"])
    quarter = np.full(N, -1)
    for of in (0, 1):
        some = np.flatnonzero((p.dataset == of) & ~np.isnan(d))
        edges = np.quantile(d[some], [0.25, 0.5, 0.75])
        quarter[some] = [sum(d[i] > edge for edge in edges) for i in some]
    means = [np.where(quarter == q, y, np.nan) for q in range(4)]
    for q in range(4):
        row = _foretold(found, f"quarter {q + 1}/4")
        assert row.value == pytest.approx(np.nanmean(means[q]), abs=1e-12)
        assert row.n_videos == np.sum(quarter == q)
        assert np.isnan(row.p)
    span = _foretold(found, "last - first quarter")
    assert span.value == pytest.approx(np.nanmean(means[3]) - np.nanmean(means[0]), abs=1e-12)
    assert span.n_left_out == np.isnan(d).sum()


def test_the_correlation_is_within_datasets(disagreeing):
    p, d, outcomes, weights, found = disagreeing
    y, known = np.array(outcomes[None, "full"]), ~np.isnan(d)

    def r(videos):
        """Return the correlation of what is left when each dataset of *these* videos has lost its mean."""
        a, b = [], []
        for of in (0, 1):
            some = [i for i in videos if known[i] and p.dataset[i] == of]
            a += list(d[some] - d[some].mean())
            b += list(y[some] - y[some].mean())
        return np.corrcoef(a, b)[0, 1]

    row = _foretold(found, "correlation")
    assert row.value == pytest.approx(r(range(N)), abs=1e-9)
    reps = replicates(p, weights, r)
    low, high = np.quantile(reps, tail_levels("expanded", row.n_clusters, 2))
    assert (row.low, row.high) == pytest.approx((low, high), abs=1e-9)
    one = _foretold(found, "correlation", dataset="x")
    here = known & (p.dataset == 0)
    assert one.value == pytest.approx(np.corrcoef(d[here], y[here])[0, 1], abs=1e-9)
    (test,) = [
        t for t in found.tests if t.dataset == "all" and "full: correlation" in t.test and "acc" in t.test
    ]
    assert (test.statistic, test.p) == (row.value, row.p)


def test_difficulty_and_the_hard_cut_are_told_too(disagreeing):
    *_, found = disagreeing
    assert _foretold(found, "correlation", against="difficulty").value == pytest.approx(0, abs=0.5)
    assert _foretold(found, "correlation", condition="led@0").oracle == "a"


def test_what_does_not_vary_has_no_correlation():
    outcomes = random_outcomes(KEYS[:2], 40, seed=8)
    outcomes[None, "full"] = np.ones(40)
    known = Known(disagreement={"jaccard_all": np.random.default_rng(1).random(40)})
    found = compare(predictions(outcomes), CompareOptions(replicates=99, threads=1), known)
    row = _foretold(found, "correlation")
    assert np.isnan([row.value, row.low, row.p]).all()
    assert row.reason == "one of the two does not vary"
