"""The jackknife literally deletes clusters, and a replicate literally repeats them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, t

from crossoracle.agreement import sample
from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.run import Options, agree
from crossoracle.stats.resampling import BLOCK, GivenWeights
from tests.handmade import estimates, random_ratings, rate, repeated, subset, values

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # levels stay as they are under resampling


def study(seed: int = 0, **more):
    return random_ratings(
        np.random.default_rng(seed), **({"videos": 30, "longest": 6, "missing": 0.1} | more)
    )


def clusters(ratings) -> list[tuple[int, int]]:
    """Return (dataset, cluster) of every cluster, in the order of the weights."""
    return sorted(set(zip(ratings.dataset.tolist(), ratings.cluster.tolist(), strict=True)))


def counts(ratings, weights: dict[tuple[int, int], int]) -> np.ndarray:
    """Return how often each video is taken when its cluster is taken so often."""
    return np.array(
        [weights[c] for c in zip(ratings.dataset.tolist(), ratings.cluster.tolist(), strict=True)]
    )


@pytest.mark.parametrize("per_cluster", [1, 2])
def test_jackknife_deletes_clusters(per_cluster):
    ratings = study(videos=18, per_cluster=per_cluster)
    everything = clusters(ratings)
    stratum = np.array([dataset for dataset, _ in everything])
    without, alone = [], []
    for one in everything:
        rest = counts(ratings, {c: int(c != one) for c in everything})
        without.append(values(repeated(ratings, rest), levels=LEVELS))
        alone.append(estimates(repeated(ratings, 1 - rest), levels=LEVELS))
    for key, e in estimates(ratings, levels=LEVELS).items():
        # a cluster enters where its own segments do
        enters = np.array([found[key].n_segments > 0 for found in alone])
        left_out = np.array([found[key] for found in without])
        assert e.n_clusters == enters.sum()
        low, high = _jackknife_t(e.value, left_out[enters], stratum[enters])
        c = COEFFICIENTS[e.statistic]
        expected = max(low, c.low), min(high, c.high)
        assert (e.jackknife_low, e.jackknife_high) == pytest.approx(expected, abs=1e-9), key


def test_what_moves_a_value_counts_as_a_cluster():
    """Segments with a lone rating enter the shares of levels, and nothing else."""
    whole = study(videos=24, datasets=1, missing=0.0)
    lone = np.isin(whole.video_of_segment(), np.arange(0, 24, 2))
    score, kept = whole.score.copy(), whole.kept.copy()
    score[1:, lone], kept[1:, lone] = np.nan, -1
    ratings = replace(whole, score=score, kept=kept)
    without = [values(repeated(ratings, 1 - np.eye(24, dtype=int)[v]), levels=LEVELS) for v in range(24)]
    alone = set()
    for key, e in estimates(ratings, levels=LEVELS).items():
        moves = [not np.isclose(found[key], e.value, rtol=0, atol=1e-12) for found in without]
        assert sum(moves) <= e.n_clusters == e.n_videos, key
        assert e.n_left_out == 24 - e.n_videos
        if e.n_clusters == 24:
            alone.add(e.statistic)
            assert any(moves[::2]), key
    assert alone == {name for name, c in COEFFICIENTS.items() if c.lone}
    assert {"fleiss_kappa", "conger_kappa", "gwet_ac1_all", "gwet_ac2_linear"} <= alone


def _jackknife_t(value, left_out, stratum):
    variance, strata = 0.0, sorted(set(stratum.tolist()))
    for h in strata:
        own = left_out[stratum == h]
        variance += (len(own) - 1) / len(own) * ((own - own.mean()) ** 2).sum()
    half = t.ppf(0.975, len(left_out) - len(strata)) * np.sqrt(variance)
    return value - half, value + half


@pytest.mark.parametrize("per_cluster", [1, 3])
def test_replicates_repeat_clusters(per_cluster):
    # the bounds of a single resample are its value
    ratings = study(per_cluster=per_cluster)
    rng = np.random.default_rng(1)
    for _ in range(3):
        drawn = {d: rng.multinomial(n, np.ones(n) / n) for d, n in enumerate(ratings.clusters.values())}
        weights = {name: drawn[d][None, :].astype(float) for d, name in enumerate(ratings.datasets)}
        found = estimates(ratings, levels=LEVELS, interval="percentile", weights=GivenWeights(weights))
        taken = counts(ratings, {(d, c): int(drawn[d][c]) for d, c in clusters(ratings)})
        literal = values(repeated(ratings, taken), levels=LEVELS)
        assert {key: e.low for key, e in found.items()} == pytest.approx(literal, abs=1e-10, nan_ok=True)


def test_bounds_are_quantiles_at_levels_of_the_clusters_that_contribute():
    # a third of the videos have no correlation of their own: they are drawn, but are not counted as clusters
    ratings = study(seed=3, videos=24, longest=3, datasets=1)
    key = ("spearman_within", "o0", "o1")
    drawn = np.random.default_rng(4).multinomial(24, np.ones(24) / 24, size=60).astype(float)

    def weights(rows):
        return GivenWeights({ratings.datasets[0]: rows})

    replicates = [
        estimates(ratings, key[0], interval="percentile", weights=weights(row[None]))[key].low
        for row in drawn
    ]
    e = estimates(ratings, key[0], weights=weights(drawn))[key]
    assert 2 < e.n_clusters < 20
    levels = norm.cdf(
        np.array([-1, 1]) * np.sqrt(e.n_clusters / (e.n_clusters - 1)) * t.ppf(0.975, e.n_clusters - 1)
    )
    assert (e.low, e.high) == pytest.approx(np.nanquantile(replicates, levels), abs=1e-9)


def test_pooling_sums_tallies_within_strata():
    # a dataset's own estimate is that of its videos alone, under the same weights
    ratings = study(datasets=3)
    options = {"levels": LEVELS, "replicates": 200, "seed": 3}
    found = agree(ratings, Options(**options)).estimates
    for d, name in enumerate(ratings.datasets):
        alone = repeated(ratings, (ratings.dataset == d).astype(int))
        by_itself = {
            (e.statistic, e.oracle_a, e.oracle_b): e
            for e in agree(alone, Options(**options, by="none")).estimates
        }
        for e in found.select(dataset=name):
            other = by_itself[e.statistic, e.oracle_a, e.oracle_b]
            bounds = (e.value, e.low, e.high, e.jackknife_low, e.jackknife_high)
            assert bounds == pytest.approx(
                (other.value, other.low, other.high, other.jackknife_low, other.jackknife_high),
                abs=1e-10,
                nan_ok=True,
            )


def test_labels_are_estimated_from_their_videos_alone():
    ratings = study(videos=60, datasets=1)
    label = np.array(["a", "b", None] * 20, dtype=object)
    options = {"levels": LEVELS, "replicates": 20}
    found = agree(replace(ratings, label=label), Options(**options, by="label")).estimates
    assert {(e.dataset, e.label) for e in found} == {("all", None), ("0", "a"), ("0", "b")}
    for name in ("a", "b"):
        alone = estimates(repeated(ratings, (label == name).astype(int)), **options)
        for e in found.select(label=name):
            other = alone[e.statistic, e.oracle_a or "", e.oracle_b or ""]
            numbers = [(x.value, x.jackknife_low, x.jackknife_high) for x in (e, other)]
            assert numbers[0] == pytest.approx(numbers[1], abs=1e-10, nan_ok=True)
            assert (e.n_segments, e.n_videos, e.n_clusters, e.n_left_out) == (
                other.n_segments,
                other.n_videos,
                other.n_clusters,
                other.n_left_out,
            )


def test_a_gradient_over_cells_stands_in_for_deletion(monkeypatch):
    ratings = study(videos=400, datasets=1, levels=3)
    exact = estimates(ratings, replicates=1)
    monkeypatch.setattr(sample, "EXACT", 1000)
    quick = estimates(ratings, replicates=1)
    wide = [
        key
        for key, e in exact.items()
        if not np.isclose(e.jackknife_high, quick[key].jackknife_high, rtol=1e-12, atol=0)
    ]
    assert {"spearman", "kendall_tau_b", "cohen_kappa_levels", "alpha_ordinal", "fleiss_kappa_levels"} <= {
        name for name, *_ in wide
    }
    for key in wide:
        widths = [found[key].jackknife_high - found[key].jackknife_low for found in (exact, quick)]
        assert widths[1] == pytest.approx(widths[0], rel=0.02), key


def test_a_label_beyond_the_first_block_of_clusters_has_its_own_weights():
    # weights come in blocks of clusters; a label may lie in any of them, and its tau-b is counted by pairs
    videos, own = BLOCK + 200, 150
    rng = np.random.default_rng(4)
    rated = rate(rng.integers(0, 30, (2, 2 * videos)) / 29, [2] * videos)
    last = np.arange(videos - own, videos)
    rated = replace(rated, label=np.array([None] * (videos - own) + ["last"] * own, dtype=object))
    times = rng.multinomial(videos, np.ones(videos) / videos)
    options = Options(
        ("kendall_tau_b",), by="label", interval="percentile", weights=GivenWeights({"d": times[None]})
    )
    (found,) = agree(rated, options).estimates.select(label="last")
    literal = values(subset(rated, np.repeat(last, times[last])), "kendall_tau_b")
    assert found.low == pytest.approx(literal["kendall_tau_b", "o0", "o1"], abs=1e-12)
