"""Correlations, weighted kappas and intraclass correlations of the scores."""

from __future__ import annotations

from itertools import combinations
from math import sqrt

from tests.definition.categories import alpha
from tests.definition.plain import average, both, complete, mean_over_pairs, quotient, units


def sign(x):
    return (x > 0) - (x < 0)


def varies(numbers):
    return len(set(numbers)) > 1


def pearson_of(pairs):
    if not pairs:
        return None
    mx, my = average([x for x, _ in pairs]), average([y for _, y in pairs])
    sxy = sum((x - mx) * (y - my) for x, y in pairs)
    sxx, syy = sum((x - mx) ** 2 for x, _ in pairs), sum((y - my) ** 2 for _, y in pairs)
    return sxy / sqrt(sxx * syy) if min(sxx, syy) > 1e-12 else None


def midranks(numbers):
    return [sum(y < x for y in numbers) + (sum(y == x for y in numbers) + 1) / 2 for x in numbers]


def spearman_of(pairs):
    xs, ys = midranks([x for x, _ in pairs]), midranks([y for _, y in pairs])
    return pearson_of(list(zip(xs, ys, strict=True)))


def kendall_of(pairs):
    couples = list(combinations(pairs, 2))
    balance = sum(sign(p[0] - q[0]) * sign(p[1] - q[1]) for p, q in couples)
    untied = [sum(p[i] != q[i] for p, q in couples) for i in (0, 1)]
    return balance / sqrt(untied[0] * untied[1]) if all(untied) else None


def pooled(of):
    return lambda videos, a, b: of(both(videos, "score", a, b))


def within(of):
    """Return the mean over videos of a video's own coefficient."""

    def value(videos, a, b):
        pairs = [both([video], "score", a, b) for video in videos]
        varied = [p for p in pairs if varies([x for x, _ in p]) and varies([y for _, y in p])]
        return average([of(p) for p in varied])

    return value


def pearson_between(videos, a, b):
    pairs = [both([video], "score", a, b) for video in videos]
    return pearson_of([(average([x for x, _ in p]), average([y for _, y in p])) for p in pairs if p])


def weighted_kappa(pairs, power):
    """Return 1 - observed / expected disagreement, every first score against every second."""
    if not pairs:
        return None
    expected = average([abs(x - y) ** power for x, _ in pairs for _, y in pairs])
    observed = average([abs(x - y) ** power for x, y in pairs])
    return 1 - observed / expected if expected > 1e-12 else None


def lin_ccc(pairs):
    """Return 2 cov / (var + var + squared difference of the means), population moments."""
    if not pairs:
        return None
    mx, my = average([x for x, _ in pairs]), average([y for _, y in pairs])
    cov = average([(x - mx) * (y - my) for x, y in pairs])
    spread = average([(x - mx) ** 2 for x, _ in pairs]) + average([(y - my) ** 2 for _, y in pairs])
    return quotient(2 * cov, spread + (mx - my) ** 2)


def mean_difference(pairs):
    return average([x - y for x, y in pairs])


def mean_abs_difference(pairs):
    return average([abs(x - y) for x, y in pairs])


def alpha_interval(videos):
    return alpha(videos, "score", lambda x, y: (x - y) ** 2)


def alpha_ratio(videos):
    return alpha(videos, "score", lambda x, y: 0.0 if x == y else ((x - y) / (x + y)) ** 2)


def alpha_ordinal(videos):
    ratings = sorted(x for unit in units(videos, "score") if len(unit) > 1 for x in unit)

    def metric(c, k):
        """Square the number of ratings from c to k, the two ends counted by half."""
        low, high = min(c, k), max(c, k)
        between = sum(low <= x <= high for x in ratings)
        return (between - (ratings.count(c) + ratings.count(k)) / 2) ** 2 if c != k else 0.0

    return alpha(videos, "score", metric)


def mean_squares(videos):
    """Return the table's n, k, and mean squares between targets, within, between judges, residual."""
    rows = complete(videos)
    n, k = len(rows), len(rows[0]) if rows else 0
    if n < 2:
        return None
    grand = average([x for row in rows for x in row])
    target = [average(row) for row in rows]
    judge = [average([row[j] for row in rows]) for j in range(k)]
    bms = k * sum((t - grand) ** 2 for t in target) / (n - 1)
    jms = n * sum((m - grand) ** 2 for m in judge) / (k - 1)
    wms = sum((x - t) ** 2 for row, t in zip(rows, target, strict=True) for x in row) / (n * (k - 1))
    rest = [(row[j] - target[i] - judge[j] + grand) ** 2 for i, row in enumerate(rows) for j in range(k)]
    return n, k, bms, wms, jms, sum(rest) / ((n - 1) * (k - 1))


