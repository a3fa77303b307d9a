"""Data that break statistics: nothing raises, nothing is 0 or 1 by convention, the undefined says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.run import Options, agree
from crossoracle.errors import InputError, UnknownNameError
from tests.handmade import EVERYTHING, estimates, random_ratings, rate, subset, values

# statistics that the formula itself makes 0 when one oracle is constant: no agreement beyond chance
CHANCE = {"cohen_kappa", "kappa_quadratic", "lin_ccc", "kappa_linear", "cohen_kappa_levels"}


def study(seed: int = 3, **more):
    return random_ratings(np.random.default_rng(seed), **({"videos": 24, "longest": 6} | more))


def with_rows(rated, oracle: int, score=None, kept=None):
    """Return the ratings with everything of one oracle replaced."""
    scores, flags = rated.score.copy(), rated.kept.copy()
    scores[oracle] = scores[oracle] if score is None else score
    flags[oracle] = flags[oracle] if kept is None else kept
    return replace(rated, score=scores, kept=flags)


def apart():
    """Three oracles, of which the third rates no segment that another rates."""
    rated = study()
    third = np.arange(rated.score.shape[1]) % 2 == 0
    scores = np.where(third, np.nan, rated.score)
    scores[2] = np.where(third, rated.score[2], np.nan)
    flags = np.where(third, -1, rated.kept)
    flags[2] = np.where(third, rated.kept[2], -1)
    return replace(rated, score=scores, kept=flags)


CASES = {
    "30 % missing": study(missing=0.3),
    "a constant oracle": with_rows(study(), 1, score=0.5, kept=1),
    "an oracle constant at 0": with_rows(study(), 0, score=0.0, kept=0),
    "two constant oracles": with_rows(with_rows(study(), 1, 0.5, 1), 2, 0.5, 1),
    "all equal to 0.7": with_rows(with_rows(with_rows(study(), 0, 0.7, 1), 1, 0.7, 1), 2, 0.7, 1),
    "all equal to 1/3": with_rows(with_rows(with_rows(study(), 0, 1 / 3, 0), 1, 1 / 3, 0), 2, 1 / 3, 0),
    "an oracle without ratings": with_rows(study(), 1, score=np.nan, kept=-1),
    "an oracle with no pairable value": apart(),
    "scores only": replace(study(), kept=np.full_like(study().kept, -1)),
    "flags only": replace(study(), score=np.full_like(study().score, np.nan)),
    "nothing at all": replace(study(), score=study().score * np.nan, kept=np.full_like(study().kept, -1)),
    "videos of one segment": study(longest=1),
    "one video of one segment among others": subset(study(), np.argsort(study().length)[[0, -1, -2, -3]]),
    "a single video": subset(study(), [int(np.argmax(study().length))]),
    "a single segment": rate([[0.5], [0.25]], kept=[[1], [0]]),
    "two videos": subset(study(), [0, 1]),
    "a dataset with a single video": study(datasets=1, videos=20),
    "many levels beside few": with_rows(
        study(videos=60), 2, score=np.random.default_rng(0).random(study(videos=60).score.shape[1])
    ),
    "zero videos": rate(np.zeros((3, 0)), []),
}


@pytest.mark.parametrize("case", CASES)
def test_every_undefined_number_says_why(case):
    options = {"replicates": 40, "threads": 1, "null": 2, "differences": True, "coefficients": EVERYTHING}
    found = agree(CASES[case], Options(**options))
    for e in found.estimates:
        if np.isnan(e.value):
            assert e.reason, e
            assert np.isnan([e.low, e.high, e.jackknife_low, e.jackknife_high]).all(), e
        elif np.isnan(e.low):
            assert e.reason, e
        assert not np.isinf([e.value, e.low, e.high, e.jackknife_low, e.jackknife_high]).any(), e
    for d in found.differences:
        assert np.isnan(d.value) <= np.isnan(d.low)
    assert len(found.estimates)


@pytest.mark.parametrize("interval", ["expanded", "percentile", "bca", "jackknife", "hall"])
@pytest.mark.parametrize("case", ["a constant oracle", "a single video", "an oracle with no pairable value"])
def test_every_kind_of_interval(case, interval):
    for key, e in estimates(CASES[case], replicates=40, interval=interval).items():
        assert np.isfinite(e.low) == np.isfinite(e.high)
        assert np.isfinite(e.low) or e.reason, key


@pytest.mark.parametrize("case", ["all equal to 0.7", "all equal to 1/3"])
def test_all_equal_scores_have_no_coefficient_that_chance_corrects(case):
    rated = CASES[case]
    scores = [n for n, c in COEFFICIENTS.items() if c.reads != "kept"]
    found = values(rated, *scores)
    plain = {"mean_difference": 0, "mean_abs_difference": 0}
    plain |= dict.fromkeys(("percent_agreement_levels", "percent_agreement_all_levels"), 1)
    for (name, *pair), value in found.items():
        if name in plain:
            assert value == plain[name]
        elif name != "topk_overlap":  # it ranks all segments alike, and the kept sets are all or nothing
            assert np.isnan(value), (name, pair)


@pytest.mark.parametrize("case", ["a constant oracle", "an oracle constant at 0"])
def test_a_constant_oracle_has_no_correlation(case):
    constant = "o1" if case == "a constant oracle" else "o0"
    found = values(CASES[case])
    correlations = {
        n for n in COEFFICIENTS if n.startswith(("pearson", "spearman", "kendall_tau", "kendall_within"))
    }
    for (name, a, b), value in found.items():
        if name in correlations and (constant in (a, b) or not a):
            assert np.isnan(value), name
        if name in CHANCE and constant in (a, b):
            assert value == pytest.approx(0, abs=1e-12), name


def test_an_oracle_without_ratings_leaves_the_others_alone():
    found, without = values(CASES["an oracle without ratings"]), values(study())
    for key in found:
        if key[1:] == ("o0", "o2"):
            assert found[key] == pytest.approx(without[key], abs=1e-12, nan_ok=True)
        elif key[1:]:
            assert key[1] == "" or np.isnan(found[key]), key
    assert np.isfinite(found["alpha_interval", "", ""])


def test_a_pair_that_never_meets_has_no_mean_over_pairs():
    found = estimates(CASES["an oracle with no pairable value"])
    for name in [n for n, c in COEFFICIENTS.items() if c.mean_of]:
        assert np.isnan(found[name, "", ""].value)
    assert np.isnan(found["icc_2_1", "", ""].value)
    assert found["icc_2_1", "", ""].n_segments == 0
    assert np.isfinite(found["alpha_interval", "", ""].value)


def test_too_many_levels_ask_for_bins():
    rng = np.random.default_rng(0)
    rated = rate(rng.random((2, 300)), [10] * 30)
    refused = estimates(rated)
    for name in [n for n, c in COEFFICIENTS.items() if c.reads == "levels" and c.of == "pair"]:
        assert np.isnan(refused[name, "o0", "o1"].value)
        assert "--bins" in refused[name, "o0", "o1"].reason
    binned = values(rated, bins=10)
    middle = np.minimum((rated.score * 10).astype(int), 9) / 10 + 0.05
    by_hand = values(replace(rated, score=middle), levels=tuple(np.arange(10) / 10 + 0.05))
    for (name, *pair), value in binned.items():
        of = by_hand if COEFFICIENTS[name].reads == "levels" else values(rated, name)
        assert value == pytest.approx(of[name, *pair], abs=1e-12, nan_ok=True), name


@pytest.mark.parametrize(
    ("kept", "unkept", "said"),
    [
        (9, 30, "needs 10"),
        (30, 9, "needs 10"),
        (15, 5, "needs 10"),
        (10, 30, "warning"),
        (30, 19, "warning"),
        (20, 20, ""),
    ],
)
def test_few_videos_with_a_kept_or_an_unkept_segment(kept, unkept, said):
    video = np.arange(30)
    flags = np.stack([np.where(video < kept, 1, -1), np.where(video < unkept, 0, -1)], axis=1).ravel()
    rated = rate(np.zeros((2, 60)), [2] * 30, kept=[flags, flags])
    e = estimates(rated, "percent_agreement", replicates=99)["percent_agreement", "o0", "o1"]
    assert e.value == 1
    assert np.isnan(e.low) == (said == "needs 10")
    assert said in (e.reason or "")
    assert bool(e.reason) == bool(said)


@pytest.mark.parametrize(
    ("case", "key", "said"),
    [
        ("a constant oracle", ("spearman_within", "o0", "o1"), "an oracle is constant in every video"),
        ("a constant oracle", ("spearman", "o0", "o1"), "constant"),
        ("all equal to 1/3", ("jaccard", "o0", "o1"), "both kept sets are empty in every video"),
        ("all equal to 1/3", ("alpha_interval", "", ""), "every score is equal"),
        ("all equal to 1/3", ("cohen_kappa", "o0", "o1"), "chance alone agrees everywhere"),
        ("an oracle without ratings", ("cohen_kappa_levels", "o0", "o1"), "no segment"),
        ("an oracle without ratings", ("conger_kappa_levels", "", ""), "an oracle has no rating"),
        ("an oracle with no pairable value", ("icc_2_1", "", ""), "fewer than two complete segments"),
        ("a single segment", ("icc_2_1", "", ""), "fewer than two complete segments"),
        ("a single video", ("alpha_interval", "", ""), "needs at least two clusters"),
        ("many levels beside few", ("kappa_linear", "o0", "o2"), "--bins"),
    ],
)
def test_reasons_are_true(case, key, said):
    assert said in estimates(CASES[case])[key].reason


def test_one_cluster_strata_are_named():
    rated = random_ratings(np.random.default_rng(0), videos=22, datasets=1)
    lonely = replace(rated, datasets=("big", "small"), dataset=np.repeat([0, 1], [21, 1]))
    lonely = replace(lonely, cluster=np.append(np.arange(21), 0))
    e = estimates(lonely, "alpha_interval", replicates=99)["alpha_interval", "", ""]
    assert np.isfinite(e.low)
    assert "small" in e.reason
    only = estimates(subset(rated, range(21)), "alpha_interval")["alpha_interval", "", ""]
    assert "small" not in (only.reason or "")


def test_undefined_replicates_are_counted_and_named():
    # kept by both in one video alone: a resample without it has an oracle that keeps nothing
    flags = np.zeros((2, 3 * 40), dtype=int)
    flags[0, : 3 * 12 : 3] = 1
    rated = rate(np.zeros((2, 120)), [3] * 40, kept=flags)
    e = estimates(rated, "positive_agreement", replicates=999)["positive_agreement", "o0", "o1"]
    assert (e.value, e.n_undefined) == (0, 0)
    score = np.zeros((2, 120))
    score[:, 0] = 1
    rare = rate(score, [3] * 40)
    e = estimates(rare, "pearson", replicates=999)["pearson", "o0", "o1"]
    assert e.value == pytest.approx(1)
    assert 0.30 < e.n_undefined / 999 < 0.45  # (1 - 1/40)^40
    assert np.isnan(e.low)
    assert "undefined" in e.reason


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("replicates", 0),
        ("bins", 1),
        ("bins", 0),
        ("null", -1),
        ("level", 1.0),
        ("level", 0.0),
        ("by", "video"),
        ("interval", "basic"),
    ],
)
def test_options_that_make_no_sense(option, value):
    with pytest.raises(InputError, match=f"{value}"):
        Options(**{option: value})


def test_an_unknown_coefficient_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="cohen_kappa"):
        agree(study(), Options(("cohens_kappa",)))


def test_scores_that_are_none_of_the_given_levels():
    with pytest.raises(InputError, match="levels"):
        values(study(), "kappa_linear", levels=(0.0, 0.5, 1.0))
