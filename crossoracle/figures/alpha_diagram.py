"""The alpha diagram: how the density over a video, and with it the frames that are seen, change with alpha.

At alpha = 1 both conditions are the full video. At alpha = 0 the frames that are led stand in kept segments
alone (the hard cut), the inverted ones in the others alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from crossoracle.errors import InputError
from crossoracle.figures import chosen, filmstrip, selection, style
from crossoracle.figures.cells import cells, key
from crossoracle.figures.footage import Footage, Seen, seen
from crossoracle.figures.labels import label, labels
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.frames import place
from crossoracle.sampling.run import joined
from crossoracle.sampling.scored import Failure, Scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

ALPHAS = (1.0, 0.75, 0.5, 0.25, 0.0)
SIDES = ("led", "inverted")
FRAMES = 8
_WIDTH = 3.0  # inches that a row of frames has, at most
_CURVE, _FALL = 0.3, 0.1  # inches: a density, and the way from an instant to its frame
_HEAD, _TITLE, _KEY = 0.24, 0.62, 0.55  # inches: the scores, what stands around them, the key
_MOST, _LEAST = 0.5, 0.2  # inches: a frame
_LETTERS = 40  # of a heading, beside the name of the condition
_PLOTTED = [
    *("mark", "dataset", "video_id", "label", "oracle", "run", "condition", "alpha", "segment", "start_s"),
    *("end_s", "score", "kept", "density", "frame", "instant_s"),
]


def numbers(
    scores: Table,
    *,
    footage: Footage | None = None,
    video: str | None = None,
    oracle: str | None = None,
    run: str = "0",
) -> pd.DataFrame:
    """Return the segments, the density of each condition by segment, and the instants of its frames.

    Parameters
    ----------
    scores : table
        The scores table; one that DuckDB reads is asked for one video only.
    footage : Footage, optional
        The videos, for the label.
    video : str, optional
        The video; default the first by name of which the oracle keeps something and leaves something out.
    oracle, run : str, optional
        Whose scores; default run 0 of the first oracle by name.

    Returns
    -------
    DataFrame
        ``mark`` is segment, density (per second, 1 at most) or frame.

    Raises
    ------
    InputError
        Of no video, or not of this one, the oracle keeps something and leaves something out.
    """
    name, rows = chosen.of_oracle(scores, oracle, run)
    segments = _segments(rows, name, video)
    first = segments.iloc[0]
    told = {name: str(first[name]) for name in (*chosen.KEY, "oracle", "run")}
    scored = _scored(segments)
    parts = [segments.assign(mark="segment"), *(_seen(scored, s, a) for s in SIDES for a in ALPHAS)]
    named = footage.label(told["dataset"], told["video_id"]) if footage else None
    found = pd.concat(parts, ignore_index=True).assign(**told, label=named).reindex(columns=_PLOTTED)
    return found.astype({"segment": "Int64", "frame": "Int64"})


def _segments(rows: Any, oracle: str, video: str | None) -> pd.DataFrame:
    if video is not None:
        return chosen.of_video(rows, video).sort_values("segment")
    videos = rows.aggregate(
        "dataset, video_id, bool_or(kept) AND NOT bool_and(kept) AND count(kept) = count(*) AS mixed",
        "dataset, video_id",
    )
    first = videos.filter("mixed").order("dataset, video_id").limit(1).fetchall()
    if not first:
        raise InputError(f"{oracle} keeps everything or nothing in every video: alpha changes nothing")
    dataset, video_id, _ = first[0]
    found: pd.DataFrame = chosen.same_video(rows, dataset, video_id).df()
    return found.sort_values("segment")


def _scored(segments: pd.DataFrame) -> Scored:
    first = next(selection.records(segments))
    name = f"{first.dataset}/{first.video_id}"
    if segments["kept"].isna().any():
        raise InputError(f"{name}: {first.oracle} has no kept set, which led and inverted need")
    kept = segments["kept"].astype(int).tolist()
    if len(set(kept)) < 2:
        what = "everything" if kept[0] else "nothing"
        raise InputError(
            f"{name}: {first.oracle} keeps {what}, so that alpha changes nothing; choose another"
        )
    columns = (segments[column].tolist() for column in ("segment", "start_s", "end_s", "score"))
    segment, start_s, end_s, score = columns
    found = joined(first.dataset, first.video_id, segment, start_s, end_s, score, kept)
    if isinstance(found, Failure):
        raise InputError(f"{name}: {found.reason}")
    return found


def _seen(video: Scored, side: str, alpha: float) -> pd.DataFrame:
    """Return the density of a condition and the instants of its frames."""
    condition = parse(f"{side}@{alpha:g}")
    density = condition.density(video)
    if isinstance(density, Failure):
        raise InputError(f"{video}: {condition} shows nothing: {density.reason}")
    edges = {"start_s": density.edges[:-1], "end_s": density.edges[1:]}
    rate = {"segment": range(len(density.rate)), **edges, "density": density.rate}
    instants = place(density, FRAMES).instants[0]
    frames = {"frame": range(FRAMES), "instant_s": instants}
    parts = [pd.DataFrame(rate).assign(mark="density"), pd.DataFrame(frames).assign(mark="frame")]
    return pd.concat(parts, ignore_index=True).assign(condition=str(condition), alpha=alpha)


@style.printed()
def paint(
    rows: pd.DataFrame,
    ax: Axes | None = None,
    oracles: Sequence[str] | None = None,
    footage: Footage | None = None,
) -> Axes:
    """Draw led at the left and inverted at the right, alpha from 1 down to 0."""
    first = rows.iloc[0]
    views = _views(rows, footage)
    alphas, most = _shown()
    high = filmstrip.slot(views[SIDES[0], 1.0].frames, style.across(_WIDTH) / FRAMES, most)
    panel = _CURVE + _FALL + filmstrip.ROOM * high
    ratios = [_HEAD, *[panel] * len(alphas), 0.1]
    ax = style.axes(ax, "page", sum(ratios) + _TITLE + _KEY)
    grid = style.panels(ax, len(ratios), len(SIDES), height_ratios=ratios, wspace=0.04, hspace=0.02)
    study = style.everyone(oracles, [first["oracle"]])
    colour = style.looks(study)[first["oracle"]].colour
    for j, side in enumerate(SIDES):
        _head(grid[0, j], rows[rows["mark"] == "segment"], colour)
        for k, alpha in enumerate(alphas):
            mine = rows[(rows["condition"].str.startswith(side)) & (rows["alpha"] == alpha)]
            _condition(grid[k + 1, j], mine, rows, views[side, alpha], colour, high)
        grid[0, j].set_title(side, loc="right", weight="bold")
    grid[0, 0].set_title(_heading(first, labels(study, style.letters(24))), loc="left")
    filmstrip.say(grid[len(alphas), 0], views[SIDES[0], 1.0], rows["start_s"].min(), panel + 0.05)
    key(*grid[-1])
    return ax


def _heading(first: pd.Series, shown: dict[str, str]) -> str:
    told = "" if pd.isna(first["label"]) else f"{label(first['label'], style.letters(_LETTERS))}\n"
    return f"{told}{label(first['video_id'], style.letters(_LETTERS // 2))} · {shown[first['oracle']]}"


def _shown() -> tuple[tuple[float, ...], float]:
    """Return the alphas for which a page has room, and how high frames may be, in inches."""
    for alphas in (ALPHAS, ALPHAS[::2], ALPHAS[::4]):
        room = (style.height() - _HEAD - _TITLE - _KEY) / len(alphas) - _CURVE - _FALL
        if room / filmstrip.ROOM >= _LEAST:
            break
    return alphas, min(max(room / filmstrip.ROOM, _LEAST), _MOST)


def _views(rows: pd.DataFrame, footage: Footage | None) -> dict[tuple[str, float], Seen]:
    """Return the frames of every condition, of which the file is read but once."""
    frames, first = rows[rows["mark"] == "frame"], rows.iloc[0]
    side = filmstrip.long_side(len(frames))
    all_of = seen(footage, first["dataset"], first["video_id"], frames["instant_s"].tolist(), side)
    names = [(s, a) for s in SIDES for a in ALPHAS]
    parts = {name: all_of.frames[FRAMES * k : FRAMES * (k + 1)] for k, name in enumerate(names)}
    return {name: Seen(part, all_of.why) for name, part in parts.items()}


def _head(panel: Axes, segments: pd.DataFrame, colour: str) -> None:
    cells(panel, segments, 0.0, 1.0, colour)
    panel.set(xlim=(segments["start_s"].min(), segments["end_s"].max()), ylim=(1, 0), yticks=[])
    panel.spines["left"].set_visible(False)
    panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panel.set_xlabel("time (s)")
    panel.set_label("scores")


def _condition(
    panel: Axes, mine: pd.DataFrame, rows: pd.DataFrame, view: Seen, colour: str, high: float
) -> None:
    """Draw a density, its instants and their frames: y runs downwards, in inches."""
    first, kept = mine.iloc[0], rows[rows["mark"] == "segment"].set_index("segment")["kept"]
    start, end = rows["start_s"].min(), rows["end_s"].max()
    bottom = _CURVE + _FALL + filmstrip.ROOM * high
    panel.set(xlim=(start, end), ylim=(bottom, 0))
    panel.set_label(first["condition"])
    panel.spines[:].set_visible(False)
    panel.set(xticks=[], yticks=[])
    for step in selection.records(mine[mine["mark"] == "density"]):
        tall = 0.9 * _CURVE * step.density
        box = (step.start_s, _CURVE - tall), step.end_s - step.start_s, tall
        face = colour if kept[step.segment] else "0.7"
        panel.add_patch(Rectangle(*box, facecolor=face, edgecolor="white", linewidth=0.3))
    panel.axhline(_CURVE, color=style.QUIET, linewidth=0.5)
    instants = mine.loc[mine["mark"] == "frame", "instant_s"].to_numpy(dtype=float)
    middles = start + (np.arange(FRAMES) + 0.5) / FRAMES * (end - start)
    falls = [((t, _CURVE), (x, _CURVE + _FALL)) for t, x in zip(instants, middles, strict=True)]
    if not view.frames:
        falls = [((t, _CURVE), (t, _CURVE + _FALL)) for t in instants]
    panel.add_collection(LineCollection(falls, color=style.INK, linewidth=0.5), autolim=False)
    if view.frames:
        where = (_CURVE + _FALL, bottom)
        filmstrip.lay(panel, view.frames, (start, end), where, style.across(_WIDTH) / FRAMES / high, "N")
    if str(first["condition"]).startswith(SIDES[0]):
        panel.set_yticks([0.6 * _CURVE], [f"α = {first['alpha']:g}"])
        panel.tick_params(axis="y", length=0)
