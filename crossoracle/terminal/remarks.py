"""The lines under the tables: what the numbers rest on, what was left out and why, how they were made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.crosscheck import Checks
from crossoracle.agreement.summary import Agreed
from crossoracle.results import Estimate
from crossoracle.stats.clusters import FEW
from crossoracle.tables.wording import several

MOST = 8  # lines, or names, of one kind
FEWNESS = re.compile(r"warning: [\d,]+ clusters?")  # told once for all rows: `_few_clusters`
LAST_DIGIT = 5e-4  # half of what the last digit on the terminal is worth
KINDS = {
    "expanded": "expanded percentile",
    "percentile": "percentile",
    "bca": "BCa",
    "jackknife": "cluster-jackknife t",
    "hall": "cluster-jackknife t without skewness",
}


def remarks(found: Agreed, shown: Sequence[str]) -> Iterator[str]:
    """Yield what a reader of the tables has to know; ``shown`` are the coefficients in them."""
    yield _basis(found)
    yield from _left_out(found, shown)
    yield from _fourfold(found, shown)
    yield from _first(found.notes)
    yield from _first(_reasons(found))
    yield from _undefined_resamples(found)
    yield from _few_clusters(found)
    yield _making(found)
    yield from _monte_carlo(found, shown)
    if found.options.null:
        yield from _nulls(found, shown)
    if found.options.differences:
        yield from _contrasts(found, shown)
    if found.checks is not None:
        yield _cross_check(found.checks)
        yield from _unchecked(found.checks)


def _basis(found: Agreed) -> str:
    b = found.basis
    rule = {
        "joint": "those that every oracle recognised",
        "pairwise": "for each pair those that both recognised",
        "all": "recognised or not",
    }[b.rule]
    rule = rule if b.prechecked else "no prechecks: every video passes"
    videos = f"{b.videos:,} of {several(b.of_videos, 'video')}"
    if b.of_a_pair is not None:
        fewest, most = b.of_a_pair
        videos = several(most, "video") if fewest == most else f"{fewest:,} to {several(most, 'video')}"
        rule = f"{rule}, of {several(b.of_videos, 'video')}"
        videos = f"{videos} a pair"
    clusters = several(b.clusters, "cluster") + (" in all" if b.of_a_pair is not None else "")
    size = f"as good as {b.effective:,.0f} of one size"
    return f"Rests on {videos} ({rule}), {clusters} ({size}), {several(b.segments, 'segment')}."


def _left_out(found: Agreed, shown: Sequence[str]) -> Iterator[str]:
    for name in shown:
        rows = found.estimates.select(statistic=name, dataset="all", label=None)
        counts = sorted(e.n_left_out for e in rows)
        if counts and counts[-1] > 0:
            span = "" if counts[0] == counts[-1] else f"{counts[0]:,} to "
            why = "constant or silent" if "_within" in name else "silent"
            why += " or does not recognise the action" if found.basis.rule == "pairwise" else ""
            why += " or has other segments" if found.basis.off_grid else ""
            videos = f"{span}{several(counts[-1], 'video')}"
            yield f"Left out of {COEFFICIENTS[name].title}: {videos} in which an oracle is {why}."


def _fourfold(found: Agreed, shown: Sequence[str]) -> Iterator[str]:
    """Say what Cohen's kappa of kept segments has to be read with."""
    if "cohen_kappa" not in shown:
        return
    ranges = []
    for name in ("prevalence_index", "bias_index"):
        values = [e.value for e in found.estimates.select(statistic=name, dataset="all", label=None)]
        values = [value for value in values if value == value]
        if values:
            ranges.append(f"{COEFFICIENTS[name].title} {min(values):.2f} to {max(values):.2f}")
    if ranges:
        yield f"Kept segments, to read Cohen's kappa with: {', '.join(ranges)}."


def _reasons(found: Agreed) -> list[str]:
    """Return why rows lack a value or an interval, the most frequent reason first."""
    reasons: Counter[tuple[str, str]] = Counter()
    only = found.basis.datasets[0] if len(found.basis.datasets) == 1 else None  # repeats the pooled rows
    for e in found.estimates:
        why = "; ".join(part for part in (e.reason or "").split("; ") if not FEWNESS.fullmatch(part))
        if why and (e.dataset, e.label) != (only, None):
            reasons[_where(e), why] += 1
    return [f"{several(n, 'row')}, {where}: {why}" for (where, why), n in reasons.most_common()]


