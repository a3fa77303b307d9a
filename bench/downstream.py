"""How often do intervals and tests of `compare`, and verdicts of `floor`, say what is not so?

``python -m bench.downstream --out docs/coverage_downstream.md``. Answers are drawn from the process of
`bench.answered`: with effects for intervals, without any for tests, with one question in each cluster and
with several. Repeated runs are drawn from `bench.repeats`, worse by exactly the margin. The Monte Carlo error
of a share p over n data sets is sqrt(p (1 - p) / n).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench import answered, repeats
from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.analysis.floors.verdict import CLAIMS, Margin, direction, judge
from crossoracle.analysis.run import Comparisons, Known, compare
from crossoracle.options import CompareOptions
from crossoracle.stats.matched import mcnemar_midp

EACH = (1, 4)  # questions of a cluster
NAMES = ("polarity_gap", "eps", "full_gap", "tds", "preservation", "score_gain", "shuffle_damage")
SIMPLE = tuple(name for name in NAMES if name != "score_gain")
AREA = "area_random"
ORACLES = {
    oracle: answered.EFFECTS[oracle, "led@0"] - answered.EFFECTS[oracle, "inverted@0"] for oracle in "abc"
}
INTERVALS, TESTS = "intervals", "tests"
LOW, HIGH, LEAST, MOST = 0.93, 0.97, 0.03, 0.07
CAUTIOUS = (  # by construction: they hold at least, or at most, what they say
    "score_gain (the best of several)",
    "standard deviation between oracles",
    "score_gain, sign flip",
    "any of the family, Holm",
)
MORE = 4  # times as many data sets for verdicts, which differ by less and take less
BESIDE = ("jackknife", "expanded")  # intervals that verdicts could rest on, and do not
UNPRINTED = "mid-p McNemar (videos taken as independent)"
Hits = dict[str, bool]


def _row(found: Comparisons, contrast: str, metric: str = "top1", oracle: str = "a") -> Any:
    rows = found.differences.select(contrast=contrast, metric=metric, oracle=oracle, dataset="all")
    return rows[0]


def _compared(rates: answered.Rates, each: int, key: list[int]) -> Comparisons:
    rng = np.random.default_rng(key)
    p, d = answered.draw(rates, each, rng=rng), answered.disagreement(each, rng=rng)
    options = CompareOptions(contrasts=(*NAMES, AREA), replicates=999, seed=key[-1], threads=1)
    return compare(p, options, Known(disagreement={"jaccard_all": d}))


def _true(row: Any) -> float:
    """Return the true difference of two conditions."""
    rates = answered.EFFECTS
    a, b = (
        rates.get((row.oracle, name), rates.get((None, name), np.nan))
        for name in (row.condition_a, row.condition_b)
    )
    return a - b


def _in(row: Any, truth: float, low: str = "low", high: str = "high") -> bool:
    return bool(getattr(row, low) <= truth <= getattr(row, high))


def intervals(each: int, key: list[int]) -> Hits:
    """Return which intervals of one study cover the truth."""
    found, rates = _compared(answered.EFFECTS, each, key), answered.EFFECTS
    hits: Hits = {}
    for metric in ("top1", "p_true"):
        (accuracy,) = found.accuracies.select(metric=metric, oracle="a", condition="led@0", dataset="all")
        hits[f"accuracy, {metric}"] = _in(accuracy, rates["a", "led@0"])
        for name in SIMPLE if metric == "top1" else ("polarity_gap",):
            row = _row(found, name, metric)
            hits[f"{name}, {metric}"] = _in(row, _true(row))
    gap = _row(found, "full_gap")
    if each == 1:
        hits["full_gap, Tango's score interval"] = _in(gap, _true(gap), "tango_low", "tango_high")
    best = max(rates["a", name] for name in ("budget@0.25", "budget@0.5", "threshold@0.3", "threshold@0.6"))
    hits[CAUTIOUS[0]] = _in(_row(found, "score_gain"), best - rates["a", "led@0"])
    together = [
        row for row in found.differences.select(metric="top1", dataset="all") if row.contrast in SIMPLE
    ]
    hits["all contrasts at once (simultaneous bounds)"] = all(
        _in(row, _true(row), "simultaneous_low", "simultaneous_high") for row in together
    )
    return hits | dict(_curves(found)) | dict(_across(found))


def _curves(found: Comparisons) -> Iterator[tuple[str, bool]]:
    """Yield what is read along curves: points, bands, the crossing and areas."""
    rates = answered.EFFECTS
    area = {order: answered.area(rates, order) for order in ("budget", "random")}
    row = _row(found, AREA)
    yield "area against random", _in(row, area["budget"] - area["random"])
    for landmark in found.landmarks.select(metric="top1", dataset="all"):
        if landmark.quantity == "crossing":
            yield "alpha at which led and inverted cross", _in(landmark, answered.CROSSING)
        elif landmark.oracle == "a":
            yield "area under the budget curve", _in(landmark, area["budget"])
    gaps = found.curves.select(family="gap", metric="top1", dataset="all", oracle="a")
    alphas = {0.0: rates["a", "inverted@0"], **answered.ALPHAS}
    gaps = [point for point in gaps if point.x in alphas]
    truths = [rates["a", "led@0"] - alphas[point.x] for point in gaps]
    yield "gap at alpha 0.25", _in(gaps[1], truths[1])
    pairs = zip(gaps, truths, strict=True)
    yield "gap at every alpha (band)", all(_in(p, t, "band_low", "band_high") for p, t in pairs)


def _across(found: Comparisons) -> Iterator[tuple[str, bool]]:
    """Yield what is read across oracles, and of their disagreement, which has no effect."""
    rows = found.heterogeneity.select(metric="top1", dataset="all", contrast="polarity_gap")
    truths = list(ORACLES.values())
    by = {(row.quantity, row.oracle): row for row in rows}
    yield "mean over oracles", _in(by["mean", None], float(np.mean(truths)))
    yield CAUTIOUS[1], _in(by["sd_between", None], float(np.std(truths, ddof=1)))
    pairs = [row for row in rows if row.quantity == "difference"]
    apart = [ORACLES[row.oracle] - ORACLES[row.other] for row in pairs]
    yield "difference of two oracles", _in(pairs[0], apart[0])
    both = zip(pairs, apart, strict=True)
    yield (
        "differences of all pairs of oracles at once",
        all(_in(row, t, "simultaneous_low", "simultaneous_high") for row, t in both),
    )
    of = {
        row.part: row
        for row in found.disagreement.select(dataset="all", condition="full", against="accuracy")
    }
    yield "accuracy in a quarter of disagreement", _in(of["quarter 1/4"], answered.EFFECTS[None, "full"])
    yield "last less first quarter of disagreement", _in(of["last - first quarter"], 0.0)
    yield "correlation of disagreement and accuracy", _in(of["correlation"], 0.0)


def tests(each: int, key: list[int]) -> Hits:
    """Return which tests of one study reject, where no condition differs from another."""
    found = _compared(answered.NOTHING, each, key)
    hits = {f"{name}, sign flip": _row(found, name).p_signflip < 0.05 for name in NAMES}
    hits["polarity_gap, p_true, sign flip"] = _row(found, "polarity_gap", "p_true").p_signflip < 0.05
    hits["area against random, sign flip"] = _row(found, AREA).p_signflip < 0.05
    one = _row(found, "full_gap")
    if each == 1:
        hits["full_gap, mid-p McNemar"] = one.p_mcnemar < 0.05
    hits[UNPRINTED] = mcnemar_midp(one.b, one.c) < 0.05
    family = [row for row in found.differences.select(metric="top1", dataset="all") if row.contrast != AREA]
    hits[CAUTIOUS[3]] = any(row.p_holm < 0.05 for row in family)
    for test in found.tests.select(dataset="all"):
        if test.test.startswith("polarity_gap") and ": top1" in test.family:
            hits[f"equality of oracles, {test.test.split(': ')[1]}"] = test.p < 0.05
        elif "under full" in test.test:
            hits[f"disagreement and {test.test.split(', ')[1].split(' ')[0]}, correlation"] = test.p < 0.05
    return {name: bool(hit) for name, hit in hits.items()}


def margins(truth: Mapping[str, tuple[float, float]]) -> dict[tuple[str, str], Margin]:
    """Return the margins at which "direct" is exactly as much worse as is allowed."""
    found = {}
    for name, (cross, own) in truth.items():
        sign = direction(COEFFICIENTS[name])
        size = sign * (own - cross)
        found[name, "absolute"] = Margin(absolute=size)
        found[name, "share of the floor"] = Margin(share=size / (1 - own if sign > 0 else own))
    return found


def verdicts(
    key: list[int], clusters: int, at: Mapping[tuple[str, str], Margin]
) -> dict[tuple[str, str, str], bool]:
    """Return which verdicts of one study are false claims of non-inferiority."""
    both = repeats.averages(clusters, 999, rng=np.random.default_rng(key), seed=key[-1])
    return {
        (name, rule, kind): judge(*both[name], COEFFICIENTS[name], margin, level=0.95, kind=kind).verdict
        == "non-inferior"
        for (name, rule), margin in at.items()
        for kind in (CLAIMS, *BESIDE)
    }


def _span(span: range, one: Callable[[list[int]], dict[Any, bool]], key: list[int]) -> list[dict[Any, bool]]:
    return [one([*key, i]) for i in span]


def share(
    pool: ProcessPoolExecutor, one: Callable[[list[int]], dict[Any, bool]], key: list[int], datasets: int
) -> pd.Series:
    """Return how often each answer is yes, over so many data sets."""
    spans = [range(i, min(i + 50, datasets)) for i in range(0, datasets, 50)]
    rows = [row for some in pool.map(partial(_span, one=one, key=key), spans) for row in some]
    return pd.DataFrame(rows).mean()


def study(datasets: int, processes: int | None, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return the tables of shares: of intervals that cover, tests that reject, verdicts that are false."""
    found: dict[str, dict[str, pd.Series]] = {INTERVALS: {}, TESTS: {}, "verdicts": {}}
    at = margins(repeats.truth())
    with ProcessPoolExecutor(processes) as pool:
        for clusters in (50, answered.CLUSTERS):
            one: Any = partial(verdicts, clusters=clusters, at=at)
            found["verdicts"][f"{clusters} videos"] = share(pool, one, [seed, clusters], MORE * datasets)
        for each in EACH:
            for kind, one in ((INTERVALS, intervals), (TESTS, tests)):
                column = f"{each} in a cluster"
                found[kind][column] = share(pool, partial(one, each), [seed, each, len(kind)], datasets)
    return {name: _framed(columns) for name, columns in found.items()}


