"""Wins and losses: videos that a recognizer gets right under one condition, and wrong under another.

A win is right where the frames are guided and wrong against them, a loss the other way round. Drawn are those
that change the probability of the true class most, of different classes as far as there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection

from crossoracle.errors import InputError
from crossoracle.figures import chosen, discordant, filmstrip, selection, style
from crossoracle.figures.cells import cells, key
from crossoracle.figures.footage import Footage, Seen, seen
from crossoracle.figures.labels import label, labels
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.frames import place
from crossoracle.sampling.run import joined
from crossoracle.sampling.scored import UNKNOWN, Failure
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

FRAMES = 6  # of a condition
VIDEOS = 4  # of a kind, at most
DRAWN = "no frames: the condition draws them at random"
_TITLES = {"win": "wins", "loss": "losses"}
_WIDTH = 3.2  # inches that a row of frames has, at most
_MOST, _LEAST = 0.45, 0.3  # inches: a frame
_WORDS, _FALL, _CELLS = 0.15, 0.1, 0.2  # inches: a line of words, between a frame and its instant, the scores
_TITLE, _HEADING, _KEY = 0.25, 0.25, 0.5  # inches
_LETTERS = 44  # of a heading, and of what was predicted
_PLOTTED = [
    *("mark", "kind", "rank", "n_kind", "n_videos", "dataset", "video_id", "label", "recognizer", "oracle"),
    *("run", "condition", "top1", "correct1", "p_true", "segment", "start_s", "end_s", "score", "kept"),
    *("frame", "instant_s", "failure"),
]


def numbers(
    predictions: Table,
    scores: Table,
    *,
    footage: Footage | None = None,
    k: int = 3,
    guided: str | None = None,
    against: str | None = None,
    oracle: str | None = None,
    recognizer: str | None = None,
    run: str = "0",
) -> pd.DataFrame:
    """Return the predictions, segments and frames of every video drawn, in the order of the figure.

    Parameters
    ----------
    predictions, scores : table
        Tables that DuckDB reads are asked for what is drawn only.
    footage : Footage, optional
        Not needed here: what was predicted rightly is the label.
    k : int
        Wins, and losses, that are drawn; 4 at most.
    guided, against : str, optional
        The two conditions; see `discordant.conditions`.
    oracle, recognizer, run : str, optional
        Whose scores, and whose predictions; default the first by name, and run 0.

    Returns
    -------
    DataFrame
        ``mark`` is prediction, segment or frame. Of a kind there are ``n_kind`` among ``n_videos`` with a
        prediction under both conditions.
    """
    if k < 1:
        raise InputError(f"k is {k}; expected at least 1 video of a kind")
    said = _of_dataset(predictions, scores)
    pair = discordant.pairs(said, guided, against, oracle=oracle, recognizer=recognizer, run=run)
    rows = selection.relation(scores).filter(
        selection.equals("oracle", pair.oracle) & selection.equals("run", run)
    )
    videos = pair.examples(min(k, VIDEOS))
    if videos.empty:
        raise InputError(
            f"no video is right under {pair.guided} and wrong under {pair.against}, or the other way round"
        )
    parts = [_one(video, pair, rows) for video in selection.records(videos)]
    found = pd.concat(parts, ignore_index=True).reindex(columns=_PLOTTED)
    return found.astype({"segment": "Int64", "frame": "Int64"})


def _of_dataset(predictions: Table, scores: Table) -> Table:
    """Return the predictions with their dataset, which they need not name where there is only one."""
    names = selection.relation(scores).select("dataset").distinct().limit(2).fetchall()
    rows = selection.relation(predictions)
    if len(names) != 1:
        return rows
    others = [duckdb.ColumnExpression(name) for name in rows.columns if name != "dataset"]
    only = duckdb.ConstantExpression(names[0][0]).cast("varchar")
    return rows.select(
        duckdb.CoalesceOperator(duckdb.ColumnExpression("dataset"), only).alias("dataset"), *others
    )


def _one(video: Any, pair: discordant.Pairs, scores: Any) -> pd.DataFrame:
    segments = chosen.same_video(scores, video.dataset, video.video_id).df()
    segments = segments.sort_values("segment")
    same = {name: getattr(video, name) for name in ("kind", "rank", "n_kind", "dataset", "video_id", "label")}
    same |= {"n_videos": pair.n_videos, "recognizer": pair.recognizer, "oracle": pair.oracle, "run": pair.run}
    said, frames = [], []
    for condition, end in ((pair.guided, "guided"), (pair.against, "against")):
        told = {name: getattr(video, f"{name}_{end}") for name in ("top1", "correct1", "p_true")}
        instants, failure = _instants(segments, condition)
        said.append({"condition": condition, "failure": failure, **told})
        shown = pd.DataFrame({"frame": range(len(instants)), "instant_s": instants})
        frames.append(shown.assign(mark="frame", condition=condition))
    parts = [pd.DataFrame(said).assign(mark="prediction"), segments.assign(mark="segment"), *frames]
    found = pd.concat([part for part in parts if not part.empty], ignore_index=True)
    return pd.DataFrame(found.assign(**same))


def _instants(segments: pd.DataFrame, condition: str) -> tuple[Sequence[float], str | None]:
    """Return where the frames of a condition stand, or why that is not known."""
    asked = parse(condition)
    if asked.form.seeded or asked.shuffled:
        return [], DRAWN
    kept = segments["kept"].astype("Int64").fillna(UNKNOWN).tolist()
    names = ("dataset", "video_id", "segment", "start_s", "end_s", "score")
    dataset, video_id, segment, start_s, end_s, score = (segments[name].tolist() for name in names)
    if not kept:
        return [], "no frames: the oracle did not score the video"
    scored = joined(dataset[0], video_id[0], segment, start_s, end_s, score, kept)
    density = scored if isinstance(scored, Failure) else asked.density(scored)
    if isinstance(density, Failure):
        return [], f"no frames: {density.reason}"
    return place(density, FRAMES).instants[0].tolist(), None


@style.printed()
def paint(
    rows: pd.DataFrame,
    ax: Axes | None = None,
    oracles: Sequence[str] | None = None,
    footage: Footage | None = None,
) -> Axes:
    """Draw the wins at the left, the losses at the right."""
    first = rows.iloc[0]
    study = style.everyone(oracles, [first["oracle"]])
    views = _views(rows, footage)
    down, most = _shown(int(rows["rank"].max()))
    slot = style.across(_WIDTH) / FRAMES
    high = max((filmstrip.slot(view.frames, slot, most) for view in views.values()), default=0.0)
    plan = _Plan(slot, high, style.looks(study)[first["oracle"]].colour)
    ax = style.axes(ax, "page", down * (plan.bottom + _TITLE) + _HEADING + _KEY)
    grid = style.panels(ax, down + 1, len(_TITLES), height_ratios=[*[1] * down, 0.06], wspace=0.04)
    for panel in grid[:-1].flat:
        panel.set_axis_off()
    for j, kind in enumerate(_TITLES):
        mine = rows[rows["kind"] == kind]
        _kind(grid[0, j], kind, mine, rows)
        for rank in range(min(down, mine["rank"].nunique())):
            _video(grid[rank, j], mine[mine["rank"] == rank + 1], views, plan)
    scale, words = grid[-1]
    key(scale, words, f"scores of {labels(study, style.letters(30))[first['oracle']]}")
    return ax


def _shown(videos: int) -> tuple[int, float]:
    """Return how many videos of a kind a page has room for, and how high frames may be, in inches."""
    room, bare = style.height() - _HEADING - _KEY, _TITLE + 2 * (_WORDS + _FALL) + _CELLS
    down = max(1, min(videos, int(room / (bare + 2 * filmstrip.ROOM * _LEAST))))
    return down, min(max((room / down - bare) / 2 / filmstrip.ROOM, _LEAST), _MOST)


@dataclass(frozen=True)
class _Plan:
    """Where things stand in the panel of a video: inches from its upper end down."""

    slot: float
    high: float
    colour: str

    @property
    def frames(self) -> float:
        return filmstrip.ROOM * self.high if self.high else _WORDS

    @property
    def scores(self) -> float:
        return _WORDS + self.frames + _FALL

    @property
    def lower(self) -> float:
        return self.scores + _CELLS + _FALL

    @property
    def bottom(self) -> float:
        return self.lower + self.frames + _WORDS


def _views(rows: pd.DataFrame, footage: Footage | None) -> dict[tuple[Any, ...], Seen]:
    """Return the frames of every video and condition; the file of a video is read but once."""
    frames = rows[rows["mark"] == "frame"]
    side = filmstrip.long_side(len(frames))
    found = {}
    for _, mine in frames.groupby(chosen.KEY):
        dataset, video = mine.iloc[0][chosen.KEY]
        all_of = seen(footage, dataset, video, mine["instant_s"].tolist(), side)
        for condition in mine["condition"].unique():
            own = np.flatnonzero(mine["condition"] == condition)
            some = tuple(all_of.frames[i] for i in own) if all_of.frames else ()
            found[dataset, video, condition] = Seen(some, all_of.why)
    return found


def _kind(panel: Axes, kind: str, mine: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Say over a column what is in it, and how many there are."""
    guided, against = rows["condition"].dropna().unique()[:2]
    right, wrong = (guided, against) if kind == "win" else (against, guided)
    many = 0 if mine.empty else int(mine["n_kind"].iloc[0])
    of = several(int(rows["n_videos"].iloc[0]), "video")
    words = f"{_TITLES[kind]}: {many:,} of {of}\n✓ {right}  ✗ {wrong}"
    where: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    panel.annotate(words, (0, 1), xytext=(0, style.points(16)), weight="bold", **where)


