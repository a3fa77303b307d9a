"""The headline of a report in sentences, each number with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.report.material import Material
from crossoracle.report.recognised import together
from crossoracle.tables.downstream import HEADLINE
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd

    Results = Mapping[str, pd.DataFrame]

OVERALL = ("spearman_within_all", "fleiss_kappa", "alpha_interval")
OF_A_PAIR = ("spearman_within", "cohen_kappa", "kappa_quadratic")
READS = {
    "spearman_within_all": "Within a video, two oracles order its segments alike (mean rank correlation) by",
    "spearman_within": "Within a video, {pair} order its segments alike (mean rank correlation) by",
    "fleiss_kappa": "Which segments are kept is agreed beyond chance (Fleiss' kappa) by",
    "cohen_kappa": "Which segments are kept is agreed beyond chance by {pair} (Cohen's kappa) by",
    "alpha_interval": "Scores agree beyond chance (Krippendorff's alpha, interval) by",
    "kappa_quadratic": "Scores of {pair} agree beyond chance (quadratic kappa) by",
}
CHANGES = {
    "polarity_gap": "Seeing only what an oracle kept, instead of only the rest, changes accuracy by",
    "eps": "Seeing what an oracle kept, instead of as many low-scored segments, changes accuracy by",
    "full_gap": "Seeing only what an oracle kept, instead of the whole video, changes accuracy by",
    "tds": "Seeing only what an oracle kept, instead of as much spread evenly, changes accuracy by",
}


def headline(material: Material) -> list[str]:
    """Return the sentences: what was recognised, how far oracles agree, what sampling changes, verdicts."""
    found: list[str] = []
    for of in (_flow, _agreement, _contrasts, _verdicts):
        found += of(material.results)
    return found


def bounds(low: float, high: float, digits: int = 3, scale: float = 1.0, sign: str = "") -> str:
    """Return an interval in brackets, or nothing where it is undefined."""
    if low != low or high != high:
        return "(no interval)"
    return f"[{low * scale:{sign}.{digits}f}, {high * scale:{sign}.{digits}f}]"


def _flow(results: Results) -> Iterator[str]:
    rows = results.get("flow")
    if rows is None:
        return
    rows, oracles = together(rows[rows["dataset"] == "all"])
    if rows.empty:
        return
    joint, of = rows.iloc[0], several(oracles, "oracle")
    share = f"{joint['rate'] * 100:.1f} % {bounds(joint['low'], joint['high'], 1, 100)}"
    whom = f"by all of {of} " if oracles > 1 else ""
    yield f"{joint['n']:,} of {several(int(joint['n_videos']), 'video')} are recognised {whom}({share})."


def _agreement(results: Results) -> Iterator[str]:
    rows = results.get("estimates")
    if rows is None:
        return
    rows = rows[(rows["dataset"] == "all") & rows["label"].isna() & rows["value"].notna()]
    rule = " that every oracle recognised" if (rows["videos"] == "joint").all() else ""
    pairs = rows.drop_duplicates(["oracle_a", "oracle_b"]).dropna(subset=["oracle_a"])
    for name in OF_A_PAIR if len(pairs) == 1 else OVERALL:
        for _, row in rows[rows["statistic"] == name].head(1).iterrows():
            pair = f"{row['oracle_a']} and {row['oracle_b']}"
            value = f"{row['value']:.3f} {bounds(row['low'], row['high'])}"
            videos = several(row["n_videos"], "video")
            yield f"{READS[name].format(pair=pair)} {value}, over {videos}{rule}."


def _contrasts(results: Results) -> Iterator[str]:
    rows = results.get("differences")
    if rows is None:
        return
    rows = rows[rows["stratum"].isna() & (rows["metric"] == "top1") & rows["value"].notna()]
    for name in HEADLINE:
        mine = rows[(rows["contrast"] == name) & (rows["dataset"] != "all")]
        of = [_spread(str(dataset), some) for dataset, some in mine.groupby("dataset", sort=True)]
        if of:
            yield f"{CHANGES[name]} {'; '.join(of)}."


def _spread(dataset: str, rows: pd.DataFrame) -> str:
    """Return the range of a contrast over oracles and recognizers, in percentage points."""
    points = rows["value"] * 100
    if len(rows) == 1:
        row = rows.iloc[0]
        return f"{points.iloc[0]:+.1f} points {bounds(row['low'], row['high'], 1, 100, '+')} in {dataset}"
    clear = int(((rows["low"] > 0) | (rows["high"] < 0)).sum())
    return (
        f"{points.min():+.1f} to {points.max():+.1f} points in {dataset} ({clear} of {len(rows)} intervals "
        "exclude 0)"
    )


def _verdicts(results: Results) -> Iterator[str]:
    rows = results.get("floors")
    if rows is None or "verdict" not in rows:
        return
    for _, row in rows[rows["verdict"].notna()].iterrows():
        name = COEFFICIENTS[row["statistic"]].title if row["statistic"] in COEFFICIENTS else row["statistic"]
        arms = " and ".join(str(row[column]) for column in ("arm_a", "arm_b") if column in rows)
        value = f"{row['value']:+.3f} {bounds(row['low'], row['high'], sign='+')}"
        yield f"{arms}, {name}: {row['verdict']} (difference from the noise floor {value})."
