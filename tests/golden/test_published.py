"""Published and worked tables with known answers, within the precision of their source.

Every value is typed from reference/golden_published.json, by name; its tolerance is half a unit of the last
printed digit, or less where the source gives more. Standard errors and F-based intervals that are printed
beside an estimate are of unclustered units: the estimate alone is compared. ``MATCHED`` is tested with its
functions; ``NO_COUNTERPART`` is not computed here, on purpose.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from crossoracle.agreement.correlation import Moments, pearson
from crossoracle.agreement.fleiss import fleiss_null_se
from crossoracle.agreement.kappa import weighted_kappa
from crossoracle.stats.intervals import Jackknife
from crossoracle.stats.multiplicity import holm
from crossoracle.stats.paired import clustered_mean, sign_flip, wilson
from crossoracle.stats.resampling import ClusterWeights
from tests.handmade import estimates, rate, values

# Fleiss (1971), table 1: 30 patients, how many of 6 psychiatrists gave each of 5 diagnoses
FLEISS = [
    [0, 0, 0, 6, 0],
    [0, 3, 0, 0, 3],
    [0, 1, 4, 0, 1],
    [0, 0, 0, 0, 6],
    [0, 3, 0, 3, 0],
    [2, 0, 4, 0, 0],
    [0, 0, 4, 0, 2],
    [2, 0, 3, 1, 0],
    [2, 0, 0, 4, 0],
    [0, 0, 0, 0, 6],
    [1, 0, 0, 5, 0],
    [1, 1, 0, 4, 0],
    [0, 3, 3, 0, 0],
    [1, 0, 0, 5, 0],
    [0, 2, 0, 3, 1],
    [0, 0, 5, 0, 1],
    [3, 0, 0, 1, 2],
    [5, 1, 0, 0, 0],
    [0, 2, 0, 4, 0],
    [1, 0, 2, 0, 3],
    [0, 0, 0, 0, 6],
    [0, 1, 0, 5, 0],
    [0, 2, 0, 1, 3],
    [2, 0, 0, 4, 0],
    [1, 0, 0, 4, 1],
    [0, 5, 0, 1, 0],
    [4, 0, 0, 0, 2],
    [0, 2, 0, 4, 0],
    [1, 0, 5, 0, 0],
    [0, 0, 0, 0, 6],
]
# R irr::diagnoses lists the same patients by rater, in increasing order of the diagnosis
DIAGNOSES = [np.repeat(np.arange(1, 6), row).tolist() for row in FLEISS]
# Krippendorff (2011), reliability data C = Gwet (2014), table 2.9: 4 raters, 12 units
_ = None
FOUR_RATERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
# Krippendorff (2011), data A (2 observers, binary) and B (Ben and Gerry, 5 categories)
BINARY = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
BEN_AND_GERRY = [["abcde".index(x) for x in row] for row in ("aabbdcccedda", "babbbccceddd")]
# Shrout & Fleiss (1979), table 2: 6 targets, 4 judges
SHROUT = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# Efron & Tibshirani (1993), table 3.1: 15 law schools
LSAT = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594]
GPA = [3.39, 3.3, 2.81, 3.03, 3.44, 3.07, 3.0, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96]
# SciPy's docstrings of spearmanr and kendalltau; Wikipedia on Spearman's rho (IQ, hours of television)
SPEARMAN_TIES = [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7]]
KENDALL_TIES = [[12, 2, 1, 12, 2], [1, 4, 7, 1, 0]]
TELEVISION = [[106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]]


def crossed(table):
    """Return the two ratings of every unit of a contingency table (first rater in rows)."""
    table = np.asarray(table)
    i, j = np.indices(table.shape)
    return [np.repeat(i.ravel(), table.ravel()), np.repeat(j.ravel(), table.ravel())]


# Gwet (2014), pregnancy abstractors; Cohen (1960), table 1, and Cohen (1968), as counts of 200
ABSTRACTORS = crossed([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
COHEN_1960 = crossed([[50, 26, 24], [24, 4, 32], [6, 30, 4]])
COHEN_1968 = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
# Feinstein & Cicchetti (1990), two tables with the same p_o; Byrt et al. (1993) for PABAK
PARADOX_A, PARADOX_B = [[40, 9], [6, 45]], [[80, 10], [5, 5]]

RATINGS = {
    "diagnoses": rate(np.transpose(DIAGNOSES)),
    "four raters": rate(FOUR_RATERS),
    "binary": rate(BINARY),
    "Ben and Gerry": rate(BEN_AND_GERRY),
    "abstractors": rate(ABSTRACTORS),
    "Cohen 1960": rate(COHEN_1960),
    "Cohen 1968": rate(crossed(COHEN_1968)),
    "judges": rate(np.transpose(SHROUT)),
    "paradox a": rate(np.zeros((2, 100)), kept=1 - np.array(crossed(PARADOX_A))),
    "paradox b": rate(np.zeros((2, 100)), kept=1 - np.array(crossed(PARADOX_B))),
    "law schools": rate([LSAT, GPA]),
    "spearman ties": rate(SPEARMAN_TIES),
    "kendall ties": rate(KENDALL_TIES),
    "television": rate(TELEVISION),
}

# name, table, statistic, value, tolerance
PUBLISHED = [
    ("fleiss1971_kappa", "diagnoses", "fleiss_kappa_levels", 0.430, 0.0005),
    ("fleiss1971_kappa_hp", "diagnoses", "fleiss_kappa_levels", 0.4302445201, 1e-9),
    ("fleiss1971_alpha_nominal", "diagnoses", "alpha_nominal_levels", 0.4334098283, 1e-9),
    ("fleiss1971_AC1", "diagnoses", "gwet_ac1_all_levels", 0.4478845158, 1e-9),
    ("fleiss1971_randolph", "diagnoses", "brennan_prediger_levels", 0.4444444444, 1e-9),
    ("fleiss1971_conger_exact", "diagnoses", "conger_kappa_levels", 0.442, 0.0005),
    ("krippendorff_4x12_nominal", "four raters", "alpha_nominal_levels", 0.743, 0.0005),
    ("krippendorff_4x12_nominal_hp", "four raters", "alpha_nominal_levels", 0.7434210526, 1e-9),
    ("krippendorff_4x12_ordinal", "four raters", "alpha_ordinal", 0.815, 0.0005),
    ("krippendorff_4x12_ordinal_hp", "four raters", "alpha_ordinal", 0.8153875038, 1e-9),
    ("krippendorff_4x12_interval", "four raters", "alpha_interval", 0.849, 0.0005),
    ("krippendorff_4x12_interval_hp", "four raters", "alpha_interval", 0.8491071429, 1e-9),
    ("krippendorff_4x12_ratio", "four raters", "alpha_ratio", 0.797, 0.0005),
    ("krippendorff_4x12_ratio_hp", "four raters", "alpha_ratio", 0.7974027747, 1e-9),
    ("gwet_raw4raters_gwet_ac1", "four raters", "gwet_ac1_all_levels", 0.77544, 6e-6),
    ("gwet_raw4raters_fleiss_kappa", "four raters", "fleiss_kappa_levels", 0.76117, 6e-6),
    ("gwet_raw4raters_krippendorff_alpha_nominal", "four raters", "alpha_nominal_levels", 0.74342, 6e-6),
    ("gwet_raw4raters_conger_kappa", "four raters", "conger_kappa_levels", 0.76207, 6e-6),
    ("gwet_raw4raters_brennan_prediger", "four raters", "brennan_prediger_levels", 0.77273, 6e-6),
    ("gwet_raw4raters_quadratic", "four raters", "gwet_ac2_quadratic", 0.91400072, 1e-7),
    ("gwet_raw4raters_quadratic", "four raters", "alpha_interval", 0.84910714, 1e-7),
    ("gwet_raw4raters_linear", "four raters", "gwet_ac2_linear", 0.85873914, 1e-7),
    ("gwet_raw4raters_ratio", "four raters", "alpha_ratio", 0.79740277, 1e-7),
    ("krippendorff_2obs_binary", "binary", "alpha_nominal_levels", 0.095, 0.0005),
    ("krippendorff_2obs_nominal", "Ben and Gerry", "alpha_nominal_levels", 0.692, 0.0005),
    ("krippendorff_2obs_nominal_cohen", "Ben and Gerry", "cohen_kappa_levels", 0.6842105263, 1e-9),
    ("gwet_abstractors_cohen_kappa", "abstractors", "cohen_kappa_levels", 0.7964094, 6e-8),
    ("gwet_abstractors_scott_pi", "abstractors", "scott_pi_levels", 0.7962397, 6e-8),
    ("gwet_abstractors_gwet_ac1", "abstractors", "gwet_ac1_levels", 0.8493305, 6e-8),
    ("gwet_abstractors_brennan_prediger", "abstractors", "pabak_levels", 0.835, 6e-8),
    ("gwet_abstractors_krippendorff_alpha_nominal", "abstractors", "alpha_nominal_levels", 0.7972585, 6e-8),
    ("gwet_abstractors_percent_agreement", "abstractors", "percent_agreement_levels", 0.89, 6e-8),
    ("cohen1960", "Cohen 1960", "cohen_kappa_levels", -0.0923, 0.0001),
    ("cohen1968_unweighted", "Cohen 1968", "cohen_kappa_levels", 0.492, 0.0005),
    ("shrout_fleiss_icc_1_1", "judges", "icc_1_1", 0.17, 0.005),
    ("shrout_fleiss_icc_2_1", "judges", "icc_2_1", 0.29, 0.005),
    ("shrout_fleiss_icc_3_1", "judges", "icc_3_1", 0.71, 0.005),
    ("shrout_fleiss_icc_1_k", "judges", "icc_1_k", 0.44, 0.005),
    ("shrout_fleiss_icc_2_k", "judges", "icc_2_k", 0.62, 0.005),
    ("shrout_fleiss_icc_3_k", "judges", "icc_3_k", 0.91, 0.005),
    ("shrout_fleiss_icc_1_1_hp", "judges", "icc_1_1", 0.16574177, 1e-8),
    ("shrout_fleiss_icc_2_1_hp", "judges", "icc_2_1", 0.28976378, 1e-8),
    ("shrout_fleiss_icc_3_1_hp", "judges", "icc_3_1", 0.71484071, 1e-8),
    ("shrout_fleiss_icc_1_k_hp", "judges", "icc_1_k", 0.44279713, 1e-8),
    ("shrout_fleiss_icc_2_k_hp", "judges", "icc_2_k", 0.62005055, 1e-8),
    ("shrout_fleiss_icc_3_k_hp", "judges", "icc_3_k", 0.90931554, 1e-8),
    ("shrout_fleiss_icc_3_k_hp", "judges", "cronbach_alpha", 0.90931554, 1e-8),
    ("shrout_fleiss_alpha_interval", "judges", "alpha_interval", 0.14730785, 1e-7),
    ("paradox_a_kappa", "paradox a", "cohen_kappa", 0.70, 0.0051),
    ("paradox_a_pabak", "paradox a", "pabak", 0.7, 1e-9),
    ("paradox_a_ac1", "paradox a", "gwet_ac1", 0.70074813, 1e-7),
    ("paradox_a_specific", "paradox a", "positive_agreement", 0.84210526, 1e-7),
    ("paradox_a_specific", "paradox a", "negative_agreement", 0.85714286, 1e-7),
    ("paradox_b_kappa", "paradox b", "cohen_kappa", 0.32, 0.0051),
    ("paradox_b_pabak", "paradox b", "pabak", 0.7, 1e-9),
    ("paradox_b_ac1", "paradox b", "gwet_ac1", 0.808, 1e-7),
    ("paradox_b_specific", "paradox b", "positive_agreement", 0.91428571, 1e-7),
    ("paradox_b_specific", "paradox b", "negative_agreement", 0.4, 1e-7),
    ("efron_law_r", "law schools", "pearson", 0.776, 0.0005),
    ("efron_law_spearman", "law schools", "spearman", 0.79642857, 1e-7),
    ("efron_law_kendall", "law schools", "kendall_tau_b", 0.63809524, 1e-7),
    ("scipy_spearman_ties", "spearman ties", "spearman", 0.8207826816681233, 1e-12),
    ("scipy_kendall_ties", "kendall ties", "kendall_tau_b", -0.47140452079103173, 1e-12),
    ("wiki_spearman", "television", "spearman", -29 / 165, 1e-12),
]
ELSEWHERE = {  # by tests of their own below
    "fleiss1971_pa_pe",
    "fleiss1971_per_category",
    "fleiss1971_z",
    "cohen1968_weighted",
    "cohen1968_asymmetric",
    "efron_law_jackknife",
    "efron_law_bootstrap_se",
    "efron_law_percentile90",
    "efron_law_bca90",
    "holm_wiki",
    "bh1995_holm_rejections",
    "bh1995_holm_adjusted",
    "darwin_signflip",
    "clustered_mean_cr0",
    "clustered_mean_inspect",
    "wilson_81_263",
    "disattenuation",
}
MATCHED = {  # tests/stats/test_matched.py: McNemar, Tango, Newcombe, Cochran's Q
    "tango_bentur2009",
    "tango_bentur2009_hp",
    "tango_tango1998_VII",
    "tango_tango1998_VII_hp",
    "tango_tango1998_V",
    "tango_tango1998_V_hp",
    "tango_agresti_min2005",
    "tango_agresti_min2005_hp",
    "tango_propcis_doc",
    "tango1998_V_noninferiority",
    "newcombe_newcombe1998_m10",
    "newcombe_bentur2009_m10",
    "mcnemar_bentur2009",
    "cochran_q_12x4",
}
NO_COUNTERPART = {  # metrics that are no metric of importance scores; older matched tests and intervals
    "krippendorff_4x12_circular5",
    "gwet_raw4raters_ordinal",
    "gwet_raw4raters_radical",
    "gwet_raw4raters_circular",
    "gwet_raw4raters_bipolar",
    "newcombe_newcombe1998_m8",
    "wald_bentur2009",
    "mcnemar_agresti_approval",
}


@pytest.mark.parametrize(
    ("table", "statistic", "value", "tolerance"),
    [row[1:] for row in PUBLISHED],
    ids=[f"{row[0]}-{row[2]}" for row in PUBLISHED],
)
def test_published_value(table, statistic, value, tolerance):
    (found,) = values(RATINGS[table], statistic).values()
    assert found == pytest.approx(value, abs=tolerance, rel=0)


def test_every_entry_of_the_source_is_covered_or_listed(shared):
    entries = json.loads(shared("reference/golden_published.json").read_text())["entries"]
    listed = {row[0] for row in PUBLISHED} | ELSEWHERE | MATCHED | NO_COUNTERPART
    assert listed == {entry["name"] for entry in entries}


def test_fleiss_observed_and_chance_agreement():
    (observed,) = values(RATINGS["diagnoses"], "percent_agreement_all_levels").values()
    (kappa,) = values(RATINGS["diagnoses"], "fleiss_kappa_levels").values()
    chance = (observed - kappa) / (1 - kappa)
    assert (observed, chance) == pytest.approx((0.555, 0.220), abs=0.0015)


@pytest.mark.parametrize(("diagnosis", "kappa"), [(1, 0.245), (2, 0.245), (3, 0.520), (4, 0.471), (5, 0.566)])
def test_fleiss_kappa_of_one_diagnosis_against_the_rest(diagnosis, kappa):
    kept = np.transpose(DIAGNOSES) == diagnosis
    (found,) = values(rate(np.zeros(kept.shape), kept=kept), "fleiss_kappa").values()
    assert found == pytest.approx(kappa, abs=0.0006)


def test_fleiss_z():
    assert 0.4302445201 / fleiss_null_se(np.array(FLEISS, dtype=float)) == pytest.approx(17.7, abs=0.05)


@pytest.mark.parametrize(
    ("metric", "kappa"),
    [([[0, 1, 3], [1, 0, 6], [3, 6, 0]], 0.348), ([[0, 1, 4], [1, 0, 6], [2, 2, 0]], 0.353)],
    ids=["cohen1968_weighted", "cohen1968_asymmetric"],
)
def test_cohen_weighted_kappa(metric, kappa):
    counts, metric = np.array(COHEN_1968, dtype=float), np.array(metric, dtype=float)
    expected = counts.sum(axis=1) @ metric @ counts.sum(axis=0)
    found = weighted_kappa((counts * metric).sum(), counts.sum(), expected)
    assert found == pytest.approx(kappa, abs=0.0005)


def law_school_correlations(weights):
    """Return Pearson's r under rows of weights (..., schools)."""
    x, y = np.array(LSAT) / 600 - 1, np.array(GPA) / 3 - 1
    return pearson(Moments(*(weights @ v for v in (np.ones(15), x, y, x * x, y * y, x * y))))


