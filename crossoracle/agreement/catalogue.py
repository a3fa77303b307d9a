"""Every coefficient by name, in the order in which tables show them.

A coefficient of categories takes the kept flags under its plain name and the levels of the scores under the
same name with the suffix ``_levels``. Third ways to read a name: ``mean_of`` is the mean over pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from crossoracle.agreement import alpha, concordance, correlation, gwet, icc, kappa, levels, overlap
from crossoracle.agreement.coefficient import Coefficient, Tally
from crossoracle.errors import UnknownNameError

COHEN = "Cohen (1960), Educ. Psychol. Meas. 20:37-46"
GWET = "Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed."
KRIPPENDORFF = "Krippendorff (2011), Computing Krippendorff's Alpha-Reliability"
KENDALL = "Kendall & Gibbons (1990), Rank Correlation Methods, 5th ed."
SHROUT = "Shrout & Fleiss (1979), Psychol. Bull. 86:420-428"
LIN = "Lin (1989), Biometrics 45:255-268"
BYRT = "Byrt, Bishop & Carlin (1993), J. Clin. Epidemiol. 46:423-429"
NO_VIDEO = "no video has a value"
CHANCE = "chance alone agrees everywhere (one level only)"
CONSTANT = "an oracle is constant"
EQUAL = "every score is equal"
NO_DATA = "no segment is rated"
SAME = frozenset({"symmetric", "perfect", "bounded"})
KAPPA = frozenset({"symmetric", "perfect", "bounded", "relabelled"})
RANKS = frozenset({"symmetric", "perfect", "bounded", "monotone", "affine"})
SCORES = frozenset({"symmetric", "perfect", "bounded", "affine"})
INFINITE = float("inf")


def _pair(
    name: str, title: str, tally: Tally, value: object, reference: str, undefined: str, **more: object
) -> Coefficient:
    return Coefficient(
        name,
        title,
        "pair",
        tally=tally,
        value=value,
        reference=reference,
        undefined=undefined,
        **({"reads": "score", "laws": SAME} | more),
    )  # type: ignore[arg-type]


def _all(
    name: str, title: str, tally: Tally, value: object, reference: str, undefined: str, **more: object
) -> Coefficient:
    return Coefficient(
        name,
        title,
        "all",
        tally=tally,
        value=value,
        reference=reference,
        undefined=undefined,
        **({"reads": "score", "laws": SAME} | more),
    )  # type: ignore[arg-type]


def _mean(of: Coefficient, name: str, title: str) -> Coefficient:
    laws = of.laws & {"perfect", "bounded", "monotone", "affine", "relabelled"} | {"symmetric"}
    undefined = "undefined for a pair of oracles"
    return replace(
        of,
        name=name,
        title=title,
        of="all",
        tally=None,
        value=None,
        mean_of=of.name,
        laws=laws,
        undefined=undefined,
    )


def _levels(of: Coefficient, tally: Tally | None) -> Coefficient:
    base = f"{of.mean_of}_levels" if of.mean_of else None
    return replace(
        of,
        name=f"{of.name}_levels",
        title=f"{of.title}, score levels",
        reads="levels",
        tally=tally,
        mean_of=base,
    )


def _categories() -> list[Coefficient]:
    table = kappa.FOURFOLD
    kept = {"reads": "kept", "laws": KAPPA}
    pairs = [
        _pair(
            "percent_agreement",
            "percent agreement",
            table,
            kappa.percent_agreement,
            COHEN,
            NO_DATA,
            low=0.0,
            **kept,
        ),
        _pair("cohen_kappa", "Cohen's kappa", table, kappa.cohen_kappa, COHEN, CHANCE, **kept),
        _pair(
            "scott_pi",
            "Scott's pi",
            table,
            kappa.scott_pi,
            "Scott (1955), Public Opin. Q. 19:321-325",
            CHANCE,
            **kept,
        ),
        _pair("gwet_ac1", "Gwet's AC1", table, gwet.gwet_ac1, GWET, CHANCE, **kept),
        _pair("pabak", "prevalence- and bias-adjusted kappa", table, kappa.pabak, BYRT, CHANCE, **kept),
    ]
    by_name = {c.name: c for c in pairs}
    units, fleiss = levels.FLAGS, "Fleiss (1971), Psychol. Bull. 76:378-382"
    everyone = [
        _mean(by_name["percent_agreement"], "percent_agreement_all", "mean percent agreement"),
        _all("fleiss_kappa", "Fleiss' kappa", units, kappa.fleiss_kappa, fleiss, CHANCE, **kept),
        _all(
            "conger_kappa",
            "Conger's kappa",
            units,
            kappa.conger_kappa,
            "Conger (1980), Psychol. Bull. 88:322-328",
            CHANCE,
            **kept,
        ),
        _mean(by_name["cohen_kappa"], "light_kappa", "Light's kappa (mean of Cohen's)"),
        _all("gwet_ac1_all", "Gwet's AC1 of all", units, gwet.gwet_ac1_all, GWET, CHANCE, **kept),
        _all(
            "brennan_prediger",
            "Brennan-Prediger kappa",
            units,
            kappa.brennan_prediger,
            "Brennan & Prediger (1981), Educ. Psychol. Meas. 41:687-699",
            CHANCE,
            **kept,
        ),
        _all(
            "alpha_nominal",
            "Krippendorff's alpha, nominal",
            units,
            alpha.alpha_nominal,
            KRIPPENDORFF,
            CHANCE,
            **kept,
        ),
    ]
    return [
        *pairs,
        *(_levels(c, levels.JOINT) for c in pairs),
        *everyone,
        *(_levels(c, levels.LEVELS if c.tally else None) for c in everyone),
    ]


def _kept_sets() -> list[Coefficient]:
    table, sets = kappa.FOURFOLD, overlap.SETS
    kept = {"reads": "kept", "low": 0.0}
    specific = "Cicchetti & Feinstein (1990), J. Clin. Epidemiol. 43:551-558"
    jaccard = _pair(
        "jaccard",
        "Jaccard overlap",
        sets,
        overlap.jaccard,
        "Jaccard (1912), New Phytologist 11:37-50",
        NO_VIDEO,
        **kept,
    )
    signed = {"reads": "kept", "orientation": 0, "laws": frozenset({"antisymmetric", "bounded"})}
    return [
        _pair(
            "positive_agreement",
            "agreement on kept",
            table,
            kappa.positive_agreement,
            specific,
            "neither oracle keeps a segment",
            **kept,
        ),
        _pair(
            "negative_agreement",
            "agreement on not kept",
            table,
            kappa.negative_agreement,
            specific,
            "both oracles keep every segment",
            **kept,
        ),
        _pair(
            "prevalence_index",
            "prevalence index",
            table,
            kappa.prevalence_index,
            BYRT,
            NO_DATA,
            reads="kept",
            orientation=0,
            laws=frozenset({"symmetric", "bounded"}),
        ),
        _pair("bias_index", "bias index", table, kappa.bias_index, BYRT, NO_DATA, **signed),
        jaccard,
        _pair("set_f1", "set F1", sets, overlap.set_f1, "Dice (1945), Ecology 26:297-302", NO_VIDEO, **kept),
        _pair(
            "keep_ratio_mae",
            "difference of kept shares",
            overlap.KEEP_RATIOS,
            overlap.keep_ratio_mae,
            "mean absolute difference",
            NO_VIDEO,
            reads="kept",
            low=0.0,
            orientation=0,
            laws=frozenset({"symmetric", "bounded", "distance"}),
        ),
        _pair(
            "keep_ratio_pearson",
            "correlation of kept shares",
            overlap.KEEP_RATIOS,
            correlation.pearson,
            "Pearson (1895)",
            "the kept share is constant",
            reads="kept",
            orientation=0,
        ),
        _mean(jaccard, "jaccard_all", "mean Jaccard overlap"),
    ]


def _scores() -> list[Coefficient]:
    moments, within = correlation.MOMENTS, correlation.WITHIN
    free = {"orientation": 0, "laws": frozenset({"symmetric", "perfect", "bounded", "affine"})}
    pairs = [
        _pair("kappa_quadratic", "quadratic kappa", moments, correlation.lin_ccc, LIN, EQUAL, laws=SCORES),
        _pair("lin_ccc", "Lin's concordance", moments, correlation.lin_ccc, LIN, EQUAL, laws=SCORES),
        _pair(
            "kappa_linear",
            "linear kappa",
            levels.JOINT,
            kappa.kappa_linear,
            "Cohen (1968), Psychol. Bull. 70:213-220",
            EQUAL,
            reads="levels",
            laws=SCORES,
        ),
        _pair(
            "pearson", "Pearson's r", moments, correlation.pearson, "Pearson (1895)", CONSTANT, laws=SCORES
        ),
        _pair(
            "spearman", "Spearman's rho", levels.JOINT, correlation.spearman, KENDALL, CONSTANT, laws=RANKS
        ),
        _pair(
            "kendall_tau_b",
            "Kendall's tau-b",
            concordance.CONCORDANCE,
            concordance.kendall_tau_b,
            KENDALL,
            CONSTANT,
            laws=RANKS,
        ),
        _pair(
            "pearson_within",
            "Pearson's r within videos",
            within,
            correlation.pearson_within,
            "Bland & Altman (1995), BMJ 310:446",
            NO_VIDEO,
            laws=SCORES,
        ),
        _pair(
            "spearman_within",
            "Spearman's rho within videos",
            within,
            correlation.spearman_within,
            KENDALL,
            NO_VIDEO,
            laws=RANKS,
        ),
        _pair(
            "kendall_within",
            "Kendall's tau-b within videos",
            within,
            correlation.kendall_within,
            KENDALL,
            NO_VIDEO,
            laws=RANKS,
        ),
        _pair(
            "pearson_between",
            "Pearson's r of video means",
            correlation.MEANS,
            correlation.pearson,
            "Bland & Altman (1995), BMJ 310:633",
            "the video means are constant",
            **free,
        ),
        _pair(
            "mean_abs_difference",
            "mean absolute difference",
            moments,
            correlation.mean_abs_difference,
            "Willmott & Matsuura (2005)",
            NO_DATA,
            low=0.0,
            orientation=-1,
            laws=frozenset({"symmetric", "bounded", "distance"}),
        ),
        _pair(
            "mean_difference",
            "mean difference",
            moments,
            correlation.mean_difference,
            "Bland & Altman (1986), Lancet 327:307",
            NO_DATA,
            orientation=0,
            laws=frozenset({"antisymmetric", "bounded"}),
        ),
        _pair(
            "topk_overlap",
            "top-k overlap",
            overlap.TOPK,
            overlap.video_mean,
            "Fagin et al. (2003), SIAM J. Discrete Math. 17:134-160",
            NO_VIDEO,
            low=0.0,
        ),
    ]
    names = {c.name: c for c in pairs}
    means = [
        ("spearman_within", "mean within-video Spearman"),
        ("kendall_within", "mean within-video Kendall"),
        ("spearman", "mean Spearman"),
        ("kendall_tau_b", "mean Kendall tau-b"),
        ("kappa_linear", "mean linear kappa"),
        ("kappa_quadratic", "mean quadratic kappa"),
    ]
    return [*pairs, *(_mean(names[name], f"{name}_all", title) for name, title in means)]


def _everyone() -> list[Coefficient]:
    units, two_way = levels.LEVELS, icc.TWO_WAY
    metric = {"reads": "levels", "laws": SCORES}
    unbounded = {"low": -INFINITE, "laws": SCORES}
    return [
        _all("gwet_ac2_linear", "Gwet's AC2, linear", units, gwet.gwet_ac2_linear, GWET, EQUAL, **metric),
        _all(
            "gwet_ac2_quadratic",
            "Gwet's AC2, quadratic",
            units,
            gwet.gwet_ac2_quadratic,
            GWET,
            EQUAL,
            **metric,
        ),
        _all(
            "alpha_ordinal",
            "Krippendorff's alpha, ordinal",
            levels.COINCIDENCES,
            alpha.alpha_ordinal,
            KRIPPENDORFF,
            EQUAL,
            laws=RANKS,
        ),
        _all(
            "alpha_interval",
            "Krippendorff's alpha, interval",
            alpha.PAIRABLE,
            alpha.alpha_interval,
            KRIPPENDORFF,
            EQUAL,
            laws=SCORES,
        ),
        _all(
            "alpha_ratio",
            "Krippendorff's alpha, ratio",
            levels.COINCIDENCES,
            alpha.alpha_ratio,
            KRIPPENDORFF,
            EQUAL,
            reads="levels",
            laws=SAME,
        ),
        _all("icc_1_1", "ICC(1,1)", two_way, icc.icc_1_1, SHROUT, EQUAL, laws=SCORES),
        _all("icc_2_1", "ICC(2,1)", two_way, icc.icc_2_1, SHROUT, EQUAL, laws=SCORES),
        _all("icc_3_1", "ICC(3,1)", two_way, icc.icc_3_1, SHROUT, EQUAL, laws=SCORES),
        _all("icc_1_k", "ICC(1,k)", two_way, icc.icc_1_k, SHROUT, EQUAL, **unbounded),
        _all("icc_2_k", "ICC(2,k)", two_way, icc.icc_2_k, SHROUT, EQUAL, **unbounded),
        _all("icc_3_k", "ICC(3,k)", two_way, icc.icc_3_k, SHROUT, EQUAL, **unbounded),
        _all(
            "cronbach_alpha",
            "Cronbach's alpha",
            two_way,
            icc.icc_3_k,
            "Cronbach (1951), Psychometrika 16:297-334",
            EQUAL,
            **unbounded,
        ),
        _all(
            "kendall_w_within",
            "Kendall's W within videos",
            overlap.W,
            overlap.video_mean,
            KENDALL,
            NO_VIDEO,
            low=0.0,
            laws=RANKS,
        ),
        _all(
            "cronbach_alpha_standardized_within",
            "standardised Cronbach's alpha within videos",
            overlap.STANDARDIZED,
            overlap.video_mean,
            "Song et al. (2015), CVPR",
            NO_VIDEO,
            default=False,
            **unbounded,
        ),
    ]


COEFFICIENTS: dict[str, Coefficient] = {
    c.name: c for c in [*_scores(), *_categories(), *_kept_sets(), *_everyone()]
}


def find(names: Iterable[str] | None = None) -> list[Coefficient]:
    """Return the named coefficients in catalogue order; the default ones when no name is given.

    Raises
    ------
    UnknownNameError
        Naming the nearest known coefficient.
    """
    if not names:
        return [c for c in COEFFICIENTS.values() if c.default]
    wanted = set(names)
    for name in sorted(wanted - COEFFICIENTS.keys()):
        raise UnknownNameError("coefficient", name, COEFFICIENTS)
    return [c for c in COEFFICIENTS.values() if c.name in wanted]
