"""How often do intervals cover the truth? ``python -m bench.coverage --out docs/coverage.md``.

The page of `bench.downstream` is written beside it.

Data sets are drawn from the process of `bench.rated`; each goes through `agree` once per kind of interval,
with the same weights, and once more with every segment a cluster of its own. An interval that is refused
does not cover. The Monte Carlo error of a coverage p over n data sets is sqrt(p (1 - p) / n).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from bench import downstream, rated
from crossoracle.agreement.run import Options, agree
from crossoracle.results import Estimate

STATISTICS = tuple(rated.TRUTH)
CLUSTERS = (12, 25, 50, 200)
LOWEST = {12: 0.90, 25: 0.91, 50: 0.91, 200: 0.91}
HIGHEST = 0.97
METHODS = {
    "expanded": "expanded (default)",
    "jackknife": "jackknife-t",
    "percentile": "percentile",
    "bca": "BCa",
    "segments": "segments (unclustered)",
}
Bounds = dict[tuple[str, str], tuple[float, float]]


def estimates(ratings: rated.Ratings, kind: str, replicates: int, seed: int) -> dict[str, Estimate]:
    """Return the estimate of every statistic: of the first two oracles, or of all."""
    options = Options(STATISTICS, by="none", replicates=replicates, interval=kind, seed=seed, threads=1)
    rows = agree(ratings, options).estimates
    first = (None, None), ("oracle-1", "oracle-2")
    return {e.statistic: e for e in rows if (e.oracle_a, e.oracle_b) in first}


def bounds(ratings: rated.Ratings, methods: Sequence[str], replicates: int, seed: int) -> Bounds:
    """Return the bounds of every statistic by every method."""
    found: Bounds = {}
    for kind in (method for method in methods if method in ("expanded", "percentile", "bca")):
        for name, e in estimates(ratings, kind, replicates, seed).items():
            found[name, kind] = e.low, e.high
            found[name, "jackknife"] = e.jackknife_low, e.jackknife_high
    if "segments" in methods:
        for name, e in estimates(rated.by_segment(ratings), "percentile", replicates, seed).items():
            if np.isfinite(e.value):  # a single segment has no within-video coefficient
                found[name, "segments"] = e.low, e.high
    return found


def covered(
    span: range, clusters: int, methods: Sequence[str] = tuple(METHODS), replicates: int = 999, seed: int = 0
) -> pd.DataFrame:
    """Return one row per data set of a span, statistic and method: whether the interval covers the truth."""
    rows = []
    for i in span:
        ratings = rated.draw(clusters, rng=np.random.default_rng([seed, clusters, i]))
        for (name, method), (low, high) in bounds(ratings, methods, replicates, i).items():
            truth = rated.TRUTH[name]
            rows.append((name, method, clusters, low <= truth <= high))
    return pd.DataFrame(rows, columns=["statistic", "method", "clusters", "covers"])


def study(datasets: int, replicates: int, processes: int, seed: int = 0) -> pd.DataFrame:
    """Return the share of data sets that every method covers, by statistic and number of clusters."""
    spans = [range(i, min(i + 50, datasets)) for i in range(0, datasets, 50)]
    found = []
    with ProcessPoolExecutor(processes) as pool:
        for clusters in CLUSTERS:
            work = partial(covered, clusters=clusters, replicates=replicates, seed=seed)
            found += pool.map(work, spans)
    rows = pd.concat(found)
    return rows.groupby(["statistic", "clusters", "method"], as_index=False)["covers"].mean()


def missed(shares: pd.DataFrame, datasets: int) -> list[str]:
    """Return where the default lies outside the required range by more than two Monte Carlo errors."""
    told = []
    for row in shares[shares["method"] == "expanded"].itertuples():
        low, high = LOWEST[row.clusters], HIGHEST
        slack = [2 * np.sqrt(p * (1 - p) / datasets) for p in (low, high)]
        if not low - slack[0] <= row.covers <= high + slack[1]:
            told.append(f"{row.statistic}, {row.clusters} clusters: {row.covers:.3f}, not in [{low}, {high}]")
    return told


def truth(draws: int = 20, videos: int = 200_000, seed: int = 1) -> pd.DataFrame:
    """Return the mean and its standard error of every statistic over very large draws."""
    values = [
        {
            name: e.value
            for name, e in estimates(
                rated.draw(videos, rng=np.random.default_rng([seed, i])), "jackknife", 1, 0
            ).items()
        }
        for i in range(draws)
    ]
    frame = pd.DataFrame(values)
    return pd.DataFrame({"value": frame.mean(), "error": frame.sem()})


def page(shares: pd.DataFrame, datasets: int, replicates: int) -> str:
    """Return docs/coverage.md."""
    wide = shares.pivot(index=["statistic", "clusters"], columns="method", values="covers")
    lines = [
        "| statistic | clusters | " + " | ".join(METHODS.values()) + " |",
        "|---|---" + "|---:" * len(METHODS) + "|",
    ]
    for name in STATISTICS:
        for clusters in CLUSTERS:
            cells = [_cell(wide.loc[name, clusters][method], method) for method in METHODS]
            lines.append(f"| {name} | {clusters} | " + " | ".join(cells) + " |")
    error = [100 * np.sqrt(p * (1 - p) / datasets) for p in (0.95, 0.90)]
    return PAGE.format(
        table="\n".join(lines),
        datasets=datasets,
        replicates=replicates,
        near=error[0],
        far=error[1],
        date=datetime.now(UTC).date(),
        truth="\n".join(f"* `{name}`: {value:.5f}" for name, value in rated.TRUTH.items()),
        truth_error=rated.TRUTH_ERROR,
    )


def _cell(share: float, method: str) -> str:
    text = "" if np.isnan(share) else f"{100 * share:.1f}"
    return f"**{text}**" if method == "expanded" else text or "(none)"


PAGE = """\
# Coverage of the intervals

