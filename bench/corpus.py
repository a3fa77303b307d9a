"""The corpus: 536,181 videos, 4.58 million segments x 4 oracles, generated, then ``crossoracle agree`` whole.

Twice, each in a process of its own: the narrow statistics (kept tables, moments, within-video means), and all
of them, of which the wide ones (level tables, pooled ranks) take 999 replicates by themselves.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.corpora import CORPUS
from bench.generator import generate
from bench.measuring import measure, save, side, verb

BUDGETS = {"narrow": {"seconds": 60, "gib": 3}, "all": {"seconds": 120, "gib": 3}}


def main() -> None:
    """Generate the corpus where it is not there yet, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=["generate"])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument(
        "study", type=Path, nargs="?", help="kept when given; a temporary directory otherwise"
    )
    args = parser.parse_args()
    if args.side:
        generate(CORPUS, args.study, seed=1)
        print(json.dumps({}))
    elif args.study:
        compare(args.study, args.runs)
    else:
        with tempfile.TemporaryDirectory() as directory:
            compare(Path(directory) / "study", args.runs)


def compare(study: Path, runs: int = 1) -> None:
    """Measure generation and both jobs, and write results/corpus.json."""
    record: dict[str, Any] = {
        "job": "536,181 videos, 499,299 passed, 4.58 M segments x 4 oracles",
        "jobs": {},
    }
    if not (study / "scores.parquet").exists():
        record["generated"] = measure(side("bench.corpus", "generate", study)).record()
    for name, coefficients in (("narrow", narrow()), ("all", ())):
        chosen = [word for c in coefficients for word in ("--coefficient", c)]
        found = measure(verb("agree", study, "--seed", 7, *chosen), runs)
        record["jobs"][name] = found.record() | {"budget": BUDGETS[name]} | _answer(study / "results")
    save("corpus", record)


def narrow() -> list[str]:
    """Return the statistics whose tally is a few numbers per video."""
    from crossoracle.agreement.catalogue import COEFFICIENTS
    from crossoracle.agreement.coefficient import StackTally

    of = {name: COEFFICIENTS[c.mean_of or name].tally for name, c in COEFFICIENTS.items() if c.default}
    return [name for name, tally in of.items() if isinstance(tally, StackTally)]


def _answer(results: Path) -> dict[str, Any]:
    import duckdb

    rows = duckdb.sql(
        f"""select count(*), count(*) filter (value is null), max(n_videos), max(n_segments),
        list_sort(list(distinct replicates)) from '{results / "estimates.parquet"}'"""
    )
    names = ("estimates", "undefined", "videos", "segments", "replicates")
    return dict(zip(names, rows.fetchall()[0], strict=True))


if __name__ == "__main__":
    main()
