"""What arms take: calls, dollars and tokens per video, and how many times those of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from crossoracle.analysis.floors.arm import Arm
from crossoracle.analysis.floors.loading import SPENT, Repeated
from crossoracle.analysis.floors.ratios import Floats, Grid, Mask, Ratio, mean, over_runs, ratio
from crossoracle.analysis.floors.rows import Floor

PER_VIDEO, TIMES = "per_video", "ratio"


def spending(repeated: Repeated, ref: Arm, grid: Grid, datasets: Sequence[str]) -> Iterator[Floor]:
    """Yield what each arm takes per video and run, and the ratio of each to the reference.

    They rest on the videos that are compared, where every run of the arms says what it took; the others are
    counted as left out. Undefined (with the reason) where none does.
    """
    compared = np.zeros(repeated.ratings.videos, dtype=bool)
    compared[repeated.videos] = True
    for name, spent in zip(SPENT, repeated.spent, strict=True):
        by_arm = over_runs(spent, repeated.raters)
        for dataset in datasets:
            here = compared & grid.chosen(dataset)
            for arm in repeated.arms:
                yield _row(name, dataset, (arm, None), by_arm, here, grid)
            for arm in repeated.arms:
                if arm != ref:
                    yield _row(name, dataset, (arm, ref), by_arm, here, grid)


def _row(
    name: str, dataset: str, arms: tuple[Arm, Arm | None], by_arm: dict[str, Floats], here: Mask, grid: Grid
) -> Floor:
    (a, b), values = arms, by_arm[arms[0].name]
    row = Floor(TIMES if b else PER_VIDEO, a.name, b.name if b else None, name, dataset)
    row = replace(row, n_runs_a=len(a.members), n_runs_b=len(b.members) if b else None)
    if b is None:
        return filled(row, mean(grid, values, here), here, grid, f"no prechecks of {a.name} say it")
    below = by_arm[b.name]
    used = here & ~np.isnan(values) & ~np.isnan(below)
    found = ratio(grid, np.where(used, values, 0.0), np.where(used, below, 0.0), used)
    return filled(row, found, here, grid, f"not known of both arms, or 0 for {b.name}")


def filled(row: Floor, found: Ratio, here: Mask, grid: Grid, why: str) -> Floor:
    """Return a row with a ratio; ``here`` are the videos that could have entered, ``why`` it is undefined."""
    undefined = int(np.count_nonzero(~np.isfinite(found.replicates))) if found.videos else 0
    return replace(
        row,
        value=found.value,
        low=found.found.low,
        high=found.found.high,
        level=grid.level,
        interval=grid.kind,
        replicates=len(found.replicates),
        n_videos=found.videos,
        n_clusters=len(found.left_out),
        n_left_out=int(here.sum()) - found.videos,
        n_undefined=undefined,
        reason=found.found.reason if np.isfinite(found.value) else why,
    )
