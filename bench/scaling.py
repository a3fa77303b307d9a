"""How time and memory of ``crossoracle agree`` grow: a hundredth, a tenth, one and ten published corpora.

``python -m bench.scaling [STUDIES] [--sizes 0.01 0.1 1 10]`` generates each, compares its oracles in a
process of its own, narrow statistics and all that are computed unasked, and writes the section of
docs/scale.md. The corpora are kept where STUDIES is given. ``--cluster SIZE`` does one of them on two nodes
of Ray on this machine as well, and notes by how much the results differ.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.corpora import CORPUS
from bench.generator import Pool, generate
from bench.measuring import RESULTS, measure, save, side, verb
from crossoracle.atomic import replace_text

SIZES = (0.01, 0.1, 1.0, 10.0)
RECORD = RESULTS / "scaling.json"
PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
BEGIN, END = "<!-- written by bench.scaling -->\n", "<!-- end -->\n"
NAMES = {"narrow": "narrow statistics", "all": "all that are computed unasked"}


def corpus(size: float) -> tuple[Pool, ...]:
    """Return the corpus, so many times as large."""
    return tuple(
        replace(
            pool,
            splits={name: round(size * n) for name, n in pool.splits.items()},
            failed=round(size * pool.failed),
        )
        for pool in CORPUS
    )


def compare(sizes: list[float], studies: Path, cluster: float | None = None) -> None:
    """Measure, and write results/scaling.json; sizes that are not measured anew stay."""
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.is_file() else {"sizes": {}}
    for size in sizes:
        study = studies / f"{size:g}"
        if not (study / "scores.parquet").exists():
            measure(side("bench.scaling", "generate", study, "--sizes", size))
        found = record["sizes"].setdefault(f"{size:g}", {})
        found["scores_mib"] = (study / "scores.parquet").stat().st_size / 2**20
        for name, coefficients in (("narrow", narrow()), ("all", ())):
            chosen = [word for c in coefficients for word in ("--coefficient", c)]
            run = measure(verb("agree", study, "--seed", 7, "--out", studies / "out", *chosen))
            found[name] = run.record() | _answer(studies / "out") | {"load": round(os.getloadavg()[2], 1)}
            _save(record)
    if cluster is not None:
        record["cluster"] = measure(side("bench.scaling", "cluster", studies, "--sizes", cluster)).answer
        _save(record)


def narrow() -> list[str]:
    """Return the statistics whose tally is a few numbers per video."""
    from crossoracle.agreement.catalogue import COEFFICIENTS
    from crossoracle.agreement.coefficient import StackTally

    of = {name: COEFFICIENTS[c.mean_of or name].tally for name, c in COEFFICIENTS.items() if c.default}
    return [name for name, tally in of.items() if isinstance(tally, StackTally)]


def _save(record: dict[str, Any]) -> None:
    job = "agree on the published corpus, and on parts and multiples of it"
    save("scaling", {"job": job} | {name: record[name] for name in ("sizes", "cluster") if name in record})
    write()


def _answer(results: Path) -> dict[str, Any]:
    import duckdb

    rows = duckdb.sql(
        f"""select count(*), count(*) filter (value is null), max(n_videos), max(n_segments),
        list_sort(list(distinct replicates)) from '{results / "estimates.parquet"}'"""
    )
    names = ("estimates", "undefined", "videos", "segments", "replicates")
    return dict(zip(names, rows.fetchall()[0], strict=True))


def on_a_cluster(study: Path) -> dict[str, Any]:
    """Compare on two nodes of one core, and on one machine; return times and the largest difference."""
    import numpy as np
    import ray
    from ray.cluster_utils import Cluster

    from crossoracle import Study

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    ray.init(address=nodes.address, log_to_driver=False)
    how: dict[str, Any] = {"coefficients": tuple(narrow()), "seed": 7}
    seconds, tables = {}, {}
    with tempfile.TemporaryDirectory() as out:
        for engine in ("ray", "local"):
            began = time.perf_counter()
            tables[engine] = Study(study).agree(engine=engine, out=out, **how).estimates.to_frame()
            seconds[engine] = time.perf_counter() - began
    ray.shutdown()
    nodes.shutdown()
    numbers = [
        column for column in tables["ray"].columns if column.startswith(("value", "low", "high", "jack"))
    ]
    one, other = (tables[engine][numbers].to_numpy(dtype=float) for engine in ("ray", "local"))
    same = bool((np.isnan(one) == np.isnan(other)).all())
    apart = float(np.nanmax(np.abs(one - other))) if same else float("inf")
    return {"size": study.name, "nodes": 2, "seconds": seconds, "largest_difference": apart, "rows": len(one)}


def section() -> str:
    """Return the section of the page, from what was recorded."""
    record = json.loads(RECORD.read_text("utf-8"))
    return "\n".join([*_lines(record), ""])


def _lines(record: dict[str, Any]) -> Iterator[str]:
    machine = record["machine"]
    yield "| corpus | videos | ratings | what | seconds | processor seconds | GiB | load |"
    yield "|---|---:|---:|---|---:|---:|---:|---:|"
    for size, found in sorted(record["sizes"].items(), key=lambda item: float(item[0])):
        for name, title in NAMES.items():
            if run := found.get(name):
                ratings, videos = f"{4 * run['segments'] / 1e6:,.1f} M", f"{run['videos']:,}"
                took = f"{run['seconds']:,.0f} | {run['processor_seconds']:,.0f}"
                beside = f"{run['peak_mib'] / 1024:.2f} | {run['load']}"
                yield f"| {_times(size)} | {videos} | {ratings} | {title} | {took} | {beside} |"
    yield ""
    yield (
        f"Whole processes, B = 9,999 (wide statistics 999 where the work is large), {record['date']}, "
        f"{machine['cores']} cores; load is of all that ran on them. `python -m bench.scaling` repeats it."
    )
    if cluster := record.get("cluster"):
        yield (
            f"On two nodes of Ray, on the same cores, {_times(cluster['size'])} takes "
            f"{cluster['seconds']['ray']:.0f} s, on one machine {cluster['seconds']['local']:.0f} s; the "
            f"largest difference between any two of the numbers in {cluster['rows']:,} rows is "
            f"{cluster['largest_difference']:.1g}."
        )


def _times(size: str) -> str:
    named = {"0.01": "a hundredth", "0.1": "a tenth", "1": "the published one", "10": "ten times that"}
    return named.get(size, f"{size} times")


def write() -> Path:
    """Write the section into the page, and return its path."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    return replace_text(PAGE, before + BEGIN + section() + END + rest.partition(END)[2])


def main() -> None:
    """Do one side, or measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=["generate", "cluster"])
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES)
    parser.add_argument("--cluster", type=float)
    parser.add_argument("studies", type=Path, nargs="?", help="kept when given")
    args = parser.parse_args()
    if args.side == "generate":
        generate(corpus(args.sizes[0]), args.studies, seed=1)
    elif args.side == "cluster":
        print(json.dumps(on_a_cluster(args.studies / f"{args.sizes[0]:g}")))
    elif args.studies:
        compare(args.sizes, args.studies, args.cluster)
    else:
        with tempfile.TemporaryDirectory() as directory:
            compare(args.sizes, Path(directory), args.cluster)


if __name__ == "__main__":
    sys.exit(main())
