"""Interval alpha of a million continuous scores by each of four oracles: the value and its jackknife.

The krippendorff package builds arrays of units x values x values, and continuous scores make every rating a
value of its own; what it asks for is measured on a few hundred units and extrapolated with the cube.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import time
from statistics import median
from typing import Any

import numpy as np

from bench.measuring import measure, save, side

UNITS, PER_VIDEO, ORACLES = 1_000_000, 10, 4
SMALL = (50, 100, 200)
REFUSED = 800
ALLOWED = 8 << 30  # bytes of address space for the rival
BUDGET_S = 1.0


def scores(units: int) -> np.ndarray:
    """Return continuous scores (oracles, units) that share a signal."""
    rng = np.random.default_rng(0)
    return rng.random(units) * 0.7 + rng.random((ORACLES, units)) * 0.3


def main() -> None:
    """Run the benchmark, or one side of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=["ours", "rival"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("units", type=int, nargs="?", default=UNITS)
    args = parser.parse_args()
    if args.side:
        print(json.dumps({"ours": ours, "rival": rival}[args.side](args.units)))
    else:
        compare(args.runs)


def compare(runs: int = 5) -> None:
    """Measure both sides and write results/million.json."""
    found = [measure(side("bench.million", "ours", UNITS)) for _ in range(runs)]
    small = {units: measure(side("bench.million", "rival", units)) for units in SMALL}
    refused = measure(side("bench.million", "rival", REFUSED)).answer
    per_cube = small[SMALL[-1]].answer["extra_bytes"] / SMALL[-1] ** 3
    equal = measure(side("bench.million", "ours", SMALL[-1])).answer["value"]
    record = {
        "job": f"{UNITS:,} segments in {UNITS // PER_VIDEO:,} videos x {ORACLES} oracles, with the jackknife",
        "budget_s": BUDGET_S,
        "ours": {
            "runs": runs,
            "seconds": median(run.answer["seconds"] for run in found),
            "process_s": median(run.seconds for run in found),
            "peak_mib": max(run.peak_mib for run in found),
            "answer": found[-1].answer,
        },
        "krippendorff": {
            "measured": {units: run.record() | run.answer for units, run in small.items()},
            "refused": {"units": REFUSED, "allowed_gib": ALLOWED >> 30} | refused,
            "extrapolated_bytes": per_cube * UNITS**3,
            "difference": abs(equal - small[SMALL[-1]].answer["value"]),
        },
    }
    save("million", record)


def ours(units: int) -> dict[str, Any]:
    """Time `agree` on ratings in memory: interval alpha with its jackknife interval, no bootstrap."""
    from bench.rated import rate
    from crossoracle.agreement.run import Options, agree

    score = scores(units)
    offset = np.arange(0, units + 1, PER_VIDEO)
    ratings = rate(score, np.full(score.shape, -1, dtype=np.int8), offset)
    options = Options(("alpha_interval",), by="none", interval="jackknife")
    began = time.perf_counter()
    e = agree(ratings, options).estimates[0]
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "value": e.value, "low": e.low, "high": e.high}


def rival(units: int) -> dict[str, Any]:
    """Let krippendorff try, within the address space that is allowed."""
    import krippendorff

    data = scores(units)
    resource.setrlimit(resource.RLIMIT_AS, (ALLOWED, ALLOWED))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    try:
        value = float(krippendorff.alpha(reliability_data=data, level_of_measurement="interval"))
    except MemoryError as error:
        asked = re.search(r"allocate (.+?) for", str(error))
        return {"asked_for": asked.group(1) if asked else str(error)}
    extra = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    return {"inside_s": time.perf_counter() - began, "value": value, "extra_bytes": extra}


if __name__ == "__main__":
    main()