def icc(form):
    """Return an intraclass correlation; undefined without two targets, or without positive variance."""

    def value(videos):
        found = mean_squares(videos)
        if found is None:
            return None
        numerator, denominator = form(*found)
        return quotient(numerator, denominator)

    return value


ICC = {
    "icc_1_1": lambda n, k, bms, wms, jms, ems: (bms - wms, bms + (k - 1) * wms),
    "icc_2_1": lambda n, k, bms, wms, jms, ems: (bms - ems, bms + (k - 1) * ems + k * (jms - ems) / n),
    "icc_3_1": lambda n, k, bms, wms, jms, ems: (bms - ems, bms + (k - 1) * ems),
    "icc_1_k": lambda n, k, bms, wms, jms, ems: (bms - wms, bms),
    "icc_2_k": lambda n, k, bms, wms, jms, ems: (bms - ems, bms + (jms - ems) / n),
    "icc_3_k": lambda n, k, bms, wms, jms, ems: (bms - ems, bms),
}


def variance(numbers):
    return sum((x - average(numbers)) ** 2 for x in numbers) / (len(numbers) - 1)


def cronbach_alpha(videos):
    """Return k / (k - 1) (1 - sum of the oracles' variances / variance of the sum)."""
    rows = complete(videos)
    if len(rows) < 2 or variance([sum(row) for row in rows]) < 1e-12:
        return None
    k = len(rows[0])
    items = sum(variance([row[j] for row in rows]) for j in range(k))
    return k / (k - 1) * (1 - items / variance([sum(row) for row in rows]))


def cronbach_alpha_standardized_within(videos):
    found = []
    for video in videos:
        rows = complete([video])
        k = len(video[0]["score"])
        pairs = [[(row[i], row[j]) for row in rows] for i, j in combinations(range(k), 2)]
        correlations = [pearson_of(p) for p in pairs]
        if None not in correlations:
            r = average(correlations)
            found.append(quotient(k * r, 1 + (k - 1) * r))
    return average(found)


def kendall_w_within(videos):
    """Return the mean over videos of W = 12 S / (m^2 (n^3 - n) - m sum of (t^3 - t))."""
    found = []
    for video in videos:
        rows = complete([video])
        n, m = len(rows), len(video[0]["score"])
        columns = [[row[j] for row in rows] for j in range(m)]
        if not any(map(varies, columns)):
            continue
        ranks = [midranks(column) for column in columns]
        totals = [sum(r[i] for r in ranks) for i in range(n)]
        s = sum((total - average(totals)) ** 2 for total in totals)
        ties = sum(column.count(x) ** 3 - column.count(x) for column in columns for x in set(column))
        found.append(12 * s / (m**2 * (n**3 - n) - m * ties))
    return average(found)


PAIR = {
    "kappa_quadratic": pooled(lambda pairs: weighted_kappa(pairs, 2)),
    "lin_ccc": pooled(lin_ccc),
    "kappa_linear": pooled(lambda pairs: weighted_kappa(pairs, 1)),
    "pearson": pooled(pearson_of),
    "spearman": pooled(spearman_of),
    "kendall_tau_b": pooled(kendall_of),
    "pearson_within": within(pearson_of),
    "spearman_within": within(spearman_of),
    "kendall_within": within(kendall_of),
    "pearson_between": pearson_between,
    "mean_abs_difference": pooled(mean_abs_difference),
    "mean_difference": pooled(mean_difference),
}
AVERAGED = (
    "spearman_within",
    "kendall_within",
    "spearman",
    "kendall_tau_b",
    "kappa_linear",
    "kappa_quadratic",
)


def _mean(of):
    return lambda videos: mean_over_pairs(lambda a, b: of(videos, a, b), len(videos[0][0]["score"]))


ALL = {f"{name}_all": _mean(PAIR[name]) for name in AVERAGED} | {
    name: icc(form) for name, form in ICC.items()
}
ALL |= {
    f.__name__: f
    for f in (
        alpha_interval,
        alpha_ratio,
        alpha_ordinal,
        cronbach_alpha,
        cronbach_alpha_standardized_within,
        kendall_w_within,
    )
}
