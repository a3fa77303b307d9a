"""Jobs run in processes of their own, timed from outside: seconds, processor seconds and peak memory.

A job is a module of bench that, called with ``--side NAME``, does the work and prints one JSON object as its
last line. The machine may be shared: medians and ratios count, not seconds.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from crossoracle.atomic import replace_text

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("numpy", "scipy", "duckdb", "pandas", "scikit-learn", "statsmodels", "krippendorff")
MIB = 1 / 1024  # ru_maxrss is in KiB on Linux


@dataclass(frozen=True)
class Measured:
    """Medians over the runs of a process, wall and processor; the largest peak memory; the last answer."""

    runs: int
    seconds: float
    processor_seconds: float
    peak_mib: float
    answer: dict[str, Any]

    def record(self) -> dict[str, Any]:
        """Return the figures without the answer."""
        return {name: value for name, value in asdict(self).items() if name != "answer"}


def measure(command: Sequence[str], runs: int = 1) -> Measured:
    """Run a command several times, each in a process of its own.

    Raises
    ------
    RuntimeError
        When it fails; the message ends with what it said.
    """
    found = [_once(command) for _ in range(runs)]
    seconds, processor, peak = zip(*(run[:3] for run in found), strict=True)
    return Measured(runs, median(seconds), median(processor), max(peak), found[-1][3])


def _once(command: Sequence[str]) -> tuple[float, float, float, dict[str, Any]]:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, err):
            file.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} left with {process.returncode}: {err.read()[-2000:]}")
        lines = out.read().strip().splitlines()
    answer = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MIB, answer


def side(module: str, name: str, *arguments: object) -> list[str]:
    """Return the command that runs one side of a bench module."""
    return [sys.executable, "-m", module, "--side", name, *map(str, arguments)]


def verb(*arguments: object) -> list[str]:
    """Return the command that runs a verb of crossoracle."""
    return [sys.executable, "-m", "crossoracle", *map(str, arguments)]


def save(name: str, record: dict[str, Any]) -> Path:
    """Write one record, with the date, the machine and the versions, to results/NAME.json, and the page."""
    from bench import page

    path = replace_text(RESULTS / f"{name}.json", json.dumps(_circumstances() | record, indent=2) + "\n")
    page.write()
    return path


def _circumstances() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "cores": os.cpu_count(),
            "memory_gib": round(memory),
            "load": round(os.getloadavg()[2], 1),
        },
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
