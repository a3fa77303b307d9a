"""What the built-in study shows, as a page: docs/benchmark.md from results/benchmark.json and floors.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measuring import RESULTS
from crossoracle.analysis.floors.rows import SELF
from crossoracle.analysis.floors.spending import TIMES

PAGE = Path(__file__).parents[1] / "docs" / "benchmark.md"
DATASETS = ("concentrated", "redundant", "ordered")
SHOWN = ("full", "led@0", "led@0.5", "inverted@0", "uniform")

HEAD = """\
# The generated benchmark

What `crossoracle demo` works on, and what it shows. `python -m bench.benchmark` does the whole study with
several seeds (score, precheck, agree, predict, compare) and writes this page from what the verbs report.

Videos are H.264 files of 5 s, 96 x 96 pixels, 10 frames a second, drawn from a seed and the name of the
video. The three datasets differ in where their evidence lies; which segments carry it is known
(`truth.parquet`, the oracle "truth"). `crossoracle/video/synthetic/regime.py` has their parameters.

* **concentrated**: one short event (22-30 % of the video) among filler, in which other things appear.
* **redundant**: the actor is there for 60-75 % of the video; cutaways show another place.
* **ordered**: two movements, one clear and one faint; which comes first, and where to, is the class.

An actor shows its class by four cues: shape, colour, stripes and motion. Each of them is now and then hidden,
or that of another class. The four oracles see one feature each (edges, colours, movement, texture), learned
on training videos of other sources; P(YES) is P(label) against that of the most likely other class, and a
score is P(label) of a segment alone. The recognizer sees sixteen frames, their edges and what moves in each
half; it is trained on evenly spread frames of the training videos, and then frozen. A class has twenty videos
to be studied, of the ordered ones 32: there, differences are smaller. The parameters hold for all seeds, and
were chosen by looking at seeds 0 to 3 alone.

Intervals are those of the verbs: 95 %, resampled by source. Accuracies and differences are over the videos
that the oracle itself recognised. In the table, the first number counts how often the value is on the side
that is claimed, the second how often its whole interval is.
"""


@dataclass(frozen=True)
class Claim:
    """Something that the study should show.

    Parameters
    ----------
    text : str
        What.
    rows : callable
        Given what one seed showed, returns the rows that it speaks of.
    by_value, by_interval : callable
        Whether a row bears it out.
    """

    text: str
    rows: Callable[[dict[str, Any]], list[dict[str, Any]]]
    by_value: Callable[[dict[str, Any]], bool]
    by_interval: Callable[[dict[str, Any]], bool]


def _difference(a: str, b: str, *datasets: str) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    return lambda run: [
        row
        for row in run["differences"]
        if (row["condition_a"], row["condition_b"]) == (a, b) and row["dataset"] in (datasets or DATASETS)
    ]


def _of_datasets(part: str) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    return lambda run: [row for row in run[part] if row["dataset"] in DATASETS]


CLAIMS = (
    Claim(
        "the joint precheck passes 40-90 % of the videos of a dataset",
        lambda run: [run["passed"][name] for name in DATASETS],
        lambda row: 0.4 <= row["rate"] <= 0.9,
        lambda row: row["low"] >= 0.4 and row["high"] <= 0.9,
    ),
    Claim(
        "oracles agree moderately: Spearman within videos, 0.2-0.8",
        _of_datasets("agreement"),
        lambda row: 0.2 <= row["value"] <= 0.8,
        lambda row: row["low"] >= 0.2 and row["high"] <= 0.8,
    ),
    Claim(
        "oracles go with the planted truth: Spearman within videos above 0",
        _of_datasets("truth"),
        lambda row: row["value"] > 0,
        lambda row: row["low"] > 0,
    ),
    Claim(
        "led@0 beats inverted@0",
        _difference("led@0", "inverted@0"),
        lambda row: row["value"] > 0,
        lambda row: row["low"] > 0,
    ),
    Claim(
        "concentrated: led@0 is at least 20 points above inverted@0",
        _difference("led@0", "inverted@0", "concentrated"),
        lambda row: row["value"] >= 0.2,
        lambda row: row["low"] >= 0.2,
    ),
    Claim(
        "concentrated: led@0.5 is not 5 points below full",
        _difference("led@0.5", "full", "concentrated"),
        lambda row: row["value"] > -0.05,
        lambda row: row["low"] > -0.05,
    ),
    Claim(
        "redundant: led@0 is not below uniform (by interval: not by 10 points)",
        _difference("led@0", "uniform", "redundant"),
        lambda row: row["value"] >= 0,
        lambda row: row["low"] > -0.1,
    ),
    Claim(
        "ordered: led@0 is below full",
        _difference("led@0", "full", "ordered"),
        lambda row: row["value"] < 0,
        lambda row: row["high"] < 0,
    ),
)


def write() -> Path:
    """Write the page from what was recorded."""
    studies, repeated = (
        json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in ("benchmark", "floors")
    )
    parts = [HEAD, *_claims(studies), *_floors(repeated), *_seeds(studies)]
    PAGE.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return PAGE


def _claims(record: dict[str, Any]) -> Iterator[str]:
    seeds = record["seeds"]
    yield "## What it shows\n"
    yield "| | " + " | ".join(f"seed {seed}" for seed in seeds) + " |"
    yield "|---" * (len(seeds) + 1) + "|"
    for claim in CLAIMS:
        yield f"| {claim.text} | " + " | ".join(_held(claim, run) for run in seeds.values()) + " |"
    yield "\nBy value and by interval, of the oracles, pairs or datasets that there are."


def _held(claim: Claim, run: dict[str, Any]) -> str:
    rows = claim.rows(run)
    known = [row for row in rows if row.get("low") is not None]
    held = sum(claim.by_value(row) for row in rows if row.get("value", row.get("rate")) is not None)
    return f"{held} and {sum(map(claim.by_interval, known))} of {len(rows)}"


FLOORS = """
## Direct against greedy

