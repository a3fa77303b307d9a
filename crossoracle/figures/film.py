"""Films: what is seen in a video along its time, above what each oracle said about every segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from crossoracle.figures import chosen, filmstrip, selection, style, timelines
from crossoracle.figures.cells import cells, key
from crossoracle.figures.footage import Footage, Seen, seen
from crossoracle.figures.labels import label, labels
from crossoracle.figures.titles import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

FRAMES = 12  # of a video, at most: one for each segment where there are fewer
_WIDTH = 6.0  # inches that a row of frames has, at most
_MOST, _LEAST = 0.9, 0.2  # inches: the height of frames
_ROW, _TITLE, _AXIS, _KEY = 0.17, 0.3, 0.3, 0.5  # inches
_WORDS = 0.16  # inches: in the place of frames
_LETTERS = 60  # of a heading: what the label and the name of the video share
_PLOTTED = [
    *("mark", "group", "dataset", "video_id", "label", "statistic", "agreement", "oracle", "segment"),
    *("start_s", "end_s", "score", "kept", "instant_s"),
]


def numbers(
    per_video: Table,
    scores: Table,
    *,
    footage: Footage | None = None,
    video: str | None = None,
    statistic_by_video: str | None = None,
    run: str = "0",
) -> pd.DataFrame:
    """Return one row per segment and oracle, and one per frame, of the videos drawn.

    Parameters
    ----------
    per_video : table
        The per_video table, which ranks the videos as in `timelines`.
    scores : table
        The scores table; one that DuckDB reads is asked for these videos only.
    footage : Footage, optional
        The videos, for their labels.
    video : str, optional
        The video that is drawn; default that with most and that with least agreement.
    statistic_by_video, run : str
        As in `timelines`.
    """
    if video is None:
        options: dict[str, Any] = {"k": 1, "statistic_by_video": statistic_by_video, "run": run}
        segments = timelines.numbers(per_video, scores, **options)
    else:
        segments = _named(scores, video, run)
    parts = []
    for (dataset, name), mine in segments.groupby(chosen.KEY, sort=False):
        told = footage.label(str(dataset), str(name)) if footage else None
        both = [mine.assign(mark="segment"), _frames(mine)]
        parts.append(pd.concat(both, ignore_index=True).assign(label=told))
    rows = pd.concat(parts, ignore_index=True).reindex(columns=_PLOTTED)
    return rows.astype({"segment": "Int64"})


def _named(scores: Table, video: str, run: str) -> pd.DataFrame:
    rows = selection.relation(scores).filter(selection.equals("run", run))
    return chosen.of_video(rows, video).sort_values(["oracle", "segment"]).assign(group="named")


def _frames(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the frames: in the middles of equal parts of the time, one a segment unless there are many."""
    start, end = segments["start_s"].min(), segments["end_s"].max()
    count = min(FRAMES, int(segments["segment"].nunique()))
    instants = start + (np.arange(count) + 0.5) / count * (end - start)
    first = segments.iloc[0]
    same = {name: first.get(name) for name in ("group", *chosen.KEY, "statistic", "agreement")}
    return pd.DataFrame({"instant_s": instants}).assign(mark="frame", **same)


@style.printed()
def paint(
    rows: pd.DataFrame,
    ax: Axes | None = None,
    oracles: Sequence[str] | None = None,
    footage: Footage | None = None,
) -> Axes:
    """Draw each video: its frames, and below them a row of cells for each oracle."""
    videos = [video for _, video in rows.groupby(chosen.KEY, sort=False)]
    side = filmstrip.long_side(sum(int((video["mark"] == "frame").sum()) for video in videos))
    views = [_view(video, footage, side) for video in videos]
    names = sorted(rows["oracle"].dropna().unique())
    study = style.everyone(oracles, names)
    high = [_height(view, (len(names), len(videos))) for view in views]
    ratios = [
        part for frames in high for part in (_TITLE + filmstrip.ROOM * frames, _ROW * len(names) + _AXIS)
    ]
    ax = style.axes(ax, "page", min(sum(ratios) + _KEY, style.height()))
    grid = style.panels(ax, len(ratios) + 1, 2, height_ratios=[*ratios, 0.12], hspace=0.0)
    for k, (video, view) in enumerate(zip(videos, views, strict=True)):
        above, below = (_wide(pair) for pair in grid[2 * k : 2 * k + 2])
        _film(above, video, view, high[k])
        _rows(
            below,
            video[video["mark"] == "segment"],
            names,
            style.looks(study),
            labels(study, style.letters(20)),
        )
    key(*grid[-1])
    return ax


def _wide(pair: Sequence[Axes]) -> Axes:
    """Return one panel over both columns, which only the key needs apart."""
    first, second = pair
    spec = first.get_subplotspec()
    second.remove()
    if spec is not None:
        first.set_subplotspec(spec.get_gridspec()[spec.rowspan.start, :])
    return first


def _view(video: pd.DataFrame, footage: Footage | None, side: int) -> Seen:
    frames = video[video["mark"] == "frame"]
    first = next(selection.records(frames))
    return seen(footage, first.dataset, first.video_id, frames["instant_s"].tolist(), side)


def _height(view: Seen, many: tuple[int, int]) -> float:
    """Return how high the frames of a video are, in inches, where a page shows so many oracles and videos."""
    rows, videos = many
    most = (style.height() - _KEY) / videos - _TITLE - _AXIS - _ROW * rows
    most = min(max(most / filmstrip.ROOM, _LEAST), _MOST)
    return filmstrip.slot(view.frames, style.across(_WIDTH) / max(len(view.frames), 1), most) or _WORDS


def _film(panel: Axes, video: pd.DataFrame, view: Seen, high: float) -> None:
    first = video.iloc[0]
    start, end = video["start_s"].min(), video["end_s"].max()
    panel.set(xlim=(start, end), ylim=(1, 0))
    panel.set_axis_off()
    panel.set_label(f"frames {first['dataset']}/{first['video_id']}")
    panel.set_title(_heading(first), loc="left")
    filmstrip.say(panel, view, start, 0.5)
    if view.frames:
        filmstrip.lay(
            panel, view.frames, (start, end), (0, 1), style.across(_WIDTH) / len(view.frames) / high
        )


def _heading(first: pd.Series) -> str:
    letters = style.letters(_LETTERS)
    told = "" if pd.isna(first["label"]) else f"{label(first['label'], letters // 2)} · "
    name = label(f"{first['dataset']}/{first['video_id']}", letters - len(told) // 2)
    if first["group"] == "named":
        return told + name
    what = f"{title(first['statistic'])} {selection.text(first['agreement'])}"
    return f"{first['group']} agreement · {told}{name}\n{what}"


def _rows(
    panel: Axes, video: pd.DataFrame, names: list[str], looks: dict[str, style.Look], shown: dict[str, str]
) -> None:
    first, start = video.iloc[0], video["start_s"].min()
    for k, name in enumerate(names):
        mine = video[video["oracle"] == name]
        cells(panel, mine, k - 0.41, 0.82, looks[name].colour)
        if mine.empty:
            panel.text(start, k, "not scored", va="center", fontsize=style.points(style.SMALL))
    panel.set(xlim=(start, video["end_s"].max()), ylim=(len(names) - 0.5, -0.5), xlabel="time (s)")
    panel.set_label(f"{first['dataset']}/{first['video_id']}")
    panel.set_yticks(range(len(names)), [shown[name] for name in names])
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10]))
