"""A study whose ratings need several shelves: videos fail, share sources, differ in grids, lack ratings."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.coefficient import StackTally
from crossoracle.provenance import Provenance
from crossoracle.stats.resampling import BLOCK
from crossoracle.tables import write

ORACLES = ("a", "b", "c")
SIZES = {"first": BLOCK + 700, "second": 300}  # clusters: two blocks, and a part of one
NARROW = tuple(
    name for name, c in COEFFICIENTS.items() if isinstance(COEFFICIENTS[c.mean_of or name].tally, StackTally)
)
HOW = {"replicates": 130, "seed": 5, "coefficients": NARROW}


def tables(place: Path, rng: np.random.Generator, sizes: dict[str, int] = SIZES, *, flagged: int = 3) -> Path:
    """Write a study in which videos fail, share sources, differ in their grids, and lack ratings.

    ``sizes`` are videos of each dataset; only the first ``flagged`` oracles keep anything.
    """
    place.mkdir(exist_ok=True)
    videos = pd.DataFrame(
        [
            {"dataset": d, "video_id": f"v{i:05}", "label": "x", "cluster": f"s{i // 2 if i % 5 else i:05}"}
            for d, n in sizes.items()
            for i in range(n)
        ]
    )
    n = len(videos)
    length = rng.integers(1, 5, n)
    of = np.repeat(np.arange(n), length)
    segment = np.arange(len(of)) - np.repeat(np.cumsum(length) - length, length)
    rows = []
    for g, oracle in enumerate(ORACLES):
        score = np.clip(0.3 * rng.random(n)[of] + 0.7 * rng.random(len(of)), 0, 1).round(2)
        kept = (score > 0.4 + 0.05 * g).astype(object)
        score[rng.random(len(of)) < 0.1] = np.nan
        kept[rng.random(len(of)) < (0.1 if g < flagged else 1)] = None
        step = np.where((of % 211 == 0) & (g == 1), 0.7, 0.5)  # some videos are cut otherwise
        frame = {"segment": segment, "start_s": segment * step, "end_s": (segment + 1) * step}
        frame |= {"score": score, "kept": pd.array(kept, dtype="boolean"), "oracle": oracle, "run": "0"}
        rows.append(videos.iloc[of][["dataset", "video_id"]].reset_index(drop=True).assign(**frame))
    asked = videos[["dataset", "video_id"]].merge(pd.DataFrame({"oracle": ORACLES}), how="cross")
    asked["outcome"] = np.where(rng.random(len(asked)) < 0.05, "no", "yes")
    asked["run"] = "0"
    for name, frame in {"videos": videos, "scores": pd.concat(rows), "prechecks": asked}.items():
        shuffled = frame.sample(frac=1, random_state=1)
        write(name, shuffled, place / f"{name}.parquet", provenance=Provenance("test"))
    return place


def frames(out: Path) -> dict[str, pd.DataFrame]:
    with duckdb.connect() as con:
        return {file.stem: con.read_parquet(str(file)).df() for file in out.glob("*.parquet")}


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    assert one.keys() == other.keys()
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], rtol=1e-12, atol=1e-12, obj=name)