def test_efron_law_jackknife():
    left_out = law_school_correlations(1 - np.eye(15))
    jackknife = Jackknife(left_out, np.zeros(15, dtype=int))
    found = jackknife.se, jackknife.bias(float(law_school_correlations(np.ones(15)))), jackknife.acceleration
    assert found == pytest.approx((0.1425, -0.0065, -0.0757), abs=6e-5)


def test_efron_law_bootstrap_standard_error():
    weights = ClusterWeights({"schools": 15}, 9999, 0).block("schools", 0, 9999, 0)
    assert law_school_correlations(weights).std(ddof=1) == pytest.approx(0.133, abs=0.003)


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [("percentile", (0.5226, 0.9476)), ("bca", (0.4290, 0.9272))],
    ids=["efron_law_percentile90", "efron_law_bca90"],
)
def test_efron_law_interval(kind, bounds):
    options = {"interval": kind, "level": 0.9, "replicates": 9999}
    (found,) = estimates(RATINGS["law schools"], "pearson", **options).values()
    assert (found.low, found.high) == pytest.approx(bounds, abs=0.012)


def test_holm_wiki():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=1e-12)


def test_bh1995_holm():
    # Benjamini & Hochberg (1995), section 3.2
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.324,
        0.4262,
        0.5719,
        0.6528,
    ]
    adjusted = holm(np.array([*p, 0.759, 1.0]))
    assert adjusted[:9] == pytest.approx(
        [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213], abs=1e-9
    )
    assert adjusted[9:] == pytest.approx(np.ones(6), abs=1e-9)
    assert np.count_nonzero(adjusted <= 0.05) == 3


def test_darwin_signflip():
    # Darwin's maize (Fisher 1935): of 2^15 flips, 863 give as large a sum, 1,726 as large a size
    p = sign_flip(np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0]))
    assert p == pytest.approx(0.05267333984375, abs=1e-9)
    assert p * 2**15 / 2 == 863


def test_clustered_mean():
    score = np.array([1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1.0])
    found = clustered_mean(score, np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4]))
    assert found.se_cr0 == pytest.approx(0.0594982274, abs=1e-9)
    assert found.se == pytest.approx(0.0665210405, abs=1e-9)


def test_wilson():
    # Newcombe (1998), 81 of 263
    found = wilson(81, 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=6e-5)


def test_disattenuation():
    # Spearman (1904): r_xy / sqrt(reliability of x times reliability of y)
    from crossoracle.stats.paired import disattenuated

    assert disattenuated(0.5, 0.7, 0.8) == pytest.approx(0.6681531048, abs=1e-9)
