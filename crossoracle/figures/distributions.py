"""The distribution of the scores of each oracle: small multiples with one set of bins.

DuckDB counts, so that a table of millions of rows is never loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.ticker import PercentFormatter

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.labels import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

BINS = 20  # of equal width over [0, 1], closed on the left, the last one on both sides
_ACROSS = 2
_HEADROOM = 1.8  # height of a panel, in heights of the highest bar: the words stand above all bars
_TINY = 1e-9  # lets a score that is a bin's edge up to rounding fall into that bin


def numbers(scores: Table, *, run: str = "0") -> pd.DataFrame:
    """Return one row per oracle and bin, in the order of the figure.

    Parameters
    ----------
    scores : table
        The scores table; one that DuckDB reads is counted there.
    run : str
        The run of each oracle.

    Returns
    -------
    DataFrame
        Columns oracle, low, high (edges of the bin), n and share (of the scored segments), and of the oracle:
        median, n_segments, null_share, kept_share (of the segments where kept is known).
    """
    rows = selection.relation(scores).filter(selection.equals("run", run))
    about = rows.aggregate(
        "oracle, median(score) AS median, count(*) AS n_segments, count(score) AS n_scored, "
        "avg((score IS NULL)::INTEGER) AS null_share, avg(kept::INTEGER) AS kept_share",
        "oracle",
    ).df()
    if about.empty:
        raise InputError(f"the scores table has no rows of run {run!r}")
    if not about["n_scored"].any():
        raise InputError(f"no segment of run {run!r} has a score: there is nothing to count")
    place = f"least(floor(score * {BINS} + {_TINY}), {BINS - 1})::INTEGER"
    scored = rows.filter("score IS NOT NULL")
    counts = scored.aggregate(f"oracle, {place} AS bin, count(*) AS n", "oracle, bin").df()
    bins = about[["oracle"]].merge(pd.DataFrame({"bin": range(BINS)}), how="cross")
    found = bins.merge(counts, how="left").fillna({"n": 0}).merge(about)
    found = found.assign(low=found["bin"] / BINS, high=(found["bin"] + 1) / BINS, n=found["n"].astype(int))
    found = found.assign(share=found["n"] / found["n_scored"]).sort_values(["oracle", "low"])
    columns = ["oracle", "low", "high", "n", "share", "median", "n_segments", "null_share", "kept_share"]
    return pd.DataFrame(found[columns]).reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a histogram per oracle, its median as a line, the silent and the kept share in words."""
    names = list(rows["oracle"].unique())
    study = style.everyone(oracles, names)
    shown, looks = labels(study, style.letters(17, "column")), style.looks(study)
    down = -(-len(names) // _ACROSS)
    ax = style.axes(ax, "column", 0.95 * down + 0.35)
    grid = style.panels(ax, down, _ACROSS, wspace=0.08, hspace=0.04)
    top = _HEADROOM * rows["share"].max()
    for k, panel in enumerate(grid.flat):
        if k >= len(names):
            panel.remove()
            continue
        part = rows[rows["oracle"] == names[k]]
        _histogram(panel, part, looks[names[k]])
        panel.set(xlim=(0, 1), ylim=(0, top if top > 0 else 1))
        panel.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))  # short: panels stand side by side
        panel.set_title(shown[names[k]], loc="left")
        panel.set_label(names[k])
        panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        left, bottom = k % _ACROSS == 0, k >= _ACROSS * (down - 1)
        panel.tick_params(labelleft=left, labelbottom=k + _ACROSS >= len(names))
        panel.set(xlabel="score" if bottom else "", ylabel="share of segments" if left else "")
    return ax


def _histogram(panel: Axes, part: pd.DataFrame, look: style.Look) -> None:
    first = part.iloc[0]
    panel.bar(
        part["low"],
        part["share"],
        width=1 / BINS,
        align="edge",
        facecolor=look.colour,
        edgecolor="white",
        linewidth=0.4,
        label=first["oracle"],
    )
    if pd.notna(first["median"]):
        x, top = first["median"], 1 / _HEADROOM  # the line ends below the words
        panel.axvline(x, ymax=top, color="white", linewidth=1.5)  # so that it shows on a black bar
        panel.axvline(x, ymax=top, color=style.INK, linewidth=0.9, linestyle=(0, (3, 1.5)))
    words = [] if pd.isna(first["median"]) else [f"median {first['median']:.2f}"]
    words += [f"{name} {100 * share:.1f} %" for name, share in _shares(first) if pd.notna(share)]
    x, side = (0.03, "left") if first["median"] > 0.5 else (0.98, "right")
    panel.text(
        x,
        0.98,
        "\n".join(words),
        transform=panel.transAxes,
        ha=side,
        va="top",
        fontsize=style.points(style.SMALL),
    )


def _shares(first: pd.Series) -> list[tuple[str, float]]:
    return [("kept", first["kept_share"]), ("no score", first["null_share"])]
