"""What figures of single videos read: predictions, greedy removals, films whose frames tell their time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crossoracle.figures.footage import Footage
from crossoracle.video.encode import write

CONDITIONS = ("led@0", "inverted@0", "random#0")
KEEPS_ABOVE = 0.5
FPS = 10


def predictions_of(scores, rng):
    """Return what a recognizer said of every video: of the whole, and under conditions of every oracle."""
    rows = []
    for dataset, video in scores[["dataset", "video_id"]].drop_duplicates().itertuples(index=False):
        rows.append(_said(rng, dataset, video, None, "full", 0.6))
        for oracle in sorted(scores["oracle"].unique()):
            rows += [
                _said(rng, dataset, video, oracle, name, 0.8 - 0.3 * k) for k, name in enumerate(CONDITIONS)
            ]
    return pd.DataFrame(rows)


def _said(rng, dataset, video, oracle, condition, skill):
    right = bool(rng.random() < skill)
    label = f"action {int(video[1:]) % 7}"
    said = {"dataset": dataset, "video_id": video, "recognizer": "r", "oracle": oracle, "run": "0"}
    p = rng.uniform(0.5, 1) if right else rng.uniform(0, 0.5)
    return said | {
        "condition": condition,
        "top1": label if right else "another action",
        "p_true": p,
        "correct1": right,
    }


def removals_of(scores, rng, videos=8):
    """Return the greedy removals of the first videos by every oracle: P(YES) falls with what is left."""
    rows = []
    first = scores[["dataset", "video_id"]].drop_duplicates().head(videos)
    for (dataset, video, oracle), mine in scores.merge(first).groupby(["dataset", "video_id", "oracle"]):
        key = {"dataset": dataset, "video_id": video, "oracle": oracle, "run": "0"}
        rows += [key | row for row in walked(rng, len(mine))]
    return pd.DataFrame(rows).astype({"segment": "Int64"})


def walked(rng, segments, end=0.4):
    """Return the rows of one removal; the best P(YES) falls from 0.95 towards an end."""
    rows = [{"step": 0, "segment": None, "p_yes": 0.95, "removed": False}]
    left = list(range(segments))
    for step in range(1, segments):
        best = 0.95 - (0.95 - end) * step / (segments - 1)
        p = dict(zip(left, best - rng.uniform(0.01, 0.2, len(left)), strict=True))
        gone = left[int(rng.integers(len(left)))]
        p[gone] = best
        removed = best > KEEPS_ABOVE
        rows += [{"step": step, "segment": s, "p_yes": p[s], "removed": removed and s == gone} for s in left]
        if not removed:
            break
        left.remove(gone)
    return rows


def shade(instant_s):
    """Return the grey of a film at an instant: it grows by 12 with every tenth of a second, from 20."""
    return 20 + 12 * int(instant_s * FPS + 1e-6) % 220


def film(path: Path, seconds: float, size=(48, 64)) -> Path:
    """Write a film whose frames are of one grey each."""
    pictures = [np.full((*size, 3), shade(i / FPS), dtype=np.uint8) for i in range(round(seconds * FPS))]
    return write(path, pictures, fps=FPS)


def footage_of(rows, room: Path, size=(48, 64), label="a label") -> Footage:
    """Return films of all the videos in the rows of a figure, in a directory."""
    about = []
    for (dataset, video), mine in rows.groupby(["dataset", "video_id"]):
        name = f"{len(about)}.mp4"
        film(room / name, float(mine["end_s"].max()), size)
        about.append({"dataset": dataset, "video_id": video, "label": label, "path": name})
    return Footage(pd.DataFrame(about), room)


def pictures(panel):
    """Return the arrays of the rows of thumbnails in a panel, from top to bottom."""
    rooms = [room for room in panel.child_axes if room.get_label() == "frames"]
    rooms.sort(key=lambda room: -room.get_position().y0)
    return [np.asarray(room.images[0].get_array()) for room in rooms]


def shades(sheet, slots):
    """Return the grey in the middle of every slot of a row of thumbnails."""
    middle, wide = sheet.shape[0] // 2, sheet.shape[1] // slots
    return [int(sheet[middle, wide * k + wide // 2].mean()) for k in range(slots)]
