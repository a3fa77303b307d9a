"""The recorded results as a page: results/README.md from results/*.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import fill
from typing import Any

from bench.measuring import RESULTS

HEAD = """\
# Measured

Written by `make bench` (pilot, million) and `make bench-corpus` (corpus) from the JSON files beside it. Every
job ran in a process of its own; seconds are medians of the runs. The machine was shared with other work
(its load average is stated), so ratios count, not seconds; processor seconds suffer less from company.
"""


def write() -> None:
    """Write the page from whatever has been recorded."""
    parts = {"pilot": _pilot, "corpus": _corpus, "million": _million}
    text = [HEAD]
    for name, part in parts.items():
        path = RESULTS / f"{name}.json"
        if path.exists():
            record = json.loads(path.read_text(encoding="utf-8"))
            text += [*part(record), _circumstances(record)]
    (RESULTS / "README.md").write_text("\n".join(text), encoding="utf-8")


def _circumstances(record: dict[str, Any]) -> str:
    machine, versions = record["machine"], record["versions"]
    names = ", ".join(f"{name} {number}" for name, number in versions.items())
    cores = f"{machine['cores']} cores, {machine['memory_gib']} GiB, load {machine['load']}"
    return f"\n{record['date']}; {cores}; {names}.\n"


def _paragraph(text: str) -> str:
    return "\n" + fill(" ".join(text.split()), 110)


def _table(head: str, rows: list[tuple[str, ...]]) -> Iterator[str]:
    columns = head.split(" | ")
    yield ""
    yield f"| {head} |"
    yield "|---" + "|---:" * (len(columns) - 1) + "|"
    yield from ("| " + " | ".join(row) + " |" for row in rows)


def _job(name: str, run: dict[str, Any], budget: str) -> tuple[str, ...]:
    numbers = f"{run['seconds']:.2f}", f"{run['processor_seconds']:.2f}", f"{run['peak_mib'] / 1024:.2f}"
    return name, *numbers, str(run["runs"]), budget


JOB = "job | seconds | processor seconds | peak GiB | runs | budget"


def _pilot(record: dict[str, Any]) -> Iterator[str]:
    whole, other = record["whole"], record["rival"]
    yield f"## Pilot\n\n{record['job']}; {whole['estimates']} estimates, B = {record['replicates']:,}."
    yield from _table(JOB, [_job("`crossoracle agree`, whole process", whole, f"{record['budget_s']:g} s")])
    yield _paragraph(
        f"""The same study by `scipy.stats.bootstrap` over videos with coefficients of scikit-learn, SciPy,
        statsmodels and krippendorff, for the {other["statistics"]} statistics that these have: measured for
        {other["seconds"]:.0f} s and extrapolated to all replicates, pairs and slices,
        **{other["extrapolated_s"]:,.0f} s**. The whole pilot, all statistics, is
        **{record["ratio_of_seconds"]:,.0f} times** faster
        ({record["ratio_of_processor_seconds"]:,.0f} times in processor seconds on both sides;
        {record["ratio_without_krippendorff"]:,.0f} times without the alphas of krippendorff; required:
        {record["budget_ratio"]}). The rival's seconds are processor seconds, of one thread. For coefficients
        of single videos it computes each once, and resamples only their mean, vectorised. One by one, all
        pairs, pooled and by dataset:"""
    )
    rows = sorted(record["statistics"].items(), key=lambda item: -item[1]["ratio"])
    yield from _table(
        "statistic | library | its seconds | replicates it did | crossoracle, seconds | ratio",
        [
            (
                name,
                row["library"],
                f"{row['seconds']:,.1f}",
                f"{row['replicates_measured']:,}",
                f"{row['ours_s']:.3f}",
                f"{row['ratio']:,.0f}",
            )
            for name, row in rows
        ],
    )


def _corpus(record: dict[str, Any]) -> Iterator[str]:
    yield f"\n## Corpus\n\n{record['job']}; generated, written and validated by `bench/corpus.py`."
    titles = {"narrow": "`agree`, narrow statistics", "all": "`agree`, all statistics"}
    rows = [
        _job(
            f"{titles[name]}: {job['estimates']} estimates, B = {_numbers(job['replicates'])}",
            job,
            f"{job['budget']['seconds']} s, {job['budget']['gib']} GiB",
        )
        for name, job in record["jobs"].items()
    ]
    if "generated" in record:
        rows.insert(0, _job("generate and write", record["generated"], ""))
    yield from _table(JOB, rows)


def _numbers(values: list[int]) -> str:
    return " and ".join(f"{value:,}" for value in values)


def _million(record: dict[str, Any]) -> Iterator[str]:
    own, other = record["ours"], record["krippendorff"]
    most = list(other["measured"])[-1]
    yield "\n## Million"
    yield _paragraph(
        f"""Interval alpha of {record["job"]}:
        **{own["seconds"]:.2f} s** (budget {record["budget_s"]:g} s; the whole process, with imports,
        {own["process_s"]:.1f} s and {own["peak_mib"]:,.0f} MiB; medians of {own["runs"]}). The krippendorff
        package gives the same value on {most} units (difference {other["difference"]:.0e}), and asks for,
        when the scores are continuous:"""
    )
    rows = [
        (units, f"{run['inside_s']:.2f}", f"{run['extra_bytes'] / 2**20:,.0f} MiB")
        for units, run in other["measured"].items()
    ]
    refused = other["refused"]
    rows.append((str(refused["units"]), "", f"asks for one array of {refused['asked_for']}"))
    cube = f"{other['extrapolated_bytes'] / 1e18:,.0f} exabytes, extrapolated with the cube"
    rows.append(("1,000,000", "", cube))
    yield from _table("units | seconds | memory", rows)
