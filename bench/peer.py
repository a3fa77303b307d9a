"""One peer's way to an agreement with an interval, in an environment that has the peer alone.

Called by `bench.peers` with the name of a job, the data (videos, oracles, segments: scores and kept flags)
and the seconds that it may take. Videos are resampled whole; the replicates that fit are counted, so that the
time of any number of them is known. Nothing of this project is imported.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

Statistic = Callable[[np.ndarray], float]
MOST = 9999


def loop(statistic: Statistic, videos: np.ndarray, seconds: float) -> tuple[np.ndarray, float]:
    """Resample videos one replicate at a time, for so many seconds; return values, and seconds for each."""
    rng, found, began = np.random.default_rng(7), [], time.perf_counter()
    while len(found) < MOST and time.perf_counter() - began < seconds:
        found.append(statistic(videos[rng.integers(0, len(videos), len(videos))]))
    return np.array(found), (time.perf_counter() - began) / len(found)


def flat(videos: np.ndarray) -> np.ndarray:
    """Return the ratings (oracles, segments) of some videos (videos, oracles, segments)."""
    return videos.transpose(1, 0, 2).reshape(videos.shape[1], -1)


def numpy(score: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[float, np.ndarray, float]:
    """Cohen's kappa of two oracles: tables of single videos counted once, a loop over replicates."""
    pair = 2 * kept[:, 0] + kept[:, 1]
    tables = np.stack([np.bincount(row, minlength=4) for row in pair]).astype(float)

    def kappa(some: np.ndarray) -> float:
        p = some.sum(axis=0).reshape(2, 2)
        p = p / p.sum()
        expected = p.sum(axis=1) @ p.sum(axis=0)
        return float((np.trace(p) - expected) / (1 - expected))

    return kappa(tables), *loop(kappa, tables, seconds)


def scipy(score: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[float, np.ndarray, float]:
    """Cohen's kappa of two oracles: `scipy.stats.bootstrap` over videos, the coefficient of scikit-learn."""
    from scipy import stats
    from sklearn.metrics import cohen_kappa_score

    def kappa(chosen: np.ndarray) -> float:
        return float(cohen_kappa_score(*flat(kept[chosen][:, :2])))

    every = np.arange(len(kept))
    began, n = time.perf_counter(), 20
    stats.bootstrap((every,), kappa, n_resamples=n, vectorized=False, method="percentile")
    n = int(min(MOST, max(n, seconds / (time.perf_counter() - began) * n)))
    began = time.perf_counter()
    found = stats.bootstrap((every,), kappa, n_resamples=n, vectorized=False, method="percentile")
    return kappa(every), found.bootstrap_distribution, (time.perf_counter() - began) / n


def krippendorff(score: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[float, np.ndarray, float]:
    """Interval alpha of all oracles."""
    import krippendorff as package

    def alpha(videos: np.ndarray) -> float:
        return float(package.alpha(reliability_data=flat(videos), level_of_measurement="interval"))

    return alpha(score), *loop(alpha, score, seconds)


def irrcac(score: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[float, np.ndarray, float]:
    """Gwet's AC1 of all oracles."""
    import pandas as pd
    from irrCAC.raw import CAC

    def ac1(videos: np.ndarray) -> float:
        return float(CAC(pd.DataFrame(flat(videos).T)).gwet()["est"]["coefficient_value"])

    return ac1(kept), *loop(ac1, kept, seconds)


def pingouin(score: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[float, np.ndarray, float]:
    """ICC(2,1) of all oracles."""
    import pandas as pd
    import pingouin as package

    def icc(videos: np.ndarray) -> float:
        rated = flat(videos)
        raters, units = np.indices(rated.shape)
        columns = {"unit": units.ravel(), "rater": raters.ravel(), "score": rated.ravel()}
        found = package.intraclass_corr(pd.DataFrame(columns), "unit", "rater", "score")
        return float(found["ICC"].iloc[1])

    return icc(score), *loop(icc, score, seconds)


def rliable(score: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[float, np.ndarray, float]:
    """Mean Spearman within videos: those of single videos once, their mean resampled by rliable."""
    import warnings

    warnings.simplefilter("ignore")
    from rliable.library import StratifiedBootstrap
    from scipy.stats import spearmanr

    values = np.array([spearmanr(*video[:2]).statistic for video in score])[:, None]
    began = time.perf_counter()
    boot = StratifiedBootstrap(values, random_state=np.random.RandomState(7))
    found = boot.apply(lambda x: np.array([np.mean(x)]), MOST)
    return float(values.mean()), found[:, 0], (time.perf_counter() - began) / MOST


def arch(score: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[float, np.ndarray, float]:
    """Pearson's r of two oracles: `arch.bootstrap.IIDBootstrap` over videos, the coefficient of NumPy."""
    from arch.bootstrap import IIDBootstrap

    def r(videos: np.ndarray) -> np.ndarray:
        return np.array([np.corrcoef(*flat(videos))[0, 1]])

    pair = score[:, :2]
    began = time.perf_counter()
    found = IIDBootstrap(pair, seed=7).apply(r, MOST)
    return float(r(pair)[0]), found[:, 0], (time.perf_counter() - began) / MOST


JOBS: dict[str, Callable[..., Any]] = {
    job.__name__: job for job in (numpy, scipy, krippendorff, irrcac, pingouin, rliable, arch)
}


def main(name: str, file: str, seconds: str, *packages: str) -> None:
    """Do one job and say what it took."""
    with np.load(file) as data:
        value, replicates, each = JOBS[name](data["score"], data["kept"], float(seconds))
    low, high = np.quantile(replicates, [0.025, 0.975])
    said = {"value": value, "low": float(low), "high": float(high), "replicates": len(replicates)}
    versions = {package: version(package) for package in packages}
    print(json.dumps(said | {"seconds_each": each, "versions": versions}))


if __name__ == "__main__":
    main(*sys.argv[1:])
