"""A run of 1,000 calls is killed at 50 random moments and resumed each time: ``python -m bench.torture``."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.measuring import save
from tests.oracles.runner.test_torture import IN_FLIGHT, compare

CALLS, KILLS, SEED = 1000, 50, 21


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


if __name__ == "__main__":
    print(torture())
