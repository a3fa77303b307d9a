"""A greedy removal walked through: what is left after every step, and P(YES) of what is left.

A row is a step. In it the segments that are left are seen; the one that was taken away is crossed out. The
row "end" is the round in which no removal would have left P(YES) above the threshold; its mark is the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from crossoracle.errors import InputError
from crossoracle.figures import chosen, filmstrip, selection, style, walk
from crossoracle.figures.footage import Footage, Seen, seen
from crossoracle.figures.labels import label, labels
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

MOST_ROWS = 16  # steps that a page holds: the first, the last, and those evenly between
MOST_FRAMES = 16  # segments whose frames fit side by side
_WIDTH = 4.4  # inches that a row of frames has, at most
_HIGH, _BARE = 0.45, 0.17  # inches: a frame at most, and a row without frames
_GAP = 0.02  # inches between rows
_AROUND = 0.75  # inches: the heading and the axes
_LETTERS = 50  # of a heading
_FACES = {"left": "0.75", "removed": "white", "gone": "white"}
_PLOTTED = [
    *("dataset", "video_id", "label", "oracle", "run", "step", "removed", "stopped", "p_yes", "threshold"),
    *("calls", "n_steps", "segment", "start_s", "end_s", "state", "instant_s"),
]


def numbers(
    removals: Table,
    scores: Table,
    *,
    footage: Footage | None = None,
    video: str | None = None,
    oracle: str | None = None,
    run: str = "0",
    threshold: float | None = None,
) -> pd.DataFrame:
    """Return one row per step and segment, in the order of the figure.

    Parameters
    ----------
    removals, scores : table
        Those that DuckDB reads are asked for one video; of the scores only the segments are read.
    footage : Footage, optional
        The videos, for the label.
    video, oracle, run : str, optional
        Whose removal; default run 0 of the first oracle by name, of the video that most was removed from.
    threshold : float, optional
        What P(YES) had to stay above; default 0.5 where that fits what was removed.

    Returns
    -------
    DataFrame
        ``state`` of a segment is left, removed (in this step) or gone (before). ``p_yes`` is that of what is
        left after the step, or in the last round, which ``stopped``, of the best removal. ``calls`` are the
        verifications up to here. A threshold that is not known is NaN.

    Raises
    ------
    InputError
        Nothing was removed, or the threshold is not one that the removals keep to.
    """
    name, rows = chosen.of_oracle(removals, oracle, run)
    tried = walk.tried(rows, name, video)
    one = next(selection.records(tried))
    of_oracle = selection.equals("oracle", name) & selection.equals("run", run)
    segments = chosen.same_video(selection.relation(scores).filter(of_oracle), one.dataset, one.video_id).df()
    if segments.empty:
        raise InputError(f"{one.dataset}/{one.video_id}: the scores table has no segments of {name}")
    steps = walk.steps(tried)
    named = footage.label(one.dataset, one.video_id) if footage else None
    told: dict[str, Any] = {"label": named, "run": run}
    told |= {"threshold": walk.threshold(steps, threshold), "n_steps": int(steps["removed"].notna().sum())}
    found = _states(steps, segments).assign(dataset=one.dataset, video_id=one.video_id, oracle=name, **told)
    return found[_PLOTTED].astype({"removed": "Int64"})


def _states(steps: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return every segment in every step that is shown."""
    borders = segments.sort_values("segment")[["segment", "start_s", "end_s"]]
    borders = borders.assign(instant_s=(borders["start_s"] + borders["end_s"]) / 2)
    shown = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), MOST_ROWS)).round().astype(int))
    gone: set[int] = set()
    parts = []
    for k, step in enumerate(selection.records(steps)):
        now = {} if pd.isna(step.removed) else {int(step.removed): "removed"}
        before = dict.fromkeys(gone, "gone") | now
        gone |= now.keys()
        if k in shown:
            state = [before.get(segment, "left") for segment in borders["segment"]]
            parts.append(borders.assign(state=state, **step._asdict()))
    return pd.concat(parts, ignore_index=True)


