"""Everything breaks: ``python -m bench.torture``; the short forms are tests.

A run of 1,000 calls is killed at 50 random moments and resumed each time. A study is killed at every moment
of every step, then at random ones. 1,000 videos are labelled by a server of whose calls three of ten fail.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import reliability
from bench.measuring import save
from tests.faults.dying import MOMENTS
from tests.faults.study import half_written, make, program, tables
from tests.faults.test_kills import DONE, killed_everywhere
from tests.faults.test_ledger import mixed
from tests.oracles.runner.test_torture import IN_FLIGHT, compare

CALLS, KILLS, SEED = 1000, 50, 21
RANDOM_KILLS = 12
SHARE = 0.3


def torture() -> dict[str, Any]:
    """Do it, and record what came of it; it raises where a reply was lost or paid for twice."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory:
        outcome = asdict(compare(Path(directory), CALLS, KILLS, SEED))
    rows = len(outcome.pop("rows"))
    seconds = {"seconds": time.perf_counter() - began}
    record = {"calls": CALLS, "seed": SEED, "in_flight": IN_FLIGHT, "rows_equal": rows} | outcome | seconds
    save("torture", record)
    return record


def faults() -> dict[str, Any]:
    """Break a study and a provider in every way, and record it; it raises where anything was lost."""
    record = {"stages": _timed(stages), "mixed": _timed(_mixed)}
    save("faults", record)
    reliability.write()
    return record


def stages(directory: Path) -> dict[str, Any]:
    """Kill runs of one study at every moment of every step, and of another one at any time."""
    calm = make(directory / "calm")
    began = time.perf_counter()
    _finished(calm)
    took = time.perf_counter() - began
    study, other = make(directory / "study"), make(directory / "other")
    kills = killed_everywhere(study, MOMENTS)
    drawn, random_kills = random.Random(SEED), 0
    for _ in range(RANDOM_KILLS):
        random_kills += _killed_after(other, drawn.uniform(0.5, took))
    for one in (study, other):
        _finished(one)
        if tables(one) != tables(calm) or half_written(one):
            raise RuntimeError(f"{one.name}: a table is not what an undisturbed run makes")
    counts = {"steps": len(DONE), "moments": len(MOMENTS), "kills": kills, "random_kills": random_kills}
    return counts | {"tables_equal": len(tables(calm)), "half_written": 0}


def _finished(study: Path) -> None:
    done = program("run", study)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"run left with {done.returncode}: {done.stderr[-1000:]}")


def _killed_after(study: Path, seconds: float) -> bool:
    """Let a run work for a while and kill it; return whether it was still at work; all tables can be read."""
    command = [sys.executable, "-m", "crossoracle", "run", str(study)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    tables(study)
    return process.returncode == -signal.SIGKILL


def _mixed(directory: Path) -> dict[str, Any]:
    return {"share": SHARE} | mixed(directory, CALLS, SHARE)


def _timed(what: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory:
        return what(Path(directory)) | {"seconds": time.perf_counter() - began}


if __name__ == "__main__":
    if sys.argv[1:] != ["faults"]:
        print(torture())
    print(faults())
