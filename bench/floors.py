"""Direct against greedy on the built-in study: ``python -m bench.floors [--study DIR] [--oracle edges ...]``.

Every oracle is asked three times directly and three times by greedy removal, by the verbs of
docs/howto/noise_floor.md. What `floor` says goes into results/floors.json and docs/benchmark.md: agreement of
repetitions, the difference with its margin (half the floor, as by default) and verdict, the ratio of calls.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench.measuring import measure, save, verb
from bench.shown import write
from crossoracle.analysis.floors.rows import CROSS, DIFFERENCE, SELF
from crossoracle.analysis.floors.spending import PER_VIDEO, TIMES
from crossoracle.benchmark import prepare
from crossoracle.config import Study

RUNS = 3
ORACLES = ("edges", "colours")
AGREEMENT = ("quantity", "statistic", "dataset", "arm_a", "value", "low", "high", "n_videos", "n_clusters")
CLAIM = ("margin", "margin_rule", "bound", "upper_bound", "verdict", "interval", "reason")


def asked(home: Path, oracle: str) -> dict[str, Any]:
    """Ask an oracle in both ways, and return what each took of the processor."""
    more = ("--oracle", oracle, "--runs", RUNS)
    direct = measure(verb("score", home, *more))
    greedy = measure(verb("score", home, *more, "--strategy", "greedy"))
    return {"direct": direct.record(), "greedy": greedy.record()}


def judged(home: Path, oracle: str) -> dict[str, Any]:
    """Return what `floor` says of direct scores against greedy ones."""
    arms = (f"greedy={oracle}+greedy", f"direct={oracle}")
    found = Study(home).floor(arms=arms, floor_of="greedy")
    rows = [(row, vars(row)) for row in found.floors]
    return {
        "videos": found.videos,
        "notes": list(found.notes),
        "agreement": [_of(r, AGREEMENT) for row, r in rows if row.quantity in (SELF, CROSS)],
        "claims": [_of(r, (*AGREEMENT, *CLAIM)) for row, r in rows if row.quantity == DIFFERENCE],
        "calls": [
            _of(r, AGREEMENT)
            for row, r in rows
            if row.quantity in (PER_VIDEO, TIMES) and row.statistic == "calls"
        ],
    }


def _of(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return some fields; what is undefined is null."""
    return {name: None if row[name] != row[name] else row[name] for name in names}


def bench(oracles: tuple[str, ...] = ORACLES, study: Path | None = None, seed: int = 0) -> Path:
    """Ask and judge every oracle of a study, generated if there is none; write results/floors.json."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        if study is None:
            prepare(home, seed)
        else:
            for name in ("videos", "models"):
                shutil.copytree(study / name, home / name)
            for name in ("videos.parquet", "videos.parquet.json", "study.toml"):
                shutil.copy(study / name, home / name)
        took = {oracle: asked(home, oracle) for oracle in oracles}
        found = {oracle: judged(home, oracle) | {"asked": took[oracle]} for oracle in oracles}
    job = f"direct against greedy on the built-in study (seed {seed}), {RUNS} runs of each"
    return save("floors", {"job": job, "oracles": found})


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", type=Path, help="a study that `crossoracle demo` has made; it is copied")
    parser.add_argument("--oracle", nargs="+", default=ORACLES)
    args = parser.parse_args()
    print(bench(tuple(args.oracle), args.study))
    write()


if __name__ == "__main__":
    main()
