"""What must not matter: names, the order of rows and files, oracles nobody compares, threads and blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crossoracle.agreement import loading, pairs, ratings, sample
from crossoracle.agreement.loading import prepare
from crossoracle.agreement.run import Options, agree
from crossoracle.tables import connect, read
from tests.handmade import estimates, random_ratings, subset, table, values

NUMBERS = ("value", "low", "high", "jackknife_low", "jackknife_high", "mc_low", "mc_high")
exact = {"rel": 1e-12, "abs": 1e-12, "nan_ok": True}


@pytest.fixture(scope="module")
def study():
    return random_ratings(np.random.default_rng(5), videos=40, longest=7, oracles=4)


@pytest.fixture
def loaded(tmp_path):
    """Write tables as CSV files, read them together, and load ratings."""

    def through_files(*frames, **options):
        paths = [tmp_path / f"{i}.csv" for i in range(len(frames))]
        for frame, path in zip(frames, paths, strict=True):
            frame.to_csv(path, index=False)
        con = connect(threads=1)
        return prepare(con, read(con, "scores", *paths), **options).ratings()

    return through_files


def numbers(found, names=NUMBERS) -> dict:
    """Return the numbers of every estimate by statistic, pair and dataset."""
    return {
        (e.statistic, e.oracle_a, e.oracle_b, e.dataset, name): getattr(e, name)
        for e in found
        for name in names
    }


def everything(rated, **options) -> dict:
    return numbers(agree(rated, Options(**({"replicates": 50, "threads": 1} | options))).estimates)


def points(rated) -> dict:
    found = agree(rated, Options(replicates=1, threads=1)).estimates
    return numbers(found, ("value", "n_segments", "n_videos", "n_clusters"))


def test_rows_and_files_in_any_order(study, loaded):
    rows = table(study)
    mixed = rows.sample(frac=1, random_state=1)
    assert everything(loaded(mixed[:300], mixed[300:])) == pytest.approx(everything(loaded(rows)), **exact)
    assert everything(loaded(rows)) == pytest.approx(everything(study), **exact)


def test_names_of_videos(study, loaded):
    rows = table(study)
    names = np.unique(rows["video_id"])
    other = np.random.default_rng(2).permutation([f"clip {i}" for i in range(len(names))])
    renamed = rows.assign(video_id=rows["video_id"].map(dict(zip(names, other, strict=True))))
    assert points(loaded(renamed)) == pytest.approx(points(study), **exact)
    in_order = rows.assign(video_id="x" + rows["video_id"])
    assert everything(loaded(in_order)) == pytest.approx(everything(study), **exact)


def test_order_of_videos():
    rated = random_ratings(np.random.default_rng(6), videos=30, datasets=1)
    mixed = subset(rated, np.random.default_rng(7).permutation(30))
    assert values(mixed) == pytest.approx(values(rated), **exact)


def test_names_of_oracles(study, loaded):
    # new names put the oracles in another order: pairs turn round, and with them the signs of differences
    to = dict(zip(study.oracles, ["q", "b", "z", "a"], strict=True))
    renamed = values(loaded(table(study).assign(oracle=lambda rows: rows["oracle"].map(to))))
    for (name, a, b), value in values(study).items():
        first, second = sorted((to[a], to[b])) if a else ("", "")
        sign = -1 if a and to[a] > to[b] and name in ("bias_index", "mean_difference") else 1
        assert renamed[name, first, second] == pytest.approx(sign * value, **exact)


def test_an_oracle_that_nobody_compares(study, loaded):
    rows = table(study)
    few = rows[rows["oracle"].isin(["o1", "o3"])]
    assert everything(loaded(rows, oracles=["o3", "o1"])) == pytest.approx(everything(loaded(few)), **exact)


def test_other_pairs_do_not_change_a_pair(study):
    # levels are those of the pair, so even statistics of levels stay
    pair = values(subset_of_oracles(study, [1, 3]))
    among_four = values(study)
    of_pairs = {key: v for key, v in pair.items() if key[1]}
    assert of_pairs == pytest.approx({key: among_four[key] for key in of_pairs}, **exact)


def subset_of_oracles(rated, chosen):
    names = tuple(rated.oracles[g] for g in chosen)
    return replace(
        rated, oracles=names, runs=("0",) * len(chosen), score=rated.score[chosen], kept=rated.kept[chosen]
    )


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads(study, threads):
    assert everything(study, threads=threads, replicates=200) == pytest.approx(
        everything(study, replicates=200), **exact
    )


def test_blocks_of_work(study, monkeypatch):
    whole = everything(study, replicates=70)
    monkeypatch.setattr(sample, "CHUNK", 1)
    monkeypatch.setattr(sample, "PIECE", 1)
    monkeypatch.setattr(ratings, "PAIRWISE", 1)
    assert everything(study, replicates=70) == pytest.approx(whole, **exact)


def test_blocks_of_rows(study, loaded, monkeypatch):
    rows = table(random_ratings(np.random.default_rng(1), videos=600, longest=8))
    whole = loaded(rows)
    monkeypatch.setattr(loading, "CHUNK", 1)
    cut = loaded(rows)
    assert np.array_equal(cut.score, whole.score, equal_nan=True)
    assert np.array_equal(cut.kept, whole.kept)


def test_number_of_statistics(study):
    among_all = everything(study)
    for name in ("cohen_kappa", "spearman", "alpha_ordinal", "kendall_tau_b_all"):
        alone = everything(study, coefficients=(name,))
        assert alone == pytest.approx({key: among_all[key] for key in alone}, **exact)


def test_same_seed_same_results_and_another_seed_others(study):
    first, again, other = (everything(study, seed=seed) for seed in (7, 7, 8))
    assert first == pytest.approx(again, **exact)
    lows = [key for key in first if key[-1] == "low" and np.isfinite(first[key])]
    assert np.mean([first[key] != other[key] for key in lows]) > 0.9


def test_null_repeats(study):
    options = {"replicates": 1, "null": 5, "threads": 1, "coefficients": ("spearman_within", "cohen_kappa")}
    first = [e.p_null for e in agree(study, Options(**options)).estimates]
    assert first == [e.p_null for e in agree(study, Options(**(options | {"threads": 3}))).estimates]


def test_repeating_every_segment_within_its_video_narrows_nothing():
    # segments are not what is resampled: twice as many of them bring no information
    rated = random_ratings(np.random.default_rng(8), videos=30, missing=0.0, datasets=1)
    twice = np.repeat(np.arange(rated.score.shape[1]), 2)
    doubled = replace(rated, score=rated.score[:, twice], kept=rated.kept[:, twice], offset=2 * rated.offset)
    names = (
        "pearson",
        "lin_ccc",
        "mean_difference",
        "cohen_kappa",
        "percent_agreement",
        "jaccard",
        "spearman",
    )
    for key, e in estimates(rated, *names, replicates=99).items():
        d = estimates(doubled, *names, replicates=99)[key]
        assert (d.value, d.low, d.high) == pytest.approx((e.value, e.low, e.high), rel=1e-9)
        assert (d.jackknife_low, d.jackknife_high) == pytest.approx(
            (e.jackknife_low, e.jackknife_high), rel=1e-9
        )


@pytest.mark.parametrize("cost", [0, 1e12])
def test_two_ways_to_count_concordant_pairs(study, monkeypatch, cost):
    # a cell of the grid at no cost: always the grid; at any cost: always the matrices of cluster pairs
    names = ("kendall_tau_b", "kendall_tau_b_all")
    either = everything(study, coefficients=names)
    monkeypatch.setattr(pairs, "CHEAPER", cost)
    assert everything(study, coefficients=names) == pytest.approx(either, **exact)


def test_wide_statistics_may_use_fewer_replicates(study, monkeypatch):
    # the first 999 of the 9,999; a mean over pairs has as many as the pair that has fewest
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 100, study.score.shape[1]) / 128
    uneven = replace(study, score=np.stack([*study.score[:3], levels]))
    names = ("spearman", "spearman_all", "pearson")
    forced = everything(uneven, coefficients=names, replicates=999)
    seen = set()
    for work in (0, 2e6, 4e6, 8e6, 16e6, 1e12):
        monkeypatch.setattr(sample, "WORK", work)
        options = Options(names, by="none", replicates=None, threads=1, differences=True)
        found = agree(uneven, options).estimates
        of_pairs = [e.replicates for e in found.select(statistic="spearman")]
        (mean,) = found.select(statistic="spearman_all")
        assert mean.replicates == min(of_pairs)
        assert {e.replicates for e in found.select(statistic="pearson")} == {9999}
        for e in found:
            if e.replicates == 999:
                assert e.low == pytest.approx(forced[e.statistic, e.oracle_a, e.oracle_b, "all", "low"])
        seen.add(frozenset(of_pairs))
    assert {frozenset([999]), frozenset([999, 9999]), frozenset([9999])} == seen
