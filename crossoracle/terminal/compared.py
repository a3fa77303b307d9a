"""What compare found along curves and across oracles, in sentences that can be read without a manual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from crossoracle.analysis.across.rows import Direction, Foretold, Spread
from crossoracle.analysis.across.spread import T2, family_of
from crossoracle.analysis.summary import Compared

MOST = 8  # sentences of one kind
FIRST, LAST, SPAN, R = "quarter 1/4", "quarter 4/4", "last - first quarter", "correlation"


def sentences(found: Compared) -> Iterator[str]:
    """Yield what curves and oracles say, of the first metric and all datasets together."""
    metric = found.options.metrics[0] if found.options.metrics else "top1"
    for title, lines in (
        (f"Along curves ({metric})", [*_crossings(found, metric), *_areas(found, metric)]),
        (f"Across oracles ({metric})", list(_oracles(found, metric))),
        ("Where oracles disagree", list(_disagreement(found, metric))),
    ):
        if lines:
            yield f"{title}:"
            yield from (f"  {line}" for line in lines[:MOST])
            if len(lines) > MOST:
                yield f"  ... and {len(lines) - MOST} more in the results"


def _pooled(rows: Sequence[Any], metric: str) -> list[Any]:
    return [row for row in rows if row.metric == metric and row.dataset == "all"]


def _of_whom(found: Compared, row: Any) -> str:
    """Return the oracle in brackets, with the recognizer and run where there are several; or nothing."""
    recognizer = row.recognizer if len(found.options.recognizers) > 1 else None
    run = f"run {row.run}" if len(found.options.runs) > 1 else None
    whose = ", ".join(part for part in (row.oracle, recognizer, run) if part)
    return f" ({whose})" if whose else ""


def _crossings(found: Compared, metric: str) -> Iterator[str]:
    for row in (row for row in _pooled(found.landmarks, metric) if row.quantity == "crossing"):
        if row.value != row.value:
            yield f"led and inverted do not cross{_of_whom(found, row)}: {row.reason}"
            continue
        bounds = f" [{row.low:.2f}, {row.high:.2f}]" if row.low == row.low else ""
        why = f" ({row.reason})" if row.reason else ""
        missed = f"; {row.n_undefined:,} resamples have no crossing" if row.n_undefined else ""
        yield f"led and inverted meet at alpha = {row.value:.2f}{bounds}{_of_whom(found, row)}{why}{missed}"


def _areas(found: Compared, metric: str) -> Iterator[str]:
    rows = [row for row in _pooled(found.landmarks, metric) if row.quantity == "area"]
    for row in rows:
        bounds = f" [{row.low:.3f}, {row.high:.3f}]" if row.low == row.low else ""
        value = "undefined: " + (row.reason or "") if row.value != row.value else f"{row.value:.3f}{bounds}"
        yield f"area under {row.family}{_of_whom(found, row)}: {value}"


def _oracles(found: Compared, metric: str) -> Iterator[str]:
    def key(row: Direction) -> tuple[str, str, str]:
        return row.contrast, row.recognizer or "", row.run

    rows = sorted(_pooled(found.directions, metric), key=key)
    order = list(dict.fromkeys(key(row) for row in _pooled(found.directions, metric)))
    grouped = {k: list(some) for k, some in groupby(rows, key)}
    for name in order:
        some = grouped[name]
        spreads = [row for row in _pooled(found.heterogeneity, metric) if _of(row) == name]
        parts = [_directions(some), *_equality(found, some[0]), *_spread(spreads)]
        recognizer = f" of {some[0].recognizer}" if len(found.options.recognizers) > 1 else ""
        run = f" (run {some[0].run})" if len(found.options.runs) > 1 else ""
        yield f"{some[0].contrast}{recognizer}{run}: {'; '.join(parts)}"


def _of(row: Spread) -> tuple[str, str, str]:
    return row.contrast, row.recognizer or "", row.run


def _directions(rows: Sequence[Direction]) -> str:
    """Say which way a contrast points: "positive for all 4 oracles, significant for 3 (not d)"."""
    n, positive = len(rows), [row.oracle for row in rows if row.direction == "positive"]
    others = [f"{row.oracle} {row.direction}" for row in rows if row.direction != "positive"]
    if len(positive) == n:
        way = f"positive for all {n} oracles"
    elif all(row.direction == "negative" for row in rows):
        way = f"negative for all {n} oracles"
    else:
        way = f"positive for {len(positive)} of {n} oracles ({', '.join(others)})"
    sure = [row.oracle for row in rows if row.significant]
    which = "" if len(sure) in (0, n) else f" ({', '.join(sure)})"
    return f"{way}, significant for {'all' if len(sure) == n else len(sure) or 'none'}{which}"


def _equality(found: Compared, of: Direction) -> Iterator[str]:
    for test in found.tests.select(family=family_of(T2, of), test=f"{of.contrast}: {T2}"):
        if test.p_adjusted != test.p_adjusted:
            yield "equality of oracles not tested"
            continue
        differ = test.p_adjusted < 1 - found.options.level
        says = "oracles differ" if differ else "not shown to differ between oracles"
        yield f"{says} (T2, p Holm = {_p(test.p_adjusted)})"


def _spread(rows: Sequence[Spread]) -> Iterator[str]:
    mean = next((row.value for row in rows if row.quantity == "mean"), float("nan"))
    for row in rows:
        if row.quantity == "sd_between" and row.value == row.value:
            bounds = f" [{100 * row.low:.1f}, {100 * row.high:.1f}]" if row.low == row.low else ""
            yield f"SD between oracles {100 * row.value:.1f} points{bounds}"
    without = [row for row in rows if row.quantity == "mean_without"]
    if len(without) > 2:
        most = max(without, key=lambda row: abs(row.value - mean))
        yield f"mean {100 * mean:+.1f}, without {most.oracle} {100 * most.value:+.1f}"


def _disagreement(found: Compared, metric: str) -> Iterator[str]:
    def key(row: Foretold) -> tuple[object, ...]:
        return row.recognizer, row.oracle, row.run, row.condition, row.statistic, row.against

    rows = _pooled(found.disagreement, metric)
    for name in dict.fromkeys(key(row) for row in rows):
        of = {row.part: row for row in rows if key(row) == name}
        first, last, span, r = (of[part] for part in (FIRST, LAST, SPAN, R))
        what = "the rest of the class is wrong for" if r.against == "difficulty" else f"{r.metric} is"
        under = f"{r.condition}{_of_whom(found, r)}"
        if span.value != span.value:
            yield f"{under}, {r.statistic}: {span.reason}"
            continue
        bounds = f" [{100 * span.low:.1f}, {100 * span.high:.1f}]" if span.low == span.low else ""
        told = f"r = {r.value:.2f}, p = {_p(r.p)}" if r.value == r.value else f"no correlation: {r.reason}"
        yield (
            f"{under}, {r.statistic}: {what} {100 * last.value:.1f} % in the quarter of most disagreement, "
            f"{100 * first.value:.1f} % in that of least ({100 * span.value:+.1f} points{bounds}); {told}"
        )


def _p(p: float) -> str:
    return "undefined" if p != p else f"{p:.4f}" if p >= 1e-4 else f"{p:.0e}"
