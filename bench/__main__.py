"""The quick benchmarks, one after the other: ``python -m bench``."""

from __future__ import annotations

from bench import million, pilot, runner, sidecars

if __name__ == "__main__":
    pilot.compare()
    million.compare()
    runner.compare()
    sidecars.compare()