@style.printed()
def paint(
    rows: pd.DataFrame,
    ax: Axes | None = None,
    oracles: Sequence[str] | None = None,
    footage: Footage | None = None,
) -> Axes:
    """Draw the steps at the left, P(YES) after each at the right."""
    first = rows.iloc[0]
    study = style.everyone(oracles, [first["oracle"]])
    colour = style.looks(study)[first["oracle"]].colour
    steps = [step for _, step in rows.groupby("step", sort=False)]
    view = _view(rows, steps, footage)
    some = int((rows["step"] == first["step"]).sum())
    row = (style.height() - _AROUND) / len(steps)  # at most
    slot = style.across(_WIDTH) / some
    high = filmstrip.slot(view.frames, slot, min(_HIGH, row / filmstrip.ROOM - _GAP))
    row = filmstrip.ROOM * (high + _GAP) if high else min(_BARE, row)
    ax = style.axes(ax, "page", row * len(steps) + _AROUND)
    (left, right) = style.panels(ax, 1, 2, width_ratios=(_WIDTH, 1.3), wspace=0.02)[0]
    for panel, name in ((left, "steps"), (right, "p_yes")):
        panel.set_label(name)
        panel.set_ylim(len(steps) - 0.5, -0.5)
    left.set_xlim(rows["start_s"].min(), rows["end_s"].max())
    for k, step in enumerate(steps):
        _step(left, k, step, view, slot / high if high else 0.0, colour)
    left.set_xlabel("\n".join(["time (s)", *([] if view.frames else [view.why])]))
    _frame(left, steps, _heading(first, labels(study, style.letters(40))))
    _curve(right, pd.DataFrame([step.iloc[0] for step in steps]), colour)
    return ax


def _view(rows: pd.DataFrame, steps: Sequence[pd.DataFrame], footage: Footage | None) -> Seen:
    """Return a frame of each segment; none where there are too many for a row."""
    first, instants = rows.iloc[0], steps[0]["instant_s"].tolist()
    if len(instants) > MOST_FRAMES:
        return Seen(why=f"no frames: {len(instants)} segments are too many for a row")
    side = filmstrip.long_side(len(instants) * len(steps))
    return seen(footage, first["dataset"], first["video_id"], instants, side)


def _step(panel: Axes, k: int, step: pd.DataFrame, view: Seen, aspect: float, colour: str) -> None:
    """Draw a row: frames, or cells, of what is left, and a cross over what was taken away."""
    if view.frames:
        there = step["state"] != "gone"
        frames = [frame if is_left else None for frame, is_left in zip(view.frames, there, strict=True)]
        span = step["start_s"].min(), step["end_s"].max()
        filmstrip.lay(panel, frames, span, (k - 0.48, k + 0.48), aspect, "C")
    for cell in selection.records(step):
        box = (cell.start_s, k - 0.4), cell.end_s - cell.start_s, 0.8
        face = "none" if view.frames else _FACES[cell.state]
        edge = "none" if view.frames and cell.state != "gone" else style.FAINT
        panel.add_patch(Rectangle(*box, facecolor=face, edgecolor=edge, linewidth=0.5))
        if cell.state == "removed":
            for a, b in ((k - 0.4, k + 0.4), (k + 0.4, k - 0.4)):
                panel.plot([cell.start_s, cell.end_s], [a, b], color=colour, linewidth=1.5, zorder=5)


def _frame(panel: Axes, steps: Sequence[pd.DataFrame], heading: str) -> None:
    panel.set_yticks(range(len(steps)), [_name(step.iloc[0]) for step in steps])
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.set_title(heading, loc="left")


def _name(first: pd.Series) -> str:
    if first["stopped"]:
        return "end"
    return "whole" if first["step"] == 0 else f"{first['step']}"


def _heading(first: pd.Series, shown: dict[str, str]) -> str:
    letters = style.letters(_LETTERS)
    told = "" if pd.isna(first["label"]) else f"{label(first['label'], letters // 2)} · "
    return f"{told}{label(first['video_id'], letters - len(told))}\n{shown[first['oracle']]}"


def _curve(panel: Axes, steps: pd.DataFrame, colour: str) -> None:
    """Draw P(YES) after each step, and the threshold where it is known."""
    first, places = steps.iloc[0], np.arange(len(steps))
    going = ~steps["stopped"].to_numpy(dtype=bool)
    p = steps["p_yes"].to_numpy(dtype=float)
    panel.plot(p[going], places[going], color=colour, marker="o", markersize=3, label="left")
    if not going.all():
        look: dict[str, Any] = {"color": colour, "marker": "o", "markersize": 3, "markerfacecolor": "white"}
        panel.plot(p[~going], places[~going], linestyle="none", label="stopped", **look)
    if pd.notna(first["threshold"]):
        panel.axvline(first["threshold"], color=style.QUIET, linestyle=(0, (3, 1.5)), linewidth=0.8)
    panel.set(xlim=(0, 1), xlabel="P(YES) of what is left", yticks=[])
    panel.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
    panel.spines["left"].set_visible(False)
    panel.set_title(_told(steps), loc="left")


def _told(steps: pd.DataFrame) -> str:
    """Say how many steps there were, how many are shown, and what they took."""
    last = steps.iloc[-1]
    many, shown = int(last["n_steps"]), int((steps["step"] > 0).sum() - steps["stopped"].sum())
    of = f"{shown} of {several(many, 'removal')}" if shown < many else several(many, "removal")
    return f"{of},\n{several(int(last['calls']), 'verification')}"
