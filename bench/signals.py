"""What oracles of the literature show, as a page: docs/literature.md from results/literature.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from jinja2 import Environment, StrictUndefined

from bench.measuring import RESULTS
from bench.shown import DATASETS
from crossoracle.atomic import replace_text

PAGE = Path(__file__).parents[1] / "docs" / "literature.md"
RECORD = RESULTS / "literature.json"
TEMPLATE = Path(__file__).with_name("literature.md.jinja")
BASELINES = ("random", "motion", "center")
IDLE = "random"
"""An oracle whose process has nothing to do before the first video but to begin."""

LEAST = 2
"""In how many regimes each is to beat random."""

SLACK = 0.02
"""By how much storyboard may be below saliency."""

Row = dict[str, Any]
Cell = Callable[[Row], str]


def write() -> Path:
    """Write the page from what was recorded."""
    return replace_text(PAGE, text(json.loads(RECORD.read_text(encoding="utf-8"))))


def text(record: Row) -> str:
    """Return the page of a record."""
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    own = [row for row in record["passed"] if row["oracle"] not in BASELINES]
    pairs = [row | {"pair": f"{row['oracle']} - {row['against']}"} for row in record["differences"]]
    parts = {
        "found": _table(record["truth"], "oracle", _value),
        "passed": _table(own, "oracle", lambda row: f"{100 * row['rate']:.0f}"),
        "differences": _table(pairs, "pair", _signed),
        "claims": _claims(record),
        "downstream": _table(_downstream(record), "pair", _points),
        "costs": _costs(record),
    }
    words = {
        "seeds": ", ".join(record["costs"]),
        "not_run": record["not_run"],
        "two_tower": f"{fmean(run['two_tower'] for run in record['costs'].values()):.1f}",
        "made": f"{record['date']}; {versions}.",
    }
    page = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    tables = {name: "\n".join(lines) for name, lines in parts.items()}
    return page.from_string(TEMPLATE.read_text(encoding="utf-8")).render(words | tables)


def _claims(record: Row) -> Iterator[str]:
    """Yield what should hold, and whether it does."""
    known = {(row["oracle"], row["against"], row["dataset"]): row for row in record["differences"]}
    names = list(dict.fromkeys(row["oracle"] for row in record["differences"]))

    def above(name: str, other: str, dataset: str) -> bool:
        low = known[name, other, dataset]["low"]
        return low is not None and low > 0

    yield "| | holds | |"
    yield "|---|---|---|"
    for name in names:
        beaten = [one for one in DATASETS if above(name, "random", one)]
        yield _claim(
            f"{name} beats random, by its interval, in {LEAST} regimes",
            len(beaten) >= LEAST,
            ", ".join(beaten),
        )
    lower = known["storyboard", "saliency", "all"]
    yield _claim(f"storyboard is not {SLACK} below saliency", lower["value"] > -SLACK, _signed(lower))
    if ("action-sensitivity", "class-prior", "concentrated") in known:
        pair = ("action-sensitivity", "class-prior", "concentrated")
        text = "action-sensitivity beats its class prior where evidence is concentrated"
        yield _claim(text, above(*pair), _signed(known[pair]))


def _claim(text: str, holds: bool, told: str) -> str:
    return f"| {text} | {'yes' if holds else '**no**'} | {told} |"


def _downstream(record: Row) -> list[Row]:
    """Return the differences between conditions, in the order of the other tables."""
    order = list(dict.fromkeys(row["oracle"] for row in record["truth"]))
    rows = [row for row in record["downstream"] if row["oracle"] is not None]
    return [
        row | {"pair": f"{row['oracle']}: {row['condition_a']} - {row['condition_b']}"}
        for row in sorted(rows, key=lambda row: order.index(row["oracle"]))
    ]


def _costs(record: Row) -> Iterator[str]:
    runs = list(record["costs"].values())
    began = fmean(_before(run["oracles"][IDLE]) for run in runs)
    yield "| | learns, s | seconds a video | calls | tokens in | tokens out | US dollars |"
    yield "|---" + "|---:" * 6 + "|"
    asked = dict.fromkeys(row["oracle"] for row in record["truth"] if row["oracle"] in runs[0]["oracles"])
    for name in asked:
        yield _own(name, [run["oracles"][name] for run in runs], began)
    for row in record["vlms"]:
        usd = "unknown" if row["usd"] is None else f"{row['usd']:.4f}" if row["usd"] else "your server"
        tokens = f"{row['input_tokens']:.0f} | {row['output_tokens']:.0f}"
        yield f"| {row['oracle']} | | {row['seconds']:.1f} | {row['calls']:.0f} | {tokens} | {usd} |"


def _own(name: str, runs: list[Row], began: float) -> str:
    """Return the line of an oracle that costs nothing but time, ``began`` being what each takes to begin."""
    each = fmean(_each(run) for run in runs)
    learns = fmean(_before(run) for run in runs) - began
    calls = fmean(run["calls"] / run["videos"] for run in runs)
    first = f"{learns:.0f}" if name in ("action-sensitivity", "one-step-sampler") else ""
    tokens = fmean(run["tokens"] / run["videos"] for run in runs)
    return f"| {name} | {first} | {each:.3f} | {calls:.0f} | {tokens:.0f} | 0 | 0 |"


def _each(run: Row) -> float:
    """Return what a video takes."""
    return float(run["others_s"] / (run["videos"] - 1))


def _before(run: Row) -> float:
    """Return what a process takes before it has asked about its first video."""
    return float(run["first_s"] - _each(run))


def _table(rows: Iterable[Row], by: str, cell: Cell) -> Iterator[str]:
    """Yield a table with a row for each name and a column for each dataset."""
    found = {(row[by], row["dataset"]): row for row in rows}
    yield "| | " + " | ".join(DATASETS) + " |"
    yield "|---" + "|---:" * len(DATASETS) + "|"
    for name in dict.fromkeys(name for name, _ in found):
        cells = (found.get((name, one)) for one in DATASETS)
        yield f"| {name} | " + " | ".join("" if row is None else cell(row) for row in cells) + " |"


def _value(row: Row) -> str:
    return _bounds(row, "{:.2f}".format)


def _signed(row: Row) -> str:
    return _bounds(row, "{:+.2f}".format)


def _points(row: Row) -> str:
    return _bounds(row, lambda value: f"{100 * value:+.0f}")


def _bounds(row: Row, number: Callable[[float], str]) -> str:
    if row["value"] is None:
        return "undefined"
    if row["low"] is None:
        return number(row["value"])
    return f"{number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"


if __name__ == "__main__":
    print(write())
