"""The pilot: 369 videos x 4 oracles in 3 datasets, every statistic, against what libraries can do.

Three sides, each in a process of its own: ``crossoracle agree`` whole; the same estimator one statistic at a
time; and scipy.stats.bootstrap over videos with library coefficients, as many replicates as fit into a
second or two each, extrapolated to 9,999 replicates, all pairs and all slices.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.corpora import PILOT
from bench.generator import generate
from bench.measuring import measure, save, side, verb

REPLICATES = 9999
PAIRS = 6
BUDGET_S, BUDGET_RATIO = 3.0, 300
PATIENCE = 1.5  # seconds of the rival per statistic and slice


def main() -> None:
    """Run the benchmark, or one side of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=["ours", "rival"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("study", type=Path, nargs="?")
    args = parser.parse_args()
    if args.side:
        print(json.dumps({"ours": ours, "rival": rival}[args.side](args.study)))
    else:
        compare(args.runs)


def compare(runs: int = 5) -> None:
    """Measure every side and write results/pilot.json."""
    with tempfile.TemporaryDirectory() as directory:
        study = generate(PILOT, Path(directory) / "study", seed=1)
        whole = measure(verb("agree", study, "--seed", 7), runs)
        singly = measure(side("bench.pilot", "ours", study))
        other = measure(side("bench.pilot", "rival", study))
    statistics = {
        name: {"ours_s": seconds, **other.answer["statistics"][name]}
        | {"ratio": other.answer["statistics"][name]["seconds"] / seconds}
        for name, seconds in singly.answer["statistics"].items()
    }
    total = sum(row["seconds"] for row in statistics.values())
    lean = sum(row["seconds"] for row in statistics.values() if row["library"] != "krippendorff")
    record = {
        "job": "{videos} videos, {segments} segments, 4 oracles, pooled and 3 datasets".format(
            **singly.answer
        ),
        "replicates": REPLICATES,
        "budget_s": BUDGET_S,
        "budget_ratio": BUDGET_RATIO,
        "whole": whole.record() | {"estimates": singly.answer["estimates"]},
        "rival": other.record() | {"extrapolated_s": total, "statistics": len(statistics)},
        "ratio_of_seconds": total / whole.seconds,
        "ratio_of_processor_seconds": total / whole.processor_seconds,
        "ratio_without_krippendorff": lean / whole.seconds,
        "statistics": statistics,
    }
    save("pilot", record)


def _load(study: Path) -> Any:
    from crossoracle.agreement.loading import prepare
    from crossoracle.tables import connect, read

    con = connect()
    tables = (read(con, name, study / f"{name}.parquet") for name in ("scores", "videos", "prechecks"))
    return prepare(con, *tables).ratings()


def ours(study: Path) -> dict[str, Any]:
    """Time `agree` for one statistic after another, without imports and reading."""
    from bench.rivals import RIVALS
    from crossoracle.agreement.run import Options, agree

    ratings = _load(study)
    found = {}
    for name in RIVALS:
        found[name] = median(_seconds(partial(agree, ratings, Options((name,), seed=7))) for _ in range(3))
    everything = len(agree(ratings, Options(replicates=2)).estimates)
    facts = {"videos": ratings.videos, "segments": ratings.score.shape[1], "estimates": everything}
    return facts | {"statistics": found}


def rival(study: Path) -> dict[str, Any]:
    """Time scipy.stats.bootstrap for one statistic after another, and extrapolate."""
    from bench.rivals import RIVALS

    ratings = _load(study)
    found = {}
    for name, how in RIVALS.items():
        seconds, fewest = 0.0, REPLICATES
        for videos in _slices(ratings, how.reads, 2 if how.of == "pair" else 4):
            done = REPLICATES if how.within else 3  # the coefficients of the videos are computed once
            while (spent := _processor_seconds(how, videos, done)) < PATIENCE and done < REPLICATES:
                done = min(REPLICATES, max(2 * done, int(1.1 * done * PATIENCE / spent)))
            seconds += spent * REPLICATES / done * (PAIRS if how.of == "pair" else 1)
            fewest = min(fewest, done)
        found[name] = {"library": how.library, "seconds": seconds, "replicates_measured": fewest}
    return {"statistics": found}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _processor_seconds(how: Any, videos: list[np.ndarray], replicates: int) -> float:
    """Return what the rival takes, waiting for other processes left out."""
    from bench.rivals import bootstrap

    began = time.process_time()
    bootstrap(how, videos, replicates)
    return time.process_time() - began


def _slices(ratings: Any, reads: str, oracles: int) -> Iterator[list[np.ndarray]]:
    """Yield the videos, pooled and of each dataset, as arrays (oracles, segments) without missing ratings."""
    flags = np.where(ratings.kept < 0, np.nan, ratings.kept)
    values = np.round(ratings.score * 100) if reads == "score" else flags
    videos = [video[:oracles] for video in np.split(values, ratings.offset[1:-1], axis=1)]
    videos = [video[:, ~np.isnan(video).any(axis=0)].astype(int) for video in videos]
    yield [video for video in videos if video.shape[1] > 1]
    for d in range(len(ratings.datasets)):
        some = (video for video, of in zip(videos, ratings.dataset, strict=True) if of == d)
        yield [video for video in some if video.shape[1] > 1]


if __name__ == "__main__":
    main()
