"""Every reader is fed with damaged input for a while: ``python -m bench.fuzz [SECONDS [READER ...]]``.

Each reader works in a process of its own, so that one that takes its process down with it is noticed, too.
Seconds are those of the processor.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench import reliability
from bench.measuring import RESULTS, save, side
from tests.fuzz.hunting import hunt
from tests.fuzz.targets import TARGETS

SECONDS = 60.0
EXAMPLES = 100
PATIENCE = 20
"""How many times the seconds of the processor a reader may take by the clock before it counts as hanging."""


def fuzz(seconds: float, names: Sequence[str] = ()) -> dict[str, Any]:
    """Hunt through all readers, or some, and record what came of it beside what is known of the others."""
    path = RESULTS / "fuzz.json"
    known = json.loads(path.read_text(encoding="utf-8"))["readers"] if names and path.exists() else {}
    readers = {
        target.name: _apart(target.name, seconds)
        if not known or target.name in names
        else known.get(target.name) or _nothing("never hunted")
        for target in TARGETS
    }
    totals = {name: sum(one[name] for one in readers.values()) for name in ("inputs", "processor_seconds")}
    crashes = sum(one["crash"] is not None for one in readers.values())
    record = {**totals, "crashes": crashes, "readers": readers}
    save("fuzz", record)
    reliability.write()
    return record


def _apart(name: str, seconds: float) -> dict[str, Any]:
    """Hunt in a process of its own; its death counts as a crash."""
    command = [*side("bench.fuzz", name), str(seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE * seconds + 120
        )
    except subprocess.TimeoutExpired:
        return _nothing(f"hung for {PATIENCE * seconds + 120:.0f} s")
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return _nothing(f"left with {done.returncode}: {done.stderr[-500:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _nothing(crash: str) -> dict[str, Any]:
    return {"inputs": 0, "taken": 0, "slowest_s": None, "processor_seconds": 0.0, "crash": crash}


def one(name: str, seconds: float) -> dict[str, Any]:
    """Hunt through one reader, until its time is up or it has broken."""
    (target,) = (target for target in TARGETS if target.name == name)
    inputs = taken = number = 0
    slowest, crash, began = 0.0, None, time.process_time()
    while crash is None and time.process_time() - began < seconds:
        number += 1
        try:
            came = hunt(target, EXAMPLES, number)
        except BaseException as error:
            told = " ".join([type(error).__name__, str(error)[:300], *getattr(error, "__notes__", [])])
            crash = re.sub(r"/[\w./-]+/", "", told)  # no paths of this machine
        else:
            inputs, taken = inputs + came.inputs, taken + came.taken
            slowest = max(slowest, came.slowest_s)
    spent = time.process_time() - began
    counts = {"inputs": inputs, "taken": taken, "slowest_s": slowest}
    return counts | {"processor_seconds": spent, "crash": crash}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        print(json.dumps(one(sys.argv[2], float(sys.argv[3]))))
    else:
        found = fuzz(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS, sys.argv[2:])
        print(json.dumps(found, indent=1))
        sys.exit(bool(found["crashes"]))
