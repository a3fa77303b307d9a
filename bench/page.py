"""The recorded results as a page: results/README.md from results/*.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any

from bench.measuring import RESULTS
from crossoracle.atomic import replace_text

BUDGETS = {"narrow": 60, "all": 120}  # seconds, of the published corpus
MOST_GIB = 3
HEAD = """\
# Measured

Written by `make bench` (pilot, million, runner, sidecars), `make bench-scaling` (corpus) and `make torture`
from the JSON files beside it. Every job ran in a process of its own; seconds are medians of the runs. The
machine was shared with other work (its load average is stated), so ratios count, not seconds; processor
seconds suffer less from company. A budget that these numbers exceed is marked as missed.
"""


def write() -> Path:
    """Write the page from whatever has been recorded, and return its path."""
    parts = {
        "pilot": _pilot,
        "scaling": _corpus,
        "million": _million,
        "runner": _runner,
        "torture": _torture,
        "sidecars": _sidecars,
    }
    text = [HEAD]
    for name, part in parts.items():
        path = RESULTS / f"{name}.json"
        if path.exists():
            record = json.loads(path.read_text(encoding="utf-8"))
            text += [*part(record), _circumstances(record)]
    return replace_text(RESULTS / "README.md", "\n".join(text))


def _held(budget: str, *pairs: tuple[float, float]) -> str:
    """Return a budget, and whether it is missed: pairs are what was measured and what was allowed."""
    return f"{budget}, **missed**" if any(measured > allowed for measured, allowed in pairs) else budget


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
    budget = _held(f"{record['budget_s']:g} s", (whole["seconds"], record["budget_s"]))
    yield from _table(JOB, [_job("`crossoracle agree`, whole process", whole, budget)])
    required = _held(f"{record['budget_ratio']}", (record["budget_ratio"], record["ratio_of_seconds"]))
    yield _paragraph(
        f"""The same study by `scipy.stats.bootstrap` over videos with coefficients of scikit-learn, SciPy,
        statsmodels and krippendorff, for the {other["statistics"]} statistics that these have: measured for
        {other["seconds"]:.0f} s and extrapolated to all replicates, pairs and slices,
        **{other["extrapolated_s"]:,.0f} s**. The whole pilot, all statistics, is
        **{record["ratio_of_seconds"]:,.0f} times** faster
        ({record["ratio_of_processor_seconds"]:,.0f} times in processor seconds on both sides;
        {record["ratio_without_krippendorff"]:,.0f} times without the alphas of krippendorff; required:
        {required}). The rival's seconds are processor seconds, of one thread. For coefficients
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
    job = record["sizes"]["1"]
    told = f"{job['narrow']['videos']:,} videos that passed, {job['narrow']['segments'] / 1e6:.2f} M segments"
    yield f"\n## Corpus\n\n{told} x 4 oracles, as many as published; its multiples are in docs/scale.md."
    titles = {"narrow": "`agree`, narrow statistics", "all": "`agree`, all statistics"}
    rows = [
        _job(
            f"{titles[name]}: {run['estimates']} estimates, B = {_numbers(run['replicates'])}",
            run,
            _held(
                f"{BUDGETS[name]} s, {MOST_GIB} GiB",
                (run["seconds"], BUDGETS[name]),
                (run["peak_mib"] / 1024, MOST_GIB),
            ),
        )
        for name, run in ((name, job[name]) for name in titles)
    ]
    yield from _table(JOB, rows)


def _numbers(values: list[int]) -> str:
    return " and ".join(f"{value:,}" for value in values)


def _million(record: dict[str, Any]) -> Iterator[str]:
    own, other = record["ours"], record["krippendorff"]
    most = list(other["measured"])[-1]
    budget = _held(f"{record['budget_s']:g} s", (own["seconds"], record["budget_s"]))
    yield "\n## Million"
    yield _paragraph(
        f"""Interval alpha of {record["job"]}:
        **{own["seconds"]:.2f} s** (budget {budget}; the whole process, with imports,
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


def _runner(record: dict[str, Any]) -> Iterator[str]:
    calls, runs = record["calls"], record["runs"]
    budget = _held(f"{record['budget_ms']:g} ms", (record["added_ms"], record["budget_ms"]))
    yield "\n## Runner"
    yield _paragraph(
        f"""{record["job"]}, by {record["sdk"]}. Processor milliseconds a call, of the loop alone. The runner
        (limits, budget, ledger, reading of the reply) and the adapter together add
        **{record["added_ms"]:.2f} ms** to a loop of the bare SDK (budget {budget})."""
    )
    titles = {
        "bare": "the SDK in a loop",
        "adapter": "the adapter: question, request, envelope",
        "runner": "all of it: ledger, limits, budget, reader",
    }
    rows = [
        (
            title,
            f"{record['processor_ms_per_call'][name]:.2f}",
            f"{calls / runs[f'{name} {calls}']['loop_s']:,.0f}",
            f"{runs[f'{name} {calls // 5}']['peak_mib']:,.0f}",
            f"{runs[f'{name} {calls}']['peak_mib']:,.0f}",
        )
        for name, title in titles.items()
    ]
    few, many = f"peak MiB, {calls // 5:,} calls", f"peak MiB, {calls:,} calls"
    yield from _table(f"side | processor ms a call | calls a second | {few} | {many}", rows)


def _torture(record: dict[str, Any]) -> Iterator[str]:
    yield "\n## Torture"
    yield _paragraph(
        f"""A run of {record["calls"]:,} calls, {record["in_flight"]} under way, killed (SIGKILL) at
        {record["kills"]} random moments, resumed each time, and the last time with `--resend`. All
        {record["handed_over"]:,} replies that had been handed over are in the ledger, and the
        {record["rows_equal"]:,} rows equal those of an undisturbed run. {record["possibly_paid"]} calls count
        as possibly paid, at most {record["most_lost_in_a_kill"]} from one kill; the server saw
        {record["requests"]:,} requests."""
    )


def _sidecars(record: dict[str, Any]) -> Iterator[str]:
    yield "\n## Import"
    yield _paragraph("`import mm` of label files of 5 kB, from a directory and from tar.gz archives.")
    allowed = record["budget_s"]
    rows = [
        _job(
            f"{int(files):,} from {name}",
            run,
            _held(f"{allowed:g} s", (run["seconds"], allowed)) if files == "100000" else "",
        )
        for files, found in record["files"].items()
        for name, run in found["ways"].items()
    ]
    yield from _table(JOB, rows)


if __name__ == "__main__":
    print(write())
