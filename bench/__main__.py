"""The quick benchmarks, one after the other: ``python -m bench``."""

from __future__ import annotations

from bench import million, page, pilot, runner

if __name__ == "__main__":
    pilot.compare()
    million.compare()
    runner.compare()
    page.write()
