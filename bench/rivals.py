"""The same coefficients from the libraries that people use, for scipy.stats.bootstrap to resample.

The rival gets every help that a careful user would give it: coefficients of single videos are computed once
and only their mean is resampled, vectorised; flags are arrays of 0 and 1, scores arrays of whole hundredths;
videos without a missing rating are all there is. Statistics for which these libraries have nothing (Gwet's
AC1 and AC2, ICCs, top-k overlap, Kendall's W, ...) are left out of its bill.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import krippendorff
import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rival:
    """How a library computes a statistic.

    ``of`` is "pair" or "all"; ``reads`` "kept" or "score"; ``within`` says that ``call`` is of one video, and
    that its mean over videos is resampled.
    """

    library: str
    of: str
    reads: str
    call: Callable[..., float]
    within: bool = False


def _rank(function: Callable[..., object]) -> Callable[[Array, Array], float]:
    return lambda x, y: float(function(x, y).statistic)  # type: ignore[attr-defined]


def _alpha(scale: str, ratings: Array) -> float:
    return float(krippendorff.alpha(reliability_data=ratings, level_of_measurement=scale))


def _fleiss(ratings: Array) -> float:
    return float(fleiss_kappa(aggregate_raters(ratings.T.astype(int))[0]))


_pair = partial(Rival, "scikit-learn", "pair")
_scipy = partial(Rival, "scipy", "pair", "score")
_f1 = partial(metrics.f1_score, zero_division=np.nan)
_jaccard = partial(metrics.jaccard_score, zero_division=0)
RIVALS = {
    "percent_agreement": _pair("kept", metrics.accuracy_score),
    "cohen_kappa": _pair("kept", metrics.cohen_kappa_score),
    "positive_agreement": _pair("kept", metrics.f1_score),
    "negative_agreement": _pair("kept", partial(metrics.f1_score, pos_label=0)),
    "cohen_kappa_levels": _pair("score", metrics.cohen_kappa_score),
    "kappa_linear": _pair("score", partial(metrics.cohen_kappa_score, weights="linear")),
    "kappa_quadratic": _pair("score", partial(metrics.cohen_kappa_score, weights="quadratic")),
    "mean_abs_difference": _pair("score", metrics.mean_absolute_error),
    "jaccard": _pair("kept", _jaccard, within=True),
    "set_f1": _pair("kept", _f1, within=True),
    "pearson": _scipy(_rank(stats.pearsonr)),
    "spearman": _scipy(_rank(stats.spearmanr)),
    "kendall_tau_b": _scipy(_rank(stats.kendalltau)),
    "pearson_within": _scipy(_rank(stats.pearsonr), within=True),
    "spearman_within": _scipy(_rank(stats.spearmanr), within=True),
    "kendall_within": _scipy(_rank(stats.kendalltau), within=True),
    "fleiss_kappa": Rival("statsmodels", "all", "kept", _fleiss),
    "alpha_nominal": Rival("krippendorff", "all", "kept", partial(_alpha, "nominal")),
    "alpha_nominal_levels": Rival("krippendorff", "all", "score", partial(_alpha, "nominal")),
    "alpha_ordinal": Rival("krippendorff", "all", "score", partial(_alpha, "ordinal")),
    "alpha_interval": Rival("krippendorff", "all", "score", partial(_alpha, "interval")),
    "alpha_ratio": Rival("krippendorff", "all", "score", partial(_alpha, "ratio")),
}


def bootstrap(rival: Rival, videos: list[Array], replicates: int) -> object:
    """Resample videos with scipy.stats.bootstrap; each video is an array (oracles, segments)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if rival.within:
            values = np.array([rival.call(*video) for video in videos])
            return stats.bootstrap(
                (values,), np.nanmean, n_resamples=replicates, method="percentile", vectorized=True, batch=100
            )

        def statistic(chosen: NDArray[np.int64]) -> float:
            ratings = np.concatenate([videos[i] for i in chosen], axis=1)
            return rival.call(*ratings) if rival.of == "pair" else rival.call(ratings)

        chosen = (np.arange(len(videos)),)
        return stats.bootstrap(
            chosen, statistic, n_resamples=replicates, method="percentile", vectorized=False
        )
