"""What the built-in study shows, for several seeds: ``python -m bench.benchmark [--seeds 0 101 102 103]``.

Every number comes out of the verbs, as anybody would call them; docs/benchmark.md is written from them.
Processor seconds are those of a process that does nothing else; the machine may be shared.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from bench.measuring import measure, save, side
from crossoracle.benchmark import prepare
from crossoracle.config import Study
from crossoracle.video.synthetic import TRUTH

SEEDS = (0, 101, 102, 103)
PAIRS = (("led@0", "inverted@0"), ("led@0.5", "full"), ("led@0", "uniform"), ("led@0", "full"))
STATISTIC = "spearman_within"
BETWEEN = ["value", "low", "high", "n_videos"]


def compare(seeds: tuple[int, ...] = SEEDS) -> Path:
    """Do the study with every seed in a process of its own, and record what it shows."""
    found = {str(seed): measure(side("bench.benchmark", str(seed))) for seed in seeds}
    runs = {seed: run.answer | {"whole": run.record()} for seed, run in found.items()}
    job = "the built-in study through score, precheck, agree, predict and compare"
    return save("benchmark", {"job": job, "seeds": runs})


def study(seed: int) -> dict[str, Any]:
    """Do the study with one seed, and return what it shows."""
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        found = work()
        seconds[name] = time.process_time() - began
        return found

    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        timed("prepare", lambda: prepare(home, seed))
        timed("score", lambda: Study(home).score())
        flow = timed("precheck", lambda: Study(home).precheck()).table
        agreed = timed("agree", lambda: Study(home).agree()).estimates.to_frame()
        timed("predict", lambda: Study(home).predict())
        compared = timed("compare", lambda: Study(home).compare())
        both = Study(home, scores=[home / "scores.parquet", home / "truth.parquet"])
        planted = both.agree(coefficients=(STATISTIC,), out=home / "truth").estimates.to_frame()
        return {
            "processor_s": seconds,
            "passed": passed(flow),
            "agreement": agreement(agreed, lambda names: TRUTH not in names),
            "truth": agreement(planted, lambda names: TRUTH in names),
            "accuracies": accuracies(compared.accuracies.to_frame()),
            "differences": differences(compared.differences.to_frame()),
        }


def passed(flow: pd.DataFrame) -> dict[str, Any]:
    """Return how many videos of each dataset pass all four prechecks."""
    rows = flow[(flow.kind == "all_of") & (flow.oracles.str.count("&") == 3)]
    return {
        row.dataset: {"rate": row.rate, "low": row.low, "high": row.high, "n": row.n, "of": row.n_videos}
        for row in rows.itertuples()
    }


def agreement(estimates: pd.DataFrame, wanted: Callable[[set[str]], bool]) -> list[dict[str, Any]]:
    """Return the rank correlations within videos, of the pairs wanted."""
    rows = estimates[(estimates.statistic == STATISTIC) & estimates.oracle_b.notna()]
    rows = rows[[wanted({a, b}) for a, b in zip(rows.oracle_a, rows.oracle_b, strict=True)]]
    return _records(rows, ["dataset", "oracle_a", "oracle_b", *BETWEEN])


def accuracies(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the share of videos that were recognised, by dataset, condition and oracle."""
    rows = table[(table.metric == "top1") & (table.dataset != "all") & table.stratum.isna()]
    return _records(rows, ["dataset", "oracle", "condition", *BETWEEN])


def differences(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the differences that something is claimed of, by dataset and oracle."""
    rows = table[(table.metric == "top1") & (table.dataset != "all") & table.stratum.isna()]
    pairs = list(zip(rows.condition_a, rows.condition_b, strict=True))
    return _records(
        rows[[pair in PAIRS for pair in pairs]], ["dataset", "oracle", "condition_a", "condition_b", *BETWEEN]
    )


def _records(rows: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(rows[columns].to_json(orient="records", double_precision=15))
    return found


def main() -> None:
    """Do one seed and print what it shows, or all of them and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    given = parser.parse_args()
    if given.side is not None:
        print(json.dumps(study(given.side)))
        return
    from bench.shown import write

    compare(tuple(given.seeds))
    write()


if __name__ == "__main__":
    main()
