"""What a reader of a report has to beware of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossoracle.report.material import Material
from crossoracle.report.recognised import together
from crossoracle.stats.clusters import FEW
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd

    Results = Mapping[str, pd.DataFrame]

DEGENERATE = 0.05
"""Share of resamples without a value from which an interval is doubtful."""

SELECTED = 0.8
"""Share of videos below which those that passed may be another kind than all."""

PREVALENCE, AGREEMENT, KAPPA = 0.5, 0.8, 0.4
"""Where oracles agree on most segments, nearly all are kept or nearly none, and kappa is low all the same."""

SHOWN = 4
"""Pairs that a warning names."""


@dataclass(frozen=True)
class Warned:
    """A warning: its kind, what was found, and what to do about it."""

    kind: str
    found: str
    advice: str


def warnings(material: Material) -> list[Warned]:
    """Return the warnings, those about the whole study first."""
    return [
        *_stale(material),
        *_selection(material.results),
        *_few_clusters(material.results),
        *_degenerate(material.results),
        *_paradox(material.results),
    ]


def _stale(material: Material) -> Iterator[Warned]:
    stale = [one for one in material.origins if one.stale]
    if stale:
        names = ", ".join(sorted({one.name for one in stale}))
        verbs = ", ".join(dict.fromkeys(one.verb for one in stale))
        advice = f"Make it again: {verbs}, or crossoracle run for all."
        yield Warned("out of date", f"{names}: made from files that have changed since.", advice)


def _selection(results: Results) -> Iterator[Warned]:
    rows = results.get("flow")
    if rows is None:
        return
    rows, few = together(rows)[0], []
    for joint in rows.to_dict("records"):
        dataset = joint["dataset"]
        if joint["rate"] < SELECTED and (dataset != "all" or rows["dataset"].nunique() == 1):
            few.append(f"{joint['rate']:.0%}" + ("" if dataset == "all" else f" of {dataset}"))
    if few:
        found = f"Only some videos are recognised by every oracle: {', '.join(few)}."
        advice = "Joint estimates speak of these; compare them with agree --on pairwise and --on all."
        yield Warned("selection", found, advice)


def _few_clusters(results: Results) -> Iterator[Warned]:
    rows = results.get("estimates")
    if rows is None:
        return
    few = rows[(rows["n_clusters"] > 0) & (rows["n_clusters"] < FEW) & rows["label"].isna()]
    least = few.groupby("dataset")["n_clusters"].min()
    if len(least):
        named = ", ".join(f"{name} ({n})" for name, n in least.items())
        advice = f"An interval from fewer than {FEW} clusters is itself uncertain."
        yield Warned("few clusters", f"{named}.", advice)


def _degenerate(results: Results) -> Iterator[Warned]:
    rows = results.get("estimates")
    if rows is None:
        return
    bad = rows[rows["n_undefined"] > DEGENERATE * rows["replicates"]]
    if len(bad):
        statistics = ", ".join(sorted(bad["statistic"].unique())[:6])
        yield Warned(
            "degenerate resamples",
            f"In {several(len(bad), 'row')} ({statistics}) more than {DEGENERATE:.0%} of the resamples have "
            "no value.",
            "Their intervals rest on the others; more videos, or a coefficient that is always defined.",
        )


def _paradox(results: Results) -> Iterator[Warned]:
    rows = results.get("estimates")
    if rows is None:
        return
    rows = rows[rows["label"].isna()]
    key = ["dataset", "oracle_a", "oracle_b"]
    wide = rows.dropna(subset=["oracle_a"]).pivot_table(index=key, columns="statistic", values="value")
    if not {"prevalence_index", "percent_agreement", "cohen_kappa"} <= set(wide.columns):
        return
    odd = wide[
        (wide["prevalence_index"].abs() > PREVALENCE)
        & (wide["percent_agreement"] > AGREEMENT)
        & (wide["cohen_kappa"] < KAPPA)
    ]
    if odd.empty:
        return
    told = [_odd(row) for row in odd.reset_index().to_dict("records")]
    more = f"; and {several(len(told) - SHOWN, 'pair')} more" if len(told) > SHOWN else ""
    yield Warned(
        "prevalence paradox",
        f"Nearly all segments alike, but a low Cohen's kappa, since one answer is rare: "
        f"{'; '.join(told[:SHOWN])}{more}.",
        "Read it beside Gwet's AC1 and the positive agreement.",
    )


def _odd(row: Mapping[Any, Any]) -> str:
    return (
        f"{row['oracle_a']} and {row['oracle_b']} in {row['dataset']} "
        f"({row['percent_agreement']:.0%} alike, kappa {row['cohen_kappa']:.2f}, prevalence index "
        f"{row['prevalence_index']:+.2f})"
    )
