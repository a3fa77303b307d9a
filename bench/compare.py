"""Contrasts: 12 conditions x 4 oracles x 3 datasets x 2,000 videos, every metric, against a plain loop.

Two sides, each in a process of its own: ``compare`` on predictions in memory with 9,999 replicates; and a
NumPy loop that resamples the same contrasts one replicate after another, as many as fit into some seconds,
extrapolated; it leaves out sign flips, intervals, pooled rows and choices. What is loaded and imported before
counts for neither; the whole verb, from a Parquet file to written results, is measured too.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.measuring import measure, save, side, verb

REPLICATES, VIDEOS, ORACLES, DATASETS = 9999, 2000, 4, 3
OF_ORACLE = (
    "led@0",
    "led@0.25",
    "led@0.5",
    "inverted@0",
    "bottom",
    "uniform",
    "threshold@0.3",
    "threshold@0.5",
    "budget@0.3",
    "budget@0.5",
    "led@0+shuffled",
)
BUDGET_S, BUDGET_MIB, PATIENCE = 5.0, 1024, 5.0


def main() -> None:
    """Run the benchmark, or one side of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=["ours", "loop"])
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    if args.side:
        print(json.dumps({"ours": ours, "loop": loop}[args.side]()))
    else:
        bench(args.runs)


def bench(runs: int = 3) -> None:
    """Measure every side and write results/compare.json."""
    with tempfile.TemporaryDirectory() as directory:
        study = _written(Path(directory) / "study")
        whole = measure(verb("compare", study), runs)
    own = measure(side("bench.compare", "ours"), runs)
    other = measure(side("bench.compare", "loop"))
    record = {
        "job": f"{len(OF_ORACLE) + 1} conditions, {ORACLES} oracles, {DATASETS} datasets of {VIDEOS} videos, "
        "every metric and contrast, intervals, simultaneous bounds, sign flips",
        "replicates": REPLICATES,
        "budget_s": BUDGET_S,
        "budget_mib": BUDGET_MIB,
        "compare": own.answer | {"peak_mib": own.peak_mib},
        "whole_verb": whole.record(),
        "loop": other.answer,
        "ratio_of_processor_seconds": other.answer["extrapolated_s"] / own.answer["processor_seconds"],
    }
    save("compare", record)


def _views() -> list[tuple[str | None, str]]:
    guided = [(f"oracle-{i}", condition) for i in range(ORACLES) for condition in OF_ORACLE]
    return [(None, "full"), *guided]


def _outcomes() -> Any:
    """Return outcomes (metrics, views, videos) of videos that differ in difficulty."""
    rng = np.random.default_rng(1)
    ability = rng.normal(0.7, 1.2, size=VIDEOS * DATASETS)
    p = 1 / (1 + np.exp(-ability - rng.normal(0, 0.5, size=(len(_views()), len(ability)))))
    top1 = rng.random(p.shape) < p
    return np.stack([top1, top1 | (rng.random(p.shape) < p), p]).astype(float)


def _predictions() -> Any:
    from crossoracle.analysis.predictions import PREDICTED, Predictions, View

    values = _outcomes()
    videos = values.shape[2]
    return Predictions(
        datasets=tuple(f"dataset-{d}" for d in range(DATASETS)),
        dataset=np.repeat(np.arange(DATASETS), VIDEOS),
        video_id=np.array([f"v{i:05}" for i in range(videos)], dtype=object),
        label=np.full(videos, None),
        cluster=np.tile(np.arange(VIDEOS), DATASETS),
        duration=np.full(videos, np.nan),
        views=tuple(View("recognizer", oracle, "0", condition) for oracle, condition in _views()),
        values=values,
        kept=np.full(values.shape[1:], 0.5),
        state=np.full(values.shape[1:], PREDICTED, dtype=np.int8),
    )


def _written(home: Path) -> Path:
    """Write the same predictions as the table of a study."""
    import pandas as pd

    from crossoracle.provenance import Provenance
    from crossoracle.tables import write

    p = _predictions()
    frames = [
        pd.DataFrame(
            {
                "dataset": [p.datasets[d] for d in p.dataset],
                "video_id": p.video_id,
                "recognizer": view.recognizer,
                "oracle": view.oracle,
                "condition": view.condition,
                "correct1": p.values[0, i] > 0,
                "correct5": p.values[1, i] > 0,
                "p_true": p.values[2, i],
                "kept_fraction": p.kept[i],
            }
        )
        for i, view in enumerate(p.views)
    ]
    home.mkdir()
    write(
        "predictions", pd.concat(frames), home / "predictions.parquet", provenance=Provenance("bench", {}, {})
    )
    return home


def ours() -> dict[str, Any]:
    """Time `compare`, without imports."""
    from crossoracle.analysis.run import compare
    from crossoracle.options import CompareOptions

    p = _predictions()
    compare(p, CompareOptions(replicates=2))  # what is imported late
    began, processor = time.perf_counter(), time.process_time()
    found = compare(p, CompareOptions(replicates=REPLICATES))
    seconds, processor_seconds = time.perf_counter() - began, time.process_time() - processor
    rows = {"accuracies": len(found.accuracies), "differences": len(found.differences)}
    return {"seconds": seconds, "processor_seconds": processor_seconds} | rows


def loop() -> dict[str, Any]:
    """Time a loop over replicates: draw videos, take the means of all conditions, subtract."""
    values, views = _outcomes(), _views()
    place = {view: i for i, view in enumerate(views)}
    rng, done, began = np.random.default_rng(0), 0, time.process_time()
    while time.process_time() - began < PATIENCE:
        for d in range(DATASETS):
            drawn = rng.integers(d * VIDEOS, (d + 1) * VIDEOS, size=VIDEOS)
            means = values[:, :, drawn].mean(axis=2)
            for i in range(ORACLES):
                led = means[:, place[f"oracle-{i}", "led@0"]]
                for condition in OF_ORACLE[1:]:
                    _ = led - means[:, place[f"oracle-{i}", condition]]
        done += 1
    seconds = time.process_time() - began
    return {"replicates_measured": done, "extrapolated_s": seconds * REPLICATES / done}


if __name__ == "__main__":
    main()
