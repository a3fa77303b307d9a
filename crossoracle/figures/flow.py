"""The precheck flow: which sets of oracles passed how many videos, and the share that each of them passed.

The upper bars and the dots under them are an UpSet plot (Lex et al. 2014): a column is the set of videos that
the marked oracles passed and no other oracle did. The rates at the right share the rows of the dots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.labels import labels
from crossoracle.figures.striped import striped
from crossoracle.precheck import members, oracles_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_MOST_BARS = 20
_LEAST_BARS = 8  # room for as many, so that few bars stay slim
_DIGITS = 70  # digits that fit side by side over the bars
_ROW = 0.19  # inches, a row of dots
_JOINT = "all together"
OTHERS = "other sets"
_PLOTTED = [
    *("panel", "place", "set", "dataset", "n", "n_videos", "rate", "low", "high", "level", "interval"),
]


def numbers(flow: Table, *, dataset: str | None = None) -> pd.DataFrame:
    """Return one row per bar (panel "exactly") and per rate (panel "passed"), in the order of the figure.

    Parameters
    ----------
    flow : table
        The flow table.
    dataset : str, optional
        Default: the pooled rows, or the only dataset.

    Returns
    -------
    DataFrame
        ``set`` is the set of oracles as in the flow table (empty: nobody). Bars run from the largest; after
        the first 20 one bar holds the videos of all other sets. The last rate is that of all oracles.
    """
    rows = selection.of_dataset(selection.frame(flow), dataset)
    rows = rows.assign(set=rows["oracles"].fillna(""))
    every = rows[rows["kind"] == "all_of"]
    if every.empty:
        raise InputError("the flow table has no rows of kind all_of")
    names = oracles_of(every["set"])
    passed = every[every["set"].isin(names)].sort_values("set")
    if len(names) > 1:
        joint = [len(members(found, names)) == len(names) for found in every["set"]]
        passed = pd.concat([passed, every[joint]])
    parts = {"exactly": _bars(rows[rows["kind"] == "exactly"]), "passed": passed}
    plotted = [part.assign(panel=name, place=range(len(part))) for name, part in parts.items()]
    return pd.concat(plotted, ignore_index=True)[_PLOTTED]


def _bars(exactly: pd.DataFrame) -> pd.DataFrame:
    rows = exactly[exactly["n"] > 0].sort_values(["n", "set"], ascending=[False, True])
    shown, total = rows.head(_MOST_BARS), exactly["n_videos"].max()
    left = total - shown["n"].sum()
    if not left > 0:
        return shown
    rest = {
        "set": OTHERS,
        "dataset": rows["dataset"].iloc[0],
        "n": left,
        "n_videos": total,
        "rate": left / total,
    }
    return pd.concat([shown, pd.DataFrame([rest])])


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw bars of exact sets over a matrix of dots, pass rates beside it."""
    bars, rates = rows[rows["panel"] == "exactly"], rows[rows["panel"] == "passed"]
    names = list(rates["set"]) if len(rates) == 1 else list(rates["set"])[:-1]
    study = style.everyone(oracles, names)
    dots = _ROW * len(rates)
    ax = style.axes(ax, "page", 1.25 + dots + 0.42)
    grid = style.panels(
        ax, 2, 2, width_ratios=(4.2, 1.6), height_ratios=(1.25, dots), wspace=0.03, hspace=0.02
    )
    for panel, name in zip(grid.flat, ("bars", "joint", "dots", "rates"), strict=True):
        panel.set_label(name)
    _draw_bars(grid[0, 0], bars, names)
    _draw_dots(grid[1, 0], bars, names, study)
    _draw_rates(grid[1, 1], rates, names, style.looks(study))
    _say(grid[0, 1], rates.iloc[-1], len(names))
    return ax


def _say(panel: Axes, joint: pd.Series, oracles: int) -> None:
    who = {1: "the oracle", 2: "both oracles"}.get(oracles, f"all {oracles} oracles")
    words = f"{joint['n']:,.0f} of {joint['n_videos']:,.0f} videos\npassed by {who}"
    panel.text(0, 0, words, va="bottom", fontsize=style.points(7.5))
    panel.set_axis_off()


def _limits(bars: pd.DataFrame) -> tuple[float, float]:
    return -0.6, max(len(bars), _LEAST_BARS) - 0.4


def _draw_bars(panel: Axes, bars: pd.DataFrame, names: list[str]) -> None:
    joint = [len(members(found, names)) == len(names) for found in bars["set"]]
    rest = bars["set"] == OTHERS
    shades = np.select([joint, rest], [style.INK, style.FAINT], "0.6")
    drawn = panel.bar(bars["place"], bars["n"], width=0.66, color=shades, linewidth=0)
    counts = [f"{n:,}" for n in bars["n"].astype(int)]
    crowded = max(map(len, counts), default=0) > style.letters(_DIGITS) / max(len(bars), _LEAST_BARS)
    panel.bar_label(drawn, counts, padding=1.5, fontsize=style.points(7), rotation=90 if crowded else 0)
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    panel.yaxis.set_major_formatter("{x:,.0f}")
    panel.set(xlim=_limits(bars), ylabel="videos passed by\nexactly these", xticks=[])
    panel.margins(y=0.3 if crowded else 0.12)


def _draw_dots(panel: Axes, bars: pd.DataFrame, names: list[str], study: list[str]) -> None:
    shown, looks = labels(study, style.letters(26)), style.looks(study)
    rows = [*(shown[name] for name in names), *([_JOINT] if len(names) > 1 else [])]
    striped(panel, rows)
    for bar in selection.records(bars):
        inside = [names.index(name) for name in members(bar.set, names)]
        if bar.set == OTHERS:
            panel.text(bar.place, (len(names) - 1) / 2, OTHERS, rotation=90, ha="center", va="center")
            continue
        panel.plot([bar.place] * len(names), range(len(names)), "o", color=style.FAINT, markersize=4.5)
        if inside:
            panel.plot([bar.place] * 2, [inside[0], inside[-1]], color=style.QUIET, linewidth=1, zorder=2)
        for k in inside:
            panel.plot([bar.place], [k], "o", color=looks[names[k]].colour, markersize=4.5, zorder=3)
    panel.set(xlim=_limits(bars), xticks=[])
    panel.spines[:].set_visible(False)


def _draw_rates(panel: Axes, rates: pd.DataFrame, names: list[str], looks: dict[str, style.Look]) -> None:
    striped(panel, [""] * len(rates))
    beside = panel.get_yaxis_transform()
    for rate in selection.records(rates):
        look = looks[names[rate.place]] if rate.place < len(names) else None
        colour, marker = (look.colour, look.marker) if look else (style.INK, "o")
        panel.plot([rate.low, rate.high], [rate.place] * 2, color=colour, linewidth=1.2)
        panel.plot([rate.rate], [rate.place], marker, color=colour, markersize=4, zorder=3, clip_on=False)
        panel.text(1.05, rate.place, f"{100 * rate.rate:.1f} %", va="center", transform=beside)
    level = f"{100 * rates['level'].iloc[0]:.0f} % interval"
    panel.set(xlim=(0, 1), xticks=(0, 0.5, 1), xlabel=f"share of the videos passed,\n{level}")
    panel.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