Oracles of seed 0, each asked three times directly and three times by greedy removal; runs differ by the
frames that count (`python -m bench.floors`; [how to](howto/noise_floor.md)). D is the agreement of direct
with greedy less that of greedy with itself; the margin, fixed beforehand, is half of what separates greedy
from perfect agreement with itself; the verdict follows from the one-sided 95 % bound.

| | greedy with itself | direct with itself | D | margin | bound | verdict |
|---|---:|---:|---:|---:|---:|---|"""


def _floors(record: dict[str, Any]) -> Iterator[str]:
    yield FLOORS
    for oracle, found in record["oracles"].items():
        own = {
            (row["statistic"], row["dataset"], row["arm_a"]): f"{row['value']:.2f}"
            for row in found["agreement"]
            if row["quantity"] == SELF
        }
        for row in found["claims"]:
            of = row["statistic"], row["dataset"]
            d = f"{row['value']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}]"
            sides = f"{own[*of, 'greedy']} | {own[*of, 'direct']}"
            claim = f"{row['margin']:.2f} | {row['bound']:+.2f} | {row['verdict']}"
            yield f"| {oracle}, {', '.join(of)} | {sides} | {d} | {claim} |"
    yield ""
    for oracle, found in record["oracles"].items():
        (row,) = (row for row in found["calls"] if row["quantity"] == TIMES and row["dataset"] == "all")
        times = f"{row['value']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"
        yield f"Calls per video of {oracle}, direct to greedy: {times}."


def _seeds(record: dict[str, Any]) -> Iterator[str]:
    for seed, run in record["seeds"].items():
        yield f"\n## Seed {seed}\n"
        yield from _passes(run)
        yield from _accuracies(run)
        yield from _differences(run)
        spent = ", ".join(f"{name} {seconds:.0f}" for name, seconds in run["processor_s"].items())
        yield f"\nProcessor seconds: {spent}."
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    yield f"\n{record['date']}; {versions}."


def _passes(run: dict[str, Any]) -> Iterator[str]:
    yield "| | joint precheck | Spearman between oracles | with the truth |"
    yield "|---|---:|---:|---:|"
    for name in DATASETS:
        passed = run["passed"][name]
        between, planted = (
            [row["value"] for row in run[part] if row["dataset"] == name] for part in ("agreement", "truth")
        )
        yield (
            f"| {name} | {passed['n']} of {passed['of']} ({passed['rate']:.0%}) "
            f"| {min(between):.2f} to {max(between):.2f} | {min(planted):.2f} to {max(planted):.2f} |"
        )


def _accuracies(run: dict[str, Any]) -> Iterator[str]:
    yield "\nAccuracy, in percent:\n"
    yield "| | " + " | ".join(SHOWN) + " |"
    yield "|---" + "|---:" * len(SHOWN) + "|"
    for name in DATASETS:
        known = {
            (row["oracle"], row["condition"]): row["value"]
            for row in run["accuracies"]
            if row["dataset"] == name
        }
        for oracle in sorted({oracle for oracle, _ in known} - {None}):
            found = (known.get((oracle, one), known.get((None, one))) for one in SHOWN)
            yield f"| {name}, {oracle} | " + " | ".join(map(_percent, found)) + " |"
    yield "\n`full` needs no oracle: it is that of all videos."


def _differences(run: dict[str, Any]) -> Iterator[str]:
    pairs = [(row["condition_a"], row["condition_b"]) for row in run["differences"]]
    columns = list(dict.fromkeys(pairs))
    yield "\nDifferences, in points:\n"
    yield "| | " + " | ".join(f"{a} - {b}" for a, b in columns) + " |"
    yield "|---" + "|---:" * len(columns) + "|"
    rows = {
        (row["dataset"], row["oracle"], row["condition_a"], row["condition_b"]): row
        for row in run["differences"]
    }
    for name in DATASETS:
        for oracle in sorted({key[1] for key in rows if key[0] == name}):
            found = (_points(rows.get((name, oracle, *pair))) for pair in columns)
            yield f"| {name}, {oracle} | " + " | ".join(found) + " |"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}"


def _points(row: dict[str, Any] | None) -> str:
    if row is None or row["value"] is None:
        return ""
    if row["low"] is None:
        return f"{100 * row['value']:+.0f}"
    return f"{100 * row['value']:+.0f} [{100 * row['low']:+.0f}, {100 * row['high']:+.0f}]"


if __name__ == "__main__":
    print(write())