How often a nominal 95 % interval contains the truth, in percent, over {datasets:,} generated
data sets a row with {replicates} bootstrap replicates each. Monte Carlo error (one standard error):
{near:.1f} points near 95 %, {far:.1f} near 90 %.

{table}

What the columns are:

* **expanded**: the default, the percentile interval with its quantile levels widened as the t interval of a
  mean is (Hesterberg 2015), from whole videos resampled;
* **jackknife-t**: theta -+ t(C - 1) times the cluster-jackknife standard error, beside every estimate;
* **percentile**, **BCa**: the textbook bootstrap intervals, from the same resamples of whole videos;
* **segments**: the percentile interval when segments are resampled as if they were independent. It does not
  exist for a within-video coefficient. It is here to show what the clusters are for.

The default is required to cover 91 to 97 % from 25 clusters, and 90 to 97 % at 12.

The process (`bench/rated.py`): videos of 8 to 32 segments with effects and a reliability of their own, three
oracles, scores in hundredths, kept from 0.6, one rating in twenty missing. Pair statistics are of the
first two oracles. It is one data-generating process: with few clusters and rare kept segments, coverage can
be far worse, which is why `agree` refuses intervals there. The truth, from 4,000,000 videos of the same
process, standard errors below {truth_error:g}:

{truth}

Written on {date} by `make coverage`:
`python -m bench.coverage --datasets {datasets} --replicates {replicates} --out docs/coverage.md`. The seed is
fixed, so a repetition gives the same table. A short version, of the default interval, runs with the tests.
"""


def main() -> None:
    """Run the study, or recompute the truth, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=2000)
    parser.add_argument("--replicates", type=int, default=999)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, help="where the page is written; printed otherwise")
    parser.add_argument("--truth", action="store_true", help="only recompute the true values")
    args = parser.parse_args()
    if args.truth:
        print(truth())
        return
    shares = study(args.datasets, args.replicates, args.processes)
    text = page(shares, args.datasets, args.replicates)
    if args.out:
        args.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    told = missed(shares, args.datasets)
    further = args.out.with_name(f"{args.out.stem}_downstream.md") if args.out else None
    if told := [*told, *downstream.write(args.datasets, args.processes, further)]:
        sys.exit("\n".join(told))


if __name__ == "__main__":
    main()