def _video(panel: Axes, video: pd.DataFrame, views: dict[tuple[Any, ...], Seen], plan: _Plan) -> None:
    first = video.iloc[0]
    segments = video[video["mark"] == "segment"]
    span = (0.0, 1.0) if segments.empty else (segments["start_s"].min(), segments["end_s"].max())
    panel.set(xlim=span, ylim=(plan.bottom, 0))
    panel.set_label(f"{first['kind']} {first['rank']}")
    letters = style.letters(_LETTERS)
    told = "" if pd.isna(first["label"]) else f"{label(first['label'], letters // 2)} · "
    panel.set_title(told + label(first["video_id"], letters - len(told)), loc="left")
    cells(panel, segments, plan.scores, _CELLS, plan.colour)
    for said in selection.records(video[video["mark"] == "prediction"].assign(above=[True, False])):
        _condition(panel, said, video, views.get((said.dataset, said.video_id, said.condition)), plan)


def _condition(panel: Axes, said: Any, video: pd.DataFrame, view: Seen | None, plan: _Plan) -> None:
    """Draw the frames of a condition over or under the scores, tied to their instants, and its prediction."""
    (start, end), above = panel.get_xlim(), said.above
    top = _WORDS if above else plan.lower
    panel.text(start, _WORDS - 0.02 if above else plan.bottom - 0.02, _said(said), va="bottom")
    why = said.failure if view is None or isinstance(said.failure, str) else view.why
    if view is None or not view.frames:
        filmstrip.say(panel, Seen(why=str(why)), start, top + plan.frames / 2)
    mine = video[(video["mark"] == "frame") & (video["condition"] == said.condition)]
    instants = mine["instant_s"].to_numpy(dtype=float)
    places = start + (np.arange(len(instants)) + 0.5) / max(len(instants), 1) * (end - start)
    near, far = (plan.scores, top + plan.frames) if above else (plan.scores + _CELLS, top)
    if view is None or not view.frames:
        places = instants
    else:
        room = (start, end), (top, top + plan.frames)
        filmstrip.lay(panel, view.frames, *room, plan.slot / plan.high, "S" if above else "N")
    ties = [((t, near), (x, far)) for t, x in zip(instants, places, strict=True)]
    panel.add_collection(LineCollection(ties, color=style.QUIET, linewidth=0.5), autolim=False)


def _said(said: Any) -> str:
    """Return what was predicted, whether that is right, and how likely the true class was held."""
    sign = "✓" if said.correct1 else "✗"
    what = "?" if pd.isna(said.top1) else label(said.top1, style.letters(_LETTERS) // 2)
    p = "" if pd.isna(said.p_true) else f", p(true) {selection.text(said.p_true)}"
    return f"{sign} {said.condition}: {what}{p}"