def _framed(columns: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return shares side by side, in the order of the first column that has a name."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column.index))
    return pd.DataFrame({name: column.to_dict() for name, column in columns.items()}).loc[names]


def missed(tables: Mapping[str, pd.DataFrame], datasets: int) -> list[str]:
    """Return what lies outside its range by more than two Monte Carlo errors."""
    told = []
    for kind, low, high in ((INTERVALS, LOW, HIGH), (TESTS, LEAST, MOST)):
        for name, row in tables[kind].iterrows():
            for column, p in row.dropna().items():
                if name == UNPRINTED and column != f"{EACH[0]} in a cluster":
                    continue
                slack = [2 * np.sqrt(x * (1 - x) / datasets) for x in (low, high)]
                under = p < low - slack[0] and not (kind == TESTS and name in CAUTIOUS)
                over = p > high + slack[1] and not (kind == INTERVALS and name in CAUTIOUS)
                if under or over:
                    told.append(f"{name}, {column}: {p:.4f}, not in [{low}, {high}]")
    most = 0.05 + 2 * np.sqrt(0.05 * 0.95 / (MORE * datasets))
    for (name, rule, kind), row in tables["verdicts"].iterrows():
        told += [f"{name}, {rule}, {c}: {p:.4f}" for c, p in row.items() if kind == CLAIMS and p > most]
    return told


def page(tables: Mapping[str, pd.DataFrame], datasets: int) -> str:
    """Return docs/coverage_downstream.md."""
    error = [100 * np.sqrt(p * (1 - p) / datasets) for p in (0.95, 0.07)]
    return PAGE.format(
        intervals=_table(tables[INTERVALS], "interval"),
        tests=_table(tables[TESTS], "test"),
        verdicts=_table(tables["verdicts"], "statistic | margin | interval"),
        datasets=datasets,
        many=MORE * datasets,
        claimed=100 * np.sqrt(0.05 * 0.95 / (MORE * datasets)),
        near=error[0],
        few=error[1],
        clusters=answered.CLUSTERS,
        cautious="; ".join(CAUTIOUS),
        date=datetime.now(UTC).date(),
    )


def _table(frame: pd.DataFrame, heading: str) -> str:
    width = len(heading.split("|"))
    lines = [
        f"| {heading} | {' | '.join(map(str, frame.columns))} |",
        "|---" * width + "|---:" * frame.shape[1] + "|",
    ]
    for name, row in frame.iterrows():
        names = name if isinstance(name, tuple) else (name,)
        cells = ["(not printed)" if np.isnan(p) else f"{100 * p:.1f}" for p in row]
        lines.append(f"| {' | '.join([*map(str, names), *cells])} |")
    return "\n".join(lines)


PAGE = """\
# Coverage downstream: intervals and tests of `compare`, verdicts of `floor`

What is claimed to hold in 95 %, or to be wrong in 5 %, counted over {datasets:,} generated data sets a
column, with {clusters} clusters and 999 resamples and sign flips each. Monte Carlo error (one standard
error): {near:.1f} points near 95 and 5 %, {few:.1f} near 7 %.

## Intervals: how often they cover the truth, in percent

{intervals}

## Tests: how often they reject at 5 %, where no condition differs from another, in percent

{tests}

Intervals are required to cover 93 to 97 %, tests to reject 3 to 7 %. Exceptions are cautious by
construction, so that only the dangerous side is required: {cautious}.
`score_gain` and its sign-flip test make the choice of the best condition anew in every resample; the
interval of the standard deviation between oracles holds also where they do not differ at all; Holm's
adjustment does not know that contrasts which share a condition go together.

The last word on *McNemar's test*: `compare` prints it, and Tango's interval, only where every cluster has one
question. The row "videos taken as independent" shows what it would be worth where there are four.

## Verdicts: how often an arm that is worse by exactly the margin is called non-inferior, in percent

Counted over {many:,} data sets a column; Monte Carlo error: {claimed:.1f} points near 5 %.

{verdicts}

At most 5 % is aimed at. Verdicts rest on **hall**: the clustered t interval, its skewness removed, so that
each of its bounds holds by itself; and it has no Monte Carlo error. The plain t interval (jackknife) and the
expanded percentile, the default of all other intervals, stand beside it. The rows of a column are of the same
data sets, so they go up and down together. `floor` says in the column `interval` of its differences which one
it took; with `--two-way`, where runs are resampled too, there is no jackknife, and the bounds are those of
the chosen bootstrap interval.

## The processes

Answers (`bench/answered.py`): a question is answered rightly where its hardness, uniform on (0, 1), is below
the rate of the condition. Seven in ten questions are as hard as their cluster; a cluster is as hard under a
condition as under the others, or answers anew, one as likely as the other. Three oracles, 21 conditions.
Repeated runs (`bench/repeats.py`): two arms of three runs, one with a bias that its runs share. It is one
process each: with fewer clusters or rarer outcomes, things can be worse.

Written on {date} by `make coverage`: `python -m bench.downstream --datasets {datasets} --out
docs/coverage_downstream.md`. The seed is fixed, so a repetition gives the same tables.
"""


def main() -> None:
    """Run the study from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, help="where the page is written; printed otherwise")
    args = parser.parse_args()
    sys.exit("\n".join(write(args.datasets, args.processes, args.out)) or None)


def write(datasets: int, processes: int | None, out: Path | None) -> list[str]:
    """Run the study, write its page, and return what missed its range."""
    tables = study(datasets, processes)
    text = page(tables, datasets)
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        print(text)
    return missed(tables, datasets)


if __name__ == "__main__":
    main()
