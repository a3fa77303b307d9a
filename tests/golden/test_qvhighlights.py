"""QVHighlights validation annotations: 123 values of independent libraries, to 1e-9.

Three people rate 32,549 clips of 1,550 queries from 0 to 4 (score = rating / 4); a clip is kept at a rating
of 3, or of 2 or 4 where an id says so; moment-detr is a model, rescaled by one affine map ("raw": rank
statistics and correlations do not notice) or per video ("minmax"), and keeps the 70 % of each video that it
scores highest.

Source: reference/golden_qvhighlights_val.csv, where an id is "qvh_val." and the name here. Its libraries are
scikit-learn 1.9.1 (kappas), SciPy 1.12.0 (correlations), krippendorff 0.9.0, statsmodels 0.15.0 (fleiss,
randolph), irrCAC 0.4.4 (gwet_*, irrcac_*, percent_agreement; printed with 12 decimals), pingouin 0.6.1 (icc*,
cronbach) and numpy (overlaps).

No counterpart here: kappas of all raters with quadratic weights, other than alpha and AC2
(irrcac_{fleiss,conger,bp}_quadratic); AC2 with ordinal weights; averages by video first, or over the videos
without a constant rater only (video_first, all3); the Jaccard index that counts two empty sets as agreement
(_empty1); a model against the mean of the raters (hmean); kept sets whose size leaks the raters' counts
(budget); counts of constant videos.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from crossoracle.agreement.coefficient import Levels
from crossoracle.agreement.concordance import kendall_tau_b
from crossoracle.agreement.correlation import spearman
from crossoracle.agreement.joint import JOINT
from tests.handmade import estimates, subset, values

HUMANS = ("human-1", "human-2", "human-3")
MODEL = "moment-detr"
close = partial(pytest.approx, rel=1e-9, abs=1e-9)

# the ratings as they are: five levels
LEVELS = {
    "h1_h2.kappa_unweighted": 0.015261915787605052,
    "h1_h2.kappa_linear": 0.08289789066061526,
    "h1_h2.kappa_quadratic": 0.15483589730797298,
    "h1_h2.pearson": 0.15493944371867394,
    "h1_h2.spearman": 0.11719584950788031,
    "h1_h2.kendall_b": 0.09800666733235112,
    "h1_h3.kappa_unweighted": 0.005398103665315568,
    "h1_h3.kappa_linear": 0.08536062076961404,
    "h1_h3.kappa_quadratic": 0.170779067175016,
    "h1_h3.pearson": 0.172401583355337,
    "h1_h3.spearman": 0.12030163541267916,
    "h1_h3.kendall_b": 0.09992691692554517,
    "h2_h3.kappa_unweighted": 0.041613579831146774,
    "h2_h3.kappa_linear": 0.10828729329629261,
    "h2_h3.kappa_quadratic": 0.17824702013773874,
    "h2_h3.pearson": 0.17922629924040603,
    "h2_h3.spearman": 0.1385054957470979,
    "h2_h3.kendall_b": 0.1181805673454899,
    "mean_pair.kappa_unweighted": 0.020757866428022465,
    "mean_pair.kappa_linear": 0.09218193490884063,
    "mean_pair.kappa_quadratic": 0.1679539948735759,
    "h123.krippendorff_nominal": 0.02002365312760246,
    "h123.krippendorff_ordinal": 0.12266761432615603,
    "h123.krippendorff_interval": 0.16652809858921325,
    "h123.fleiss": 0.02001361711643071,
    "h123.randolph": 0.12799420361096595,
    "h123.gwet_AC1": 0.151370922687,
    "h123.percent_agreement": 0.302395362889,
    "h123.irrcac_fleiss": 0.020013617116,
    "h123.irrcac_conger": 0.020682514546,
    "h123.irrcac_bp": 0.127994203611,
    "h123.irrcac_krippendorff": 0.020023653127,
    "h123.gwet_AC2_linear": 0.42387448822,
    "h123.gwet_AC2_quadratic": 0.613588428304,
    "h123.irrcac_krippendorff_quadratic": 0.166528098588,
    "h123.icc1": 0.1665309414882661,
    "h123.icc2_1": 0.16785145344219893,
    "h123.icc3_1": 0.168653073119067,
    "h123.icc1_k": 0.3747709171229775,
    "h123.icc2_k": 0.3769957808216242,
    "h123.icc3_k": 0.3783421027267939,
    "h1_h2.within_spearman": 0.24883683863832068,
    "h1_h2.within_kendall_b": 0.23584423570621246,
    "h1_h2.within_pearson": 0.25417415826523393,
    "h1_h3.within_spearman": 0.2709759623900985,
    "h1_h3.within_kendall_b": 0.2557480329223719,
    "h1_h3.within_pearson": 0.2820948270495364,
    "h2_h3.within_spearman": 0.2513376855830363,
    "h2_h3.within_kendall_b": 0.23736222524434497,
    "h2_h3.within_pearson": 0.25691242878402126,
    "mean_pair.within_spearman": 0.2570501622038185,
    "mean_pair.within_kendall_b": 0.24298483129097645,
    "h123.cronbach_pooled": 0.3783421027267934,
}
# kept at a rating of 2, 3 or 4
KEPT = {
    "h1_h2.kappa_kept2": 0.13232824718270397,
    "h1_h2.thr2.jaccard_kept": 0.8030429002930886,
    "h1_h3.kappa_kept2": 0.14873340218312248,
    "h1_h3.thr2.jaccard_kept": 0.8087768844654887,
    "h2_h3.kappa_kept2": 0.14906668207842322,
    "h2_h3.thr2.jaccard_kept": 0.8148236750234799,
    "h123.jaccard_mean_pair_thr2": 0.8088811532606858,
    "h123.fleiss_kept2": 0.14264027079165467,
    "h1_h2.kappa_kept3": 0.14149044298214808,
    "h1_h2.thr3.jaccard_kept": 0.5334585753398237,
    "h1_h3.kappa_kept3": 0.17271857686686143,
    "h1_h3.thr3.jaccard_kept": 0.5530727426536188,
    "h2_h3.kappa_kept3": 0.14527860031815798,
    "h2_h3.thr3.jaccard_kept": 0.5565716267563245,
    "h123.jaccard_mean_pair_thr3": 0.5477009815832558,
    "h123.fleiss_kept3": 0.15187671097145602,
    "h1_h2.kappa_kept4": 0.006933432901162995,
    "h1_h2.thr4.jaccard_kept": 0.18584243768528466,
    "h1_h3.kappa_kept4": -0.01974946025613611,
    "h1_h3.thr4.jaccard_kept": 0.18292148494520122,
    "h2_h3.kappa_kept4": 0.059124981341231786,
    "h2_h3.thr4.jaccard_kept": 0.20775519880717422,
    "h123.jaccard_mean_pair_thr4": 0.19217304047922001,
    "h123.fleiss_kept4": 0.014209699564706564,
}
# moment-detr, pooled over 32,548 clips (qid 8661 clip 74 has no prediction)
MODEL_POOLED = {
    "h1_model_raw.pearson": 0.1789759150481347,
    "h1_model_raw.spearman": 0.17172337945245025,
    "h1_model_raw.kendall_b": 0.12896829975860002,
    "h1_model_minmax.pearson": 0.11788585612606015,
    "h1_model_minmax.spearman": 0.11724809751325817,
    "h1_model_minmax.kendall_b": 0.08766939725145492,
    "h2_model_raw.pearson": 0.17862121372246048,
    "h2_model_raw.spearman": 0.1652864745656197,
    "h2_model_raw.kendall_b": 0.12477137977621189,
    "h2_model_minmax.pearson": 0.10007833306661831,
    "h2_model_minmax.spearman": 0.10216715174234421,
    "h2_model_minmax.kendall_b": 0.07783877019967296,
    "h3_model_raw.pearson": 0.19492821799214477,
    "h3_model_raw.spearman": 0.1725523150916074,
    "h3_model_raw.kendall_b": 0.13153318486227383,
    "h3_model_minmax.pearson": 0.11950713752492281,
    "h3_model_minmax.spearman": 0.11002899025695093,
    "h3_model_minmax.kendall_b": 0.08357851347367211,
    "h1_model_minmax.krippendorff_interval": 0.11575741985160237,
    "h2_model_minmax.krippendorff_interval": 0.09596812083468587,
    "h3_model_minmax.krippendorff_interval": 0.10570901069916216,
    "h123_model_minmax.krippendorff_interval": 0.13837361016772687,
    "subset13.h123_model_minmax.krippendorff_interval": 0.23089071016566287,
}
# moment-detr, by video; kept sets are the 70 % highest
MODEL_WITHIN = {
    "h1_model.within_spearman": 0.16973908822576736,
    "h1_model.within_kendall_b": 0.1398242945450427,
    "h1_model.within_pearson": 0.20278062561376067,
    "h1_model.kappa_kept3": 0.07227473132054063,
    "h1_model.thr3.jaccard_kept": 0.5365399113933157,
    "h2_model.within_spearman": 0.17195549906418978,
    "h2_model.within_kendall_b": 0.14298232351154283,
    "h2_model.within_pearson": 0.2003292203668438,
    "h2_model.kappa_kept3": 0.06373068996603604,
    "h2_model.thr3.jaccard_kept": 0.5448308191494656,
    "h3_model.within_spearman": 0.17079110224050603,
    "h3_model.within_kendall_b": 0.13977789351559314,
    "h3_model.within_pearson": 0.20572610290319845,
    "h3_model.kappa_kept3": 0.07644487677925027,
    "h3_model.thr3.jaccard_kept": 0.5609294767631318,
}
# 30 % of the ratings removed: default_rng(7).random((clips, people)) < 0.3, rows by video_id then clip
MISSING = {
    "h123.missing30.krippendorff_interval": 0.16424371587538844,
    "h123.missing30.krippendorff_ordinal": 0.12208038392852005,
    "h123.missing30.krippendorff_nominal": 0.02116231578445371,
    "h123.missing30.irrcac_gwet_identity": 0.153015304112,
    "h123.missing30.irrcac_fleiss_identity": 0.022123648802,
    "h123.missing30.irrcac_krippendorff_identity": 0.021162315784,
    "h123.missing30.irrcac_gwet_quadratic": 0.614151262588,
    "h123.missing30.irrcac_krippendorff_quadratic": 0.164243715874,
}
# videos that have a value, and videos that have none
LEFT_OUT = {
    "h1_h2.within_spearman": (1007, 543),
    "h1_h2.within_kendall_b": (1007, 543),
    "h1_h2.within_pearson": (1007, 543),
    "h1_h3.within_spearman": (990, 560),
    "h1_h3.within_kendall_b": (990, 560),
    "h1_h3.within_pearson": (990, 560),
    "h2_h3.within_spearman": (981, 569),
    "h2_h3.within_kendall_b": (981, 569),
    "h2_h3.within_pearson": (981, 569),
    "h1_h2.thr2.jaccard_kept": (1550, 0),
    "h1_h3.thr2.jaccard_kept": (1548, 2),
    "h2_h3.thr2.jaccard_kept": (1550, 0),
    "h1_h2.thr3.jaccard_kept": (1542, 8),
    "h1_h3.thr3.jaccard_kept": (1544, 6),
    "h2_h3.thr3.jaccard_kept": (1545, 5),
    "h1_h2.thr4.jaccard_kept": (1412, 138),
    "h1_h3.thr4.jaccard_kept": (1441, 109),
    "h2_h3.thr4.jaccard_kept": (1432, 118),
    "h1_model.within_spearman": (1236, 314),
    "h1_model.within_kendall_b": (1236, 314),
    "h1_model.within_pearson": (1236, 314),
    "h1_model.thr3.jaccard_kept": (1550, 0),
    "h2_model.within_spearman": (1215, 335),
    "h2_model.within_kendall_b": (1215, 335),
    "h2_model.within_pearson": (1215, 335),
    "h2_model.thr3.jaccard_kept": (1550, 0),
    "h3_model.within_spearman": (1206, 344),
    "h3_model.within_kendall_b": (1206, 344),
    "h3_model.within_pearson": (1206, 344),
    "h3_model.thr3.jaccard_kept": (1550, 0),
}

# their names -> ours, of a pair and of all raters
PAIR = {
    "kappa_unweighted": "cohen_kappa_levels",
    "kappa_linear": "kappa_linear",
    "kappa_quadratic": "kappa_quadratic",
    "pearson": "pearson",
    "spearman": "spearman",
    "kendall_b": "kendall_tau_b",
    "within_pearson": "pearson_within",
    "within_spearman": "spearman_within",
    "within_kendall_b": "kendall_within",
    "kappa_kept": "cohen_kappa",
    "jaccard_kept": "jaccard",
}
ALL = {
    "kappa_unweighted": "light_kappa_levels",
    "kappa_linear": "kappa_linear_all",
    "kappa_quadratic": "kappa_quadratic_all",
    "krippendorff_nominal": "alpha_nominal_levels",
    "krippendorff_ordinal": "alpha_ordinal",
    "krippendorff_interval": "alpha_interval",
    "fleiss": "fleiss_kappa_levels",
    "randolph": "brennan_prediger_levels",
    "gwet_AC1": "gwet_ac1_all_levels",
    "percent_agreement": "percent_agreement_all_levels",
    "irrcac_fleiss": "fleiss_kappa_levels",
    "irrcac_conger": "conger_kappa_levels",
    "irrcac_bp": "brennan_prediger_levels",
    "irrcac_krippendorff": "alpha_nominal_levels",
    "gwet_AC2_linear": "gwet_ac2_linear",
    "gwet_AC2_quadratic": "gwet_ac2_quadratic",
    "irrcac_krippendorff_quadratic": "alpha_interval",
    "icc1": "icc_1_1",
    "icc2_1": "icc_2_1",
    "icc3_1": "icc_3_1",
    "icc1_k": "icc_1_k",
    "icc2_k": "icc_2_k",
    "icc3_k": "icc_3_k",
    "cronbach_pooled": "cronbach_alpha",
    "within_spearman": "spearman_within_all",
    "within_kendall_b": "kendall_within_all",
    "fleiss_kept": "fleiss_kappa",
    "jaccard_mean_pair_thr": "jaccard_all",
    "irrcac_gwet_identity": "gwet_ac1_all_levels",
    "irrcac_fleiss_identity": "fleiss_kappa_levels",
    "irrcac_krippendorff_identity": "alpha_nominal_levels",
    "irrcac_gwet_quadratic": "gwet_ac2_quadratic",
}
COVERED = LEVELS | KEPT | MODEL_WITHIN | MODEL_POOLED | MISSING
NO_COUNTERPART = (
    "const_videos",
    "_empty1",
    "video_first",
    "all3",
    "budget",
    "hmean",
    "irrcac_fleiss_quadratic",
    "irrcac_conger_quadratic",
    "irrcac_bp_quadratic",
    "gwet_AC2_ordinal",
)


def address(name: str) -> tuple[str, str, str]:
    """Translate "h1_h2.thr3.jaccard_kept" into ("jaccard", "human-1", "human-2")."""
    who, what = name.split(".")[0], name.split(".")[-1]
    raters = {"h1": HUMANS[0], "h2": HUMANS[1], "h3": HUMANS[2], "model": MODEL}
    pair = [raters[part] for part in who.split("_") if part in raters]
    what = what.rstrip("234") if "kept" in what or "thr" in what else what
    return (PAIR[what], *pair) if len(pair) == 2 else (ALL[what], "", "")


def check(found, golden, names):
    """Compare every named value, and how many videos have one where the source says so."""
    for name in names:
        e = found[address(name)]
        assert e.value == close(golden[name]), name
        if name in LEFT_OUT:
            assert (e.n_videos, e.n_left_out) == LEFT_OUT[name], name


def wanted(names):
    return {address(name)[0] for name in names}


def test_ratings(qvhighlights):
    check(estimates(qvhighlights(HUMANS), *wanted(LEVELS)), LEVELS, LEVELS)


@pytest.mark.parametrize("at", [2, 3, 4])
def test_kept_sets(qvhighlights, at):
    names = [name for name in KEPT if f"thr{at}" in name or f"kept{at}" in name]
    check(estimates(qvhighlights(HUMANS, kept_at=at), *wanted(names)), KEPT, names)


def test_model_by_video(qvhighlights):
    found = estimates(qvhighlights((*HUMANS, MODEL)), *wanted(MODEL_WITHIN))
    check(found, MODEL_WITHIN, MODEL_WITHIN)


@pytest.mark.parametrize(("kind", "rescale"), [("raw", "oracle"), ("minmax", "video")])
def test_pearson_with_the_model(qvhighlights, kind, rescale):
    names = [name for name in MODEL_POOLED if name.endswith(f"model_{kind}.pearson")]
    check(estimates(qvhighlights((*HUMANS, MODEL), rescale=rescale), "pearson"), MODEL_POOLED, names)


def test_spearman_with_the_model(qvhighlights):
    found = estimates(qvhighlights((HUMANS[0], MODEL)), "spearman")
    check(found, MODEL_POOLED, ["h1_model_raw.spearman"])


@pytest.mark.parametrize(("kind", "rescale"), [("raw", "oracle"), ("minmax", "video")])
@pytest.mark.parametrize("rater", [0, 1, 2])
def test_rank_correlations_with_the_model(qvhighlights, rater, kind, rescale):
    # from the joint table alone: with thirty thousand levels, the jackknife of all six pairs takes a minute
    joint = JOINT.count(qvhighlights((*HUMANS, MODEL), rescale=rescale), (rater, 3), Levels())
    table = JOINT.view(joint.columns.sum(axis=1).astype(float), joint.about)
    assert spearman(table) == close(MODEL_POOLED[f"h{rater + 1}_model_{kind}.spearman"])
    assert kendall_tau_b(table) == close(MODEL_POOLED[f"h{rater + 1}_model_{kind}.kendall_b"])


@pytest.mark.parametrize("raters", [HUMANS[:1], HUMANS[1:2], HUMANS[2:], HUMANS])
def test_interval_alpha_with_the_model(qvhighlights, raters):
    who = "h" + "".join(name[-1] for name in raters)
    found = values(qvhighlights((*raters, MODEL), rescale="video"), "alpha_interval")
    assert found["alpha_interval", "", ""] == close(MODEL_POOLED[f"{who}_model_minmax.krippendorff_interval"])


def test_interval_alpha_of_a_few_videos_with_a_missing_cell(qvhighlights):
    everything = qvhighlights((*HUMANS, MODEL), rescale="video")
    with_gap = [i for i, name in enumerate(everything.video_id) if name.endswith("#8661")]
    few = subset(everything, sorted({*range(12), *with_gap}))
    assert np.isnan(few.score).sum() == 1
    golden = MODEL_POOLED["subset13.h123_model_minmax.krippendorff_interval"]
    assert values(few, "alpha_interval")["alpha_interval", "", ""] == close(golden)


def test_thirty_per_cent_missing(qvhighlights):
    ratings = qvhighlights(HUMANS)
    gone = np.random.default_rng(7).random(ratings.score.T.shape).T < 0.3
    missing = replace(ratings, score=np.where(gone, np.nan, ratings.score))
    check(estimates(missing, *wanted(MISSING)), MISSING, MISSING)


def test_every_value_of_the_source_is_covered_or_has_no_counterpart(shared):
    with shared("reference/golden_qvhighlights_val.csv").open(newline="") as file:
        names = {row["id"].removeprefix("qvh_val.") for row in csv.DictReader(file)}
    skipped = {name for name in names if any(part in name for part in NO_COUNTERPART)}
    assert COVERED.keys() == names - (skipped - COVERED.keys())
    assert len(COVERED) == 123
