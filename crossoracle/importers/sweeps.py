"""Sweeps that others published as counts: how many of n videos were right under each condition.

Which videos they were is not known, so nothing is paired: points have binomial intervals (Wilson), and
gaps have values alone. They become rows of the curves table, to be drawn beside those of a study.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from crossoracle.errors import InputError, TableError, UnknownNameError
from crossoracle.importers.importer import Extract
from crossoracle.results import NAN
from crossoracle.stats.crossing import crossing
from crossoracle.stats.paired import wilson
from crossoracle.tables.places import place
from crossoracle.tables.sources import open_source, reading
from crossoracle.tables.wording import several

GAP = "gap"
FAMILIES = {"vlm-fastforward": "led", "lowest-evidence-fastforward": "inverted"}
SHARES = {"threshold_pct": "threshold", "budget_pct": "budget"}  # fields that name a family, in per cent
FIELDS = {  # column -> how files call it
    "dataset": ("dataset",),
    "family": ("family",),
    "x": ("x", "alpha", *SHARES),
    "right": ("right", "k_correct_inferred"),
    "videos": ("videos", "n_videos"),
}
NUMBERS = ("x", "right", "videos")
WHY = "published counts: which videos were right is not known"


@dataclass(frozen=True)
class Counted:
    """How many of ``videos`` were ``right`` at one point of a family.

    Raises
    ------
    InputError
        More are right than there are, or fewer than none.
    """

    family: str
    x: float
    right: int
    videos: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.videos:
            of = f"{self.family} at {self.x:g}"
            raise InputError(
                f"{of}: found {self.right} right of {self.videos} videos, expected 0 to all of them"
            )

    @property
    def share(self) -> float:
        """The accuracy; NaN without videos."""
        return self.right / self.videos if self.videos else np.nan


def curves_of_counts(
    dataset: str,
    counts: Iterable[Counted],
    level: float = 0.95,
    *,
    oracle: str | None = None,
    recognizer: str | None = None,
) -> pd.DataFrame:
    """Return rows of the curves table with Wilson intervals, families in order of x, and their gap."""
    ordered = sorted(counts, key=lambda count: (count.family, count.x))
    whose = {"dataset": dataset, "recognizer": recognizer, "oracle": oracle, "run": "0", "metric": "top1"}
    how = {"level": level, "kept_fraction": NAN, "band_low": NAN, "band_high": NAN, "n_left_out": 0}
    rows = [{**whose, **how, **_point(one, level)} for one in ordered]
    both = {one.family: one.videos for one in ordered}
    if {"led", "inverted"} <= both.keys():
        gaps, _ = gap_of_counts(ordered)
        none = {
            "low": NAN,
            "high": NAN,
            "interval": "none",
            "n_videos": both["led"],
            "n_clusters": both["led"],
        }
        for x, value in gaps.items():
            name = f"led@{x:g} - inverted@{x:g}"
            rows.append({**whose, **how, **none, "family": GAP, "x": x, "condition": name, "value": value})
    return pd.DataFrame([{**row, "reason": WHY} for row in rows])


def _point(one: Counted, level: float) -> dict[str, Any]:
    found = wilson(one.right, one.videos, level)
    return {
        "family": one.family,
        "x": one.x,
        "condition": f"{one.family}@{one.x:g}",
        "value": one.share,
        "low": found.low,
        "high": found.high,
        "interval": "wilson",
        "n_videos": one.videos,
        "n_clusters": one.videos,
    }


def best(counts: Iterable[Counted], family: str) -> Counted:
    """Return the best point of a family, the first of several; what keeps everything is no choice.

    That is t > 0 of thresholds and f < 1 of budgets.

    Raises
    ------
    InputError
        There is no such point.

    Examples
    --------
    >>> best([Counted("budget", 0.3, 8, 10), Counted("budget", 1, 9, 10)], "budget").x
    0.3
    """
    own = sorted((one for one in counts if one.family == family), key=lambda one: one.x)
    choices = [one for one in own if one.x > 0 and (family == "threshold" or one.x < 1)]
    if not choices:
        raise InputError(f"found no {family} to choose from; expected one above 0, and of budgets below 1")
    return max(choices, key=lambda one: one.share)


def gap_of_counts(counts: Sequence[Counted]) -> tuple[dict[float, float], float]:
    """Return led minus inverted at every x that both have, and the x where the gap is 0 (NaN where never)."""
    led, inverted = ({one.x: one for one in counts if one.family == word} for word in ("led", "inverted"))
    gaps = {x: led[x].share - inverted[x].share for x in sorted(led) if x in inverted}
    if len(gaps) < 2:
        raise InputError(f"found {len(gaps)} points of the {GAP}, expected at least two")
    return gaps, float(crossing(list(gaps), np.array(list(gaps.values()))[:, None])[0])


def read(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    *,
    dataset: str | None = None,
    recognizer: str | None = None,
    oracle: str | None = None,
    map: Mapping[str, str] | None = None,
) -> Extract:
    """Read published counts: dataset, family, x, right and videos, or the fields that the release has.

    Parameters
    ----------
    dataset, recognizer, oracle : str, optional
        What the rows are of; the oracle is called "published" by default.
    map : mapping of str to str, optional
        The field behind one of the columns above.

    Raises
    ------
    TableError, UnknownNameError, InputError
        A field is not there, or a row makes no sense.
    """
    found: dict[str, list[Counted]] = {}
    for path in files:
        for name, one in _counted(con, path, dataset, map or {}):
            found.setdefault(name, []).append(one)
    who = oracle or "published"
    frame: pd.DataFrame = pd.concat(
        [curves_of_counts(name, some, oracle=who, recognizer=recognizer) for name, some in found.items()]
    )
    text = frame.astype(dict.fromkeys(("recognizer", "oracle"), "string"))
    notes = [line for name, some in found.items() for line in told(name, some)]
    return Extract({"curves": con.from_df(text)}, tuple(notes))


def _counted(
    con: duckdb.DuckDBPyConnection, path: Path, dataset: str | None, mapped: Mapping[str, str]
) -> Iterator[tuple[str, Counted]]:
    """Yield the dataset and count of every row of a file."""
    source = open_source(con, path)
    for name, field in mapped.items():
        if name not in FIELDS:
            raise UnknownNameError("column", name, FIELDS)
        if field not in source.types:
            raise UnknownNameError(f"column of {source.name}", field, source.types)
    fields = {
        name: mapped.get(name) or next((f for f in known if f in source.types), None)
        for name, known in FIELDS.items()
    }
    given = {"dataset": dataset, "family": SHARES.get(fields["x"] or "")}
    lacks = [name for name, field in fields.items() if field is None and given.get(name) is None]
    if lacks:
        raise TableError(
            f"{source.name}: found no column {', '.join(lacks)} (found {', '.join(source.types)}), expected "
            f"all of them; say {' '.join(f'--map {name}=FIELD' for name in lacks)}"
        )
    scale = 100 if fields["x"] in SHARES else 1
    with reading(path):
        rows = source.rows.df().to_dict("records")
    if not rows:
        raise TableError(f"{source.name}: found no rows, expected at least one count; add them")
    for number, row in enumerate(rows, 1):
        at: dict[str, Any] = {name: row[f] if f else given[name] for name, f in fields.items()}
        family = FAMILIES.get(str(at["family"]), str(at["family"]))
        where = f"{source.name}, {place(path, number)}"
        x, right, videos = (_number(at[name], f"{where}, column {fields[name]}") for name in NUMBERS)
        yield str(at["dataset"]), Counted(family, x / scale, int(right), int(videos))


def _number(value: Any, where: str) -> float:
    """Return a value as a number; refuse one that is none, or not finite."""
    with suppress(TypeError, ValueError):
        if math.isfinite(number := float(value)):
            return number
    raise TableError(f"{where}: found {value}, expected a number; correct it")


def told(dataset: str, counts: Sequence[Counted]) -> Iterator[str]:
    """Yield what the counts of a dataset say, in points: gaps, and the best threshold and budget."""
    by = {(one.family, one.x): one.share for one in counts}
    yield f"{dataset}: {several(len(counts), 'published count')}; intervals are binomial, gaps have none"
    led, full = by.get(("led", 0.0)), by.get(("led", 1.0))
    if led is not None and ("inverted", 0.0) in by:
        yield f"{dataset}: led less inverted at alpha 0: {100 * (led - by['inverted', 0.0]):+.2f} points"
    if led is not None and full is not None:
        yield f"{dataset}: led at alpha 0 less the whole video: {100 * (led - full):+.2f} points"
    for family in sorted({one.family for one in counts} & set(SHARES.values())):
        chosen = best(counts, family)
        less = (
            f", {100 * (chosen.share - full):+.2f} points against the whole video" if full is not None else ""
        )
        yield f"{dataset}: best {family} {chosen.x:g}: {100 * chosen.share:.2f} %{less}"