def _where(e: Estimate) -> str:
    return e.label or ("pooled" if e.dataset == "all" else e.dataset)


def _first(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"... and {len(lines) - MOST:,} more"


def _undefined_resamples(found: Agreed) -> Iterator[str]:
    counts = [e.n_undefined for e in found.estimates if e.n_undefined and e.value == e.value]
    if counts:
        rows = several(len(counts), "row")
        yield f"Resamples in which a row is undefined: at most {max(counts):,}, in {rows}."


def _few_clusters(found: Agreed) -> Iterator[str]:
    few = {_where(e): e.n_clusters for e in found.estimates if 0 < e.n_clusters < FEW}
    if few:
        named = ", ".join(f"{name} ({n})" for name, n in list(few.items())[:MOST])
        yield f"Few clusters: {named}. An interval from fewer than {FEW} is itself uncertain."


def _making(found: Agreed) -> str:
    o = found.options
    numbers = sorted({e.replicates for e in found.estimates if e.replicates}, reverse=True)
    fewer = "".join(f"{n:,} or " for n in numbers[:-1])
    resamples = f"{fewer}{several(numbers[-1], 'resample')}" if numbers else "no resamples"
    intervals = f"Intervals: {KINDS[o.interval]}, level {o.level:g}"
    return f"{intervals}, {resamples} of whole clusters, seed {o.seed}."


def _monte_carlo(found: Agreed, shown: Sequence[str]) -> Iterator[str]:
    """Say how far the bounds that are shown would move with another seed, where three digits hide it."""
    errors = [max(e.mc_low, e.mc_high) for e in found.estimates if e.statistic in shown and e.low == e.low]
    if errors and max(errors) > LAST_DIGIT:
        most = f"{max(errors):.2g}"
        yield f"Monte Carlo standard error of the bounds above: up to {most}; more --replicates lower it."


def _nulls(found: Agreed, shown: Sequence[str]) -> Iterator[str]:
    n = found.options.null
    draws = f"{several(n, 'permutation')} and {several(n, 'rotation')} within videos"
    yield f"p_null in estimates.csv: the larger p-value of {draws}."
    for name in shown:
        p = [e.p_null for e in found.estimates.select(statistic=name, dataset="all", label=None)]
        p = [one for one in p if one == one]
        if p:
            yield f"{COEFFICIENTS[name].title}: p_null at most {max(p):.2g}."


def _contrasts(found: Agreed, shown: Sequence[str]) -> Iterator[str]:
    pooled = [d for d in found.differences if d.dataset == "all"]
    for name in shown:
        own = [d for d in pooled if d.statistic == name]
        clear = sum(d.simultaneous_low > 0 or d.simultaneous_high < 0 for d in own)
        if own:
            title = COEFFICIENTS[name].title
            of = several(len(own), "difference")
            yield f"{title}: of {of} between pairs, {clear:,} exclude 0 simultaneously."
    family = sum(test.p == test.p for test in found.tests)
    for test in found.tests:
        name = test.test.partition(":")[0]
        if test.dataset == "all" and name in shown and test.p == test.p:
            p = f"p = {test.p:.2g}, {test.p_adjusted:.2g} after Holm over {several(family, 'test')}"
            yield f"Is {COEFFICIENTS[name].title} equal for all pairs? Hotelling's T2: {p}."


def _cross_check(checks: Checks) -> str:
    if checks.largest is None:
        return "Cross-check: nothing here that another library defines in the same way."
    libraries = ", ".join(sorted({check.library for check in checks}))
    return (
        f"Cross-check: {several(len(checks), 'value')} again by {libraries}; largest difference "
        f"{checks.largest.difference:.1e} ({checks.largest})."
    )


def _unchecked(checks: Checks) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for name, why in checks.unchecked.items():
        names.setdefault(why, []).append(name)
    for why, some in names.items():
        more = f" and {len(some) - MOST:,} more" if len(some) > MOST else ""
        listed = f"{', '.join(some[:MOST])}{more}"
        yield f"Not checked, {several(len(some), 'coefficient')}: {why} ({listed})."
